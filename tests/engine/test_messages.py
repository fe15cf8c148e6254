"""Messages find the case that waits for them, once, also when they come first."""

from __future__ import annotations

import pytest
from diagrams import Diagram, loop, message_event

from engine.doing import deploy, do, element_key, open_tasks, troubles
from engine.drawing import SIGNAL, catch, handler, output, signal
from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.platform import Platform
from inburgering_flow.services import steps


def test_a_message_reaches_the_case_with_its_key_only(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().node("intermediateCatchEvent", "wait", body=message_event("m"))
        .user("a").end().path("start", "wait", "a", "end"),
    )  # fmt: skip
    one = platform.start("p", {"sleutel": "1"})
    two = platform.start("p", {"sleutel": "2"})

    platform.publish("partner.bericht", correlation_key="2", variables={"antwoord": "ja"})

    assert open_tasks(platform, one) == []
    assert open_tasks(platform, two) == ["a"]
    assert platform.instance(two).variables["antwoord"] == "ja"


def test_a_message_that_came_first_waits_for_its_case_and_reaches_it_once(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().user("first")
        .node("intermediateCatchEvent", "wait", body=message_event("m")).user("a").end()
        .path("start", "first", "wait", "a", "end"),
    )  # fmt: skip
    assert platform.publish("partner.bericht", correlation_key="7").instance_keys == ()
    key = platform.start("p", {"sleutel": "7"})
    other = platform.start("p", {"sleutel": "7"})

    do(platform, key, "first")
    do(platform, other, "first")

    assert open_tasks(platform, key) == ["a"]
    assert open_tasks(platform, other) == []


def test_a_message_past_its_time_to_live_reaches_nobody(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().node("intermediateCatchEvent", "wait", body=message_event("m"))
        .end().path("start", "wait", "end"),
    )  # fmt: skip
    platform.publish("partner.bericht", correlation_key="7")
    platform.clock.advance(hours=25)

    key = platform.start("p", {"sleutel": "7"})

    assert platform.instance(key).state == "ACTIVE"


def test_the_same_message_id_is_refused_the_second_time(platform: Platform) -> None:
    platform.publish("partner.bericht", correlation_key="7", message_id="abc")

    with pytest.raises(Conflict, match="published before"):
        platform.publish("partner.bericht", correlation_key="7", message_id="abc")


def test_correlating_a_message_for_nobody_says_so_and_keeps_nothing(platform: Platform) -> None:
    with pytest.raises(NotFound, match="Nothing waits"):
        platform.correlate("partner.bericht", correlation_key="7")


@pytest.mark.parametrize("place", ["border", "handler"])
def test_all_messages_that_came_first_reach_what_does_not_interrupt(platform: Platform, place: str) -> None:
    d = Diagram().message("m", "bericht").start().user("a").end().path("start", "a", "end")
    if place == "border":
        d.boundary("b", "a", message_event("m"), interrupting=False).user("h_taak").path("b", "h_taak")
    else:
        handler(d, "h", message_event("m"), interrupting=False)
    deploy(platform, d)
    for number in range(3):
        platform.publish("bericht", correlation_key="1", variables={"n": number})
    key = platform.start("p", {"sleutel": "1"})

    assert open_tasks(platform, key) == ["a", "h_taak", "h_taak", "h_taak"]
    assert platform.instance(key).variables["n"] == 2


def test_an_event_that_has_happened_takes_no_second_message_while_leaving_has_to_wait(platform: Platform) -> None:
    d = Diagram().message("m", "bericht").start()
    d.node("intermediateCatchEvent", "eerst", output("assert(x, x > 1)", "y"), message_event("m"))
    d.node("receiveTask", "dan", messageRef="m").user("a")
    deploy(platform, d.path("start", "eerst", "dan", "a"))
    key = platform.start("p", {"sleutel": "s"})
    platform.publish("bericht", correlation_key="s", variables={"x": 0})
    platform.publish("bericht", correlation_key="s", variables={"z": 5})
    assert len(troubles(platform, key)) == 1

    platform.services.processes.set_variables(key, {"x": 7}, scope_key=element_key(platform, key, "eerst"), local=True)
    platform.resolve_all(key)

    assert open_tasks(platform, key) == ["a"]
    assert platform.instance(key).variables == {"sleutel": "s", "y": 7, "z": 5}


def test_a_thrown_message_reaches_a_waiting_case_in_the_same_transaction(platform: Platform) -> None:
    waiting = (
        Diagram("wacht").message("m", "intern").start().node("intermediateCatchEvent", "w", body=message_event("m"))
        .user("na").end().path("start", "w", "na", "end")
    )  # fmt: skip
    throwing = (
        Diagram("gooi").message("m", "intern").start().node("intermediateThrowEvent", "t", body=message_event("m")).end()
        .path("start", "t", "end")
    )  # fmt: skip
    deploy(platform, waiting, throwing)
    key = platform.start("wacht", {"sleutel": "1"})

    platform.start("gooi", {"sleutel": "1"})

    assert open_tasks(platform, key) == ["na"]


def test_a_thrown_message_waits_for_who_comes_later(platform: Platform) -> None:
    waits = catch(Diagram("wacht").message("m", "bericht").start(), "c", message_event("m")).end().path("start", "c", "end")
    sends = Diagram("stuurt").message("m", "bericht").start().end("end", message_event("m")).path("start", "end")
    deploy(platform, waits, sends)
    platform.start("stuurt", {"sleutel": "1"})

    first, second = (platform.start("wacht", {"sleutel": "1"}) for _ in range(2))

    assert [platform.instance(k).state for k in (first, second)] == ["COMPLETED", "ACTIVE"]


def test_a_send_task_without_job_type_publishes_its_message(platform: Platform) -> None:
    waits = Diagram("wacht").message("m", "bericht").start().node("intermediateCatchEvent", "c", body=message_event("m")).end()
    sends = Diagram("stuurt").message("m", "bericht").start().node("sendTask", "s", messageRef="m").end()
    deploy(platform, waits.path("start", "c", "end"), sends.path("start", "s", "end"))
    key = platform.start("wacht", {"sleutel": "k"})
    platform.start("stuurt", {"sleutel": "k"})

    assert platform.instance(key).state == "COMPLETED"


def test_messages_that_start_each_other_for_ever_are_refused_and_many_that_do_not_are_all_delivered(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_GENERATIONS", 100)
    begun = Diagram("q").message("m", "bericht").start(body=message_event("m"))
    deploy(platform, begun.end("end", message_event("m")).path("start", "end"))
    with pytest.raises(Conflict, match="100 steps"):
        platform.publish("bericht")
    assert platform.instances("q") == []

    deploy(platform, Diagram("q").message("m", "bericht").start(body=message_event("m")).end().path("start", "end"))
    each = loop("for i in 1..120 return i", "i")
    sends = Diagram().message("m", "bericht", "= string(i)").start().node("sendTask", "t", body=each, messageRef="m").path("start", "t")
    deploy(platform, sends)
    platform.start("p")
    assert len(platform.instances("q", "COMPLETED")) == 120


def test_a_name_that_gives_no_text_is_an_incident_not_a_message_called_none(platform: Platform) -> None:
    d = signal(Diagram(), "= naam").start().node("intermediateThrowEvent", "t", body=SIGNAL).end().path("start", "t", "end")
    deploy(platform, d)
    key = platform.start("p")
    assert [i.element_id for i in platform.instance(key).incidents] == ["t"]
    assert "must give text, but gave null" in platform.instance(key).incidents[0].message

    platform.services.processes.set_variables(key, {"naam": "alarm"})
    platform.resolve_all(key)

    assert platform.instance(key).state == "COMPLETED"


@pytest.mark.parametrize(("value", "key"), [(1.0, "1"), (1.50, "1.5"), (100, "100"), (10**20, str(10**20))])
def test_a_number_is_one_correlation_key_however_it_is_written(platform: Platform, value: float, key: str) -> None:
    deploy(platform, catch(Diagram().message("m", "bericht").start(), "c", message_event("m")).end().path("start", "c", "end"))
    instance = platform.start("p", {"sleutel": value})

    platform.publish("bericht", correlation_key=key)

    assert platform.instance(instance).state == "COMPLETED"


def test_a_key_that_is_too_long_is_said_so_on_both_sides(platform: Platform) -> None:
    deploy(platform, catch(Diagram().message("m", "bericht").start(), "c", message_event("m")).end().path("start", "c", "end"))
    key = platform.start("p", {"sleutel": "x" * 256})

    assert "at most 255 characters" in platform.instance(key).incidents[0].message
    for ask in (platform.publish, platform.correlate):
        with pytest.raises(InvalidInput, match="at most 255"):
            ask("bericht", correlation_key="x" * 256)
