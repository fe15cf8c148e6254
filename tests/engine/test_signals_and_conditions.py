"""Signals reach everything that waits, and conditions happen when they become true."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from engine.doing import deploy, do, finished, open_tasks, refusals, states
from engine.drawing import SIGNAL, catch, condition, signal
from inburgering_flow.platform import Platform

HEAD = "<bpmn:extensionElements>"
TAIL = "</bpmn:extensionElements>"


def test_a_signal_reaches_every_waiting_instance_and_starts_processes(platform: Platform) -> None:
    waits = signal(Diagram("wacht").start().node("intermediateCatchEvent", "c", body=SIGNAL).end().path("start", "c", "end"))
    starts = signal(Diagram("begint").start(body=SIGNAL).user("t").end().path("start", "t", "end"))
    throws = signal(Diagram("roept").start().end(body=SIGNAL).path("start", "end"))
    deploy(platform, waits, starts, throws)
    keys = [platform.start("wacht") for _ in range(120)]

    platform.start("roept")
    platform.run_due()

    assert {platform.instance(k).state for k in keys} == {"COMPLETED"}
    assert len(platform.instances("begint")) == 1


def test_a_signal_interrupts_its_own_sub_process_at_once(platform: Platform) -> None:
    inside = signal(Diagram().start("s2").node("intermediateThrowEvent", "t", body=SIGNAL).user("nooit").path("s2", "t", "nooit"))
    d = Diagram().start().sub("sub", inside).boundary("b", "sub", SIGNAL).user("opgevangen").end()
    deploy(platform, d.path("start", "sub").path("b", "opgevangen", "end"))
    key = platform.start("p")

    assert open_tasks(platform, key) == ["opgevangen"]
    assert "nooit" not in states(platform, key)


@pytest.mark.parametrize("order", [("werp", "vang"), ("vang", "werp")])
def test_a_signal_reaches_the_branch_beside_it_in_whatever_order_they_are_drawn(
    platform: Platform, order: tuple[str, str]
) -> None:
    d = Diagram().start().both("g").path("start", "g").user("na")
    d.node("intermediateThrowEvent", "werp", body=SIGNAL)
    d.node("intermediateCatchEvent", "vang", body=SIGNAL)
    d.definitions.append('<bpmn:signal id="s" name="alarm"/>')
    for branch in order:
        d.path("g", branch)
    deploy(platform, d.path("vang", "na"))

    assert open_tasks(platform, platform.start("p")) == ["na"]


def test_a_signal_from_outside_reaches_everybody_in_batches_and_is_not_kept(platform: Platform) -> None:
    waits = signal(Diagram("wacht").start().node("intermediateCatchEvent", "c", body=SIGNAL).end().path("start", "c", "end"))
    deploy(platform, waits)
    keys = [platform.start("wacht") for _ in range(230)]

    assert len(platform.broadcast("alarm", {"x": 1})) == 100
    platform.run_due()
    late = platform.start("wacht")

    assert {platform.instance(k).state for k in keys} == {"COMPLETED"}
    assert platform.instance(late).state == "ACTIVE"
    assert platform.instance(keys[-1]).variables == {"x": 1}


def test_a_condition_happens_when_it_becomes_true(platform: Platform) -> None:
    d = Diagram().start().both("s").user("a").node("intermediateCatchEvent", "c", body=condition("bedrag > 10")).user("na").end()
    deploy(platform, d.path("start", "s", "a").path("s", "c", "na", "end"))
    key = platform.start("p", {"bedrag": 1})
    assert open_tasks(platform, key) == ["a"]
    do(platform, key, "a", {"bedrag": 11})

    assert open_tasks(platform, key) == ["na"]
    do(platform, key, "na")
    assert finished(platform, key)


def test_a_non_interrupting_condition_must_be_false_before_it_happens_again(platform: Platform) -> None:
    d = Diagram().start().user("a").boundary("b", "a", condition("x > 1"), interrupting=False).user("extra").end().end("e2")
    deploy(platform, d.path("start", "a", "end").path("b", "extra", "e2"))
    key = platform.start("p", {"x": 0})
    for value in (2, 3, 0, 5):
        platform.services.processes.set_variables(key, {"x": value})

    assert open_tasks(platform, key) == ["a", "extra", "extra"]


def test_a_filter_says_which_changes_let_a_condition_be_looked_at(platform: Platform) -> None:
    only = '<zeebe:conditionalFilter variableNames="y" variableEvents="update"/>'
    event = f"<bpmn:conditionalEventDefinition>{HEAD}{only}{TAIL}<bpmn:condition>= x + y &gt; 9</bpmn:condition></bpmn:conditionalEventDefinition>"
    deploy(platform, catch(Diagram().start(), "c", event).end().path("start", "c", "end"))
    key = platform.start("p", {"x": 0})

    for variables in ({"y": 20}, {"x": 20}):  # made, not changed; not the variable that is asked for
        platform.services.processes.set_variables(key, variables)
        assert platform.instance(key).state == "ACTIVE"
    platform.services.processes.set_variables(key, {"y": 21})

    assert platform.instance(key).state == "COMPLETED"
    wrong = catch(Diagram("q").start(), "c", event.replace("update", "delete")).end().path("start", "c", "end")
    assert refusals(platform, wrong) == [("conditional-filter", "c")]
