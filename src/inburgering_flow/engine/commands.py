"""The commands: each moves what it names, and ``settle`` runs the family to rest and gives the ``Step``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from inburgering_flow.engine import (
    adhoc,
    catching,
    conditions,
    ending,
    joins,
    listeners,
    moving,
    starting,
    task_dates,
    throwing,
    waiting,
)
from inburgering_flow.engine.adhoc import activate as activate_ad_hoc
from inburgering_flow.engine.bookkeeping import Listening, Phase
from inburgering_flow.engine.catching import happen, trigger
from inburgering_flow.engine.conditions import look_at as look_at_conditions
from inburgering_flow.engine.incidents import retry
from inburgering_flow.engine.modification import modify
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.starting import start
from inburgering_flow.engine.timers import next_round
from inburgering_flow.engine.variables import propagate, set_local
from inburgering_flow.errors import Conflict
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import ACTIVE, ElementInstance, JobRow, ProcessInstance
from inburgering_flow.model.step import Step

__all__ = [
    "activate_ad_hoc", "cancel", "change_task", "complete", "error", "fire", "happen", "job_done", "look_at_conditions", "modify",
    "retry", "set_variables", "settle", "start", "trigger",
]  # fmt: skip


def complete(run: Run, element_key: int, variables: Mapping[str, Any]) -> None:
    """Complete the work of a waiting element: a user task, a caught message or timer."""
    row = run.element(element_key)
    listeners.not_at_work(row)
    moving.finish(run, row, variables)


def change_task(run: Run, element_key: int, on: str, changes: Mapping[str, Any]) -> None:
    """Change fields of a user task, when its listeners agree; ``on`` is assigning or updating."""
    row = run.element(element_key)
    run.must_move(row)
    listeners.not_at_work(row)
    listeners.change_task(run, row, on, changes)


def job_done(
    run: Run, element_key: int, variables: Mapping[str, Any], outcome: listeners.Outcome = listeners.AGREED
) -> None:
    """Go on when a job has done an element's work, or the work of one of its listeners or the process's."""
    row = run.scope(element_key)
    if isinstance(row, ProcessInstance):
        _process_listener_done(run, row, variables)
        return
    before = Listening.of(row)
    if before is None:
        if run.element_of(row).ad_hoc is not None:
            adhoc.chosen(run, row, variables, outcome)
        else:
            moving.finish(run, row, variables)
        return
    if outcome.denied is not None:
        if before.on == "completing" or before.is_task:
            listeners.deny(run, row, outcome.denied)
            return
        listeners.skip_others(row, run.element_of(row))
        outcome = listeners.Outcome(corrections={"assignee": None})  # the new task belongs to nobody
    JOBS[before.on](run, row, variables, outcome)


def _begun(run: Run, row: ElementInstance, variables: Mapping[str, Any], outcome: listeners.Outcome) -> None:
    found = listeners.completed(run, row, variables, outcome)
    for name, value in variables.items():
        set_local(run, row, name, value)
    moving.work_again(run, row, found.result)


def _moved(run: Run, row: ElementInstance, variables: Mapping[str, Any], outcome: listeners.Outcome) -> None:
    found = Listening.of(row)
    if found is None or not found.is_task:  # a task that is being made is assigned for the first time
        _begun(run, row, variables, outcome)
        return
    found = listeners.completed(run, row, variables, outcome)
    listeners.change_task(run, row, found.on, found.changes)


def _completing(run: Run, row: ElementInstance, variables: Mapping[str, Any], outcome: listeners.Outcome) -> None:
    found = listeners.completed(run, row, variables, outcome)
    if found.changes:
        run.step.changed_tasks[row.key] = found.changes
    moving.finish(run, row, found.result)


def _leaving(run: Run, row: ElementInstance, variables: Mapping[str, Any], outcome: listeners.Outcome) -> None:
    moving.finish(run, row, listeners.completed(run, row, variables, outcome).result)


def _canceling(run: Run, row: ElementInstance, variables: Mapping[str, Any], _outcome: listeners.Outcome) -> None:
    run.must_move(row)
    propagate(run, row.key, variables)
    listeners.completed(run, row, {}, listeners.AGREED)
    ending.listened_to_end(run, row)


JOBS: Mapping[str, Callable[[Run, ElementInstance, Mapping[str, Any], listeners.Outcome], None]] = {
    "start": _begun,
    "creating": _begun,
    "assigning": _moved,
    "updating": _moved,
    "completing": _completing,
    "end": _leaving,
    "canceling": _canceling,
}
"""Event of the listener whose job is done → how its element goes on."""


def _process_listener_done(run: Run, instance: ProcessInstance, variables: Mapping[str, Any]) -> None:
    found = listeners.on_process(run, instance)
    if instance.state != ACTIVE or found is None:
        return
    run.must_move(instance)
    for name, value in variables.items():
        set_local(run, instance, name, value)
    found = found.next()
    listeners.keep_on_process(run, instance, found)
    starting.go_on(run, instance, found)


def fire(run: Run, job: JobRow) -> None:
    """Let a timer fire; a cycle that goes on is armed again for its next round in the future."""
    payload = job.payload or {}
    run.fired_at_once = int(payload.get("at_once", 0))
    again = next_round(job.due, payload, run.now, run.zone)
    if again is not None:
        run.step.new_jobs.append(
            replace(job, key=run.next_key(), due=again.moment, payload=dict(again.cycle), lease_until=None, lease_owner=None)
        )
    catching.trigger(run, job.element_key, job.instance_key, job.element_id, {}, int(payload.get("part", 0)))


def error(run: Run, element_key: int, code: str, variables: Mapping[str, Any], message: str) -> None:
    """Throw a BPMN error at an element, as a job worker may; uncaught, a retry gives the work to a worker again."""
    row = run.scope(element_key)
    if isinstance(row, ProcessInstance):
        at_work = listeners.on_process(run, row)
        at_end = at_work is not None and at_work.on == "end"
        what = f"A listener on the process threw the error '{code}', which nothing can catch. {message}".strip()
        trouble = Trouble("UNHANDLED_ERROR_EVENT", what)
        run.process_incident(row, trouble, "process-end" if at_end else "process-start")
        return
    found = Listening.of(row)
    if found is not None and found.on == "canceling":
        what = f"A listener on canceling threw the error '{code}', which nothing can catch. {message}".strip()
        run.incident(row, Trouble("UNHANDLED_ERROR_EVENT", what), "canceling")
        return
    phase: Phase = "again" if found is None else listeners.phase(found)
    result = None if found is None else found.result
    run.queue(partial(throwing.throw_error, run, row, code, variables, message, phase, result))


def cancel(run: Run, instance_key: int) -> None:
    """Terminate an instance and everything that it called."""
    ending.terminate_instance(run, run.instance(instance_key))


def set_variables(
    run: Run, scope_key: int, instance_key: int, variables: Mapping[str, Any], *, local: bool = False
) -> None:
    """Write variables from outside, at a scope or from it upwards."""
    owner: Owner = run.instance(instance_key) if scope_key == instance_key else run.element(scope_key)
    if isinstance(owner, ElementInstance) and (owner.instance_key != instance_key or owner.state != ACTIVE):
        raise Conflict(
            _("Element instance {key} is not active in this instance.").format(key=scope_key),
            remedy=_("Set the variables at the instance, or at an element that is active."),
        )
    if local:
        for name, value in variables.items():
            set_local(run, owner, name, value)
    else:
        propagate(run, owner.key, variables)


def settle(run: Run) -> Step:
    """Run everything to rest and return what has changed."""
    run.to_rest(conditions.look_again, joins.settle)
    waiting.recompute_timers(run)
    task_dates.recompute(run)
    run.step.prune()
    return run.step
