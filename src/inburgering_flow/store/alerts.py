"""What people are told: rows of keys, read through what their reader may see now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from inburgering_flow.model import permissions
from inburgering_flow.model.alerts import FAILED, UNCHOSEN, AlertRow, Choice
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.terms import OURS
from inburgering_flow.store.types import constant
from inburgering_flow.store.visibility import ME, Sight, visible, who

A, C = t.alert.c, t.alert_choice.c
root = t.process_instance.alias("root")
COLUMNS: list[Any] = [A[name] for name in AlertRow.__dataclass_fields__]
BEFORE: BindParameter[datetime] = bindparam("before", type_=A.created.type)
BEFORE_KEY: BindParameter[int] = bindparam("before_key")
MOST: BindParameter[int] = bindparam("most")


@dataclass(frozen=True)
class Listener:
    """Somebody who may be told of a kind of thing, and how."""

    username: str
    roles: tuple[str, ...]
    location: str | None
    choice: Choice


def listeners(unit: Unit, kind: str, usernames: Collection[str] | None) -> list[Listener]:
    """Return those with an open account among these people, or everybody, by name, with what they chose for a kind."""
    a = t.account.c
    query = (
        select(a.username, a.roles, a.location, C.on_bell, C.mail)
        .outerjoin(t.alert_choice, and_(C.username == a.username, C.kind == kind))
        .where(a.active, true() if usernames is None else a.username.in_(sorted(usernames)))
        .order_by(a.username)
    )
    return [
        Listener(row.username, row.roles, row.location, UNCHOSEN if row.mail is None else Choice(row.on_bell, row.mail))
        for row in unit.connection.execute(query)
    ]


def add(unit: Unit, rows: Sequence[AlertRow]) -> list[AlertRow]:
    """Insert rows and return them, without those about trouble of which their reader has not read yet."""
    statement = unit.dialect.add_unless_taken(t.alert).returning(A.key)
    return [row for row in rows if unit.connection.execute(statement, dict(vars(row))).first() is not None]


def people_of_case(unit: Unit, root_key: int) -> set[str]:
    """Return who leads a case, and who has an open task in it."""
    task = t.user_task.c
    doing = select(task.assignee).where(task.root_key == root_key, task.state == constant(CREATED))
    leads = select(t.process_instance.c.owner).where(t.process_instance.c.key == root_key)
    found = {*unit.connection.execute(doing).scalars(), *unit.connection.execute(leads).scalars()}
    return {name for name in found if name}


def owner_of(unit: Unit, root_key: int) -> str | None:
    """Return who leads a case."""
    query = select(t.process_instance.c.owner).where(t.process_instance.c.key == root_key)
    return unit.connection.execute(query).scalar_one_or_none()


# -- what somebody reads ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reader:
    """What decides how the statements read for somebody."""

    sight: Sight
    manages_trouble: bool

    @classmethod
    def of(cls, actor: Actor) -> _Reader:
        return cls(Sight.of(actor), actor.may(permissions.INCIDENT))

    def rows(self) -> Select[Any]:
        """Return the query of what stands on somebody's bell and is about something that they see."""
        of_no_case = and_(A.root_key.is_(None), true() if self.manages_trouble else A.kind != FAILED)
        return (
            select(*COLUMNS)
            .outerjoin(root, root.c.key == A.root_key)
            .where(A.username == ME, A.on_bell, or_(of_no_case, and_(root.c.key.is_not(None), visible(self.sight, root))))
        )


@lru_cache(maxsize=256)
def _page(reader: _Reader, is_following: bool) -> Prepared:
    query = reader.rows().order_by(A.created.desc(), A.key.desc()).limit(MOST)
    further = or_(A.created < BEFORE, and_(A.created == BEFORE, A.key < BEFORE_KEY))
    return Prepared(query.where(A.created <= BEFORE, further) if is_following else query)


@lru_cache(maxsize=256)
def _unread(reader: _Reader) -> Prepared:
    found = reader.rows().with_only_columns(A.key).where(A.read.is_(None)).limit(MOST).subquery()
    return Prepared(select(func.count()).select_from(found))


def page(unit: Unit, actor: Actor, before: tuple[datetime, int] | None, most: int) -> list[AlertRow]:
    """Return what somebody is told, the newest first; ``before`` is the moment and key of the last one on the page before."""
    given = {**who(actor), "most": most} | ({} if before is None else {"before": before[0], "before_key": before[1]})
    return [AlertRow(*row) for row in _page(_Reader.of(actor), before is not None).rows(unit, given)]


def count_unread(unit: Unit, actor: Actor, most: int) -> int:
    """Count what somebody has not read, up to ``most``; what they may not see any more does not count."""
    return int(_unread(_Reader.of(actor)).rows(unit, {**who(actor), "most": most})[0][0])


def get(unit: Unit, actor: Actor, key: int) -> AlertRow | None:
    """Return one of somebody's own rows, if they may see it."""
    row = unit.connection.execute(_Reader.of(actor).rows().where(A.key == key), who(actor)).first()
    return None if row is None else AlertRow(**row._mapping)


def read(
    unit: Unit, username: str, now: datetime, *, only: int | None = None, up_to: tuple[datetime, int] | None = None
) -> int:
    """Say that somebody has read one row, or all up to one; return how many had not been read."""
    changed = update(t.alert).where(A.username == username, A.read.is_(None))
    if only is not None:
        changed = changed.where(A.key == only)
    if up_to is not None:
        changed = changed.where(or_(A.created < up_to[0], and_(A.created == up_to[0], A.key <= up_to[1])))
    return unit.connection.execute(changed.values(read=now)).rowcount


def task_rows(unit: Unit, keys: Collection[int]) -> dict[int, Any]:
    """Return (definition, element id, name, state, due) of tasks by key."""
    u = t.user_task.c
    query = select(u.key, u.definition_key, u.element_id, u.name, u.state, u.due).where(u.key.in_(list(keys)))
    return {row.key: row for row in unit.connection.execute(query)} if keys else {}


def term_rows(unit: Unit, keys: Collection[int]) -> dict[int, Any]:
    """Return (name, state, due) of terms by key."""
    x = t.term.c
    query = select(x.key, x.name, x.state, x.due).where(x.key.in_(list(keys)))
    return {row.key: row for row in unit.connection.execute(query)} if keys else {}


def trouble_at(unit: Unit, definition_keys: Collection[int]) -> dict[tuple[int, str], int]:
    """Return how many incidents are open at each element of these definitions."""
    x = t.incident.c
    if not definition_keys:
        return {}
    query = (
        select(x.definition_key, x.element_id, func.count())
        .where(x.definition_key.in_(list(definition_keys)), x.state == constant("ACTIVE"))
        .group_by(x.definition_key, x.element_id)
    )
    return {(row[0], row[1]): row[2] for row in unit.connection.execute(query)}


# -- what somebody chose ---------------------------------------------------------------------------------------------


def choices(unit: Unit, username: str) -> dict[str, Choice]:
    """Return what somebody chose, by kind."""
    rows = unit.connection.execute(select(C.kind, C.on_bell, C.mail).where(C.username == username))
    return {row.kind: Choice(row.on_bell, row.mail) for row in rows}


def choose(unit: Unit, username: str, chosen: Mapping[str, Choice]) -> None:
    """Put what somebody chooses in the place of what they chose before."""
    unit.connection.execute(delete(t.alert_choice).where(C.username == username))
    rows = [
        {"username": username, "kind": kind, "on_bell": one.on_bell, "mail": one.mail} for kind, one in chosen.items()
    ]
    unit.connection.execute(insert(t.alert_choice), rows)


# -- what comes due --------------------------------------------------------------------------------------------------


def hold_sweep(unit: Unit, name: str, now: datetime) -> tuple[datetime, int]:
    """Return how far a sweep has come, while no other node sweeps; the first time it begins now."""
    s = t.alert_sweep.c
    query = select(s.reached, s.reached_key).where(s.name == name).with_for_update()
    row = unit.connection.execute(query).first()
    if row is None:
        values = {"name": name, "reached": now, "reached_key": 0}
        unit.connection.execute(unit.dialect.add_unless_taken(t.alert_sweep), values)
        row = unit.connection.execute(query).one()
    return row.reached, row.reached_key


def move_sweep(unit: Unit, name: str, reached: datetime, key: int) -> None:
    """Say how far a sweep has come."""
    s = t.alert_sweep.c
    unit.connection.execute(update(t.alert_sweep).where(s.name == name).values(reached=reached, reached_key=key))


@dataclass(frozen=True)
class Due:
    """A task or term of somebody that is due at a moment."""

    key: int
    due: datetime
    begun: datetime
    username: str
    root_key: int
    definition_key: int
    about: str
    tenant_id: str


def _range(due: Any, key: Any, after: tuple[datetime, int], until: datetime) -> ColumnElement[bool]:
    return and_(or_(due > after[0], and_(due == after[0], key > after[1])), due >= after[0], due <= until)


def tasks_due(unit: Unit, after: tuple[datetime, int], until: datetime, most: int) -> list[Due]:
    """Return the open tasks of people that are due beyond (moment, key) and not beyond ``until``, in that order."""
    u = t.user_task.c
    query = (
        select(u.key, u.sort_due, u.created, u.assignee, u.root_key, u.definition_key, u.element_id, u.tenant_id)
        .where(u.state == constant(CREATED), u.assignee.is_not(None), _range(u.sort_due, u.key, after, until))
        .order_by(u.sort_due, u.key).limit(most)
    )  # fmt: skip
    return [Due(*row) for row in unit.connection.execute(query)]


def terms_due(unit: Unit, after: tuple[datetime, int], until: datetime, most: int) -> list[Due]:
    """Return the same of running terms of the organisation, in cases that somebody leads."""
    x = t.term.c
    query = (
        select(x.key, x.due, x.begun, root.c.owner, x.root_key, x.definition_key, x.name, x.tenant_id)
        .join(root, root.c.key == x.root_key)
        .where(x.state == constant(OURS), root.c.owner.is_not(None), _range(x.due, x.key, after, until))
        .order_by(x.due, x.key).limit(most)
    )  # fmt: skip
    return [Due(*row) for row in unit.connection.execute(query)]


# -- upkeep ----------------------------------------------------------------------------------------------------------


def forget_read(unit: Unit, before: datetime, most: int) -> int:
    """Delete up to ``most`` rows that were read before a moment; return how many."""
    return _forget(unit, A.read <= before, most)


def forget_old(unit: Unit, before: datetime, most: int) -> int:
    """Delete up to ``most`` rows that were made before a moment, read or not; return how many."""
    return _forget(unit, A.created <= before, most)


def _forget(unit: Unit, old: ColumnElement[bool], most: int) -> int:
    keys = select(A.key).where(old).limit(most).scalar_subquery()
    return unit.connection.execute(delete(t.alert).where(A.key.in_(keys))).rowcount
