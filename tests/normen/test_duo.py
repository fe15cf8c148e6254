"""What DUO may do when the term has passed (information: the gemeente never computes or sends it), and asking for more time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from inburgering_flow.clock import ManualClock
from inburgering_flow.dmn import read_model
from inburgering_flow.feel import Context
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

FOLDER = resource_folder("processes") / "beslissingen"


def decide(file: str, decision: str, **facts: Any) -> Any:
    context = Context(now=datetime(2026, 11, 27, 12, tzinfo=UTC))
    return read_model(FOLDER / file).evaluate(decision, facts, context=context)


def of_duo(**facts: Any) -> Any:
    given = {"leerroute": "B1", "doelgroep": "gezinsmigrant", "gevolgdeUren": 260, "examenPogingen": "alle een keer",
             "onderdelenGehaald": 2, "knmGehaald": False, "pvtKlaar": True, "mapKlaar": True}  # fmt: skip
    return decide("d15-duo-gevolgen.dmn", "Gevolgen bij DUO", **given | facts)


@pytest.mark.parametrize(
    ("pvt", "map_", "euros", "months"), [(True, True, 0, 0), (True, False, 340, 6), (False, True, 340, 6), (False, False, 680, 12)]
)
def test_n_duo_01_pvt_or_map_not_done_in_time(pvt: bool, map_: bool, euros: int, months: int) -> None:
    found = of_duo(pvtKlaar=pvt, mapKlaar=map_, onderdelenGehaald=4, knmGehaald=True)

    assert (found["boeteModules"], found["maanden"]) == (euros, months)
    assert (found["zekerheid"] == "te controleren") is (euros == 680)  # 340 once or for each is a question for a lawyer


@pytest.mark.parametrize(
    ("facts", "euros"),
    [
        ({}, 384),  # the example of the norm: 640 less 40 percent
        ({"gevolgdeUren": 249}, 480), ({"gevolgdeUren": 250}, 384), ({"gevolgdeUren": 399}, 384), ({"gevolgdeUren": 400}, 192),
        ({"examenPogingen": "niet alle een keer"}, 480), ({"examenPogingen": "niet gehaalde twee keer"}, 270),
        ({"onderdelenGehaald": 0}, 640), ({"onderdelenGehaald": 1}, 512), ({"onderdelenGehaald": 3}, 256),
        ({"onderdelenGehaald": 4}, 128),  # without KNM the route is not achieved
        ({"doelgroep": "asielstatushouder", "aanwezigheid": 59}, 480), ({"doelgroep": "asielstatushouder", "aanwezigheid": 60}, 384),
        ({"doelgroep": "asielstatushouder", "aanwezigheid": 89}, 384), ({"doelgroep": "asielstatushouder", "aanwezigheid": 90}, 192),
        ({"leerroute": "O", "aanwezigheid": 89}, 384), ({"leerroute": "O", "aanwezigheid": 90}, 192),
        ({"leerroute": "Z", "gevolgdeUren": 299}, 1000), ({"leerroute": "Z", "gevolgdeUren": 300}, 800),
        ({"leerroute": "Z", "gevolgdeUren": 599}, 800), ({"leerroute": "Z", "gevolgdeUren": 600}, 400),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 600, "participatieUren": 299}, 400),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 600, "participatieUren": 300}, 320),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 600, "participatieUren": 600}, 225),
        ({"leerroute": "O", "aanwezigheid": 59}, 480), ({"leerroute": "O", "aanwezigheid": 90, "examenPogingen": "niet alle een keer"}, 240),
        ({"leerroute": "O", "aanwezigheid": 90, "examenPogingen": "niet gehaalde twee keer"}, 135),
        ({"gevolgdeUren": 249, "examenPogingen": "niet gehaalde twee keer"}, 360),
        ({"gevolgdeUren": None}, None), ({"examenPogingen": None}, None),
    ],
)  # fmt: skip
def test_n_duo_02_the_fine_for_a_route_that_was_not_achieved(facts: dict[str, Any], euros: int | None) -> None:
    assert of_duo(**facts)["boeteRoute"] == euros


@pytest.mark.parametrize(
    ("facts", "months"),
    [
        ({"onderdelenGehaald": 0}, 24), ({"onderdelenGehaald": 1}, 18), ({"onderdelenGehaald": 2}, 12), ({"onderdelenGehaald": 3}, 6),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 400, "participatieUren": 0}, 24),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 401, "participatieUren": 0}, 18),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 800, "participatieUren": 1}, 12),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 800, "participatieUren": 401}, 6),
        ({"leerroute": "Z", "gevolgdeUren": 200}, 24), ({"leerroute": "Z", "gevolgdeUren": 201}, 18),
        ({"leerroute": "Z", "gevolgdeUren": 600}, 12), ({"leerroute": "Z", "gevolgdeUren": 601}, 6),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 800, "participatieUren": 799}, 6),
        ({"leerroute": "Z", "doelgroep": "asielstatushouder", "gevolgdeUren": 800, "participatieUren": 800}, 0),
        ({"leerroute": "Z", "gevolgdeUren": 799}, 6), ({"leerroute": "Z", "gevolgdeUren": 800}, 0),
        ({"onderdelenGehaald": 3, "pvtKlaar": False, "mapKlaar": False}, 12),  # the longest of the two applies
    ],
)  # fmt: skip
def test_n_duo_03_the_new_term_after_a_fine(facts: dict[str, Any], months: int) -> None:
    assert of_duo(**facts)["maanden"] == months


def test_n_duo_04_no_fine_for_the_route_when_the_permit_ends() -> None:
    assert of_duo(verblijfEindigt=True, pvtKlaar=False)["boeteRoute"] == 0
    assert of_duo(verblijfEindigt=True, pvtKlaar=False)["boeteModules"] == 340
    assert of_duo(verblijfEindigt=False)["boeteRoute"] == 384


def test_what_nobody_knows_is_said_and_not_filled_in() -> None:
    found = decide("d15-duo-gevolgen.dmn", "Gevolgen bij DUO", leerroute="B1", doelgroep="gezinsmigrant")

    assert (found["boeteRoute"], found["boeteModules"], found["maanden"]) == (None, None, None)
    assert found["tekst"].startswith("De uren en examens zijn niet allemaal bekend")


@pytest.mark.parametrize("doelgroep", ["gezinsmigrant", "asielstatushouder"])
def test_a_person_of_asylum_is_told_of_the_judgment(doelgroep: str) -> None:
    assert ("C-158/23" in of_duo(doelgroep=doelgroep, aanwezigheid=50)["tekst"]) is (doelgroep == "asielstatushouder")


STANDING = {"leerroute": "B1", "gevolgdeUren": 450, "examenPogingen": "alle een keer", "onderdelenGehaald": 2, "knmGehaald": True,
            "pvtKlaar": True, "mapKlaar": True}  # fmt: skip


class Watch:
    """The watch over a term that ends on 12 May 2029, from six months before."""

    def __init__(self, law: Platform, number: str = "D-DUO") -> None:
        self.law = law
        self.at("2028-11-12T12:00:00+01:00")
        facts = {"dossiernummer": number, "termijnEinde": "2029-05-13", "doelgroep": "gezinsmigrant", "leerroute": "B1",
                 "gevolgdeUren": None, "participatieUren": None, "pvtKlaar": True, "mapKlaar": False}  # fmt: skip
        self.key = law.start("termijnbewaking", facts, business_key=number)

    def at(self, moment: str) -> None:
        clock = self.law.clock
        assert isinstance(clock, ManualClock)
        clock.set(moment)
        self.law.run_due()

    def do(self, element: str, **answers: Any) -> None:
        task = next(t for t in self.law.tasks(state="CREATED", instance=self.key) if t.element_id == element)
        self.law.complete(task.key, answers | {"bewakingNotitie": "Besproken."}, user="karin")

    def said(self, name: str) -> Any:
        return self.law.instance(self.key).variables.get(name)


@pytest.mark.parametrize(
    ("facts", "may"),
    [({}, True), ({"gevolgdeUren": 449}, False), ({"onderdelenGehaald": 1}, False), ({"knmGehaald": False}, False),
     ({"mapKlaar": False}, False), ({"examenPogingen": "niet alle een keer"}, False)],
)  # fmt: skip
def test_n_ter_08_at_six_months_the_chance_of_more_time_is_told(law: Platform, facts: dict[str, Any], may: bool) -> None:
    watch = Watch(law)
    watch.at("2028-11-14T00:00:00+01:00")
    watch.do("taak_verlenging_bespreken", **STANDING | facts)

    assert watch.said("verlengingTekst").startswith(f"Zes maanden na veel inspanning lijkt {'te' if may else 'niet te'} kunnen")


def test_n_ter_08_a_reason_of_three_months_is_a_ground_and_a_shorter_one_is_not(law: Platform) -> None:
    for months, said in ((3, "lijkt een grond"), (2, "is geen grond")):
        watch = Watch(law, f"D-{months}")
        watch.at("2028-11-14T00:00:00+01:00")
        watch.do("taak_verlenging_bespreken", verlengingGrond="ziekte", verlengingMaanden=months)

        assert said in watch.said("verlengingTekst")
        assert "niet alles is bekend" in watch.said("verlengingTekst")


def test_n_ter_09_an_extension_that_nobody_asked_for_moves_the_watch(law: Platform) -> None:
    """DUO tells of it; the municipality does not compute it (the message is heard in the process that watches)."""
    text = (FOLDER.parent / "inburgering" / "inburgering.bpmn").read_text()

    assert text.count('attachedToRef="roep_termijnbewaking"') == 2
    assert 'messageRef="bericht_duo_ss103"' in text


def test_n_duo_02_what_duo_may_do_stands_on_the_task_in_which_its_letter_is_explained(law: Platform) -> None:
    watch = Watch(law)
    watch.at("2028-11-14T00:00:00+01:00")
    watch.do("taak_verlenging_bespreken", **STANDING | {"gevolgdeUren": 260, "knmGehaald": False, "mapKlaar": False})
    watch.at("2029-03-14T00:00:00+01:00")

    assert "384 euro" in watch.said("duoTekst")
    assert "340 euro" in watch.said("duoTekst")
    assert "Alleen DUO beslist" in watch.said("duoTekst")
