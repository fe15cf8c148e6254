"""N-PIP-10 and N-ROU-13: what was done before the PIP counts only on a ground, and what the Z-route may hold."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from normen.test_intake import Case
from normen.test_pip import letter_of, text_of

from inburgering_flow.dmn import read_model
from inburgering_flow.feel import Context
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

DECISIONS = resource_folder("processes") / "beslissingen"
TABLE, READY = read_model(DECISIONS / "d29-uren-voor-het-pip.dmn"), read_model(DECISIONS / "d07-leerroute-klaar.dmn")
LENGTHS = read_model(DECISIONS / "d00-termijnen.dmn").evaluate("pipTermijnen", {})
FACTS = (
    "verrekening", "leerroute", "doelgroep", "zExamens", "zExamensWil", "zExamensKan", "zUrenMinder", "zBeperking", "zRevalidatie",
)  # fmt: skip
PLAN = {
    "leerroute": "Z", "motivatieNietB1": "B1 is niet haalbaar.", "motivatieNietO": "Wil niet studeren.", "pvtUren": 12,
    "begeleiding": "Een vast contact.", "intensiteitModules": "Een dagdeel per week.", "aantalGesprekken": 6,
    "intensiteitLeerroute": "Drie dagdelen per week.",
}  # fmt: skip


def asked(day: str = "2026-03-02", **given: Any) -> dict[str, Any]:
    """Return what D29 says of a PIP that is made on a day."""
    facts = {name: given.pop(name, None) for name in FACTS} | {"schoolTermijn": LENGTHS["school"]}
    assert not given
    context = Context(now=datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=12))
    found: dict[str, Any] = TABLE.evaluate("Uren voor het PIP", facts, context=context)
    assert not context.warnings
    return found


def hours(part: str, ground: str, since: str | None = None, number: int = 10) -> dict[str, Any]:
    return {"urenOnderdeel": part, "urenGrond": ground, "urenAantal": number, "urenVanaf": since}


def may(part: str, ground: str, route: str, *, since: str | None = None, day: str = "2026-03-02",
        group: str = "asielstatushouder") -> bool:  # fmt: skip
    found: bool = asked(day, verrekening=[hours(part, ground, since)], leerroute=route, doelgroep=group)["mag"]
    return found


@pytest.mark.parametrize(
    ("part", "routes"), [("pvt", {"B1", "O", "Z"}), ("map", {"B1", "Z"}), ("lessen", {"B1", "Z"}), ("meedoen", {"Z"})]
)
def test_n_pip_10_what_was_done_in_the_intake_may_be_deducted_where_the_route_has_that_part(part: str, routes: set[str]) -> None:
    assert {route for route in ("B1", "O", "Z") if may(part, "intake", route)} == routes


@pytest.mark.parametrize("ground", ["participatiewet", "begeleiding"])
def test_n_pip_10_other_activities_count_only_as_taking_part_in_the_z_route(ground: str) -> None:
    counted = {(part, route) for part in ("pvt", "map", "lessen", "meedoen") for route in ("B1", "O", "Z") if may(part, ground, route)}
    assert counted == {("meedoen", "Z")}
    assert not may("meedoen", ground, "Z", group="gezinsmigrant"), "who has no hours of taking part"
    assert not may("meedoen", "intake", "Z", group="gezinsmigrant")


@pytest.mark.parametrize("part", ["pvt", "map", "lessen", "meedoen"])
@pytest.mark.parametrize("route", ["B1", "O", "Z"])
def test_n_pip_10_nothing_counts_from_voorinburgering(part: str, route: str) -> None:
    found = asked(verrekening=[hours(part, "voorinburgering")], leerroute=route, doelgroep="asielstatushouder")

    assert found["redenen"] == ["Uren in de voorinburgering tellen niet mee: geen regel noemt ze."]


def test_n_pip_10_hours_of_one_part_are_added_and_one_that_may_not_stops_all() -> None:
    both = [hours("lessen", "intake"), hours("lessen", "school", "2025-09-01", 100), hours("pvt", "intake", number=4)]
    found = asked(verrekening=both, leerroute="Z", doelgroep="asielstatushouder")
    assert (found["mag"], found["lessen"], found["pvt"], found["map"], found["meedoen"]) == (True, 110, 4, 0, 0)
    assert found["regels"][2] == "4 uur participatieverklaringstraject (PVT), tijdens de brede intake"

    refused = asked(verrekening=[*both, hours("map", "voorinburgering")], leerroute="Z", doelgroep="asielstatushouder")
    assert (refused["mag"], len(refused["redenen"])) == (False, 1)


def test_n_rou_13_hours_at_school_count_from_two_years_before_the_pip() -> None:
    assert may("lessen", "school", "Z", since="2024-03-02")
    assert not may("lessen", "school", "Z", since="2024-03-01")
    assert not may("lessen", "school", "Z"), "without a day nobody can tell"
    assert may("lessen", "school", "Z", since="2024-02-29", day="2026-02-28"), "from a leap day"
    assert not may("lessen", "school", "B1", since="2025-09-01")
    assert not may("meedoen", "school", "Z", since="2025-09-01")
    assert not may("lessen", "school", "Z", since="2022-09-01", day="2022-12-31"), "the rule came later"
    assert may("lessen", "school", "Z", since="2022-09-01", day="2023-01-01")


@pytest.mark.parametrize(
    ("exams", "wants", "able", "day", "expected"),
    [
        (["lezen"], True, True, "2022-01-03", True), (["lezen"], False, True, "2026-03-02", False),
        (["lezen"], True, False, "2026-03-02", False), (["KNM"], True, True, "2022-12-31", False),
        (["KNM"], True, True, "2023-01-01", True), (["lezen", "KNM"], True, True, "2022-12-31", False),
        ([], False, False, "2026-03-02", True), (None, None, None, "2026-03-02", True),
    ],
)  # fmt: skip
def test_n_rou_13_exams_in_the_z_route_only_if_wished_and_able(
    exams: list[str] | None, wants: bool | None, able: bool | None, day: str, expected: bool
) -> None:
    assert asked(day, leerroute="Z", zExamens=exams, zExamensWil=wants, zExamensKan=able)["mag"] is expected


@pytest.mark.parametrize(
    ("impairment", "rehabilitation", "lessons"),
    [
        ("auditief", True, 500), ("visueel", True, 500), ("auditief", False, None), ("visueel", None, None), ("geen", True, None),
        (None, True, None),
    ],
)  # fmt: skip
def test_n_rou_13_fewer_hours_only_for_an_impairment_with_rehabilitation(
    impairment: str | None, rehabilitation: bool | None, lessons: int | None
) -> None:
    found = asked(leerroute="Z", zUrenMinder=300, zBeperking=impairment, zRevalidatie=rehabilitation)

    assert (found["lesuren"], found["mag"]) == (lessons, lessons is not None)


def test_n_rou_13_with_fewer_hours_in_the_pip_the_route_is_done_sooner() -> None:
    def ready(followed: int, in_pip: int | None) -> bool:
        facts = {"leerroute": "Z", "gevolgdeUren": followed, "doelgroep": "gezinsmigrant", "participatieUren": None,
                 "examensGehaald": None, "zLesuren": in_pip}  # fmt: skip
        found: bool = READY.evaluate("Leerroute klaar", facts)["klaar"]
        return found

    assert (ready(499, 500), ready(500, 500), ready(799, None), ready(800, None)) == (False, True, False, True)


def test_n_pip_10_the_count_begins_with_the_hours_of_the_pip(law: Platform) -> None:
    case = Case(law, "2026-03-02", group="asielstatushouder", brpDatum="2026-01-20", instroomFase="pip", intakeOp="2026-02-10",
                lbtUitslag="B1-route niet haalbaar", leeftijd=40, onderwijswens=False, overgenomenUit="Oud systeem",
                overgenomenDoor="karin")  # fmt: skip
    counted = [hours("meedoen", "begeleiding", number=30), hours("pvt", "intake", number=4), hours("map", "intake", number=6),
               hours("lessen", "intake", number=20)]  # fmt: skip
    case.do("taak_pip_opstellen", **PLAN, verrekening=counted)
    task = next(t for t in law.tasks(state="CREATED", instance=case.key) if t.element_id == "taak_pip_ondertekenen")
    law.complete(task.key, {"pipAkkoord": True}, user="tom")
    law.run_due()
    case.message("duo.SS102", termijnEinde="2029-03-03")
    case.do("taak_aanbod_regelen", instelling="Voorbeeldschool", lesStart="2026-04-01")
    case.do("taak_pvt_plannen", pvtDatum="2026-03-02")
    case.do("taak_map_plannen", mapPlek="Bakkerij", mapStart="2026-03-02")

    open_tasks = law.tasks(state="CREATED", instance=case.key)
    with law.context.db.read() as unit, law.context.catalog.within(unit):
        shown = {t.element_id: dict(law.services.user_tasks.asked(unit, t).variables) for t in open_tasks}
    assert shown["taak_voortgangsgesprek"]["gevolgdeUren"] == 20
    assert shown["taak_voortgangsgesprek"]["participatieUren"] == 30
    assert shown["taak_pvt_ondertekenen"]["pvtGevolgdeUren"] == 4
    assert shown["taak_map_eindgesprek"]["mapUren"] == 6


def test_n_pip_10_the_letter_names_what_counts() -> None:
    words = text_of(PLAN | {"verrekendeUren": ["4 uur participatieverklaringstraject (PVT), tijdens de brede intake"]})
    assert "tellen mee. U hoeft ze niet nog een keer te doen. • 4 uur participatieverklaringstraject (PVT)" in words
    assert "tellen mee" not in text_of(PLAN)


def test_n_rou_13_the_letter_names_exams_and_hours() -> None:
    words = text_of(PLAN | {"zExamens": ["lezen", "KNM"], "zLesuren": 500})
    assert "lezen (A2), kennis van de Nederlandse maatschappij (KNM)" in words
    assert "ten minste 500 lesuren" in words
    assert "examen" not in text_of(PLAN)


def test_n_dat_02_the_impairment_is_for_the_klantmanager_and_in_no_letter() -> None:
    family = json.loads((resource_folder("processes") / "inburgering" / "gegevens.json").read_text(encoding="utf-8"))
    declared = {entry["name"]: (entry["category"], entry["roles"]) for entry in family}
    for name in ("zBeperking", "zRevalidatie", "zUrenMinder", "urenBepaald", "urenRedenen"):
        assert declared[name] == ("special", ["klantmanager"]), name
    said = letter_of(PLAN | {"zLesuren": 500})
    assert not {"zBeperking", "zRevalidatie"} & set(said)
    source = (resource_folder("processes") / "inburgering" / "inburgering.bpmn").read_text(encoding="utf-8")
    assert "zBeperking" not in source, "it stays in the making of the PIP"
    assert "zRevalidatie" not in source


def test_n_pip_10_who_signs_the_pip_sees_what_counts_and_not_why_there_are_fewer_lessons() -> None:
    form = json.loads((resource_folder("forms") / "pip-ondertekenen.form").read_text(encoding="utf-8"))
    shown = [part["text"] for part in form["components"] if part["type"] == "text"]
    for name in ("verrekendeUren", "zExamens", "zLesuren"):
        assert any(name in text for text in shown), name
    assert not [text for text in shown if "zBeperking" in text or "zRevalidatie" in text]
