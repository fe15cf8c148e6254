"""Flows, loops, joins and compensation as BPMN 2.0.2 has them in chapters 10 and 13, where our own tests had not looked."""

from __future__ import annotations

import pytest
from diagrams import Diagram, loop, timer

from engine.test_elements import deploy, do, leftovers, open_tasks
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource

COMPENSATE = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
SIGNAL = '<bpmn:signalEventDefinition signalRef="{}"/>'
LINK = '<bpmn:linkEventDefinition name="verder"/>'


def step(diagram: Diagram, *names: str, body: str = "", **attributes: str) -> Diagram:
    """Draw script tasks that write their names into ``spoor``."""
    for name in names:
        text = f"= append(if spoor = null then [] else spoor, &quot;{name}&quot;)"
        diagram.node(
            "scriptTask", name, f'<zeebe:script expression="{text}" resultVariable="spoor"/>', body, **attributes
        )
    return diagram


def undone_by(diagram: Diagram, activity: str, handler: str) -> Diagram:
    """Give an activity a compensation handler that writes its name into ``spoor``."""
    diagram.boundary(f"{activity}_terug", activity, COMPENSATE)
    step(diagram, handler, isForCompensation="true")
    return diagram.add(f'<bpmn:association id="a_{activity}" sourceRef="{activity}_terug" targetRef="{handler}"/>')


def times(number: str, *, sequential: bool = False) -> str:
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopCardinality>{number}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )


def standard(condition: str = "", attributes: str = "") -> str:
    inner = f"<bpmn:loopCondition>= {condition}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics {attributes}>{inner}</bpmn:standardLoopCharacteristics>"


def trail(platform: Platform, key: int) -> list[str]:
    return list(platform.instance(key).variables.get("spoor", []))


def finished(platform: Platform, key: int) -> bool:
    return platform.instance(key).state == "COMPLETED" and leftovers(platform) == {}


def refusal(platform: Platform, diagram: Diagram) -> list[tuple[str, str]]:
    with pytest.raises(DeploymentRejected) as caught:
        deploy(platform, diagram)
    assert all(f.message and f.remedy for f in caught.value.findings)
    return [(f.element_id, f.rule) for f in caught.value.findings if f.severity == "error"]


# -- default flows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bedrag", "taken"), [(9, ["altijd", "hoog"]), (1, ["altijd", "laag"])])
def test_a_default_flow_stands_against_the_conditions_not_against_a_flow_without_one(
    platform: Platform, bedrag: int, taken: list[str]
) -> None:
    d = Diagram().start().node("task", "t", default="t_laag").path("start", "t")
    step(d, "hoog", "laag", "altijd").path("t|bedrag > 5", "hoog").path("t", "laag").path("t", "altijd")
    deploy(platform, d)
    key = platform.start("p", {"bedrag": bedrag})

    assert sorted(trail(platform, key)) == taken
    assert finished(platform, key)


# -- loops and multi-instance ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attributes", ["", 'testBefore="true"'])
def test_a_loop_condition_sees_how_often_the_activity_has_been_done(platform: Platform, attributes: str) -> None:
    d = step(Diagram().start(), "a", body=standard("loopCounter &lt; 3", attributes)).path("start", "a")
    deploy(platform, d)

    assert trail(platform, platform.start("p")) == ["a", "a", "a"]


@pytest.mark.parametrize(("until", "sequential"), [('item = "x"', False), ("loopCounter = 2", True), ("goed", False)])
def test_a_completion_condition_sees_what_the_instance_saw_that_has_just_completed(
    platform: Platform, until: str, sequential: bool
) -> None:
    d = Diagram().start().path("start", "t")
    mapping = '<zeebe:ioMapping><zeebe:input source="= item = &quot;x&quot;" target="goed"/></zeebe:ioMapping>'
    d.user("t", mapping, loop("lijst", "item", sequential=sequential, until=until))
    deploy(platform, d)
    key = platform.start("p", {"lijst": ["a", "x", "c"]})
    do(platform, key, "t")
    assert open_tasks(platform, key) == (["t"] if sequential else ["t", "t"])
    do(platform, key, "t")

    assert finished(platform, key)


def test_a_completion_condition_that_failed_is_asked_again_about_the_same_instance(platform: Platform) -> None:
    d = Diagram().start().user("t", body=loop("lijst", "item", sequential=True, until="item = grens and klaar"))
    deploy(platform, d.path("start", "t"))
    key = platform.start("p", {"lijst": ["x", "y"], "grens": "x"})
    do(platform, key, "t")
    assert [i.error_type for i in platform.instance(key).incidents] == ["CONDITION_ERROR"]
    platform.services.processes.set_variables(key, {"klaar": True})
    platform.resolve_all(key)

    assert finished(platform, key)


@pytest.mark.parametrize("sequential", [True, False])
def test_a_repeated_call_collects_what_each_called_process_gave(platform: Platform, sequential: bool) -> None:
    called = Diagram("q").start("qs").script("dubbel", "item * 2", "twee").path("qs", "dubbel")
    mapping = '<zeebe:ioMapping><zeebe:output source="= twee" target="uit"/></zeebe:ioMapping>'
    d = Diagram().start().path("start", "c")
    d.node("callActivity", "c", f'<zeebe:calledElement processId="q"/>{mapping}',
           loop("lijst", "item", sequential=sequential, output="uit", collect="alle"))  # fmt: skip
    deploy(platform, called)
    deploy(platform, d)
    key = platform.start("p", {"lijst": [1, 2, 3]})

    assert platform.instance(key).variables["alle"] == [2, 4, 6]


@pytest.mark.parametrize("sequential", [True, False])
def test_an_instance_without_a_result_does_not_give_that_of_another(platform: Platform, sequential: bool) -> None:
    d = Diagram().start().user("t", body=loop("[1, 2, 3]", "item", sequential=sequential, output="ok", collect="alle"))
    deploy(platform, d.path("start", "t"))
    key = platform.start("p")
    for result in ({"ok": "ja"}, {}, {"ok": "nee"}):
        platform.complete(platform.tasks(state="CREATED", instance=key)[0].key, result, user="anna")

    assert platform.instance(key).variables["alle"] == ["ja", None, "nee"]


def test_the_number_and_the_item_of_an_instance_can_be_collected(platform: Platform) -> None:
    d = Diagram().start().node("task", "a", body=loop("lijst", "item", output="loopCounter", collect="nummers"))
    d.node("task", "b", body=loop("lijst", "item", output="item.naam", collect="namen")).path("start", "a", "b")
    deploy(platform, d)
    key = platform.start("p", {"lijst": [{"naam": "x"}, {"naam": "y"}]})

    assert platform.instance(key).variables["nummers"] == [1, 2]
    assert platform.instance(key).variables["namen"] == ["x", "y"]


# -- joins -------------------------------------------------------------------------------------------------------------


def test_an_inclusive_join_goes_on_when_a_cancelled_transaction_leaves_nothing_that_could_come(platform: Platform) -> None:
    inside = Diagram().start("si").user("u").end("ei", CANCEL).path("si", "u", "ei")
    d = Diagram().start().both("g").user("a").add(f'<bpmn:transaction id="tx">{"".join(inside.parts)}</bpmn:transaction>')
    d.node("inclusiveGateway", "j").user("na").user("los").path("start", "g", "a", "j", "na").path("g", "tx", "j")
    deploy(platform, d.path("g", "los"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "u")

    assert open_tasks(platform, key) == ["los", "na"]


def test_inclusive_joins_that_wait_for_each_other_are_trouble_that_names_one(platform: Platform) -> None:
    d = Diagram().start().both("g").user("a").user("b").node("inclusiveGateway", "j1").node("inclusiveGateway", "j2")
    d.xor("x1", "x1_e").xor("x2", "x2_e").end("e").path("start", "g", "a", "j1", "x1", "e").path("g", "b", "j2", "x2", "e")
    deploy(platform, d.path("x1|false", "j2").path("x2|false", "j1"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "b")

    assert platform.instance(key).incidents[0].message.startswith("Inclusive gateway 'j1' waits for a token on x2_j1")


# -- events ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("werp", "vang"), ("vang", "werp")])
def test_a_signal_reaches_the_branch_beside_it_in_whatever_order_they_are_drawn(
    platform: Platform, order: tuple[str, str]
) -> None:
    d = Diagram().start().both("g").path("start", "g").user("na")
    d.node("intermediateThrowEvent", "werp", body=SIGNAL.format("s"))
    d.node("intermediateCatchEvent", "vang", body=SIGNAL.format("s"))
    d.definitions.append('<bpmn:signal id="s" name="alarm"/>')
    for branch in order:
        d.path("g", branch)
    deploy(platform, d.path("vang", "na"))

    assert open_tasks(platform, platform.start("p")) == ["na"]


def test_a_repeating_timer_fires_between_other_timers_also_when_the_clock_jumps(platform: Platform) -> None:
    d = Diagram().start().sub("s", Diagram().start("si").node("intermediateCatchEvent", "w", body=timer("timeDuration", "PT30S"))
                              .path("si", "w"))  # fmt: skip
    d.boundary("b", "s", timer("timeCycle", "R4/PT5S"), interrupting=False)
    deploy(platform, step(d, "tik", "na").path("start", "s", "na").path("b", "tik"))
    key = platform.start("p")
    platform.clock.advance(minutes=5)
    platform.run_due()

    assert trail(platform, key) == ["tik", "tik", "tik", "tik", "na"]
    assert finished(platform, key)


# -- compensation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", [times("2"), times("2", sequential=True), standard("", 'loopMaximum="2"')])
@pytest.mark.parametrize("named", ["", ' activityRef="s"'])
def test_each_round_of_a_repeated_sub_process_is_undone_from_inside(platform: Platform, marker: str, named: str) -> None:
    inside = step(Diagram().start("si"), "a", "b").path("si", "a", "b")
    undone_by(undone_by(inside, "a", "a_weg"), "b", "b_weg")
    d = Diagram().start().sub("s", inside, body=marker)
    d.node("intermediateThrowEvent", "t", body=COMPENSATE.replace("/>", f"{named}/>"))
    deploy(platform, step(d, "na").path("start", "s", "t", "na"))
    key = platform.start("p")

    assert trail(platform, key)[4:] == ["b_weg", "a_weg", "b_weg", "a_weg", "na"]
    assert finished(platform, key)


def test_undoing_a_repeated_sub_process_waits_for_people_and_leaves_its_results_alone(platform: Platform) -> None:
    inside = Diagram().start("si").user("a").path("si", "a").boundary("terug", "a", COMPENSATE)
    inside.user("a_weg", isForCompensation="true").add('<bpmn:association id="x" sourceRef="terug" targetRef="a_weg"/>')
    d = Diagram().start().sub("s", inside, body=loop("[7, 8]", "item", output="item", collect="alle"))
    d.node("intermediateThrowEvent", "t", body=COMPENSATE).user("na").path("start", "s", "t", "na")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["a_weg"]
    do(platform, key, "a_weg")
    assert open_tasks(platform, key) == ["a_weg"]
    do(platform, key, "a_weg")

    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables["alle"] == [7, 8]
    do(platform, key, "na")
    assert finished(platform, key)


def test_a_nested_repetition_is_undone_as_a_whole(platform: Platform) -> None:
    inside = undone_by(step(Diagram().start("si"), "a").path("si", "a"), "a", "a_weg")
    around = Diagram().start("sa").sub("s", inside, body=times("2")).path("sa", "s")
    d = Diagram().start().sub("om", around, body=times("2", sequential=True)).end("e", COMPENSATE)
    deploy(platform, d.path("start", "om", "e"))
    key = platform.start("p")

    assert trail(platform, key) == ["a"] * 4 + ["a_weg"] * 4
    assert finished(platform, key)


@pytest.mark.parametrize("marker", [times("2"), times("2", sequential=True), standard("", 'loopMaximum="2"')])
@pytest.mark.parametrize("caught", [True, False])
def test_a_repeated_transaction_that_is_cancelled_is_left_as_a_whole(
    platform: Platform, marker: str, caught: bool
) -> None:
    inside = undone_by(step(Diagram().start("si"), "a").user("u").end("ei", CANCEL), "a", "a_weg").path("si", "a", "u", "ei")
    d = Diagram().start().add(f'<bpmn:transaction id="tx">{marker}{"".join(inside.parts)}</bpmn:transaction>')
    step(d, "klaar", "geannuleerd").path("start", "tx", "klaar")
    if caught:
        d.boundary("b", "tx", CANCEL).path("b", "geannuleerd")
    deploy(platform, d if caught else d.path("klaar", "geannuleerd"))
    key = platform.start("p")
    do(platform, key, "u")

    assert [name for name in trail(platform, key) if name != "a"] == ["a_weg", *(["geannuleerd"] if caught else [])]
    assert finished(platform, key)


# -- what is refused ---------------------------------------------------------------------------------------------------


def plain() -> Diagram:
    return Diagram().start().user("a").end().path("start", "a", "end")


def test_an_element_must_not_have_the_id_of_its_process(platform: Platform) -> None:
    assert refusal(platform, Diagram().start().user("p").path("start", "p"))[0] == ("p", "duplicate-id")


def test_a_number_of_rounds_below_zero_and_two_markers_at_once_are_refused(platform: Platform) -> None:
    d = Diagram().start().user("a", body=times("-1")).user("b", body=standard("true", 'loopMaximum="-1"'))
    d.user("c", body=times("2") + standard("", 'loopMaximum="2"')).path("start", "a", "b", "c")

    assert refusal(platform, d) == [("a", "loop"), ("b", "loop"), ("c", "loop")]


def test_a_link_is_not_connected_by_flows_as_well(platform: Platform) -> None:
    d = Diagram().start().both("g").node("intermediateThrowEvent", "van", body=LINK).user("t")
    d.node("intermediateCatchEvent", "naar", body=LINK).path("start", "g", "van", "t").path("g", "naar", "t")

    assert refusal(platform, d) == [("van", "link-flow"), ("naar", "link-flow")]


def test_a_link_that_nothing_leads_to_is_refused(platform: Platform) -> None:
    d = plain().node("intermediateCatchEvent", "naar", body=LINK).path("naar", "a")

    assert refusal(platform, d) == [("naar", "link-target")]


def test_an_event_based_gateway_decides_by_events_alone_and_has_some(platform: Platform) -> None:
    d = Diagram().start().both("g").node("eventBasedGateway", "leeg").node("eventBasedGateway", "keuze").message("m", "m")
    d.node("intermediateCatchEvent", "tijd", body=timer("timeDuration", "PT1H")).node("receiveTask", "r", messageRef="m")
    d.boundary("b", "r", timer("timeDuration", "PT2H")).path("start", "g", "leeg").path("g", "keuze|x > 1", "tijd")
    d.path("keuze", "r")

    assert refusal(platform, d) == [("leeg", "event-gateway"), ("r", "event-gateway"), ("keuze_tijd", "condition")]


def test_an_ad_hoc_sub_process_has_no_end_event(platform: Platform) -> None:
    d = Diagram().start().add('<bpmn:adHocSubProcess id="v"><bpmn:task id="t"/><bpmn:endEvent id="e"/>'
                              '<bpmn:sequenceFlow id="f" sourceRef="t" targetRef="e"/></bpmn:adHocSubProcess>')  # fmt: skip

    assert refusal(platform, d.path("start", "v")) == [("e", "ad-hoc")]


def test_a_compensation_event_leads_to_one_handler_and_nowhere_else(platform: Platform) -> None:
    d = undone_by(plain(), "a", "weg").user("weg2", isForCompensation="true").path("a_terug", "end")
    d.add('<bpmn:association id="nog" sourceRef="a_terug" targetRef="weg2"/>')

    assert refusal(platform, d) == [("a_terug", "compensation-handler"), ("a_terug", "compensation-flow")]


def test_what_cannot_be_undone_is_not_named_for_compensation(platform: Platform) -> None:
    inside = undone_by(Diagram().start("si").user("i").path("si", "i"), "i", "i_weg")
    d = Diagram().start().user("a").sub("s", inside).path("start", "a", "s", "t1", "t2")
    for event, activity in (("t1", "a"), ("t2", "i")):
        d.node("intermediateThrowEvent", event, body=f'<bpmn:compensateEventDefinition activityRef="{activity}"/>')

    assert refusal(platform, d) == [("t1", "compensation-ref"), ("t2", "compensation-ref")]


def test_an_end_without_a_start_is_told_and_runs(platform: Platform) -> None:
    d = Diagram().user("a").end().path("a", "end")
    found = platform.services.deployments.check([Resource("p.bpmn", d.xml().encode())])
    assert [(f.element_id, f.rule, f.severity) for f in found] == [("end", "start-event", "warning")]
    deploy(platform, d)

    assert open_tasks(platform, platform.start("p")) == ["a"]


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

    assert refusal(platform, d) == [("f", "condition")]


def test_a_boolean_may_be_written_as_a_number(platform: Platform) -> None:
    d = Diagram().start().user("a").user("b").path("start", "a").path("t", "b")
    d.node("boundaryEvent", "t", body=timer("timeDuration", "PT1H"), attachedToRef="a", cancelActivity="0")
    platform.deploy_content("p.bpmn", d.xml().replace('isExecutable="true"', 'isExecutable="1"'))
    key = platform.start("p")
    platform.clock.advance(hours=2)
    platform.run_due()

    assert open_tasks(platform, key) == ["a", "b"]


@pytest.mark.parametrize("levels", [210, 1_000])
def test_a_diagram_that_is_nested_too_deep_is_refused_in_a_sentence(platform: Platform, levels: int) -> None:
    deep = '<bpmn:subProcess id="s{}">' * levels
    xml = Diagram().start().add(deep.format(*range(levels)) + "</bpmn:subProcess>" * levels).xml()
    with pytest.raises(DeploymentRejected) as caught:
        platform.deploy_content("p.bpmn", xml)

    assert [f.rule for f in caught.value.findings] == ["xml-too-deep"]
