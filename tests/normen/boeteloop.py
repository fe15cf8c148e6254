"""Plays the shipped process of enforcement, day by day, for the tests of norms."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from inburgering_flow.clock import LEGAL_ZONE, ManualClock
from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

BLAME = {"verwijtbaar": "ja", "oorzaak": "Geen reden gegeven.", "inBijstand": False}
RELEASED = {"tekstVrijgave": "vrijgegeven", "vrijgaveNotitie": "De termijn is redelijk."}
ASSESSED = {"verwijtbaarheid": "normaal", "draagkracht": "Heeft werk en geen schulden."}
FACTS = "Niet gekomen, en niet gebeld."
PERSON = {"voornamen": "Voorbeeld", "achternaam": "Afspraak", "bsn": "999990172", "straat": "Voorbeeldlaan 1",
          "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}  # fmt: skip
DECISIONS = resource_folder("processes") / "beslissingen"


def deploy(folder: Path) -> None:
    with opened(folder) as platform:
        platform.deploy(resource_folder("processes"), resource_folder("forms"))


def opened(folder: Path) -> Platform:
    chosen = Settings(secret="test", synchronous="OFF")
    return Platform.open(f"sqlite:///{folder}/flow.db", clock=ManualClock("2026-01-05T09:00:00+01:00"), settings_=chosen)


class Enforcement:
    """One process ``handhaving``, begun on a day."""

    def __init__(self, platform: Platform, day: date, number: str = "D-1", **given: Any) -> None:
        self.platform = platform
        self.go(day)
        known = {"dossiernummer": number, "doelgroep": "gezinsmigrant", "overtreding": "pip", "eerdereBoetes": None, **given}
        known.setdefault("verplichting", known["overtreding"])
        bsn = {"D-1": "999990172", "D-2": "999990160"}.get(number, "999990159")
        person = platform.register_person({**PERSON, "bsn": bsn})
        self.key = platform.start("handhaving", known, person=person, business_key=number)
        self.settle()

    def settle(self) -> None:
        self.platform.run_due()

    def go(self, day: date, hour: int = 9) -> None:
        """Let time pass until a day; what falls due before happens in its time."""
        target = datetime.combine(day, time(hour), LEGAL_ZONE)
        for _ in range(100):
            due = self.platform.next_due()
            if due is None or due > target:
                break
            self.platform.clock.set(max(due, self.platform.clock.now()))  # type: ignore[attr-defined]
            self.platform.run_due()
        self.platform.clock.set(target)  # type: ignore[attr-defined]
        self.platform.run_due()

    def open(self) -> set[str]:
        return {task.element_id for task in self.platform.tasks(state="CREATED", instance=self.key)}

    def do(self, element: str, user: str = "", **answers: Any) -> None:
        found = {task.element_id: task for task in self.platform.tasks(state="CREATED", instance=self.key)}
        assert element in found, (element, sorted(found))
        self.platform.complete(found[element].key, answers, user=user or "julia")
        self.settle()

    def reported(self, day: date, **answers: Any) -> None:
        """Blame is found, the warning is released and passes, and the report is written on a day."""
        self.do("taak_oorzaak_onderzoeken", "karin", **{**BLAME, "plicht": "pvt"})
        if "taak_tekst_vrijgeven" in self.open():
            self.do("taak_tekst_vrijgeven", **RELEASED)
        self.go(day)
        if self.values("overtreding") == ["brede intake"]:
            self.do("taak_rapport_opmaken", "hans", rapportFeiten=FACTS, **answers)
        else:
            began = self.values("geconstateerdOp")[0]
            given = {"overtredingDatum": began, "boeteTermijn": "eerste termijn", **answers}
            self.do("taak_rapport_opmaken", "hans", rapportFeiten=FACTS, **given)

    def intended(self, day: date | None = None) -> None:
        if day is not None:
            self.go(day)
        self.do("taak_tekst_vrijgeven", **RELEASED)

    def assessed(self, day: date, **answers: Any) -> None:
        self.go(day)
        self.do("taak_zienswijze_beoordelen", **{**ASSESSED, **answers})

    def decided(self, amount: float, **answers: Any) -> None:
        self.do("taak_boete_besluiten", "tom", besluit="boete", boeteBedrag=amount, besluitMotivering="Er is geen goede reden.",
                **answers)  # fmt: skip

    def view(self, text: str) -> None:
        self.platform.publish(
            "burger.zienswijze", correlation_key=self.values("overtredingKenmerk")[0], variables={"zienswijze": text}
        )
        self.settle()

    def instances(self) -> list[Any]:
        return [self.platform.instance(i.key) for i in self.platform.instances() if i.root_key == self.key]

    def values(self, name: str) -> list[Any]:
        """Return the different values of a variable in the case, without null."""
        found = [i.variables[name] for i in self.instances() if i.variables.get(name) is not None]
        return [value for place, value in enumerate(found) if value not in found[:place]]

    def value(self, name: str) -> Any:
        found = self.values(name)
        return found[-1] if found else None

    def ends(self) -> set[str]:
        return {e.element_id for i in self.instances() for e in i.elements if e.element_type == "END_EVENT"}

    def titles(self) -> list[str]:
        return sorted(d.title for d in self.platform.documents(self.key))

    def incidents(self) -> list[str]:
        return [x.message for i in self.instances() for x in i.incidents if x.state == "ACTIVE"]


TERMS = read_model(DECISIONS / "d00-termijnen.dmn").evaluate("handhavingTermijnen", {})
FINE = read_model(DECISIONS / "d14-boetehoogte.dmn")


def fine(model: Any = FINE, **given: Any) -> dict[str, Any]:
    """Return the proposal of the shipped table, for a first breach of the PIP without intent where nothing else is given."""
    known = {
        "overtreding": "pip", "plicht": "pvt", "eerdereBoetes": None, "geconstateerdOp": date(2026, 3, 10), "termijnen": TERMS,
        "overtredingDatum": date(2026, 3, 4), "besluitDag": date(2026, 4, 20), "verwijtbaarheid": "normaal",
        "bijstandVerlaagd": None, "boeteTermijn": "eerste termijn", **given,
    }  # fmt: skip
    found: dict[str, Any] = model.evaluate("Boetehoogte", known)
    return found


def earlier(artikel: str = "23", seen: str = "2026-03-10", final: str | None = "2026-06-02", bedrag: float = 25, **more: Any) -> Any:
    """Return an earlier fine as the process records it."""
    known = {"artikel": artikel, "plicht": "map", "geconstateerdOp": seen, "overtredingDatum": seen, "onherroepelijkVanaf": final,
             "bezwaarLoopt": False, "vernietigd": False, "bedrag": bedrag, "termijn": "eerste termijn", "kenmerk": seen,
             "verzondenOp": seen, "besluit": "boete"}  # fmt: skip
    return {**known, **more}


def track(**given: Any) -> str:
    """Return the track that the shipped table chooses."""
    known = {"verplichting": "pip", "plicht": "pvt", "inBijstand": False, "bijstandVerlaagd": None,
             "doelgroep": "gezinsmigrant", "verwijtbaar": "ja", **given}  # fmt: skip
    found: str = read_model(DECISIONS / "d13-handhavingsspoor.dmn").evaluate("Handhavingsspoor", known)["spoor"]
    return found


def source(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((resource_folder("forms") / f"{name}.form").read_text(encoding="utf-8"))
    return found


