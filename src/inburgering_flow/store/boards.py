"""What whoever leads sees: the running cases counted by phase and owner, and listed by what is due first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select

from inburgering_flow.model.permissions import Actor
from inburgering_flow.store import tables as t
from inburgering_flow.store.cases import CASE_ITEM, CaseItem, root
from inburgering_flow.store.database import Unit
from inburgering_flow.store.terms import OURS
from inburgering_flow.store.types import constant, running
from inburgering_flow.store.visibility import visible_to

e, called = t.element_instance, t.process_instance.alias("called")
_ACTIVE = (e.c.state == constant("ACTIVE")) & (e.c.element_type == "CALL_ACTIVITY")


@dataclass(frozen=True)
class In:
    """Cases in which one of these call activities (definition, element id) is active, or ``without`` any of them."""

    places: Sequence[tuple[int, str]]
    without: bool = False


def _listed(actor: Actor, where: In | None = None, owner: str | None = None) -> list[ColumnElement[bool]]:
    found = [root.c.parent_key.is_(None), running(root.c.state), visible_to(actor, root)]
    if where is not None:
        i = t.process_instance.alias("inside")
        at = or_(*((i.c.definition_key == d) & (e.c.element_id == name) for d, name in where.places), root.c.key.is_(None))
        there = exists().where(i.c.root_key == root.c.key, running(i.c.state), e.c.instance_key == i.c.key, _ACTIVE, at)
        found.append(not_(there) if where.without else there)
    if owner is not None:
        found.append(root.c.owner == owner if owner else or_(root.c.owner.is_(None), root.c.owner == ""))
    return found


def count(unit: Unit, actor: Actor, where: In | None = None, owner: str | None = None) -> int:
    """Count running cases."""
    return int(unit.connection.execute(select(func.count()).where(*_listed(actor, where, owner))).scalar_one())


def by_owner(unit: Unit, actor: Actor) -> dict[str, int]:
    """Return how many running cases each owner has; the empty one has those without."""
    name = func.coalesce(root.c.owner, "")
    return {r[0]: r[1] for r in unit.connection.execute(select(name, func.count()).where(*_listed(actor)).group_by(name))}


def by_phase(unit: Unit, actor: Actor) -> list[tuple[int, str, int | None, int]]:
    """Return (definition, element id, definition that was called, number of cases) of each active call activity."""
    i = t.process_instance.alias("inside")
    query: Select[Any] = (
        select(i.c.definition_key, e.c.element_id, called.c.definition_key, func.count(root.c.key.distinct()))
        .select_from(root)
        .join(i, i.c.root_key == root.c.key)
        .join(e, e.c.instance_key == i.c.key)
        .outerjoin(called, (called.c.parent_element_key == e.c.key) & (called.c.root_key == e.c.root_key))
        .where(*_listed(actor), running(i.c.state), _ACTIVE)
        .group_by(i.c.definition_key, e.c.element_id, called.c.definition_key)
    )
    return [tuple(row) for row in unit.connection.execute(query)]


def late(unit: Unit, actor: Actor, now: datetime) -> int:
    """Count running cases with a term of the organisation itself that is over."""
    one = t.term.alias()
    is_late = exists().where(one.c.root_key == root.c.key, one.c.state == constant(OURS), one.c.due <= now)
    return int(unit.connection.execute(select(func.count()).where(*_listed(actor), is_late)).scalar_one())


def due_first(actor: Actor, where: In | None = None, owner: str | None = None) -> Select[Any]:
    """Return the query for running cases with a running term of the organisation itself, the first that is over at the top.

    Terms are read in the order of an index until a page is full: no case behind it is touched.
    """
    one, earlier = t.term.alias("one"), t.term.alias("earlier")
    before = or_(earlier.c.due < one.c.due, and_(earlier.c.due == one.c.due, earlier.c.key < one.c.key))
    is_first = not_(exists().where(earlier.c.root_key == one.c.root_key, earlier.c.state == constant(OURS), before))
    query = select(*CASE_ITEM).join(one, one.c.root_key == root.c.key)
    found = query.where(one.c.state == constant(OURS), is_first, *_listed(actor, where, owner))
    return found.order_by(one.c.due, one.c.key)


def page(unit: Unit, actor: Actor, where: In | None, owner: str | None, start: int, size: int) -> list[CaseItem]:
    """Return running cases from the one at ``start``: by the first running term of the organisation itself, the oldest term
    first, and then those without one, the oldest case first.
    """
    with_term, listed = due_first(actor, where, owner), _listed(actor, where, owner)
    found = list(unit.connection.execute(with_term.offset(start).limit(size)))
    if len(found) < size:
        skipped = 0
        if not found and start:
            counted = select(func.count()).select_from(with_term.order_by(None).with_only_columns(root.c.key).subquery())
            skipped = max(0, start - unit.connection.execute(counted).scalar_one())
        runs = exists().where(t.term.c.root_key == root.c.key, t.term.c.state == constant(OURS))
        without = select(*CASE_ITEM).where(*listed, not_(runs))
        rest = without.order_by(root.c.key).offset(skipped).limit(size - len(found))
        found.extend(unit.connection.execute(rest))
    return [CaseItem(**row._mapping) for row in found]
