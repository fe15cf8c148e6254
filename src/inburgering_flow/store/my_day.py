"""What somebody's day is made of beside their tasks: the terms of the cases that these are of, and what their cases wait for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from inburgering_flow.model.runtime import CREATED, UserTask
from inburgering_flow.store import tables as t
from inburgering_flow.store.cases import CASE_ITEM, CaseItem, root
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared, PreparedAmong
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


_led_by = Prepared(
    select(*CASE_ITEM)
    .where(root.c.owner == bindparam("wanted"), root.c.parent_key.is_(None), running(root.c.state))
    .order_by(root.c.key).limit(bindparam("most"))
)  # fmt: skip
_x, _i, _c, _s = t.term.c, t.process_instance.c, t.user_task.c, t.subscription.c
_terms_of = PreparedAmong(
    lambda sought: select(_x.root_key, _x.definition_key, _i.process_id, _x.name, _x.due)
    .join(t.process_instance, _i.key == _x.instance_key)
    .where(_x.root_key.in_(sought), _x.state == constant(OURS))
    .order_by(_x.due, _x.key)
)
_open_tasks = PreparedAmong(
    lambda sought: select(*TASK_COLUMNS).where(_c.root_key.in_(sought), _c.state == constant(CREATED)).order_by(_c.key)
)
_messages_of = PreparedAmong(
    lambda sought: select(_i.root_key, _i.definition_key, _s.element_id, _s.name, _s.created)
    .select_from(t.process_instance)
    .join(t.subscription, _s.instance_key == _i.key)
    .where(_i.root_key.in_(sought), running(_i.state), _s.kind == constant("message"))
    .order_by(_s.key)
)


def led_by(unit: Unit, username: str, most: int) -> list[CaseItem]:
    """Return running cases of an owner, the oldest first."""
    return [CaseItem(*row) for row in _led_by.rows(unit, {"wanted": username, "most": most})]


def terms_of(unit: Unit, root_keys: Collection[int]) -> list[RunningTerm]:
    """Return the running terms of the organisation in these cases, the first that is over at the top."""
    return [RunningTerm(*row) for row in _terms_of.rows(unit, root_keys)]


def open_tasks(unit: Unit, root_keys: Collection[int]) -> list[UserTask]:
    """Return the open tasks of these cases, the oldest first."""
    return [UserTask(*row) for row in _open_tasks.rows(unit, root_keys)]


def messages_of(unit: Unit, root_keys: Collection[int]) -> list[Heard]:
    """Return the messages that these cases can hear, the oldest first."""
    return [Heard(*row) for row in _messages_of.rows(unit, root_keys)]
