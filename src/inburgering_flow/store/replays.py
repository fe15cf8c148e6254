"""What happened to a finished case from outside, and which definitions it went by: for playing it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import COMPLETED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.visibility import visible_to
from inburgering_flow.values import load_value


@dataclass(frozen=True)
class DoneTask:
    """A completed task: ``key`` of its line in the log says when it was, among all that happened."""

    logged: int
    key: int
    element_key: int
    instance_key: int
    definition_key: int
    element_id: str
    form_id: str
    completed: datetime
    completed_by: str
    group: str


@dataclass(frozen=True)
class HeardMessage:
    """A message that reached a process of the case; it was ``published`` by somebody outside, not by the case itself."""

    key: int
    name: str
    correlation_key: str
    published: datetime
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class OtherDeed:
    """Something else that somebody did to the case."""

    key: int
    action: str
    moment: datetime


CHANGES = (
    "variable.correct", "variable.set", "process.modify", "process.migrate", "process.suspend", "process.resume",
    "incident.resolve", "entry.case", "decision.again",
)  # fmt: skip
"""What somebody may do to a case that no step of a scenario does."""


@dataclass(frozen=True)
class Stood:
    """A task of the case and the time in which it was open; without an ``end`` it still is."""

    key: int
    element_id: str
    end: datetime | None


def tasks_stood(unit: Unit, root_key: int) -> list[Stood]:
    """Return every task that a case had, oldest first."""
    u, e = t.user_task.c, t.element_instance.c
    query = (
        select(u.key, u.element_id, e.end)
        .join(t.element_instance, e.key == u.element_key)
        .where(u.root_key == root_key)
        .order_by(u.key)
    )  # fmt: skip
    return [Stood(*row) for row in unit.connection.execute(query)]


def tasks_done(unit: Unit, root_key: int) -> list[DoneTask]:
    """Return the completed tasks of a case, in order."""
    a, u = t.audit.c, t.user_task.c
    query = (
        select(a.key.label("logged"), u.key, u.element_key, u.instance_key, u.definition_key, u.element_id, u.form_id,
               u.completed, u.completed_by, u.candidate_group.label("group"))
        .join(t.audit, (a.subject_key == u.key) & (a.action == "task.complete"))
        .where(u.root_key == root_key, u.state == COMPLETED)
        .order_by(a.key)
    )  # fmt: skip
    return [DoneTask(**row._mapping) for row in unit.connection.execute(query)]


def messages_heard(unit: Unit, root_key: int) -> list[HeardMessage]:
    """Return the messages from outside that reached a process of a case, in the order in which they were published."""
    m, c, i, a = t.message.c, t.message_correlation.c, t.process_instance.c, t.audit.c
    heard = (
        select(c.message_key)
        .join(t.process_instance, i.key == c.instance_key)
        .where(i.root_key == root_key)
    )  # fmt: skip
    published = select(a.subject_key).where(a.action == "message.publish", a.subject_key == m.key).exists()
    query = (
        select(m.key, m.name, m.correlation_key, m.published, m.variables)
        .where(m.key.in_(heard), published)
        .order_by(m.key)
    )  # fmt: skip
    return [HeardMessage(*row) for row in unit.connection.execute(query)]


def other_deeds(unit: Unit, root_key: int) -> list[OtherDeed]:
    """Return what else somebody did that may have changed where a case goes, in order."""
    a = t.audit.c
    query = select(a.key, a.action, a.moment).where(a.root_key == root_key, a.action.in_(CHANGES)).order_by(a.key)
    return [OtherDeed(*row) for row in unit.connection.execute(query)]


def variables_of(unit: Unit, scope_keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the variables of each of these scopes, without those that only the engine sees."""
    v = t.variable.c
    found: dict[int, dict[str, Any]] = {}
    for key, name, value in unit.connection.execute(
        select(v.scope_key, v.name, v.value).where(v.scope_key.in_(list(scope_keys)))
    ):
        if not name.startswith("$"):
            found.setdefault(key, {})[name] = load_value(value)
    return found


def files_at(unit: Unit, moment: datetime, own: Iterable[int]) -> list[tuple[str, bytes]]:
    """Return the files of the newest version of each definition that was there at a moment, and of the definitions ``own``
    whatever is newer, with their data dictionaries.
    """
    d = t.definition.c
    query = (
        select(d.key, d.kind, d.id, d.version, d.resource_key, d.data_resource_key)
        .join(t.deployment, t.deployment.c.key == d.deployment_key)
        .where(t.deployment.c.deployed_at <= moment)
        .order_by(d.version)
    )
    wanted = set(own)
    chosen: dict[tuple[str, str], tuple[int, int | None]] = {}
    fixed: set[tuple[str, str]] = set()
    for key, kind, id, _version, resource, data in unit.connection.execute(query):
        if (kind, id) in fixed:
            continue
        chosen[kind, id] = (resource, data)
        if key in wanted:
            fixed.add((kind, id))
    keys = sorted({key for both in chosen.values() for key in both if key})
    r = t.resource.c
    rows = unit.connection.execute(select(r.name, r.content).where(r.key.in_(keys)).order_by(r.key))
    return [(row[0], row[1]) for row in rows]


def finished(unit: Unit, process_id: str, actor: Actor, most: int) -> list[tuple[int, str, int, datetime]]:
    """Return the newest finished cases of a process that an actor sees: (key, name, version, end)."""
    i = t.process_instance.c
    seen = visible_to(actor, t.process_instance)
    query = (
        select(i.key, i.business_key, i.version, i.end)
        .where(i.process_id == process_id, i.state == COMPLETED, i.key == i.root_key, seen)
        .order_by(i.end.desc(), i.key.desc())
        .limit(most)
    )
    return [(row[0], row[1], row[2], row[3]) for row in unit.connection.execute(query)]
