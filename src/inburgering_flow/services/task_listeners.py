"""What the worker of a task listener sees of the task, and what it may say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from inburgering_flow.engine.bookkeeping import Listening
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.timers import parse_beginning, parse_moment
from inburgering_flow.errors import InvalidInput
from inburgering_flow.model.runtime import HIGHEST_PRIORITY, ElementInstance, UserTask
from inburgering_flow.store import tasks
from inburgering_flow.store.database import Unit

DENIABLE = frozenset(("assigning", "updating", "completing"))
CORRECTABLE = frozenset(("creating", *DENIABLE))
TASK_EVENTS = frozenset((*CORRECTABLE, "canceling"))
SHOWN = ("key", "name", "assignee", "candidate_groups", "candidate_users", "due", "follow_up", "priority")
LONGEST_REASON = 500


def _name(value: Any, _zone: tzinfo) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ValueError("a user name, or None")
    return value


def _names(value: Any, _zone: tzinfo) -> list[str]:
    if isinstance(value, str) or not all(isinstance(v, str) and v.strip() for v in value):
        raise ValueError("a list of names")
    return list(value)


def _moment(value: Any, zone: tzinfo, parse: Callable[[Any, tzinfo], datetime] = parse_moment) -> str | None:
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, date | datetime) else value
    try:
        return parse(text, zone).isoformat()
    except Trouble:
        raise ValueError("a moment such as 2026-12-31T17:00:00+01:00, or None") from None


def _beginning(value: Any, zone: tzinfo) -> str | None:
    return _moment(value, zone, parse_beginning)


def _priority(value: Any, _zone: tzinfo) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= HIGHEST_PRIORITY:
        raise ValueError(f"a number from 0 to {HIGHEST_PRIORITY}")
    return value


FIELDS: Mapping[str, Callable[[Any, tzinfo], Any]] = {
    "assignee": _name,
    "candidate_groups": _names,
    "candidate_users": _names,
    "due": _moment,
    "follow_up": _beginning,
    "priority": _priority,
}


def checked(fields: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Return changed fields of a task as they are stored while listeners work; raises InvalidInput for the first wrong one."""
    found = {}
    for name, value in fields.items():
        if name not in FIELDS:
            raise InvalidInput(f"A task has no field '{name}' to change.", remedy=f"Use one of {', '.join(FIELDS)}.")
        try:
            found[name] = FIELDS[name](value, zone)
        except (ValueError, TypeError) as error:
            raise InvalidInput(f"The value of '{name}' does not fit.", remedy=f"Give {error}.") from None
    return found


def denial(event: str, reason: str) -> str:
    """Return the reason for a denial; raises InvalidInput if the event cannot be denied or no reason is given."""
    if event not in DENIABLE:
        raise InvalidInput(
            "Only a task listener on assigning, updating or completing can deny.",
            remedy="Raise a BpmnError, or let the diagram decide.",
        )
    if not reason.strip():
        raise InvalidInput("A denial needs a reason.", remedy="Write what the user has to do first.")
    return reason.strip()[:LONGEST_REASON]


def shown(unit: Unit, row: ElementInstance, name: str) -> dict[str, Any]:
    """Return the task of an element as it will be after the current move; a task that is being created has no key."""
    task: UserTask | None = tasks.of_element(unit, row.key)
    found: dict[str, Any] = {"name": name} if task is None else {field: getattr(task, field) for field in SHOWN}
    listening = Listening.of(row)
    return found if listening is None else {**found, **listening.changes}
