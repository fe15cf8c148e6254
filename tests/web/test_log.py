"""What the log keeps of looking, searching and being refused; and looking in the log, which is logged itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from inburgering_flow.cli import main
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.store.audit import KINDS
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
BSN = "999990019"


def lines(law: Platform, *actions: str) -> list[Mapping[str, Any]]:
    with law.context.db.read() as unit:
        rows = unit.connection.execute(select(t.audit).where(t.audit.c.action.in_(actions)).order_by(t.audit.c.key))
        return [dict(row._mapping) for row in rows]


def everything(law: Platform) -> str:
    with law.context.db.read() as unit:
        return "\n".join(str(tuple(row)) for row in unit.connection.execute(select(t.audit)))


@pytest.fixture
def case(law: Platform) -> int:
    """A case of karin's about somebody with a BSN."""
    person = law.register_person({"voornamen": "Voorbeeld", "achternaam": "Zonnebloem", "bsn": BSN})
    key = law.start(
        "inburgering", {"dossiernummer": "D-7", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02", "brpDatum": None, "inCoa": False},
        person=person, owner="karin", business_key="D-7",
    )  # fmt: skip
    law.run_due()
    return key


# -- what is kept --------------------------------------------------------------------------------------------------------


def test_a_list_with_names_is_one_line_and_one_without_is_none(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    assert lines(law, "list.look") == []
    for number in ("D-1", "D-2", "D-3"):
        start_case(law, number)

    karin.get("/taken?lijst=alle")
    karin.get("/zaken")

    assert [(x["actor"], x["detail"]) for x in lines(law, "list.look")] == [
        ("karin", {"list": "tasks.alle", "shown": 3}), ("karin", {"list": "cases", "shown": 3}),
    ]  # fmt: skip


def test_the_board_is_a_list_with_names(law: Platform, as_user: Login, case: int) -> None:
    as_user("tom").get("/regie")

    assert ("tom", {"list": "board", "shown": 1}) in [(x["actor"], x["detail"]) for x in lines(law, "list.look")]


@pytest.mark.parametrize(("address", "action"), [("/zaken", "case.search"), ("/taken?lijst=alle", "task.search")])
def test_a_search_keeps_who_and_what_was_found_but_no_name(
    law: Platform, as_user: Login, case: int, address: str, action: str
) -> None:
    karin = as_user("karin")
    assert "Zonnebloem" in karin.post(address, {"naam": "Zonnebl"}).text
    karin.post(address, {"naam": "Onbekend"})

    found, nothing = lines(law, action)
    assert (found["actor"], found["detail"]["shown"], found["detail"]["cases"]) == ("karin", 1, [str(case)])
    assert nothing["detail"]["cases"] == []
    assert nothing["detail"]["words"] != found["detail"]["words"]
    kept = everything(law).casefold()
    assert "zonnebl" not in kept
    assert "onbekend" not in kept


def test_a_refusal_at_a_case_task_or_document_names_the_case(law: Platform, as_user: Login, case: int) -> None:
    task = next(x for x in law.tasks(state="CREATED") if x.root_key == case)
    kees = as_user("hans")  # a handhaver does not see the case

    assert kees.get(f"/zaken/{case}").status_code == 404
    assert kees.get(f"/taken/{task.key}").status_code == 404
    assert kees.get(f"/regie/{case}/toewijzen").status_code == 405
    assert kees.post(f"/regie/{case}/toewijzen", {"eigenaar": "hans"}).status_code == 403
    kees.get("/zaken/123456")  # there is no such case

    assert [(x["actor"], x["root_key"], x["detail"]["what"], x["detail"]["code"]) for x in lines(law, "case.look.refused")] == [
        ("hans", case, "cases.case", "NOT_FOUND"), ("hans", case, "tasklist.task", "NOT_FOUND"),
        ("hans", case, "cockpit.assign", "FORBIDDEN"),
    ]  # fmt: skip
    assert lines(law, "refused") == [], "what is not there was refused to nobody"


def test_a_reason_that_is_asked_and_a_page_of_another_role_are_refusals(law: Platform, as_user: Login, case: int) -> None:
    kees = as_user("kees")
    kees.get(f"/zaken/{case}")
    kees.get("/logboek")

    assert [x["detail"]["code"] for x in lines(law, "case.look.refused")] == ["REASON_NEEDED"]
    assert [(x["root_key"], x["detail"]["what"]) for x in lines(law, "refused")] == [(None, "admin.log")]


def test_a_task_that_is_for_others_is_a_refusal_too(law: Platform, as_user: Login, case: int) -> None:
    task = next(x for x in law.tasks(state="CREATED") if x.root_key == case)
    tom = as_user("tom")
    tom.post(f"/taken/{task.key}/oppakken")
    tom.post(f"/taken/{task.key}/afronden", {"form_json": "{}"})

    assert [x["detail"]["what"] for x in lines(law, "case.look.refused")] == ["tasklist.claim", "tasklist.complete"]


def test_logging_out_is_a_line(law: Platform, as_user: Login) -> None:
    as_user("karin").post("/uitloggen")

    assert [x["actor"] for x in lines(law, "logout")] == ["karin"]


def test_a_reason_that_says_nothing_opens_no_case_and_shows_no_number(law: Platform, as_user: Login, case: int) -> None:
    kees = as_user("kees")
    answer = kees.post(f"/zaken/{case}", {"reden": "xxx xxx"})
    assert answer.status_code == 403
    assert "drie verschillende woorden" in answer.text
    assert "xxx xxx</textarea>" in answer.text
    assert lines(law, "case.look.reason") == []

    page = as_user("karin").post(f"/zaken/{case}", {"nummer_reden": "test test test"})
    assert page.status_code == 200
    assert "drie verschillende woorden" in page.text
    assert BSN not in page.text
    assert lines(law, "person.secret") == []


def test_a_copy_of_the_database_is_logged_with_who_made_it(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(migrated, tmp_path / "flow.db")
    monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", f"sqlite:///{tmp_path}/flow.db")

    result = CliRunner().invoke(main, ["backup", str(tmp_path / "kopie.db"), "--by", "Jan"])

    assert result.exit_code == 0, result.output
    with Platform.open(f"sqlite:///{tmp_path}/flow.db") as platform:
        (line,) = lines(platform, "export")
    assert line["actor"].startswith("shell:")
    assert line["actor"].endswith("(Jan)")
    assert line["detail"] == {"what": "backup kopie.db"}


# -- looking in the log --------------------------------------------------------------------------------------------------


@pytest.fixture
def auditor(law: Platform, as_user: Login, case: int) -> Browser:
    """An auditor, after karin opened the case and searched for the person, and kees for somebody else."""
    karin, kees = as_user("karin"), as_user("kees")
    karin.get(f"/zaken/{case}")
    kees.post("/zaken", {"naam": "Zonnebloem"})  # finds nothing: the case is not among his
    kees.post("/zaken", {"naam": "Iemand"})
    karin.post("/zaken", {"naam": "Zonneb"})
    start_case(law, "D-8")
    karin.get(f"/zaken/{max(i.key for i in law.instances('inburgering'))}")
    return as_user("aysel")


def rows(page: str) -> list[str]:
    return [said(row) for row in page.split("<tbody>")[-1].split("</tbody>")[0].split("<tr>")[1:]]


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


def test_what_cannot_be_asked_is_a_sentence(as_user: Login) -> None:
    auditor = as_user("aysel")
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


def test_a_line_that_was_changed_stands_above_the_log(auditor: Browser, law: Platform) -> None:
    assert "achteraf veranderd" not in auditor.get("/logboek").text
    with law.context.db.write() as unit:
        row = {"key": 5, "moment": law.clock.now(), "actor": "x", "action": "case.look", "lane": 0, "number": 10**6, "mark": "0"}
        unit.connection.execute(insert(t.audit), row)

    page = auditor.get("/logboek").text

    assert "achteraf veranderd" in page
    assert "ertussen gezet door iemand zonder de geheime sleutel" in page
