"""Diagrams as other modelers and engines write them: read as drawn, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, timer

from engine.doing import deploy, open_tasks
from engine.drawing import findings_of, written_for
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform

ENGINES = [
    "http://camunda.org/schema/1.0/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
    "http://activiti.org/bpmn",
    "http://flowable.org/bpmn",
]


@pytest.mark.parametrize("namespace", ENGINES)
def test_who_does_a_task_is_read_from_every_engine_of_that_family(platform: Platform, namespace: str) -> None:
    loop = '<bpmn:multiInstanceLoopCharacteristics x:collection="${dossiers}" x:elementVariable="dossier"/>'
    d = Diagram().start().node("userTask", "a", body=loop, **{"x:assignee": "${dossier}", "x:candidateGroups": "team"})
    platform.deploy_content("p.bpmn", written_for(namespace, d.end().path("start", "a", "end")))
    tasks = platform.tasks(instance=platform.start("p", {"dossiers": ["anna", "bert"]}))

    assert [(t.assignee, t.candidate_groups) for t in tasks] == [("anna", ("team",)), ("bert", ("team",))]


@pytest.mark.parametrize("namespace", ENGINES)
def test_what_would_run_code_in_such_an_engine_is_refused(platform: Platform, namespace: str) -> None:
    d = Diagram().start().user("a", '<x:taskListener event="create" class="org.X"/>').end().path("start", "a", "end")

    with pytest.raises(DeploymentRejected) as caught:
        platform.deploy_content("p.bpmn", written_for(namespace, d))

    assert [(f.rule, f.element_id) for f in caught.value.findings] == [("camunda7-code", "a")]


def test_a_message_that_a_worker_sends_is_a_job_also_where_its_event_definition_says_so(
    open_platform: Callable[..., Platform],
) -> None:
    sent: list[str] = []
    platform = open_platform(handlers={"post": lambda job, work: sent.append(job.element_id) or {}})
    d = Diagram().message("m", "antwoord").start().end()
    d.node(
        "intermediateThrowEvent",
        "th",
        body='<bpmn:messageEventDefinition messageRef="m" x:type="external" x:topic="post"/>',
    )
    platform.deploy_content("p.bpmn", written_for(ENGINES[0], d.path("start", "th", "end")))
    key = platform.start("p")
    platform.run_due()

    assert sent == ["th"]
    assert platform.instance(key).state == "COMPLETED"


def test_code_of_an_event_definition_or_of_a_call_is_refused() -> None:
    event = (
        Diagram()
        .message("m", "antwoord")
        .start()
        .end("e", '<bpmn:messageEventDefinition messageRef="m" x:class="org.X"/>')
    )
    call = Diagram().start().node("callActivity", "c", calledElement="kind", **{"x:variableMappingClass": "org.X"})

    assert findings_of(event.path("start", "e")) == [("error", "camunda7-code", "e")]
    assert findings_of(call.path("start", "c")) == [("error", "camunda7-code", "c")]


def test_a_call_is_bound_as_camunda_7_says_or_refused(platform: Platform) -> None:
    def main(**binding: str) -> Diagram:
        return (
            Diagram("main")
            .start()
            .node("callActivity", "c", calledElement="kind", **binding)
            .end()
            .path("start", "c", "end")
        )

    tagged = (
        Diagram("kind")
        .start()
        .user("oud")
        .path("start", "oud")
        .xml()
        .replace("isExecutable", 'x:versionTag="v1" isExecutable')
    )
    platform.deploy_content("k.bpmn", tagged.replace("xmlns:zeebe", f'xmlns:x="{ENGINES[0]}" xmlns:zeebe'))
    deploy(platform, Diagram("kind").start().user("nieuw").path("start", "nieuw"))
    bound = main(**{"x:calledElementBinding": "versionTag", "x:calledElementVersionTag": "v1"})
    platform.deploy_content("m.bpmn", written_for(ENGINES[0], bound))
    key = platform.start("main")

    assert [t.element_id for t in platform.tasks(instance=key)] == ["oud"]
    assert findings_of(main(**{"x:calledElementBinding": "version", "x:calledElementVersion": "1"})) == [
        ("error", "binding", "c")
    ]


@pytest.mark.parametrize("part", ["loopDataInputRef", "loopDataOutputRef"])
def test_data_that_a_repeated_activity_names_and_the_file_does_not_hold_is_told(part: str) -> None:
    body = f"<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality><bpmn:{part}>lijst</bpmn:{part}>"
    d = Diagram().start().user("a", body=f"{body}</bpmn:multiInstanceLoopCharacteristics>").path("start", "a")

    assert findings_of(d) == [("error", "loop-data", "a")]


@pytest.mark.parametrize(
    ("attribute", "value", "refused"),
    [("terminateAll", "true", True), ("terminateMultiInstance", "true", True), ("terminateAll", "false", False)],
)
def test_a_terminate_event_that_would_end_more_than_its_scope_is_refused(
    attribute: str, value: str, refused: bool
) -> None:
    d = Diagram().start().end("e", f'<bpmn:terminateEventDefinition x:{attribute}="{value}"/>').path("start", "e")

    assert findings_of(d) == ([("error", "camunda7-attribute", "e")] if refused else [])


def test_a_task_that_would_be_skipped_is_refused() -> None:
    d = Diagram().start().node("userTask", "a", **{"x:skipExpression": "${klaar}"}).path("start", "a")

    assert findings_of(d) == [("error", "camunda7-attribute", "a")]


@pytest.mark.parametrize(
    "extension",
    ['<zeebe:formDefinition formKey="embedded:app:f.html"/>', '<zeebe:formDefinition externalReference="f"/>',
     '<x:formData><x:formField id="a" type="string"/></x:formData>', '<x:formProperty id="a" type="string"/>'],
)  # fmt: skip
def test_a_form_that_is_not_a_deployed_one_is_told(extension: str) -> None:
    assert findings_of(Diagram().start().user("a", extension).path("start", "a")) == [("warning", "other-form", "a")]


def test_a_form_of_camunda_7_that_is_not_a_deployed_one_is_told() -> None:
    d = Diagram().start().node("userTask", "a", **{"x:formKey": "embedded:app:f.html"}).path("start", "a")

    assert findings_of(d) == [("warning", "other-form", "a")]


def signalling(payload: str) -> Diagram:
    d = Diagram().start().end()
    d.definitions.append('<bpmn:signal id="s" name="sein"/>')
    inside = f"<bpmn:extensionElements>{payload}</bpmn:extensionElements>"
    d.node(
        "intermediateThrowEvent",
        "th",
        body=f'<bpmn:signalEventDefinition signalRef="s">{inside}</bpmn:signalEventDefinition>',
    )
    return d.path("start", "th", "end")


def test_a_signal_of_camunda_7_hands_over_what_it_names(platform: Platform) -> None:
    heard = (
        Diagram("q")
        .node("startEvent", "start", body='<bpmn:signalEventDefinition signalRef="s"/>')
        .user("a")
        .path("start", "a")
    )
    heard.definitions.append('<bpmn:signal id="s" name="sein"/>')
    deploy(platform, heard)
    platform.deploy_content("p.bpmn", written_for(ENGINES[0], signalling('<x:in source="bedrag" target="som"/>')))
    platform.start("p", {"bedrag": 7})
    platform.run_due()

    assert [platform.instance(i.key).variables for i in platform.instances("q")] == [{"som": 7}]
    assert findings_of(signalling('<x:in variables="all"/>')) == [("error", "camunda7-payload", "th")]


def test_a_timer_that_says_several_moments_is_refused() -> None:
    both = "<bpmn:timeDate>2026-01-07T00:00:00Z</bpmn:timeDate><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    one = "<bpmn:timeDate/><bpmn:timeDuration>PT1H</bpmn:timeDuration>"

    def waiting(times: str) -> Diagram:
        body = f"<bpmn:timerEventDefinition>{times}</bpmn:timerEventDefinition>"
        return Diagram().start().node("intermediateCatchEvent", "c", body=body).path("start", "c")

    assert findings_of(waiting(both)) == [("error", "timer", "c")]
    assert findings_of(waiting(one)) == []


def test_a_camunda_7_condition_that_only_compares_is_read_as_feel(platform: Platform) -> None:
    d = Diagram().start().xor("g", "g_b").user("a").user("b").end()
    d.add('<bpmn:sequenceFlow id="g_a" sourceRef="g" targetRef="a"><bpmn:conditionExpression>${bedrag &gt; 10 &amp;&amp; !klaar}'
          "</bpmn:conditionExpression></bpmn:sequenceFlow>")  # fmt: skip
    deploy(platform, d.path("start", "g", "b", "end").path("a", "end"))

    assert open_tasks(platform, platform.start("p", {"bedrag": 11, "klaar": False})) == ["a"]


def test_a_camunda_7_expression_that_calls_code_is_refused(platform: Platform) -> None:
    d = Diagram().start().user("a").end()
    d.add('<bpmn:sequenceFlow id="f" sourceRef="start" targetRef="a"><bpmn:conditionExpression>${bean.doe()}'
          "</bpmn:conditionExpression></bpmn:sequenceFlow>")  # fmt: skip

    with pytest.raises(DeploymentRejected, match="Camunda 7 expression"):
        deploy(platform, d.path("a", "end"))


def test_a_boolean_may_be_written_as_a_number(platform: Platform) -> None:
    d = Diagram().start().user("a").user("b").path("start", "a").path("t", "b")
    d.node("boundaryEvent", "t", body=timer("timeDuration", "PT1H"), attachedToRef="a", cancelActivity="0")
    platform.deploy_content("p.bpmn", d.xml().replace('isExecutable="true"', 'isExecutable="1"'))
    key = platform.start("p")
    platform.clock.advance(hours=2)
    platform.run_due()

    assert open_tasks(platform, key) == ["a", "b"]
