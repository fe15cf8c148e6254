"""What cases of a process did over time: their tasks, terms and what they waited for, as a simulation reads and makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from inburgering_flow.analysis.weeks import Case, Task, Term
from inburgering_flow.model.runtime import COMPLETED, CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.terms import KEPT, THEIRS
from inburgering_flow.store.types import running

u, e, i, j, s, c, m = (
    t.user_task.c, t.element_instance.c, t.process_instance.c, t.job.c, t.subscription.c, t.message_correlation.c, t.message.c,
)  # fmt: skip


@dataclass(frozen=True)
class SeenTask:
    """A task, and how it ended: ``closed`` without ``is_done`` when it was withdrawn."""

    key: int
    root_key: int
    process_id: str
    element_id: str
    groups: tuple[str, ...]
    opened: datetime
    due: datetime | None
    closed: datetime | None
    is_done: bool


@dataclass(frozen=True)
class SeenJob:
    """Work of a program that nothing here does."""

    key: int
    root_key: int
    type: str
    opened: datetime


@dataclass(frozen=True)
class SeenWait:
    """An event that waits for a message, as long as its ``owner`` is there."""

    key: int
    root_key: int
    instance_key: int
    owner_key: int
    process_id: str
    element_id: str
    name: str
    opened: datetime



def roots(unit: Unit, process_id: str, since: datetime, until: datetime, most: int) -> list[int]:
    """Return the newest cases of a process that began before a moment and ran after another, the oldest first."""
    query = (
        select(i.key)
        .where(i.process_id == process_id, i.key == i.root_key, i.start < until,
               or_(running(i.state), (i.state == COMPLETED) & (i.end >= since)))
        .order_by(i.key.desc())
        .limit(most)
    )  # fmt: skip
    return sorted(unit.connection.execute(query).scalars())


def cases(unit: Unit, process_id: str, since: datetime) -> list[Case]:
    """Return every case of a process that ran at or after a moment, terminated ones too."""
    query = select(i.start, i.end).where(
        i.process_id == process_id, i.key == i.root_key, or_(i.end.is_(None), i.end >= since)
    )
    return [Case(*row) for row in unit.connection.execute(query)]


def tasks(unit: Unit, process_id: str, since: datetime) -> list[SeenTask]:
    """Return every task of the cases of a process that was open at or after a moment, oldest first."""
    closed = func.coalesce(u.completed, e.end)
    query = (
        select(u.key, u.root_key, u.process_id, u.element_id, u.candidate_groups, u.created, u.due, closed, u.state == COMPLETED)
        .join(t.element_instance, e.key == u.element_key)
        .join(t.process_instance, i.key == u.root_key)
        .where(i.process_id == process_id, or_(closed.is_(None), closed >= since))
        .order_by(u.key)
    )
    return [_task(row) for row in unit.connection.execute(query)]


def terms(unit: Unit, process_id: str, since: datetime) -> list[Term]:
    """Return the last days of the organisation in the cases of a process that were not over before a moment."""
    x = t.term.c
    query = (
        select(x.due, x.over, x.state)
        .join(t.process_instance, i.key == x.root_key)
        .where(i.process_id == process_id, x.state != THEIRS, or_(x.over.is_(None), x.over >= since))
    )
    return [Term(due, over, over is not None and state != KEPT) for due, over, state in unit.connection.execute(query)]


_tasks_after = Prepared(
    select(u.key, u.root_key, u.process_id, u.element_id, u.candidate_groups, u.created, u.due, u.completed, u.state == COMPLETED)
    .where(u.key > bindparam("after"), u.state == CREATED)
    .order_by(u.key)
)
_waits_after = Prepared(
    select(s.key, s.root_key, s.instance_key, s.owner_key, s.process_id, s.element_id, s.name, s.created)
    .where(s.key > bindparam("after"), s.kind == "message")
    .order_by(s.key)
)
_jobs_after = Prepared(
    select(j.key, j.root_key, j.type, j.due).where(j.key > bindparam("after"), j.kind == "JOB", ~j.failed).order_by(j.key)
)
_is_open = Prepared(select(u.key).where(u.key == bindparam("wanted"), u.state == CREATED))
_waits = Prepared(select(s.key, s.correlation_key).where(s.key == bindparam("wanted")))


def tasks_after(unit: Unit, key: int) -> list[SeenTask]:
    """Return the open tasks that are newer than one."""
    return [_task(row) for row in _tasks_after.rows(unit, {"after": key})]


def waits_after(unit: Unit, key: int) -> list[SeenWait]:
    """Return what waits for a message and is newer than one that does."""
    return [SeenWait(*row) for row in _waits_after.rows(unit, {"after": key})]


def jobs_after(unit: Unit, key: int) -> list[SeenJob]:
    """Return the work of programs that is there and newer than one."""
    return [SeenJob(*row) for row in _jobs_after.rows(unit, {"after": key})]


def is_open(unit: Unit, task_key: int) -> bool:
    """Tell whether a task can still be done."""
    return bool(list(_is_open.rows(unit, {"wanted": task_key})))


def waits_by(unit: Unit, wait_key: int) -> str | None:
    """Return the key by which an event still waits for its message, None where it does not wait any more."""
    found = list(_waits.rows(unit, {"wanted": wait_key}))
    return found[0][1] if found else None


def heard(unit: Unit) -> list[tuple[int, int, str, datetime]]:
    """Return what messages reached: (message, instance, name of the message, moment)."""
    query = select(c.message_key, c.instance_key, m.name, c.correlated).join(t.message, m.key == c.message_key)
    return [(row[0], row[1], row[2], row[3]) for row in unit.connection.execute(query)]


def ends(unit: Unit) -> dict[int, datetime]:
    """Return when elements and instances ended, by key."""
    both = (select(one.key, one.end).where(one.end.is_not(None)) for one in (e, i))
    return {row[0]: row[1] for query in both for row in unit.connection.execute(query)}


def people(unit: Unit, process_id: str, since: datetime, until: datetime) -> list[tuple[str, str, datetime]]:
    """Return who did the tasks of a process in a time: (first group of the task, account, moment)."""
    query = (
        select(u.candidate_group, u.completed_by, u.completed)
        .join(t.process_instance, i.key == u.root_key)
        .where(i.process_id == process_id, u.state == COMPLETED, u.completed >= since, u.completed < until)
    )
    return [(row[0], row[1], row[2]) for row in unit.connection.execute(query)]


def latest_done(unit: Unit, most: int) -> list[tuple[str, str, datetime]]:
    """Return who did tasks, of the newest that are done: (first group of the task, account, moment)."""
    query = select(u.candidate_group, u.completed_by, u.completed).where(u.state == COMPLETED).order_by(u.key.desc())
    return [(row[0], row[1], row[2]) for row in unit.connection.execute(query.limit(most)) if row[1] is not None]


def _task(row: Any) -> SeenTask:
    key, root, process, element, groups, opened, due, closed, done = row
    return SeenTask(key, root, process, element, tuple(groups), opened, due, closed, bool(done))


def as_figures(seen: SeenTask, role: str) -> Task:
    """Return a task as figures count it."""
    return Task(role, seen.opened, seen.closed, seen.is_done, seen.due)
