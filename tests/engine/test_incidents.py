"""Trouble is an incident that says why, and a retry does what has not been done, once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, error_event, loop, message_event, timer
from invariants import assert_sound

from engine.doing import CLERK, actions, deploy, do, element_key, history, leftovers, open_tasks, troubles
from engine.drawing import output
from inburgering_flow.errors import Forbidden
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform


def definition_of(job_type: str, retries: str = "3") -> str:
    return f'<zeebe:taskDefinition type="{job_type}" retries="{retries}"/>'


@pytest.mark.parametrize(
    ("kind", "extension", "told"),
    [
        ("serviceTask", definition_of("= zaak.soort"), "'zaak.soort'"),
        ("serviceTask", definition_of("brief", "= zaak.soort"), "'zaak.soort'"),
        ("callActivity", '<zeebe:calledElement processId="= zaak.soort"/>', "'zaak.soort'"),
        ("businessRuleTask", '<zeebe:calledDecision decisionId="= zaak.soort" resultVariable="r"/>', "'zaak.soort'"),
        ("userTask", '<zeebe:userTask/><zeebe:assignmentDefinition assignee="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:taskSchedule dueDate="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:taskSchedule followUpDate="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:priorityDefinition priority="= zaak"/>', "'zaak'"),
    ],
)
def test_an_attribute_that_gives_something_else_is_told_with_its_expression_and_what_it_reads(
    platform: Platform, kind: str, extension: str, told: str
) -> None:
    deploy(platform, Diagram().start().node(kind, "a", extension).end().path("start", "a", "end"))
    key = platform.start("p", {"zaak": {"soort": "veel" if 'retries="= ' in extension else None}})

    [message] = troubles(platform, key)
    assert told in message
    assert "must give" in message
    assert "It reads zaak (context)." in message


def test_a_job_type_priority_or_assignee_that_is_none_is_an_incident(platform: Platform) -> None:
    d = Diagram().start().both("g").node("serviceTask", "w", '<zeebe:taskDefinition type="= soort"/>')
    d.user("t", '<zeebe:priorityDefinition priority="= 101"/>').user("u", '<zeebe:assignmentDefinition assignee="= [1]"/>')
    deploy(platform, d.path("start", "g", "w").path("g", "t").path("g", "u"))
    key = platform.start("p")

    assert sorted(i.element_id for i in platform.instance(key).incidents) == ["t", "u", "w"]
    assert history(platform, key)[0] == ("start", "COMPLETED")


def test_an_element_has_one_incident_however_often_it_is_tried(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a", output("assert(x, x > 1)", "y")).end().path("start", "a", "end"))
    key = platform.start("p")
    for wrong in (0, -1):
        do(platform, key, "a", {"x": wrong})
    assert len(troubles(platform, key)) == 1
    assert platform.instance(key).has_incident

    do(platform, key, "a", {"x": 2})
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_result_that_a_mapping_cannot_use_is_mended_where_it_stands(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a", output("assert(bedrag, bedrag > 1)", "som")).end().path("start", "a", "end"),
    )
    key = platform.start("p")
    do(platform, key, "a", {"bedrag": 0})

    scope = element_key(platform, key, "a")
    platform.services.processes.set_variables(key, {"bedrag": 7}, scope_key=scope, local=True)
    assert platform.resolve_all(key) == 1

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables == {"som": 7}


def test_an_output_of_a_repeated_activity_is_mended_in_its_instance(platform: Platform) -> None:
    body = loop("[1]", "i", output="assert(r, r > 0)", collect="alles")
    deploy(platform, Diagram().start().user("a", body=body).end().path("start", "a", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"r": 0})

    inside = element_key(platform, key, "a", 1)
    platform.services.processes.set_variables(key, {"r": 4}, scope_key=inside, local=True)
    platform.resolve_all(key)

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables["alles"] == [4]


def test_a_retry_behind_a_task_does_not_write_over_what_was_mended(platform: Platform) -> None:
    d = Diagram().start().user("a").user("b").user("c").end().path("start", "a|keuze > 1", "b", "end")
    deploy(platform, d.path("a|keuze > 5", "c", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"keuze": 0})
    assert len(troubles(platform, key)) == 1

    platform.services.processes.set_variables(key, {"keuze": 3})
    platform.resolve_all(key)

    assert open_tasks(platform, key) == ["b"]
    assert platform.instance(key).variables == {"keuze": 3}


def test_what_has_been_mapped_outwards_is_not_mapped_again_at_a_retry(platform: Platform) -> None:
    d = Diagram().start().user("a", output("bedrag", "keuze")).user("b").end().path("start", "a|keuze > 1", "b", "end")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a", {"bedrag": 0})

    platform.services.processes.set_variables(key, {"keuze": 3})
    platform.resolve_all(key)

    assert open_tasks(platform, key) == ["b"]


def test_listeners_that_have_agreed_are_not_asked_again_at_a_retry(open_platform: Callable[..., Platform]) -> None:
    asked = []
    platform = open_platform(handlers={"luisteraar": lambda job, work: asked.append(job.key)})
    listener = (
        '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="luisteraar"/></zeebe:taskListeners>'
    )
    deploy(
        platform,
        Diagram().start().user("a", listener + output("assert(x, x > 1)", "y")).end().path("start", "a", "end"),
    )
    key = platform.start("p")
    do(platform, key, "a", {"x": 0})
    platform.run_due()
    assert len(troubles(platform, key)) == len(asked) == 1

    platform.services.processes.set_variables(key, {"x": 2}, scope_key=element_key(platform, key, "a"), local=True)
    platform.resolve_all(key)
    platform.run_due()

    assert len(asked) == 1
    assert platform.instance(key).variables == {"y": 2}


def test_end_listeners_of_an_event_run_once_when_it_happens_twice(open_platform: Callable[..., Platform]) -> None:
    asked = []
    platform = open_platform(handlers={"luisteraar": lambda job, work: asked.append(job.key)})
    listener = '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="luisteraar"/></zeebe:executionListeners>'
    d = Diagram().message("m", "bericht").start().node("receiveTask", "c", listener, messageRef="m").user("a")
    deploy(platform, d.path("start", "c", "a"))
    key = platform.start("p", {"sleutel": "s"})
    for _number in range(2):
        platform.publish("bericht", correlation_key="s")
    platform.run_due()

    assert len(asked) == 1
    assert open_tasks(platform, key) == ["a"]


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


def test_all_incidents_of_a_case_and_what_it_called_are_resolved_at_once(platform: Platform) -> None:
    def choice(process_id: str) -> Diagram:
        return (
            Diagram(process_id).start().xor("g", "g_b").user("a").user("b").end()
            .path("start", "g|x > 1", "a", "end").path("g", "b", "end")
        )  # fmt: skip

    both = Diagram().start().both("s").call("c", "kind").xor("g", "g_b").user("a").user("b").end()
    both.path("start", "s", "c", "end").path("s", "g|x > 1", "a", "end").path("g", "b", "end")
    deploy(platform, choice("kind"), both)
    key, other = platform.start("p"), platform.start("p")
    platform.services.processes.set_variables(key, {"x": 2})
    platform.services.processes.set_variables(platform.instances("kind")[0].key, {"x": 2})

    assert platform.resolve_all(key) == 2

    assert open_tasks(platform, key) == ["a", "a"]
    assert not platform.instance(key).has_incident
    assert platform.instance(other).has_incident
    with pytest.raises(Forbidden):
        platform.services.incidents.resolve_all(key, CLERK)


def test_an_incident_that_another_one_ends_is_not_retried(platform: Platform) -> None:
    stop = "<bpmn:terminateEventDefinition/>"
    diagram = (
        Diagram().start().both("s").xor("g", "g_a").xor("h", "h_a").user("a").end("stop", stop).end()
        .path("start", "s", "g|x > 1", "stop").path("s", "h|x > 1", "end").path("g", "a", "end").path("h", "a")
    )  # fmt: skip
    deploy(platform, diagram)
    key = platform.start("p")
    platform.services.processes.set_variables(key, {"x": 2})

    assert platform.resolve_all(key) == 1

    assert platform.instance(key).state == "COMPLETED"
    assert actions(platform).count("incident.resolve") == 1
    assert leftovers(platform) == {}
