"""Throwing: messages, signals, errors, escalations, compensation. Source: BPMN 2.0.2, section 10.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from inburgering_flow.bpmn.definition import Element, Event
from inburgering_flow.engine import catching, compensation, expressions, waiting
from inburgering_flow.engine.bookkeeping import BODY_TYPE, Phase
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import local_variables
from inburgering_flow.model.runtime import ACTIVE, ElementInstance, MessageOut, ProcessInstance, SignalOut


def throw(run: Run, row: ElementInstance, event: Event) -> bool:
    """Throw an event, or each part of a multiple one; return True when nothing has to be waited for."""
    done = True
    for part in event.all:
        match part.kind:
            case "message":
                throw_message(run, row, part)
            case "signal":
                throw_signal(run, row, part)
            case "escalation":
                throw_escalation(run, row, _code(run, row, part))
            case "error":
                throw_error(run, row, _code(run, row, part), local_variables(run, row.key), "")
                return False  # if caught, the thrower is gone; if uncaught, it waits with an incident
            case "compensate":
                done = compensation.compensate(run, row, part.activity, waits=part.waits) and done
            case _:
                pass  # none, link: only a point that is passed
        if row.state != ACTIVE:
            return False
    return done


def throw_signal(run: Run, row: ElementInstance, event: Event) -> None:
    """Let everything in the family catch a signal at once; other families catch it after the step.

    A signal without a name (a multi-instance activity's own) is caught only at the border of its activity.
    """
    name = waiting.event_name(run, row, event, "signal name") if event.name is not None else ""
    variables = local_variables(run, row.key)
    stored = run.state.signals(row.root_key, name)
    fresh = [s for s in run.step.new_subscriptions if s.kind == "signal" and s.name == name]
    for heard in [*stored, *fresh]:
        if name or heard.owner_key == row.key:
            catching.happen(run, heard, variables)
    if name:
        run.step.signals.append(SignalOut(name, variables, row.root_key))


def throw_message(run: Run, row: ElementInstance, event: Event) -> None:
    """Publish a message in the same transaction."""
    name = waiting.event_name(run, row, event, "message name")
    key = expressions.value(run, row, event.correlation_key, "correlation key")
    run.step.messages.append(
        MessageOut(name, "" if key is None else waiting.key_text(key), local_variables(run, row.key))
    )


def throw_error(
    run: Run, row: ElementInstance, code: str, variables: Mapping[str, Any], message: str, phase: Phase = "enter",
    result: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Let an error rise until a boundary event or event sub-process catches it; uncaught, it is an incident."""
    if row.state != ACTIVE:
        return
    caught = _catcher(run, row, "error", code)
    if caught is not None:
        owner, event = caught
        catching.catch(run, owner, event, {**variables, **_told(event, "error", code, message)})
        return
    what = f"Error '{code}' was thrown and nothing catches it." + (f" {message}" if message else "")
    trouble = Trouble("UNHANDLED_ERROR_EVENT", f"{what} Draw an error event around it, then migrate or modify.")
    run.incident(row, trouble, "loop" if row.element_type == BODY_TYPE else phase, result)


def throw_escalation(run: Run, row: ElementInstance, code: str) -> None:
    """Let an escalation rise; uncaught, the process simply goes on (BPMN 2.0.2, section 10.5.1)."""
    caught = _catcher(run, row, "escalation", code)
    if caught is not None:
        owner, event = caught
        brought = {**local_variables(run, row.key), **_told(event, "escalation", code, "")}
        catching.catch(run, owner, event, brought)


def _code(run: Run, row: ElementInstance, event: Event) -> str:
    """Return the code that is thrown; it may be an expression (as in Camunda 8)."""
    if event.expression is None:
        return event.code
    code = expressions.value(run, row, event.expression, f"{event.kind} code")
    if isinstance(code, str) and code:
        return code
    raise Trouble(
        "EXTRACT_VALUE_ERROR", expressions.unfit(run, row, event.expression.source, f"{event.kind} code", "text", code)
    )


def _told(element: Element, kind: str, code: str, message: str) -> dict[str, str]:
    """Return the variables in which a catching event wants the code and the message of what it catches."""
    parts = [part for part in (element.event.all if element.event else ()) if part.kind == kind]
    found = {part.code_variable: code for part in parts if part.code_variable}
    found.update((part.message_variable, message) for part in parts if part.message_variable)
    return found


def _catcher(run: Run, row: ElementInstance, kind: str, code: str) -> tuple[Owner, Element] | None:
    current = row
    while True:
        process = run.process_of(current)
        element = process.elements[current.element_id]
        if element.loop is None or current.element_type == BODY_TYPE:
            found = _matching(process, element.boundary, kind, code)
            if found is not None:
                return current, found
        scope = run.scope(current.scope_key)
        container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
        interrupted = element.triggered_by_event and process.definition.start_events(element.id)[0].interrupting
        starts = tuple(
            process.definition.start_events(e)[0].id
            for e in container.event_subprocesses
            if e != current.element_id and not interrupted  # an interrupted scope has one handler: what interrupted it
        )
        found = _matching(process, starts, kind, code)
        if found is not None:
            return scope, found
        if isinstance(scope, ElementInstance):
            current = scope
        elif scope.parent_element_key is not None:
            current = run.element(scope.parent_element_key)
        else:
            return None


def _matching(process: Process, ids: Iterable[str], kind: str, code: str) -> Element | None:
    candidates: list[tuple[Element, Event]] = []
    for element in (process.elements[i] for i in ids):
        candidates.extend((element, part) for part in (element.event.all if element.event else ()) if part.kind == kind)
    exact = next((element for element, part in candidates if part.code == code), None)
    return exact or next((element for element, part in candidates if not part.code), None)
