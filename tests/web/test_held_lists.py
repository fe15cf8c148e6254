"""Lists that are arranged as a whole: each sorts by each of its columns, can be narrowed, and is the same as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from diagrams import Diagram
from sqlalchemy import select
from sqlalchemy import text as sql

from inburgering_flow.errors import Forbidden
from inburgering_flow.forms import Upload
from inburgering_flow.model.lists import DeedRow
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.runtime import IncidentRow
from inburgering_flow.platform import Platform
from inburgering_flow.services import audit_chain
from inburgering_flow.store import incidents, list_deeds
from inburgering_flow.store import tables as t
from inburgering_flow.web.lists import held
from inburgering_flow.web.lists.kinds import ACCOUNTS, BATCHES, BUDGETS, DOCUMENTS, ENTRIES, INCIDENTS, LOG
from inburgering_flow.web.lists.listing import Kind
from web.conftest import Browser, said, start_case
from web.test_lists import actor

Login = Callable[[str], Browser]


def fill(law: Platform) -> int:
    """Put something into each list; return a case with documents."""
    case = start_case(law, "D-1")
    accounts = law.services.accounts
    for name in ("anna", "Bert", "cor"):
        accounts.save(name, display_name=name[::-1], password="zeven blauwe olifanten", roles=("klantmanager",))
    accounts.set_active("cor", False)
    for number, (what, cents) in enumerate((("lokalen", 900_00), ("Boeken", 10_00), ("tolken", 30_00))):
        law.services.ledger.post(
            "spuk", "grant" if not number else "obligation", cents, SYSTEM, year=2026 + number % 2 * 0,
            day=date(2026, 1, 5) + timedelta(days=number), description=what, reference=f"K{9 - number}",
        )  # fmt: skip
    running = next(i for i in law.instances() if i.key == case)
    with law.context.db.write() as unit:
        for number, (element, kind) in enumerate((("start", "JOB_NO_RETRIES"), ("start", "JOB_NO_RETRIES"), ("fase_intake", "CONDITION_ERROR"))):
            row = IncidentRow(
                law.context.keys.next(), case, case, running.definition_key, running.process_id, case + number // 2, element, kind,
                "iets", law.clock.now() + timedelta(minutes=number), "enter",
            )  # fmt: skip
            incidents.add(unit, row)
            if not number:  # tried again, and stuck again
                incidents.resolve(unit, row, row.created)
    for action in ("SUSPEND_PROCESS_INSTANCE", "RESUME_PROCESS_INSTANCE"):
        law.services.batches.create(action, keys=[case], actor=SYSTEM)
        law.run_due()
    return case


WHERE: dict[str, tuple[Kind, str, str, str]] = {
    "accounts": (ACCOUNTS, "bram", "/accounts", "/accounts"), "incidents": (INCIDENTS, "bram", "/storingen/lijst", "/storingen"),
    "log": (LOG, "aysel", "/logboek", "/logboek"), "batches": (BATCHES, "bram", "/bulkbewerkingen", "/bulkbewerkingen"),
    "budgets": (BUDGETS, "fatima", "/middelen", "/middelen"),
    "entries": (ENTRIES, "fatima", "/middelen/spuk/2026", "/middelen/spuk/2026"),
    "documents": (DOCUMENTS, "karin", "/zaken/{case}/documenten", "/zaken/{case}/documenten"),
}  # fmt: skip


def file_rows(browser: Browser, address: str) -> list[list[str]]:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))[1:]


@pytest.mark.parametrize("name", WHERE)
def test_a_list_sorts_by_each_column_and_its_file_is_the_same_list(law: Platform, as_user: Login, name: str) -> None:
    case = fill(law)
    kind, who, page, files = WHERE[name]
    browser = as_user(who)
    if name == "documents":
        for title in ("Zwaar.txt", "adres.txt"):
            law.services.documents.add(case, Upload(title, "text/plain", b"inhoud"), actor(law, "karin"))
    page, files = page.format(case=case), files.format(case=case)
    for column in kind.columns:
        at, every = [c.name for c in kind.columns].index(column.name), ",".join(c.name for c in kind.columns)
        for order in (column.name, f"-{column.name}"):
            asked = f"?kolommen={every}&volgorde={order}"
            shown = browser.get(page + asked).text
            assert 'aria-sort="' in shown, asked
            rows = file_rows(browser, f"{files}/bestand.csv{asked}")
            told = [row[at] for row in rows if row[at]]
            assert told, asked
            numbers = [float(cell.replace(",", ".")) for cell in told if re.fullmatch(r"-?\d+(,\d+)?", cell)]
            there = numbers if len(numbers) == len(told) else [cell.casefold() for cell in told]
            assert there == sorted(there, reverse=order.startswith("-")), asked


def test_accounts_are_narrowed_by_name_role_and_state_and_what_is_chosen_goes_away(law: Platform, as_user: Login) -> None:
    fill(law)
    bram = as_user("bram")

    def names(query: str) -> list[str]:
        return [row[0] for row in file_rows(bram, f"/accounts/bestand.csv?{query}")]

    assert names("zoek=TREB") == ["Bert"]
    assert names("toestand=gesloten") == ["cor"]
    assert set(names("rol=klantmanager")) >= {"anna", "Bert", "cor", "karin"}
    assert names("rol=klantmanager&zoek=anna") == ["anna"]
    page = bram.get("/accounts?toestand=gesloten").text
    assert "Toestand: gesloten" in said(page).replace("\n", " ")
    assert ">anna<" not in page
    assert "Er zijn geen accounts" in bram.get("/accounts?zoek=niemand-heet-zo").text


def test_entries_incidents_and_batches_are_narrowed(law: Platform, as_user: Login) -> None:
    fill(law)
    fatima, bram = as_user("fatima"), as_user("bram")
    assert [row[3] for row in file_rows(fatima, "/middelen/spuk/2026/bestand.csv?soort=obligation&volgorde=waarvoor")] == ["Boeken", "tolken"]
    assert len(file_rows(bram, "/storingen/bestand.csv?oorzaak=CONDITION_ERROR")) == 1
    assert len(file_rows(bram, "/bulkbewerkingen/bestand.csv?door=system")) == 2
    assert file_rows(bram, "/bulkbewerkingen/bestand.csv?door=niemand") == []
    assert "Boeken (€" in said(as_user("fatima").get("/middelen/spuk/2026").text), "an obligation can be chosen"


def stuck(law: Platform, number: int) -> list[int]:
    """Return cases that stand still at a condition that gives nothing."""
    diagram = Diagram("proef").start().xor("g").user("a").end().path("start", "g|klaar", "a", "end")
    law.deploy_content("proef.bpmn", diagram.xml())
    return [law.start("proef", {"klaar": None}) for _ in range(number)]


def test_incidents_that_were_ticked_are_tried_again_each_with_its_own_outcome(law: Platform, as_user: Login) -> None:
    cases, bram = stuck(law, 3), as_user("bram")
    keys = {row.root_key: row.key for row in law.services.incidents.page().rows}
    page = bram.get("/storingen/lijst").text
    assert all(f'name="kies" value="{key}"' in page for key in keys.values())
    law.services.processes.set_variables(cases[0], {"klaar": True})
    law.services.changes.suspend(cases[2])

    sent = {"actie": "retry", "kies": [*map(str, keys.values()), "1"], "terug": "/storingen/lijst?volgorde=sinds", "eenmalig": "a"}
    answer = bram.post("/lijsten/incidents/samen", sent)
    shown = said(bram.get(answer.headers["Location"]).text)
    assert "2 rijen zijn gedaan." in shown
    assert "Bij 2 rijen kon het niet." in shown
    assert shown.count("opnieuw geprobeerd, en weer misgegaan") == 1
    assert "Terugdraaien" not in shown, "what was set going cannot be put back"
    done = answer.headers["Location"].split("?")[0]
    assert bram.post(f"{done}/terug").status_code == 409
    assert bram.post("/lijsten/incidents/samen", sent).headers["Location"].split("?")[0] == done, "sent twice, it is done once"

    left = {row.root_key: row for row in law.services.incidents.page().rows}
    assert set(left) == {cases[1], cases[2]}
    assert [left[case].tried for case in cases[1:]] == [1, 0], "each attempt is counted"
    assert "1 keer" in said(bram.get("/storingen/lijst").text)
    assert "1 keer opnieuw geprobeerd" in said(bram.get("/storingen").text)
    assert [row[-1] for row in file_rows(bram, "/storingen/bestand.csv?volgorde=opnieuw")] == ["0", "1"]
    one = bram.post("/storingen/bestand.csv", {"kies": [str(left[cases[1]].key), "1"]})
    assert len(one.data.splitlines()) == 2
    with law.context.db.read() as unit:
        lines = unit.connection.execute(select(t.audit.c.root_key).where(t.audit.c.action == "incident.resolve")).scalars()
        assert sorted(lines) == cases[:2], "each is a line of its own"


def test_work_that_is_tried_again_is_said_to_be_going_on(law: Platform, as_user: Login) -> None:
    law.deploy_content("werk.bpmn", Diagram("werk").start().service("w", "brief.waarschuwing", retries="1").end().path("start", "w", "end").xml())
    law.start("werk")
    law.run_due()
    [row], bram = law.services.incidents.page().rows, as_user("bram")
    assert row.error_type == "JOB_NO_RETRIES"
    answer = bram.post("/lijsten/incidents/samen", {"actie": "retry", "kies": str(row.key)})
    page = said(bram.get(answer.headers["Location"]).text)
    assert "wordt nu verwerkt" in page
    assert "weer misgegaan" not in page


def test_a_retry_that_was_done_but_not_noted_is_not_done_again(law: Platform) -> None:
    [case], bram, deeds = stuck(law, 1), actor(law, "bram"), law.services.list_deeds
    [row] = law.services.incidents.page().rows
    key = deeds.do("retry", [row.key], None, bram)
    with law.context.db.write() as unit:
        list_deeds.note(unit, key, [DeedRow(row.key, before=row.key, is_open=True)], law.clock.now())
    law.clock.advance(minutes=6)
    deeds.go_on(key, bram)
    [again] = law.services.incidents.page().rows
    assert (again.root_key, again.tried) == (case, 1)
    assert [one.after for one in deeds.told(key, bram).deed.done] == [again.key]


def test_who_may_not_try_again_one_by_one_may_not_do_it_to_many(law: Platform, as_user: Login) -> None:
    stuck(law, 1)
    [row] = law.services.incidents.page().rows
    for username in ("karin", "tom", "piet", "aysel"):
        browser = as_user(username)
        assert browser.get("/storingen/lijst").status_code == 403
        assert browser.post("/storingen/bestand.csv", {"kies": str(row.key)}).status_code == 403
        assert browser.post("/lijsten/incidents/samen", {"actie": "retry", "kies": str(row.key)}).status_code == 403
        with pytest.raises(Forbidden):
            law.services.list_deeds.do("retry", [row.key], None, actor(law, username))
    assert [one.tried for one in law.services.incidents.page().rows] == [0]


def test_beyond_what_a_list_holds_it_says_so_and_gives_no_file(law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(law)
    monkeypatch.setattr(held, "MOST", 1)
    bram = as_user("bram")
    assert "alleen in de eerste 10.000" in said(bram.get("/bulkbewerkingen?volgorde=door").text)
    assert "alleen in de eerste 10.000" not in said(bram.get("/bulkbewerkingen").text)
    assert bram.get("/bulkbewerkingen/bestand.csv").status_code == 400


def test_a_saved_list_of_the_log_does_not_keep_whom_it_was_about(law: Platform, as_user: Login) -> None:
    case, aysel = start_case(law, "D-1"), as_user("aysel")
    aysel.get("/logboek")
    aysel.post("/lijsten/log/bewaren", {"naam": "Geweigerd", "soort": "refusals", "zaak": str(case), "woorden": "abc"})
    [kept] = law.services.saved_lists.of("log", actor(law, "aysel"))
    assert dict(kept.chosen) == {"soort": "refusals"}


def test_sealed_days_say_whether_they_are_sound(law: Platform, as_user: Login) -> None:
    chain, aysel = law.services.audit_chain, as_user("aysel")
    for _day in range(3):
        start_case(law, f"D-{law.clock.now().day}")
        law.clock.advance(days=1)
        law.clock.advance(hours=2)
        chain.seal()

    def states() -> list[str]:
        return [one.state for one in chain.sealed_days(chain.check(newest=2_000), 2_000)]

    assert states() == [audit_chain.WHOLE] * 3
    assert said(aysel.get("/logboek").text).count("klopt</td>") == 3
    assert [one.state for one in chain.sealed_days([], 1)][-1] == audit_chain.ENDS_FIT
    with law.context.db.write() as unit:
        first = unit.connection.execute(sql("SELECT min(key) FROM audit WHERE action = 'case.start'")).scalar_one()
        unit.connection.execute(t.audit.update().where(t.audit.c.key == first).values(actor="niemand"))
    assert states()[-1] == audit_chain.BROKEN
    assert audit_chain.WHOLE in states()[:-1]
    assert "klopt niet" in aysel.get("/logboek").text
