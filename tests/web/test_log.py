"""What the log keeps of looking, searching, being refused and taking copies."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from inburgering_flow.cli import main
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
BSN = "999990019"


def lines(law: Platform, *actions: str) -> list[Mapping[str, Any]]:
    with law.context.db.read() as unit:
        rows = unit.connection.execute(select(t.audit).where(t.audit.c.action.in_(actions)).order_by(t.audit.c.key))
        return [dict(row._mapping) for row in rows]


def everything(law: Platform) -> str:
    with law.context.db.read() as unit:
        return "\n".join(str(tuple(row)) for row in unit.connection.execute(select(t.audit)))


def start_about(law: Platform, surname: str) -> int:
    """Start a case of karin's about somebody with a BSN."""
    person = law.register_person({"voornamen": "Voorbeeld", "achternaam": surname, "bsn": BSN})
    key = law.start(
        "inburgering", {"dossiernummer": "D-7", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02", "brpDatum": None, "inCoa": False},
        person=person, owner="karin", business_key="D-7",
    )  # fmt: skip
    law.run_due()
    return key


@pytest.fixture
def case(law: Platform) -> int:
    return start_about(law, "Zonnebloem")


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
    assert "Zonnebloem" in karin.post(address, {"zoek": "Zonnebl"}).text
    karin.post(address, {"zoek": "Onbekend"})

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
    assert kees.get(f"/regie/{case}/toewijzen").status_code == 302  # to the page above it
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
