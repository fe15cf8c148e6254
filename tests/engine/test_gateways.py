"""Gateways split and join: what goes on, what waits, and what is reported when nothing can."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, message_event, timer

from engine.doing import deploy, do, finished, history, leftovers, open_tasks, states, troubles
from engine.drawing import CANCEL
from inburgering_flow.platform import Platform


@pytest.mark.parametrize(("age", "expected"), [(20, "adult"), (3, "child")])
def test_an_exclusive_gateway_takes_the_first_flow_that_holds_or_the_default(
    platform: Platform, age: int, expected: str
) -> None:
    deploy(
        platform,
        Diagram().start().xor("g", "g_child").user("adult").user("child").end()
        .path("start", "g|age > 18", "adult", "end").path("g", "child", "end"),
    )  # fmt: skip

    key = platform.start("p", {"age": age})

    assert open_tasks(platform, key) == [expected]


def test_a_condition_without_truth_is_an_incident_that_names_the_cause_and_can_be_retried(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().xor("g", "g_b").user("a").user("b").end().path("start", "g|leeftijd > 18", "a", "end")
        .path("g", "b", "end"),
    )  # fmt: skip
    key = platform.start("p")
    incident = platform.instance(key).incidents[0]
    assert incident.error_type == "CONDITION_ERROR"
    assert "leeftijd (not set)" in incident.message
    assert platform.instance(key).has_incident

    platform.services.processes.set_variables(key, {"leeftijd": 30})
    platform.resolve(incident.key)

    assert open_tasks(platform, key) == ["a"]
    assert not platform.instance(key).has_incident


@pytest.mark.parametrize("gateway", ["exclusiveGateway", "inclusiveGateway"])
def test_a_gateway_behind_which_nothing_holds_says_which_conditions_and_what_they_read(
    platform: Platform, gateway: str
) -> None:
    d = (
        Diagram()
        .start()
        .node(gateway, "g")
        .user("a")
        .user("b")
        .path("start", "g|leeftijd > 18", "a")
        .path("g|soort = 2", "b")
    )
    deploy(platform, d)
    key = platform.start("p", {"leeftijd": 3})

    [message] = troubles(platform, key)
    assert message.endswith(
        "The conditions are 'leeftijd > 18', 'soort = 2'. It reads leeftijd (number), soort (not set)."
    )


def test_a_parallel_join_waits_for_each_branch_also_over_a_restart(
    platform: Platform, open_platform: Callable[..., Platform]
) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").both("join").user("c").end()
        .path("start", "split", "a", "join", "c", "end").path("split", "b", "join"),
    )  # fmt: skip
    key = platform.start("p")
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b"]

    again = open_platform()
    do(again, key, "b")

    assert open_tasks(again, key) == ["c"]
    do(again, key, "c")
    assert again.instance(key).state == "COMPLETED"
    assert [e for e, _ in history(again, key)].count("join") == 1


def test_a_join_that_no_token_can_reach_is_an_incident_not_a_silent_end(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").xor("g", "g_end2").both("join").end().end("end2")
        .path("start", "split", "a", "join", "end").path("split", "b", "g|doorgaan", "join").path("g", "end2"),
    )  # fmt: skip
    key = platform.start("p")
    do(platform, key, "a")

    do(platform, key, "b", {"doorgaan": False})

    assert platform.instance(key).state == "ACTIVE"
    assert "waits for a token on g_join" in platform.instance(key).incidents[0].message


def test_tokens_that_wait_at_a_join_are_gone_when_an_event_sub_process_takes_over(platform: Platform) -> None:
    aside = Diagram().message("m", "stop").node("startEvent", "es", body=message_event("m")).user("u").end("ee")
    d = Diagram().start().both("g").user("a").user("b").both("j").end().sub("esp", aside.path("es", "u", "ee"), event=True)
    deploy(platform, d.path("start", "g", "a", "j", "end").path("g", "b", "j"))
    key = platform.start("p", {"sleutel": "k"})
    do(platform, key, "a")
    platform.correlate("stop", correlation_key="k")
    do(platform, key, "u")

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).incidents == ()


def test_an_inclusive_gateway_waits_for_exactly_the_branches_that_were_taken(platform: Platform) -> None:
    d = Diagram().start().node("inclusiveGateway", "g").user("a").user("b").user("c").node("inclusiveGateway", "j").user("na").end()
    d.path("start", "g|x > 1", "a", "j", "na", "end").path("g|x > 2", "b", "j").path("g|x > 3", "c", "j")
    deploy(platform, d)
    key = platform.start("p", {"x": 3})

    assert open_tasks(platform, key) == ["a", "b"]
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b"]
    do(platform, key, "b")
    assert open_tasks(platform, key) == ["na"]
    do(platform, key, "na")
    assert finished(platform, key)


def test_an_inclusive_join_goes_on_when_a_branch_ends_elsewhere(platform: Platform) -> None:
    d = Diagram().start().both("s").user("a").user("b").xor("x", "x_weg").end("weg").node("inclusiveGateway", "j").end()
    d.path("start", "s", "a", "j", "end").path("s", "b", "x|mee", "j").path("x", "weg")
    deploy(platform, d)
    key = platform.start("p", {"mee": False})
    do(platform, key, "a")
    assert states(platform, key).get("end") is None
    do(platform, key, "b")

    assert finished(platform, key)
    assert "end" in states(platform, key)


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


def test_a_complex_gateway_fires_at_its_condition_and_takes_late_tokens_away(platform: Platform) -> None:
    d = Diagram().start().both("s").user("a").user("b").user("c").user("na").end()
    d.node("complexGateway", "j", body="<bpmn:activationCondition>= activationCount &gt;= 2</bpmn:activationCondition>")
    d.path("start", "s", "a", "j", "na", "end").path("s", "b", "j").path("s", "c", "j")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b", "c"]
    do(platform, key, "b")
    assert open_tasks(platform, key) == ["c", "na"]
    do(platform, key, "c")
    do(platform, key, "na")

    assert finished(platform, key)
    assert [e for e, _ in history(platform, key)].count("na") == 1


def test_a_complex_gateway_in_a_loop_waits_in_each_round_for_whom_it_has_not_seen(platform: Platform) -> None:
    d = Diagram().start().xor("merge").both("s").user("a").user("b").user("c").user("na").xor("x", "x_end").end()
    d.node("complexGateway", "j", body="<bpmn:activationCondition>= activationCount &gt;= 2</bpmn:activationCondition>")
    d.path("start", "merge", "s", "a", "j", "na", "x|nog", "merge").path("s", "b", "j").path("s", "c", "j").path("x", "end")
    deploy(platform, d)
    key = platform.start("p")
    for task in ("a", "b", "c"):
        do(platform, key, task)
    do(platform, key, "na", {"nog": True})
    for task in ("b", "c"):
        do(platform, key, task)
    assert open_tasks(platform, key) == ["a", "na"]
    do(platform, key, "a")
    do(platform, key, "na", {"nog": False})

    assert finished(platform, key)


def test_the_first_event_behind_an_event_based_gateway_wins(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().node("eventBasedGateway", "g")
        .node("intermediateCatchEvent", "msg", body=message_event("m"))
        .node("intermediateCatchEvent", "late", body=timer("timeDuration", "P14D")).user("a").user("b").end()
        .path("start", "g", "msg", "a", "end").path("g", "late", "b", "end"),
    )  # fmt: skip
    by_message = platform.start("p", {"sleutel": "1"})
    by_timer = platform.start("p", {"sleutel": "2"})

    platform.publish("partner.bericht", correlation_key="1")
    platform.clock.advance(days=14)
    platform.run_due()

    assert open_tasks(platform, by_message) == ["a"]
    assert open_tasks(platform, by_timer) == ["b"]
    do(platform, by_message, "a")
    do(platform, by_timer, "b")
    assert leftovers(platform) == {}


def test_flows_without_an_id_are_counted_each_for_itself(platform: Platform) -> None:
    d = Diagram().start().node("inclusiveGateway", "splits").both("samen").user("a").path("start", "splits").path("samen", "a")
    for condition in ("true", "false"):
        told = f"<bpmn:conditionExpression>= {condition}</bpmn:conditionExpression>"
        d.add(f'<bpmn:sequenceFlow sourceRef="splits" targetRef="samen">{told}</bpmn:sequenceFlow>')
    deploy(platform, d)

    key = platform.start("p")

    assert open_tasks(platform, key) == []
    assert "samen" in troubles(platform, key)[0]
