"""What stands in somebody's agenda between two moments: terms, tasks and appointments of cases that they see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from inburgering_flow.model.permissions import CASELOAD, Actor
from inburgering_flow.model.runtime import CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.absences import led_for_others
from inburgering_flow.store.database import Unit
from inburgering_flow.store.terms import OURS
from inburgering_flow.store.types import constant
from inburgering_flow.store.visibility import Sight, tasks_as_deputy, visible_to

root = t.process_instance.alias("root")
u, x, a = t.user_task.c, t.term.c, t.appointment.c


@dataclass(frozen=True)
class AgendaRow:
    """One thing of an agenda. ``moment`` is when a last day is over, or when an appointment begins; ``name`` is the task's, or
    the variable that holds it; ``noted`` is when it came about.
    """

    key: int
    moment: datetime
    noted: datetime
    root_key: int
    definition_key: int
    name: str
    element_id: str
    business_key: str
    person_key: int | None
    owner: str | None
    assignee: str | None = None
    is_day: bool = True
    state: str = OURS


MINE, TEAM, OTHERS = "mine", "team", "others"
"""Whose agenda: one's own, of all whose cases one sees, or of those for whom one stands in today."""
_CASE: tuple[Any, ...] = (root.c.business_key, root.c.person_key, root.c.owner)


def tasks(unit: Unit, actor: Actor, since: datetime, until: datetime, most: int, *, whose: str) -> list[AgendaRow]:
    """Return open tasks that are due after a moment and not after another."""
    query = (
        select(u.key, u.sort_due, u.created, u.root_key, u.definition_key, u.name, u.element_id, *_CASE, u.assignee)
        .join(root, root.c.key == u.root_key)
        .where(u.state == constant(CREATED), u.sort_due > since, u.sort_due <= until)
    )
    if whose == MINE:
        query = query.where(u.assignee == actor.username)
    elif whose == OTHERS:
        query = query.where(_as_deputy(actor, u.key, "key"))
    return _rows(unit, actor, query.order_by(u.sort_due, u.key), most)


def terms(unit: Unit, actor: Actor, since: datetime, until: datetime, most: int, *, whose: str) -> list[AgendaRow]:
    """Return running terms of the organisation: of one's own agenda, those of cases that one leads."""
    due = x.due if whose == TEAM else func.coalesce(x.due, x.due)  # from one's own cases, not from the index of what is due
    query = (
        select(x.key, x.due, x.begun, x.root_key, x.definition_key, x.name, x.name, *_CASE)
        .join(root, root.c.key == x.root_key)
        .where(x.state == constant(OURS), due > since, due <= until)
    )
    query = query if whose == TEAM else query.where(x.root_key.in_(_led(actor, whose)))
    return _rows(unit, actor, query.order_by(due, x.key), most)


def appointments(unit: Unit, actor: Actor, since: datetime, until: datetime, most: int, *, whose: str) -> list[AgendaRow]:
    """Return appointments that begin from a moment on and before another: of one's own agenda, those of cases that one leads or
    has an open task in.
    """
    begins = a.begins if whose == TEAM else func.coalesce(a.begins, a.begins)
    query = (
        select(
            a.key, a.begins, a.noted, a.root_key, a.definition_key, a.name, a.name, *_CASE, root.c.owner, a.is_day, a.state
        )
        .join(root, root.c.key == a.root_key)
        .where(begins >= since, begins < until)
    )
    if whose == MINE:
        doing = select(u.root_key).where(u.state == constant(CREATED), u.assignee == actor.username)
        query = query.where(a.root_key.in_(_led(actor, whose).union(doing)))
    elif whose == OTHERS:
        query = query.where(or_(a.root_key.in_(_led(actor, whose)), _as_deputy(actor, a.root_key, "root_key")))
    return _rows(unit, actor, query.order_by(begins, a.key), most)


def _led(actor: Actor, whose: str) -> Select[Any]:
    case = t.process_instance.c
    query = select(case.key).where(case.parent_key.is_(None))
    if whose == MINE:
        return query.where(case.owner == actor.username)
    may_lead = CASELOAD in actor.sees
    return query.where(case.owner.in_(led_for_others(actor.username, actor.stands_in)) if may_lead else false())


def _as_deputy(actor: Actor, key: Any, column: str) -> ColumnElement[bool]:
    sight = Sight.of(actor)
    return or_(false(), *tasks_as_deputy(sight, root, key, column, actor.username, actor.location, actor.stands_in))


def _rows(unit: Unit, actor: Actor, query: Select[Any], most: int) -> list[AgendaRow]:
    rows = unit.connection.execute(query.where(visible_to(actor, root)).limit(most))
    return [AgendaRow(*row) for row in rows]
