"""Rows of closed cases: until when each is kept, what holds it, and that it was destroyed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from inburgering_flow.model.runtime import ACTIVE, SUSPENDED, ProcessInstance
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant

NEW, KEPT, HELD, PROPOSED, PERSON, PROPOSED_PERSON, DESTROYED = (
    "NEW", "KEPT", "HELD", "PROPOSED", "PERSON", "PROPOSED_PERSON", "DESTROYED",
)  # fmt: skip
"""Not judged yet; kept until a day; held by somebody with a reason; proposed to be destroyed; the same two where only the data of
the person are left; gone."""
THERE = (NEW, KEPT, HELD, PROPOSED)
"""The case itself is there."""
DUE, WITHOUT_DAY, PROPOSALS, LATER, GONE = "due", "held", "proposed", "later", "destroyed"
VIEWS = (DUE, WITHOUT_DAY, PROPOSALS, LATER, GONE)
r = t.retention.c


@dataclass(frozen=True)
class RetentionRow:
    """One closed case; ``reason`` is the rule's, ``why`` that of the person who changed it last."""

    root_key: int
    process_id: str
    person_key: int | None
    ended: datetime
    state: str
    until: date | None = None
    reason: str = ""
    is_sure: bool = True
    person_until: date | None = None
    remains: dict[str, Any] | None = None
    why: str = ""
    proposed_by: str | None = None
    changed_by: str | None = None
    changed: datetime | None = None


COLUMNS = [r[name] for name in RetentionRow.__dataclass_fields__]


def expect(unit: Unit, case: ProcessInstance, ended: datetime) -> None:
    """Write down that a case has ended, once."""
    if unit.connection.execute(select(r.root_key).where(r.root_key == case.key)).first() is None:
        values = {"root_key": case.key, "tenant_id": case.tenant_id, "process_id": case.process_id,
                  "person_key": case.person_key, "ended": ended, "state": NEW}  # fmt: skip
        unit.connection.execute(insert(t.retention), values)


def new(unit: Unit, most: int) -> list[RetentionRow]:
    """Return closed cases that were not judged yet."""
    query = select(*COLUMNS).where(r.state == constant(NEW)).order_by(r.root_key).limit(most)
    return [RetentionRow(**row._mapping) for row in unit.connection.execute(query)]


def get(unit: Unit, root_key: int) -> RetentionRow | None:
    """Return the row of a case."""
    found = unit.connection.execute(select(*COLUMNS).where(r.root_key == root_key)).first()
    return None if found is None else RetentionRow(**found._mapping)


def change(unit: Unit, root_key: int, states: Sequence[str], **values: Any) -> bool:
    """Change a row that is in one of these states; False if it is in none."""
    query = update(t.retention).where(r.root_key == root_key, r.state.in_(states)).values(**values)
    return bool(unit.connection.execute(query).rowcount)


def drop(unit: Unit, root_key: int) -> None:
    """Take away the row of a case for which nobody has said how long it is kept."""
    unit.connection.execute(delete(t.retention).where(r.root_key == root_key))


def _of(view: str, today: date) -> ColumnElement[bool]:
    kept = r.state.in_((KEPT, PERSON))
    if view == DUE:
        return and_(kept, r.until < today)
    if view == WITHOUT_DAY:
        return or_(r.state == HELD, and_(kept, r.until.is_(None)))
    if view == PROPOSALS:
        return r.state.in_((PROPOSED, PROPOSED_PERSON))
    if view == GONE:
        return r.state == DESTROYED
    return and_(kept, r.until >= today)


def counts(unit: Unit, today: date) -> dict[str, int]:
    """Return how many rows each view has."""
    ask = [select(func.count()).select_from(t.retention).where(_of(view, today)).scalar_subquery() for view in VIEWS]
    return dict(zip(VIEWS, unit.connection.execute(select(*ask)).one(), strict=True))


def page(unit: Unit, view: str, today: date, start: int, size: int) -> list[RetentionRow]:
    """Return a part of a view: what may go first at the top, of what is gone the newest."""
    order = (r.changed.desc(), r.root_key) if view == GONE else (r.until, r.root_key)
    query = select(*COLUMNS).where(_of(view, today)).order_by(*order).offset(start).limit(size)
    return [RetentionRow(**row._mapping) for row in unit.connection.execute(query)]


def destroyed(unit: Unit) -> list[RetentionRow]:
    """Return everything that was destroyed, the oldest first."""
    query = select(*COLUMNS).where(r.state == constant(DESTROYED)).order_by(r.changed, r.root_key)
    return [RetentionRow(**row._mapping) for row in unit.connection.execute(query)]


def has_running_case(unit: Unit, person_key: int) -> bool:
    """Tell whether a case about this person has not ended."""
    p = t.process_instance.c
    query = select(p.key).where(p.person_key == person_key, p.state.in_((ACTIVE, SUSPENDED))).limit(1)
    return unit.connection.execute(query).first() is not None


def has_unheard(unit: Unit, business_key: str) -> bool:
    """Tell whether a message for a case of that name waits for somebody."""
    m = t.message.c
    query = select(m.key).where(m.state == constant("BUFFERED"), m.correlation_key == business_key).limit(1)
    return bool(business_key) and unit.connection.execute(query).first() is not None


def unlink(unit: Unit, person_key: int) -> None:
    """Let no row name a person any more who was deleted."""
    unit.connection.execute(update(t.retention).where(r.person_key == person_key).values(person_key=None))
