"""Lists of user tasks: by state, group, assignee, case; ordered by legal date through one index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, union_all

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED, UserTask
from inburgering_flow.store import searching
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import TASK_COLUMNS
from inburgering_flow.store.types import constant
from inburgering_flow.store.visibility import visible_to

COUNT_LIMIT = 10_000
task, root = t.user_task, t.process_instance.alias("root")


@dataclass(frozen=True)
class TaskItem:
    """A row of a task list."""

    key: int
    name: str
    element_id: str
    process_id: str
    definition_key: int
    root_key: int
    assignee: str | None
    candidate_groups: tuple[str, ...]
    due: datetime | None
    sort_due: datetime
    created: datetime
    priority: int
    business_key: str
    owner: str | None
    person_key: int | None


TASK_ITEM: list[Any] = [
    *(task.c[n] for n in ("key", "name", "element_id", "process_id", "definition_key", "root_key", "assignee",
                          "candidate_groups", "due", "sort_due", "created", "priority")),
    *(root.c[n] for n in ("business_key", "owner", "person_key")),
]  # fmt: skip

def find(
    unit: Unit, *, state: str | None, candidate_group: str | None, assignee: str | None, instance_key: int | None,
    element_id: str | None, most: int,
) -> list[UserTask]:  # fmt: skip
    """Return tasks, the most urgent first."""
    c = t.user_task.c
    query = select(*TASK_COLUMNS).order_by(c.sort_due, c.key).limit(most)
    if state is not None:
        query = query.where(c.state == constant(state))
    if candidate_group is not None:
        more = select(t.user_task_candidate.c.task_key).where(
            t.user_task_candidate.c.kind == "group", t.user_task_candidate.c.name == candidate_group
        )
        query = query.where(or_(c.candidate_group == candidate_group, c.key.in_(more)))
    if assignee is not None:
        query = query.where(c.assignee == assignee)
    if instance_key is not None:
        query = query.where(or_(c.root_key == instance_key, c.instance_key == instance_key))
    if element_id is not None:
        query = query.where(c.element_id == element_id)
    return [UserTask(**row._mapping) for row in unit.connection.execute(query)]


def _branches(actor: Actor, view: str, filters: Mapping[str, Any]) -> list[Select[Any]]:
    """Return one query per index range, so that each reads its own index in order and stops at the end of the page."""
    base = (
        select(task.c.key, task.c.sort_due)
        .join(root, root.c.key == task.c.root_key)
        .where(task.c.state == constant(CREATED), visible_to(actor, root))
        .order_by(task.c.sort_due, task.c.key)
    )
    if filters.get("process_id"):
        base = base.where(task.c.process_id == filters["process_id"])
    if "sought" in filters:  # start from what fits, not from the index of due dates
        order = func.coalesce(task.c.sort_due, task.c.sort_due), task.c.key
        base = base.where(task.c.root_key.in_(searching.cases(filters["sought"]))).order_by(None).order_by(*order)
    if filters.get("late"):
        base = base.where(task.c.sort_due <= datetime.fromisoformat(filters["late"]))
    if view == "mijn":
        return [base.where(task.c.assignee == actor.username)]
    if view == "rollen":
        free = base.where(task.c.assignee.is_(None))
        more = select(t.user_task_candidate.c.task_key).where(
            or_(
                and_(t.user_task_candidate.c.kind == "group", t.user_task_candidate.c.name.in_(actor.roles)),
                and_(t.user_task_candidate.c.kind == "user", t.user_task_candidate.c.name == actor.username),
            )
        )
        return [
            *(free.where(task.c.candidate_group == role) for role in actor.roles),
            # Few tasks have more candidates: start from those, not from the index of due dates.
            free.where(task.c.key.in_(more), task.c.candidate_group.not_in(actor.roles))
            .order_by(None)
            .order_by(func.coalesce(task.c.sort_due, task.c.sort_due), task.c.key),
        ]
    return [base]


def page(
    unit: Unit, actor: Actor, view: str, filters: Mapping[str, Any], after: tuple[datetime, int] | None, size: int
) -> list[TaskItem]:
    """Return one page of tasks by legal date; ``after`` is the last row of the page before."""
    parts = []
    for branch in _branches(actor, view, filters):
        query = branch
        if after is not None:
            moment, key = after
            query = query.where(or_(task.c.sort_due > moment, and_(task.c.sort_due == moment, task.c.key > key)))
        parts.append(select(query.limit(size).subquery()))
    keys = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()
    found = (
        select(*TASK_ITEM)
        .join(root, root.c.key == task.c.root_key)
        .where(task.c.key.in_(select(keys.c.key).order_by(keys.c.sort_due, keys.c.key).limit(size)))
        .order_by(task.c.sort_due, task.c.key)
    )
    return [TaskItem(**row._mapping) for row in unit.connection.execute(found)]


def count(unit: Unit, actor: Actor, view: str, filters: Mapping[str, Any], limit: int = COUNT_LIMIT) -> int:
    """Count tasks, up to one beyond ``limit``."""
    total = 0
    for branch in _branches(actor, view, filters):
        inner = branch.order_by(None).limit(limit + 1 - total).subquery()
        total += int(unit.connection.execute(select(func.count()).select_from(inner)).scalar_one())
        if total > limit:
            return limit + 1
    return total
