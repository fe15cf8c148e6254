"""N-AWB and N-BOE-14: collecting a fine and paying back, by the shipped process, on both sides of each boundary."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from normen.boeteloop import source
from normen.inningloop import Collection
from pypdf import PdfReader

from inburgering_flow.clock import legal_last_day
from inburgering_flow.errors import FlowError
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform

LETTERS: Path = resource_folder("processes") / "brieven"
SENT = date(2026, 11, 20)
"""Six weeks later is New Year's Day, so that the term ends on Monday 4 January 2027."""


def said(name: str) -> str:
    return " ".join((LETTERS / f"{name}.typ").read_text(encoding="utf-8").split())


def test_n_awb_09_the_claim_stays_open_as_long_as_an_objection_that_was_posted_can_arrive(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13))  # the last day for an objection is 26 May
    case.paid(250, date(2026, 4, 13))
    case.go(date(2026, 6, 2), 23)  # the last day on which it can arrive
    assert case.state() == "ACTIVE"
    case.go(date(2026, 6, 3))

    assert (case.state(), case.balance()) == ("COMPLETED", 0)


def test_n_awb_12_an_objection_does_not_stop_the_term_but_keeps_the_claim_open(law: Platform) -> None:
    case = Collection(law, SENT)
    case.changed(250, open=True)
    case.go(date(2027, 1, 5))
    assert case.open() == {"taak_aanmanen"}
    case.paid(250, date(2027, 1, 5))
    case.go(date(2027, 12, 1))
    assert case.state() == "ACTIVE"  # the decision on the objection may still give money back
    case.changed(250, final="2027-12-01")
    case.go(date(2027, 12, 8))

    assert case.state() == "COMPLETED"


def test_n_awb_18_six_weeks_to_pay_run_from_the_sending_and_roll(law: Platform) -> None:
    case = Collection(law, SENT)
    assert case.value("betaalUiterlijk") == "2027-01-04"
    case.go(date(2027, 1, 4), 23)
    assert case.open() == set()
    case.go(date(2027, 1, 5))

    assert case.open() == {"taak_aanmanen"}


def test_n_awb_19_no_reminder_while_there_is_deferral(law: Platform) -> None:
    case = Collection(law, SENT)
    case.deferred(date(2027, 3, 1))
    assert case.titles() == ["Besluit over betalen"]
    case.go(date(2027, 3, 1), 23)
    assert case.open() == set()
    case.go(date(2027, 3, 2))
    assert case.open() == {"taak_aanmanen"}

    case.deferred(date(2027, 4, 1))  # granted while the reminder was being made: it does not go out
    assert case.open() == set()
    case.go(date(2027, 4, 2))
    case.reminded()
    case.deferred(date(2027, 6, 1))  # granted after the reminder: no writ, and a new reminder first
    case.go(date(2027, 6, 2))
    assert case.open() == {"taak_aanmanen"}
    assert "geen rente" in said("betalingsregeling")


def test_n_awb_19_deferral_ends_after_today_and_a_refusal_changes_nothing(law: Platform) -> None:
    case = Collection(law, SENT)
    case.asked()
    given = {"betaalMotivering": "U kunt nu niet alles betalen."}
    with pytest.raises(FlowError, match="een dag na vandaag"):
        case.do("taak_uitstel_beslissen", "fatima", betaalBesluit="toegekend", nieuwUitstelTot="2026-11-20", **given)
    case.do("taak_uitstel_beslissen", "fatima", betaalBesluit="afgewezen", **given)
    case.go(date(2027, 1, 5))

    assert case.open() == {"taak_aanmanen"}
    assert case.value("verjaartOp") == "2032-01-04"


def test_n_awb_19_part_of_the_fine_can_be_remitted_but_no_more_than_is_owed(law: Platform) -> None:
    case = Collection(law, SENT)
    case.asked("kwijtschelding")
    given = {"betaalBesluit": "toegekend", "betaalMotivering": "U heeft grote schulden."}
    with pytest.raises(FlowError, match="at most 250"):
        case.do("taak_kwijtschelding", "tom", kwijtBedrag=Decimal("250.01"), **given)
    case.do("taak_kwijtschelding", "tom", kwijtBedrag=Decimal("149.99"), **given)

    assert case.balance() == Decimal("100.01")


@pytest.mark.parametrize(("amount", "fee"), [(Decimal("499.99"), 9), (500, 20), (250, 9)])
def test_n_awb_20_the_fee_is_nine_euro_below_five_hundred_and_twenty_from_there(law: Platform, amount: Decimal, fee: int) -> None:
    case = Collection(law, date(2026, 10, 30), amount)
    case.go(date(2026, 12, 14))
    case.do("taak_aanmanen", "fatima", kostenRekenen=True)
    assert case.titles() == []  # the limit is te controleren: a jurist looks first
    case.do("taak_kosten_vrijgeven", "julia", tekstVrijgave="vrijgegeven", vrijgaveNotitie="De grens is nagekeken.")

    assert case.entries()[-1] == ("aanmaning", fee)
    assert case.balance() == amount + fee


def test_n_awb_20_two_weeks_from_the_day_after_sending_and_no_fee_without_release_or_twice(law: Platform) -> None:
    case = Collection(law, date(2026, 10, 30))
    case.go(date(2026, 12, 11), 23)
    assert case.open() == set()
    case.go(date(2026, 12, 12))
    case.do("taak_aanmanen", "fatima", kostenRekenen=True)
    case.do("taak_kosten_vrijgeven", "julia", tekstVrijgave="tegengehouden", vrijgaveNotitie="De grens is niet zeker.")
    assert (case.titles(), case.balance(), case.value("aanmaningEinde")) == (["Aanmaning"], 250, "2026-12-28")
    case.go(date(2026, 12, 28), 23)
    assert case.open() == set()
    case.go(date(2026, 12, 29))
    assert case.open() == {"taak_dwangbevel"}

    case.deferred(date(2027, 1, 10))
    case.go(date(2027, 1, 11))
    case.reminded(fee=True)
    case.deferred(date(2027, 2, 10))
    case.go(date(2027, 2, 11))
    case.do("taak_aanmanen", "fatima", kostenRekenen=True)
    assert (case.open(), case.titles().count("Aanmaning")) == (set(), 3)  # nothing to release: no second fee
    assert [kind for kind, _ in case.entries()] == ["boete", "aanmaning"]


def test_n_awb_20_a_payment_that_was_there_before_the_reminder_takes_its_fee_away(law: Platform) -> None:
    case, other = Collection(law, SENT), Collection(law, SENT, mark="D-1-B8")
    case.go(date(2027, 1, 5))
    for one in (case, other):
        one.reminded(fee=True)
    case.go(date(2027, 1, 7))
    case.paid(250, date(2027, 1, 5))  # credited on the day of the reminder, reported two days later
    other.paid(250, date(2027, 1, 6))

    assert (case.balance(), other.balance()) == (0, 9)


def test_n_awb_21_a_writ_only_after_a_reminder_that_was_not_paid(law: Platform) -> None:
    case = Collection(law, SENT)
    case.go(date(2027, 1, 5))
    case.reminded()
    case.go(date(2027, 1, 20))
    assert case.open() == {"taak_dwangbevel"}
    case.do("taak_dwangbevel", "fatima", dwangbevelKosten=Decimal("86.40"), dwangbevelOvergedragen=True)
    assert case.balance() == Decimal("336.40")
    case.paid(Decimal("336.40"), date(2027, 1, 20))

    assert (case.open(), case.balance()) == (set(), 0)


def test_n_awb_23_a_fine_that_falls_after_payment_is_paid_back_without_interest_below_ten_euro(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13), 100)
    case.go(date(2026, 4, 20))
    case.paid(100, date(2026, 4, 20))
    case.changed(100, open=True)
    case.go(date(2026, 7, 20))
    case.changed(0, final="2026-09-01")
    assert case.balance() == -100
    case.go(date(2026, 8, 10))
    with pytest.raises(FlowError, match="vandaag of een latere dag"):
        case.do("taak_terugbetaling_plannen", "fatima", terugbetaalDag="2026-08-09")
    case.refunded(date(2026, 8, 10))

    assert case.entries() == [("boete", 100), ("betaling", -100), ("verlaging", -100), ("terugbetaling", 100)]
    assert (case.balance(), case.titles()) == (0, ["Terugbetaling"])


@pytest.mark.parametrize(
    ("day", "interest"), [(date(2026, 7, 5), "0"), (date(2026, 7, 6), "10.13")]  # 76 days are € 9,99 at 6 percent
)  # fmt: skip
def test_n_awb_23_interest_runs_from_the_payment_to_the_refund_and_from_ten_euro(law: Platform, day: date, interest: str) -> None:
    case = Collection(law, date(2026, 4, 13), 800)
    case.go(date(2026, 4, 20))
    case.paid(800, date(2026, 4, 20))
    case.changed(0, open=True)
    case.refunded(day)

    owed = [] if interest == "0" else [("rente van de gemeente", -Decimal(interest))]
    assert case.entries()[3:] == [*owed, ("terugbetaling", 800 + Decimal(interest))]
    assert case.balance() == 0


def test_n_awb_23_interest_on_part_counts_the_last_payments_and_none_for_wrong_data(law: Platform) -> None:
    case, other = Collection(law, date(2026, 4, 13), 800), Collection(law, date(2026, 4, 13), 800, mark="D-1-B8")
    for one in (case, other):
        one.go(date(2026, 5, 20))
        one.paid(400, date(2026, 4, 20))
        one.paid(400, date(2026, 5, 20))
        one.changed(0, open=True)
    case.refunded(date(2026, 8, 10))
    other.refunded(date(2026, 8, 10), onjuisteGegevens=True, onjuisteGegevensReden="Gaf een verkeerd adres op.")

    # 400 for 112 days and 400 for 82 days at 6 percent
    assert case.entries()[-2] == ("rente van de gemeente", -Decimal("12.76"))
    assert other.entries()[-1] == ("terugbetaling", 800)


def test_n_awb_23_what_was_paid_last_was_too_much_when_part_of_the_fine_falls(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13), 800)
    case.go(date(2026, 5, 20))
    case.paid(400, date(2026, 4, 20))
    case.paid(400, date(2026, 5, 20))
    case.changed(400, open=True)
    case.refunded(date(2027, 5, 20))

    assert case.entries()[-2:] == [("rente van de gemeente", -24), ("terugbetaling", 424)]


def test_n_awb_23_what_somebody_paid_too_much_by_himself_comes_back_without_interest(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13), 250)
    case.paid(1250, date(2026, 4, 13))
    case.refunded(date(2027, 4, 13))

    assert (case.entries()[-1], case.balance()) == (("terugbetaling", 1000), 0)


def test_n_awb_23_a_lower_fine_lowers_the_claim_and_never_raises_it(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13), 250)
    case.changed(100, open=True)
    assert case.balance() == 100
    case.changed(300, open=True)
    assert case.balance() == 100
    case.paid(100, date(2026, 4, 13))
    case.changed(0, final="2026-08-01")
    case.refunded(date(2026, 4, 13))

    assert case.balance() == 0


def test_n_awb_24_the_claim_lapses_after_five_years_which_a_reminder_and_a_writ_begin_anew(law: Platform) -> None:
    case = Collection(law, SENT)
    assert case.value("verjaartOp") == "2032-01-04"
    case.go(date(2027, 1, 5))
    case.reminded()
    assert case.value("verjaartOp") == "2032-01-05"
    case.go(date(2027, 1, 20))
    case.do("taak_dwangbevel", "fatima", dwangbevelKosten=0, dwangbevelOvergedragen=True)
    assert case.value("verjaartOp") == "2032-01-20"
    case.go(date(2032, 1, 20), 23)
    assert case.state() == "ACTIVE"
    case.go(date(2032, 1, 21))

    assert (case.state(), case.entries()[-1], case.balance()) == ("COMPLETED", ("verjaring", -250), 0)


def test_n_awb_26_a_request_about_paying_is_decided_within_eight_weeks(law: Platform) -> None:
    case = Collection(law, date(2026, 11, 2))
    case.asked()
    [task] = law.tasks(state="CREATED", instance=case.key)

    assert task.due is not None
    assert legal_last_day(task.due) == date(2026, 12, 28)


def test_n_awb_36_a_fine_that_is_lowered_during_an_objection_goes_on_in_the_same_claim(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13), 250)
    case.changed(250, open=True)
    case.changed(100, open=True)
    case.paid(100, date(2026, 4, 13))

    assert (case.balance(), case.value("sluitOp"), case.state()) == (0, None, "ACTIVE")


def test_n_awb_37_costs_before_the_fine_by_the_day_of_crediting_and_parts_add_up(law: Platform) -> None:
    case = Collection(law, SENT)
    case.go(date(2027, 1, 5))
    case.reminded(fee=True)
    case.go(date(2027, 1, 6))
    case.paid(100, date(2027, 1, 6))
    assert case.platform.instance(case.key).variables["stand"]["hoofdsom"] == 159
    assert case.balance() == 159
    case.paid(Decimal("158.99"), date(2027, 1, 6))
    assert case.balance() == Decimal("0.01")
    case.paid(Decimal("0.01"), date(2027, 1, 6))

    assert (case.balance(), case.open()) == (0, set())


@pytest.mark.parametrize("day", [date(2026, 11, 19), date(2026, 12, 2)])
def test_n_awb_37_a_day_of_crediting_that_cannot_be_is_asked_again(law: Platform, day: date) -> None:
    case = Collection(law, SENT)
    case.go(date(2026, 12, 1))
    case.paid(250, day)
    assert (case.balance(), case.open()) == (250, {"taak_betaling_controleren"})
    with pytest.raises(FlowError, match="tot en met vandaag"):
        case.do("taak_betaling_controleren", "fatima", betaaldBedrag=250, bijgeschrevenOp=day.isoformat())
    case.do("taak_betaling_controleren", "fatima", betaaldBedrag=250, bijgeschrevenOp="2026-12-01")

    assert case.balance() == 0


def test_n_awb_38_nothing_is_withheld_from_bijstand() -> None:
    for name in ("dwangbevel-overdragen", "uitstel-beslissen"):
        form = source(name)
        assert any("de bijstand" in part.get("text", "") and "geen wettelijke grondslag" in part["text"] for part in form["components"])
        answers = [answer["label"] for part in form["components"] for answer in part.get("values", [])]
        assert not [answer for answer in answers if "bijstand" in answer.lower()]


def test_n_awb_39_a_writ_is_for_what_is_owed_when_it_is_handed_over(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13))
    case.go(date(2026, 5, 27))
    case.reminded()
    case.go(date(2026, 6, 11))

    def shown() -> tuple[int, Any]:
        [task] = law.tasks(state="CREATED", instance=case.key)
        return task.key, law.services.task_page.open(task.key, SYSTEM).known["openBedrag"]

    first = shown()
    case.paid(100, date(2026, 6, 11))
    then = shown()

    assert (first[1], then[1]) == (250, 150)
    with pytest.raises(FlowError):
        law.complete(first[0], {"dwangbevelKosten": 84.5, "dwangbevelOvergedragen": True}, user="fatima")


def test_n_awb_39_a_writ_goes_by_the_bailiff_and_never_as_our_letter(law: Platform) -> None:
    case = Collection(law, SENT)
    case.go(date(2027, 1, 5))
    case.reminded()
    case.go(date(2027, 1, 20))
    case.do("taak_dwangbevel", "fatima", dwangbevelKosten=84.5, dwangbevelOvergedragen=True)

    assert case.titles() == ["Aanmaning", "Dwangbevel"]
    found = next(d for d in law.documents(case.key) if d.title == "Dwangbevel")
    content = law.services.documents.content(found.key)[1]
    writ = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    assert "Kosten van de aanmaning" not in writ, "none were charged"
    for what in ("DWANGBEVEL", "De deurwaarder brengt u deze brief", "€ 250,00", "€ 84,50", "De kosten daarvan betaalt u"):
        assert what in writ, what
    text = " ".join(part.get("text", "") for part in source("dwangbevel-overdragen")["components"])
    for what in ("het woord dwangbevel", "het bedrag", "de beschikking", "de kosten", "op kosten van de persoon", "deurwaarder"):
        assert what in text, what


def test_n_boe_14_before_it_is_irrevocable_a_fine_lapses_and_what_was_paid_goes_back(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13))  # irrevocable from 27 May
    case.paid(100, date(2026, 4, 13))
    case.go(date(2026, 5, 26))
    case.told("duo.SS111", "D-1")
    assert case.open() == {"taak_terugbetalen_erven"}
    case.do("taak_terugbetalen_erven", "fatima", terugbetaald=True)

    assert (case.state(), case.balance(), case.titles()) == ("COMPLETED", 0, [])


def test_n_boe_14_while_an_objection_runs_a_fine_is_not_irrevocable_however_late(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13))
    case.paid(250, date(2026, 4, 13))
    case.changed(250, open=True)
    case.go(date(2026, 9, 1))
    case.told("duo.SS111", "D-1")

    case.do("taak_terugbetalen_erven", "fatima", terugbetaald=True)

    assert (case.entries()[-1], case.balance()) == (("terugbetaling", 250), 0)


def test_n_boe_14_once_it_is_irrevocable_only_what_is_unpaid_lapses(law: Platform) -> None:
    case = Collection(law, date(2026, 4, 13))
    case.paid(100, date(2026, 4, 13))
    case.go(date(2026, 5, 27))
    case.told("duo.SS111", "D-1")

    assert (case.state(), case.open(), case.balance()) == ("COMPLETED", set(), 0)
    assert case.entries()[-1] == ("vervallen bij overlijden", -150)
