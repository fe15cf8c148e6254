"""How a process begins: by a command, by an event, or called by another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import completion, listeners, moving
from inburgering_flow.engine.bookkeeping import ProcessListening
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import set_local
from inburgering_flow.errors import NotFound
from inburgering_flow.feel import to_plain
from inburgering_flow.model.runtime import COMPLETED, STARTED_FOR, ElementInstance, ProcessInstance


def start(
    run: Run,
    process: Process,
    variables: Mapping[str, Any],
    *,
    start_event: str | None = None,
    person_key: int | None = None,
    business_key: str = "",
    correlation_key: str = "",
) -> ProcessInstance:
    """Start a process at its plain start event, or at the start event that a message or timer triggered.

    While the instance is active, no other is started by a message with the same ``correlation_key``.
    """
    key = run.next_key()
    instance = ProcessInstance(
        key, process.key, process.process_id, process.version, key, run.now, person_key=person_key,
        business_key=business_key,
    )  # fmt: skip
    if start_event is None:
        _make(run, instance, process, variables)
    else:
        hidden = {STARTED_FOR: correlation_key} if correlation_key else {}
        _make(run, instance, process, hidden, start_event, variables)
    return instance


def _make(
    run: Run, instance: ProcessInstance, process: Process, variables: Mapping[str, Any],
    start_event: str | None = None, event_variables: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    run.begin(instance)
    for name in process.root.data:
        if name not in variables:
            set_local(run, instance, name, None)
    for name, value in variables.items():
        set_local(run, instance, name, value)
    if start_event is None and not process.beginnings[process.process_id]:
        raise NotFound(
            f"Process '{process.process_id}' has no plain start event.",
            remedy="Start it by the message that its start event names.",
        )
    if process.root.execution_listeners:
        variables = to_plain(dict(event_variables or {}))
        go_on(run, instance, ProcessListening("start", start_event=start_event, variables=variables))
    else:
        _begin(run, instance, process, start_event, event_variables or {})


def go_on(run: Run, instance: ProcessInstance, found: ProcessListening) -> None:
    """Open the next listener's job of a process, or begin or end the process."""
    if found.on == "end":
        run.queue(partial(completion.complete_if_done, run, instance))
        return
    process = run.process_of(instance)
    try:
        if listeners.of_process(run, instance, process.root, found):
            return
    except Trouble as trouble:
        run.process_incident(instance, trouble, "process-start")
        return
    _begin(run, instance, process, found.start_event, found.variables)


def _begin(
    run: Run, instance: ProcessInstance, process: Process, start_event: str | None, variables: Mapping[str, Any]
) -> None:
    """Put the first tokens into an instance."""
    if start_event is not None:
        _start_at(run, instance, process.elements[start_event], process, variables)
        return
    for number, element_id in enumerate(process.beginnings[process.process_id]):
        moving.place(run, instance.key, element_id, {}, first=number == 0)


def _start_at(
    run: Run, instance: ProcessInstance, element: Element, process: Process, variables: Mapping[str, Any]
) -> None:
    """Start at the event that happened: a start event, an instantiating task, or an event after an instantiating gateway."""
    gateway = process.elements[element.incoming[0].source] if element.incoming else None
    others: tuple[str, ...] = ()
    if gateway is not None and gateway.kind == "eventBasedGateway":
        run.end(run.activate(gateway, instance.key), COMPLETED)
        if gateway.parallel_events:
            others = tuple(f.target for f in gateway.outgoing if f.target != element.id)
    moving.place(run, instance.key, element.id, variables, triggered=element.kind != "startEvent", first=True)
    for other in others:
        moving.place(run, instance.key, other, {})


def call(run: Run, process: Process, row: ElementInstance, variables: Mapping[str, Any]) -> None:
    """Start a process called by an element."""
    caller = run.instance(row.instance_key)
    if run.depth(caller) >= run.env.call_depth:
        raise Trouble(
            "CALLED_ELEMENT_ERROR",
            f"{run.env.call_depth:,} calls are active here inside each other, and '{process.process_id}' would be one more. "
            "Does a process call itself without end? Cancel the case and mend it; or raise the setting CALL_DEPTH and retry.",
        )
    instance = ProcessInstance(
        run.next_key(), process.key, process.process_id, process.version, row.root_key, run.now,
        parent_key=row.instance_key, parent_element_key=row.key, person_key=caller.person_key,
        business_key=caller.business_key, tenant_id=caller.tenant_id,
    )  # fmt: skip
    try:
        _make(run, instance, process, variables)
    except NotFound as error:
        raise Trouble("CALLED_ELEMENT_ERROR", str(error)) from None


def called_process(run: Run, process_id: str, near: Process, binding: str, version_tag: str = "") -> Process:
    """Return the process that a call activity calls."""
    try:
        return run.env.catalog.latest_process(process_id, near, binding, version_tag)
    except NotFound:
        which = f" with the version tag '{version_tag}'" if binding == "versionTag" else ""
        raise Trouble(
            "CALLED_ELEMENT_ERROR",
            f"No process '{process_id}'{which} is deployed. Deploy it, then retry the incident.",
        ) from None
