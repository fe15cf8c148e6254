"""When a user task is due and from when it is to be followed up: when it is opened, and again when variables change."""

from __future__ import annotations

from datetime import datetime

from inburgering_flow.engine import expressions
from inburgering_flow.engine.bookkeeping import Listening
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.timers import parse_beginning, parse_moment
from inburgering_flow.model.runtime import ACTIVE, SUSPENDED, ElementInstance


def dates(run: Run, row: ElementInstance) -> dict[str, datetime | None]:
    """Return when a user task is due and from when it is to be followed up, by the variables of now.

    Raises Trouble for anything but a date or nothing.
    """
    element, found = run.element_of(row), {}
    for name, text, what, parse in (
        ("due", element.due_date, "due date", parse_moment),
        ("follow_up", element.follow_up_date, "follow-up date", parse_beginning),
    ):
        value = expressions.value(run, row, text, what)
        try:
            found[name] = None if value is None else parse(value, run.zone)
        except Trouble:
            raise expressions.wrong(run, row, text, what, "a date or date and time in ISO 8601", value) from None
    return found


def recompute(run: Run) -> None:
    """Compute again when open tasks that follow changed variables are due, and to be followed up.

    A date without an outcome stays as it was, and so does a task that listeners are at work on.
    """
    for instance_key, names in run.all_changed_names.items():
        instance = run.instance(instance_key)
        if instance.state not in (ACTIVE, SUSPENDED):
            continue
        process = run.process_of(instance)
        for element_id, read in process.following_tasks.items():
            if read.isdisjoint(names):
                continue
            for row in run.active_at(instance, element_id):
                if Listening.of(row) is None:
                    _recompute_task(run, row)


def _recompute_task(run: Run, row: ElementInstance) -> None:
    try:
        found = dates(run, row)
    except Trouble:
        return
    fresh = next((task for task in run.step.new_tasks if task.element_key == row.key), None)
    if fresh is None:
        run.step.changed_tasks[row.key] = {**run.step.changed_tasks.get(row.key, {}), **found}
    else:
        fresh.due, fresh.follow_up = found["due"], found["follow_up"]
