"""Periods in which people are away, and who does their tasks meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from inburgering_flow.model.absences import GROUP, PROCESS, REST, Absence, Deputy
from inburgering_flow.model.runtime import CREATED, UserTask
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared, PreparedAmong
from inburgering_flow.store.runtime import TASK_COLUMNS
from inburgering_flow.store.types import constant, running

A, D = t.absence.c, t.absence_deputy.c
FIELDS = ("key", "username", "since", "until", "noted", "noted_by", "withdrawn")
FEW = 64  # people of whom is asked by name whether they are away; of more, all who are away are read
TODAY: BindParameter[date] = bindparam("today", type_=Date())
"""The day on which it is asked who stands in for whom."""


def is_on(absence: Any, today: Any) -> ColumnElement[bool]:
    """Return the condition that a period has begun, is not over, and was not withdrawn."""
    return and_(absence.c.withdrawn.is_(None), absence.c.since <= today, absence.c.until >= today)


def led_for_others(me: Any, today: Any) -> Select[Any]:
    """Return the query for the people whose cases somebody sees today: those who named them for all that has no other deputy."""
    a, d = t.absence.alias(), t.absence_deputy.alias()
    query = select(a.c.username).join(d, d.c.absence_key == a.c.key)
    return query.where(d.c.deputy == me, d.c.kind == constant(REST), is_on(a, today))


def tasks_for_others(column: str, me: Any, today: Any, more: Any) -> Select[Any]:
    """Return the query for a column of the open tasks of absent people of which somebody is the deputy today.

    ``more`` makes a further condition of the table of tasks. The most closely named deputy is the only one.
    """
    a, d, task = t.absence.alias(), t.absence_deputy.alias(), t.user_task.alias()

    def named(kind: str, name: Any) -> ColumnElement[bool]:
        other = t.absence_deputy.alias()
        return exists().where(other.c.absence_key == a.c.key, other.c.kind == constant(kind), other.c.name == name)

    by_process, by_group = named(PROCESS, task.c.process_id), named(GROUP, task.c.candidate_group)
    fits = or_(
        and_(d.c.kind == constant(PROCESS), d.c.name == task.c.process_id),
        and_(d.c.kind == constant(GROUP), d.c.name == task.c.candidate_group, not_(by_process)),
        and_(d.c.kind == constant(REST), not_(by_process), not_(by_group)),
    )
    return (
        select(task.c[column])
        .select_from(d)
        .join(a, a.c.key == d.c.absence_key)
        .join(task, task.c.assignee == a.c.username)
        .where(d.c.deputy == me, is_on(a, today), task.c.state == constant(CREATED), fits, more(task))
    )


def stands_in(me: Any, today: Any) -> ColumnElement[bool]:
    """Return the condition that somebody is a deputy of somebody who is away today."""
    a, d = t.absence.alias(), t.absence_deputy.alias()
    return exists().where(d.c.deputy == me, a.c.key == d.c.absence_key, is_on(a, today))


_stands_in = Prepared(select(stands_in(bindparam("me"), TODAY)))
_away = Prepared(select(*(A[n] for n in FIELDS)).where(A.username == bindparam("wanted"), is_on(t.absence, TODAY)))
_on_today = select(*(A[n] for n in FIELDS)).where(is_on(t.absence, TODAY)).order_by(A.until, A.username)
_all_away = Prepared(_on_today)
_away_among = PreparedAmong(lambda sought: _on_today.where(A.username.in_(sought)))
_deputies = Prepared(
    select(D.kind, D.name, D.deputy).where(D.absence_key == bindparam("wanted")).order_by(D.kind, D.name)
)


def is_deputy(unit: Unit, username: str, today: date) -> bool:
    """Tell whether somebody is a deputy of somebody who is away today."""
    return bool(_stands_in.rows(unit, {"me": username, "today": today})[0][0])


def of_today(unit: Unit, username: str, today: date) -> Absence | None:
    """Return the period in which somebody is away today, with the deputies."""
    rows = _away.rows(unit, {"wanted": username, "today": today})
    if not rows:
        return None
    found = dict(zip(FIELDS, rows[0], strict=True))
    named = _deputies.rows(unit, {"wanted": found["key"]})
    return Absence(**found, deputies=tuple(Deputy(*row) for row in named))


def away(unit: Unit, today: date, usernames: Collection[str] | None = None) -> dict[str, Absence]:
    """Return who of these people, or of all, is away today, by name."""
    if usernames is None or len(usernames) > FEW:
        rows = _all_away.rows(unit, {"today": today})
    else:
        rows = _away_among.rows(unit, usernames, {"today": today})
    named = None if usernames is None else set(usernames)
    return {one.username: one for one in _and_deputies(unit, rows) if named is None or one.username in named}


def get(unit: Unit, key: int) -> Absence | None:
    """Return one period."""
    found = _with_deputies(unit, select(*(A[n] for n in FIELDS)).where(A.key == key))
    return found[0] if found else None


def several(unit: Unit, keys: Collection[int]) -> dict[int, Absence]:
    """Return periods by key."""
    if not keys:
        return {}
    return {one.key: one for one in _with_deputies(unit, select(*(A[n] for n in FIELDS)).where(A.key.in_(sorted(keys))))}


def to_come(unit: Unit, today: date, username: str | None = None, most: int = 500) -> list[Absence]:
    """Return the periods that are not over and were not withdrawn, of one person or of all, the first to begin at the top."""
    query = select(*(A[n] for n in FIELDS)).where(A.withdrawn.is_(None), A.until >= today)
    if username is not None:
        query = query.where(A.username == username)
    return _with_deputies(unit, query.order_by(A.since, A.username).limit(most))


def to_come_of(unit: Unit, today: date, usernames: Collection[str]) -> list[Absence]:
    """Return the periods of these people that are not over and were not withdrawn."""
    query = select(*(A[n] for n in FIELDS)).where(A.withdrawn.is_(None), A.until >= today, A.username.in_(sorted(usernames)))
    return _with_deputies(unit, query) if usernames else []


def of_deputy(unit: Unit, username: str, today: date) -> list[Absence]:
    """Return the periods that are not over in which somebody is a deputy, the first to begin at the top."""
    theirs = select(D.absence_key).where(D.deputy == username)
    query = select(*(A[n] for n in FIELDS)).where(A.key.in_(theirs), A.withdrawn.is_(None), A.until >= today)
    return _with_deputies(unit, query.order_by(A.since, A.username))


def overlapping(unit: Unit, username: str, since: date, until: date, but: int | None) -> list[Absence]:
    """Return somebody's periods that share a day with these days, without one of them."""
    query = select(*(A[n] for n in FIELDS)).where(
        A.username == username, A.withdrawn.is_(None), A.since <= until, A.until >= since
    )
    return _with_deputies(unit, query if but is None else query.where(A.key != but))


_deputies_of = PreparedAmong(
    lambda sought: select(D.absence_key, D.kind, D.name, D.deputy)
    .where(D.absence_key.in_(sought))
    .order_by(D.kind, D.name)
)


def _with_deputies(unit: Unit, query: Select[Any]) -> list[Absence]:
    return _and_deputies(unit, list(unit.connection.execute(query)))


def _and_deputies(unit: Unit, rows: Sequence[Sequence[Any]]) -> list[Absence]:
    """Return the periods of rows with ``FIELDS``."""
    named: dict[int, list[Deputy]] = defaultdict(list)
    for row in _deputies_of.rows(unit, [row[0] for row in rows]):
        named[row[0]].append(Deputy(*row[1:]))
    return [Absence(**dict(zip(FIELDS, row, strict=True)), deputies=tuple(named[row[0]])) for row in rows]


def behind(unit: Unit, username: str, today: date | None, root_keys: Sequence[int]) -> list[str]:
    """Return for whom somebody stands in today in these cases: who leads one, or has an open task in one."""
    i = t.process_instance.c
    leads = select(i.owner).where(i.key.in_(root_keys), i.owner.in_(led_for_others(username, today)))
    has = tasks_for_others("assignee", username, today, lambda task: task.c.root_key.in_(root_keys))
    return sorted(set(unit.connection.execute(leads.union(has)).scalars()))


def save(unit: Unit, row: Absence) -> None:
    """Insert a period, or put it in the place of what it was."""
    values = {name: getattr(row, name) for name in FIELDS}
    if unit.connection.execute(update(t.absence).where(A.key == row.key).values(values)).rowcount == 0:
        unit.connection.execute(insert(t.absence), values)
    unit.connection.execute(delete(t.absence_deputy).where(D.absence_key == row.key))
    named = [
        {"absence_key": row.key, "kind": one.kind, "name": one.name, "deputy": one.username} for one in row.deputies
    ]
    if named:
        unit.connection.execute(insert(t.absence_deputy), named)


def forget(unit: Unit, before: date, most: int) -> int:
    """Delete periods that were over before a day, at most so many; return how many."""
    keys = list(unit.connection.execute(select(A.key).where(A.until < before).order_by(A.key).limit(most)).scalars())
    if keys:
        unit.connection.execute(delete(t.absence_deputy).where(D.absence_key.in_(keys)))
        unit.connection.execute(delete(t.absence).where(A.key.in_(keys)))
    return len(keys)


# -- what waits on who is away ---------------------------------------------------------------------------------------


def tasks_of(unit: Unit, usernames: Sequence[str]) -> list[UserTask]:
    """Return the open tasks of these people, the oldest first."""
    c = t.user_task.c
    query = select(*TASK_COLUMNS).where(c.assignee.in_(list(usernames)), c.state == constant(CREATED)).order_by(c.key)
    return [UserTask(**row._mapping) for row in unit.connection.execute(query)] if usernames else []


def counts(unit: Unit, usernames: Sequence[str], seen: Any, root: Any) -> dict[str, tuple[int, int]]:
    """Return of each of these people how many running cases they lead and how many open tasks they have, of cases for which
    ``seen``, a condition on ``root``, holds.
    """
    if not usernames:
        return {}
    led = (
        select(root.c.owner, func.count())
        .where(root.c.owner.in_(list(usernames)), root.c.parent_key.is_(None), running(root.c.state), seen)
        .group_by(root.c.owner)
    )
    task = t.user_task
    having = (
        select(task.c.assignee, func.count())
        .join(root, root.c.key == task.c.root_key)
        .where(task.c.assignee.in_(list(usernames)), task.c.state == constant(CREATED), seen)
        .group_by(task.c.assignee)
    )
    cases_of = {row[0]: row[1] for row in unit.connection.execute(led)}
    tasks_had = {row[0]: row[1] for row in unit.connection.execute(having)}
    return {name: (cases_of.get(name, 0), tasks_had.get(name, 0)) for name in usernames}
