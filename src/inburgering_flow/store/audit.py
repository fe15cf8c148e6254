"""The audit log: append-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, not_, or_, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared

_insert = Prepared(insert(t.audit), ("key", "moment", "actor", "action", "root_key", "subject_key", "detail"))
# Which entries are looks, by the action's name; about persons all are looks except the two that write.
_WRITTEN = ("person.register", "person.correct")


def _looks() -> ColumnElement[bool]:
    action = t.audit.c.action
    return or_(action.like("%.look%"), and_(action.like("person.%"), action.not_in(_WRITTEN)))




def add(
    unit: Unit, key: int, moment: datetime, actor: str, action: str, *, root_key: int | None = None,
    subject_key: int | None = None, detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append an entry; ``detail`` holds no personal data."""
    _insert.run(
        unit,
        [{"key": key, "moment": moment, "actor": actor, "action": action, "root_key": root_key,
          "subject_key": subject_key, "detail": dict(detail) if detail else None}],
    )  # fmt: skip


def of_case(unit: Unit, root_key: int, most: int = 500, *, looks: bool | None = None) -> list[Mapping[str, Any]]:
    """Return the entries of a case, newest first; ``looks`` True gives only looks, False only what was done."""
    query = select(t.audit).where(t.audit.c.root_key == root_key)
    if looks is not None:
        query = query.where(_looks() if looks else not_(_looks()))
    rows = unit.connection.execute(query.order_by(t.audit.c.key.desc()).limit(most))
    return [dict(row._mapping) for row in rows]


def gave_reason(unit: Unit, root_key: int, actor: str, since: datetime) -> bool:
    """Tell whether somebody has opened a case with a reason since a moment."""
    a = t.audit.c
    query = select(a.key).where(
        a.root_key == root_key, a.actor == actor, a.action == "case.look.reason", a.moment >= since
    )
    return unit.connection.execute(query.limit(1)).first() is not None


def recent(unit: Unit, most: int = 200) -> list[Mapping[str, Any]]:
    """Return the newest entries."""
    query = select(t.audit).order_by(t.audit.c.key.desc()).limit(most)
    return [dict(row._mapping) for row in unit.connection.execute(query)]


@dataclass(frozen=True)
class SealRow:
    """The seal of one day: how many entries it had, and the hash over them and the seal before."""

    day: date
    entries: int
    seal: str


def add_seal(unit: Unit, row: SealRow) -> None:
    """Insert a seal."""
    unit.connection.execute(insert(t.audit_seal), {"day": row.day, "entries": row.entries, "seal": row.seal})


def seals(unit: Unit) -> list[SealRow]:
    """Return every seal, oldest first."""
    query = select(t.audit_seal).order_by(t.audit_seal.c.day)
    return [SealRow(**row._mapping) for row in unit.connection.execute(query)]


def last_seal(unit: Unit) -> SealRow | None:
    """Return the newest seal."""
    row = unit.connection.execute(select(t.audit_seal).order_by(t.audit_seal.c.day.desc()).limit(1)).first()
    return None if row is None else SealRow(**row._mapping)


def first_moment(unit: Unit, since: datetime | None = None) -> datetime | None:
    """Return the moment of the first entry at or after ``since``."""
    query = select(t.audit.c.moment).order_by(t.audit.c.moment).limit(1)
    if since is not None:
        query = query.where(t.audit.c.moment >= since)
    return unit.connection.execute(query).scalar_one_or_none()


def between(unit: Unit, start: datetime, end: datetime) -> list[Mapping[str, Any]]:
    """Return the entries from ``start`` up to ``end``, in the order of their keys."""
    c = t.audit.c
    query = select(t.audit).where(c.moment >= start, c.moment < end).order_by(c.key)
    return [dict(row._mapping) for row in unit.connection.execute(query)]
