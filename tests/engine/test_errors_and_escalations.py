"""Errors and escalations go up until something catches them."""

from __future__ import annotations

from collections.abc import Callable

from diagrams import Diagram, error_event, escalation_event, message_event

from engine.doing import deploy, do, leftovers, open_tasks, refusals
from engine.drawing import handler
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform


def test_an_error_of_a_called_process_is_caught_at_the_call_activity(platform: Platform) -> None:
    child = Diagram("kind").code("error", "f", "mis").start().end("fout", error_event("f")).path("start", "fout")
    parent = (
        Diagram().code("error", "f", "mis").start().call("roep", "kind").boundary("b", "roep", error_event("f"))
        .user("herstel").end().path("start", "roep", "end").path("b", "herstel", "end")
    )  # fmt: skip
    deploy(platform, child, parent)

    key = platform.start("p")

    assert open_tasks(platform, key) == ["herstel"]
    assert [i.state for i in platform.instances("kind")] == ["TERMINATED"]
    do(platform, key, "herstel")
    assert leftovers(platform) == {}


def test_an_error_nobody_catches_is_an_incident(platform: Platform) -> None:
    deploy(platform, Diagram().code("error", "f", "mis").start().end("fout", error_event("f")).path("start", "fout"))

    key = platform.start("p")

    assert [i.error_type for i in platform.instance(key).incidents] == ["UNHANDLED_ERROR_EVENT"]
    assert platform.instance(key).state == "ACTIVE"


def test_a_worker_may_throw_a_bpmn_error_that_the_diagram_catches(open_platform: Callable[..., Platform]) -> None:
    def worker(job: object, work: object) -> dict[str, object]:
        raise BpmnError("adres-onbekend", variables={"bron": "BRP"})

    platform = open_platform(handlers={"zoek": worker})
    deploy(
        platform,
        Diagram().code("error", "f", "adres-onbekend").start().service("s", "zoek")
        .boundary("b", "s", error_event("f")).user("onderzoek").end().path("start", "s", "end").path("b", "onderzoek", "end"),
    )  # fmt: skip
    key = platform.start("p")

    platform.run_due()

    assert open_tasks(platform, key) == ["onderzoek"]
    assert platform.instance(key).variables == {"bron": "BRP"}


def test_an_error_of_a_handler_that_has_interrupted_its_scope_is_caught_outside_it(platform: Platform) -> None:
    inner = Diagram().start("s1").user("w").path("s1", "w")
    handler(inner, "h", message_event("m"), "fout", inside=Diagram().end("fout", error_event("X")))
    handler(inner, "h2", error_event())
    d = Diagram().code("error", "X", "X").message("m", "bericht").start().sub("sub", inner)
    deploy(platform, d.boundary("b", "sub", error_event("X")).user("buiten").path("start", "sub").path("b", "buiten"))
    key = platform.start("p", {"sleutel": "1"})

    platform.publish("bericht", correlation_key="1")

    assert open_tasks(platform, key) == ["buiten"]


def test_the_code_that_is_thrown_may_be_an_expression_and_what_it_carries_goes_along(platform: Platform) -> None:
    carried = '<zeebe:ioMapping><zeebe:input source="= 7" target="bedrag"/></zeebe:ioMapping>'
    inner = Diagram().start("s1").end("e1", error_event("X"), carried).path("s1", "e1")
    d = Diagram().code("error", "X", "= soort").code("error", "Y", "Y").start().sub("sub", inner)
    d.boundary("y", "sub", error_event("Y")).boundary("alle", "sub", error_event()).user("a").user("b")
    deploy(platform, d.path("start", "sub").path("y", "a").path("alle", "b"))

    specific, other, none = (platform.start("p", {"soort": value}) for value in ("Y", "Z", None))

    assert open_tasks(platform, specific) == ["a"]
    assert platform.instance(specific).variables == {"soort": "Y", "bedrag": 7}
    assert open_tasks(platform, other) == ["b"]
    assert "must give text, but gave null" in platform.instance(none).incidents[0].message
    caught = Diagram("q").code("error", "X", "= soort").start().user("u").boundary("b", "u", error_event("X")).end("e2")
    assert refusals(platform, caught.path("start", "u").path("b", "e2")) == [("error-code", "b")]


def test_a_catching_event_of_camunda_7_gets_code_and_message(open_platform: Callable[..., Platform]) -> None:
    def work(_job: object, _context: object) -> None:
        raise BpmnError("X", "stuk")

    platform = open_platform(handlers={"werk": work})
    caught = '<bpmn:errorEventDefinition xmlns:c="http://camunda.org/schema/1.0/bpmn" c:errorCodeVariable="code" c:errorMessageVariable="tekst"/>'
    d = Diagram().service("w", "werk").start().boundary("b", "w", caught).user("na").path("start", "w").path("b", "na")
    deploy(platform, d)
    key = platform.start("p")
    platform.run_due()

    assert platform.instance(key).variables == {"code": "X", "tekst": "stuk"}


def test_an_escalation_from_a_called_process_lets_both_go_on_when_caught_without_interrupting(
    platform: Platform,
) -> None:
    child = (
        Diagram("kind").code("escalation", "e", "niet-nakoming").start()
        .node("intermediateThrowEvent", "meld", body=escalation_event("e")).user("verder").end()
        .path("start", "meld", "verder", "end")
    )  # fmt: skip
    inside = (
        Diagram().node("startEvent", "es", body=escalation_event("e"), isInterrupting="false").user("handhaaf").end("ee")
        .path("es", "handhaaf", "ee")
    )  # fmt: skip
    parent = Diagram().code("escalation", "e", "niet-nakoming").start().call("roep", "kind").end()
    parent.sub("esp", inside, event=True).path("start", "roep", "end")
    deploy(platform, child, parent)

    key = platform.start("p")

    assert open_tasks(platform, key) == ["handhaaf", "verder"]
    do(platform, key, "verder")
    assert platform.instance(key).state == "ACTIVE"
    do(platform, key, "handhaaf")
    assert platform.instance(key).state == "COMPLETED"
