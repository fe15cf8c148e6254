"""An activity is done several times: in a loop, one by one, or all at once."""

from __future__ import annotations

import pytest
from diagrams import Diagram, loop

from engine.doing import deploy, do, finished, history, open_tasks, trail
from engine.drawing import SIGNAL, signal, standard, step
from inburgering_flow.platform import Platform


@pytest.mark.parametrize(("attributes", "start", "rounds"), [('testBefore="true"', 3, 0), ("", 3, 1), ("", 0, 3)])
def test_a_standard_loop_tests_before_or_after(platform: Platform, attributes: str, start: int, rounds: int) -> None:
    body = f"<bpmn:standardLoopCharacteristics {attributes}><bpmn:loopCondition>= n &lt; 3</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    d = Diagram().start().end()
    d.node("scriptTask", "t", '<zeebe:script expression="= n + 1" resultVariable="n"/>', body)
    deploy(platform, d.path("start", "t", "end"))
    key = platform.start("p", {"n": start})

    assert platform.instance(key).variables["n"] == start + rounds
    assert finished(platform, key)


def test_a_standard_loop_stops_at_its_maximum(platform: Platform) -> None:
    d = Diagram().start().end()
    d.node("scriptTask", "t", '<zeebe:script expression="= n + 1" resultVariable="n"/>',
           '<bpmn:standardLoopCharacteristics loopMaximum="4"/>')  # fmt: skip
    deploy(platform, d.path("start", "t", "end"))

    assert platform.instance(platform.start("p", {"n": 0})).variables["n"] == 4


@pytest.mark.parametrize("attributes", ["", 'testBefore="true"'])
def test_a_loop_condition_sees_how_often_the_activity_has_been_done(platform: Platform, attributes: str) -> None:
    d = step(Diagram().start(), "a", body=standard("loopCounter &lt; 3", attributes)).path("start", "a")
    deploy(platform, d)

    assert trail(platform, platform.start("p")) == ["a", "a", "a"]


def test_a_parallel_multi_instance_collects_its_outputs_in_order(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a", body=loop("namen", "naam", output="antwoord", collect="antwoorden")).user("b").end()
        .path("start", "a", "b", "end"),
    )  # fmt: skip
    key = platform.start("p", {"namen": ["x", "y", "z"]})
    tasks = platform.tasks(state="CREATED", instance=key)

    for n in (2, 0, 1):
        platform.complete(tasks[n].key, {"antwoord": n}, user="anna")

    assert platform.instance(key).variables["antwoorden"] == [0, 1, 2]
    assert open_tasks(platform, key) == ["b"]


def test_a_sequential_multi_instance_goes_one_by_one_and_may_stop_early(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start()
        .user("a", body=loop("namen", "naam", sequential=True, until="numberOfCompletedInstances = 2")).user("b").end()
        .path("start", "a", "b", "end"),
    )  # fmt: skip
    key = platform.start("p", {"namen": ["x", "y", "z"]})

    do(platform, key, "a")
    assert open_tasks(platform, key) == ["a"]
    do(platform, key, "a")

    assert open_tasks(platform, key) == ["b"]


def test_an_empty_collection_passes_at_once(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a", body=loop("namen", "naam")).end().path("start", "a", "end"))

    key = platform.start("p", {"namen": []})

    assert platform.instance(key).state == "COMPLETED"


def test_a_cardinality_makes_so_many_instances(platform: Platform) -> None:
    body = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>= 3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    deploy(platform, Diagram().start().user("t", body=body).end().path("start", "t", "end"))
    key = platform.start("p")

    assert open_tasks(platform, key) == ["t", "t", "t"]


@pytest.mark.parametrize(("behavior", "heard"), [("None", 3), ("One", 1), ("All", 0)])
def test_a_multi_instance_activity_throws_as_its_behavior_says(platform: Platform, behavior: str, heard: int) -> None:
    body = (
        f'<bpmn:multiInstanceLoopCharacteristics behavior="{behavior}"><bpmn:loopCardinality>3</bpmn:loopCardinality>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    d = Diagram().start().user("t", body=body).end().end("e2")
    d.boundary("b", "t", "<bpmn:signalEventDefinition/>", interrupting=False)
    deploy(platform, d.path("start", "t", "end").path("b", "e2"))
    key = platform.start("p")
    for _ in range(3):
        do(platform, key, "t")

    assert [e for e, _ in history(platform, key)].count("e2") == heard
    assert finished(platform, key)


def test_a_complex_behavior_throws_where_its_condition_holds(platform: Platform) -> None:
    body = (
        '<bpmn:multiInstanceLoopCharacteristics behavior="Complex"><bpmn:loopCardinality>3</bpmn:loopCardinality>'
        '<bpmn:complexBehaviorDefinition id="cb"><bpmn:condition>= numberOfCompletedInstances = 2</bpmn:condition>'
        '<bpmn:event id="cbe"><bpmn:signalEventDefinition id="cbs" signalRef="s"/></bpmn:event>'
        "</bpmn:complexBehaviorDefinition></bpmn:multiInstanceLoopCharacteristics>"
    )
    d = signal(Diagram().start().user("t", body=body).end().end("e2")).boundary("b", "t", SIGNAL, interrupting=False)
    deploy(platform, d.path("start", "t", "end").path("b", "e2"))
    key = platform.start("p")
    counts = []
    for _ in range(3):
        do(platform, key, "t")
        counts.append([e for e, _ in history(platform, key)].count("e2"))

    assert counts == [0, 1, 1]


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


def test_what_one_instance_of_many_gives_is_its_own_and_null_where_it_gives_nothing(platform: Platform) -> None:
    each = loop("[1, 2, 3]", "i", output="r.som", collect="alle")
    deploy(platform, Diagram().start().user("a", body=each).end().path("start", "a", "end"))
    key = platform.start("p")
    tasks = sorted(t.key for t in platform.tasks(state="CREATED", instance=key))
    for task, given in zip(tasks, ({"r": {"som": 5}}, {}, {"r": {"som": 7}}), strict=True):
        platform.complete(task, given)

    assert platform.instance(key).variables == {"alle": [5, None, 7]}


def test_the_number_and_the_item_of_an_instance_can_be_collected(platform: Platform) -> None:
    d = Diagram().start().node("task", "a", body=loop("lijst", "item", output="loopCounter", collect="nummers"))
    d.node("task", "b", body=loop("lijst", "item", output="item.naam", collect="namen")).path("start", "a", "b")
    deploy(platform, d)
    key = platform.start("p", {"lijst": [{"naam": "x"}, {"naam": "y"}]})

    assert platform.instance(key).variables["nummers"] == [1, 2]
    assert platform.instance(key).variables["namen"] == ["x", "y"]
