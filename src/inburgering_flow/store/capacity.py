"""How much work is due, how late it is and who holds it: counted over what is due, however much lies in the future."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from inburgering_flow.store import jobs, nodes, queue
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class DueWork:
    """Work of one kind and type that is due: how much, since when the oldest, and how much of it somebody holds."""

    kind: str
    type: str
    due: int
    since: datetime
    held: int


def due_work(unit: Unit, now: datetime) -> list[DueWork]:
    """Return what is due, by kind and type."""
    c, moment = t.job.c, nodes.now(unit)
    held = and_(c.lease_until >= moment, c.lease_until <= moment + 2 * jobs.LEASE)
    query = (
        select(c.kind, c.type, func.count(), func.min(c.due), func.count().filter(held))
        .where(c.kind.in_(("JOB", *jobs.ENGINE_KINDS)), c.due <= now, ~c.failed, ~c.suspended)
        .group_by(c.kind, c.type)
    )
    return [DueWork(*row) for row in unit.connection.execute(query)]


def dead(unit: Unit) -> int:
    """Return how many jobs stand still, out of retries or refused, until somebody resolves their incident."""
    i = t.incident.c
    query = select(func.count()).where(i.state == "ACTIVE", i.job_key.is_not(None))
    return int(unit.connection.execute(query).scalar_one())


def messages(unit: Unit) -> dict[str, int]:
    """Return how many messages wait in each queue; empty where there is no queue."""
    return queue.depths(unit) if unit.dialect.clock is not None and queue.has_queue(unit) else {}
