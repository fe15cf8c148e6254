"""A case from another system: what had passed before it came is seen by a person first, and no term becomes shorter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from inburgering_flow.clock import ManualClock
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services.entries import Refused

RUNNING = {"instroomFase": "leerroute", "leerroute": "B1", "niveau": "B1", "instelling": "School", "lesStart": "2024-10-01",
           "pipDagtekening": "2024-09-16", "termijnEinde": "2027-09-17"}  # fmt: skip
CALLED = {"instroomFase": "intake", "instroomOproep": 1, "instroomOproepVerzonden": "2026-02-12"}
FINE = {"kenmerk": "B-1", "besluit": "boete", "artikel": "23", "geconstateerdOp": "2025-12-08", "verzondenOp": "2026-01-19",
        "onherroepelijkVanaf": "2026-03-03", "bezwaarLoopt": False, "vernietigd": False, "bedrag": 25,
        "termijn": "eerste termijn"}  # fmt: skip


def entered(law: Platform, number: str, *, on: str = "2026-03-02T09:00:00+01:00", **values: Any) -> tuple[str | None, list[str]]:
    """Enter a case on a day; return what is to be looked at first, and which tasks are open."""
    assert isinstance(law.clock, ManualClock)
    law.clock.set(on)
    given = {"dossiernummer": number, "doelgroep": "gezinsmigrant", "kennisgeving": "2026-01-26", "brpDatum": None, "inCoa": False}
    key = law.start("inburgering", given | values, business_key=number)
    law.run_due()
    inner = next(i for i in law.instances("overname") if i.root_key == key)
    points = law.instance(inner.key).variables["overnamePunten"]
    return points, sorted(t.element_id for t in law.tasks(state="CREATED", instance=key))


def test_n_pip_01_a_case_that_comes_after_the_last_day_is_looked_at_first(law: Platform) -> None:
    # notified on 2026-01-26: the last day is Tuesday 2026-04-07, after Easter Monday
    assert entered(law, "P-1", instroomFase="pip", on="2026-04-07T23:00:00+02:00") == (
        None, ["taak_pip_bespoedigen", "taak_pip_opstellen"],
    )  # fmt: skip
    points, tasks = entered(law, "P-2", instroomFase="pip", on="2026-04-08T00:30:00+02:00")
    assert points is not None
    assert "de laatste dag was 7-4-2026" in points
    assert tasks == ["taak_overname_controleren"]


def test_n_int_03_no_step_of_the_ladder_begins_by_entering_a_case(law: Platform) -> None:
    points, tasks = entered(law, "O-1", **CALLED | {"instroomOproepEinde": "2026-03-02"})
    assert (points, tasks) == (None, ["taak_intakegesprek"]), "on its last day the call is still open"
    points, tasks = entered(law, "O-2", **CALLED | {"instroomOproepEinde": "2026-03-01"})
    assert points is not None
    assert "oproep 1 was voorbij" in points
    assert tasks == ["taak_overname_controleren"]


def test_n_ter_03_a_term_that_had_ended_may_have_been_extended(law: Platform) -> None:
    running = RUNNING | {"pipDagtekening": "2023-03-02"}
    points, tasks = entered(law, "T-1", **running | {"termijnEinde": "2026-03-03"})
    assert points is None, "today is the last day"
    assert "taak_na_termijn" not in tasks
    points, tasks = entered(law, "T-2", **running | {"pipDagtekening": "2023-03-01", "termijnEinde": "2026-03-02"})
    assert points is not None
    assert "Kijk of DUO de termijn heeft verlengd" in points
    assert tasks == ["taak_overname_controleren"]


def test_n_dat_14_the_end_that_duo_tells_counts_and_a_difference_is_shown(law: Platform) -> None:
    assert entered(law, "D-1", **RUNNING)[0] is None
    for number, end in (("D-2", "2027-09-16"), ("D-3", "2027-09-18")):
        points, _tasks = entered(law, number, **RUNNING | {"termijnEinde": end})
        assert points is not None
        assert "anders dan drie jaar na het PIP" in points
        case = next(i for i in law.instances("inburgering") if i.business_key == number)
        assert law.instance(case.key).variables["termijnEinde"] == end


def test_n_boe_04_fines_of_the_former_system_count_and_are_looked_at_first(law: Platform) -> None:
    assert entered(law, "B-1", **RUNNING, eerdereBoetes=[])[0] is None
    points, tasks = entered(law, "B-2", **RUNNING, eerdereBoetes=[FINE])
    assert points is not None
    assert "eerdere boetes overgenomen: 1" in points
    assert tasks == ["taak_overname_controleren"]


def test_n_boe_09_a_warning_before_the_intake_is_no_warning_about_the_pip(law: Platform) -> None:
    """A later breach of the PIP must not look as if somebody had been warned about it."""
    values = CALLED | {"instroomOproep": 2, "instroomOproepVerzonden": "2026-02-20", "instroomOproepEinde": "2026-03-06"}
    entered(law, "W-1", **values)
    case = next(i for i in law.instances("inburgering") if i.business_key == "W-1")
    assert "gewaarschuwdOp" not in law.instance(case.key).variables
    inner = next(i for i in law.instances("brede-intake") if i.root_key == case.key)
    assert law.instance(inner.key).variables["gewaarschuwdOp"] == "2026-02-20"


ANSWERS = RUNNING | {
    "overgenomenUit": "Oud", "dossiernummer": "U-1", "achternaam": "Uren", "voornamen": "V", "doelgroep": "gezinsmigrant",
    "kennisgeving": "2024-07-15",
}  # fmt: skip


def wrong(law: Platform, **answers: str) -> list[str]:
    """Return the columns of what is refused where a case is entered with these answers."""
    try:
        law.services.entries.rehearse("inburgering", ANSWERS | answers, SYSTEM)
    except Refused as refused:
        return [problem.column for problem in refused.problems]
    return []


def test_n_rou_02_a_pvt_that_is_done_elsewhere_has_twelve_hours(law: Platform) -> None:
    assert wrong(law, datumOndertekening="2025-03-03", pvtUren="12") == []
    assert wrong(law, datumOndertekening="2025-03-03", pvtUren="11,5") == ["pvtUren"]


def test_n_rou_03_a_map_that_is_done_elsewhere_has_forty_hours(law: Platform) -> None:
    assert wrong(law, datumEindgesprek="2025-11-03", mapUren="40") == []
    assert wrong(law, datumEindgesprek="2025-11-03", mapUren="39") == ["mapUren"]


def test_n_ter_02_the_first_pip_is_not_before_its_notification(law: Platform) -> None:
    assert wrong(law, pipDagtekening="2024-07-15", termijnEinde="2027-07-16") == []
    assert wrong(law, pipDagtekening="2024-07-14", termijnEinde="2027-07-15") == ["pipDagtekening"]
    today = law.clock.now().date()
    assert wrong(law, pipDagtekening=today.isoformat(), termijnEinde="2029-01-01") == []
    assert wrong(law, pipDagtekening=(today + timedelta(days=1)).isoformat(), termijnEinde="2029-01-01") == ["pipDagtekening"]
