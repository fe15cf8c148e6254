"""What cannot run as it is drawn is refused at deployment, with its element and a sentence."""

from __future__ import annotations

import pytest
from diagrams import Diagram, error_event, message_event, timer

from engine.doing import deploy, refusals
from engine.drawing import CANCEL, COMPENSATE, SIGNAL, XML, catch, handler, signal, standard, throws, times, undone_by
from inburgering_flow.bpmn import rules
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource

CAMUNDA7 = "http://camunda.org/schema/1.0/bpmn"
LINK = '<bpmn:linkEventDefinition name="verder"/>'


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ('<bpmn:choreographyTask id="x"/>', "choreographyTask cannot be executed"),
        ('<bpmn:serviceTask id="x"/>', "no job type"),
        ('<bpmn:callActivity id="x"/>', "calls no process"),
        ('<bpmn:userTask id="a"/>', "More than one thing in the file has this id: userTask, userTask"),
    ],
)
def test_what_cannot_run_is_refused_with_element_and_remedy(platform: Platform, part: str, sentence: str) -> None:
    diagram = Diagram().start().user("a").end().path("start", "a", "end").add(part)

    with pytest.raises(DeploymentRejected, match=sentence) as caught:
        deploy(platform, diagram)

    assert all(f.remedy for f in caught.value.findings)
    assert platform.services.deployments.newest("process") == []


def refused(platform: Platform, diagram: Diagram) -> list[tuple[str, str]]:
    """Return element and rule of each error for which a diagram is refused; each has a sentence and a remedy."""
    with pytest.raises(DeploymentRejected) as caught:
        deploy(platform, diagram)
    assert all(f.message and f.remedy for f in caught.value.findings)
    return [(f.element_id, f.rule) for f in caught.value.findings if f.severity == "error"]


def test_an_element_must_not_have_the_id_of_its_process(platform: Platform) -> None:
    assert refused(platform, Diagram().start().user("p").path("start", "p"))[0] == ("p", "duplicate-id")


def test_a_number_of_rounds_below_zero_and_two_markers_at_once_are_refused(platform: Platform) -> None:
    d = Diagram().start().user("a", body=times("-1")).user("b", body=standard("true", 'loopMaximum="-1"'))
    d.user("c", body=times("2") + standard("", 'loopMaximum="2"')).path("start", "a", "b", "c")

    assert refused(platform, d) == [("a", "loop"), ("b", "loop"), ("c", "loop")]


def test_a_link_is_not_connected_by_flows_as_well(platform: Platform) -> None:
    d = Diagram().start().both("g").node("intermediateThrowEvent", "van", body=LINK).user("t")
    d.node("intermediateCatchEvent", "naar", body=LINK).path("start", "g", "van", "t").path("g", "naar", "t")

    assert refused(platform, d) == [("van", "link-flow"), ("naar", "link-flow")]


def plain() -> Diagram:
    return Diagram().start().user("a").end().path("start", "a", "end")


def test_a_link_that_nothing_leads_to_is_refused(platform: Platform) -> None:
    d = plain().node("intermediateCatchEvent", "naar", body=LINK).path("naar", "a")

    assert refused(platform, d) == [("naar", "link-target")]


def test_an_event_based_gateway_decides_by_events_alone_and_has_some(platform: Platform) -> None:
    d = Diagram().start().both("g").node("eventBasedGateway", "leeg").node("eventBasedGateway", "keuze").message("m", "m")
    d.node("intermediateCatchEvent", "tijd", body=timer("timeDuration", "PT1H")).node("receiveTask", "r", messageRef="m")
    d.boundary("b", "r", timer("timeDuration", "PT2H")).path("start", "g", "leeg").path("g", "keuze|x > 1", "tijd")
    d.path("keuze", "r")

    assert refused(platform, d) == [("leeg", "event-gateway"), ("r", "event-gateway"), ("keuze_tijd", "condition")]


def test_an_ad_hoc_sub_process_has_no_end_event(platform: Platform) -> None:
    d = Diagram().start().add('<bpmn:adHocSubProcess id="v"><bpmn:task id="t"/><bpmn:endEvent id="e"/>'
                              '<bpmn:sequenceFlow id="f" sourceRef="t" targetRef="e"/></bpmn:adHocSubProcess>')  # fmt: skip

    assert refused(platform, d.path("start", "v")) == [("e", "ad-hoc")]


def test_a_compensation_event_leads_to_one_handler_and_nowhere_else(platform: Platform) -> None:
    d = undone_by(plain(), "a", "weg").user("weg2", isForCompensation="true").path("a_terug", "end")
    d.add('<bpmn:association id="nog" sourceRef="a_terug" targetRef="weg2"/>')

    assert refused(platform, d) == [("a_terug", "compensation-handler"), ("a_terug", "compensation-flow")]


def test_what_cannot_be_undone_is_not_named_for_compensation(platform: Platform) -> None:
    inside = undone_by(Diagram().start("si").user("i").path("si", "i"), "i", "i_weg")
    d = Diagram().start().user("a").sub("s", inside).path("start", "a", "s", "t1", "t2")
    for event, activity in (("t1", "a"), ("t2", "i")):
        d.node("intermediateThrowEvent", event, body=f'<bpmn:compensateEventDefinition activityRef="{activity}"/>')

    assert refused(platform, d) == [("t1", "compensation-ref"), ("t2", "compensation-ref")]


def test_an_expression_or_script_in_another_language_is_told_not_read_as_feel(platform: Platform) -> None:
    d = Diagram().start().path("start", "a").user("b").add(
        '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="b">'
        '<bpmn:conditionExpression language="groovy">x</bpmn:conditionExpression></bpmn:sequenceFlow>')  # fmt: skip
    d.user("a", body=standard("x").replace("<bpmn:loopCondition", '<bpmn:loopCondition language="http://www.w3.org/1999/XPath"'))
    d.add('<bpmn:scriptTask id="s"><bpmn:script>print</bpmn:script></bpmn:scriptTask>').path("b", "s")

    found = platform.services.deployments.check([Resource("p.bpmn", d.xml().encode())])
    assert [(f.element_id, f.rule, f.severity) for f in found] == [
        ("f", "expression-language", "error"),
        ("a", "expression-language", "error"),
        ("s", "script-language", "warning"),
    ]


def test_an_empty_condition_is_refused(platform: Platform) -> None:
    d = Diagram().start().user("a").user("b").path("start", "a").add(
        '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="b"><bpmn:conditionExpression/></bpmn:sequenceFlow>')  # fmt: skip

    assert refused(platform, d) == [("f", "condition")]


@pytest.mark.parametrize("levels", [210, 1_000])
def test_a_diagram_that_is_nested_too_deep_is_refused_in_a_sentence(platform: Platform, levels: int) -> None:
    deep = '<bpmn:subProcess id="s{}">' * levels
    xml = Diagram().start().add(deep.format(*range(levels)) + "</bpmn:subProcess>" * levels).xml()
    with pytest.raises(DeploymentRejected) as caught:
        platform.deploy_content("p.bpmn", xml)

    assert [f.rule for f in caught.value.findings] == ["xml-too-deep"]


def test_ids_that_are_too_long_are_refused(platform: Platform) -> None:
    for old in ('"a"', '"p"'):
        with pytest.raises(DeploymentRejected, match="255"):
            platform.deploy_content("p.bpmn", XML.replace(old, f'"{"x" * 256}"'))


def test_a_link_without_target_is_refused(platform: Platform) -> None:
    d = Diagram().start().node("intermediateThrowEvent", "van", body='<bpmn:linkEventDefinition name="L"/>').path("start", "van")

    with pytest.raises(DeploymentRejected, match="catches 'L'"):
        deploy(platform, d)


def test_what_always_interrupts_is_refused_where_it_is_drawn_otherwise(platform: Platform) -> None:
    border = Diagram().code("error", "X", "X").start().sub("sub", throws("X"))
    border.boundary("b", "sub", error_event("X"), interrupting=False).end("e2").path("start", "sub").path("b", "e2")
    inside = handler(Diagram().start().user("a").path("start", "a"), "h", error_event(), interrupting=False)
    cancelled = Diagram().start("s1").end("e1", CANCEL).path("s1", "e1")
    transaction = Diagram().start().node("transaction", "t", body="".join(cancelled.parts))
    transaction.boundary("b", "t", CANCEL, interrupting=False).end("e2").path("start", "t").path("b", "e2")

    assert refusals(platform, border) == [("interrupting", "b")]
    assert refusals(platform, inside) == [("interrupting", "h_start")]
    assert refusals(platform, transaction) == [("interrupting", "b")]


@pytest.mark.parametrize("host", ["g", "c", "h"])
def test_a_boundary_event_stands_at_an_activity_only(platform: Platform, host: str) -> None:
    d = Diagram().message("m", "bericht").start().xor("g").path("start", "g", "c")
    handler(catch(d, "c", message_event("m")), "h", message_event("m"))
    d.boundary("b", host, timer("timeDuration", "PT1H")).end("e2").path("b", "e2")

    assert refusals(platform, d) == [("boundary-host", "b")]


def test_an_event_that_may_not_stand_where_it_does_is_refused_with_those_that_may() -> None:
    inside = Diagram().node("startEvent", "es").user("x").path("es", "x")
    d = Diagram().start().user("a").path("start", "a").sub("h", inside, event=True)

    finding = rules.read(d.xml().encode(), name="p.bpmn")[1][0]

    assert (finding.rule, finding.element_id) == ("unsupported-event", "es")
    assert "start of an event sub-process" in finding.message
    assert "compensate, conditional, error, escalation, message, signal, timer" in finding.remedy


def test_a_process_as_a_whole_is_not_compensated(platform: Platform) -> None:
    whole = handler(Diagram().start().user("a").path("start", "a"), "h", COMPENSATE)

    assert refusals(platform, whole) == [("compensation-start", "h_start")]


def test_an_element_with_the_id_of_a_signal_and_who_started_in_camunda_7_are_refused(platform: Platform) -> None:
    assert ("duplicate-id", "s") in refusals(platform, signal(Diagram()).start("s").user("a").path("s", "a"))
    begun = Diagram().add(f'<bpmn:startEvent id="start" xmlns:c="{CAMUNDA7}" c:initiator="wie"/>').user("a").path("start", "a")
    assert refusals(platform, begun) == [("camunda7-attribute", "start")]


@pytest.mark.parametrize(("kind", "value"), [("timeDuration", "morgen"), ("timeDate", "ooit"), ("timeCycle", "R3"), ("timeDuration", "PT")])
def test_a_written_timer_that_is_none_is_refused_wherever_it_stands(platform: Platform, kind: str, value: str) -> None:
    d = catch(Diagram().start(), "c", timer(kind, value)).user("a").boundary("b", "a", timer(kind, value), interrupting=False)
    handler(d.end("e2").path("start", "c", "a").path("b", "e2"), "h", timer(kind, value))

    assert refusals(platform, d) == [("timer", "c"), ("timer", "b"), ("timer", "h_start")]


@pytest.mark.parametrize("value", ["= x", "= 1 + 1", "= null"])
def test_a_start_that_cannot_be_said_without_variables_is_refused(platform: Platform, value: str) -> None:
    timed = Diagram().start(body=timer("timeCycle", value)).user("a").path("start", "a")
    named = signal(Diagram(), value).start(body=SIGNAL).user("a").path("start", "a")

    assert refusals(platform, timed) == [("start", "start")]
    assert refusals(platform, named) == [("start-name", "start")]


@pytest.mark.parametrize("code", ["X", ""])
def test_two_events_of_one_place_that_catch_the_same_are_refused(platform: Platform, code: str) -> None:
    d = Diagram().code("error", "X", "X").start().user("a").path("start", "a", "e1").end("e1").end("e2").end("e3")
    d.boundary("b", "a", error_event(code)).boundary("c", "a", error_event(code)).path("b", "e2").path("c", "e3")
    handler(handler(d, "h", error_event(code)), "g", error_event(code))

    assert refusals(platform, d) == [("caught-twice", "c"), ("caught-twice", "g_start")]


@pytest.mark.parametrize(
    ("kind", "extension", "rule"),
    [
        ("userTask", '<zeebe:userTask/><zeebe:priorityDefinition priority="101"/>', "priority"),
        ("businessRuleTask", '<zeebe:calledDecision decisionId="d" resultVariable="r" bindingType="versionTag"/>', "binding"),
        ("userTask", '<zeebe:userTask/><zeebe:taskSchedule dueDate="morgen"/>', "date"),
        ("serviceTask", f'<zeebe:taskDefinition type="w"/><c:errorEventDefinition xmlns:c="{CAMUNDA7}" id="x"/>', "camunda7-error"),
        ("sendTask", '<zeebe:publishMessage correlationKey="= x" messageId="= y"/>', "publish-message"),
    ],
)
def test_what_an_extension_asks_and_is_not_done_is_refused(platform: Platform, kind: str, extension: str, rule: str) -> None:
    d = Diagram().message("m", "bericht").start()
    d.node(kind, "t", extension, **({"messageRef": "m"} if kind == "sendTask" else {})).end().path("start", "t", "end")

    assert refusals(platform, d) == [(rule, "t")]
