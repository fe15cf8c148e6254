"""N-DAT-14, N-PLI-08 and N-TER-04 to 10: signals of DUO that reach somebody, and what may lengthen the term (DUO decides)."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Any

import pytest

from inburgering_flow.dmn import read_model
from inburgering_flow.errors import FlowError
from inburgering_flow.inburgering.notices import NOTICES, SIGNALS
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import wettelijke_termijn
from inburgering_flow.platform import Platform

FOLDER = resource_folder("processes")
SIGNAL = read_model(FOLDER / "beslissingen" / "d24-duo-signalen.dmn")
EXTENSION = read_model(FOLDER / "beslissingen" / "d25-verlenging.dmn")

PUBLISHED = (101, 102, 103, 104, *range(106, 143), 199)  # DUO's list of events and of signals, without what it does not name
NOT_NAMED = {134, 138}
STARTS = {101, 120, 121}  # a case begins with them


@cache
def lengths() -> Any:
    """Return the lengths that ship."""
    return read_model(FOLDER / "beslissingen" / "d00-termijnen.dmn").evaluate("Termijnen verlenging", {})


def test_n_dat_14_each_signal_that_duo_publishes_is_an_event_of_the_case_or_a_row_of_the_table() -> None:
    heard = {int(code) for code in re.findall(r'name="duo\.SS(\d+)"', (FOLDER / "inburgering" / "inburgering.bpmn").read_text())}
    heard |= {int(notice.name[6:]) for notice in NOTICES if re.fullmatch(r"duo\.SS\d+", notice.name)}
    for code in sorted(set(PUBLISHED) - NOT_NAMED - STARTS - heard):
        found = SIGNAL.evaluate("Signaal van DUO", {"signaal": f"SS{code}"})
        assert found["soort"] != "onbekend", code
        assert (f"SS{code}", f"SS{code}: {found['titel']}") in SIGNALS, code
    assert SIGNAL.evaluate("Signaal van DUO", {"signaal": "SS777"})["soort"] == "onbekend"


def signalled(law: Platform, signal: str, day: str, pip: str | None = None) -> int:
    law.clock.set(f"{day}T09:00:00+01:00")  # type: ignore[attr-defined]
    person = law.register_person(
        {"voornamen": "Voorbeeld", "achternaam": "Signaal", "bsn": "999990214", "straat": "Voorbeeldlaan 1",
         "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}
    )  # fmt: skip
    given = {"dossiernummer": "D-1", "signaal": signal, "signaalTekst": None, "pipDagtekening": pip}
    key = law.start("duo-signalen", given, person=person)
    law.run_due()
    return key


def do(law: Platform, element: str, user: str, **answers: Any) -> None:
    task = next(t for t in law.tasks(state="CREATED") if t.element_id == element)
    law.complete(task.key, answers, user=user)
    law.run_due()


def test_n_pli_08_the_college_advises_and_who_drafts_does_not_adopt(law: Platform) -> None:
    key = signalled(law, "SS140", "2026-03-02")
    do(law, "taak_advies_opstellen", "karin", bioAdvies="niet", bioMotivering="Er is niets onvoorzien gebeurd.")
    with pytest.raises(FlowError, match="karin"):
        do(law, "taak_advies_vaststellen", "karin", bioBesluit="vaststellen")
    assert law.services.documents.of_case(key) == []
    do(law, "taak_advies_vaststellen", "tom", bioBesluit="vaststellen")
    assert [d.title for d in law.services.documents.of_case(key)] == ["Advies over bijzondere omstandigheden"]


@pytest.mark.parametrize(
    ("offer", "late"), [("2025-11-28", False), ("2025-11-29", True), ("2026-02-28", True), (None, True)]
)
def test_n_ter_06_an_offer_within_three_months_after_the_pip_is_in_time(law: Platform, offer: str | None, late: bool) -> None:
    key = signalled(law, "SS127", "2026-03-02", "2025-08-28")
    answers = {"aanbodGedaan": "ja" if offer else "nee", "aanbodGedaanOp": offer, "signaalNotitie": "De school had geen plek."}
    do(law, "taak_aanbod_nalopen", "karin", **answers)
    assert law.instance(key).variables["aanbodTeLaat"] is late
    assert law.instance(key).variables["aanbodUiterlijk"] == "2025-11-28"
    assert (law.instance(key).state == "COMPLETED") is not late
    if late:
        do(law, "taak_verklaring_tekenen", "tom", verklaringTekst="Er was geen plek op een school.")
        assert [d.title for d in law.services.documents.of_case(key)] == ["Verklaring: geen aanbod op tijd"]


def test_n_ter_06_without_a_pip_nothing_is_late(law: Platform) -> None:
    key = signalled(law, "SS127", "2026-03-02")
    do(law, "taak_aanbod_nalopen", "karin", aanbodGedaan="nee", aanbodGedaanOp=None, signaalNotitie="Er is nog geen plan.")
    assert law.instance(key).state == "COMPLETED"


def advised(ground: str, months: int | None = None) -> tuple[bool, str | None]:
    found = EXTENSION.evaluate("Verlenging advies", {"grond": ground, "maanden": months, "verlengingTermijnen": lengths()})
    return found["mag"], found["lengte"]


def until(last: str, length: str | None) -> str:
    return str(wettelijke_termijn(date.fromisoformat(last), str(length)).ongeschoven)


def test_n_ter_05_each_ground_has_its_length() -> None:
    assert until("2026-05-12", advised("bevalling")[1]) == "2026-09-01"
    assert until("2026-05-12", advised("overlijden naaste")[1]) == "2026-08-12"
    for ground in ("ziekte", "opvang blijf-van-mijn-lijf", "dakloos", "alfabetisering", "aanbieder", "bijzonder", "combinatie"):
        assert advised(ground, 3)[0] is True, ground
        assert advised(ground, 2) == (False, None), ground
    assert advised("dakloos", 3)[1] == advised("bijzonder", 30)[1] == "gelijk, ten hoogste twee jaar"
    assert advised("alfabetisering", 3)[1] == advised("aanbieder", 3)[1] == "gelijk, ten hoogste zes maanden"
    assert advised("ziekte", 3)[1] == "gelijk"


def test_n_ter_06_no_offer_is_a_ground_for_the_time_after_three_months() -> None:
    assert advised("geen aanbod") == (True, "tijd na drie maanden")


def test_n_ter_07_an_education_that_does_not_exempt_is_a_ground() -> None:
    assert advised("niet-vrijstellende opleiding") == (True, "tijd van de inschrijving")


def test_n_ter_10_prison_is_no_ground_by_name() -> None:
    assert advised("gevangenschap", 12) == (False, None)


def effort(**given: Any) -> tuple[bool, str | None]:
    facts = {"leerroute": "B1", "onderdelenGehaald": 2, "knmGehaald": True, "rondAlles": True, "doelgroep": "gezinsmigrant",
             "alleLessen": False, "gevolgdeUren": 450, "verlengingTermijnen": lengths()} | given  # fmt: skip
    found = EXTENSION.evaluate("Verlenging na veel inspanning", facts)
    return found["mag"], found["lengte"]


def test_n_ter_04_six_months_after_much_effort() -> None:
    assert effort() == (True, "P6M")
    for wrong in ({"gevolgdeUren": 449}, {"onderdelenGehaald": 3, "knmGehaald": False}, {"onderdelenGehaald": 1},
                  {"rondAlles": False}, {"leerroute": "Z"}, {"leerroute": "O"}):  # fmt: skip
        assert effort(**wrong) == (False, None), wrong
    assert effort(doelgroep="asielstatushouder", alleLessen=True, gevolgdeUren=10)[0] is True
    assert effort(doelgroep="asielstatushouder", alleLessen=False, gevolgdeUren=900)[0] is False
    assert until("2026-05-12", "P6M") == "2026-11-12"


def told(signal: str) -> str:
    """Return what somebody has to do when DUO tells of this."""
    found = read_model(FOLDER / "beslissingen" / "d24-duo-signalen.dmn").evaluate("Signaal van DUO", {"signaal": signal})
    return str(found["doen"])


def test_n_pli_05_who_returns_within_a_year_goes_on_and_duo_makes_the_term_longer() -> None:
    assert "binnen een jaar terugkomt, gaat verder waar hij was; DUO verlengt dan de termijn" in told("SS123")


def test_n_pli_07_an_exemption_for_a_part_may_change_the_pip() -> None:
    assert "Kijk of het PIP moet veranderen" in told("SS119")


def test_n_pli_09_pvt_and_map_have_no_exemption() -> None:
    assert "PVT en MAP blijven altijd" in told("SS119")
