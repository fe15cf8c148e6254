"""Looking in the log: by person, case, who, period and kind, in pages; and looking is logged itself."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from shipped import open_platform
from sqlalchemy import insert

import inburgering_flow
from inburgering_flow.app import create_app
from inburgering_flow.errors import Forbidden
from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.store.audit import KINDS
from inburgering_flow.web.display import ACTIONS
from web.conftest import Browser, said, start_case
from web.test_log import BSN, lines, start_about

Login = Callable[[str], Browser]


@pytest.fixture(scope="session")
def prepared(once: Callable[[str, Callable[[Path], None]], Path], prepared: Path) -> Path:
    """The shipped processes, with a case that karin opened, and searches by her and by kees for whom it is about."""

    def fill(folder: Path) -> None:
        shutil.copytree(prepared, folder, dirs_exist_ok=True)
        with open_platform(folder) as law:
            play(law)

    return once("log", fill)


def play(law: Platform) -> None:
    case = start_about(law, "Zonnebloem")
    other = start_case(law, "D-8")
    app = create_app(law.services)
    karin, kees = Browser(app.test_client()), Browser(app.test_client())
    for browser, name in ((karin, "karin"), (kees, "kees")):
        browser.get("/inloggen")
        assert browser.post("/inloggen", {"username": name, "password": PASSWORD}).status_code == 302
        browser.get("/")
    karin.get(f"/zaken/{case}")
    kees.post("/zaken", {"zoek": "Zonnebloem"})  # finds nothing: the case is not among his
    kees.post("/zaken", {"zoek": "Iemand"})
    karin.post("/zaken", {"zoek": "Zonneb"})
    karin.get(f"/zaken/{other}")


@pytest.fixture
def case(law: Platform) -> int:
    return next(i.key for i in law.instances("inburgering") if i.business_key == "D-7")


@pytest.fixture
def auditor(as_user: Login) -> Browser:
    return as_user("aysel")


def rows(page: str) -> list[str]:
    shown = page.split("<tbody>")[-1].split("</tbody>")[0]
    return [said(re.sub(r"<td[^>]*>\s*", "<td>", re.sub(r"\s*</td>", "</td>", row))) for row in re.split(r"<tr[^>]*>", shown)[1:]]


def ask(auditor: Browser, **fields: str) -> str:
    answer = auditor.post("/logboek", fields)
    assert answer.status_code == 302
    assert "Zonnebloem" not in answer.location
    assert BSN not in answer.location
    page = auditor.get(answer.location)
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize("named", [BSN, "D-7"])
def test_who_looked_at_or_searched_for_somebody_is_found_by_number_or_case(
    auditor: Browser, law: Platform, case: int, named: str
) -> None:
    found = rows(ask(auditor, over=named))

    assert any("karin" in row and "bekeek de zaak" in row and str(case) in row for row in found)
    assert any("karin" in row and "zocht zaken" in row for row in found)
    other = max(i.key for i in law.instances("inburgering"))
    assert other != case
    assert not any(str(other) in row or "kees" in row or "logde" in row for row in found)


def test_who_searched_for_a_name_is_found_also_where_nothing_was(auditor: Browser) -> None:
    found = rows(ask(auditor, over="zonnebloem"))

    assert [row.split("<td>")[2:4] for row in found] == [["karin</td> ", "zocht zaken</td> "], ["kees</td> ", "zocht zaken</td> "]]


def test_by_who_by_period_and_by_kind(auditor: Browser, law: Platform) -> None:
    assert all("<td>kees</td>" in row for row in rows(ask(auditor, wie="kees")))
    assert len(rows(ask(auditor, wie="kees", soort="searches"))) == 2
    assert all("logde in" in row for row in rows(ask(auditor, wie="kees", soort="logins")))
    assert rows(ask(auditor, wie="kees", van="2026-03-02", tot="2026-03-02")) == rows(ask(auditor, wie="kees"))
    assert "Er zijn geen regels" in ask(auditor, wie="kees", van="2026-03-03")
    assert "Er zijn geen regels" in ask(auditor, wie="kees", tot="2026-03-01")


def test_each_kind_of_line_is_found_by_one_kind(auditor: Browser, law: Platform) -> None:
    seen = [row for kind in KINDS for row in rows(auditor.get(f"/logboek?tot=2026-03-02&soort={kind}").text) if "logboek" not in row]
    every = [row for row in rows(auditor.get("/logboek?tot=2026-03-02").text) if "logboek" not in row]

    assert sorted(set(seen)) == sorted(set(every))
    assert {"bekeek", "zocht", "logde", "startte"} <= {word for row in every for word in row.split()} | {
        row.split("<td>")[3].split()[0] for row in every
    }


def test_what_cannot_be_asked_is_a_sentence(auditor: Browser) -> None:
    for query in ("van=gisteren", "tot=9999-12-31", "zaak=x", f"persoon={'9' * 40}", "voor=²", "soort=x"):
        answer = auditor.get(f"/logboek?{query}")

        assert answer.status_code == 400, query
        assert "<h1>" in answer.text


def test_the_log_comes_in_pages(auditor: Browser, law: Platform) -> None:
    for number in range(150):
        with law.context.db.write() as unit:
            law.context.log(unit, "zoe", "case.look", root_key=number)

    first = auditor.get("/logboek?wie=zoe").text
    following = first.split("voor=")[1].split("&")[0].split('"')[0]
    second = auditor.get(f"/logboek?wie=zoe&voor={following}").text

    assert (len(rows(first)), len(rows(second))) == (100, 50)
    assert not set(rows(first)) & set(rows(second))
    assert "Volgende bladzijde" in first
    assert "Volgende bladzijde" not in second


def test_looking_in_the_log_is_a_line_that_says_about_whom(auditor: Browser, law: Platform, case: int) -> None:
    ask(auditor, over="D-7", wie="karin", soort="looks")

    line = lines(law, "log.look")[-1]
    assert (line["actor"], line["root_key"], line["detail"]["who"], line["detail"]["kind"]) == ("aysel", case, "karin", "looks")
    assert line["subject_key"] == law.instance(case).person_key


def test_only_an_auditor_looks_in_the_log(law: Platform, as_user: Login) -> None:
    for role, row in ROLES.items():
        actor = Actor("x", (role,), table=ROLES)
        assert actor.may("audit.read") == (role == "auditor"), row
    for user in ("karin", "tom"):
        browser = as_user(user)
        assert browser.get("/logboek").status_code == 403
        assert browser.post("/logboek", {"over": BSN}).status_code == 403


def test_the_page_itself_asks_for_the_right_whatever_the_service_asks(
    law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    karin = as_user("karin")
    service = law.services.audit_log
    for name in ("find", "about", "newest_seal"):
        monkeypatch.setattr(service, name, lambda *_, name=name: pytest.fail(f"{name} was asked"))
    assert karin.get("/logboek").status_code == 403
    assert karin.post("/logboek", {"over": BSN}).status_code == 403


@pytest.mark.parametrize("ask", ["find", "about", "newest_seal"])
def test_the_service_asks_for_the_right_whatever_the_page_asks(law: Platform, ask: str) -> None:
    for role in set(ROLES) - {"auditor"}:
        with pytest.raises(Forbidden):
            getattr(law.services.audit_log, ask)(Actor("x", (role,), table=ROLES), *(["D-7"] if ask == "about" else []))


def test_a_line_that_was_changed_stands_above_the_log(auditor: Browser, law: Platform) -> None:
    assert "achteraf veranderd" not in auditor.get("/logboek").text
    with law.context.db.write() as unit:
        row = {"key": 5, "moment": law.clock.now(), "actor": "x", "action": "case.look", "lane": 0, "number": 10**6, "mark": "0"}
        unit.connection.execute(insert(t.audit), row)

    page = auditor.get("/logboek").text

    assert "achteraf veranderd" in page
    assert "ertussen gezet door iemand zonder de geheime sleutel" in page


def actions() -> set[str]:
    """Return every action that the program writes into the log, as its own code names it."""
    found: set[str] = set()
    written = (path.read_text() for path in Path(inburgering_flow.__file__).parent.rglob("*.py"))
    for text in (text for text in written if re.search(r"\b(_?log|Look|log_look)\(", text)):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                if called in ("log", "_log", "Look", "log_look"):
                    texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                    found.update(one for one in texts if re.fullmatch(r"[a-z_]+\.[a-z_.]+", one))
    return found


def test_each_action_of_the_log_is_said_in_words(law: Platform) -> None:
    known = {*ACTIONS, *law.context.domain.deeds}
    found = actions()
    assert len(found) > 70, "the calls that write lines are not found any more"
    assert found - known == set()
