"""Figures tell how many, never who: no small cell can be read or derived."""

from __future__ import annotations

import re

import pytest
from diagrams import Diagram
from sqlalchemy import text

from inburgering_flow.errors import Forbidden
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.disclosure.counts import hide_small
from inburgering_flow.store import cases, figures
from inburgering_flow.store.dialects import SQLITE


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

    insight = platform.services.insight
    now = insight.now(SYSTEM)

    assert now.active == 5
    assert list(now.phases.rows) == [("fase", 5)]
    assert list(now.open.rows) == [("kind", 5)]
    assert list(insight.ends("top", insight.period("12", SYSTEM), SYSTEM).rows) == [("klaar", 6)]


def test_a_case_that_stands_still_is_still_there_in_figures_counts_and_on_the_board(platform: Platform) -> None:
    platform.deploy_content("kind.bpmn", Diagram("kind").start().user("vraag").end().path("start", "vraag", "end").xml())
    top = Diagram("top").start().call("fase", "kind").end("klaar").path("start", "fase", "klaar")
    platform.deploy_content("top.bpmn", top.xml())
    keys = [platform.start("top") for _ in range(8)]
    platform.suspend(keys[0])
    platform.suspend(keys[1])
    platform.cancel(keys[2])

    now = platform.services.insight.now(SYSTEM)
    assert now.active == 7
    assert list(now.phases.rows) == [("fase", 7)]
    board = platform.services.boards.board(SYSTEM)
    assert {row.key for row in platform.services.boards.cases(SYSTEM).page} == set(keys) - {keys[2]}
    assert [(phase.name, phase.cases) for phase in board.counts.phases] == [("fase", 7)]
    definition = next(d for d in platform.services.deployments.newest("process") if d.id == "top")
    with platform.context.db.read() as unit:
        assert cases.counts_by_element(unit, definition.key)[0] == {"fase": 7}


def test_counting_what_runs_reads_only_what_runs(platform: Platform) -> None:
    """However many cases have ended: the plan names an index of those that have not."""
    query = figures.running_query()
    with platform.context.db.read() as unit:
        if unit.dialect is not SQLITE:
            unit.connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN "
        compiled = query.compile(platform.context.db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(str(tuple(row)) for row in unit.connection.execute(text(explain + str(compiled))))

    assert re.search("ix_process_instance_(running|led_now|place)", plan), plan


def test_who_works_on_cases_does_not_see_the_figures(platform: Platform) -> None:
    with pytest.raises(Forbidden):
        platform.services.insight.now(Actor("karin", ("klantmanager",), table=ROLES))
