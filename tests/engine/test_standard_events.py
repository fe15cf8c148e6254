"""What BPMN 2.0.2 and Camunda 8 say of events, messages and data beyond the first tests: each was once done otherwise here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from diagrams import Diagram, error_event, loop, message_event, timer

from engine.test_elements import deploy, do, history, leftovers, open_tasks
from inburgering_flow.errors import Conflict, DeploymentRejected, InvalidInput, NotFound
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform
from inburgering_flow.services import steps

SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'
CANCEL = "<bpmn:cancelEventDefinition/>"
COMPENSATE = "<bpmn:compensateEventDefinition/>"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA7 = "http://camunda.org/schema/1.0/bpmn"
HEAD = "<bpmn:extensionElements>"
TAIL = "</bpmn:extensionElements>"


def signal(diagram: Diagram, name: str = "alarm") -> Diagram:
    diagram.definitions.append(f'<bpmn:signal id="s" name="{name}"/>')
    return diagram


def handler(diagram: Diagram, id: str, event: str, *path: str, interrupting: bool = True, inside: Diagram | None = None) -> Diagram:
    """Draw an event sub-process with a user task, or with what ``inside`` draws behind its start."""
    start = Diagram().node("startEvent", f"{id}_start", body=event, isInterrupting=str(interrupting).lower())
    inside = inside or Diagram().user(f"{id}_taak")
    start.parts += inside.parts
    start.path(f"{id}_start", *(path or (f"{id}_taak",)))
    return diagram.sub(id, start, event=True)


def catch(diagram: Diagram, id: str, event: str) -> Diagram:
    return diagram.node("intermediateCatchEvent", id, body=event)


def refusals(platform: Platform, diagram: Diagram) -> list[tuple[str, str]]:
    with pytest.raises(DeploymentRejected) as caught:
        deploy(platform, diagram)
    return [(f.rule, f.element_id) for f in caught.value.findings if f.severity == "error"]


def throws(code: str) -> Diagram:
    return Diagram().start("s1").end("e1", error_event(code)).path("s1", "e1")


# -- where events may stand ----------------------------------------------------------------------------------------------


def test_what_always_interrupts_is_refused_where_it_is_drawn_otherwise(platform: Platform) -> None:
    border = Diagram().code("error", "X", "X").start().sub("sub", throws("X"))
    border.boundary("b", "sub", error_event("X"), interrupting=False).end("e2").path("start", "sub").path("b", "e2")
    inside = handler(Diagram().start().user("a").path("start", "a"), "h", error_event(), interrupting=False)
    cancelled = Diagram().start("s1").end("e1", CANCEL).path("s1", "e1")
    transaction = Diagram().start().node("transaction", "t", body="".join(cancelled.parts))
    transaction.boundary("b", "t", CANCEL, interrupting=False).end("e2").path("start", "t").path("b", "e2")

    assert refusals(platform, border) == [("interrupting", "b")]
    assert refusals(platform, inside) == [("interrupting", "h_start")]
    assert refusals(platform, transaction) == [("interrupting", "b")]


@pytest.mark.parametrize("host", ["g", "c", "h"])
def test_a_boundary_event_stands_at_an_activity_only(platform: Platform, host: str) -> None:
    d = Diagram().message("m", "bericht").start().xor("g").path("start", "g", "c")
    handler(catch(d, "c", message_event("m")), "h", message_event("m"))
    d.boundary("b", host, timer("timeDuration", "PT1H")).end("e2").path("b", "e2")

    assert refusals(platform, d) == [("boundary-host", "b")]


def test_a_process_as_a_whole_is_not_compensated(platform: Platform) -> None:
    whole = handler(Diagram().start().user("a").path("start", "a"), "h", COMPENSATE)

    assert refusals(platform, whole) == [("compensation-start", "h_start")]


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


def test_references_may_be_qualified_and_must_lead_somewhere(platform: Platform) -> None:
    d = Diagram().code("error", "X", "X").start().sub("sub", throws("tns:X")).boundary("b", "tns:sub", error_event("tns:X"))
    deploy(platform, d.user("na").path("start", "sub").path("b", "na"))
    key = platform.start("p")
    assert open_tasks(platform, key) == ["na"]

    lost = Diagram("q").code("error", "X", "X").start().sub("sub", throws("X")).boundary("b", "sub", error_event("Y")).end("e2")
    assert refusals(platform, lost.path("start", "sub").path("b", "e2")) == [("error-ref", "b")]
    undo = Diagram("r").start().end("end", '<bpmn:compensateEventDefinition activityRef="weg"/>').path("start", "end")
    assert refusals(platform, undo) == [("compensation-ref", "end")]


def test_an_element_with_the_id_of_a_signal_and_who_started_in_camunda_7_are_refused(platform: Platform) -> None:
    assert ("duplicate-id", "s") in refusals(platform, signal(Diagram()).start("s").user("a").path("s", "a"))
    begun = Diagram().add(f'<bpmn:startEvent id="start" xmlns:c="{CAMUNDA7}" c:initiator="wie"/>').user("a").path("start", "a")
    assert refusals(platform, begun) == [("camunda7-attribute", "start")]


@pytest.mark.parametrize(("kind", "value"), [("timeDuration", "morgen"), ("timeDate", "ooit"), ("timeCycle", "R3"), ("timeDuration", "PT")])
def test_a_written_timer_that_is_none_is_refused_wherever_it_stands(platform: Platform, kind: str, value: str) -> None:
    d = catch(Diagram().start(), "c", timer(kind, value)).user("a").boundary("b", "a", timer(kind, value), interrupting=False)
    handler(d.end("e2").path("start", "c", "a").path("b", "e2"), "h", timer(kind, value))

    assert refusals(platform, d) == [("timer", "c"), ("timer", "b"), ("timer", "h_start")]


@pytest.mark.parametrize("value", ["= x", "= 1 + 1", "= null"])
def test_a_start_that_cannot_be_said_without_variables_is_refused(platform: Platform, value: str) -> None:
    timed = Diagram().start(body=timer("timeCycle", value)).user("a").path("start", "a")
    named = signal(Diagram(), value).start(body=SIGNAL).user("a").path("start", "a")

    assert refusals(platform, timed) == [("start", "start")]
    assert refusals(platform, named) == [("start-name", "start")]


# -- errors and escalations ----------------------------------------------------------------------------------------------


def test_an_error_of_a_handler_that_has_interrupted_its_scope_is_caught_outside_it(platform: Platform) -> None:
    inner = Diagram().start("s1").user("w").path("s1", "w")
    handler(inner, "h", message_event("m"), "fout", inside=Diagram().end("fout", error_event("X")))
    handler(inner, "h2", error_event())
    d = Diagram().code("error", "X", "X").message("m", "bericht").start().sub("sub", inner)
    deploy(platform, d.boundary("b", "sub", error_event("X")).user("buiten").path("start", "sub").path("b", "buiten"))
    key = platform.start("p", {"sleutel": "1"})

    platform.publish("bericht", correlation_key="1")

    assert open_tasks(platform, key) == ["buiten"]


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


@pytest.mark.parametrize("code", ["X", ""])
def test_two_events_of_one_place_that_catch_the_same_are_refused(platform: Platform, code: str) -> None:
    d = Diagram().code("error", "X", "X").start().user("a").path("start", "a", "e1").end("e1").end("e2").end("e3")
    d.boundary("b", "a", error_event(code)).boundary("c", "a", error_event(code)).path("b", "e2").path("c", "e3")
    handler(handler(d, "h", error_event(code)), "g", error_event(code))

    assert refusals(platform, d) == [("caught-twice", "c"), ("caught-twice", "g_start")]


# -- messages --------------------------------------------------------------------------------------------------------------


def started_by_message() -> Diagram:
    return Diagram().message("m", "bericht").start(body=message_event("m")).user("a").end().path("start", "a", "end")


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


def test_a_thrown_message_waits_for_who_comes_later(platform: Platform) -> None:
    waits = catch(Diagram("wacht").message("m", "bericht").start(), "c", message_event("m")).end().path("start", "c", "end")
    sends = Diagram("stuurt").message("m", "bericht").start().end("end", message_event("m")).path("start", "end")
    deploy(platform, waits, sends)
    platform.start("stuurt", {"sleutel": "1"})

    first, second = (platform.start("wacht", {"sleutel": "1"}) for _ in range(2))

    assert [platform.instance(k).state for k in (first, second)] == ["COMPLETED", "ACTIVE"]


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


# -- conditions and timers -------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("cron", ["0 30 2 * * *", "30 2 * * *"])
def test_a_time_of_the_day_comes_once_a_day_also_when_the_clocks_change(platform: Platform, cron: str) -> None:
    d = Diagram().start().user("a").boundary("b", "a", timer("timeCycle", cron), interrupting=False).user("u").path("b", "u")
    deploy(platform, d.path("start", "a"))
    for begin in ("2026-03-28T09:00:00+01:00", "2026-10-24T09:00:00+02:00"):
        platform.clock.set(begin)
        key = platform.start("p")
        platform.clock.advance(days=3)
        platform.run_due()
        assert open_tasks(platform, key) == ["a", "u", "u", "u"]
        platform.cancel(key)


def test_a_cycle_may_be_made_by_an_expression(platform: Platform) -> None:
    event = timer("timeCycle", '= cycle(n, duration("PT1H"))')
    d = Diagram().start().user("a").boundary("b", "a", event, interrupting=False).user("u").path("start", "a").path("b", "u")
    deploy(platform, d)
    key = platform.start("p", {"n": 3})
    platform.clock.advance(hours=9)
    platform.run_due()

    assert open_tasks(platform, key) == ["a", "u", "u", "u"]


# -- data ------------------------------------------------------------------------------------------------------------------


def test_a_data_object_keeps_what_an_input_mapping_or_an_item_gives_it(platform: Platform) -> None:
    inner = Diagram().start("s1").end("e1").path("s1", "e1")
    data = '<bpmn:dataObject id="do" name="x"/>'
    mapped = '<zeebe:ioMapping><zeebe:input source="= 5" target="x"/><zeebe:output source="= x" target="y"/></zeebe:ioMapping>'
    d = Diagram().start().sub("een", inner, body=data, extension=mapped)
    each = Diagram().start("s2").end("e2").path("s2", "e2")
    d.sub("elk", each, body=data.replace("do", "do2") + loop("[7, 8]", "x", output="x", collect="alle"))
    deploy(platform, d.path("start", "een", "elk"))
    key = platform.start("p")

    assert platform.instance(key).variables == {"y": 5, "alle": [7, 8]}


def test_an_output_mapping_sees_what_those_before_it_have_made(platform: Platform) -> None:
    rules = "".join(f'<zeebe:output source="= {s}" target="{t}"/>' for s, t in (("y", "z"), ("z + 1", "o.p"), ("o.p * 2", "w")))
    deploy(platform, Diagram().start().user("a", f"<zeebe:ioMapping>{rules}</zeebe:ioMapping>").end().path("start", "a", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"y": 1})

    assert platform.instance(key).variables == {"z": 1, "o": {"p": 2}, "w": 4}


def test_a_mapping_whose_assertion_fails_is_an_incident(platform: Platform) -> None:
    rules = '<zeebe:ioMapping><zeebe:output source="= assert(y, y &gt; 0, &quot;y moet positief zijn&quot;)" target="z"/></zeebe:ioMapping>'
    deploy(platform, Diagram().start().user("a", rules).end().path("start", "a", "end"))
    key = platform.start("p", {"y": 0})
    do(platform, key, "a")
    assert "y moet positief zijn" in platform.instance(key).incidents[0].message

    platform.services.processes.set_variables(key, {"y": 1})
    platform.resolve_all(key)

    assert platform.instance(key).variables == {"y": 1, "z": 1}


def test_what_one_instance_of_many_gives_is_its_own_and_null_where_it_gives_nothing(platform: Platform) -> None:
    each = loop("[1, 2, 3]", "i", output="r.som", collect="alle")
    deploy(platform, Diagram().start().user("a", body=each).end().path("start", "a", "end"))
    key = platform.start("p")
    tasks = sorted(t.key for t in platform.tasks(state="CREATED", instance=key))
    for task, given in zip(tasks, ({"r": {"som": 5}}, {}, {"r": {"som": 7}}), strict=True):
        platform.complete(task, given)

    assert platform.instance(key).variables == {"alle": [5, None, 7]}


def test_data_associations_of_events_carry_what_they_throw_and_catch(platform: Platform) -> None:
    def association(tag: str, source: str, target: str) -> str:
        return f"<bpmn:{tag}><bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef></bpmn:{tag}>"

    out = '<bpmn:dataOutput id="o" name="lading"/>' + association("dataOutputAssociation", "o", "do")
    waits = signal(Diagram("wacht").add('<bpmn:dataObject id="do" name="doel"/>')).start()
    catch(waits, "c", out + SIGNAL).end().path("start", "c", "end")
    into = '<bpmn:dataInput id="i" name="lading"/>' + association("dataInputAssociation", "do", "i")
    sends = signal(Diagram("stuurt").add('<bpmn:dataObject id="do" name="bron"/>')).start().end("end", into + SIGNAL)
    deploy(platform, waits, sends.path("start", "end"))
    key = platform.start("wacht")

    platform.start("stuurt", {"bron": 3})

    assert platform.instance(key).variables == {"doel": 3, "lading": 3}


def test_an_ad_hoc_sub_process_gathers_the_outputs_of_its_activities(platform: Platform) -> None:
    rules = '<zeebe:adHoc activeElementsCollection="= [&quot;a&quot;, &quot;b&quot;]" outputCollection="alle" outputElement="= n"/>'
    inside = "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", rules, inside).user("na").path("start", "ah", "na")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "b", {"n": 1})
    do(platform, key, "a", {"n": 2})

    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables["alle"] == [1, 2]


def test_decisions_and_forms_are_bound_to_a_version_tag(platform: Platform) -> None:
    def decision(value: int, tag: str) -> str:
        return (
            '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
            f'<decision id="besluit" name="besluit"><extensionElements><z:versionTag xmlns:z="{ZEEBE}" value="{tag}"/>'
            f'</extensionElements><variable name="besluit"/><literalExpression><text>{value}</text></literalExpression>'
            "</decision></definitions>"
        )

    called = '<zeebe:calledDecision decisionId="besluit" resultVariable="r" bindingType="versionTag" versionTag="een"/>'
    bound = '<zeebe:formDefinition formId="f" bindingType="versionTag" versionTag="een"/>'
    d = Diagram().start().node("businessRuleTask", "b", called).user("t", bound).path("start", "b", "t")
    assert refusals(platform, d) == [("missing-form", "t")]
    for number, tag in ((1, "een"), (2, "twee")):
        form = {"id": "f", "versionTag": tag, "type": "default", "components": [{"key": f"k{number}", "type": "textfield"}]}
        platform.deploy_content("f.form", json.dumps(form))
    deploy(platform, d)
    key = platform.start("p")
    assert "version tag 'een'" in platform.instance(key).incidents[0].message

    for number, tag in ((1, "een"), (2, "twee")):
        platform.deploy_content("d.dmn", decision(number, tag))
    platform.resolve_all(key)

    assert platform.instance(key).variables == {"r": 1}
    task = platform.tasks(instance=key)[0]
    with platform.context.db.read() as unit, platform.context.catalog.within(unit):
        schema = platform.services.user_tasks.form(task)
    assert schema is not None
    assert schema["versionTag"] == "een"


def test_the_form_of_a_task_may_be_an_expression(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("t", '<zeebe:formDefinition formId="= soort + &quot;-form&quot;"/>').path("start", "t"))
    key, none = platform.start("p", {"soort": "kort"}), platform.start("p")

    assert [t.form_id for t in platform.tasks(instance=key)] == ["kort-form"]
    assert "must give the id of a form" in platform.instance(none).incidents[0].message


@pytest.mark.parametrize(
    ("kind", "extension", "rule"),
    [
        ("userTask", '<zeebe:userTask/><zeebe:priorityDefinition priority="101"/>', "priority"),
        ("businessRuleTask", '<zeebe:calledDecision decisionId="d" resultVariable="r" bindingType="versionTag"/>', "binding"),
        ("userTask", '<zeebe:userTask/><zeebe:taskSchedule dueDate="morgen"/>', "date"),
        ("serviceTask", f'<zeebe:taskDefinition type="w"/><c:errorEventDefinition xmlns:c="{CAMUNDA7}" id="x"/>', "camunda7-error"),
        ("sendTask", '<zeebe:publishMessage correlationKey="= x" messageId="= y"/>', "publish-message"),
    ],
)
def test_what_an_extension_asks_and_is_not_done_is_refused(platform: Platform, kind: str, extension: str, rule: str) -> None:
    d = Diagram().message("m", "bericht").start()
    d.node(kind, "t", extension, **({"messageRef": "m"} if kind == "sendTask" else {})).end().path("start", "t", "end")

    assert refusals(platform, d) == [(rule, "t")]


def test_a_job_type_priority_or_assignee_that_is_none_is_an_incident(platform: Platform) -> None:
    d = Diagram().start().both("g").node("serviceTask", "w", '<zeebe:taskDefinition type="= soort"/>')
    d.user("t", '<zeebe:priorityDefinition priority="= 101"/>').user("u", '<zeebe:assignmentDefinition assignee="= [1]"/>')
    deploy(platform, d.path("start", "g", "w").path("g", "t").path("g", "u"))
    key = platform.start("p")

    assert sorted(i.element_id for i in platform.instance(key).incidents) == ["t", "u", "w"]
    assert history(platform, key)[0] == ("start", "COMPLETED")


def test_a_variable_may_be_named_like_a_function_and_is_null_while_it_is_not_set(platform: Platform) -> None:
    """The log of a process, kept in a variable with that name; ``log`` is a function of FEEL too."""
    d = Diagram().start().script("a", 'if log = null then ["a"] else append(log, "a")', "log").user("t").end()
    d.script("b", 'if log = null then ["b"] else append(log, "b")', "log")
    d.node("intermediateCatchEvent", "c", body="<bpmn:conditionalEventDefinition><bpmn:condition>= count = 2</bpmn:condition></bpmn:conditionalEventDefinition>")  # fmt: skip
    deploy(platform, d.path("start", "a", "b", "c", "t", "end"))
    key = platform.start("p")
    assert platform.instance(key).variables["log"] == ["a", "b"]
    platform.services.processes.set_variables(key, {"count": 2})

    assert open_tasks(platform, key) == ["t"]


def test_a_timer_whose_firing_is_refused_is_an_incident_and_what_is_due_behind_it_runs(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_GENERATIONS", 100)
    begun = Diagram("q").message("m", "bericht").start(body=message_event("m"))
    deploy(platform, begun.end("end", message_event("m")).path("start", "end"))
    sends = Diagram().message("m", "bericht").start().end("end", message_event("m"))
    deploy(platform, catch(sends, "straks", timer("timeDuration", "PT1H")).path("start", "straks", "end"))
    waits = catch(Diagram("r").start(), "later", timer("timeDuration", "PT2H")).end().path("start", "later", "end")
    deploy(platform, waits)
    case, other = platform.start("p"), platform.start("r")
    platform.clock.advance(hours=3)
    platform.run_due()

    assert platform.instance(other).state == "COMPLETED"
    [incident] = platform.instance(case).incidents
    assert (incident.element_id, incident.error_type) == ("straks", "UNKNOWN")
    assert "100 steps" in incident.error_message
    deploy(platform, Diagram("q").message("m", "bericht").start(body=message_event("m")).end().path("start", "end"))
    platform.resolve(incident.key)
    platform.run_due()
    assert platform.instance(case).state == "COMPLETED"


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
    assert platform.next_due() is not None  # it is tried again
