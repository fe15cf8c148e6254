"""One event may have several definitions, and refer to one in the file."""

from __future__ import annotations

from diagrams import Diagram, error_event, message_event, timer

from engine.doing import deploy, finished, open_tasks, refusals
from engine.drawing import SIGNAL, signal, throws
from inburgering_flow.platform import Platform


def test_a_multiple_event_takes_the_first_and_a_parallel_one_needs_all(platform: Platform) -> None:
    parts = message_event("m") + timer("timeDuration", "PT1H")
    one = Diagram("een").message("m", "bericht").start().node("intermediateCatchEvent", "c", body=parts).end()
    both = Diagram("alle").message("m", "bericht").start()
    both.node("intermediateCatchEvent", "c", body=parts, parallelMultiple="true").end()
    deploy(platform, one.path("start", "c", "end"), both.path("start", "c", "end"))
    first, second = platform.start("een", {"sleutel": "k"}), platform.start("alle", {"sleutel": "k"})

    platform.publish("bericht", correlation_key="k")
    assert (platform.instance(first).state, platform.instance(second).state) == ("COMPLETED", "ACTIVE")
    platform.clock.advance(hours=2)
    platform.run_due()
    assert finished(platform, second)


def test_an_event_may_refer_to_a_definition_of_the_file(platform: Platform) -> None:
    d = signal(Diagram().start().end(body="<bpmn:eventDefinitionRef>ed</bpmn:eventDefinitionRef>").path("start", "end"))
    d.definitions.append('<bpmn:signalEventDefinition id="ed" signalRef="s"/>')
    waits = signal(Diagram("wacht").start().node("intermediateCatchEvent", "c", body=SIGNAL).end().path("start", "c", "end"))
    deploy(platform, d, waits)
    key = platform.start("wacht")
    platform.start("p")

    assert platform.instance(key).state == "COMPLETED"


def test_references_may_be_qualified_and_must_lead_somewhere(platform: Platform) -> None:
    d = Diagram().code("error", "X", "X").start().sub("sub", throws("tns:X")).boundary("b", "tns:sub", error_event("tns:X"))
    deploy(platform, d.user("na").path("start", "sub").path("b", "na"))
    key = platform.start("p")
    assert open_tasks(platform, key) == ["na"]

    lost = Diagram("q").code("error", "X", "X").start().sub("sub", throws("X")).boundary("b", "sub", error_event("Y")).end("e2")
    assert refusals(platform, lost.path("start", "sub").path("b", "e2")) == [("error-ref", "b")]
    undo = Diagram("r").start().end("end", '<bpmn:compensateEventDefinition activityRef="weg"/>').path("start", "end")
    assert refusals(platform, undo) == [("compensation-ref", "end")]
