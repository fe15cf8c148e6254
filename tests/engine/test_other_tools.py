"""Diagrams as other modelers and engines write them: read as drawn, or refused in a sentence. Each was once done otherwise here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram

from engine.test_elements import deploy
from inburgering_flow.bpmn import rules
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform


def data_object(diagram: Diagram, id: str, name: str = "") -> Diagram:
    named = f' name="{name}"' if name else ""
    return diagram.add(f'<bpmn:dataObject id="{id}"{named}/><bpmn:dataObjectReference id="ref" dataObjectRef="{id}"/>')


# -- data ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["brief-2", "ID document [scanned]", "Naam (oud)", "Data Object", "if"])
def test_a_data_object_is_read_by_its_name_whatever_that_looks_like(platform: Platform, name: str) -> None:
    body = (
        '<bpmn:ioSpecification><bpmn:dataInput id="in" name="invoer"/></bpmn:ioSpecification><bpmn:dataInputAssociation>'
        "<bpmn:sourceRef>ref</bpmn:sourceRef><bpmn:targetRef>in</bpmn:targetRef></bpmn:dataInputAssociation>"
    )
    script = '<zeebe:script expression="= invoer" resultVariable="gelezen"/>'
    d = data_object(Diagram(), "d1", name).start().node("scriptTask", "t", script, body).end().path("start", "t", "end")
    deploy(platform, d)

    assert platform.instance(platform.start("p", {name: "hallo", "brief": 9})).variables["gelezen"] == "hallo"


def test_a_data_object_without_a_name_goes_by_its_id(platform: Platform) -> None:
    body = (
        '<bpmn:ioSpecification><bpmn:dataOutput id="out-1"/></bpmn:ioSpecification><bpmn:dataOutputAssociation>'
        "<bpmn:sourceRef>out-1</bpmn:sourceRef><bpmn:targetRef>ref</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    d = data_object(Diagram(), "sid-12CF").start().user("a", body=body).end().path("start", "a", "end")
    deploy(platform, d)
    key = platform.start("p")
    platform.complete(platform.tasks(instance=key)[0].key, {"out-1": "klaar"})

    assert platform.instance(key).variables["sid-12CF"] == "klaar"


def test_a_multi_instance_activity_reads_and_gathers_data_of_any_name(platform: Platform) -> None:
    body = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>ref</bpmn:loopDataInputRef>"
        '<bpmn:loopDataOutputRef>uit</bpmn:loopDataOutputRef><bpmn:inputDataItem id="item"/>'
        '<bpmn:outputDataItem id="o" name="uit-item"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    script = '<zeebe:script expression="= item * 2" resultVariable="uit-item"/>'
    d = data_object(Diagram(), "d1", "te doen (lijst)").add('<bpmn:dataObject id="uit" name="gedaan-lijst"/>')
    deploy(platform, d.start().node("scriptTask", "t", script, body).end().path("start", "t", "end"))

    assert platform.instance(platform.start("p", {"te doen (lijst)": [1, 2]})).variables["gedaan-lijst"] == [2, 4]


def test_a_shape_with_the_id_of_what_it_shows_is_not_taken_for_it(platform: Platform) -> None:
    body = "<bpmn:dataOutputAssociation><bpmn:sourceRef>uit</bpmn:sourceRef><bpmn:targetRef>ref</bpmn:targetRef></bpmn:dataOutputAssociation>"
    d = data_object(Diagram(), "d1", "besluit").add('<bpmn:dataObject id="uit"/>').start().user("a", body=body)
    shape = '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNShape id="ref" bpmnElement="ref"/></di:BPMNDiagram>'
    content = d.end().path("start", "a", "end").xml().replace("</bpmn:definitions>", f"{shape}</bpmn:definitions>")
    platform.deploy_content("p.bpmn", content)
    key = platform.start("p")
    platform.complete(platform.tasks(instance=key)[0].key, {"uit": "ja"})

    assert platform.instance(key).variables["besluit"] == "ja"


# -- attributes of other engines -----------------------------------------------------------------------------------------

ENGINES = [
    "http://camunda.org/schema/1.0/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
    "http://activiti.org/bpmn",
    "http://flowable.org/bpmn",
]


def written_for(namespace: str, diagram: Diagram) -> str:
    return diagram.xml().replace("<bpmn:definitions ", f'<bpmn:definitions xmlns:x="{namespace}" ', 1)


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


def findings_of(diagram: Diagram) -> list[tuple[str, str, str]]:
    content = written_for("http://camunda.org/schema/1.0/bpmn", diagram)
    return [(f.severity, f.rule, f.element_id) for f in rules.read(content.encode(), name="p.bpmn")[1]]


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
    ['<zeebe:formDefinition formKey="camunda-forms:bpmn:f"/>', '<zeebe:formDefinition externalReference="f"/>',
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


# -- timers --------------------------------------------------------------------------------------------------------------


def test_a_timer_that_says_several_moments_is_refused() -> None:
    both = "<bpmn:timeDate>2026-01-07T00:00:00Z</bpmn:timeDate><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    one = "<bpmn:timeDate/><bpmn:timeDuration>PT1H</bpmn:timeDuration>"

    def waiting(times: str) -> Diagram:
        body = f"<bpmn:timerEventDefinition>{times}</bpmn:timerEventDefinition>"
        return Diagram().start().node("intermediateCatchEvent", "c", body=body).path("start", "c")

    assert findings_of(waiting(both)) == [("error", "timer", "c")]
    assert findings_of(waiting(one)) == []


def test_a_cron_expression_may_leave_a_day_open(platform: Platform) -> None:
    body = "<bpmn:timerEventDefinition><bpmn:timeCycle>0 0/5 * * * ?</bpmn:timeCycle></bpmn:timerEventDefinition>"
    d = (
        Diagram()
        .start()
        .user("a")
        .boundary("b", "a", body, interrupting=False)
        .user("r")
        .path("start", "a")
        .path("b", "r")
    )
    deploy(platform, d)
    key = platform.start("p")
    platform.clock.advance(minutes=5)
    platform.run_due()

    assert [t.element_id for t in platform.tasks(instance=key)] == ["a", "r"]


# -- people --------------------------------------------------------------------------------------------------------------


def who(platform: Platform, roles: str, variables: dict[str, object] | None = None) -> tuple[object, ...]:
    """Return assignee, groups and users of a task with these resource roles."""
    d = Diagram().start().user("a", body=roles).end().path("start", "a", "end")
    d.definitions.append('<bpmn:resource id="r1" name="klantmanager"/><bpmn:resource id="r2" name="jurist"/>')
    deploy(platform, d)
    task = platform.tasks(instance=platform.start("p", variables or {}))[0]
    return task.assignee, task.candidate_groups, task.candidate_users


def expression(tag: str, text: str) -> str:
    return (
        f"<bpmn:{tag}><bpmn:resourceAssignmentExpression><bpmn:formalExpression>{text}</bpmn:formalExpression>"
        f"</bpmn:resourceAssignmentExpression></bpmn:{tag}>"
    )


def test_who_does_a_task_is_read_from_the_resource_roles_of_bpmn(platform: Platform) -> None:
    by_name = (
        "<bpmn:potentialOwner><bpmn:resourceRef>r1</bpmn:resourceRef></bpmn:potentialOwner>"
        "<bpmn:performer><bpmn:resourceRef>r2</bpmn:resourceRef></bpmn:performer>"
    )
    written = expression("potentialOwner", "user(anna), group(team), balie")

    assert who(platform, by_name) == (None, ("klantmanager", "jurist"), ())
    assert who(platform, written) == (None, ("team", "balie"), ("anna",))
    assert who(platform, expression("humanPerformer", "bert")) == ("bert", (), ())
    assert who(platform, expression("humanPerformer", "= baas"), {"baas": "cato"}) == ("cato", (), ())
    assert who(platform, expression("potentialOwner", "${teams}"), {"teams": ["a", "b"]}) == (None, ("a", "b"), ())


def test_the_assignment_of_the_dialect_goes_before_resource_roles(platform: Platform) -> None:
    d = (
        Diagram()
        .start()
        .user("a", '<zeebe:assignmentDefinition assignee="anna"/>', body=expression("humanPerformer", "bert"))
    )
    deploy(platform, d.end().path("start", "a", "end"))

    assert platform.tasks(instance=platform.start("p"))[0].assignee == "anna"


@pytest.mark.parametrize("role", ["humanPerformer", "performer", "potentialOwner", "resourceRole"])
def test_an_assignment_in_another_language_is_told_at_its_task(role: str) -> None:
    body = expression(role, "x").replace("<bpmn:formalExpression>", '<bpmn:formalExpression language="groovy">')
    body = body.replace(f"<bpmn:{role}>", f'<bpmn:{role} id="rol">').replace(
        "AssignmentExpression>", 'AssignmentExpression id="r">', 1
    )

    assert findings_of(Diagram().start().user("a", body=body).path("start", "a")) == [
        ("error", "expression-language", "a")
    ]


# -- refusals ------------------------------------------------------------------------------------------------------------


def test_an_event_that_may_not_stand_where_it_does_is_refused_with_those_that_may() -> None:
    inside = Diagram().node("startEvent", "es").user("x").path("es", "x")
    d = Diagram().start().user("a").path("start", "a").sub("h", inside, event=True)

    finding = rules.read(d.xml().encode(), name="p.bpmn")[1][0]

    assert (finding.rule, finding.element_id) == ("unsupported-event", "es")
    assert "start of an event sub-process" in finding.message
    assert "compensate, conditional, error, escalation, message, signal, timer" in finding.remedy
