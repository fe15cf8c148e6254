"""Which message of the queue carries which job. The jobs are the truth: a queue that is emptied loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    inspect,
    literal_column,
    select,
    table,
    text,
    union_all,
)

from inburgering_flow.store import jobs
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Appeared, Unit
from inburgering_flow.store.dialects import Dialect
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.types import constant

# Procrastinate's own tables, as far as they are read here.
_message = table(
    "procrastinate_jobs",
    column("id", BigInteger), column("status", Text), column("queue_name", Text), column("worker_id", BigInteger),
)  # fmt: skip
_worker = table("procrastinate_workers", column("id", BigInteger), column("last_heartbeat", DateTime(timezone=True)))
_status = cast(_message.c.status, Text)
WAITING, TAKEN = "todo", "doing"
SWEEPING, PREPARING = 0x10D, 0x10E  # numbers of locks: looking for what no message carries; making the queue's tables


# -- the queue's own tables --------------------------------------------------------------------------------------------


def has_queue(unit: Unit) -> bool:
    """Tell whether the queue's tables are there."""
    return inspect(unit.connection).has_table(_message.name)


def hold_preparing(unit: Unit) -> None:
    """Let nobody else make or change the queue's tables until this transaction ends."""
    unit.dialect.hold(unit.connection, PREPARING)


def applied(unit: Unit) -> set[str]:
    """Return the names of the queue's schema changes that this database has."""
    return set(unit.connection.execute(select(t.queue_schema.c.name)).scalars())


def apply(unit: Unit, script: str, names: Iterable[str]) -> None:
    """Run a script of the queue, and remember the schema changes that it makes."""
    unit.driver.execute(script)
    unit.connection.execute(insert(t.queue_schema), [{"name": name} for name in names])


# -- what is sent ------------------------------------------------------------------------------------------------------


def sent(unit: Unit, carried: Sequence[tuple[int, int]]) -> None:
    """Remember (job, message): a job that another message carries too is carried by this one from now on."""
    statement = unit.dialect.add_or_replace(t.dispatch, ("job_key",), "message_id")
    unit.connection.execute(statement, [{"job_key": job, "message_id": message} for job, message in carried])


def dealt_with(unit: Unit, message: int) -> None:
    """Forget what a message carries: it has been dealt with."""
    unit.connection.execute(delete(t.dispatch).where(t.dispatch.c.message_id == message))


def depths(unit: Unit) -> dict[str, int]:
    """Return how many messages wait in each queue."""
    query = select(_message.c.queue_name, func.count()).where(_status == WAITING).group_by(_message.c.queue_name)
    return {str(name): int(number) for name, number in unit.connection.execute(query)}


# -- the sweep ---------------------------------------------------------------------------------------------------------


def has_sweep(unit: Unit) -> bool:
    """Take the lock of the sweep for this transaction; False where another node has it."""
    return unit.dialect.try_hold(unit.connection, SWEEPING)


def clean(unit: Unit, seconds: int) -> int:
    """Delete workers that have not been heard for some seconds, the messages that only they were dealing with, and what these
    carried; end transactions in which somebody stands still for so long; return how many messages.
    """
    c = unit.connection
    unit.dialect.end_still(c, seconds)
    c.execute(delete(_worker).where(_worker.c.last_heartbeat < func.now() - text(f"interval '{int(seconds)} seconds'")))
    alive = exists().where(_worker.c.id == _message.c.worker_id)
    waits, is_taken = _status == WAITING, and_(_status == TAKEN, alive)
    dead = c.execute(delete(_message).where(~waits, ~is_taken)).rowcount
    there = exists().where(_message.c.id == t.dispatch.c.message_id)
    c.execute(delete(t.dispatch).where(~there))
    return dead


def _free(kind: str, real: Any) -> ColumnElement[bool]:
    j = t.job.c
    held = and_(j.lease_until >= real, j.lease_until <= real + text(f"interval '{2 * int(jobs.LEASE.total_seconds())} seconds'"))
    return and_(
        j.kind == constant(kind), j.due <= bindparam("now"), ~j.failed, ~j.suspended,
        (j.lease_until.is_(None)) | ~held, ~exists().where(t.dispatch.c.job_key == j.key),
    )  # fmt: skip


@cache
def _undispatched(types: int, most: int) -> Prepared:
    return Prepared(lambda dialect: _wanted(dialect, types, most))


def _wanted(dialect: Dialect, types: int, most: int) -> Select[Any]:
    j, real = t.job.c, dialect.clock
    wanted = [_free(kind, real) for kind in jobs.ENGINE_KINDS]
    wanted += [and_(_free("JOB", real), j.type == bindparam(f"type{number}")) for number in range(types)]
    parts = []
    for condition in wanted:
        first = (
            select(j.key, j.kind, j.type, j.due).where(condition).order_by(j.due, j.key)
            .limit(literal_column(str(int(most)))).subquery()
        )  # fmt: skip
        parts.append(select(first.c.key, first.c.kind, first.c.type, first.c.due))
    every = union_all(*parts).subquery()
    return select(every.c.key, every.c.kind, every.c.type, every.c.due)


def undispatched(unit: Unit, now: datetime, types: Sequence[str], most: int) -> list[Appeared]:
    """Return what is due at ``now``, that nobody holds and no message carries: up to ``most`` of each kind and type."""
    given = {"now": now, **{f"type{number}": name for number, name in enumerate(types)}}
    found = [Appeared(*row) for row in _undispatched(len(types), most).rows(unit, given)]
    return sorted(found, key=lambda one: (one.due, one.key))
