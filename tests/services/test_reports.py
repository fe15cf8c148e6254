"""Figures tell how many, never who: no small cell can be read or worked out."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from inburgering_flow.errors import Forbidden
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.reports import hide_small


def shown(counts: dict[str, int]) -> dict[str, int | None]:
    return {c.label: c.count for c in hide_small(counts)}


def test_cells_under_five_are_hidden_and_cannot_be_found_by_subtracting() -> None:
    assert shown({"a": 40, "b": 9, "c": 4}) == {"a": 40, "b": None, "c": None}
    assert shown({"a": 40, "b": 3, "c": 4}) == {"a": 40, "b": None, "c": None}
    assert shown({"a": 40, "b": 5, "c": 0}) == {"a": 40, "b": 5, "c": 0}
    assert shown({"a": 2}) == {"a": None}


def test_figures_count_cases_by_phase_and_by_end(platform: Platform) -> None:
    platform.deploy_content("kind.bpmn", Diagram("kind").start().user("vraag").end().path("start", "vraag", "end").xml())
    top = Diagram("top").start().call("fase", "kind").end("klaar").path("start", "fase", "klaar")
    platform.deploy_content("top.bpmn", top.xml())
    for _ in range(11):
        platform.start("top")
    for task in platform.tasks(state="CREATED")[:6]:
        platform.complete(task.key)

    figures = platform.reports.figures(SYSTEM)

    assert figures.active == 5
    assert [(c.label, c.count) for c in figures.phases] == [("fase", 5)]
    assert [(c.label, c.count) for c in figures.outcomes] == [("klaar", 6)]
    assert [(c.label, c.count) for c in figures.open_tasks] == [("kind", 5)]


def test_who_works_on_cases_does_not_see_the_figures(platform: Platform) -> None:
    with pytest.raises(Forbidden):
        platform.reports.figures(Actor("karin", ("klantmanager",)))
