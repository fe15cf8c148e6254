"""What happened in cases that somebody sees, as it is read for an event log: no names, no accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import COMPLETED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.figures import GIVEN
from inburgering_flow.store.visibility import visible_to

HAPPENED = (
    "USER_TASK", "RECEIVE_TASK", "SERVICE_TASK", "SEND_TASK", "BUSINESS_RULE_TASK", "SCRIPT_TASK", "MANUAL_TASK", "TASK",
    "INTERMEDIATE_CATCH_EVENT", "INTERMEDIATE_THROW_EVENT", "BOUNDARY_EVENT", "END_EVENT",
)  # fmt: skip
"""Elements whose completion is an event: gateways only say which way was gone."""
i, e, u, a = t.process_instance.c, t.element_instance.c, t.user_task.c, t.audit.c


@dataclass(frozen=True)
class Part:
    """A case, or a process that it called."""

    key: int
    root_key: int
    parent_key: int | None
    definition_key: int
    process_id: str
    state: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Happened:
    """An element that was completed; of a task the role that it was for, and when somebody took it."""

    key: int
    instance_key: int
    element_id: str
    element_type: str
    start: datetime
    end: datetime
    role: str | None
    task_key: int | None


def roots(unit: Unit, actor: Actor, since: datetime, until: datetime, most: int) -> list[int]:
    """Return the cases that somebody sees and that began from one moment until another, the oldest first, at most so many."""
    root = t.process_instance
    query = select(i.key).where(i.parent_key.is_(None), i.start >= since, i.start < until, visible_to(actor, root))
    return list(unit.connection.execute(query.order_by(i.key).limit(most)).scalars())


def parts(unit: Unit, root_keys: Sequence[int]) -> list[Part]:
    """Return cases and what they called, in the order in which they began."""
    query = select(i.key, i.root_key, i.parent_key, i.definition_key, i.process_id, i.state, i.start, i.end)
    return [Part(*row) for row in unit.connection.execute(query.where(i.root_key.in_(root_keys)).order_by(i.root_key, i.key))]


def happened(unit: Unit, instance_keys: Sequence[int]) -> list[Happened]:
    """Return what was completed in instances, in order."""
    query = (
        select(e.key, e.instance_key, e.element_id, e.element_type, e.start, e.end, u.candidate_group, u.key)
        .outerjoin(t.user_task, and_(u.element_key == e.key, u.state == COMPLETED))
        .where(e.instance_key.in_(instance_keys), e.state == COMPLETED, e.element_type.in_(HAPPENED), e.end.is_not(None))
        .order_by(e.instance_key, e.key)
    )
    return [Happened(*row) for row in unit.connection.execute(query)]


def taken(unit: Unit, task_keys: Sequence[int]) -> dict[int, datetime]:
    """Return when somebody last got each task, where the log says so."""
    query = select(a.subject_key, a.moment).where(a.subject_key.in_(task_keys), a.action.in_(GIVEN)).order_by(a.key)
    return {row[0]: row[1] for row in unit.connection.execute(query) if row[0] is not None}
