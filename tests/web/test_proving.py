"""Bewijzen: a designer plays scenarios and finished cases; others do not."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from variants import ALL
from workbench import models

from inburgering_flow.errors import Busy
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.store import audit
from inburgering_flow.workbench import deployed
from inburgering_flow.workbench.scenarios import load
from web.conftest import Browser, said

Login = Callable[[str], Browser]
FOLDER = resource_folder("processes")


@pytest.fixture
def designer(law: Platform, as_user: Login) -> Browser:
    return as_user("piet")


def files(*given: tuple[str, str | bytes]) -> list[Any]:
    return [(io.BytesIO(text.encode() if isinstance(text, str) else text), name) for name, text in given]


def test_the_page_lists_processes_with_their_scenarios(designer: Browser) -> None:
    page = said(designer.get("/ontwerpen/bewijzen").text)

    assert "MAP: scenario’s spelen" in page or "scenario’s spelen" in page
    assert "Uw eigen scenario’s" in page


@pytest.mark.skipif(not ALL, reason="seconds of scenarios; the first hour of a designer in the browser plays its own")
def test_the_scenarios_of_a_process_are_played_and_what_they_walk_is_shown(designer: Browser) -> None:
    page = said(designer.post("/ontwerpen/bewijzen/spelen", {"proces": "map"}).text)

    assert "MAP: 39 uur praktijk is niet genoeg" in page
    assert "6 van 6 onderdelen" in page
    assert "data-marks=" in page
    assert "&#34;walked&#34;" in page


def test_a_scenario_that_is_sent_is_played_on_models_that_are_sent(designer: Browser) -> None:
    story = models.STORY.replace("einde: toegekend", "einde: afgewezen").replace("  processen: {onderzoek: {met: {gevonden: niets}}}\n", "")
    diagram = models.diagram().xml().replace('processId="onderzoek"', 'processId="map"')

    answer = designer.post(
        "/ontwerpen/bewijzen/spelen",
        {"bestanden": files(("aanvraag.bpmn", diagram), ("klein.dmn", models.table_file()), ("eigen.yaml", story.replace("werk: {", "processen: {map: {met: {gevonden: niets}}}\n  werk: {")))},
    )  # fmt: skip

    page = said(answer.text)
    assert "klopt niet" in page
    assert "Stap 3: verwacht" in page
    assert "einde afgewezen" in page
    assert "data-xml=" in page


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.yaml", "naam: [", "regel 2, kolom 1: dit is geen YAML"),
        ("a.yaml", "naam: x\nklock: 1\n", "Bedoelt u klok?"),
        ("a.docx", "x", "is geen scenario en geen model"),
        ("a.bpmn", "<x", "Er zijn geen scenario"),
    ],
)
def test_what_cannot_be_played_is_said(designer: Browser, name: str, text: str, sentence: str) -> None:
    answer = designer.post("/ontwerpen/bewijzen/spelen", {"bestanden": files((name, text))})

    assert answer.status_code == 422
    assert sentence in said(answer.text)


@pytest.mark.skipif(not ALL, reason="seconds of playing; tests/workbench/test_mutants.py shows what the page shows")
def test_what_nobody_notices_is_listed_and_marked(designer: Browser) -> None:
    page = said(designer.post("/ontwerpen/bewijzen/veranderen", {"proces": "map"}).text)

    assert "veranderingen geprobeerd, van de" in page
    assert "&#34;unnoticed&#34;" in page


@pytest.mark.skipif(not ALL, reason="seconds; tests/workbench/test_real_cases.py plays cases again")
def test_finished_cases_are_played_again_without_saying_whose_they_are(law: Platform, designer: Browser) -> None:
    story = load(FOLDER / "leerroute" / "scenarios" / "map-negenendertig-uur.yaml")
    steps = [step for step in story.content["stappen"] if "geweigerd" not in step]
    person = law.register_person(story.content["persoon"])
    key = law.start("map", {**story.content["gegevens"], "dossiernummer": "D-GEHEIM-1"}, person=person)
    law.run_due()
    for step in steps:
        if "taak" in step:
            task = law.tasks(state="CREATED", instance=key)[0]
            given = {name: str(law.clock.now().date()) if hasattr(value, "year") else value for name, value in step["met"].items()}
            law.complete(task.key, given, user="karin")
            law.run_due()
    assert law.instance(key).state == "COMPLETED"
    version = law.instance(key).process_definition_key

    page = said(designer.post(f"/ontwerpen/bewijzen/zaken/{version}", {"op": "eigen"}).text)

    assert "Zaak 1" in page
    assert "hetzelfde" in page
    assert "D-GEHEIM-1" not in page
    with law.context.db.read() as unit:
        assert audit.newest_of(unit, "case.replay") is not None


def test_nobody_else_comes_here(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")

    for path in ("/ontwerpen/bewijzen", "/ontwerpen/bewijzen/zaken/1"):
        assert karin.get(path).status_code == 403
    assert karin.post("/ontwerpen/bewijzen/spelen", {"proces": "map"}).status_code == 403


def test_one_plays_at_a_time() -> None:
    with deployed.one_at_a_time(), pytest.raises(Busy), deployed.one_at_a_time():
        pass
