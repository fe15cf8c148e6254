"""N-BOE: the municipal fine of articles 22 and 23 (normen.md, section 9), on both sides of each boundary."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from normen.boeteloop import ASSESSED, BLAME, DECISIONS, RELEASED, Enforcement, earlier, fine, track

from inburgering_flow.dmn import parse_model
from inburgering_flow.errors import FlowError, InvalidSubmission
from inburgering_flow.forms import submit
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

INTAKE = {"overtreding": "brede intake", "gewaarschuwdOp": "2026-02-17", "oproepEinde": "2026-03-03", "intakeBoeteNummer": 1}
BEGIN = date(2026, 3, 4)


@pytest.mark.parametrize("blame", ["normaal", "opzet", "grove schuld", "verminderd", None])
@pytest.mark.parametrize("before", [None, [earlier("22", bedrag=250)]])
def test_n_boe_01_intake_is_250_the_first_and_the_second_time(blame: str | None, before: object) -> None:
    found = fine(overtreding="brede intake", plicht=None, verwijtbaarheid=blame, eerdereBoetes=before)

    assert (found["bedrag"], found["maximum"], found["zekerheid"]) == (250, 250, "vast")


def test_n_boe_01_above_the_articles_maximum_is_refused_by_the_server(law: Platform) -> None:
    case = Enforcement(law, BEGIN, **INTAKE)
    case.reported(BEGIN)
    case.intended()
    case.assessed(date(2026, 4, 20))

    for amount in (250.01, 800):
        with pytest.raises(FlowError, match="at most 250"):
            case.decided(amount, afwijkingReden="Ik wil een hogere boete.")
    case.decided(250)
    assert case.value("boeteBedrag") == 250


@pytest.mark.parametrize(("most", "refused"), [(None, True), (0, True), (249, True), (250, False)])
def test_without_a_maximum_no_fine_is_taken(most: int | None, refused: bool) -> None:
    """Where the table gives none, for a breach that it does not know, any amount was taken."""
    form = json.loads((resource_folder("forms") / "boetebesluit.form").read_text())
    answers = {"besluit": "boete", "boeteBedrag": 250, "afwijkingReden": "Dat past hier.", "besluitMotivering": "Geen goede reden."}
    facts = {"boeteMaximum": most, "boeteVoorstel": None, "boeteZekerheid": "vast", "boeteReden": "x"}
    if refused:
        with pytest.raises(InvalidSubmission, match="Bedrag in euro"):
            submit(form, answers, facts)
    else:
        assert submit(form, answers, facts).variables["boeteBedrag"] == 250


@pytest.mark.parametrize(
    ("duty", "group", "expected"),
    [
        ("leerroute", "gezinsmigrant", "geen"), ("leerroute", "asielstatushouder", "jurist"),
        ("pvt", "gezinsmigrant", "boete"), ("map", "gezinsmigrant", "boete"), ("begeleiding", "gezinsmigrant", "boete"),
        (None, "gezinsmigrant", "jurist"),
    ],
)  # fmt: skip
def test_n_boe_02_lessons_are_finable_for_article_13_1_only(duty: str | None, group: str, expected: str) -> None:
    assert track(plicht=duty, doelgroep=group) == expected


@pytest.mark.parametrize("blame", ["ja", "onduidelijk"])
def test_n_boe_02_unclear_blame_does_not_bring_missed_lessons_to_the_jurist(blame: str) -> None:
    assert track(plicht="leerroute", verwijtbaar=blame) == "geen"


@pytest.mark.parametrize(
    ("blame", "expected"),
    [("opzet", "50"), ("grove schuld", "37.50"), ("normaal", "25"), (None, "25"), ("verminderd", "12.50"), ("geen", "0")],
)
def test_n_boe_03_factor_by_blame(blame: str | None, expected: str) -> None:
    found = fine(verwijtbaarheid=blame)

    assert found["bedrag"] == Decimal(expected)
    assert found["maximum"] == (0 if blame == "geen" else 800)


@pytest.mark.parametrize(
    ("seen", "before", "expected"),
    [
        (date(2027, 3, 10), earlier(), 50),  # base 100, factor a half
        (date(2027, 3, 11), earlier(), 25),
        (date(2027, 3, 10), earlier("22"), 25),
        (date(2027, 3, 10), earlier(bezwaarLoopt=True), 25),
        (date(2027, 3, 10), earlier(final=None), 25),
        (date(2027, 3, 10), earlier(vernietigd=True), 25),
    ],
)
def test_n_boe_04_recidive_within_twelve_months_and_irrevocable(seen: date, before: object, expected: int) -> None:
    assert fine(geconstateerdOp=seen, eerdereBoetes=[before])["bedrag"] == expected


def test_n_boe_04_the_process_records_the_fine_and_from_when_it_is_irrevocable(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 10))
    case.reported(date(2026, 3, 25))
    case.intended()
    case.assessed(date(2026, 4, 20))
    case.decided(25)

    [record] = case.value("eerdereBoetes")
    assert (record["artikel"], record["geconstateerdOp"], record["verzondenOp"]) == ("23", "2026-03-10", "2026-04-20")
    assert record["onherroepelijkVanaf"] == "2026-06-02"
    assert (record["bedrag"], record["bezwaarLoopt"], record["vernietigd"]) == (25, False, False)
    assert fine(geconstateerdOp=date(2027, 3, 10), eerdereBoetes=[record])["basis"] == 100
    assert fine(geconstateerdOp=date(2027, 3, 11), eerdereBoetes=[record])["basis"] == 50


@pytest.mark.parametrize(
    ("number", "blame", "expected"),
    [(0, "opzet", 50), (1, "normaal", 50), (2, "grove schuld", 150), (3, "opzet", 400), (4, "opzet", 800), (5, "opzet", 800)],
)
def test_n_boe_05_the_base_doubles_to_800_and_is_te_controleren_from_step_2(number: int, blame: str, expected: int) -> None:
    before = [earlier(seen=f"2026-0{n + 1}-10", final=f"2026-0{n + 4}-10", bedrag=1) for n in range(number)]

    found = fine(geconstateerdOp=date(2026, 12, 1), eerdereBoetes=before, verwijtbaarheid=blame)

    assert found["bedrag"] == expected
    assert found["zekerheid"] == ("vast" if number == 0 else "te controleren")


def test_n_boe_05_an_uncertain_amount_leaves_the_house_after_a_jurist_released_it(law: Platform) -> None:
    case = Enforcement(law, date(2026, 6, 2), eerdereBoetes=[earlier()])
    case.reported(date(2026, 6, 17))
    case.intended()
    case.assessed(date(2026, 7, 10))
    case.decided(50)

    assert case.open() == {"taak_bedrag_vrijgeven"}
    assert "Boetebeschikking" not in case.titles()
    case.do("taak_bedrag_vrijgeven", **RELEASED)
    assert "Boetebeschikking" in case.titles()
    assert case.incidents() == []


@pytest.mark.parametrize(("seen", "expected"), [(date(2026, 6, 1), 50), (date(2026, 6, 2), 100)])
def test_n_boe_06_irrevocable_on_the_day_of_constatering(seen: date, expected: int) -> None:
    assert fine(geconstateerdOp=seen, eerdereBoetes=[earlier()])["basis"] == expected


def test_n_boe_06_a_bezwaar_that_came_in_later_is_asked_before_the_decision(law: Platform) -> None:
    case = Enforcement(law, date(2026, 6, 2), eerdereBoetes=[earlier()])
    case.reported(date(2026, 6, 17))
    case.intended()
    case.assessed(date(2026, 7, 10), eerdereBoetes=[earlier(bezwaarLoopt=True)])

    assert case.value("boeteVoorstel") == 25


@pytest.mark.parametrize(
    ("imposed", "expected"), [([250, 250, 50, 100, 200, 400, 350], 800), ([250, 250, 50, 100, 200, 400, 800], 350), ([2400], 0)]
)
def test_n_boe_07_the_excess_above_2400_is_cut(imposed: list[int], expected: int) -> None:
    steps = [
        earlier("22" if n < 2 else "23", f"2026-0{n + 1}-10", f"2026-0{n + 2}-10", amount) for n, amount in enumerate(imposed)
    ]
    steps += [earlier(seen=f"2026-0{n}-20", final=f"2026-0{n + 1}-10", bedrag=0) for n in range(1, 6)]

    found = fine(geconstateerdOp=date(2026, 12, 1), eerdereBoetes=steps, verwijtbaarheid="opzet")

    assert (found["bedrag"], found["maximum"]) == (expected, expected)


@pytest.mark.parametrize(
    ("term", "cap"), [("nieuw 6 maanden", 400), ("nieuw 1 jaar", 800), ("nieuw 1,5 jaar", 1200), ("nieuw 2 jaar", 1600)]
)
def test_n_boe_07_a_new_term_has_a_cap_of_its_own(term: str, cap: int) -> None:
    in_first, in_new = earlier(bedrag=2400), earlier(bedrag=cap - 10, termijn=term)

    assert fine(boeteTermijn=term, eerdereBoetes=[in_first])["ruimte"] == cap
    assert fine(boeteTermijn=term, eerdereBoetes=[in_first, in_new])["bedrag"] == 10
    assert fine(boeteTermijn=term, eerdereBoetes=[{**in_new, "vernietigd": True}])["ruimte"] == cap


def test_n_boe_08_means_are_asked_also_without_a_view_and_a_deviation_needs_a_reason(law: Platform) -> None:
    case = Enforcement(law, BEGIN, **INTAKE)
    case.reported(BEGIN)
    case.intended()
    case.go(date(2026, 4, 20))

    with pytest.raises(FlowError, match="Kan de persoon een boete betalen"):
        case.do("taak_zienswijze_beoordelen", verwijtbaarheid="normaal")
    case.do("taak_zienswijze_beoordelen", **ASSESSED)
    with pytest.raises(FlowError, match="Waarom wijkt u af"):
        case.decided(100)
    case.decided(100, afwijkingReden="Heeft schulden, bekend bij de gemeente.")
    assert case.value("boeteBedrag") == 100


def test_n_boe_09_article_23_gets_a_policy_warning_and_article_22_no_second_one(law: Platform) -> None:
    pip = Enforcement(law, date(2026, 3, 2))
    pip.do("taak_oorzaak_onderzoeken", **BLAME, plicht="pvt")
    assert pip.open() == {"taak_tekst_vrijgeven"}
    pip.do("taak_tekst_vrijgeven", **RELEASED)
    assert pip.titles() == ["Waarschuwing"]

    intake = Enforcement(law, BEGIN, "D-2", **INTAKE)
    intake.do("taak_oorzaak_onderzoeken", **BLAME)
    assert (intake.open(), intake.titles()) == ({"taak_rapport_opmaken"}, [])


@pytest.mark.parametrize("given", [INTAKE, {}])
def test_n_boe_11_report_and_view_come_before_every_fine(law: Platform, given: dict[str, object]) -> None:
    case = Enforcement(law, BEGIN, **given)
    case.reported(date(2026, 3, 19))
    case.intended()

    assert {"Rapport", "Voornemen en uitnodiging zienswijze"} <= set(case.titles())
    assert case.open() == set()  # the term for a view runs
    assert case.value("zienswijzeEinde") == "2026-04-02"


def test_n_atw_07_once_a_term_is_certain_its_letter_needs_no_release(law: Platform) -> None:
    """Which lengths a lawyer still has to check stands in the table of terms, and in no diagram."""
    table = (DECISIONS / "d00-termijnen.dmn").read_text(encoding="utf-8")
    for row in ("5", "6"):
        begin = table.index(f'<rule id="regel_termijn_{row}">')
        end = table.index("</rule>", begin)
        table = table[:begin] + table[begin:end].replace('"te controleren"', '"vast"') + table[end:]
    law.deploy_content("beslissingen/d00-termijnen.dmn", table)
    case = Enforcement(law, date(2026, 3, 2))

    case.do("taak_oorzaak_onderzoeken", "karin", **BLAME, plicht="pvt")
    assert (case.open(), case.titles()) == (set(), ["Waarschuwing"])
    case.go(date(2026, 3, 17))
    case.do("taak_rapport_opmaken", "hans", rapportFeiten="Niet gekomen, en niet gebeld.", overtredingDatum="2026-03-02",
            boeteTermijn="eerste termijn")  # fmt: skip

    assert (case.open(), case.value("zienswijzeEinde")) == (set(), "2026-03-31")
    assert case.titles() == ["Rapport", "Voornemen en uitnodiging zienswijze", "Waarschuwing"]


@pytest.mark.parametrize(
    ("breach", "decided", "expected"),
    [
        ("brede intake", date(2029, 3, 4), 250), ("brede intake", date(2029, 3, 5), 0),
        ("pip", date(2031, 3, 4), 800), ("pip", date(2031, 3, 5), 0),
    ],
)  # fmt: skip
def test_n_boe_12_the_power_lapses_after_three_or_five_years(breach: str, decided: date, expected: int) -> None:
    assert fine(overtreding=breach, besluitDag=decided)["maximum"] == expected


def test_n_boe_13_an_asielstatushouder_always_goes_to_the_jurist_first(law: Platform) -> None:
    for duty in ("brede intake", "pip", "iets anders", None):
        assert track(verplichting=duty, doelgroep="asielstatushouder") == "jurist"
    case = Enforcement(law, BEGIN, doelgroep="asielstatushouder", **INTAKE)
    case.do("taak_oorzaak_onderzoeken", **BLAME)

    assert case.open() == {"taak_jurist_beoordelen"}
    case.do("taak_jurist_beoordelen", juristOordeel="geen_boete", juristMotivering="Geen bewezen en blijvende onwil.")
    assert case.ends() == {"einde_geen_boete_jurist", "einde_handhaving_klaar"}
    assert case.titles() == []


def test_n_boe_15_once_for_each_breach_also_after_a_notice_without_a_fine(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 10))
    case.reported(date(2026, 3, 25))
    case.intended()
    case.assessed(date(2026, 4, 20))
    case.do("taak_boete_besluiten", "tom", besluit="geen_boete", besluitMotivering="Er was een goede reden.")
    [record] = case.value("eerdereBoetes")

    again = fine(eerdereBoetes=[record], overtredingDatum=date(2026, 3, 10))
    assert (again["bedrag"], again["maximum"]) == (0, 0)
    other_day = fine(eerdereBoetes=[record], overtredingDatum=date(2026, 3, 11))
    other_duty = fine(eerdereBoetes=[record], overtredingDatum=date(2026, 3, 10), plicht="map")
    assert (other_day["bedrag"], other_duty["bedrag"]) == (25, 25)  # and the notice is no earlier fine


def changed(old_until: str, new_from: str, amount: int) -> object:
    """Return the shipped table as it would be after a change of the base of a first breach."""
    text = (DECISIONS / "d14-boetehoogte.dmn").read_text(encoding="utf-8")
    start = text.index('<rule id="regel_boeteBasis_2">')
    rule = text[start : text.index("</rule>", start) + len("</rule>")]
    valid = 'some dag in ? satisfies dag &gt;= date("2022-01-01")'
    assert valid in rule
    old = rule.replace(valid, f'{valid} and dag &lt;= date("{old_until}")')
    new = rule.replace("_2", "_9").replace(valid, valid.replace("2022-01-01", new_from)).replace("<text>50<", f"<text>{amount}<")
    return parse_model(text.replace(rule, old + new).encode())


@pytest.mark.parametrize(("amount", "expected"), [(80, 25), (30, 15)])
def test_n_boe_16_the_lower_of_the_day_of_breach_and_the_day_of_decision(amount: int, expected: int) -> None:
    table = changed("2026-12-31", "2027-01-01", amount)
    days = {"overtredingDatum": date(2026, 12, 10), "besluitDag": date(2027, 1, 20)}

    assert fine(table, **days)["bedrag"] == expected
    both_before = {**days, "besluitDag": date(2026, 12, 31)}
    both_after = {"overtredingDatum": date(2027, 1, 1), "besluitDag": date(2027, 1, 20)}
    assert (fine(table, **both_before)["bedrag"], fine(table, **both_after)["bedrag"]) == (25, Decimal(amount) / 2)


def test_the_end_of_the_duty_reaches_each_procedure_of_a_case_and_none_of_another(law: Platform) -> None:
    """Side by side: a message reached one instance of each process only."""
    facts = {"doelgroep": "gezinsmigrant", "overtreding": "pip", "verplichting": "pip", "plicht": "pvt", "eerdereBoetes": None}
    keys = [
        law.start("boeteprocedure", {**facts, "dossiernummer": number, "overtredingKenmerk": f"K-{n}"}, business_key=f"X-{n}")
        for n, number in enumerate(("D-1", "D-1", "D-2"))
    ]
    law.run_due()
    law.broadcast("gegevens-gewijzigd D-1", {"doelgroep": "gezinsmigrant", "plichtGeeindigd": True})
    asked = [{t.element_id for t in law.tasks(state="CREATED", instance=key)} for key in keys]
    assert ["taak_einde_plicht_beoordelen" in one for one in asked] == [True, True, False]


def test_a_procedure_that_begins_after_the_duty_ended_is_asked_about_too(law: Platform) -> None:
    facts = {"dossiernummer": "D-1", "doelgroep": "gezinsmigrant", "overtreding": "pip", "verplichting": "pip", "plicht": "pvt",
             "eerdereBoetes": None, "overtredingKenmerk": "K-1"}  # fmt: skip
    ended, runs = (
        law.start("boeteprocedure", {**facts, "plichtGeeindigd": over}, business_key=f"X-{over}") for over in (True, None)
    )
    law.run_due()
    asked = [{t.element_id for t in law.tasks(state="CREATED", instance=key)} for key in (ended, runs)]
    assert ["taak_einde_plicht_beoordelen" in one for one in asked] == [True, False]


def test_n_boe_10_to_impose_is_a_duty_and_not_to_is_a_decision_with_reasons() -> None:
    form = json.loads((resource_folder("forms") / "boetebesluit.form").read_text())
    by_key = {one.get("key"): one for one in form["components"]}

    assert [value["value"] for value in by_key["besluit"]["values"]] == ["boete", "geen_boete"]
    assert by_key["besluitMotivering"]["validate"]["required"] is True
    assert "conditional" not in by_key["besluitMotivering"], "asked for either decision"
    assert str(by_key["boeteBedrag"]["validate"]["max"]).startswith("=if boeteMaximum"), "within the bounds of the article"
