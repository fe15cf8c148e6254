"""What stands in somebody's agenda between two moments: terms, tasks and appointments of cases that they see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.terms import OURS
from inburgering_flow.store.types import constant
from inburgering_flow.store.visibility import visible_to

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


_CASE: tuple[Any, ...] = (root.c.business_key, root.c.person_key, root.c.owner)


def tasks(unit: Unit, actor: Actor, since: datetime, until: datetime, most: int, *, of_team: bool) -> list[AgendaRow]:
    """Return open tasks that are due after a moment and not after another: one's own, or of everybody."""
    query = (
        select(u.key, u.sort_due, u.created, u.root_key, u.definition_key, u.name, u.element_id, *_CASE, u.assignee)
        .join(root, root.c.key == u.root_key)
        .where(u.state == constant(CREATED), u.sort_due > since, u.sort_due <= until)
    )
    query = query if of_team else query.where(u.assignee == actor.username)
    return _rows(unit, actor, query.order_by(u.sort_due, u.key), most)


def terms(unit: Unit, actor: Actor, since: datetime, until: datetime, most: int, *, of_team: bool) -> list[AgendaRow]:
    """Return running terms of the organisation, of cases that one leads, or of all."""
    due = x.due if of_team else func.coalesce(x.due, x.due)  # from one's own cases, not from the index of what is due
    query = (
        select(x.key, x.due, x.begun, x.root_key, x.definition_key, x.name, x.name, *_CASE)
        .join(root, root.c.key == x.root_key)
        .where(x.state == constant(OURS), due > since, due <= until)
    )
    query = query if of_team else query.where(x.root_key.in_(_led(actor)))
    return _rows(unit, actor, query.order_by(due, x.key), most)


def appointments(unit: Unit, actor: Actor, since: datetime, until: datetime, most: int, *, of_team: bool) -> list[AgendaRow]:
    """Return appointments that begin from a moment on and before another: of cases that one leads or has an open task in, or of
    all.
    """
    begins = a.begins if of_team else func.coalesce(a.begins, a.begins)
    query = (
        select(
            a.key, a.begins, a.noted, a.root_key, a.definition_key, a.name, a.name, *_CASE, root.c.owner, a.is_day, a.state
        )
        .join(root, root.c.key == a.root_key)
        .where(begins >= since, begins < until)
    )
    if not of_team:
        doing = select(u.root_key).where(u.state == constant(CREATED), u.assignee == actor.username)
        query = query.where(a.root_key.in_(_led(actor).union(doing)))
    return _rows(unit, actor, query.order_by(begins, a.key), most)


def _led(actor: Actor) -> Select[Any]:
    case = t.process_instance.c
    return select(case.key).where(case.owner == actor.username, case.parent_key.is_(None))


def _rows(unit: Unit, actor: Actor, query: Select[Any], most: int) -> list[AgendaRow]:
    rows = unit.connection.execute(query.where(visible_to(actor, root)).limit(most))
    return [AgendaRow(*row) for row in rows]
