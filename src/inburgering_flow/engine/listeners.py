"""Listeners: jobs that run one after the other around an element's work (execution) or a user task's moves (task).

A start listener gives the element its first own variables; what an end or completing listener returns is added to the
element's result before its output mappings. A task listener may deny the move or correct the task (``Outcome``).
Source: Camunda 8 documentation, execution listeners and user task listeners.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import expressions
from inburgering_flow.engine.bookkeeping import ON_PROCESS, Denied, Listening, Phase, ProcessListening
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.timers import parse_moment
from inburgering_flow.engine.variables import read, set_local
from inburgering_flow.errors import Conflict
from inburgering_flow.feel import to_plain
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import ElementInstance, JobRow, ProcessInstance, UserTask

BEGINNING = ("start", "creating", "assigning")


@dataclass(frozen=True)
class Outcome:
    """What a job says beside variables.

    A task listener: why the move is denied, or what becomes of the task's fields. The job of an ad-hoc sub-process: the
    activities to start, each with its own variables, or that it is done, and whether what is left in it is ended.
    """

    denied: str | None = None
    corrections: Mapping[str, Any] = field(default_factory=dict)
    activate: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    fulfilled: bool = False
    cancel_remaining: bool = False


AGREED = Outcome()


def of(element: Element, on: str) -> list[Any]:
    """Return the listeners of an element for one event, in order."""
    if not (element.execution_listeners or element.task_listeners):
        return []
    every = element.execution_listeners if on in ("start", "end") else element.task_listeners
    return [listener for listener in every if listener.on == on]


def begun(row: ElementInstance) -> bool:
    """Tell whether an element returns from its start listeners, so that its inputs have been mapped."""
    found = Listening.of(row)
    return found is not None and found.on in BEGINNING


def opened(row: ElementInstance) -> bool:
    """Tell whether an element returns from listeners that run while its boundary events are open."""
    found = Listening.of(row)
    return found is not None and found.on in BEGINNING[1:]


def wait(
    run: Run, row: ElementInstance, element: Element, on: str, result: Mapping[str, Any], *,
    changes: Mapping[str, Any] | None = None, is_task: bool = False,
) -> bool:  # fmt: skip
    """Open the job of the next listener; return False when there is none (left). ``result`` is the element's result so
    far, ``changes`` what the move will do to its task (``is_task`` if that exists already); both are returned when the
    job is done.
    """
    found = of(element, on)
    if not found:
        return False
    before = Listening.of(row)
    if before is not None and before.on != on:
        return False  # it returns from a later listener
    if before is not None and before.number >= len(found):
        _forget(run, row, before)
        return False
    if before is None:
        before = Listening(on, user=run.user, changes=changes or {}, is_task=is_task)
        Denied.forget(row)
    run.step.new_jobs.append(_job(run, row, row.instance_key, element.id, found[before.number], on, before.number))
    replace(before, result=result).keep(row)
    run.touched(row)
    return True


def _job(
    run: Run, owner: ElementInstance | ProcessInstance, instance_key: int, element_id: str, listener: Any, on: str,
    number: int,
) -> JobRow:  # fmt: skip
    what = f"type of {on} listener {number + 1}"
    job_type = expressions.value(run, owner, listener.type, what)
    if not job_type:
        expected = "text that says which worker does the work"
        raise expressions.wrong(run, owner, listener.type, what, expected, job_type)
    retries = expressions.value(run, owner, listener.retries, "number of retries")
    return JobRow(
        run.next_key(), "JOB", expressions.name(job_type, what), instance_key, owner.root_key, owner.key, element_id,
        run.now, 3 if retries is None else int(retries), {"listener": on}, tenant_id=run.instance(instance_key).tenant_id,
    )  # fmt: skip


def _forget(run: Run, row: ElementInstance, found: Listening) -> Listening:
    Listening.forget(row)
    run.touched(row)
    return found


def _at_work(row: ElementInstance) -> Listening:
    found = Listening.of(row)
    assert found is not None
    return found


def completed(run: Run, row: ElementInstance, variables: Mapping[str, Any], outcome: Outcome) -> Listening:
    """Note that the current listener is done; return how far they have come, with the result so far."""
    before = _at_work(row)
    if before.user and run.user is None:
        run.user = before.user  # whoever asked for the move, not the worker, is who did it
    result = before.result
    if before.on in ("end", "completing"):
        result = {**result, **to_plain(dict(variables))}
    now = replace(before, number=before.number + 1, result=result, changes={**before.changes, **outcome.corrections})
    now.keep(row)
    run.touched(row)
    return now


def canceling(run: Run, row: ElementInstance, element: Element) -> bool:
    """Open the job of the first listener on the end of a user task; return False where there is none, or no task yet."""
    if not of(element, "canceling"):
        return False
    before = Listening.of(row)
    making = before is not None and before.on in BEGINNING and not before.is_task
    if making or (run.is_new(row.key) and not any(t.element_key == row.key for t in run.step.new_tasks)):
        return False
    run.must_move(row)
    if before is not None:
        _forget(run, row, before)  # whatever was asked of the task will not happen
    try:
        return wait(run, row, element, "canceling", {})
    except Trouble as trouble:
        run.incident(row, trouble, "canceling")
        return True


def skip_others(row: ElementInstance, element: Element) -> None:
    """Make the current listener the last one of its event."""
    found = _at_work(row)
    replace(found, number=len(of(element, found.on)) - 1).keep(row)


def deny(run: Run, row: ElementInstance, reason: str) -> None:
    """Take a move back: the task stays as it was, with the reason for whoever asked for the move."""
    Denied(_forget(run, row, _at_work(row)).on, reason).keep(row)


def phase(found: Listening) -> Phase:
    """Return what a retry does after a listener threw an error that nothing caught."""
    if found.is_task:
        return "move"
    return "enter" if found.on in BEGINNING else "leave"


def not_at_work(row: ElementInstance) -> None:
    """Refuse to move an element whose listeners are at work; raises Conflict."""
    if Listening.of(row) is not None:
        raise Conflict(
            _("'{id}' is being changed already: its listeners are at work.").format(id=row.element_id),
            remedy=_("Look at it again in a moment."),
        )


def corrected(task: UserTask, changes: Mapping[str, Any], run: Run) -> None:
    """Write corrected fields into a task that is being made."""
    if not changes:
        return
    for name, value in changes.items():
        if name in ("due", "follow_up") and value is not None:
            value = parse_moment(value, run.zone)  # stored as text meanwhile
        setattr(task, name, tuple(value) if isinstance(value, list) else value)


# -- listeners on the process itself ---------------------------------------------------------------------------------


def on_process(run: Run, instance: ProcessInstance) -> ProcessListening | None:
    """Return how far the listeners of a process instance have come; None where none is at work."""
    stored: dict[str, Any] | None = read(run, instance.key, ON_PROCESS)
    return None if stored is None else ProcessListening.read(stored)


def keep_on_process(run: Run, instance: ProcessInstance, found: ProcessListening | None) -> None:
    """Write how far the listeners of a process instance have come."""
    set_local(run, instance, ON_PROCESS, None if found is None else found.stored())


def of_process(run: Run, instance: ProcessInstance, root: Element, begin: ProcessListening) -> bool:
    """Open the job of the next listener on the process; return False when there is none (left). Where none was at work
    before, ``begin`` says for which event, and what the process begins with.
    """
    found = of(root, begin.on)
    if not found:
        return False
    entry = on_process(run, instance) or begin
    if entry.is_waiting:
        return True
    if entry.number >= len(found):
        keep_on_process(run, instance, None)
        return False
    keep_on_process(run, instance, entry)  # known even where the job's type cannot be told
    run.step.new_jobs.append(_job(run, instance, instance.key, root.id, found[entry.number], entry.on, entry.number))
    keep_on_process(run, instance, entry.waiting())
    return True


def change_task(run: Run, row: ElementInstance, on: str, changes: Mapping[str, Any]) -> None:
    """Change fields of a user task, when its next listener has agreed; ``on`` is assigning or updating."""
    if not wait(run, row, run.element_of(row), on, {}, changes=to_plain(dict(changes)), is_task=True):
        run.step.changed_tasks[row.key] = changes
