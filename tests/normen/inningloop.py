"""Plays the shipped process of collection, day by day, for the tests of norms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from normen.boeteloop import PERSON, RELEASED, Enforcement

from inburgering_flow.platform import Platform

STARTED = {"inningKlaar": True}
BSNS = {"D-1-B7": "999990172", "D-1-B8": "999990160"}


class Collection(Enforcement):
    """One process ``inning``, of a fine that was sent on a day."""

    def __init__(self, platform: Platform, sent: date, amount: Any = 250, mark: str = "D-1-B7", **given: Any) -> None:
        self.platform, self.mark = platform, mark
        self.go(sent)
        number = {"D-1-B7": "D-1", "D-1-B8": "D-2"}[mark]
        known = {"dossiernummer": number, "kenmerk": mark, "bedrag": amount, "verzondenOp": sent.isoformat(), **given}
        person = platform.register_person({**PERSON, "bsn": BSNS[mark]})
        self.key = platform.start("inning", known, person=person, business_key=number)
        self.settle()
        if self.open() == {"taak_inning_starten"}:
            self.do("taak_inning_starten", "fatima", **STARTED)

    def told(self, name: str, key: str = "", **given: Any) -> None:
        self.platform.publish(name, correlation_key=key or self.mark, variables=given)
        self.settle()

    def paid(self, amount: Any, day: date) -> None:
        """A payment was credited on a day; it is reported now."""
        self.told("gemeente.betaling", betaaldBedrag=amount, bijgeschrevenOp=day.isoformat())

    def asked(self, kind: str = "uitstel") -> None:
        self.told("burger.betaalverzoek", verzoekSoort=kind, verzoekTekst="Ik kan niet ineens betalen.")

    def deferred(self, until: date) -> None:
        self.asked()
        self.do("taak_uitstel_beslissen", "fatima", betaalBesluit="toegekend", nieuwUitstelTot=until.isoformat(),
                betaalMotivering="U kunt nu niet alles betalen.")  # fmt: skip

    def changed(self, amount: Any, final: str | None = None, *, open: bool = False) -> None:
        """The fine was changed by a decision on an objection or by a court."""
        self.told("gemeente.boete-gewijzigd", nieuwBedrag=amount, bezwaarLoopt=open, onherroepelijkVanaf=final)

    def reminded(self, *, fee: bool = False) -> None:
        self.do("taak_aanmanen", "fatima", kostenRekenen=fee)
        if fee:
            self.do("taak_kosten_vrijgeven", "julia", **RELEASED)

    def refunded(self, day: date, **given: Any) -> None:
        self.do("taak_terugbetaling_plannen", "fatima", terugbetaalDag=day.isoformat(), **given)
        if "taak_rente_vrijgeven" in self.open():
            self.do("taak_rente_vrijgeven", "julia", **RELEASED)
        self.do("taak_terugbetalen", "fatima", terugbetaald=True)

    def entries(self) -> list[tuple[str, Decimal]]:
        return [(b["soort"], Decimal(str(b["bedrag"]))) for b in self.platform.instance(self.key).variables["boekingen"]]

    def balance(self) -> Decimal:
        """Return what is owed, which is the sum of the entries."""
        told = Decimal(str(self.platform.instance(self.key).variables["saldo"]))
        assert told == sum(amount for _, amount in self.entries())
        return told

    def state(self) -> str:
        return str(self.platform.instance(self.key).state)
