"""What somebody's day is made of beside their tasks: the terms of the cases that these are of, and what their cases wait for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from inburgering_flow.model.runtime import CREATED, UserTask
from inburgering_flow.store import tables as t
from inburgering_flow.store.cases import CASE_ITEM, CaseItem, root
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import TASK_COLUMNS
from inburgering_flow.store.terms import OURS
from inburgering_flow.store.types import constant, running


@dataclass(frozen=True)
class RunningTerm:
    """A running term of the organisation in a case; ``name`` is the variable that holds its last day."""

    root_key: int
    definition_key: int
    process_id: str
    name: str
    due: datetime


@dataclass(frozen=True)
class Heard:
    """A message that a case can hear."""

    root_key: int
    definition_key: int
    element_id: str
    name: str
    created: datetime


def led_by(unit: Unit, username: str, most: int) -> list[CaseItem]:
    """Return running cases of an owner, the oldest first."""
    query = select(*CASE_ITEM).where(root.c.owner == username, root.c.parent_key.is_(None), running(root.c.state))
    rows = unit.connection.execute(query.order_by(root.c.key).limit(most))
    return [CaseItem(**row._mapping) for row in rows]


def terms_of(unit: Unit, root_keys: Collection[int]) -> list[RunningTerm]:
    """Return the running terms of the organisation in these cases, the first that is over at the top."""
    x, i = t.term.c, t.process_instance.c
    query = (
        select(x.root_key, x.definition_key, i.process_id, x.name, x.due)
        .join(t.process_instance, i.key == x.instance_key)
        .where(x.root_key.in_(list(root_keys)), x.state == constant(OURS))
        .order_by(x.due, x.key)
    )
    return [RunningTerm(*row) for row in unit.connection.execute(query)]


def open_tasks(unit: Unit, root_keys: Collection[int]) -> list[UserTask]:
    """Return the open tasks of these cases, the oldest first."""
    c = t.user_task.c
    query = select(*TASK_COLUMNS).where(c.root_key.in_(list(root_keys)), c.state == constant(CREATED)).order_by(c.key)
    return [UserTask(**row._mapping) for row in unit.connection.execute(query)]


def messages_of(unit: Unit, root_keys: Collection[int]) -> list[Heard]:
    """Return the messages that these cases can hear, the oldest first."""
    s, i = t.subscription.c, t.process_instance.c
    query = (
        select(i.root_key, i.definition_key, s.element_id, s.name, s.created)
        .select_from(t.process_instance)
        .join(t.subscription, s.instance_key == i.key)
        .where(i.root_key.in_(list(root_keys)), running(i.state), s.kind == "message")
        .order_by(s.key)
    )
    return [Heard(*row) for row in unit.connection.execute(query)]
