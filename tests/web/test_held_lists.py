"""Lists that are arranged as a whole: each sorts by each of its columns, can be narrowed, and is the same as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text as sql

from inburgering_flow.forms import Upload
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.runtime import IncidentRow
from inburgering_flow.platform import Platform
from inburgering_flow.services import audit_chain
from inburgering_flow.store import incidents
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
        for number, (element, kind) in enumerate((("start", "JOB_NO_RETRIES"), ("fase_intake", "CONDITION_ERROR"))):
            incidents.add(unit, IncidentRow(
                law.context.keys.next(), case, case, running.definition_key, running.process_id, element, case, kind,
                "iets", law.clock.now() + timedelta(minutes=number), "enter",
            ))  # fmt: skip
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
