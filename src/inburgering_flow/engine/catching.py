"""Events that are waited for happen: at the border of an activity, in an event sub-process, at the element itself.

Source: BPMN 2.0.2, section 13.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import arrivals, ending, moving, waiting
from inburgering_flow.engine.bookkeeping import Ending
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import propagate
from inburgering_flow.model.runtime import ACTIVE, COMPLETED, ElementInstance, JobRow, Subscription


def open_events(run: Run, rows: Iterable[Subscription | JobRow]) -> None:
    """Open prepared subscriptions and timers; a condition that holds already happens at once."""
    for row in rows:
        if isinstance(row, JobRow):
            run.step.new_jobs.append(row)
            continue
        run.step.new_subscriptions.append(row)
        if row.kind == "condition" and row.correlation_key == "true":
            run.queue(partial(happen, run, row, {}))


def open_scope(run: Run, owner: Owner, element: Element) -> None:
    """Open what starts the event sub-processes of a scope."""
    if element.event_subprocesses:
        open_events(run, waiting.prepare(run, owner, waiting.event_starts(element, run.process_of(owner))))


def happen(run: Run, row: Subscription, variables: Mapping[str, Any]) -> None:
    """Let the event happen that a subscription waits for, unless the subscription was closed meanwhile."""
    if not waiting.is_closed(run, row):
        trigger(run, row.owner_key, row.instance_key, row.element_id, variables, row.part)


def trigger(
    run: Run, owner_key: int, instance_key: int, event_id: str, variables: Mapping[str, Any], part: int = 0
) -> None:
    """Let the event happen that ``owner_key`` (an element instance or the process instance) waits for."""
    owner: Owner = run.instance(instance_key) if owner_key == instance_key else run.element(owner_key)
    process = run.process_of(owner)
    element = process.elements[event_id]
    if owner.state != ACTIVE:
        return
    if element.event is not None and element.event.parallel:
        if not _all_parts(run, owner, element, variables, part):
            return
        variables = {}
    if element.kind in ("boundaryEvent", "startEvent"):
        catch(run, owner, element, variables)
    elif isinstance(owner, ElementInstance) and owner.element_id != event_id:
        waiting.close(run, owner.key, tuple(f.target for f in process.elements[owner.element_id].outgoing), process)
        run.end(owner, COMPLETED)
        moving.place(run, owner.scope_key, element.id, variables, triggered=True)
    else:
        assert isinstance(owner, ElementInstance)
        waiting.close(run, owner.key, (event_id,), process)  # it has happened, also where leaving has to wait
        moving.finish(run, owner, variables)


def _all_parts(run: Run, owner: Owner, element: Element, variables: Mapping[str, Any], part: int) -> bool:
    """Note a part of a parallel multiple event; return True when every part has happened."""
    assert element.event is not None
    propagate(run, owner.key, variables)
    counts = arrivals.note(run, owner.key, element.id, {str(part): 1})
    complete = all(counts.get(str(n)) for n in range(len(element.event.parts)))
    if complete:
        arrivals.clear(run, owner.key, element.id)
    return complete


def catch(run: Run, owner: Owner, event: Element, variables: Mapping[str, Any]) -> None:
    """Let a boundary event of an activity happen, or the start of an event sub-process of a scope."""
    if event.kind == "boundaryEvent":
        assert isinstance(owner, ElementInstance)
        _boundary_event(run, owner, event, variables)
    else:
        _event_subprocess(run, owner, event, variables)


def _boundary_event(run: Run, host: ElementInstance, event: Element, variables: Mapping[str, Any]) -> None:
    """Let a boundary event happen; an interrupting one ends its host."""
    if not event.interrupting or ending.terminate(run, host, Ending("leave", event.id, variables)):
        moving.place(run, host.scope_key, event.id, variables, triggered=True)


def _event_subprocess(run: Run, scope: Owner, start: Element, variables: Mapping[str, Any]) -> None:
    """Start an event sub-process; an interrupting one ends everything else in its scope."""
    process = run.process_of(scope)
    if start.interrupting:
        gone = ending.terminate_children(run, scope)
        container = process.elements[process.elements[start.parent or ""].parent or ""]
        waiting.close_scope(run, scope.key, container, process)
        ending.forget_arrivals(run, scope, container)
        if not gone:
            ending.note(run, scope, Ending("enter", start.parent or "", variables))
            return
    moving.enter_event_subprocess(run, scope, start.parent or "", variables)
