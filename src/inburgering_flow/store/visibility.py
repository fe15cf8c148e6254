"""The one clause that says which cases an actor sees; every list query uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, true

from inburgering_flow.model.permissions import ALL, CASELOAD, LOCATION, ROLE, Actor
from inburgering_flow.store import tables as t
from inburgering_flow.store.types import constant


def visible_to(actor: Actor, root: Any, usernames: Sequence[str] = ()) -> ColumnElement[bool]:
    """Return the condition on ``root`` (the process instance at the top of a case) for what the actor sees.

    ``usernames`` are several people with the actor's roles and location, for what at least one of them sees.
    """
    sees, people = actor.sees, list(usernames) or [actor.username]
    if ALL in sees:
        return true()
    if not actor.roles:
        return false()
    task, named = t.user_task.alias(), t.user_task_candidate.alias()

    def with_task(roles: Sequence[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(task.c.root_key == root.c.key, is_for(task, roles), *conditions)

    parts: list[ColumnElement[bool]] = []
    if CASELOAD in sees:
        parts.append(or_(root.c.owner.in_(people), root.c.owner.is_(None)))
    if LOCATION in sees and actor.location:
        own = [power.name for power in actor.powers if power.cases == LOCATION]
        parts.append((root.c.location == actor.location) & with_task(own, task.c.state == constant("CREATED")))
    if ROLE in sees:
        parts.append(with_task([power.name for power in actor.powers if power.cases == ROLE]))
    # An open task that was given to the actor, or names them, opens its case. Last: what costs least is asked first.
    is_open = task.c.state == constant("CREATED")
    if sees:
        parts.append(with_task(("", *actor.roles), is_open, task.c.assignee.in_(people)))
    by_name = exists().where(named.c.task_key == task.c.key, named.c.kind == "user", named.c.name.in_(people))
    parts.append(exists().where(task.c.root_key == root.c.key, is_open, by_name))
    return or_(*parts)


def is_for(task: Any, groups: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a task has one of these candidate groups; the empty one is that of tasks without any."""
    more = t.user_task_candidate.alias()
    others = exists().where(more.c.task_key == task.c.key, more.c.kind == "group", more.c.name.in_(groups))
    return or_(task.c.candidate_group.in_(groups), others)
