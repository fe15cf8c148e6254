"""Plays the shipped process of an objection, day by day, for the tests of norms."""

from __future__ import annotations

from datetime import date
from typing import Any

from normen.boeteloop import PERSON, Enforcement

from inburgering_flow.clock import legal_last_day
from inburgering_flow.platform import Platform

SENT = date(2026, 4, 13)
"""The last day for an objection is Tuesday 26 May 2026, after Whit Monday; for the decision on it 7 July."""
REASONS = "Het besluit is goed voorbereid."
PLACE = {"hoorTijd": "10:00 uur", "hoorPlaats": "Stadhuis", "inzagePlaats": "Balie, van 9 tot 12 uur"}


class Objection(Enforcement):
    """One process ``bezwaar-en-beroep``, against a fine that was sent on 13 April 2026."""

    def __init__(self, platform: Platform, received: date, **given: Any) -> None:
        self.platform = platform
        self.go(received)
        known = {
            "dossiernummer": "D-1", "besluitKenmerk": "D-1-B7", "besluitSoort": "boete", "besluitVerzondenOp": SENT.isoformat(),
            "besluitBedrag": 250, "bezwaarOntvangenOp": received.isoformat(), "rapporteur": "hans", "beslisser": "tom",
            "beoordelaar": "julia", **given,
        }  # fmt: skip
        number = known["dossiernummer"]
        person = platform.register_person({**PERSON, "bsn": {"D-1": "999990172", "D-2": "999990160"}[number]})
        self.key = platform.start("bezwaar-en-beroep", known, person=person, business_key=number)
        self.settle()

    @classmethod
    def of(cls, platform: Platform, key: int) -> Objection:
        """Return a whole case that runs already."""
        found = cls.__new__(cls)
        found.platform, found.key = platform, key
        return found

    def told(self, name: str, about: str = "D-1-B7", **given: Any) -> None:
        self.platform.publish(name, correlation_key=about, variables=given)
        self.settle()

    def objected(self, about: str, kind: str = "boete", **given: Any) -> None:
        day = self.platform.clock.now().date().isoformat()
        self.told("burger.bezwaar", self.own("dossiernummer"), besluitKenmerk=about, besluitSoort=kind, bezwaarOntvangenOp=day, **given)

    def own(self, name: str) -> Any:
        """Return a variable of the case itself, not the copy of a called process."""
        return self.platform.instance(self.key).variables.get(name)

    def fine(self, mark: str) -> dict[str, Any]:
        [found] = [fine for fine in self.own("eerdereBoetes") if fine["kenmerk"] == mark]
        return dict(found)

    def tasks(self) -> list[str]:
        return sorted(task.element_id for task in self.platform.tasks(state="CREATED", instance=self.key))

    def admitted(self, **answers: Any) -> None:
        self.do("taak_bezwaar_beoordelen", "jos", **{"bezwaarVolledig": "ja", **answers})

    def asked(self) -> None:
        self.do("taak_bezwaar_beoordelen", "jos", bezwaarVolledig="eerst vragen", ontbreekt="Uw handtekening ontbreekt.")

    def waived(self) -> None:
        self.do("taak_horen_regelen", "jos", hoorUitkomst="ziet af", hoorGrond="U zei dat u niet wilt komen.")

    def invited(self, day: date) -> None:
        self.do("taak_horen_regelen", "jos", hoorUitkomst="horen", hoorDatum=day.isoformat(), **PLACE)

    def heard(self) -> None:
        self.do("taak_horen", "jos", verschenen=True, hoorVerslag="De persoon vertelde zijn verhaal.")

    def settled(self, outcome: str = "ongegrond", **answers: Any) -> None:
        self.do("taak_bezwaar_beslissen", "jos", bezwaarBesluit=outcome, bezwaarMotivering=REASONS, **answers)

    def rejected(self) -> None:
        """Decide on it without a hearing on 12 June 2026: the person may appeal until 24 July."""
        self.admitted()
        self.waived()
        self.go(date(2026, 6, 12))
        self.settled()

    def state(self) -> str:
        return str(self.platform.instance(self.key).state)

    def due(self, element: str) -> date:
        [task] = [t for t in self.platform.tasks(state="CREATED", instance=self.key) if t.element_id == element]
        assert task.due is not None
        return legal_last_day(task.due)
