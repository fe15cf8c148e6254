"""N-AWB: objection and appeal, by the shipped process, on both sides of each boundary."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from normen.bezwaarloop import Objection
from normen.boeteloop import DECISIONS

from inburgering_flow.clock import legal_last_day
from inburgering_flow.dmn import read_model
from inburgering_flow.errors import FlowError
from inburgering_flow.inburgering.plugin import FUNCTIONS
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.workbench import scenarios

LETTERS: Path = resource_folder("processes") / "brieven"
LAST = date(2026, 5, 26)


def said(name: str) -> str:
    return " ".join((LETTERS / f"{name}.typ").read_text(encoding="utf-8").split())


def test_n_awb_06_who_reported_or_decided_does_not_handle_the_objection(law: Platform) -> None:
    case = Objection(law, LAST)
    for who in ("hans", "tom", "julia"):
        with pytest.raises(FlowError, match="separation of duties"):
            case.do("taak_bezwaar_beoordelen", who, bezwaarVolledig="ja")
    case.admitted()
    for who in ("hans", "tom"):
        with pytest.raises(FlowError, match="separation of duties"):
            case.do("taak_horen_regelen", who, hoorUitkomst="ziet af", hoorGrond="U zei dat u niet wilt komen.")
    case.waived()
    for who in ("hans", "tom"):
        with pytest.raises(FlowError, match="separation of duties"):
            case.do("taak_bezwaar_beslissen", who, bezwaarBesluit="ongegrond", bezwaarMotivering="Er is niets veranderd.")


def test_n_awb_07_the_decision_names_remedy_term_and_body_and_the_term_begins_with_the_sending(law: Platform) -> None:
    case = Objection(law, LAST)
    case.rejected()

    assert (case.value("beslissingVerzondenOp"), case.value("beroepUiterlijk")) == ("2026-06-12", "2026-07-24")
    for what in ("in beroep gaan bij de rechtbank", "v.beroepUiterlijk", "zes weken", "v.bezwaarMotivering"):
        assert what in said("beslissing-op-bezwaar"), what


def test_n_awb_08_the_term_runs_from_the_sending_that_the_system_knows_and_else_is_looked_up(law: Platform) -> None:
    case = Objection(law, LAST)
    assert case.value("bezwaarUiterlijk") == "2026-05-26"

    other = Objection(law, LAST, besluitVerzondenOp=None, dossiernummer="D-2", besluitKenmerk="D-2-B8")
    with pytest.raises(FlowError, match="tot en met vandaag"):
        other.do("taak_besluit_opzoeken", "jos", besluitSoort="boete", besluitVerzondenOp="2026-05-27")
    other.do("taak_besluit_opzoeken", "jos", besluitSoort="boete", besluitVerzondenOp="2026-04-14")
    assert "2026-05-26" in other.values("bezwaarUiterlijk")


@pytest.mark.parametrize(
    ("received", "posted", "advice"),
    [("2026-05-26", None, "ontvankelijk"), ("2026-05-27", None, "beoordelen"), ("2026-06-02", "2026-05-26", "ontvankelijk"),
     ("2026-06-03", "2026-05-26", "beoordelen"), ("2026-06-02", "2026-05-27", "beoordelen")],
)  # fmt: skip
def test_n_awb_09_received_in_time_or_posted_in_time_and_received_within_a_week(
    law: Platform, received: str, posted: str | None, advice: str
) -> None:
    case = Objection(law, date.fromisoformat(received), bezwaarGepostOp=posted)

    assert case.value("opTijdAdvies") == advice


def test_n_awb_10_the_first_receipt_counts_and_a_late_objection_is_asked_why_first(law: Platform) -> None:
    assert Objection(law, date(2026, 6, 5), eldersOntvangenOp="2026-05-26").value("opTijdAdvies") == "ontvankelijk"
    case = Objection(law, date(2026, 6, 5), dossiernummer="D-2", besluitKenmerk="D-1-B7")
    with pytest.raises(FlowError, match="eerst naar de reden vragen"):
        case.admitted(verschoonbaar="nee")
    case.asked()
    case.told("burger.bezwaar-aangevuld", aanvulling="Ik lag in het ziekenhuis.")
    case.admitted(verschoonbaar="ja")

    assert case.value("bezwaarAdvies") == "ontvankelijk"


def test_n_awb_10_without_a_good_reason_a_person_still_decides(law: Platform) -> None:
    case = Objection(law, date(2026, 6, 5))
    case.asked()
    case.told("burger.bezwaar-aangevuld", aanvulling="Vergeten.")
    case.admitted(verschoonbaar="nee")

    assert case.value("bezwaarAdvies") == "niet-ontvankelijk"
    assert case.open() == {"taak_horen_regelen"}


def test_n_awb_11_what_is_missing_can_be_mended_in_a_term_and_only_then_counts_against(law: Platform) -> None:
    case = Objection(law, date(2026, 5, 4))
    with pytest.raises(FlowError, match="eerst vragen"):
        case.admitted(bezwaarVolledig="nee")
    case.asked()
    assert case.value("herstelEinde") == "2026-05-18"
    case.go(date(2026, 5, 18), 23)
    assert case.open() == set()
    case.go(date(2026, 5, 19))
    case.admitted(bezwaarVolledig="nee")

    assert case.value("bezwaarAdvies") == "herstellen"
    assert "Bezwaar nog niet compleet" in case.titles()


def test_n_awb_12_the_confirmation_says_that_the_decision_holds_and_offers_deferral() -> None:
    text = said("ontvangstbevestiging-bezwaar")

    for what in ("Een bezwaar stopt het besluit niet", "op tijd betalen", "vraag om uitstel", "6:16"):
        assert what in text, what


@pytest.mark.parametrize("ground", ["ziet af", "geen antwoord", "kennelijk niet-ontvankelijk", "kennelijk ongegrond", "gelijk"])
def test_n_awb_13_not_hearing_needs_a_ground_that_goes_into_the_decision(law: Platform, ground: str) -> None:
    case = Objection(law, LAST)
    case.admitted()
    with pytest.raises(FlowError, match="Waarom niet"):
        case.do("taak_horen_regelen", "jos", hoorUitkomst=ground)
    case.do("taak_horen_regelen", "jos", hoorUitkomst=ground, hoorGrond="De grond staat in de wet.")

    assert (case.open(), case.value("hoorGrond")) == ({"taak_bezwaar_beslissen"}, "De grond staat in de wet.")
    assert "v.hoorGrond" in said("beslissing-op-bezwaar")


def test_n_awb_13_who_waives_after_the_invitation_is_not_heard(law: Platform) -> None:
    case = Objection(law, LAST)
    case.admitted()
    case.invited(date(2026, 6, 15))
    case.told("burger.ziet-af-van-horen")

    assert case.open() == {"taak_bezwaar_beslissen"}


def test_n_awb_14_ten_days_for_pieces_and_the_file_is_open_a_week_before(law: Platform) -> None:
    case = Objection(law, LAST)
    case.admitted()
    with pytest.raises(FlowError, match="een latere dag"):
        case.invited(LAST + timedelta(days=10))
    case.invited(LAST + timedelta(days=11))
    assert case.titles() == ["Ontvangst bezwaar bevestigd", "Uitnodiging hoorzitting"]
    case.go(LAST + timedelta(days=10), 23)
    assert case.open() == set()
    case.go(LAST + timedelta(days=11))

    assert case.open() == {"taak_horen"}
    for what in ("v.stukkenUiterlijk", "tien dagen", "v.inzageDatum", "v.inzagePlaats", "7:4"):
        assert what in said("uitnodiging-hoorzitting"), what


def term(**given: object) -> str:
    """Return the last day for the decision on an objection whose term ended on 26 May 2026."""
    lengths = read_model(DECISIONS / "d00-termijnen.dmn").evaluate("bezwaarTermijnen", {})
    found = read_model(DECISIONS / "d20-bezwaar.dmn").evaluate(
        "Beslistermijn", {"bezwaarUiterlijk": LAST, "termijnen": lengths, **given}, functions=FUNCTIONS
    )
    return str(found["uiterlijk"])


def test_n_awb_15_six_weeks_or_twelve_from_the_end_of_the_term_for_objections_and_six_more() -> None:
    assert (term(), term(isCommissie=True), term(isVerdaagd=True)) == ("2026-07-07", "2026-08-18", "2026-08-18")
    assert (term(opschortDagen=0), term(opschortDagen=1), term(opschortDagen=13)) == ("2026-07-07", "2026-07-08", "2026-07-20")
    assert term(uitstelMetInstemming=date(2026, 7, 1)) == "2026-07-07", "consent does not shorten it"
    assert term(uitstelMetInstemming=date(2026, 9, 1)) == "2026-09-01"


def test_n_awb_15_postponing_is_told_in_writing_before_the_term_ends_and_once(law: Platform) -> None:
    case = Objection(law, date(2026, 4, 20))
    case.admitted()
    assert case.due("taak_horen_regelen") == date(2026, 7, 7)
    case.go(date(2026, 6, 23), 23)
    assert "taak_verdagen" not in case.open()
    case.go(date(2026, 6, 24))
    case.do("taak_verdagen", "jos", verdaging="verdagen", verdagingReden="Wij wachten op een advies.")
    assert (case.own("beslisUiterlijk"), "Verdaging bezwaar" in case.titles()) == ("2026-08-18", True)
    assert case.due("taak_horen_regelen") == date(2026, 8, 18)  # a called process hears of it
    case.go(date(2026, 8, 18))
    assert "taak_verdagen" not in case.open()

    late = Objection(law, date(2026, 8, 18), dossiernummer="D-2", besluitKenmerk="D-2-B8")
    with pytest.raises(FlowError, match="alleen voor het einde van de termijn"):
        late.do("taak_verdagen", "jos", verdaging="verdagen", verdagingReden="Wij wachten op een advies.")


def test_n_awb_15_postponing_moves_the_days_of_its_own_objection_only(law: Platform) -> None:
    asked = Objection(law, date(2026, 4, 20))
    other = Objection(law, date(2026, 4, 20), dossiernummer="D-2", besluitKenmerk="D-2-B8")
    asked.go(date(2026, 6, 24))
    asked.do("taak_verdagen", "jos", verdaging="verdagen", verdagingReden="Wij wachten op een advies.")

    assert asked.due("taak_bezwaar_beoordelen") == date(2026, 8, 18)
    assert other.due("taak_bezwaar_beoordelen") == date(2026, 7, 7)


def test_n_awb_15_consent_moves_the_term_on_and_a_notice_before_it_ends_does_not_count(law: Platform) -> None:
    case = Objection(law, date(2026, 6, 30), bezwaarGepostOp="2026-05-26")
    case.asked()
    case.told("burger.bezwaar-aangevuld", aanvulling="Kwam te laat aan.")
    case.admitted(verschoonbaar="ja")
    assert case.tasks() == ["taak_horen_regelen", "taak_verdagen"]  # asked once, also where the term is computed again
    case.do("taak_verdagen", "jos", verdaging="instemming", verdagingReden="De persoon vroeg dat.", instemmingTot="2026-09-01")
    assert (case.tasks(), case.own("beslisUiterlijk")) == (["taak_horen_regelen"], "2026-09-01")
    case.go(date(2026, 9, 1))
    case.told("burger.ingebrekestelling")
    assert case.own("ingebrekestellingOp") is None
    case.go(date(2026, 9, 2))
    case.told("burger.ingebrekestelling")

    assert case.own("ingebrekestellingOp") == "2026-09-02"


def test_n_awb_15_waiting_for_what_is_missing_suspends_from_the_day_after_to_the_day_before(law: Platform) -> None:
    case = Objection(law, date(2026, 5, 4))
    case.asked()
    case.go(date(2026, 5, 8))  # 5, 6 and 7 May do not count
    case.told("burger.bezwaar-aangevuld", aanvulling="Met handtekening.")
    case.admitted()

    assert (case.own("opschortDagen"), case.own("beslisUiterlijk")) == (3, "2026-07-10")
    assert case.due("taak_horen_regelen") == date(2026, 7, 10)


def late(**given: object) -> Decimal:
    """Return the penalty for a decision so many days after the notice of default of 3 August 2026."""
    lengths = read_model(DECISIONS / "d00-termijnen.dmn").evaluate("bezwaarTermijnen", {})
    asked = {"ingebrekestellingOp": date(2026, 8, 3), "termijnen": lengths, **given}
    found: Decimal = read_model(DECISIONS / "d20-bezwaar.dmn").evaluate("Dwangsom", asked, functions=FUNCTIONS)["bedrag"]
    return found


def test_n_awb_16_two_weeks_after_the_notice_23_then_35_then_45_euro_a_day_to_1442() -> None:
    end = date(2026, 8, 17)
    days = {0: 0, 1: 23, 14: 322, 15: 357, 28: 812, 29: 857, 42: 1442, 43: 1442}

    assert {n: late(beslistOp=end + timedelta(days=n)) for n in days} == days
    assert late(beslistOp=end + timedelta(days=9), ingebrekestellingOp=None) == 0


def test_n_awb_16_a_notice_counts_when_the_term_is_over_and_the_letter_names_what_is_owed(law: Platform) -> None:
    case = Objection(law, LAST)
    case.admitted()
    case.waived()
    case.go(date(2026, 7, 7))
    case.told("burger.ingebrekestelling")
    assert case.value("ingebrekestellingOp") is None  # the last day of the term is not over
    case.go(date(2026, 7, 8))
    case.told("burger.ingebrekestelling")
    case.go(date(2026, 7, 9))
    case.told("burger.ingebrekestelling")
    assert case.value("ingebrekestellingOp") == "2026-07-08", "the first that counts"
    case.go(date(2026, 7, 24))  # two weeks end on 22 July
    case.settled()

    assert case.value("dwangsomBedrag") == 46
    assert case.open() == {"taak_dwangsom_betalen"}
    assert "v.dwangsomBedrag" in said("beslissing-op-bezwaar")


def test_n_awb_17_costs_are_asked_for_before_the_decision_and_answered_in_it() -> None:
    assert "vóór onze beslissing" in said("ontvangstbevestiging-bezwaar")
    assert "v.kostenToelichting" in said("beslissing-op-bezwaar")


def test_n_awb_35_receipt_hearing_report_and_hearing_again(law: Platform) -> None:
    case = Objection(law, LAST)
    assert case.titles() == ["Ontvangst bezwaar bevestigd"]
    case.admitted()
    case.invited(date(2026, 6, 15))
    case.go(date(2026, 6, 15))
    for who in ("hans", "tom", "julia"):  # reported, decided, assessed the view
        with pytest.raises(FlowError, match="separation of duties"):
            case.do("taak_horen", who, verschenen=True, hoorVerslag="De persoon vertelde zijn verhaal.")
    case.heard()
    case.do("taak_bezwaar_beslissen", "jos", bezwaarBesluit="opnieuw horen", nieuweFeiten="Een brief van de school.")
    assert case.open() == {"taak_horen_regelen"}
    case.invited(date(2026, 6, 30))

    assert case.titles().count("Uitnodiging hoorzitting") == 2
    assert "v.nieuweFeiten" in said("uitnodiging-hoorzitting")


def test_n_awb_36_a_decision_that_replaces_it_is_part_of_the_same_objection(law: Platform) -> None:
    case = Objection(law, LAST)
    case.admitted()
    case.told("gemeente.vervangend-besluit", vervangendBesluit="De boete is 100 euro.", vervangendBedrag=100)
    case.waived()
    with pytest.raises(FlowError, match="nooit hoger"):
        case.settled("lager bedrag", voorstelBedrag=100)
    case.settled("lager bedrag", voorstelBedrag=Decimal("99.99"))

    assert case.value("nieuwBedrag") == Decimal("99.99")
    assert len([i for i in law.instances() if i.process_id == "bezwaar-en-beroep"]) == 1


def test_n_boe_04_a_fine_is_irrevocable_when_nobody_appeals_and_not_while_somebody_can(law: Platform) -> None:
    case = Objection(law, LAST)
    case.rejected()
    case.go(date(2026, 7, 31), 23)  # posted on 24 July it may arrive until the 31st
    assert case.state() == "ACTIVE"
    case.go(date(2026, 8, 1))

    assert (case.state(), case.value("onherroepelijkVanaf")) == ("COMPLETED", "2026-07-25")


def test_n_boe_06_an_appeal_keeps_the_fine_open_until_the_last_court(law: Platform) -> None:
    case = Objection(law, LAST)
    case.rejected()
    case.told("burger.beroep")
    case.go(date(2027, 1, 11))
    assert (case.state(), case.open()) == ("ACTIVE", set())
    case.told("rechtbank.uitspraak")
    given = {"uitspraakDatum": "2027-01-08", "uitspraak": "zelf voorzien"}
    with pytest.raises(FlowError, match="at most 250"):
        case.do("taak_uitspraak_verwerken", "jos", uitspraakBedrag=251, **given)
    case.do("taak_uitspraak_verwerken", "jos", uitspraakBedrag=50, **given)
    assert case.value("nieuwBedrag") == 50
    case.told("burger.beroep")  # the appeal against the judgment
    case.told("rechtbank.uitspraak")
    case.do("taak_uitspraak_verwerken", "jos", uitspraak="vernietigd", uitspraakDatum="2027-01-11", hoogsteRechter=True)

    assert (case.state(), case.value("onherroepelijkVanaf")) == ("COMPLETED", "2027-01-12")
    assert case.own("nieuwBedrag") == 0


def test_n_awb_08_the_term_for_the_next_appeal_is_in_the_register_when_the_court_has_judged(law: Platform) -> None:
    case = Objection(law, LAST)
    case.rejected()
    case.told("burger.beroep")
    case.go(date(2027, 1, 11))
    case.told("rechtbank.uitspraak")

    case.do("taak_uitspraak_verwerken", "jos", uitspraak="in stand", uitspraakDatum="2027-01-11")

    [term] = [shown for shown in law.services.terms.of_case(case.key, SYSTEM) if shown.row.name == "beroepUiterlijk"]
    assert (legal_last_day(term.row.due), term.row.is_running) == (date(2027, 2, 22), True)
    assert [legal_last_day(before.due) for before in term.before] == [date(2026, 7, 24)]


def test_n_boe_06_a_withdrawn_objection_ends_it(law: Platform) -> None:
    case = Objection(law, date(2026, 5, 4))
    case.admitted()
    case.told("burger.bezwaar-ingetrokken")
    assert (case.state(), case.value("bezwaarUitkomst"), case.value("onherroepelijkVanaf")) == ("COMPLETED", "ingetrokken", "2026-05-27")


def test_n_awb_16_a_decision_that_a_court_orders_has_a_term_and_a_penalty_of_its_own(law: Platform) -> None:
    case = Objection(law, LAST)
    case.admitted()
    case.waived()
    case.go(date(2026, 7, 8))
    case.told("burger.ingebrekestelling")
    case.go(date(2026, 7, 23))
    case.settled()
    case.do("taak_dwangsom_betalen", "fatima", dwangsomBetaald=True)
    assert case.own("dwangsomBedrag") == 23
    case.told("burger.beroep")
    case.go(date(2026, 11, 2))
    case.told("rechtbank.uitspraak")
    case.do("taak_uitspraak_verwerken", "jos", uitspraak="opnieuw beslissen", uitspraakDatum="2026-11-02")
    assert case.open() == {"taak_horen_regelen"}
    assert case.due("taak_horen_regelen") == date(2026, 12, 14)
    case.waived()
    case.settled("herroepen")

    assert (case.own("dwangsomBedrag"), case.open(), case.own("bezwaarUitkomst")) == (0, set(), "herroepen")



@pytest.fixture
def fined(law: Platform) -> Objection:
    """A whole case in which a fine of 250 euro was sent on 12 March 2026; the traject has ended since, and it is 20 April."""
    path = resource_folder("processes") / "handhaving" / "scenarios" / "plicht-vervallen-na-boete.yaml"
    story = scenarios.load(path)
    steps = story.content["stappen"]
    until = next(n for n, step in enumerate(steps) if "2026-04-20" in str(step.get("tot")))
    key = scenarios.Runner(law, scenarios.Scenario(path, {**story.content, "stappen": steps[: until + 1]})).run()
    return Objection.of(law, key)


def test_n_awb_08_a_case_hears_an_objection_after_the_traject_has_ended_and_pays_back(fined: Objection) -> None:
    mark = fined.own("eerdereBoetes")[0]["kenmerk"]
    fined.told("gemeente.betaling", mark, betaaldBedrag=250, bijgeschrevenOp="2026-04-20")
    fined.objected(mark)
    assert (fined.fine(mark)["bezwaarLoopt"], fined.fine(mark)["onherroepelijkVanaf"]) == (True, None)
    for who in ("hans", "tom", "julia"):  # the case itself knows who reported, decided and assessed
        with pytest.raises(FlowError, match="separation of duties"):
            fined.do("taak_bezwaar_beoordelen", who, bezwaarVolledig="ja")
    fined.go(date(2026, 5, 12))  # the week in which a posted objection can arrive is over: the claim waits
    fined.admitted()
    fined.waived()
    fined.settled("herroepen")
    assert (fined.fine(mark)["vernietigd"], fined.fine(mark)["bedrag"]) == (True, 0)
    fined.do("taak_terugbetaling_plannen", "fatima", terugbetaalDag="2026-05-12")
    fined.do("taak_terugbetalen", "fatima", terugbetaald=True)
    fined.go(date(2026, 7, 20))

    assert (fined.state(), fined.incidents()) == ("COMPLETED", [])
    assert fined.fine(mark)["onherroepelijkVanaf"] == "2026-06-24"
    assert [sum(Decimal(str(b["bedrag"])) for b in stand["boekingen"]) for stand in fined.own("boeteStanden")] == [0]


@pytest.mark.parametrize(("received", "looked_up"), [("2026-05-26", False), ("2026-05-27", True)])
def test_n_awb_08_an_objection_to_a_pip_is_not_late_before_it_is_known_which_pip_it_is_to(
    law: Platform, received: str, looked_up: bool
) -> None:
    """A plan may have been changed since: only the jurist sees which of the two letters the objection is to."""
    case = Objection(law, date.fromisoformat(received), besluitSoort="pip")

    assert ("taak_besluit_opzoeken" in case.open()) is looked_up
    if looked_up:
        case.do("taak_besluit_opzoeken", "jos", besluitSoort="pip", besluitVerzondenOp="2026-05-11")
        assert (case.value("bezwaarUiterlijk"), case.value("opTijdAdvies")) == ("2026-06-22", "ontvankelijk")
    else:
        assert case.value("bezwaarUiterlijk") == "2026-05-26"


def test_n_awb_35_two_objections_side_by_side_do_not_mix(fined: Objection) -> None:
    mark = fined.own("eerdereBoetes")[0]["kenmerk"]
    fined.objected(mark)
    fined.objected("D-PIP", "pip")
    assert len([t for t in fined.tasks() if t == "taak_bezwaar_beoordelen"]) == 1  # no PIP was made: its day is looked up
    fined.do("taak_besluit_opzoeken", "jos", besluitSoort="pip", besluitVerzondenOp="2026-04-01")
    assert len([t for t in fined.tasks() if t == "taak_bezwaar_beoordelen"]) == 2
    fined.told("burger.bezwaar-ingetrokken", "D-PIP")

    assert [t for t in fined.tasks() if t == "taak_bezwaar_beoordelen"] == ["taak_bezwaar_beoordelen"]
    assert fined.fine(mark)["bezwaarLoopt"] is True


def test_n_awb_23_a_fine_that_falls_when_its_claim_was_closed_is_paid_back_all_the_same(fined: Objection, law: Platform) -> None:
    mark = fined.own("eerdereBoetes")[0]["kenmerk"]
    fined.objected("D-PIP", "pip")  # keeps the case open
    fined.told("gemeente.betaling", mark, betaaldBedrag=250, bijgeschrevenOp="2026-04-20")
    fined.go(date(2026, 6, 1))
    assert fined.own("boeteStanden")[0]["afgesloten"] is True
    fined.objected(mark)  # late, with a good reason
    fined.do("taak_besluit_opzoeken", "jos", besluitSoort="pip", besluitVerzondenOp="2026-04-01")
    fined.told("burger.bezwaar-ingetrokken", "D-PIP")
    fined.asked()
    fined.told("burger.bezwaar-aangevuld", mark, aanvulling="Ik lag in het ziekenhuis.")
    fined.admitted(verschoonbaar="ja")
    fined.waived()
    fined.settled("lager bedrag", voorstelBedrag=100)

    assert fined.open() == {"taak_terugbetaling_plannen"}
    assert fined.own("boeteStanden")[-1]["saldo"] == -150
    fined.do("taak_terugbetaling_plannen", "fatima", terugbetaalDag="2026-06-01")
    fined.do("taak_terugbetalen", "fatima", terugbetaald=True)  # 42 days over 150 euro: less than ten euro of interest
    fined.go(date(2026, 8, 1))

    assert (fined.state(), fined.incidents(), fined.own("boeteStanden")[-1]["saldo"]) == ("COMPLETED", [], 0)
