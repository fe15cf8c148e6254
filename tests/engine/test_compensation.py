"""What was done is undone, in reverse order, and transactions are cancelled."""

from __future__ import annotations

import pytest
from diagrams import Diagram, loop

from engine.doing import deploy, do, finished, open_tasks, states, trail
from engine.drawing import CANCEL, COMPENSATE, standard, step, times, undone_by
from inburgering_flow.platform import Platform


def trace(name: str) -> str:
    return f'concatenate(if spoor = null then [] else spoor, ["{name}"])'


def undo(diagram: Diagram, activity: str) -> Diagram:
    """Give an activity a compensation handler that writes a line into ``spoor``."""
    diagram.boundary(f"{activity}_terug", activity, COMPENSATE)
    diagram.node("scriptTask", f"undo_{activity}", f'<zeebe:script expression="= {trace(activity)}" resultVariable="spoor"/>'
                 .replace('["', "[&quot;").replace('"])', "&quot;])"), isForCompensation="true")  # fmt: skip
    return diagram.add(f'<bpmn:association id="a_{activity}" sourceRef="{activity}_terug" targetRef="undo_{activity}"/>')


def test_compensation_undoes_in_reverse_order_and_then_goes_on(platform: Platform) -> None:
    d = Diagram().start().user("a").user("b").node("intermediateThrowEvent", "terug", body=COMPENSATE).user("na").end()
    undo(d, "a")
    undo(d, "b")
    deploy(platform, d.path("start", "a", "b", "terug", "na", "end"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "b")

    assert platform.instance(key).variables["spoor"] == ["b", "a"]
    do(platform, key, "na")
    assert finished(platform, key)


def test_compensation_of_one_activity_undoes_only_that(platform: Platform) -> None:
    body = '<bpmn:compensateEventDefinition activityRef="a"/>'
    d = Diagram().start().user("a").user("b").end("terug", body=body)
    undo(d, "a")
    undo(d, "b")
    deploy(platform, d.path("start", "a", "b", "terug"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "b")

    assert platform.instance(key).variables["spoor"] == ["a"]
    assert finished(platform, key)


def test_a_completed_sub_process_is_undone_from_inside(platform: Platform) -> None:
    inside = Diagram().start("s2").user("a").user("b").end("e2")
    undo(inside, "a")
    undo(inside, "b")
    d = Diagram().start().sub("sub", inside.path("s2", "a", "b", "e2")).user("tussen").end("terug", body=COMPENSATE)
    deploy(platform, d.path("start", "sub", "tussen", "terug"))
    key = platform.start("p", {"spoor": None})
    for name in ("a", "b", "tussen"):
        do(platform, key, name)

    assert platform.instance(key).variables["spoor"] == ["b", "a"]
    assert finished(platform, key)


def test_a_compensation_event_sub_process_undoes_its_sub_process(platform: Platform) -> None:
    handler = Diagram().start("s3", COMPENSATE).script("terugdraai", "waarde", "teruggedraaid").end("e3")
    handler.path("s3", "terugdraai", "e3")
    inside = Diagram().add('<bpmn:dataObject id="do" name="waarde"/>').start("s2").script("zet", "7", "waarde").end("e2")
    inside.path("s2", "zet", "e2").sub("terug_sub", handler, event=True)
    d = Diagram().start().sub("sub", inside).user("t").end("terug", COMPENSATE)
    deploy(platform, d.path("start", "sub", "t", "terug"))
    key = platform.start("p")
    do(platform, key, "t")

    assert platform.instance(key).variables == {"teruggedraaid": 7}
    assert finished(platform, key)


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


def test_a_cancelled_transaction_is_undone_and_left_by_its_cancel_event(platform: Platform) -> None:
    inside = Diagram().start("s2").user("a").end("annuleer", body="<bpmn:cancelEventDefinition/>").path("s2", "a", "annuleer")
    undo(inside, "a")
    d = Diagram().start().node("transaction", "tx", body="".join(inside.parts)).end("goed").user("geannuleerd").end()
    d.boundary("c", "tx", "<bpmn:cancelEventDefinition/>").path("start", "tx", "goed").path("c", "geannuleerd", "end")
    deploy(platform, d)
    key = platform.start("p", {"spoor": None})
    do(platform, key, "a")

    assert platform.instance(key).variables["spoor"] == ["a"]
    assert open_tasks(platform, key) == ["geannuleerd"]
    do(platform, key, "geannuleerd")
    assert finished(platform, key)
    assert "goed" not in states(platform, key)


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


@pytest.mark.parametrize("marker", [times("3"), times("3", sequential=True), standard("", 'loopMaximum="3"')])
@pytest.mark.parametrize("named", ["", ' activityRef="a"'])
def test_each_instance_of_a_repeated_task_is_undone_the_last_one_first(platform: Platform, marker: str, named: str) -> None:
    number = '<zeebe:ioMapping><zeebe:input source="= loopCounter" target="nummer"/></zeebe:ioMapping>'
    d = Diagram().start().user("a", number, marker).boundary("terug", "a", COMPENSATE)
    script = '<zeebe:script expression="= append(if weg = null then [] else weg, nummer)" resultVariable="weg"/>'
    d.node("scriptTask", "weg", script, isForCompensation="true")
    d.add('<bpmn:association id="bij" sourceRef="terug" targetRef="weg"/>')
    d.node("intermediateThrowEvent", "t", body=COMPENSATE.replace("/>", f"{named}/>")).user("na").path("start", "a", "t", "na")
    deploy(platform, d)
    key = platform.start("p")
    for _ in range(3):
        do(platform, key, "a")

    assert platform.instance(key).variables["weg"] == [3, 2, 1]
    assert open_tasks(platform, key) == ["na"]
