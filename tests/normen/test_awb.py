"""N-AWB: the procedure of the fine (normen.md, section 12), with the days on both sides of each boundary."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from normen.boeteloop import ASSESSED, BLAME, FACTS, RELEASED, TERMS, Enforcement, source

from inburgering_flow.errors import FlowError
from inburgering_flow.inburgering.boete import uiterlijk_op_werkdag
from inburgering_flow.inburgering.brieven import LETTERS, last_days
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

INTAKE = {"overtreding": "brede intake", "gewaarschuwdOp": "2026-02-17", "oproepEinde": "2026-03-03", "intakeBoeteNummer": 1}
LETTER_TEXTS: Path = resource_folder("processes") / "brieven"


def said(name: str) -> str:
    """Return the template of a letter, as one line."""
    return " ".join((LETTER_TEXTS / f"{name}.typ").read_text(encoding="utf-8").split())


def test_n_awb_01_the_report_is_dated_by_the_system_and_goes_with_the_voornemen(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 4), **INTAKE)
    case.reported(date(2026, 3, 4), overtredingPlaats="Stadhuis", overtredingTijd="10:00 uur")

    assert (case.value("rapportDatum"), case.value("overtredingDatum")) == ("2026-03-04", "2026-03-04")
    assert case.titles() == ["Rapport"]
    assert "bijlage: rapport" in said("voornemen")
    for what in ("v.overtredingKenmerk", "v.rapportDatum", "gegevens.naam", "v.zin", "v.artikel", "v.plaatsTijd"):
        assert what in said("_rapport"), what
    needed = {letter.template: letter.needs for letter in LETTERS}
    assert {"overtredingKenmerk", "overtredingDatum", "boeteBedrag", "rekening"} <= set(needed["boetebeschikking"])


def test_n_awb_01_a_typed_day_of_the_breach_is_checked(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 2))
    case.do("taak_oorzaak_onderzoeken", **BLAME, plicht="pvt")
    case.do("taak_tekst_vrijgeven", **RELEASED)
    case.go(date(2026, 3, 17))
    given = {"rapportFeiten": FACTS, "boeteTermijn": "eerste termijn"}

    for day, refused in (
        ("2026-03-18", "overtreding"),  # tomorrow
        ("2026-03-03", "een dag die niet na de melding ligt"),  # after it was reported
        ("2026-03-01", "Waarom ligt de overtreding"),
    ):
        with pytest.raises(FlowError, match=refused):
            case.do("taak_rapport_opmaken", "hans", **given, overtredingDatum=day)
    case.do("taak_rapport_opmaken", "hans", **given, overtredingDatum="2026-03-02")  # the day of the report itself
    assert case.value("overtredingDatum") == "2026-03-02"


def test_n_awb_02_the_voornemen_says_that_nobody_needs_to_answer() -> None:
    assert "U hoeft geen antwoord te geven op vragen" in said("voornemen")
    assert "5:10a" in said("voornemen")


def test_n_awb_03_inspection_copies_and_an_interpreter_are_offered() -> None:
    text = said("voornemen")

    for what in ("alle stukken bekijken", "kopieën", "tolk", "een taal die u begrijpt"):
        assert what in text, what


def test_n_awb_03_whatever_comes_in_before_the_decision_reaches_the_decider(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 4), **INTAKE)
    case.reported(date(2026, 3, 4))
    case.intended()
    case.view("In de termijn.")
    case.go(date(2026, 3, 18), 23)
    assert case.open() == set()  # the whole term is waited for
    case.go(date(2026, 3, 19))
    assert case.open() == {"taak_zienswijze_beoordelen"}
    case.view("Een dag te laat.")
    case.do("taak_zienswijze_beoordelen", **ASSESSED, zienswijzeOordeel="Alleen de eerste gelezen.")
    assert case.open() == {"taak_zienswijze_beoordelen"}  # the second came in while the first was assessed
    case.do("taak_zienswijze_beoordelen", **ASSESSED, zienswijzeOordeel="Beide gelezen.")
    assert case.open() == {"taak_boete_besluiten"}
    case.view("En nog een.")

    assert case.open() == {"taak_zienswijze_beoordelen"}
    assert [(z["tekst"], z["opTijd"]) for z in case.value("zienswijzen")] == [
        ("In de termijn.", True), ("Een dag te laat.", False), ("En nog een.", False),
    ]  # fmt: skip


def test_n_awb_03_a_view_reaches_the_breach_that_it_is_about(law: Platform) -> None:
    one, other = Enforcement(law, date(2026, 3, 4), **INTAKE), Enforcement(law, date(2026, 3, 4), "other", dossiernummer="D-2", **INTAKE)
    for case in (one, other):
        case.reported(date(2026, 3, 4))
        case.intended()
    other.view("Over de tweede overtreding.")

    assert one.value("zienswijzen") is None
    assert [z["tekst"] for z in other.value("zienswijzen")] == ["Over de tweede overtreding."]


def test_n_awb_04_no_fine_is_told_in_writing(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 4), **INTAKE)
    case.reported(date(2026, 3, 4))
    case.intended()
    case.assessed(date(2026, 3, 19), verwijtbaarheid="geen")
    with pytest.raises(FlowError, match="at most 0"):
        case.decided(250, afwijkingReden="Toch een boete gewild.")
    case.do("taak_boete_besluiten", "tom", besluit="geen_boete", besluitMotivering="Er was een goede reden.")

    assert "Mededeling: geen boete" in case.titles()
    assert case.value("besluit") == "geen_boete"


@pytest.mark.parametrize(
    ("day", "last"), [(date(2026, 1, 5), "2026-04-06"), (date(2026, 3, 2), "2026-06-01")]  # 6 April is Easter Monday: no roll
)  # fmt: skip
def test_n_awb_05_thirteen_weeks_run_from_the_day_on_which_the_report_was_finished(law: Platform, day: date, last: str) -> None:
    ended = {**INTAKE, "oproepEinde": "2025-12-30", "gewaarschuwdOp": "2025-12-10"}
    case = Enforcement(law, date(2026, 1, 2), **ended)
    case.reported(day)

    assert case.value("beslisUiterlijk") == last
    assert "rapportDatum" not in {c.get("key") for c in source("boeterapport")["components"]}


def test_n_awb_06_the_reporter_does_not_decide_assess_or_release(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 4), **INTAKE)
    case.reported(date(2026, 3, 4))
    with pytest.raises(FlowError, match="separation of duties"):
        case.do("taak_tekst_vrijgeven", "hans", **RELEASED)
    case.intended()
    case.go(date(2026, 3, 19))
    with pytest.raises(FlowError, match="separation of duties"):
        case.do("taak_zienswijze_beoordelen", "hans", **ASSESSED)
    case.do("taak_zienswijze_beoordelen", **ASSESSED)
    with pytest.raises(FlowError, match="separation of duties"):
        case.do("taak_boete_besluiten", "hans", besluit="geen_boete", besluitMotivering="Er was een goede reden.")


def test_n_awb_07_terms_begin_with_the_sending_however_late_it_is(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 4), **INTAKE)
    case.reported(date(2026, 3, 4))
    case.intended(date(2026, 3, 25))  # released three weeks after the report

    assert (case.value("voornemenVerzondenOp"), case.value("zienswijzeEinde")) == ("2026-03-25", "2026-04-08")
    case.go(date(2026, 4, 8), 23)
    assert case.open() == set()
    case.go(date(2026, 4, 9))
    assert case.open() == {"taak_zienswijze_beoordelen"}
    for what in ("bezwaarUiterlijk", "bezwaarDigitaal", "Stuur een brief aan het college"):
        assert what in said("_brief"), what


@pytest.mark.parametrize(
    ("sent", "last"),
    [(date(2026, 4, 13), "2026-05-26"), (date(2026, 4, 14), "2026-05-26"), (date(2026, 4, 20), "2026-06-01")],
)  # 25 May is Whit Monday
def test_n_awb_08_bezwaar_six_weeks_from_the_day_of_sending(sent: date, last: str) -> None:
    letter = next(letter for letter in LETTERS if letter.template == "boetebeschikking")

    found = last_days(letter, {"bezwaartermijn": TERMS["bezwaar"], "betaaltermijn": TERMS["betaling"]}, sent)

    assert found["bezwaarUiterlijk"] == last


def test_n_awb_08_the_day_of_sending_is_the_one_that_the_system_recorded(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 4), **INTAKE)
    case.reported(date(2026, 3, 4))
    case.intended()
    case.assessed(date(2026, 4, 13))
    case.decided(250)

    assert (case.value("boeteVerzondenOp"), case.value("bezwaarUiterlijk")) == ("2026-04-13", "2026-05-26")


def test_n_awb_18_payment_six_weeks_after_the_recorded_sending(law: Platform) -> None:
    case = Enforcement(law, date(2026, 9, 1), **{**INTAKE, "oproepEinde": "2026-08-31", "gewaarschuwdOp": "2026-08-17"})
    case.reported(date(2026, 9, 1))
    case.intended()
    case.assessed(date(2026, 11, 20))
    case.decided(250)

    assert case.value("betaalUiterlijk") == "2027-01-04"  # Friday 1 January → Monday
    for what in ("v.boeteBedrag", "v.betaalUiterlijk", "v.rekening", "v.rekeninghouder", "v.overtredingKenmerk", "uitstel"):
        assert what in said("boetebeschikking"), what


@pytest.mark.parametrize(
    ("sent", "last"),
    [(date(2026, 4, 20), date(2026, 6, 19)), (date(2026, 4, 19), date(2026, 6, 19)), (date(2026, 4, 22), date(2026, 6, 22))],
)  # fmt: skip
def test_n_int_04_the_new_term_is_two_months_and_goes_back_to_a_working_day(sent: date, last: date) -> None:
    assert uiterlijk_op_werkdag(sent, "P2M") == last


@pytest.mark.parametrize(("number", "chosen", "refused"), [(1, "2026-06-19", False), (1, "2026-06-20", True), (2, "", False)])
def test_n_int_04_the_decider_may_choose_earlier_never_later(law: Platform, number: int, chosen: str, refused: bool) -> None:
    case = Enforcement(law, date(2026, 3, 4), **{**INTAKE, "intakeBoeteNummer": number})
    case.reported(date(2026, 3, 4))
    case.intended()
    case.assessed(date(2026, 4, 20))
    given = {"nieuweTermijnEinde": chosen} if chosen else {}

    if refused:
        with pytest.raises(FlowError, match="een eerdere laatste dag"):
            case.decided(250, **given)
    else:
        case.decided(250, **given)
        assert case.value("nieuweTermijnEinde") == (chosen or None)
        assert case.value("besluitGemeld") is True


def test_n_awb_30_no_decision_asks_for_the_digital_way() -> None:
    frame = (resource_folder("processes") / "brieven" / "_brief.typ").read_text()

    assert "U hoeft dat niet digitaal te doen." in frame
    assert frame.index("Stuur een brief aan het college") < frame.index("U kunt ook digitaal bezwaar maken")


def test_n_awb_32_each_decision_that_can_be_objected_to_names_the_digital_way() -> None:
    """The way is one of the municipality's own facts (D22); without it a letter names the post only."""
    frame = (resource_folder("processes") / "brieven" / "_brief.typ").read_text()

    assert 'if "bezwaarDigitaal" in gegevens.v' in frame
    gemeente = (resource_folder("processes") / "beslissingen" / "d22-gemeente.dmn").read_text()
    assert 'name="bezwaarDigitaal"' in gemeente


@pytest.mark.parametrize(("breach", "amount"), [({"overtreding": "pip"}, 25), (INTAKE, 250)])
def test_n_awb_25_a_view_is_asked_before_every_fine_however_small_and_whatever_is_heard(
    law: Platform, breach: dict[str, object], amount: int
) -> None:
    case = Enforcement(law, date(2026, 3, 4), **breach)
    began = date(2026, 3, 4) if breach is INTAKE else date(2026, 3, 19)
    case.reported(began)
    assert "Voornemen en uitnodiging zienswijze" not in case.titles()
    case.intended()
    assert "Voornemen en uitnodiging zienswijze" in case.titles()
    last = date.fromisoformat(case.value("zienswijzeEinde"))

    case.go(last, 23)
    assert case.open() == set(), "nobody can decide while the person may still answer"
    case.go(last + timedelta(days=1))
    assert case.open() == {"taak_zienswijze_beoordelen"}, "silence does not spare anybody the questions of the jurist"
    case.do("taak_zienswijze_beoordelen", **ASSESSED)
    assert case.open() == {"taak_boete_besluiten"}
    case.decided(amount)
    assert "Boetebeschikking" in case.titles()
