"""Taking over cases that began elsewhere: one on a page, many from a file that is rehearsed first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from variants import examples

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.inburgering.entry_forms import ENTRY_FORMS
from inburgering_flow.model import entries as states
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.entries import Refused
from inburgering_flow.services.entry_files import FileView
from inburgering_flow.services.entry_texts import sheet_of
from inburgering_flow.services.sheets import written
from inburgering_flow.store import tables as t
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
BSN, OTHER_BSN = "999990019", "999990020"
GIVEN = {
    "instroomFase": "leerroute", "voornamen": "Voorbeeld", "achternaam": "Zangvogel", "bsn": BSN, "overgenomenUit": "Oud systeem",
    "dossiernummer": "D-9", "doelgroep": "asielstatushouder", "kennisgeving": "2024-07-15", "pipDagtekening": "2024-09-16",
    "termijnEinde": "2027-09-17", "leerroute": "B1", "niveau": "B1",
}  # fmt: skip
HEADER = [*GIVEN, "klantmanager", "openHandhaving"]


def actor_of(law: Platform, username: str) -> Actor:
    row = law.services.accounts.get(username)
    assert row is not None
    return law.services.accounts.actor(row)


def csv(*rows: dict[str, str]) -> bytes:
    return written(HEADER, [[(GIVEN | row).get(name, "") for name in HEADER] for row in rows])


def sent(law: Platform, content: bytes, username: str = "karin") -> int:
    key = law.services.entry_files.upload("inburgering", content, actor_of(law, username))
    law.run_due()
    return key


def seen(law: Platform, key: int, username: str = "karin") -> FileView:
    return law.services.entry_files.get(key, actor_of(law, username))


def cases(law: Platform) -> int:
    return len(law.services.processes.search("inburgering"))


def rows_of_everything(law: Platform) -> dict[str, int]:
    with law.context.db.read() as unit:
        return {
            name: unit.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in t.metadata.tables.items()
        }


# -- one case --------------------------------------------------------------------------------------------------------------


def test_the_page_asks_first_for_the_phase_and_then_what_belongs_to_it(as_user: Login) -> None:
    karin = as_user("karin")
    first = karin.get("/zaken/overnemen").text
    assert "Waar staat de zaak?" in first
    assert 'name="dossiernummer"' not in first
    called, route = (karin.get(f"/zaken/overnemen?instroomFase={phase}").text for phase in ("intake", "leerroute"))
    assert 'name="instroomOproepEinde"' in called
    assert 'name="instroomOproepEinde"' not in route
    assert 'name="pipDagtekening"' in route
    assert 'name="pipDagtekening"' not in called


def test_a_case_is_taken_over_once_and_says_where_its_facts_come_from(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    token = re.search(r'name="eenmalig" value="([^"]+)"', karin.get("/zaken/overnemen?instroomFase=leerroute").text)[1]  # type: ignore[index]

    to = {karin.post("/zaken/overnemen", GIVEN | {"eenmalig": token}).headers["Location"] for _ in range(4)}

    assert len(to) == 1
    where = to.pop()
    page = said(karin.get(where).text + karin.get(f"{where}/gegevens").text)
    assert "Oud systeem" in page
    assert "Datum van het eerste PIP, Einddatum van DUO" in page
    assert cases(law) == 1
    key = law.services.processes.search("inburgering")[0].key
    assert law.instance(key).variables["overgenomenDoor"] == "karin"
    assert law.instance(key).variables["overgenomenOp"] == "2026-03-02"
    assert law.instance(key).variables["motivatieNietO"] == "Zie de motivering in het PIP van 16-9-2024."
    with law.context.db.read() as unit:
        lines = unit.connection.execute(select(t.audit.c.actor, t.audit.c.action).where(t.audit.c.root_key == key)).all()
    assert ("karin", "entry.case") in [tuple(line) for line in lines]


def test_the_page_says_everything_that_is_wrong_and_stores_nothing(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    karin.get("/zaken/overnemen?instroomFase=leerroute")
    before = rows_of_everything(law)
    answer = karin.post("/zaken/overnemen", GIVEN | {"kennisgeving": "onzin", "achternaam": "", "termijnEinde": ""})
    assert answer.status_code == 422
    page = said(answer.text)
    for what in ("“Datum kennisgeving van DUO” is geen datum", "Vul “Achternaam” in.", "Vul “Einddatum van DUO” in."):
        assert what in page
    after = rows_of_everything(law)
    assert {name: n for name, n in after.items() if name != "audit"} == {n: c for n, c in before.items() if n != "audit"}


def test_who_may_not_start_a_case_takes_none_over(law: Platform, as_user: Login) -> None:
    hans = as_user("hans")
    assert hans.get("/zaken/overnemen").status_code == 403
    assert hans.post("/zaken/overnemen", GIVEN).status_code == 403
    for use in (law.services.entries.enter, law.services.entries.rehearse):
        with pytest.raises(Forbidden):
            use("inburgering", GIVEN, actor_of(law, "hans"))
    assert cases(law) == 0


def test_pending_enforcement_reaches_the_jurist_and_is_hidden_from_the_klantmanager(law: Platform, as_user: Login) -> None:
    pending = "Bezwaar van 3 februari tegen B-17"
    law.services.entries.enter("inburgering", GIVEN | {"openHandhaving": pending}, actor_of(law, "karin"))
    law.run_due()
    tasks = {task.element_id: task.key for task in law.tasks(state="CREATED")}
    assert set(tasks) == {"taak_handhaving_overnemen", "taak_overname_controleren"}
    julia, karin = as_user("julia"), as_user("karin")
    assert "Openstaande handhaving overnemen" in julia.get("/taken").text
    assert pending in julia.get(f"/taken/{tasks['taak_handhaving_overnemen']}").text
    assert "De jurist krijgt een taak" in karin.get(f"/taken/{tasks['taak_overname_controleren']}").text
    case = law.services.processes.search("inburgering")[0].key
    assert pending not in karin.get(f"/zaken/{case}").text


# -- what is wrong ---------------------------------------------------------------------------------------------------------

CALL = {
    "instroomFase": "intake", "pipDagtekening": "", "termijnEinde": "", "leerroute": "", "niveau": "", "kennisgeving": "2026-01-26",
    "instroomOproep": "2", "instroomOproepVerzonden": "2026-02-20", "instroomOproepEinde": "2026-03-06",
}  # fmt: skip
FINE = "23 / 01-12-2025 / 08-12-2025 / 12-01-2026 / {irrevocable} / 25,00 / B-1 / nee"
WRONG: list[tuple[str, dict[str, str]]] = [
    ("instroomFase", {"instroomFase": ""}), ("instroomFase", {"instroomFase": "klaar"}), ("kennisgeving", {"kennisgeving": ""}),
    ("kennisgeving", {"kennisgeving": "31-02-2024"}), ("kennisgeving", {"kennisgeving": "2026-03-03"}),
    ("kennisgeving", {"kennisgeving": "1999-12-31"}), ("doelgroep", {"doelgroep": "marsmannetje"}),
    ("pipDagtekening", {"pipDagtekening": "2024-07-14"}), ("termijnEinde", {"termijnEinde": "2024-09-16"}),
    ("intakeOp", {"intakeOp": "2024-07-14"}), ("pipDagtekening", {"intakeOp": "2024-09-17"}), ("niveau", {"niveau": ""}),
    ("pipGewijzigdOp", {"pipGewijzigdOp": "2024-09-15"}), ("niveau", {"leerroute": "Z"}), ("bsn", {"bsn": "123456789"}),
    ("pvtUren", {"datumOndertekening": "2025-03-03"}), ("lesStart", {"instelling": "School"}),
    ("gevolgdeUren", {"gevolgdeUren": "veel"}), ("gevolgdeUren", {"gevolgdeUren": "-1"}), ("klantmanager", {"klantmanager": "hans"}),
    ("instroomOproep", {"instroomOproep": "1"}), ("overgenomenUit", {"overgenomenUit": ""}), ("dossiernummer", {"dossiernummer": ""}),
    ("dossiernummer", {"dossiernummer": "x" * 101}), ("eerdereBoetes", {"eerdereBoetes": "23 / gisteren"}),
    ("eerdereBoetes", {"eerdereBoetes": FINE.format(irrevocable="11-01-2026")}),
    ("eerdereBoetes", {"eerdereBoetes": FINE.format(irrevocable="03-03-2026")}),
    ("instroomOproepEinde", CALL | {"instroomOproepEinde": ""}), ("instroomOproepEinde", CALL | {"instroomOproepEinde": "2026-02-20"}),
    ("instroomOproepVerzonden", CALL | {"instroomOproepVerzonden": "2026-01-25"}),
    ("instroomOproepVerzonden", CALL | {"instroomOproepVerzonden": "2026-03-03"}),
    ("instroomAfspraakDatum", CALL | {"instroomAfspraakDatum": "2026-02-19"}), ("instroomOproepEinde", CALL | {"instroomOproep": ""}),
    ("locatie", {**CALL, "inCoa": "ja"}), ("locatie", {**CALL, "inCoa": "ja", "locatie": "nergens"}), ("inCoa", {**CALL, "inCoa": "x"}),
]  # fmt: skip
RIGHT: list[dict[str, str]] = [
    {}, CALL, {"kennisgeving": "15-07-2024", "termijnEinde": "17-9-2027"}, {"pipDagtekening": "2024-07-15"},
    {"intakeOp": "2024-09-16"}, {"leerroute": "Z", "niveau": ""}, {"leerroute": "b1", "doelgroep": "ASIELSTATUSHOUDER"},
    {"gevolgdeUren": "12,5"}, {"klantmanager": "kees"}, {"instelling": "School", "lesStart": "2024-10-01"},
    {"eerdereBoetes": FINE.format(irrevocable="02-03-2026")}, {"eerdereBoetes": FINE.format(irrevocable="")},
    CALL | {"instroomOproepEinde": "2026-02-21"}, CALL | {"instroomOproepVerzonden": "2026-01-26"},
    {"kennisgeving": "2026-03-02", "pipDagtekening": "2026-03-02", "termijnEinde": "2026-03-03"}, {"bsn": "9999.90.019"},
]  # fmt: skip


@pytest.fixture(scope="module")
def asked_once(prepared: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    import shutil

    from shipped import open_platform

    folder = tmp_path_factory.mktemp("entry")
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    platform = open_platform(folder)
    yield platform
    platform.close()


@pytest.mark.parametrize(("column", "wrong"), WRONG, ids=range(len(WRONG)))
def test_each_mistake_is_named_with_its_column(asked_once: Platform, column: str, wrong: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        asked_once.services.entries.rehearse("inburgering", GIVEN | wrong, actor_of(asked_once, "karin"))
    assert column in [problem.column for problem in refused.value.problems], refused.value.problems


@pytest.mark.parametrize("right", RIGHT, ids=range(len(RIGHT)))
def test_what_is_right_is_taken(asked_once: Platform, right: dict[str, str]) -> None:
    standing = asked_once.services.entries.rehearse("inburgering", GIVEN | right, actor_of(asked_once, "karin"))
    assert standing.tasks


def test_a_wrong_secret_number_is_shown_masked(asked_once: Platform) -> None:
    with pytest.raises(Refused) as refused:
        asked_once.services.entries.rehearse("inburgering", GIVEN | {"bsn": "123456789"}, actor_of(asked_once, "karin"))
    assert [problem.found for problem in refused.value.problems] == ["••••••789"]


# -- a file ----------------------------------------------------------------------------------------------------------------


def test_a_rehearsal_says_where_each_case_would_stand_and_leaves_nothing_behind(law: Platform, as_user: Login) -> None:
    before = rows_of_everything(law)
    key = sent(law, csv({}, {"dossiernummer": "D-10", "bsn": OTHER_BSN, "termijnEinde": "2026-03-02"}))
    after = rows_of_everything(law)

    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"entry_file", "entry_row", "audit", "job_done", "audit_head", *_work_tables(before)}
    assert after["person"] == before["person"]
    assert after["process_instance"] == before["process_instance"]
    found = seen(law, key)
    assert found.file.state == states.REHEARSED
    assert [name for name, _due in found.rows.rows[0].standing.tasks] == ["Aanbod regelen"]
    assert [name for name, _due in found.rows.rows[0].standing.terms][-1] == "Laatste dag voorbij"
    pip = law.services.entries.rehearse("inburgering", GIVEN | CALL | {"doelgroep": "gezinsmigrant"}, actor_of(law, "karin"))
    assert [name for name, _due in pip.terms] == ["PIP-termijn loopt af"]
    assert "inburgeringstermijn was voorbij" in found.rows.rows[1].standing.points
    page = said(as_user("karin").get(f"/zaken/overnemen/bestand/{key}").text)
    assert "Aanbod regelen" in page
    assert "donderdag 16 september 2027" in page
    assert "2 zaken inlezen" in page


def _work_tables(before: dict[str, int]) -> set[str]:
    return {name for name in before if "job" in name}


def test_only_what_is_right_is_loaded_and_pressing_twice_loads_nothing_more(law: Platform, as_user: Login) -> None:
    key = sent(law, csv({}, {"dossiernummer": "D-10", "bsn": OTHER_BSN, "kennisgeving": "onzin"}))
    karin = as_user("karin")
    karin.get(f"/zaken/overnemen/bestand/{key}")
    for _press in range(3):
        assert karin.post(f"/zaken/overnemen/bestand/{key}/inlezen").status_code == 302
    law.run_due()
    assert seen(law, key).counts == {states.DONE: 1, states.WRONG: 1}
    karin.post(f"/zaken/overnemen/bestand/{key}/inlezen")
    law.run_due()
    assert cases(law) == 1
    with pytest.raises(Conflict):
        law.services.entry_files.load(key, actor_of(law, "karin"))
    case = law.services.processes.search("inburgering")[0].key
    assert f'href="/zaken/{case}"' in karin.get(f"/zaken/overnemen/bestand/{key}").text


def test_many_rows_are_loaded_a_transaction_each(law: Platform) -> None:
    count = examples(40, 300)
    key = sent(law, csv(*({"dossiernummer": f"D-{n}", "bsn": ""} for n in range(count))))
    law.services.entry_files.load(key, actor_of(law, "karin"))
    commits = []
    with law.context.db.watched(lambda sql, _parameters: commits.append(sql) if sql == "COMMIT" else None):
        law.run_due()
    assert seen(law, key).counts == {states.DONE: count}
    assert cases(law) == count
    assert len(commits) >= count, "nobody waits for more than one row"


def test_a_load_that_is_cut_off_goes_on_and_makes_no_case_twice(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    key = sent(law, csv(*({"dossiernummer": f"D-{n}", "bsn": ""} for n in range(6))))
    law.services.entry_files.load(key, actor_of(law, "karin"))
    real, made = law.services.processes.start_in, []

    def dies(*arguments: Any, **named: Any) -> int:
        case = real(*arguments, **named)
        made.append(case)
        if len(made) == 3:
            raise SystemExit  # the third case is in the transaction, which never ends
        return case

    with monkeypatch.context() as patched:
        patched.setattr(law.services.processes, "start_in", dies)
        with pytest.raises(SystemExit):
            law.run_due()
    assert cases(law) == 2
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.job).values(lease_until=None, lease_owner=None))  # as if its minute were over
    law.run_due()
    assert seen(law, key).counts == {states.DONE: 6}
    assert cases(law) == 6


def test_a_number_that_stands_in_two_rows_is_told_in_both(law: Platform) -> None:
    found = seen(law, sent(law, csv({}, {"dossiernummer": "d-9 ", "bsn": ""}, {"dossiernummer": "D-11", "bsn": "9999.90.019"})))
    assert [sorted(p.column for p in row.problems) for row in found.rows] == [["bsn", "dossiernummer"], ["dossiernummer"], ["bsn"]]


def test_a_case_that_exists_and_a_number_of_somebody_else_are_refused(law: Platform) -> None:
    start_case(law, "D-9")
    law.register_person({"voornamen": "V", "achternaam": "Mus", "bsn": OTHER_BSN})
    found = seen(law, sent(law, csv({}, {"dossiernummer": "D-10", "bsn": OTHER_BSN})))
    assert [[p.column for p in row.problems] for row in found.rows] == [["dossiernummer"], ["bsn"]]
    assert found.rows.rows[1].problems[0].found == "••••••020"


def test_a_case_that_was_made_after_the_rehearsal_is_refused_when_it_is_loaded(law: Platform) -> None:
    key = sent(law, csv({}))
    start_case(law, "D-9")
    law.services.entry_files.load(key, actor_of(law, "karin"))
    law.run_due()
    assert seen(law, key).counts == {states.REFUSED: 1}
    assert cases(law) == 1


def test_an_account_that_may_not_start_cases_any_more_loads_nothing(law: Platform) -> None:
    key = sent(law, csv({}))
    law.services.entry_files.load(key, actor_of(law, "karin"))
    law.services.accounts.set_active("karin", False)
    law.run_due()
    assert cases(law) == 0
    with law.context.db.read() as unit:
        assert unit.connection.execute(select(t.entry_row.c.state)).scalars().all() == [states.REFUSED]


def test_a_file_is_read_by_who_sent_it_only_encrypted_and_each_look_is_logged(law: Platform, as_user: Login) -> None:
    key = sent(law, csv({}, {"dossiernummer": "D-10", "bsn": OTHER_BSN, "kennisgeving": "onzin"}))
    with law.context.db.read() as unit:
        kept = unit.connection.execute(select(t.entry_row.c.content, t.entry_row.c.found)).all()
    assert not any(b"Zangvogel" in bytes(cell) or BSN.encode() in bytes(cell) for row in kept for cell in row if cell)
    kees = as_user("kees")
    for path in ("", "/geweigerd"):
        assert kees.get(f"/zaken/overnemen/bestand/{key}{path}").status_code == 404
    for move in ("inlezen", "verwijderen"):
        assert kees.post(f"/zaken/overnemen/bestand/{key}/{move}").status_code == 404
    karin = as_user("karin")
    assert karin.get(f"/zaken/overnemen/bestand/{key}").status_code == 200
    assert karin.get(f"/zaken/overnemen/bestand/{key}/geweigerd").status_code == 200
    with law.context.db.read() as unit:
        query = select(t.audit.c.actor, t.audit.c.action).where(t.audit.c.subject_key == key).order_by(t.audit.c.key)
        lines = [tuple(line) for line in unit.connection.execute(query)]
    assert lines == [("karin", "entry.upload"), ("karin", "entry.look"), ("karin", "entry.download")]


def test_what_stood_in_a_row_is_forgotten_when_it_is_loaded_and_the_rest_after_seven_days(law: Platform) -> None:
    key = sent(law, csv({}, {"dossiernummer": "D-10", "bsn": "", "kennisgeving": "onzin"}))
    law.services.entry_files.load(key, actor_of(law, "karin"))
    law.run_due()
    with law.context.db.read() as unit:
        kept = unit.connection.execute(select(t.entry_row.c.state, t.entry_row.c.content.is_(None))).all()
    assert sorted(map(tuple, kept)) == [(states.DONE, True), (states.WRONG, False)]
    now = law.clock.now()
    law.clock.set(now + timedelta(days=7) - timedelta(seconds=1))  # type: ignore[attr-defined]
    assert law.services.entry_files.forget() == 0
    law.clock.set(now + timedelta(days=7, seconds=1))  # type: ignore[attr-defined]
    assert law.services.entry_files.forget() == 1
    with pytest.raises(NotFound):
        seen(law, key)
    assert cases(law) == 1


def test_a_file_that_nobody_got_to_is_forgotten_too(law: Platform) -> None:
    before = rows_of_everything(law)["job"]
    law.services.entry_files.upload("inburgering", csv({}), actor_of(law, "karin"))
    law.clock.set(law.clock.now() + timedelta(days=8))  # type: ignore[attr-defined]
    assert law.services.entry_files.forget() == 1
    after = rows_of_everything(law)
    assert (after["entry_file"], after["entry_row"], after["job"]) == (0, 0, before)
    law.run_due()


def test_a_file_can_be_deleted_at_once(law: Platform, as_user: Login) -> None:
    key = sent(law, csv({}))
    karin = as_user("karin")
    karin.get("/zaken/overnemen/bestand")
    karin.post(f"/zaken/overnemen/bestand/{key}/verwijderen")
    counts = rows_of_everything(law)
    assert (counts["entry_file"], counts["entry_row"]) == (0, 0)


def test_refused_rows_come_back_with_the_reason_and_can_be_sent_again(law: Platform) -> None:
    evil = "=HYPERLINK(\"http://kwaad.example\")"
    key = sent(law, csv({"kennisgeving": "onzin", "voornamen": evil}))
    content = law.services.entry_files.refused(key, actor_of(law, "karin"))
    text = content.decode("utf-8-sig")
    assert "reden" in text.splitlines()[0]
    assert "kennisgeving: " in text
    assert not re.search(r'(^|;|")=', text), "no spreadsheet computes with it"
    mended = content.replace(b"onzin", b"2024-07-15")
    found = seen(law, sent(law, mended))
    assert found.counts == {states.READY: 1}
    law.services.entry_files.load(found.file.key, actor_of(law, "karin"))
    law.run_due()
    with law.context.db.read() as unit:
        assert unit.connection.execute(select(t.person.c.fields)).scalar_one()["voornamen"] == evil


def test_the_page_sends_a_file_and_gives_an_empty_one(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    empty = karin.get("/zaken/overnemen/bestand/leeg")
    names = empty.data.decode("utf-8-sig").strip().split(";")
    assert names[0] == "instroomFase"
    assert set(HEADER) <= set(names)
    page = karin.get("/zaken/overnemen/bestand").text
    assert all(f"<code>{name}</code>" in page for name in names)
    answer = karin.post("/zaken/overnemen/bestand", {"bestand": (BytesIO(csv({})), "zaken.csv"), "eenmalig": "een"})
    assert answer.status_code == 302
    again = karin.post("/zaken/overnemen/bestand", {"bestand": (BytesIO(csv({})), "zaken.csv"), "eenmalig": "een"})
    assert again.headers["Location"] == answer.headers["Location"]
    wrong = karin.post("/zaken/overnemen/bestand", {"bestand": (BytesIO(b"PK\x03\x04zip"), "zaken.xlsx")})
    assert wrong.status_code == 422
    assert "Dit is geen CSV-bestand" in wrong.text
    assert karin.post("/zaken/overnemen/bestand", {}).status_code == 422


def test_what_is_wrong_is_said_in_the_language_of_who_sent_the_file(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    karin.get("/zaken/overnemen/bestand")
    answer = karin.post("/zaken/overnemen/bestand", {"bestand": (BytesIO(csv({"kennisgeving": "onzin"})), "zaken.csv")})
    law.run_due()
    assert "“Datum kennisgeving van DUO” is geen datum. Schrijf die zoals 31-12-2026." in karin.get(answer.headers["Location"]).text


def test_the_example_file_is_right_in_every_phase(law: Platform) -> None:
    content = (Path(__file__).parents[2] / "examples" / "overnemen.csv").read_bytes()
    rows = law.services.entry_files.at_once("", content, SYSTEM, rehearsing=True)
    assert [row.problems for row in rows] == [()] * 6
    assert cases(law) == 0
    made = law.services.entry_files.at_once("", content, SYSTEM, rehearsing=False)
    assert len({row.case_key for row in made}) == 6
    again = law.services.entry_files.at_once("", content, SYSTEM, rehearsing=False)
    assert [[problem.column for problem in row.problems] for row in again] == [["dossiernummer"]] * 6
    assert cases(law) == 6


# -- how files are written -------------------------------------------------------------------------------------------------

COLUMNS = [ENTRY_FORMS[0].phase, *ENTRY_FORMS[0].columns]


def read(content: bytes, needed: tuple[str, ...] = ()) -> list[dict[str, str]]:
    return [values for _number, values, _said in sheet_of(content, COLUMNS, needed).rows]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_however_a_spreadsheet_saved_it(separator: str, encoding: str, end: str) -> None:
    lines = [f"dossiernummer{separator}Uit welk systeem{separator}{separator}", f'D-1{separator}"Zoë, ""x""; y"', "", separator]
    assert read((end.join(lines) + end).encode(encoding)) == [{"dossiernummer": "D-1", "overgenomenUit": 'Zoë, "x"; y'}]


def test_a_text_may_have_lines_and_a_row_keeps_its_number() -> None:
    sheet = sheet_of(b'dossiernummer;openHandhaving\n\nD-1;"een\ntwee"\nD-2;x;y\n', COLUMNS, ())
    assert [(number, values["openHandhaving"]) for number, values, _said in sheet.rows] == [(3, "een\ntwee"), (4, "x")]
    assert [bool(wrong) for _number, _values, wrong in sheet.rows] == [False, True]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not known"), (b"dossiernummer;onzin\nD-1;x", "onzin"), (b"dossiernummer\n", "no rows"),
        (b"dossiernummer;Dossiernummer\n1;2", "twice"), (b"overgenomenUit\nx", "lacks the columns dossiernummer"),
        ("dossiernummer\nD-1".encode("utf-16"), "not a CSV"), (b"PK\x03\x04", "not a CSV"), (b"dossiernummer\nD\x00", "not a CSV"),
        (b'dossiernummer\n"D-1', "quotation mark"), (b"dossiernummer\n" + b"D\n" * 5_001, "5001 rows"), (b"x" * 5_000_001, "5 MB"),
        (b"dossiernummer\n\x81", "not a CSV"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_with_a_reason(content: bytes, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        read(content, ("dossiernummer",))


@pytest.mark.parametrize("cell", ["=1+1", "+31 6", "-5", "@x", "\tx", "'=x", "gewoon", "'", ""])
def test_what_looks_like_a_formula_is_harmless_and_comes_back_as_it_was(cell: str) -> None:
    content = written(["dossiernummer", "openHandhaving"], [["D-1", cell]])
    raw = content.decode("utf-8-sig").splitlines()[1].partition(";")[2].strip('"')
    assert not raw.startswith(("=", "+", "-", "@", "\t"))
    assert read(content)[0]["openHandhaving"] == cell.strip()
