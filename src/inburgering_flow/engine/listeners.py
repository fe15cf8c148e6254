"""Listeners: jobs that run one after the other around an element's work (execution) or a user task's moves (task).

A start listener gives the element its first own variables; what an end or completing listener gives back joins the
element's result before its output mappings. A task listener may deny the move or correct the task (``Outcome``).
Source: Camunda 8 documentation, execution listeners and user task listeners.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.port import Trouble
from inburgering_flow.errors import Conflict
from inburgering_flow.feel import to_plain
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import ElementInstance, JobRow, ProcessInstance, UserTask

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run
    from inburgering_flow.engine.scopes import Scopes

STATE = "listening"  # in an element's data: {"on", "number", "result", …}; gone again when the last one is done
ON_PROCESS = "$listening"  # the same for a process instance, in a variable that only the engine sees
DENIED = "denied"  # in an element's data: {"on", "reason"} of the move that a task listener denied last
BEGINNING = ("start", "creating", "assigning")


@dataclass(frozen=True)
class Outcome:
    """What a task listener says beside variables: why the move is denied, or what becomes of the task's fields."""

    denied: str | None = None
    corrections: Mapping[str, Any] = field(default_factory=dict)


AGREED = Outcome()


def of(element: Element, on: str) -> list[Any]:
    """Return the listeners of an element for one event, in order."""
    if not (element.execution_listeners or element.task_listeners):
        return []
    every = element.execution_listeners if on in ("start", "end") else element.task_listeners
    return [listener for listener in every if listener.on == on]


def state(row: ElementInstance) -> dict[str, Any] | None:
    """Return how far the listeners of an element are; None where none is at work."""
    return (row.data or {}).get(STATE)


def begun(row: ElementInstance) -> bool:
    """Tell whether an element comes back from listeners of its beginning: its inputs have been mapped."""
    found = state(row)
    return found is not None and found["on"] in BEGINNING


def opened(row: ElementInstance) -> bool:
    """Tell whether an element comes back from listeners that run while its boundary events are open."""
    found = state(row)
    return found is not None and found["on"] in BEGINNING[1:]


def wait(run: Run, row: ElementInstance, element: Element, on: str, result: Mapping[str, Any], **more: Any) -> bool:
    """Open the job of the next listener; False when there is none (left).

    ``result`` is what the element has got so far, ``more`` what the move will do; both come back when the job is done.
    """
    found = of(element, on)
    if not found:
        return False
    before = state(row)
    if before is not None and before["on"] != on:
        return False  # it comes back from a later listener
    number = before["number"] if before else 0
    if number >= len(found):
        _forget(run, row)
        return False
    if before is None:
        before = {"on": on, "user": run.user, **more}
        row.data = {k: v for k, v in (row.data or {}).items() if k != DENIED} or None
    entry = {**before, "number": number, "result": to_plain(dict(result))}
    run.step.new_jobs.append(_job(run, row, row.instance_key, element.id, found[number], on, number))
    row.data = {**(row.data or {}), STATE: entry}
    run.touched(row)
    return True


def _job(
    run: Run, owner: ElementInstance | ProcessInstance, instance_key: int, element_id: str, listener: Any, on: str,
    number: int,
) -> JobRow:  # fmt: skip
    what = f"type of {on} listener {number + 1}"
    job_type = run.value(owner, listener.type, what)
    if not job_type:
        expected = "text that says which worker does the work"
        raise run.wrong(owner, listener.type, f"type of {on} listener {number + 1}", expected, job_type)
    retries = run.value(owner, listener.retries, "number of retries")
    return JobRow(run.next_key(), "JOB", run.name(job_type, what), instance_key, owner.root_key, owner.key, element_id, run.now,
                  3 if retries is None else int(retries), {"listener": on})  # fmt: skip


def _forget(run: Run, row: ElementInstance) -> dict[str, Any]:
    assert row.data is not None
    entry: dict[str, Any] = row.data[STATE]
    row.data = {k: v for k, v in row.data.items() if k != STATE} or None
    run.touched(row)
    return entry


def completed(run: Run, row: ElementInstance, variables: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """Note that the listener at hand is done; return the state with its result so far."""
    assert row.data is not None
    entry = row.data[STATE]
    if entry["user"] and run.user is None:
        run.user = entry["user"]  # whoever asked for the move, not the worker, is who did it
    result = dict(entry["result"])
    if entry["on"] in ("end", "completing"):
        result.update(to_plain(dict(variables)))
    changes = {**entry.get("changes", {}), **outcome.corrections}
    entry = {**entry, "number": entry["number"] + 1, "result": result, "changes": changes}
    row.data = {**row.data, STATE: entry}
    run.touched(row)
    return entry


def canceling(run: Run, row: ElementInstance, element: Element) -> bool:
    """Open the job of the first listener on the end of a user task; False where there is none, or no task was made yet."""
    if not of(element, "canceling"):
        return False
    before = state(row)
    making = before is not None and before["on"] in ("start", *BEGINNING) and not before.get("task")
    if making or (run.is_new(row) and not any(t.element_key == row.key for t in run.step.new_tasks)):
        return False
    run.must_move(row)
    if before is not None:
        _forget(run, row)  # whatever was asked of the task will not happen
    try:
        return wait(run, row, element, "canceling", {})
    except Trouble as trouble:
        run.incident(row, trouble, "canceling")
        return True


def skip_others(row: ElementInstance, element: Element) -> None:
    """Let the listener at hand be the last one of its event."""
    assert row.data is not None
    entry = row.data[STATE]
    row.data = {**row.data, STATE: {**entry, "number": len(of(element, entry["on"])) - 1}}


def deny(run: Run, row: ElementInstance, reason: str) -> None:
    """Take a move back: the task stays as it was, with the reason for whoever asked for it."""
    entry = _forget(run, row)
    row.data = {**(row.data or {}), DENIED: {"on": entry["on"], "reason": reason}}


def phase(state: Mapping[str, Any]) -> str:
    """Return what a retry does after a listener threw an error that nothing caught."""
    if state.get("task"):
        return "move"
    return "enter" if state["on"] in BEGINNING else "leave"


def not_at_work(row: ElementInstance) -> None:
    """Refuse to move an element whose listeners are at work; raises Conflict."""
    if state(row) is not None:
        raise Conflict(
            _("'{id}' is being changed already: its listeners are at work.").format(id=row.element_id),
            remedy=_("Look at it again in a moment."),
        )


def corrected(task: UserTask, changes: Mapping[str, Any], run: Run) -> None:
    """Write corrected fields into a task that is being made."""
    if not changes:
        return
    from inburgering_flow.engine.timers import parse_moment

    for name, value in changes.items():
        if name in ("due", "follow_up") and value is not None:
            value = parse_moment(value, run.zone)  # stored as text meanwhile
        setattr(task, name, tuple(value) if isinstance(value, list) else value)


# -- listeners on the process itself ---------------------------------------------------------------------------------


def on_process(run: Scopes, instance: ProcessInstance) -> dict[str, Any] | None:
    """Return how far the listeners of a process instance are; None where none is at work."""
    if ON_PROCESS not in run.scope_variables(instance.key):
        return None
    found: dict[str, Any] | None = run.read(instance.key, ON_PROCESS)
    return found


def of_process(
    run: Run, instance: ProcessInstance, root: Element, on: str, more: Mapping[str, Any] | None = None
) -> bool:
    """Open the job of the next listener on the process; False when there is none (left).

    ``more`` is what the process begins with, kept until then.
    """
    found = of(root, on)
    before = on_process(run, instance)
    if not found:
        return False
    entry = before or {"on": on, "number": 0, "more": dict(more or {}), "waiting": False}
    if entry["waiting"]:
        return True
    if entry["number"] >= len(found):
        run.set_local(instance, ON_PROCESS, None)
        return False
    run.set_local(instance, ON_PROCESS, entry)  # known also where the job's type cannot be said
    job = _job(run, instance, instance.key, root.id, found[entry["number"]], on, entry["number"])
    run.step.new_jobs.append(job)
    run.set_local(instance, ON_PROCESS, {**entry, "waiting": True})
    return True
