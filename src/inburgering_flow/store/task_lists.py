"""Lists of user tasks: by state, group, assignee, case; ordered by legal date through one index."""

from __future__ import annotations

from sqlalchemy import or_, select

from inburgering_flow.model.runtime import UserTask
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import TASK_COLUMNS
from inburgering_flow.store.types import constant


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
