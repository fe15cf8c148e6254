"""What starts a process: nothing, a message, a timer, a task, or several events together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from diagrams import Diagram, message_event, timer

from engine.doing import deploy, do, finished, leftovers, open_tasks
from engine.drawing import SIGNAL, catch, signal, started_by_message
from inburgering_flow.errors import NotFound
from inburgering_flow.platform import Platform
from inburgering_flow.services import steps
from inburgering_flow.services.resources import Resource


def test_a_process_without_start_event_begins_at_what_no_flow_leads_to(platform: Platform) -> None:
    deploy(platform, Diagram().user("a").user("b").end().path("a", "end"))
    key = platform.start("p")

    assert open_tasks(platform, key) == ["a", "b"]


def test_an_end_without_a_start_is_told_and_runs(platform: Platform) -> None:
    d = Diagram().user("a", '<zeebe:assignmentDefinition assignee="anna"/>').end().path("a", "end")
    found = platform.services.deployments.check([Resource("p.bpmn", d.xml().encode())])
    assert [(f.element_id, f.rule, f.severity) for f in found] == [("end", "start-event", "warning")]
    deploy(platform, d)

    assert open_tasks(platform, platform.start("p")) == ["a"]


def test_a_receive_task_may_start_a_process(platform: Platform) -> None:
    d = Diagram().message("m", "begin").node("receiveTask", "r", messageRef="m", instantiate="true").user("t").end()
    deploy(platform, d.path("r", "t", "end"))
    platform.publish("begin", correlation_key="k", variables={"x": 1})

    assert [(i.state, platform.instance(i.key).variables) for i in platform.instances("p")] == [("ACTIVE", {"x": 1})]


def test_a_parallel_event_gateway_starts_and_needs_every_event(platform: Platform) -> None:
    d = Diagram().message("m1", "een", "= sleutel").message("m2", "twee", "= sleutel")
    d.node("eventBasedGateway", "g", instantiate="true", eventGatewayType="Parallel")
    d.node("intermediateCatchEvent", "c1", body=message_event("m1")).node("intermediateCatchEvent", "c2", body=message_event("m2"))
    deploy(platform, d.both("j").end().path("g", "c1", "j", "end").path("g", "c2", "j"))
    platform.publish("een", correlation_key="k", variables={"sleutel": "k"})
    key = platform.instances("p")[0].key
    assert platform.instance(key).state == "ACTIVE"
    platform.publish("twee", correlation_key="k")

    assert finished(platform, key)


def test_a_message_starts_a_process(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.nieuw").node("startEvent", "start", body=message_event("m")).user("a").end()
        .path("start", "a", "end"),
    )  # fmt: skip

    published = platform.publish("partner.nieuw", correlation_key="9", variables={"dossiernummer": "9"})

    assert open_tasks(platform, published.instance_keys[0]) == ["a"]
    assert platform.instance(published.instance_keys[0]).variables == {"dossiernummer": "9"}


def test_a_message_starts_one_instance_for_its_key_at_a_time(platform: Platform) -> None:
    deploy(platform, started_by_message())
    for number, key in enumerate(("k1", "k1", "k2", "k1", "", "")):
        platform.publish("bericht", correlation_key=key, variables={"n": number})

    def numbers() -> list[int]:
        return [platform.instance(i.key).variables["n"] for i in platform.instances("p")]

    assert numbers() == [0, 2, 4, 5]
    do(platform, platform.instances("p")[0].key, "a")
    assert numbers() == [0, 2, 4, 5, 1]
    platform.cancel(platform.instances("p")[-1].key)
    assert numbers() == [0, 2, 4, 5, 1, 3]
    with pytest.raises(NotFound):
        platform.correlate("bericht", correlation_key="k1")
    for instance in platform.instances("p", "ACTIVE"):
        do(platform, instance.key, "a")
    assert leftovers(platform) == {}


def test_a_message_past_its_time_to_live_starts_nothing_when_its_key_is_free_again(platform: Platform) -> None:
    deploy(platform, started_by_message())
    platform.publish("bericht", correlation_key="k")
    platform.publish("bericht", correlation_key="k", time_to_live=timedelta(minutes=1))
    platform.publish("bericht", correlation_key="k", time_to_live=timedelta(hours=9))
    platform.clock.advance(hours=1)

    do(platform, platform.instances("p")[0].key, "a")

    assert len(platform.instances("p")) == 2


def test_a_timer_start_event_starts_the_newest_version_as_often_as_it_says(platform: Platform) -> None:
    deploy(
        platform,
        Diagram()
        .node("startEvent", "start", body=timer("timeCycle", "R2/P1D"))
        .user("a")
        .end()
        .path("start", "a", "end"),
    )
    for _ in range(4):
        platform.clock.advance(days=1)
        platform.run_due()

    assert len(platform.instances("p")) == 2


def test_a_timer_start_that_is_refused_is_logged_and_what_is_due_behind_it_runs(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(steps, "MAX_GENERATIONS", 100)
    begun = Diagram("q").message("m", "bericht").start(body=message_event("m"))
    deploy(platform, begun.end("end", message_event("m")).path("start", "end"))
    sends = Diagram().message("m", "bericht").start(body=timer("timeDuration", "PT1H")).end("end", message_event("m"))
    deploy(platform, sends.path("start", "end"))
    waits = catch(Diagram("r").start(), "later", timer("timeDuration", "PT2H")).end().path("start", "later", "end")
    deploy(platform, waits)
    other = platform.start("r")
    platform.clock.advance(hours=3)
    platform.run_due()

    assert platform.instance(other).state == "COMPLETED"
    assert platform.instances("p") == []
    assert "START job" in caplog.text
    assert platform.next_due() is not None  # it is retried


def needs_several(*parts: str) -> Diagram:
    d = signal(Diagram().message("m", "bericht").message("n", "ander"))
    return d.node("startEvent", "start", body="".join(parts), parallelMultiple="true").user("t").end().path("start", "t", "end")


def test_a_start_event_that_needs_several_events_starts_when_all_have_happened(platform: Platform) -> None:
    due = timer("timeDate", "2026-02-01T00:00:00+01:00")
    true = "<bpmn:conditionalEventDefinition><bpmn:condition>= waar</bpmn:condition></bpmn:conditionalEventDefinition>"
    deploy(platform, needs_several(message_event("m"), SIGNAL, due, true))
    platform.publish("bericht", correlation_key="", variables={"a": 1})
    platform.publish("bericht", correlation_key="", variables={"a": 2})
    platform.broadcast("alarm", {"b": 3})
    platform.evaluate_conditionals({"waar": False})
    platform.clock.advance(weeks=9)
    platform.run_due()
    assert platform.instances() == []
    assert platform.next_due() is None
    assert platform.evaluate_conditionals({"waar": True, "c": 4}) != ()

    [case] = platform.instances()
    assert platform.instance(case.key).variables == {"a": 1, "b": 3, "waar": True, "c": 4}
    assert open_tasks(platform, case.key) == ["t"]
    platform.broadcast("alarm")
    platform.evaluate_conditionals({"waar": True})
    assert len(platform.instances()) == 1  # the moment comes once
    do(platform, case.key, "t")


def test_messages_that_start_a_process_together_have_one_correlation_key(platform: Platform) -> None:
    deploy(platform, needs_several(message_event("m"), message_event("n")))
    platform.publish("bericht", correlation_key="x", variables={"a": "x"})
    platform.publish("ander", correlation_key="y")
    assert platform.instances() == []
    platform.publish("ander", correlation_key="x", variables={"b": "x"})

    [case] = platform.instances()
    assert (case.business_key, platform.instance(case.key).variables) == ("x", {"a": "x", "b": "x"})
    platform.publish("bericht", correlation_key="y", variables={"a": "y"})
    assert len(platform.instances()) == 2


def test_a_message_that_is_kept_with_a_start_event_reaches_nobody_else_in_its_process(platform: Platform) -> None:
    d = needs_several(message_event("m"), SIGNAL).start("gewoon").user("u")
    deploy(platform, catch(d, "hoor", message_event("m")).path("gewoon", "hoor", "u"))
    platform.publish("bericht", correlation_key="k")
    platform.start("p", {"sleutel": "k"})

    assert platform.tasks(state="CREATED") == []


def test_what_had_happened_for_an_older_version_is_forgotten(platform: Platform) -> None:
    deploy(platform, needs_several(message_event("m"), SIGNAL))
    platform.publish("bericht", correlation_key="")
    deploy(platform, needs_several(message_event("n"), SIGNAL))
    platform.broadcast("alarm")
    assert platform.instances() == []
    platform.publish("ander", correlation_key="")

    assert [c.version for c in platform.instances()] == [2]
