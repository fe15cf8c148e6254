"""Entering an element again after trouble neither doubles nor loses what it waits for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, error_event, message_event, timer
from invariants import assert_sound

from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform


def test_a_retry_after_an_uncaught_error_opens_the_boundary_events_once(open_platform: Callable[..., Platform]) -> None:
    outcomes = [BpmnError("ONBEKEND", "nobody catches this"), None]

    def work(job: object, tools: object) -> dict[str, object]:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return {}

    platform = open_platform(handlers={"werk": work})
    diagram = (
        Diagram().message("m", "bericht").start().service("s", "werk").boundary("t", "s", timer("timeDuration", "P1D"))
        .boundary("b", "s", message_event("m"), interrupting=False).user("na").end().end("late")
        .path("start", "s", "na", "end").path("t", "late").path("b", "late")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p", {"sleutel": "1"})
    platform.run_due()
    assert_sound(platform)

    platform.resolve(platform.instance(key).incidents[0].key)

    assert_sound(platform)
    platform.run_due()
    assert [t.element_id for t in platform.tasks(state="CREATED", instance=key)] == ["na"]
    assert_sound(platform)


def test_a_timer_that_fired_while_its_element_was_stuck_ends_the_incident_too(
    open_platform: Callable[..., Platform],
) -> None:
    def work(job: object, tools: object) -> None:
        raise BpmnError("ONBEKEND", "nobody catches this")

    platform = open_platform(handlers={"werk": work})
    diagram = (
        Diagram().start().service("s", "werk").boundary("t", "s", timer("timeDuration", "P1D")).user("te_laat").end()
        .end("end2").path("start", "s", "end").path("t", "te_laat", "end2")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p")
    platform.run_due()

    platform.clock.advance(days=1)
    platform.run_due()

    assert [t.element_id for t in platform.tasks(state="CREATED", instance=key)] == ["te_laat"]
    assert not platform.instance(key).has_incident
    assert_sound(platform)


def test_a_result_that_cannot_be_mapped_leaves_the_rows_of_the_element_once(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    output = '<zeebe:ioMapping><zeebe:output source="= if nodig > 1 then 1 else assert(null, false)" target="uit"/></zeebe:ioMapping>'
    diagram = (
        Diagram().start().user("a", output).boundary("t", "a", timer("timeDuration", "P1D")).end().end("late")
        .path("start", "a", "end").path("t", "late")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p", {"nodig": 0})
    platform.complete(platform.tasks(state="CREATED")[0].key, {"x": 1}, user="anna")
    found = platform.instance(key).incidents
    assert_sound(platform)

    if found:
        platform.services.processes.set_variables(key, {"nodig": 2})
        platform.resolve(found[0].key)

    assert platform.instance(key).state == "COMPLETED"
    assert_sound(platform)


def test_an_uncaught_error_of_an_end_event_can_be_retried_and_stays_one_incident(platform: Platform) -> None:
    inside = Diagram().code("error", "e", "MIS").start("i").end("fout", error_event("e")).path("i", "fout")
    diagram = (
        Diagram().start().sub("sub", inside).boundary("t", "sub", timer("timeDuration", "P1D")).end().end("late")
        .path("start", "sub", "end").path("t", "late")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p")

    platform.resolve(platform.instance(key).incidents[0].key)

    assert [i.state for i in platform.instance(key).incidents] == ["RESOLVED", "ACTIVE"]
    assert_sound(platform)


@pytest.mark.parametrize("on", ["start", "end"])
def test_a_listener_that_threw_an_uncaught_error_is_asked_again_and_nothing_is_doubled(
    open_platform: Callable[..., Platform], on: str
) -> None:
    outcomes = [BpmnError("ONBEKEND", "nobody catches this"), None]

    def listen(job: object, tools: object) -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    platform = open_platform(handlers={"luister": listen})
    listener = (
        f'<zeebe:executionListeners><zeebe:executionListener eventType="{on}" type="luister"/></zeebe:executionListeners>'
    )
    diagram = (
        Diagram().start().user("a", listener).boundary("t", "a", timer("timeDuration", "P1D")).user("na").end().end("late")
        .path("start", "a", "na", "end").path("t", "late")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p")
    if on == "end":
        platform.complete(platform.tasks(state="CREATED")[0].key, {"antwoord": 1}, user="anna")
    platform.run_due()
    assert_sound(platform)

    platform.resolve(platform.instance(key).incidents[0].key)
    platform.run_due()
    assert_sound(platform)
    if on == "start":
        platform.complete(platform.tasks(state="CREATED")[0].key, {"antwoord": 1}, user="anna")

    assert [t.element_id for t in platform.tasks(state="CREATED", instance=key)] == ["na"]
    assert platform.instance(key).variables == {"antwoord": 1}
    assert outcomes == []
    assert_sound(platform)
