"""Unfinished answers, kept per task and person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, select, tuple_

from inburgering_flow.model.runtime import CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.types import constant

_get = Prepared(
    select(t.draft.c.data).where(t.draft.c.task_key == bindparam("task"), t.draft.c.username == bindparam("person"))
)


def save(unit: Unit, task_key: int, username: str, moment: datetime, data: Mapping[str, Any]) -> None:
    """Keep somebody's unfinished answers."""
    drop(unit, task_key, username)
    unit.connection.execute(
        insert(t.draft), {"task_key": task_key, "username": username, "saved_at": moment, "data": dict(data)}
    )


def get(unit: Unit, task_key: int, username: str) -> dict[str, Any]:
    """Return somebody's unfinished answers."""
    rows = _get.rows(unit, {"task": task_key, "person": username})
    return dict(rows[0][0]) if rows else {}


def drop(unit: Unit, task_key: int, username: str) -> None:
    """Forget a draft."""
    unit.connection.execute(delete(t.draft).where(t.draft.c.task_key == task_key, t.draft.c.username == username))


def forget(unit: Unit, most: int) -> int:
    """Delete up to ``most`` drafts of tasks that are not open any more; return how many there were."""
    u, d = t.user_task.c, t.draft.c
    is_open = exists().where(u.key == d.task_key, u.state == constant(CREATED))
    old = select(d.task_key, d.username).where(~is_open).limit(most)
    return unit.connection.execute(delete(t.draft).where(tuple_(d.task_key, d.username).in_(old))).rowcount
