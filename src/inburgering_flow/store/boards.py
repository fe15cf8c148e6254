"""What whoever leads sees: the running cases counted by main phase and owner, and listed by what is due first.

Phase and first term stand with the case (``case_places.py``), so that a page is read in the order of an index until it is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, union_all

from inburgering_flow.model.permissions import ALL as ALL_CASES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.store import tables as t
from inburgering_flow.store.cases import PLACED, PlacedCase, root
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant, running
from inburgering_flow.store.visibility import visible_to

Spot = tuple[int, str | None]
"""A process definition and the element of a phase in it; None: the cases of it that are in none."""


@dataclass(frozen=True)
class Count:
    """How many cases are at a spot, and how many of them are late."""

    spot: Spot
    cases: int
    late: int


@dataclass(frozen=True)
class Work:
    """Open tasks that somebody has taken of one role."""

    assignee: str
    role: str
    tasks: int
    late: int


@dataclass(frozen=True)
class Choice:
    """Which running cases: those at some spots, of an owner (the empty one for those without), late at a moment, at a step."""

    spots: Sequence[Spot] | None = None
    owner: str | None = None
    late_at: datetime | None = None
    step: tuple[str, str] | None = None
    """A process and an element of it that is active in them."""


ALL = Choice()


def _listed(actor: Actor, chosen: Choice = ALL) -> list[ColumnElement[bool]]:
    found = [root.c.parent_key.is_(None), running(root.c.state), visible_to(actor, root)]
    if chosen.spots is not None:
        found.append(or_(*(_at(spot) for spot in chosen.spots)) if chosen.spots else root.c.key.is_(None))
    if chosen.owner is not None:
        found.append(root.c.owner == chosen.owner if chosen.owner else or_(root.c.owner.is_(None), root.c.owner == ""))
    if chosen.late_at is not None:
        found.append(root.c.due <= chosen.late_at)
    if chosen.step is not None:
        i, e = t.process_instance.alias("inside"), t.element_instance
        here = i.c.process_id == chosen.step[0], i.c.state == constant("ACTIVE")
        at = e.c.element_id == chosen.step[1], e.c.state == constant("ACTIVE")
        found.append(root.c.key.in_(select(i.c.root_key).join(e, e.c.instance_key == i.c.key).where(*here, *at)))
    return found


def _at(spot: Spot) -> ColumnElement[bool]:
    definition, phase = spot
    return and_(root.c.definition_key == definition, root.c.phase.is_(None) if phase is None else root.c.phase == phase)


def count(unit: Unit, actor: Actor, chosen: Choice = ALL) -> int:
    """Count running cases."""
    return int(unit.connection.execute(select(func.count()).where(*_listed(actor, chosen))).scalar_one())


def by_owner(unit: Unit, actor: Actor) -> dict[str, int]:
    """Return how many running cases each owner has; the empty one has those without."""
    name = func.coalesce(root.c.owner, "")
    query = select(name, func.count()).where(*_listed(actor)).group_by(name)
    return {row[0]: row[1] for row in unit.connection.execute(query)}


def by_phase(unit: Unit, actor: Actor, now: datetime) -> list[Count]:
    """Return how many cases are at each spot."""
    is_late = func.count().filter(root.c.due <= now)
    query = (
        select(root.c.definition_key, root.c.phase, func.count(), is_late)
        .where(*_listed(actor))
        .group_by(root.c.definition_key, root.c.phase)
        .order_by(root.c.definition_key, root.c.phase)
    )
    return [Count((row[0], row[1]), row[2], row[3]) for row in unit.connection.execute(query)]


def open_tasks(unit: Unit, actor: Actor, now: datetime) -> list[Work]:
    """Return how much work each person has taken, by role; the empty person has what nobody has taken. For who sees every case
    one index tells it all.
    """
    u = t.user_task.c
    who = func.coalesce(u.assignee, "")
    query = (
        select(who, u.candidate_group, func.count(), func.count().filter(u.sort_due <= now))
        .where(u.state == constant("CREATED"))
        .group_by(who, u.candidate_group)
    )
    if ALL_CASES not in actor.sees:
        query = query.join(root, root.c.key == u.root_key).where(visible_to(actor, root))
    return [Work(*row) for row in unit.connection.execute(query)]


def due_first(actor: Actor, chosen: Choice = ALL) -> Select[Any]:
    """Return the query for running cases with a running term of the organisation itself, the first that is over at the top."""
    found = select(*PLACED).where(*_listed(actor, chosen), root.c.due.is_not(None))
    return found.order_by(root.c.due, root.c.key)


def page(unit: Unit, actor: Actor, chosen: Choice, start: int, size: int) -> list[PlacedCase]:
    """Return running cases from the one at ``start``: by the first running term of the organisation itself, the oldest term
    first, and then those without one, the oldest case first.
    """
    with_term, listed = due_first(actor, chosen), _listed(actor, chosen)
    found = list(unit.connection.execute(with_term.offset(start).limit(size)))
    if len(found) < size:
        skipped = 0
        if not found and start:
            counted = select(func.count()).select_from(with_term.order_by(None).with_only_columns(root.c.key).subquery())
            skipped = max(0, start - unit.connection.execute(counted).scalar_one())
        without = select(*PLACED).where(*listed, root.c.due.is_(None))
        rest = without.order_by(root.c.key).offset(skipped).limit(size - len(found))
        found.extend(unit.connection.execute(rest))
    return [PlacedCase(**row._mapping) for row in found]


def first_of(unit: Unit, actor: Actor, columns: Sequence[Sequence[Spot]], size: int) -> list[list[PlacedCase]]:
    """Return the cases of each column of a board that are due first, at most ``size`` of each: a range of an index for each spot,
    and one statement for those with a term and one for those without.
    """
    found: list[list[PlacedCase]] = [[] for _ in columns]
    for has_term in (True, False):
        parts = []
        for number, spots in enumerate(columns):
            if len(found[number]) < size:
                parts += [first_at(actor, number, spot, has_term, size) for spot in spots]
        if not parts:
            break
        rows = [row._mapping for row in unit.connection.execute(union_all(*(select(one.subquery()) for one in parts)))]
        for row in sorted(rows, key=lambda one: (one["number"], one["due"] or one["start"], one["key"])):
            column = found[row["number"]]
            if len(column) < size:
                column.append(PlacedCase(**{name: row[name] for name in PlacedCase.__dataclass_fields__}))
    return found


def first_at(actor: Actor, number: int, spot: Spot, has_term: bool, size: int) -> Select[Any]:
    """Return the query for the first cases at a spot, with the number of its column."""
    query = select(literal_column(f"{number:d}").label("number"), *PLACED).where(*_listed(actor, Choice([spot])))
    query = query.where(root.c.due.is_not(None) if has_term else root.c.due.is_(None))
    return query.order_by(root.c.due, root.c.key).limit(size)
