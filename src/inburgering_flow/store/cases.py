"""What pages read: tasks and cases with the facts of their root, always within what the actor sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, insert, or_, select, union_all

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant, running
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


@dataclass(frozen=True)
class CaseItem:
    """A row of a list of cases."""

    key: int
    process_id: str
    business_key: str
    state: str
    start: datetime
    end: datetime | None
    owner: str | None
    location: str | None
    person_key: int | None
    has_incident: bool


TASK_ITEM: list[Any] = [
    *(task.c[n] for n in ("key", "name", "element_id", "process_id", "definition_key", "root_key", "assignee",
                          "candidate_groups", "due", "sort_due", "created", "priority")),
    *(root.c[n] for n in ("business_key", "owner", "person_key")),
]  # fmt: skip
RUNNING = "RUNNING"
CASE_ITEM: list[Any] = [root.c[n] for n in CaseItem.__dataclass_fields__]


def _branches(actor: Actor, view: str, filters: Mapping[str, Any]) -> list[Select[Any]]:
    """Return one query per index range, so that each reads its own index in order and stops at the page's end."""
    base = (
        select(task.c.key, task.c.sort_due)
        .join(root, root.c.key == task.c.root_key)
        .where(task.c.state == constant(CREATED), visible_to(actor, root))
        .order_by(task.c.sort_due, task.c.key)
    )
    if filters.get("process_id"):
        base = base.where(task.c.process_id == filters["process_id"])
    if filters.get("dossier"):
        base = base.where(root.c.business_key == filters["dossier"])
    if "people" in filters:
        base = base.where(root.c.person_key.in_(filters["people"]))
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
            # Few tasks have more candidates: begin at those, not at the index of due dates.
            free.where(task.c.key.in_(more), task.c.candidate_group.not_in(actor.roles))
            .order_by(None)
            .order_by(func.coalesce(task.c.sort_due, task.c.sort_due), task.c.key),
        ]
    return [base]


def task_page(
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


def task_count(unit: Unit, actor: Actor, view: str, filters: Mapping[str, Any], limit: int = COUNT_LIMIT) -> int:
    """Count tasks, but no further than one beyond ``limit``."""
    total = 0
    for branch in _branches(actor, view, filters):
        inner = branch.order_by(None).limit(limit + 1 - total).subquery()
        total += int(unit.connection.execute(select(func.count()).select_from(inner)).scalar_one())
        if total > limit:
            return limit + 1
    return total


def sees(unit: Unit, actor: Actor, root_key: int) -> bool:
    """Tell whether the actor sees a case."""
    query = select(root.c.key).where(root.c.key == root_key, visible_to(actor, root))
    return unit.connection.execute(query).first() is not None


def get(unit: Unit, root_key: int) -> CaseItem | None:
    """Return one case."""
    row = unit.connection.execute(select(*CASE_ITEM).where(root.c.key == root_key, root.c.parent_key.is_(None))).first()
    return None if row is None else CaseItem(**row._mapping)


def search(
    unit: Unit,
    actor: Actor,
    *,
    state: str = "",
    dossier: str = "",
    people: Sequence[int] | None = None,
    most: int = 100,
) -> list[CaseItem]:
    """Return cases that the actor sees, newest first; ``state`` RUNNING means those that have not ended."""
    query = select(*CASE_ITEM).where(root.c.parent_key.is_(None), visible_to(actor, root))
    if state == RUNNING:
        query = query.where(running(root.c.state))
    elif state:
        query = query.where(root.c.state == state)
    if dossier:
        query = query.where(root.c.business_key == dossier)
    if people is not None:
        query = query.where(root.c.person_key.in_(people))
    rows = unit.connection.execute(query.order_by(root.c.key.desc()).limit(most))
    return [CaseItem(**row._mapping) for row in rows]


def people_named(unit: Unit, prefix: str, most: int = 200) -> list[int]:
    """Return keys of persons whose search name begins with ``prefix`` (lower case, no accents)."""
    end = prefix + "\uffff"
    query = select(t.person.c.key).where(t.person.c.search_name >= prefix, t.person.c.search_name < end).limit(most)
    return list(unit.connection.execute(query).scalars())


def active_elements(unit: Unit, root_keys: Sequence[int]) -> list[tuple[int, int, str, str, str]]:
    """Return (root, definition, element id, type, process id) of everything active in these cases."""
    e, i = t.element_instance, t.process_instance
    query = (
        select(e.c.root_key, i.c.definition_key, e.c.element_id, e.c.element_type, i.c.process_id)
        .join(i, i.c.key == e.c.instance_key)
        .where(i.c.root_key.in_(list(root_keys)), running(i.c.state), e.c.state == constant("ACTIVE"))
    )
    return [tuple(row) for row in unit.connection.execute(query)]


def next_due_by_case(unit: Unit, root_keys: Sequence[int]) -> dict[int, datetime]:
    """Return the earliest due date of an open task per case."""
    query = (
        select(task.c.root_key, func.min(task.c.sort_due))
        .where(task.c.root_key.in_(list(root_keys)), task.c.state == constant(CREATED))
        .group_by(task.c.root_key)
    )
    return {row[0]: row[1] for row in unit.connection.execute(query)}


def counts_by_element(unit: Unit, definition_key: int) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many tokens and how many active incidents stand at each element of a definition."""
    e, i, x = t.element_instance, t.process_instance, t.incident
    active = (
        select(e.c.element_id, func.count())
        .join(i, i.c.key == e.c.instance_key)
        .where(i.c.definition_key == definition_key, running(i.c.state), e.c.state == constant("ACTIVE"))
        .group_by(e.c.element_id)
    )
    broken = (
        select(x.c.element_id, func.count())
        .where(x.c.definition_key == definition_key, x.c.state == constant("ACTIVE"))
        .group_by(x.c.element_id)
    )
    return (
        {row[0]: row[1] for row in unit.connection.execute(active)},
        {row[0]: row[1] for row in unit.connection.execute(broken)},
    )


def save_draft(unit: Unit, task_key: int, username: str, moment: datetime, data: Mapping[str, Any]) -> None:
    """Keep somebody's unfinished answers."""
    drop_draft(unit, task_key, username)
    unit.connection.execute(
        insert(t.draft), {"task_key": task_key, "username": username, "saved_at": moment, "data": dict(data)}
    )


def draft(unit: Unit, task_key: int, username: str) -> dict[str, Any]:
    """Return somebody's unfinished answers."""
    query = select(t.draft.c.data).where(t.draft.c.task_key == task_key, t.draft.c.username == username)
    return dict(unit.connection.execute(query).scalar_one_or_none() or {})


def drop_draft(unit: Unit, task_key: int, username: str) -> None:
    """Forget a draft."""
    unit.connection.execute(delete(t.draft).where(t.draft.c.task_key == task_key, t.draft.c.username == username))


def forget_drafts(unit: Unit) -> int:
    """Delete the drafts of tasks that are not open any more; return how many there were."""
    u = t.user_task.c
    is_open = exists().where(u.key == t.draft.c.task_key, u.state == constant(CREATED))
    return unit.connection.execute(delete(t.draft).where(~is_open)).rowcount


def add_note(unit: Unit, key: int, root_key: int, author: str, moment: datetime, text: str) -> None:
    """Insert a note."""
    unit.connection.execute(
        insert(t.note), {"key": key, "root_key": root_key, "author": author, "created": moment, "text": text}
    )


def messages(unit: Unit, root_key: int) -> list[tuple[datetime, str]]:
    """Return (moment, name) of the messages that instances of a case received."""
    c, m, i = t.message_correlation, t.message, t.process_instance
    query = (
        select(c.c.correlated, m.c.name)
        .join(m, m.c.key == c.c.message_key)
        .join(i, i.c.key == c.c.instance_key)
        .where(i.c.root_key == root_key)
    )
    return [(row[0], row[1]) for row in unit.connection.execute(query)]


def notes(unit: Unit, root_key: int) -> list[Mapping[str, Any]]:
    """Return the notes of a case, newest first."""
    rows = unit.connection.execute(select(t.note).where(t.note.c.root_key == root_key).order_by(t.note.c.key.desc()))
    return [dict(row._mapping) for row in rows]
