"""Who has the duty: DUO decides; the municipality looks whether what it sees fits, and asks DUO where it does not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from normen.test_intake import Case

from inburgering_flow.dmn import read_model
from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.feel import Context
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

FILE = resource_folder("processes") / "beslissingen" / "d01-inburgeringsplicht.dmn"


def looked_at(age: int | None = 30, known: str | None = None, today: date = date(2026, 3, 2)) -> Any:
    context = Context(now=datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
    facts = {"leeftijd": age, "verblijfsrechtOp": known and date.fromisoformat(known)}
    return read_model(FILE).evaluate("Plicht nagaan", facts, context=context)


@pytest.mark.parametrize(
    ("age", "today", "fits"),
    [
        (15, date(2026, 3, 2), False), (16, date(2026, 3, 2), True), (18, date(2026, 3, 2), True), (65, date(2023, 12, 31), True),
        (66, date(2023, 12, 31), False), (66, date(2024, 1, 1), True), (67, date(2024, 1, 1), False), (None, date(2026, 3, 2), True),
    ],
)  # fmt: skip
def test_n_pli_02_from_sixteen_until_the_aow_age(age: int | None, today: date, fits: bool) -> None:
    found = looked_at(age, today=today)

    assert found["klopt"] is fits
    assert (found["leeftijd"] in ("ja", "minderjarig")) is (fits and age is not None)


def test_n_pli_04_a_minor_acts_himself() -> None:
    assert "niet naar de ouders" in looked_at(16)["tekst"]


def test_n_pli_06_who_still_goes_to_school_has_an_exemption_as_long_as_that_lasts() -> None:
    assert "zolang een vrijstelling" in looked_at(17)["tekst"]


@pytest.mark.parametrize(("known", "law", "fits"), [
    ("2021-12-31", "Wet inburgering", False), ("2022-01-01", "Wet inburgering 2021", True), (None, None, True),
])  # fmt: skip
def test_n_ovg_01_the_day_on_which_the_right_to_stay_was_made_known_says_which_law(known: str | None, law: str | None, fits: bool) -> None:
    found = looked_at(known=known)

    assert (found["wet"], found["klopt"]) == (law, fits)


def intake(law: Platform, age: int, **facts: Any) -> Case:
    case = Case(law, "2026-03-02", **facts)
    case.call("2026-03-10")
    case.do("taak_intakegesprek", verschenen=True, rechtAlleenGewezen=True, leeftijd=age, onderwijswens=False)
    case.message("duo.SS131", lbtUitslag="B1-route haalbaar")
    return case


REPORT = {"werkervaring": "Kok.", "persoonlijkeOmstandigheden": "Alleen.", "gezondheid": "Goed.", "vveVanToepassing": False,
          "taalniveau": "Begin.", "werkmogelijkheden": "Kok.", "zelfredzaamheid": "Goed.", "verslagGezien": True}  # fmt: skip


def test_n_pli_02_a_doubt_is_asked_of_duo_before_the_report_is_done_and_stops_nothing(law: Platform) -> None:
    case = intake(law, 15)
    with pytest.raises(InvalidSubmission):
        case.do("taak_intake_verslag", **REPORT)
    case.do("taak_intake_verslag", **REPORT, plichtNagevraagd=True)

    assert "taak_pip_opstellen" in case.tasks


def test_n_ovg_01_the_day_of_the_right_to_stay_reaches_the_intake(law: Platform) -> None:
    case = intake(law, 30, verblijfsrechtOp="2021-06-01")

    assert case.fact("plichtKlopt") is False
    assert "oude wet" in case.fact("plichtTekst")


def test_n_pli_02_who_fits_sees_nothing_of_it(law: Platform) -> None:
    case = intake(law, 30, verblijfsrechtOp="2022-01-01")
    case.do("taak_intake_verslag", **REPORT)

    assert "taak_pip_opstellen" in case.tasks
