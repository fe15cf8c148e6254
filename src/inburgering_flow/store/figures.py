"""What figures are counted from, a month at a time along an index, and the rows that keep what was counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from inburgering_flow.model.runtime import ACTIVE, COMPLETED, CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.terms import OURS
from inburgering_flow.store.types import constant, running
from inburgering_flow.values import load_value

PORTION = 2000  # rows
CHUNK = 500  # keys in one statement
WAITING = ("USER_TASK", "RECEIVE_TASK", "INTERMEDIATE_CATCH_EVENT", "EVENT_BASED_GATEWAY", "SERVICE_TASK", "SEND_TASK")
"""Where a case can stand still."""
GIVEN = ("task.claim", "task.assign", "task.hand_over", "task.take_back")
"""Lines of the log after which somebody has a task."""
NOW = date(1970, 1, 1)
"""The month of what was counted at a moment, and of none."""
u, i, e, x, a, v = t.user_task.c, t.process_instance.c, t.element_instance.c, t.term.c, t.audit.c, t.variable.c


@dataclass(frozen=True)
class Kept:
    """What was counted of a month, and how long that took."""

    kind: str
    month: date
    content: Any
    counted: datetime
    is_sealed: bool
    seconds: float


@dataclass(frozen=True)
class DoneTask:
    """A task that was completed; ``taken`` when somebody last got it, ``is_again`` when the case had done that step before."""

    root_key: int
    definition_key: int
    process_id: str
    element_id: str
    created: datetime
    taken: datetime | None
    completed: datetime
    is_again: bool


@dataclass(frozen=True)
class Ended:
    """A process instance that has ended; ``outcome`` is the end event that it reached last."""

    key: int
    root_key: int
    definition_key: int
    process_id: str
    version: int
    state: str
    start: datetime
    end: datetime
    outcome: str | None


@dataclass(frozen=True)
class Day:
    """A last day that a term had."""

    key: int
    root_key: int
    instance_key: int
    definition_key: int
    name: str
    state: str
    due: datetime
    begun: datetime
    over: datetime | None


@dataclass(frozen=True)
class Stay:
    """How long a case stood at a step; ``instance_key`` is of the process that the step is in."""

    key: int
    root_key: int
    instance_key: int
    definition_key: int
    process_id: str
    element_id: str
    element_type: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Begun:
    """A process instance that has begun; ``end`` is None while it runs."""

    key: int
    root_key: int
    state: str
    start: datetime
    end: datetime | None


def kept(unit: Unit, kinds: Collection[str], since: date = NOW) -> list[Kept]:
    """Return what was counted of these kinds, of months from one on, the oldest first."""
    f = t.figure.c
    query = select(f.kind, f.month, f.content, f.counted, f.is_sealed, f.seconds).where(f.kind.in_(kinds), f.month >= since)
    return [Kept(*row) for row in unit.connection.execute(query.order_by(f.month))]


def marks(unit: Unit, kind: str) -> dict[date, tuple[bool, datetime, float]]:
    """Return of each month that was counted whether it is sealed, when that was, and how many seconds it took."""
    f = t.figure.c
    query = select(f.month, f.is_sealed, f.counted, f.seconds).where(f.kind == kind)
    return {row[0]: (row[1], row[2], row[3]) for row in unit.connection.execute(query)}


def keep(unit: Unit, one: Kept) -> bool:
    """Write what was counted of a month, in place of what was there; return False where that was sealed already."""
    f = t.figure
    same = (f.c.kind == one.kind) & (f.c.month == one.month)
    unit.connection.execute(f.delete().where(same, ~f.c.is_sealed))
    added = unit.connection.execute(unit.dialect.add_unless_taken(f).values(**vars(one)).returning(f.c.kind))
    return added.first() is not None


def first_moment(unit: Unit) -> datetime | None:
    """Return when the oldest case began; None where there is none."""
    query = select(i.start).order_by(i.key).limit(1)
    return unit.connection.execute(query).scalar_one_or_none()


def done_tasks(unit: Unit, begin: datetime, end: datetime) -> Iterator[DoneTask]:
    """Yield the tasks that were completed from one moment until another."""
    before = t.user_task.alias("before")
    taken = (
        select(func.max(a.moment)).where(a.subject_key == u.key, a.action.in_(GIVEN), a.moment <= u.completed)
        .correlate(t.user_task).scalar_subquery()
    )  # fmt: skip
    again = exists().where(
        before.c.root_key == u.root_key, before.c.process_id == u.process_id, before.c.element_id == u.element_id,
        before.c.state == constant(COMPLETED), before.c.key < u.key, before.c.completed <= u.created,
    )  # fmt: skip
    query = (
        select(u.root_key, u.definition_key, u.process_id, u.element_id, u.created, taken, u.completed, again)
        .where(u.completed >= begin, u.completed < end, u.state == COMPLETED)
    )  # fmt: skip
    for row in unit.connection.execution_options(yield_per=PORTION).execute(query):
        root_key, definition_key, process_id, element_id, created, moment, completed, is_again = row
        yield DoneTask(root_key, definition_key, process_id, element_id, created, moment, completed, bool(is_again))


def ended(unit: Unit, begin: datetime, end: datetime) -> list[Ended]:
    """Return the process instances that ended from one moment until another."""
    query = _ended().where(i.end >= begin, i.end < end).order_by(i.end, i.key)
    return [Ended(*row) for row in unit.connection.execute(query)]


def _ended() -> Any:
    last = (
        select(e.element_id).where(e.instance_key == i.key, e.element_type == "END_EVENT").order_by(e.key.desc()).limit(1)
        .correlate(t.process_instance).scalar_subquery()
    )  # fmt: skip
    return select(i.key, i.root_key, i.definition_key, i.process_id, i.version, i.state, i.start, i.end, last)


def ways(unit: Unit, keys: Sequence[int]) -> dict[int, list[str]]:
    """Return the tasks and called processes that instances went through, in order; ``keys`` in portions."""
    found: dict[int, list[str]] = {}
    for part in _parts(keys):
        query = select(e.instance_key, e.element_id).where(
            e.instance_key.in_(part), e.element_type.in_(("USER_TASK", "CALL_ACTIVITY"))
        )
        for key, id in unit.connection.execute(query.order_by(e.key)):
            found.setdefault(key, []).append(id)
    return found


def values(unit: Unit, keys: Sequence[int], names: Sequence[str]) -> dict[int, dict[str, str]]:
    """Return the texts that variables of instances hold."""
    found: dict[int, dict[str, str]] = {}
    for part in _parts(keys) if names else ():
        query = select(v.scope_key, v.name, v.value).where(v.scope_key.in_(part), v.name.in_(names))
        for key, name, text in unit.connection.execute(query):
            value = load_value(text)
            if isinstance(value, str):
                found.setdefault(key, {})[name] = value
    return found


_DAY: tuple[ColumnElement[Any], ...] = (
    x.key, x.root_key, x.instance_key, x.definition_key, x.name, x.state, x.due, x.begun, x.over,
)  # fmt: skip


def days(unit: Unit, begin: datetime, end: datetime) -> list[Day]:
    """Return the last days that lie from one moment until another, those of others too."""
    query = select(*_DAY).where(x.due >= begin, x.due < end).order_by(x.due, x.key)
    return [Day(*row) for row in unit.connection.execute(query)]


def days_of(unit: Unit, root_keys: Sequence[int]) -> list[Day]:
    """Return every last day of cases."""
    found: list[Day] = []
    for part in _parts(root_keys):
        query = select(*_DAY).where(x.root_key.in_(part)).order_by(x.key)
        found.extend(Day(*row) for row in unit.connection.execute(query))
    return found


def roots_with_terms(unit: Unit) -> list[int]:
    """Return every case that has, or had, a term."""
    return list(unit.connection.execute(select(x.root_key).distinct().order_by(x.root_key)).scalars())


def running_days(unit: Unit, root_keys: Sequence[int]) -> list[Day]:
    """Return the last days of the organisation itself that run now in these cases, the first one first."""
    query = select(*_DAY).where(x.root_key.in_(root_keys), x.state == constant(OURS)).order_by(x.due, x.key)
    return [Day(*row) for row in unit.connection.execute(query)]


def first_days(unit: Unit, after: datetime, most: int) -> list[Day]:
    """Return the last days of the organisation itself that run and come first after a moment."""
    query = select(*_DAY).where(x.state == constant(OURS), x.due > after).order_by(x.due, x.key).limit(most)
    return [Day(*row) for row in unit.connection.execute(query)]


def stays(unit: Unit, root_keys: Sequence[int], *, only_now: bool = False) -> list[Stay]:
    """Return where cases stood still, in order; ``only_now`` where they do so now."""
    found: list[Stay] = []
    for part in _parts(root_keys):
        query = (
            select(e.key, i.root_key, i.key, i.definition_key, i.process_id, e.element_id, e.element_type, e.start, e.end)
            .join(t.element_instance, e.instance_key == i.key)
            .where(i.root_key.in_(part), e.element_type.in_(WAITING))
            .order_by(e.key)
        )  # fmt: skip
        if only_now:
            query = query.where(running(i.state), e.state == constant(ACTIVE))
        found.extend(Stay(*row) for row in unit.connection.execute(query))
    return found


def assigned(unit: Unit, element_keys: Sequence[int]) -> set[int]:
    """Return which of these elements have an open task that somebody has taken."""
    query = select(u.element_key).where(u.element_key.in_(element_keys), u.state == constant(CREATED), u.assignee.is_not(None))
    return set(unit.connection.execute(query).scalars())


def parents(unit: Unit, root_keys: Sequence[int]) -> dict[int, int | None]:
    """Return which instance called which, in these cases."""
    found: dict[int, int | None] = {}
    for part in _parts(root_keys):
        rows = unit.connection.execute(select(i.key, i.parent_key).where(i.root_key.in_(part)))
        found.update((row[0], row[1]) for row in rows)
    return found


def running_query() -> Select[Any]:
    """Return the query for (key, process, start) of each case that has not ended."""
    return select(i.key, i.process_id, i.start).where(running(i.state), i.parent_key.is_(None))


def running_roots(unit: Unit) -> list[tuple[int, str, datetime]]:
    """Return (key, process, start) of each case that has not ended, suspended ones too."""
    return [(row[0], row[1], row[2]) for row in unit.connection.execute(running_query())]


def begun(
    unit: Unit, process_id: str, most: int, *, version: int | None, since: datetime | None, until: datetime
) -> list[Begun]:  # fmt: skip
    """Return the newest instances of a process that began before a moment and were not broken off, the oldest first."""
    query = select(i.key, i.root_key, i.state, i.start, i.end).where(
        i.process_id == process_id, i.start < until, or_(i.state == constant(COMPLETED), running(i.state))
    )
    if version is not None:
        query = query.where(i.version == version)
    if since is not None:
        query = query.where(i.start >= since)
    found: list[Begun] = [Begun(*row) for row in unit.connection.execute(query.order_by(i.key.desc()).limit(most))]
    return found[::-1]


def first_calls(unit: Unit, keys: Sequence[int]) -> dict[int, str]:
    """Return the first process that each instance called: its call activity."""
    found: dict[int, str] = {}
    for part in _parts(keys):
        query = select(e.instance_key, e.element_id).where(e.instance_key.in_(part), e.element_type == "CALL_ACTIVITY")
        found.update((row[0], row[1]) for row in unit.connection.execute(query.order_by(e.key.desc())))
    return found


def repeated(unit: Unit, keys: Sequence[int], within: timedelta) -> set[int]:
    """Return the instances in which a task or call was begun again, within so long after their begin, once it had ended."""
    found: set[int] = set()
    for part in _parts(keys):
        query = (
            select(e.instance_key, e.element_id, e.start, e.end, i.start)
            .join(t.process_instance, i.key == e.instance_key)
            .where(e.instance_key.in_(part), e.element_type.in_(("USER_TASK", "CALL_ACTIVITY")))
            .order_by(e.key)
        )
        ended: dict[tuple[int, str], datetime] = {}
        for key, id, start, end, begin in unit.connection.execute(query):
            if (key, id) in ended and ended[key, id] <= start <= begin + within:
                found.add(key)
            if end is not None:
                ended[key, id] = end
    return found


def standing_at(unit: Unit) -> list[tuple[int, str, int]]:
    """Return (definition, element, how many) of what is active in running instances."""
    query = (
        select(i.definition_key, e.element_id, func.count())
        .join(t.element_instance, e.instance_key == i.key)
        .where(running(i.state), e.state == constant(ACTIVE))
        .group_by(i.definition_key, e.element_id)
    )
    return [(row[0], row[1], row[2]) for row in unit.connection.execute(query)]


def case_names(unit: Unit, keys: Sequence[int]) -> dict[int, str]:
    """Return what cases are called."""
    rows = unit.connection.execute(select(i.key, i.business_key).where(i.key.in_(keys)))
    return {row[0]: row[1] for row in rows}


def late_running(unit: Unit, now: datetime) -> list[tuple[int, int, str]]:
    """Return (case, definition, term) of each last day that passed while its term ran, in cases that have not ended."""
    is_late = or_(and_(x.over.is_(None), x.due <= now), x.over > x.due)
    query = select(x.root_key, x.definition_key, x.name).join(t.process_instance, i.key == x.root_key)
    query = query.where(running(i.state), is_late)
    return [(row[0], row[1], row[2]) for row in unit.connection.execute(query)]


def _parts(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
