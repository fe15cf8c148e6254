"""Whoever has a case that ended is told so in writing, once, except after a death (N-DAT-09, N-DAT-14, N-BOE-14).

What the letter says is held against the norms: DUO decides about the duty, the municipality keeps the file five years after it.
"""

from __future__ import annotations

from typing import Any

import pytest
from normen.test_intake import Case
from normen.test_ondertussengroep import begun, do
from normen.test_verhuizing import CLOSED, FINE, text

from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.platform import Platform

ENDED = {
    "duo.SS106": ("taak_diploma_afronden", {}, "DUO meldde ons dat u uw inburgering hebt gehaald"),
    "duo.SS107": ("taak_vrijstelling_afhandelen", {}, "DUO meldde ons dat u een vrijstelling hebt"),
    "duo.SS108": ("taak_ontheffing_afhandelen", {}, "DUO meldde ons dat u een ontheffing hebt"),
    "duo.SS110": (
        "taak_vervallen_afhandelen", {"vervallenReden": "nederlander"}, "De reden: u bent Nederlander geworden",
    ),
}  # fmt: skip


def ended(law: Platform, message: str, told: dict[str, Any] | None = None, **facts: Any) -> Case:
    """Return a case that DUO ended, and of which the last task is done, on 15 June 2026."""
    case = Case(law, "2026-03-02", **facts)
    case.at("2026-06-15")
    case.message(message, **(told or {}))
    element, answers, _ = ENDED[message]
    case.do(element, afsluitNotitie="Afgesloten.", **answers)
    return case


@pytest.mark.parametrize("message", sorted(ENDED))
def test_n_dat_14_every_way_in_which_duo_ends_the_duty_is_told_once_with_why_and_since_when(law: Platform, message: str) -> None:
    case = ended(law, message, {"plichtGeeindigdOp": "2026-06-12"})

    assert case.letters.count(CLOSED) == 1
    said = text(case, CLOSED)
    assert ENDED[message][2] in said
    assert "vrijdag 12 juni 2026" in said
    assert "De brief is geen besluit" in said
    assert "bezwaar maken" not in said, "no remedy of ours against what DUO decided"
    assert law.instance(case.key).state == "COMPLETED"


@pytest.mark.parametrize("message", sorted(ENDED))
def test_n_dat_09_the_letter_names_the_last_day_of_the_five_years_and_the_right_to_look(law: Platform, message: str) -> None:
    said = text(ended(law, message), CLOSED)

    assert "zondag 15 juni 2031" in said
    assert "artikelen 15 en 16" in said
    assert "000 000 00 00" in said


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"boeteStanden": [{"kenmerk": "D-1-B1", "saldo": 250, "afgesloten": False}]}, "Er staat nog een boete open"),
        ({"bezwarenLopend": ["D-1-pip"]}, "Uw bezwaar of beroep gaat door"),
        ({"boeteStanden": [{"kenmerk": "D-1-B1", "saldo": 0, "bezwaarLoopt": True}]}, "Uw bezwaar of beroep gaat door"),
    ],
)
def test_n_dat_09_what_still_runs_is_named_and_then_no_last_day_is(law: Platform, facts: dict[str, Any], sentence: str) -> None:
    said = text(ended(law, "duo.SS108", eerdereBoetes=[FINE], **facts), CLOSED)

    assert sentence in said
    assert "De laatste dag weten wij nu nog niet" in said
    assert "2031" not in said


@pytest.mark.parametrize(("fact", "value", "sentence"), [
    ("ontzorgRechten", ["2026-03-02"], "Wij betalen uw vaste lasten uit uw bijstand"),
    ("begeleidingGestart", True, "maatschappelijke begeleiding van onze gemeente stopt"),
])  # fmt: skip
def test_n_beg_06_what_goes_on_or_stops_beside_the_traject_is_named_only_to_whom_has_it(
    law: Platform, fact: str, value: Any, sentence: str
) -> None:
    assert sentence in text(ended(law, "duo.SS106", **{fact: value}), CLOSED)
    assert sentence not in text(ended(law, "duo.SS106", number="D-2", bsn="999990020"), CLOSED)


def test_n_pli_06_who_is_exempt_hears_that_it_may_be_for_a_time(law: Platform) -> None:
    assert "Een vrijstelling kan tijdelijk zijn" in text(ended(law, "duo.SS107"), CLOSED)


def test_n_duo_05_the_loan_stays_with_duo(law: Platform) -> None:
    assert "Hebt u van DUO geld geleend voor uw inburgering? Die lening blijft." in text(ended(law, "duo.SS106"), CLOSED)


def test_n_dat_14_a_second_signal_about_the_end_gives_no_second_letter(law: Platform) -> None:
    case = Case(law, "2026-03-02", bezwarenLopend=[])
    case.message("duo.SS107")
    case.message("duo.SS106")
    case.message("duo.SS107")
    case.do("taak_vrijstelling_afhandelen", afsluitNotitie="Afgesloten.")
    case.message("duo.SS110")

    assert case.letters.count(CLOSED) == 1
    assert "vrijstelling hebt" in text(case, CLOSED)


def test_n_boe_14_nobody_writes_to_who_has_died(law: Platform) -> None:
    case = Case(law, "2026-03-02")
    case.message("duo.SS111", datumOverlijden="2026-03-01")
    case.do("taak_overlijden_afhandelen", afsluitNotitie="Alles gestopt.")

    assert law.instance(case.key).state == "COMPLETED"
    assert case.letters == []


def test_n_boe_14_a_duty_that_lapsed_by_death_is_closed_as_a_death(law: Platform) -> None:
    """DUO's SS110 also names death as a reason (Gebeurtenissen)."""
    case = Case(law, "2026-03-02")
    case.message("duo.SS110")
    with pytest.raises(InvalidSubmission, match="SS111"):
        case.do("taak_vervallen_afhandelen", vervallenReden="overleden", afsluitNotitie="Overleden.")
    case.message("duo.SS111", datumOverlijden="2026-03-01")
    assert case.tasks == ["taak_overlijden_afhandelen"]
    case.do("taak_overlijden_afhandelen", afsluitNotitie="Alles gestopt.")

    assert law.instance(case.key).state == "COMPLETED"
    assert case.letters == []


def test_n_dat_14_a_case_that_somebody_cancels_or_that_stands_still_gets_no_letter(law: Platform) -> None:
    case = Case(law, "2026-03-02")
    case.message("duo.SS106")
    law.suspend(case.key)
    case.at("2026-06-15")
    assert case.letters == []

    law.resume(case.key)
    law.cancel(case.key)
    assert law.instance(case.key).state == "TERMINATED"
    assert case.letters == []


def test_n_dat_04_who_moves_gets_the_same_letter_with_what_that_means(law: Platform) -> None:
    case = Case(law, "2026-03-02")
    case.message("duo.SS122", verhuisdOp="2026-03-01")
    case.do("taak_overdracht_voorbereiden", pipVastgesteld=False, overdrachtVoortgang="Nog geen PIP.", afsluitNotitie="Klaar.")

    said = text(case, CLOSED)
    assert "zondag 1 maart 2026" in said
    assert "U moet nog steeds inburgeren" in said
    assert "De laatste dag weten wij nu nog niet" in said, "after a move D21 leaves it to a lawyer"
    assert "lening" not in said, "the duty goes on, and so does all of DUO"
    assert law.instance(case.key).state == "ACTIVE", "it still waits for the other municipality"


@pytest.mark.parametrize(
    ("given", "steps", "sentence"),
    [
        ({}, [("taak_begeleiding_aanbieden", {"wilBegeleiding": "nee", "begeleidingPlan": None, "begeleidingStart": None})],
         "U wilde dat niet. Dat mag. Het heeft geen gevolgen"),
        ({"leningPercentage": 74}, [("taak_uitkomst_bespreken", {"begeleidingNotitie": "Uitgelegd."})], "minder dan 75 procent"),
        ({"leningPercentage": 80, "maandenTotEinde": 13}, [("taak_uitkomst_bespreken", {"begeleidingNotitie": "Uitgelegd."})],
         "Het laatste jaar van uw termijn is nog niet begonnen"),
        ({"verblijf": "anders"}, [("taak_uitkomst_bespreken", {"begeleidingNotitie": "Uitgelegd."})],
         "Het mag alleen bij een verblijfsvergunning asiel"),
        ({"onderOudeWet": False}, [("taak_uitkomst_bespreken", {"begeleidingNotitie": "Uitgelegd."})], "U valt onder de nieuwe wet"),
    ],
)  # fmt: skip
def test_n_ovg_02_who_gets_no_guidance_is_told_why(
    law: Platform, given: dict[str, Any], steps: list[tuple[str, dict[str, Any]]], sentence: str
) -> None:
    key = begun(law, **given)
    for element, answers in steps:
        do(law, element, **answers)

    said = _letter(law, key)
    assert sentence in said
    refused = steps[0][0] == "taak_uitkomst_bespreken"
    assert ("Wij kunnen u nu geen begeleiding geven" in said) == refused
    assert ("Dan krijgt u schriftelijk antwoord" in said) == refused, "who asks in writing gets an answer in writing"


@pytest.mark.parametrize(("stand", "sentence"), [("klaar", "die wij u gaven, is klaar"), ("gestopt", "met de begeleiding stoppen")])
def test_n_ovg_01_who_had_guidance_is_told_that_it_is_over(law: Platform, stand: str, sentence: str) -> None:
    key = begun(law)
    do(law, "taak_begeleiding_aanbieden", wilBegeleiding="ja", begeleidingPlan="Een gesprek.", begeleidingStart="2026-03-09")
    do(law, "taak_begeleiding_volgen", begeleidingStand=stand, mapAfgerond=False, begeleidingNotitie="Besproken.")

    assert sentence in _letter(law, key)


def _letter(law: Platform, key: int) -> str:
    class Shown:
        """What ``text`` reads of a case."""

    shown: Any = Shown()
    shown.law, shown.key = law, key
    assert [d.title for d in law.documents(key)].count("Einde van de begeleiding") == 1
    return text(shown, "Einde van de begeleiding")
