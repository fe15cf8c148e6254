"""N-ROU: another route, a lower level, and when a route is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from normen.boeteloop import deploy, opened

from inburgering_flow.bpmn.rules import read
from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.plugin import FUNCTIONS
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.workbench import scenarios

FOLDER = resource_folder("processes") / "beslissingen"
FORMS = resource_folder("forms")
EIGHTEEN_MONTHS = "P18M"


def decide(file: str, decision: str, **facts: Any) -> dict[str, Any]:
    """Return what a table says."""
    found: dict[str, Any] = read_model(FOLDER / file).evaluate(decision, facts, functions=FUNCTIONS)
    return found


def lowering(route: str = "B1", hours: int | None = 600, effort: bool | None = True, feasible: bool | None = False) -> dict[str, Any]:
    """Return D08's advice."""
    return decide(
        "d08-afschalen.dmn", "Afschalen advies", leerroute=route, gevolgdeUren=hours, inspanningVoldoende=effort, b1Haalbaar=feasible
    )


def switching(of: str, to: str | None, pip: str, on: str, ended: str | None = None) -> dict[str, Any]:
    """Return D09's advice for a decision on a day."""
    return decide(
        "d09-schakelen.dmn", "Schakelen advies", leerroute=of, nieuweLeerroute=to, pipDagtekening=date.fromisoformat(pip),
        besluitDag=date.fromisoformat(on), opleidingEinde=date.fromisoformat(ended) if ended else None, schakelTermijn=EIGHTEEN_MONTHS,
    )  # fmt: skip


def test_n_rou_04_the_decision_falls_within_eighteen_months_of_the_first_day_of_the_term() -> None:
    inside, outside = switching("B1", "Z", "2025-03-14", "2026-09-14"), switching("B1", "Z", "2025-03-14", "2026-09-15")
    assert (inside["mag"], inside["bijzonder"], inside["uiterlijk"]) == (True, False, date(2026, 9, 14))
    assert outside["bijzonder"], "only in a special case"
    month_end = [switching("B1", "Z", "2025-02-28", day)["bijzonder"] for day in ("2026-08-29", "2026-08-31", "2026-09-01")]
    assert month_end == [False, False, True]


def test_n_rou_05_from_the_onderwijsroute_to_b1_at_any_time() -> None:
    found = switching("O", "B1", "2025-03-14", "2027-12-01")
    assert (found["mag"], found["bijzonder"], found["uiterlijk"]) == (True, False, None)
    assert switching("O", "Z", "2025-03-14", "2027-12-01")["bijzonder"], "not to the Z-route"
    assert switching("B1", "O", "2025-03-14", "2027-12-01")["bijzonder"], "nor back"


def test_n_rou_06_after_an_education_that_ended_after_the_eighteen_months() -> None:
    assert not switching("B1", "Z", "2025-03-14", "2026-11-01", ended="2026-09-15")["bijzonder"]
    assert switching("B1", "Z", "2025-03-14", "2026-11-01", ended="2026-09-14")["bijzonder"], "it ended within them"


def test_n_rou_07_afterwards_a_person_decides_with_reasons_and_nothing_is_refused_by_itself() -> None:
    late = switching("B1", "Z", "2025-03-14", "2027-06-01")
    assert (late["mag"], late["bijzonder"]) == (True, True)
    assert "mens beslist" in late["reden"]
    assert [switching(r, r, "2025-03-14", "2025-06-01")["mag"] for r in ("B1", "O", "Z")] == [False] * 3, "nothing would change"
    assert not switching("B1", None, "2025-03-14", "2025-06-01")["mag"]


@pytest.mark.parametrize("hours", [599, 600, 601])
def test_n_rou_09_a_lower_level_after_600_hours_effort_and_no_prospect(hours: int) -> None:
    assert lowering(hours=hours)["mag"] is (hours >= 600)
    assert lowering(hours=hours)["advies"] == ("toewijzen" if hours >= 600 else "afwijzen")
    assert not lowering(hours=hours, effort=False)["mag"]
    assert not lowering(hours=hours, feasible=True)["mag"]
    assert not any(lowering(route, hours=hours)["mag"] for route in ("Z", "O"))
    assert lowering(hours=None)["advies"] is None, "what is not known is not refused"
    assert lowering(effort=None)["advies"] is None
    assert lowering(feasible=None)["advies"] is None


def done(**facts: Any) -> dict[str, Any]:
    """Return whether a route is done, by D07."""
    known = {"leerroute": None, "doelgroep": "asielstatushouder", "gevolgdeUren": None, "participatieUren": None, "examensGehaald": None}
    return decide("d07-leerroute-klaar.dmn", "Leerroute klaar", **known | facts)


def test_n_rou_01_b1_and_onderwijsroute_are_done_when_all_parts_are_passed() -> None:
    for route in ("B1", "O"):
        assert done(leerroute=route, gevolgdeUren=0, examensGehaald=True)["klaar"]
        assert not done(leerroute=route, gevolgdeUren=900, examensGehaald=False)["klaar"]
        assert "Niet alle" in done(leerroute=route, gevolgdeUren=900)["reden"]
    assert not done(examensGehaald=True)["klaar"], "an unknown route is not done"


def test_n_rou_10_the_z_route_asks_800_and_800_hours_and_a_talk() -> None:
    asylum = {"leerroute": "Z", "doelgroep": "asielstatushouder"}
    assert not done(**asylum, gevolgdeUren=800, participatieUren=799)["klaar"]
    assert not done(**asylum, gevolgdeUren=799, participatieUren=800)["klaar"]
    assert done(**asylum, gevolgdeUren=800, participatieUren=800) | {"reden": ""} == {"klaar": True, "eindgesprek": True, "reden": ""}
    assert not done(**asylum, gevolgdeUren=800)["klaar"]
    assert not done(**asylum, gevolgdeUren=10, participatieUren=900)["klaar"]
    family = {"leerroute": "Z", "doelgroep": "gezinsmigrant"}
    assert done(**family, gevolgdeUren=800)["klaar"], "family and others: lessons and talk only"
    assert not done(**family, gevolgdeUren=799)["klaar"]
    assert not done(**family)["klaar"]


def test_n_rou_11_hours_of_pvt_and_map_are_among_the_800() -> None:
    fields = {found.get("key"): found for found in json.loads((FORMS / "voortgangsgesprek.form").read_text())["components"]}
    assert "PVT en MAP tellen mee" in fields["participatieUren"]["description"]
    assert done(leerroute="Z", gevolgdeUren=800, participatieUren=12 + 40 + 748)["klaar"]
    assert not done(leerroute="Z", gevolgdeUren=800, participatieUren=12 + 40 + 747)["klaar"]


def element(file: str, id: str) -> Any:
    """Return an element of a diagram by its id."""
    [path] = FOLDER.parent.glob(f"*/{file}.bpmn")
    return read(path.read_bytes(), name=path.name)[0][0].elements[id]


def test_n_rou_12_the_talk_is_held_by_the_municipality_itself() -> None:
    talk = element("voortgang", "taak_z_eindgesprek")
    assert talk.candidate_groups.source == "klantmanager"
    assert "mag dit niet doen" in talk.documentation
    assert {"taalaanbieder", "begeleider"} <= set(ROLES), "there are roles that it could wrongly have been given to"


def test_n_beg_05_asylum_holders_are_offered_a_course_and_duo_is_told() -> None:
    flows = {flow.target: flow for flow in element("leerroute", "besluit_aanbod").outgoing}
    assert flows["meld_aanbod"].condition.lstrip("=") == 'doelgroep = "asielstatushouder"'
    assert "samen_aanbod" in flows, "others choose a course themselves"


def test_n_beg_07_the_college_keeps_an_eye_on_the_progress() -> None:
    talk = element("voortgang", "taak_voortgangsgesprek")
    assert [flow.target for flow in talk.outgoing] == ["besluit_voortgang"]
    assert [flow.target for flow in element("voortgang", "termijn_volgend_gesprek").outgoing] == ["samen_voortgang"], "again and again"


@pytest.fixture
def plays(reused: Callable[..., Any]) -> Callable[[str], None]:
    """Give what plays a scenario that ships; it fails where the process does otherwise."""

    def play(name: str) -> None:
        path = FOLDER.parent / "leerroute" / "scenarios" / f"{name}.yaml"
        scenarios.Runner(reused("law", deploy, opened), scenarios.load(path)).run()

    return play


def test_n_rou_03_who_leaves_the_onderwijsroute_does_the_map_after_all(plays: Callable[[str], None]) -> None:
    plays("schakelen-na-anderhalf-jaar")
    plays("onderwijsroute-zonder-map")
    hours = next(c for c in json.loads((FORMS / "map-eindgesprek.form").read_text())["components"] if c.get("key") == "mapUren")
    assert hours["validate"]["min"] == 40


def test_n_rou_08_hours_of_the_earlier_route_go_along(plays: Callable[[str], None]) -> None:
    """300 hours of B1: the Z-route asks for 500 more, 800 in all."""
    plays("schakelen-naar-z-route")
