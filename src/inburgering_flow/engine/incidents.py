"""What a retry does: it goes on with what has not been done yet, from where trouble stopped an element or a process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from inburgering_flow.engine import bookkeeping, completion, ending, joins, listeners, moving, starting
from inburgering_flow.engine.bookkeeping import Leaving, Listening, Phase
from inburgering_flow.engine.run import Run
from inburgering_flow.model.runtime import ACTIVE, TERMINATED, ElementInstance, IncidentRow, ProcessInstance


def retry(run: Run, incident: IncidentRow) -> None:
    """Go on where an incident stands; nothing happens where its element or process has ended meanwhile."""
    owner = run.scope(incident.element_key)
    if owner.state == ACTIVE:
        PHASES[incident.phase](run, owner)


def _enter(run: Run, row: ElementInstance, *, is_open: bool = False) -> None:
    moving.work_again(run, row, bookkeeping.brought(row), is_open=is_open)


def _leave(run: Run, row: ElementInstance, phase: Phase) -> None:
    leaving = Leaving.of(row)
    run.user = leaving.user or run.user  # whoever completed it, not who retries, is who did it
    moving.finish(run, row, leaving.result, phase)


def _join(run: Run, row: ElementInstance) -> None:
    scope, join = run.scope(row.scope_key), run.element_of(row)
    run.end(row, TERMINATED)
    if join.kind == "complexGateway":
        joins.activate(run, scope, join)
    completion.token_ended(run, row.scope_key)


def _loop(run: Run, body: ElementInstance) -> None:
    run.queue(partial(moving.body_of(run, body).check, run, body))


def _ad_hoc(run: Run, row: ElementInstance) -> None:
    run.queue(partial(completion.complete_if_done, run, row))


def _move(run: Run, row: ElementInstance) -> None:
    found = Listening.of(row)
    if found is not None:
        listeners.change_task(run, row, found.on, found.changes)


def _canceling(run: Run, row: ElementInstance) -> None:
    ending.listened_to_end(run, row)


def _process(run: Run, instance: ProcessInstance) -> None:
    found = listeners.on_process(run, instance)
    if found is not None:
        found = found.again()
        listeners.keep_on_process(run, instance, found)
        starting.go_on(run, instance, found)


Resume = Callable[[Run, Any], None]  # of an element instance or, for the phases of a process, of its instance

PHASES: Mapping[str, Resume] = {
    "enter": _enter,
    "again": partial(_enter, is_open=True),
    "leave": partial(_leave, phase="leave"),
    "map": partial(_leave, phase="map"),
    "flow": partial(_leave, phase="flow"),
    "loop": _loop,
    "ad-hoc": _ad_hoc,
    "join": _join,
    "move": _move,
    "canceling": _canceling,
    "process-start": _process,
    "process-end": _process,
}
"""Phase of an incident → how to go on. A job's own incident (``job``) is retried by its queue, without a step."""
