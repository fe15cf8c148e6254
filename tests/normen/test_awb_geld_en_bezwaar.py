"""N-AWB: is an objection in time, and what is owed after a payment, a reminder and interest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.plugin import FUNCTIONS
from inburgering_flow.inburgering.resources import resource_folder

FOLDER = resource_folder("processes") / "beslissingen"


def objection(received: str | None = None, **given: Any) -> str:
    """Return D20's advice on an objection to a decision that was sent on 13 April 2026, complete unless told otherwise."""
    facts: dict[str, Any] = {"bekendmaking": "2026-04-13", "gepostOp": None, "eldersOntvangenOp": None, "isVerschoonbaar": None}
    facts |= {"isVolledig": True, "ontvangenOp": received} | given
    facts = {k: date.fromisoformat(v) if isinstance(v, str) else v for k, v in facts.items()}
    facts |= {"bezwaarTermijn": "P6W", "postTermijn": "P7D"}
    found = read_model(FOLDER / "d20-bezwaar.dmn").evaluate("Bezwaar advies", facts, functions=FUNCTIONS)
    if facts["bekendmaking"] == date(2026, 4, 13):
        assert found["uiterlijk"] == date(2026, 5, 26), "over Tweede Pinksterdag"
    return str(found["advies"])


def test_n_awb_09_received_before_the_end_or_posted_before_it_and_received_within_a_week() -> None:
    assert (objection("2026-05-26"), objection("2026-05-27")) == ("ontvankelijk", "beoordelen")
    assert objection("2026-06-02", gepostOp="2026-05-26") == "ontvankelijk"
    assert objection("2026-06-03", gepostOp="2026-05-26") == "beoordelen"
    assert objection("2026-06-02", gepostOp="2026-05-27") == "beoordelen", "posted too late"
    assert objection("2026-06-03", isVerschoonbaar=False) == "niet-ontvankelijk"


def test_n_awb_10_early_excused_and_sent_to_another() -> None:
    assert objection("2026-06-05", eldersOntvangenOp="2026-05-26") == "ontvankelijk", "DUO had it in time"
    assert objection("2026-06-05", eldersOntvangenOp="2026-05-27") == "beoordelen"
    assert objection("2026-06-20", isVerschoonbaar=True) == "ontvankelijk"
    assert objection("2026-04-12") == "beoordelen", "before it was sent"
    assert (objection("2026-04-13"), objection(None), objection("2026-05-01", bekendmaking=None)) == ("ontvankelijk", "onbekend", "onbekend")


def test_n_awb_11_what_is_missing_can_be_mended() -> None:
    assert objection("2026-05-20", isVolledig=False) == "herstellen"
    assert objection("2026-05-20", isVolledig=None) == "herstellen"
    assert objection("2026-06-20", isVolledig=False, isVerschoonbaar=False) == "niet-ontvankelijk"


def money(decision: str, **facts: Any) -> Any:
    """Return what D16 gives."""
    names = ("hoofdsom", "kosten", "openRente", "betaald", "dagen", "percentage", "schuldenaar", "aanmaningVerzondenOp")
    known = dict.fromkeys(names) | {"aanmaningTermijn": "P2W"} | facts
    return read_model(FOLDER / "d16-inning.dmn").evaluate(decision, known, functions=FUNCTIONS)


def test_n_awb_20_a_reminder_gives_two_weeks_and_costs_nine_or_twenty_euro() -> None:
    assert money("Aanmaning uiterlijk", aanmaningVerzondenOp=date(2026, 12, 11)) == date(2026, 12, 28)
    costs = [money("Aanmaning", hoofdsom=Decimal(debt))["kosten"] for debt in ("250", "499.99", "500", "800")]
    assert costs == [9, 9, 20, 20]
    assert money("Aanmaning", hoofdsom=Decimal(250))["zekerheid"] == "te controleren"
    assert money("Aanmaning")["kosten"] is None


def test_n_awb_22_the_person_owes_no_interest_below_twenty_euro() -> None:
    assert money("Rente", schuldenaar="persoon", hoofdsom=Decimal(250), percentage=6, dagen=365)["bedrag"] == 0
    assert money("Rente berekend", hoofdsom=Decimal(800), percentage=6, dagen=152) == Decimal("19.99")
    assert money("Rente", schuldenaar="persoon", hoofdsom=Decimal(800), percentage=6, dagen=152)["bedrag"] == 0
    assert money("Rente", schuldenaar="persoon", hoofdsom=Decimal(800), percentage=6, dagen=153)["bedrag"] == Decimal("20.12")


def test_n_awb_23_the_municipality_owes_none_below_ten_euro() -> None:
    paid_back = {"schuldenaar": "gemeente", "hoofdsom": Decimal(100), "percentage": 6}
    assert money("Rente berekend", **paid_back, dagen=112) == Decimal("1.84")
    assert money("Rente", **paid_back, dagen=112)["bedrag"] == 0
    assert money("Rente", **paid_back, dagen=608)["bedrag"] == 0
    assert money("Rente", **paid_back, dagen=609)["bedrag"] == Decimal("10.01")


def test_n_awb_37_costs_first_then_interest_then_the_fine() -> None:
    found = money("Toerekening", betaald=Decimal(100), kosten=Decimal(9), openRente=Decimal(0), hoofdsom=Decimal(250))
    assert found == {"opKosten": 9, "opRente": 0, "opHoofdsom": 91, "teVeel": 0, "rest": 159}
    assert money("Toerekening", betaald=Decimal(5), kosten=Decimal(9), openRente=Decimal(3), hoofdsom=Decimal(250))["rest"] == 257
    too_much = money("Toerekening", betaald=Decimal(300), kosten=Decimal(9), openRente=Decimal(3), hoofdsom=Decimal(250))
    assert (too_much["teVeel"], too_much["rest"]) == (38, 0)
    assert sum(v for k, v in too_much.items() if k.startswith("op")) + too_much["teVeel"] == 300, "nothing is lost"
