"""Sub-processes are scopes: what begins, runs and ends in them, and the event sub-processes alongside."""

from __future__ import annotations

from diagrams import Diagram, message_event

from engine.doing import deploy, do, history, leftovers, open_tasks
from engine.drawing import handler, started_by_message
from inburgering_flow.platform import Platform


def test_an_embedded_sub_process_is_a_scope(platform: Platform) -> None:
    inside = Diagram().start("s1").user("a").end("e1").path("s1", "a", "e1")
    mapping = '<zeebe:ioMapping><zeebe:input source="= x + 1" target="lokaal"/></zeebe:ioMapping>'
    deploy(platform, Diagram().start().sub("sub", inside, extension=mapping).user("b").end()
           .path("start", "sub", "b", "end"))  # fmt: skip
    key = platform.start("p", {"x": 1})

    do(platform, key, "a", {"lokaal": 5, "buiten": 6})

    assert open_tasks(platform, key) == ["b"]
    assert platform.instance(key).variables == {"x": 1, "buiten": 6}


def test_an_interrupting_event_sub_process_ends_everything_else_in_its_scope(platform: Platform) -> None:
    inside = (
        Diagram()
        .node("startEvent", "es", body=message_event("m"))
        .user("afsluiten")
        .end("ee")
        .path("es", "afsluiten", "ee")
    )
    called = Diagram("kind").start().user("diep").end().path("start", "diep", "end")
    deploy(
        platform,
        called,
        Diagram().message("m", "duo.SS111").start().call("roep", "kind").end().sub("esp", inside, event=True)
        .path("start", "roep", "end"),
    )  # fmt: skip
    key = platform.start("p", {"sleutel": "1"})
    assert open_tasks(platform, key) == ["diep"]

    platform.publish("duo.SS111", correlation_key="1", variables={"datum": "2026-01-05"})

    assert open_tasks(platform, key) == ["afsluiten"]
    assert platform.instance(key).variables["datum"] == "2026-01-05"
    do(platform, key, "afsluiten")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_non_interrupting_event_sub_process_runs_beside_several_times(platform: Platform) -> None:
    inside = (
        Diagram().node("startEvent", "es", body=message_event("m"), isInterrupting="false").user("zaak").end("ee")
        .path("es", "zaak", "ee")
    )  # fmt: skip
    deploy(
        platform,
        Diagram().message("m", "meld").start().user("a").end().sub("esp", inside, event=True).path("start", "a", "end"),
    )
    key = platform.start("p", {"sleutel": "1"})

    platform.publish("meld", correlation_key="1")
    platform.publish("meld", correlation_key="1")

    assert open_tasks(platform, key) == ["a", "zaak", "zaak"]
    do(platform, key, "a")
    assert platform.instance(key).state == "ACTIVE"
    do(platform, key, "zaak")
    do(platform, key, "zaak")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_event_sub_processes_open_when_the_variables_of_the_start_are_there(platform: Platform) -> None:
    d = started_by_message().message("m2", "stop", "= nummer")
    deploy(platform, handler(d, "h", message_event("m2")))
    platform.publish("bericht", variables={"nummer": "7"})
    key = platform.instances("p")[0].key
    assert platform.instance(key).incidents == ()

    platform.publish("stop", correlation_key="7")

    assert open_tasks(platform, key) == ["h_taak"]


def test_an_incident_of_such_an_event_sub_process_is_mended_by_its_variable(platform: Platform) -> None:
    d = Diagram().message("m", "stop", "= nummer").start().user("a").end().path("start", "a", "end")
    deploy(platform, handler(d, "h", message_event("m"), interrupting=False))
    key = platform.start("p")
    assert "nummer (not set)" in platform.instance(key).incidents[0].message
    assert open_tasks(platform, key) == []

    platform.services.processes.set_variables(key, {"nummer": 7})
    platform.resolve_all(key)
    platform.publish("stop", correlation_key="7")

    assert open_tasks(platform, key) == ["a", "h_taak"]


def test_a_terminate_end_event_ends_its_scope(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").end().end("stop", "<bpmn:terminateEventDefinition/>")
        .path("start", "split", "a", "stop").path("split", "b", "end"),
    )  # fmt: skip
    key = platform.start("p")

    do(platform, key, "a")

    assert platform.instance(key).state == "COMPLETED"
    assert ("b", "TERMINATED") in history(platform, key)
    assert leftovers(platform) == {}
