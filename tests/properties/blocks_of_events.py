"""More kinds of blocks: global tasks, behaviors of multi-instance, chosen compensation, starts and ends of every sort."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from diagrams import Diagram, error_event, escalation_event, loop, message_event, timer

if TYPE_CHECKING:
    from properties.blocks import Builder, Inside

COMPENSATE = "<bpmn:compensateEventDefinition/>"


def condition(name: str) -> str:
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>= {name} = true</bpmn:condition></bpmn:conditionalEventDefinition>"


# -- activities ------------------------------------------------------------------------------------------------------


def called_global(b: Builder, d: Diagram, source: str) -> str:
    """Global tasks of each kind, called one after the other."""
    for kind, definition in (
        ("globalUserTask", '<bpmn:globalUserTask id="{id}" name="{id}"/>'),
        ("globalTask", '<bpmn:globalTask id="{id}"/>'),
        ("globalManualTask", '<bpmn:globalManualTask id="{id}"/>'),
        ("globalScriptTask", '<bpmn:globalScriptTask id="{id}" scriptLanguage="feel"><bpmn:script>= 1</bpmn:script></bpmn:globalScriptTask>'),
        ("globalBusinessRuleTask", '<bpmn:globalBusinessRuleTask id="{id}"><bpmn:extensionElements><zeebe:calledDecision decisionId="keuze" resultVariable="x"/></bpmn:extensionElements></bpmn:globalBusinessRuleTask>'),
    ):  # fmt: skip
        name = b.id("calls")
        d.definitions.append(definition.format(id=f"{kind}_{name}"))
        d.node("callActivity", name, calledElement=f"{kind}_{name}").path(source, name)
        source = name
    return source


def behaves(b: Builder, d: Diagram, source: str) -> str:
    """Multi-instance activities that throw at their border when an instance has completed: each, the first, or where a
    condition holds.
    """
    signal = b.signal(d, b.id("tell"))
    for behavior, inside in (
        ("None", ""),
        ("One", ""),
        ("Complex", '<bpmn:complexBehaviorDefinition id="{id}_c"><bpmn:condition>= numberOfCompletedInstances = 2</bpmn:condition>'
                    f'<bpmn:event id="{{id}}_e">{signal}</bpmn:event></bpmn:complexBehaviorDefinition>'),
    ):  # fmt: skip
        b.repeated += 1
        name, heard, aside = b.id("tells"), b.id("heard"), b.id("aside")
        b.repeated -= 1
        body = (
            f'<bpmn:multiInstanceLoopCharacteristics behavior="{behavior}"><bpmn:loopCardinality>2</bpmn:loopCardinality>'
            f"{inside.format(id=name)}</bpmn:multiInstanceLoopCharacteristics>"
        )
        event = signal if behavior == "Complex" else "<bpmn:signalEventDefinition/>"
        d.user(name, body=body).boundary(heard, name, event, interrupting=False).end(aside).path(heard, aside).path(
            source, name
        )
        source = name
    return source


def enough(b: Builder, d: Diagram, source: str) -> str:
    """Several calls of which two are enough, and jobs one by one until a condition holds."""
    b.repeated += 1
    calls, jobs = b.id("calls"), b.id("jobs")
    b.repeated -= 1
    body = loop(
        "[1, 2, 3]", "item", until="numberOfCompletedInstances = 2", collect=f"uit_{calls}", output="loopCounter"
    )
    d.node("callActivity", calls, '<zeebe:calledElement processId="binnen"/>', body)
    body = loop("[1, 2, 3]", "item", sequential=True, until="loopCounter = 2")
    d.node("serviceTask", jobs, '<zeebe:taskDefinition type="werk"/>', body).path(source, calls, jobs)
    return jobs


def tested_before(b: Builder, d: Diagram, source: str, found: Inside) -> str:
    """A sub-process that a loop enters only while a guess says so, at most twice."""
    b.repeated += 1
    name = b.id("while")
    body = (
        '<bpmn:standardLoopCharacteristics testBefore="true" loopMaximum="2"><bpmn:loopCondition>= gok</bpmn:loopCondition>'
        "</bpmn:standardLoopCharacteristics>"
    )
    d.sub(name, b.inside(found), body=body).path(source, name)
    b.repeated -= 1
    return name


def undone_one(b: Builder, d: Diagram, source: str, found: Inside) -> str:
    """Two tasks of which a throw event undoes the first one only; an end event undoes the rest when a guess says so."""
    name, start, end, throw, bad, split = (b.id(k) for k in ("undoes", "start", "end", "undo", "undoAll", "ok"))
    inside = Diagram().start(start).end(end).end(bad, COMPENSATE).xor(split, default=f"{split}_{end}")
    first, second = b.can_be_undone(inside), b.can_be_undone(inside)
    inside.node("intermediateThrowEvent", throw, body=f'<bpmn:compensateEventDefinition activityRef="{first}"/>')
    inside.path(start, first)
    b.repeated += 1
    inside.path(b.sequence(inside, found, first), second)
    b.repeated -= 1
    inside.path(second, throw, f"{split}|gok", bad).path(split, end)
    d.sub(name, inside).path(source, name)
    return name


def undone_inside(b: Builder, d: Diagram, source: str) -> str:
    """A sub-process with a compensation event sub-process of its own, undone when it has completed."""
    start, end, throw, around = (b.id(k) for k in ("start", "end", "undo", "around"))
    b.repeated += 1  # entered again to undo what is in it
    name = b.id("keeps")
    b.repeated -= 1
    handler, on, off = (b.id(k) for k in ("handler", "on", "off"))
    inside = Diagram().start(start).end(end).path(start, b.can_be_undone(inside_of := Diagram()), end)
    inside.parts.extend(inside_of.parts)
    own = Diagram().start(on, COMPENSATE).user(f"{on}_task").end(off).path(on, f"{on}_task", off)
    inside.sub(handler, own, event=True)
    outer_start, outer_end = b.id("start"), b.id("end")
    outer = Diagram().start(outer_start).end(outer_end).sub(name, inside)
    outer.node("intermediateThrowEvent", throw, body=COMPENSATE).path(outer_start, name, throw, outer_end)
    d.sub(around, outer).path(source, around)
    return around


# -- events ----------------------------------------------------------------------------------------------------------


def cycles(b: Builder, d: Diagram, source: str) -> str:
    """A task with a timer that reminds three times."""
    name = b.id("reminded")
    b.repeated += 1
    late, done = b.id("late"), b.id("done")
    b.repeated -= 1
    d.user(name).boundary(late, name, timer("timeCycle", "R3/PT6H"), interrupting=False).end(done)
    d.path(source, name).path(late, done)
    return name


def heard(b: Builder, d: Diagram, on: str, escalation: str, hours: int) -> Mapping[str, tuple[str, bool]]:
    """Return what an element may catch: kind → (event definitions, whether every one of several is needed)."""
    d.message(f"m_{on}", on).code("escalation", f"s_{escalation}", f"S{escalation}")
    message, true = message_event(f"m_{on}"), condition(f"waar_{on}")
    return {
        "message": (message, False),
        "signal": (b.signal(d, on), False),
        "condition": (true, False),
        "timer": (timer("timeDuration", f"PT{hours}H"), False),
        "escalation": (escalation_event(f"s_{escalation}"), False),
        "either": (message + timer("timeDuration", f"PT{hours}H"), False),
        "both": (message + true, True),
    }


HEARD = ("message", "signal", "condition", "timer", "escalation", "either", "both")


def warning(b: Builder, d: Diagram, found: Inside) -> tuple[Diagram, str]:
    """Return the content of a sub-process that throws an escalation on its way, and the escalation's name."""
    start, end, out = (b.id(k) for k in ("start", "end", "warn"))
    inside = Diagram().start(start).end(end).node("intermediateThrowEvent", out, body=escalation_event(f"s_{out}"))
    return inside.path(b.sequence(inside, found, start), out, end), out


def borders(b: Builder, d: Diagram, source: str, found: Inside, *, interrupting: bool) -> str:
    """A sub-process with an event of each kind at its border."""
    name, join = b.id("within"), b.id("after")
    inside, out = warning(b, d, found)
    d.sub(name, inside).xor(join).path(source, name, join)
    for number, kind in enumerate(HEARD):
        b.repeated += not interrupting
        on, aside = b.id("border"), b.id("aside")
        b.repeated -= not interrupting
        body, parallel = heard(b, d, on, out, 40 + number)[kind]
        d.node("boundaryEvent", on, body=body, attachedToRef=name, cancelActivity=str(interrupting).lower(),
               parallelMultiple=str(parallel).lower())  # fmt: skip
        if interrupting:
            d.path(on, join)
        else:
            d.end(aside).path(on, aside)
    return join


def watches(b: Builder, d: Diagram, source: str, found: Inside, *, interrupting: bool) -> str:
    """A sub-process with an event sub-process for each kind of event."""
    name = b.id("watches")
    inside, out = warning(b, d, found)
    for number, kind in enumerate(HEARD):
        b.repeated += not interrupting
        around, on, off = b.id("aside"), b.id("on"), b.id("off")
        b.repeated -= not interrupting
        own = Diagram()
        body, parallel = heard(b, own, on, out, 40 + number)[kind]
        own.node(
            "startEvent",
            on,
            body=body,
            isInterrupting=str(interrupting).lower(),
            parallelMultiple=str(parallel).lower(),
        )
        steps = [f"{on}_task"] if interrupting else []  # what starts often leaves nothing to do
        for step in steps:
            own.user(step)
        inside.sub(around, own.end(off).path(on, *steps, off), event=True)
    d.sub(name, inside).path(source, name)
    return name


def again_and_again(b: Builder, d: Diagram, source: str, found: Inside) -> str:
    """A sub-process with an event sub-process that a timer starts twice."""
    name = b.id("often")
    inside = b.inside(found)
    b.repeated += 1
    around, on, off = b.id("aside"), b.id("on"), b.id("off")
    b.repeated -= 1
    own = Diagram().node("startEvent", on, body=timer("timeCycle", "R2/PT20H"), isInterrupting="false")
    d.sub(name, inside.sub(around, own.end(off).path(on, off), event=True)).path(source, name)
    return name


def throws(b: Builder, d: Diagram, source: str) -> str:
    """A point that is only passed, and one that throws several at once."""
    passed, several = b.id("passed"), b.id("several")
    d.message(f"m_{several}", several).node("intermediateThrowEvent", passed)
    d.node("intermediateThrowEvent", several, body=message_event(f"m_{several}") + b.signal(d, several))
    d.path(source, passed, several)
    return several


def ends(b: Builder, d: Diagram, source: str, found: Inside) -> str:
    """A sub-process whose branches end by a message, a signal, an escalation and several at once."""
    name, start, split = (b.id(k) for k in ("ends", "start", "split"))
    inside = Diagram().start(start).both(split).path(start, split)
    for number, branch in enumerate((found, [("task",)], [("plain",)], [("timer",)])):
        end = b.id("ends")
        message, escalation = message_event(f"m_{end}"), escalation_event(f"s_{end}")
        d.message(f"m_{end}", end).code("escalation", f"s_{end}", f"S{end}")
        signal = b.signal(d, end)
        inside.end(end, (message, signal, escalation, message + signal + escalation)[number])
        inside.path(b.sequence(inside, branch, split), end)
    d.sub(name, inside).path(source, name)
    return name


def out_of_a_call(b: Builder, d: Diagram, source: str) -> str:
    """A called process that ends with an error for one guess, caught at the border of the call."""
    name, caught, join = b.id("call"), b.id("caught"), b.id("after")
    d.code("error", f"e_{name}", "MIS")
    d.call(name, "faalt").boundary(caught, name, error_event(f"e_{name}")).xor(join)
    d.path(source, name, join).path(caught, join)
    return join


def waits_twice(b: Builder, d: Diagram, source: str) -> str:
    """A gateway that waits for a receive task, a signal, a condition or a timer."""
    gate, join = b.id("gate"), b.id("after")
    d.node("eventBasedGateway", gate).xor(join).path(source, gate)
    receives, hears, true, late = (b.id(k) for k in ("receives", "hears", "true", "late"))
    d.message(f"m_{receives}", receives).node("receiveTask", receives, messageRef=f"m_{receives}")
    d.node("intermediateCatchEvent", hears, body=b.signal(d, hears))
    d.node("intermediateCatchEvent", true, body=condition(f"waar_{true}"))
    d.node("intermediateCatchEvent", late, body=timer("timeDuration", "PT9H"))
    for event in (receives, hears, true, late):
        d.path(gate, event, join)
    return join


# -- how a process begins --------------------------------------------------------------------------------------------

BEGIN = "begin"


def plain(b: Builder, d: Diagram) -> str:
    d.start()
    return "start"


def by_message(b: Builder, d: Diagram) -> str:
    d.message("m_begin", BEGIN).start(body=message_event("m_begin"))
    return "start"


def by_signal(b: Builder, d: Diagram) -> str:
    d.start(body=b.signal(d, BEGIN))
    return "start"


def by_condition(b: Builder, d: Diagram) -> str:
    d.start(body=condition(BEGIN))
    return "start"


def by_timer(b: Builder, d: Diagram) -> str:
    """At a moment; nobody gives variables, so that the process makes them itself."""
    d.start(body=timer("timeDate", "2026-01-05T10:00:00+01:00")).script("sleutel", '"k"', "sleutel").script(
        "gok", "true", "gok"
    )
    d.path("start", "sleutel", "gok")
    return "gok"


def by_several(b: Builder, d: Diagram) -> str:
    d.message("m_begin", BEGIN).start(body=message_event("m_begin") + b.signal(d, "other"))
    return "start"


def by_all(b: Builder, d: Diagram) -> str:
    """When a message and a signal have both come."""
    d.message("m_begin", BEGIN)
    d.node("startEvent", "start", body=message_event("m_begin") + b.signal(d, "other"), parallelMultiple="true")
    return "start"


def by_receiving(b: Builder, d: Diagram) -> str:
    d.message("m_begin", BEGIN).node("receiveTask", "start", messageRef="m_begin", instantiate="true")
    return "start"


def by_either(b: Builder, d: Diagram) -> str:
    """A gateway that starts with whichever message comes."""
    d.message("m_begin", BEGIN).message("m_other", "other").node("eventBasedGateway", "start", instantiate="true").xor(
        "begun"
    )
    d.node("intermediateCatchEvent", "one", body=message_event("m_begin"))
    d.node("receiveTask", "two", messageRef="m_other").path("start", "one", "begun").path("start", "two", "begun")
    return "begun"


def by_both(b: Builder, d: Diagram) -> str:
    """A gateway that starts with the first message and needs the second."""
    d.message("m_begin", BEGIN).message("m_other", "other").both("begun")
    d.node("eventBasedGateway", "start", instantiate="true", eventGatewayType="Parallel")
    d.node("intermediateCatchEvent", "one", body=message_event("m_begin"))
    d.node("intermediateCatchEvent", "two", body=message_event("m_other")).path("start", "one", "begun").path(
        "start", "two", "begun"
    )
    return "begun"


STARTS: Mapping[str, Callable[[Builder, Diagram], str]] = {
    "plain": plain, "message": by_message, "signal": by_signal, "condition": by_condition, "timer": by_timer,
    "several": by_several, "all": by_all, "receiving": by_receiving, "either": by_either, "both": by_both,
}  # fmt: skip
BLOCKS: Mapping[str, tuple[int, Callable[..., str]]] = {
    "global": (0, called_global), "behaves": (0, behaves), "enough": (0, enough), "tested before": (1, tested_before),
    "undone one": (1, undone_one), "undone inside": (0, undone_inside), "cycles": (0, cycles), "throws": (0, throws),
    "borders": (1, partial(borders, interrupting=True)), "borders beside": (1, partial(borders, interrupting=False)),
    "watches": (1, partial(watches, interrupting=True)), "watches beside": (1, partial(watches, interrupting=False)),
    "again and again": (1, again_and_again),
    "ends": (1, ends), "out of a call": (0, out_of_a_call), "waits twice": (0, waits_twice),
}  # fmt: skip
