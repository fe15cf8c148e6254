"""The one clause that says which cases an actor sees; every list query uses it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, true

from inburgering_flow.model.permissions import ALL, CASELOAD, LOCATION, ROLE, Actor
from inburgering_flow.store import tables as t
from inburgering_flow.store.types import constant


def visible_to(actor: Actor, root: Any) -> ColumnElement[bool]:
    """Return the condition on ``root`` (the process instance at the top of a case) for what the actor sees."""
    sees = actor.sees
    if ALL in sees:
        return true()
    if not sees:
        return false()
    parts: list[ColumnElement[bool]] = []  # the first: a task given to the actor opens its case, while it is open
    task = t.user_task.alias()

    def with_task(roles: list[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(task.c.root_key == root.c.key, task.c.candidate_group.in_(roles), *conditions)

    more = t.user_task_candidate.alias()
    named = exists().where(more.c.task_key == task.c.key, more.c.kind == "group", more.c.name.in_(actor.roles))
    mine = or_(task.c.candidate_group.in_(("", *actor.roles)), named)
    parts.append(
        exists().where(
            task.c.root_key == root.c.key, task.c.state == constant("CREATED"), task.c.assignee == actor.username, mine
        )
    )
    if CASELOAD in sees:
        parts.append(or_(root.c.owner == actor.username, root.c.owner.is_(None)))
    if LOCATION in sees and actor.location:
        own = [power.name for power in actor.powers if power.cases == LOCATION]
        parts.append((root.c.location == actor.location) & with_task(own, task.c.state == constant("CREATED")))
    if ROLE in sees:
        parts.append(with_task([power.name for power in actor.powers if power.cases == ROLE]))
    return or_(*parts)
