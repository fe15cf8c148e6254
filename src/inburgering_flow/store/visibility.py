"""The one clause that says which cases an actor sees; every list query uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, false, func, or_, select, true

from inburgering_flow.model.permissions import ALL, CASELOAD, LOCATION, ROLE, Actor
from inburgering_flow.store import tables as t
from inburgering_flow.store.absences import TODAY, led_for_others, tasks_for_others
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.types import among, constant, running


@dataclass(frozen=True)
class Sight:
    """What of an actor decides how the clause reads: the same for all with the same roles, so that a statement with it is
    made once for all of them. Who the actor is, and where, are its parameters: see ``who``.
    """

    sees: frozenset[str]
    roles: tuple[str, ...]
    at_location: tuple[str, ...]
    """The roles that see what has a task for them at the actor's location; empty where the actor has none."""
    by_role: tuple[str, ...]
    """The roles that see what has ever had a task for them."""
    anywhere: tuple[str, ...] = ()
    """The roles that no location binds."""
    stands_in: bool = False
    """Whether the actor is the deputy of a colleague who is away today."""

    @classmethod
    def of(cls, actor: Actor) -> Sight:
        """Return what an actor's roles see."""
        powers = actor.powers
        at = tuple(power.name for power in powers if power.cases == LOCATION) if actor.location else ()
        by_role = tuple(power.name for power in powers if power.cases == ROLE)
        bound = {power.name for power in powers if power.cases == LOCATION}
        anywhere = tuple(name for name in actor.roles if name not in bound)
        return cls(actor.sees, actor.roles, at, by_role, anywhere, actor.stands_in is not None)


ME: BindParameter[str] = bindparam("me")
MY_LOCATION: BindParameter[str] = bindparam("my_location")


def who(actor: Actor) -> dict[str, Any]:
    """Return the parameters of a statement that asks what an actor sees; those that it has no use for are left alone."""
    return {"me": actor.username, "my_location": actor.location, "today": actor.stands_in}


def visible(sight: Sight, root: Any) -> ColumnElement[bool]:
    """Return the condition of ``visible_to`` for all actors of one sight; ``who`` gives its parameters."""
    return _visible(sight, root, [ME], MY_LOCATION, TODAY)


def _has_parts(sight: Sight) -> bool:
    return bool(sight.roles) and not {ALL, ROLE} & sight.sees


def parts(sight: Sight, root: Any) -> list[ColumnElement[bool]] | None:
    """Return conditions on ``root`` that together are ``visible``, each of which an index answers by itself: what somebody
    leads, what nobody leads, what is where they work, what was given to them. A list that reads each of them and no other
    case costs the same in a large organisation. ``who`` gives the parameters.

    None where all is seen, or where only asking of each case tells.
    """
    sees = sight.sees
    if not _has_parts(sight):
        return None
    task, named = t.user_task.alias(), t.user_task_candidate.alias()
    is_open = task.c.state == constant("CREATED")
    found: list[ColumnElement[bool]] = []
    if CASELOAD in sees:
        found += [root.c.owner == ME, root.c.owner.is_(None)]
    if sight.at_location:
        here = exists().where(task.c.root_key == root.c.key, is_for(task, sight.at_location), is_open)
        found.append((root.c.location == MY_LOCATION) & here)
    if sees:
        mine = select(task.c.root_key).where(is_open, task.c.assignee == ME, is_for(task, ("", *sight.roles)))
        found.append(root.c.key.in_(mine))
    by_name = select(task.c.root_key).join(named, named.c.task_key == task.c.key)
    found.append(root.c.key.in_(by_name.where(is_open, named.c.kind == "user", named.c.name == ME)))
    return [*found, *_for_others(sight, root, ME, MY_LOCATION, TODAY)]


def _for_others(sight: Sight, root: Any, me: Any, location: Any, today: Any) -> list[ColumnElement[bool]]:
    """Return conditions on ``root`` for what an actor sees as the deputy of colleagues who are away: cases that these lead, where
    the actor's own roles could lead them, and cases with an open task of theirs that is for one of the actor's roles.
    """
    if not sight.stands_in:
        return []
    found: list[ColumnElement[bool]] = []
    if CASELOAD in sight.sees:
        found.append(root.c.owner.in_(led_for_others(me, today)))
    return [*found, *tasks_as_deputy(sight, root, root.c.key, "root_key", me, location, today)]


def tasks_as_deputy(
    sight: Sight, root: Any, key: Any, column: str, me: Any = ME, location: Any = MY_LOCATION, today: Any = TODAY
) -> list[ColumnElement[bool]]:
    """Return conditions for what an actor has of open tasks as a deputy: ``key`` is the ``column`` of one, which is for a role of
    the actor's, and at the actor's location where the role is bound to one.
    """
    if not (sight.stands_in and sight.sees):
        return []
    found = [key.in_(tasks_for_others(column, me, today, lambda task: is_for(task, ("", *sight.anywhere))))]
    if sight.at_location:
        here = key.in_(tasks_for_others(column, me, today, lambda task: is_for(task, sight.at_location)))
        found.append((root.c.location == location) & here)
    return found


FEW = 2_000
"""So many cases without an owner are looked at one by one; of more, a list that walks in its own order soon finds enough."""
led = t.process_instance.alias("led")


_nobodys = Prepared(
    select(func.count()).select_from(
        select(led.c.key)
        .where(led.c.owner.is_(None), led.c.parent_key.is_(None), running(led.c.state))
        .limit(bindparam("most")).subquery()
    )
)  # fmt: skip


def are_few(unit: Unit, sight: Sight) -> bool:
    """Tell whether the ``parts`` of what somebody sees can be looked at case by case, of running cases."""
    if not _has_parts(sight):
        return False
    return CASELOAD not in sight.sees or bool(_nobodys.rows(unit, {"most": FEW + 1})[0][0] <= FEW)


def visible_to(actor: Actor, root: Any, usernames: Sequence[str] = ()) -> ColumnElement[bool]:
    """Return the condition on ``root`` (the process instance at the top of a case) for what the actor sees.

    ``usernames`` are several people with the actor's roles and location, for what at least one of them sees.
    """
    return _visible(Sight.of(actor), root, list(usernames) or [actor.username], actor.location, actor.stands_in)


def _visible(sight: Sight, root: Any, people: Sequence[Any], location: Any, today: Any) -> ColumnElement[bool]:
    sees = sight.sees
    if ALL in sees:
        return true()
    if not sight.roles:
        return false()
    task, named = t.user_task.alias(), t.user_task_candidate.alias()

    def with_task(roles: Sequence[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(task.c.root_key == root.c.key, is_for(task, roles), *conditions)

    parts: list[ColumnElement[bool]] = []
    if CASELOAD in sees:
        parts.append(or_(root.c.owner.in_(people), root.c.owner.is_(None)))
    if sight.at_location:
        open_here = with_task(sight.at_location, task.c.state == constant("CREATED"))
        parts.append((root.c.location == location) & open_here)
    if ROLE in sees:
        parts.append(with_task(sight.by_role))
    # An open task that was given to the actor, or names them, opens its case. Last: what costs least is asked first.
    is_open = task.c.state == constant("CREATED")
    if sees:
        parts.append(with_task(("", *sight.roles), is_open, task.c.assignee.in_(people)))
    by_name = exists().where(named.c.task_key == task.c.key, named.c.kind == "user", named.c.name.in_(people))
    parts.append(exists().where(task.c.root_key == root.c.key, is_open, by_name))
    return or_(*parts, *_for_others(sight, root, people[0], location, today))


def is_for(task: Any, groups: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a task has one of these candidate groups; the empty one is that of tasks without any."""
    more = t.user_task_candidate.alias()
    others = exists().where(more.c.task_key == task.c.key, more.c.kind == "group", among(more.c.name, groups))
    return or_(among(task.c.candidate_group, groups), others)
