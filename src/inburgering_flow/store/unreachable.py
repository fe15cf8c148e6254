"""Open tasks that no account can do: the look that proves that none is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, exists, false, func, not_, or_, select

from inburgering_flow.model.permissions import Actor, Role
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant
from inburgering_flow.store.visibility import is_for, visible_to


@dataclass(frozen=True)
class LostTask:
    """A task that nobody can do, with what decides about it."""

    key: int
    name: str
    process_id: str
    definition_key: int
    element_id: str
    root_key: int
    business_key: str
    assignee: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    owner: str | None
    location: str | None


def find(unit: Unit, people: Mapping[Actor, Sequence[str]]) -> list[int]:
    """Return the keys of open tasks that nobody sees and may do, the oldest first.

    ``people`` are the open accounts, by one actor for all with the same roles and location.
    """
    query = _lost(tuple((actor, tuple(actor.powers), tuple(usernames)) for actor, usernames in people.items()))
    return list(unit.connection.execute(query).scalars())


@lru_cache(maxsize=4)
def _lost(people: tuple[tuple[Actor, tuple[Role, ...], tuple[str, ...]], ...]) -> Select[Any]:
    """Return the statement, which has a condition for each kind of account: made anew it took longer than its answer.

    What the roles mean is no part of an actor's equality, so it stands beside the actor.
    """
    task, root, named = t.user_task, t.process_instance.alias("root"), t.user_task_candidate.alias()
    able: list[Any] = []
    for actor, _powers, usernames in people:
        theirs = [
            is_for(task, actor.roles),
            exists().where(named.c.task_key == task.c.key, named.c.kind == "user", named.c.name.in_(usernames)),
        ]
        if actor.sees:
            theirs.append(and_(task.c.candidate_group == "", not_(exists().where(named.c.task_key == task.c.key))))
        free = or_(task.c.assignee.is_(None), task.c.assignee.in_(usernames))
        able.append(and_(or_(*theirs), free, visible_to(actor, root, usernames)))
    return (
        select(task.c.key)
        .join(root, root.c.key == task.c.root_key)
        .where(task.c.state == constant("CREATED"), not_(func.coalesce(or_(false(), *able), false())))
        .order_by(task.c.key)
    )  # fmt: skip


def described(unit: Unit, keys: Sequence[int]) -> dict[int, LostTask]:
    """Return these tasks with what is shown of them; a page of keys at a time."""
    task, root = t.user_task, t.process_instance.alias("root")
    columns: list[Any] = [
        *(task.c[n] for n in ("key", "name", "process_id", "definition_key", "element_id", "root_key")), root.c.business_key,
        *(task.c[n] for n in ("assignee", "candidate_groups", "candidate_users")), root.c.owner, root.c.location,
    ]  # fmt: skip
    query = select(*columns).join(root, root.c.key == task.c.root_key).where(task.c.key.in_(keys))
    return {row.key: LostTask(**row._mapping) for row in unit.connection.execute(query)}
