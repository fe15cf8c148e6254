"""Due work: the job table is the single source of truth on both databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Interval,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from inburgering_flow.clock import real_now
from inburgering_flow.model.runtime import JobRow
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Appeared, Unit
from inburgering_flow.store.dialects import Dialect
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.runtime import JOB_COLUMNS
from inburgering_flow.store.types import constant

ENGINE_KINDS = ("TIMER", "START", "SIGNAL", "BATCH")  # work that needs no worker's handler
KINDS = ("JOB", *ENGINE_KINDS)  # named where all are meant: the index of due work begins with the kind
LEASE = timedelta(seconds=60)
_server_now = Prepared(lambda dialect: select(dialect.clock))
_remove_leased = Prepared(delete(t.job).where(t.job.c.key == bindparam("b_key"), t.job.c.lease_owner == bindparam("b_owner")))
_HISTORY = ("key", "tenant_id", "root_key", "kind", "type", "instance_key", "element_id", "state", "ended")
_remember = Prepared(insert(t.job_history), _HISTORY)


def _real_now(unit: Unit) -> datetime:
    """Return the time that leases go by."""
    return real_now() if unit.dialect.clock is None else _server_now.rows(unit, {})[0][0]


def _free(real: Any, beyond: Any) -> ColumnElement[bool]:
    """Return whether nobody holds a job: a lease that ends too late was given by a clock that has been set back since."""
    until = t.job.c.lease_until
    return or_(until.is_(None), until < real, until > beyond)


@cache
def _due(types: int, most: int) -> Prepared:
    """Return the look-up for this many job types: the index gives at most ``most`` of each kind, however many are due."""
    c = t.job.c
    free = _free(bindparam("real"), bindparam("beyond"))
    kinds: list[ColumnElement[bool]] = [c.kind == constant(kind) for kind in ENGINE_KINDS]
    if types:
        kinds.append(and_(c.kind == constant("JOB"), c.type.in_([bindparam(f"type{n}") for n in range(types)])))
    parts = []
    for kind in kinds:
        first = (
            select(c.key, c.due, c.payload).where(kind, c.due <= bindparam("now"), ~c.failed, ~c.suspended, free)
            .order_by(c.due, c.key).limit(literal_column(str(int(most)))).subquery()
        )  # fmt: skip
        parts.append(select(first.c.key, first.c.due, first.c.payload))
    both = union_all(*parts).subquery()
    return Prepared(
        select(both.c.key, both.c.payload).order_by(both.c.due, both.c.key).limit(literal_column(str(int(most))))
    )


def _taking(dialect: Dialect) -> Update:
    """Return the statement that takes a lease; a server reads its own clock within it."""
    now, j = dialect.clock, t.job.c
    if now is not None:
        real, beyond, until = now, now + bindparam("twice", type_=Interval), now + bindparam("lease", type_=Interval)
    else:
        real, beyond, until = bindparam("real"), bindparam("beyond"), bindparam("until")
    found = update(t.job).where(j.key == bindparam("b_key"), ~j.failed, ~j.suspended, _free(real, beyond))
    return found.values(lease_until=until, lease_owner=bindparam("b_owner"))


_take = Prepared(_taking)
_next = select(func.min(t.job.c.due)).where(
    t.job.c.kind.in_(KINDS), ~t.job.c.failed, ~t.job.c.suspended
)


def due(unit: Unit, now: datetime, types: Sequence[str], most: int) -> list[int]:
    """Return the keys of jobs due at ``now`` that nobody holds, in order of when they are due; one indexed look-up. The
    list ends at the first one that will be due again, a repeating timer.
    """
    real = _real_now(unit)
    given = {"now": now, "real": real, "beyond": real + 2 * LEASE, **{f"type{n}": name for n, name in enumerate(types)}}
    found = []
    for key, payload in _due(len(types), most).rows(unit, given):
        found.append(key)
        if (payload or {}).get("repetitions"):
            break
    return found


def count_due(unit: Unit, now: datetime) -> int:
    """Return how many jobs are due at a moment."""
    c = t.job.c
    query = select(func.count()).where(c.kind.in_(KINDS), c.due <= now, ~c.failed, ~c.suspended)
    return int(unit.connection.execute(query).scalar_one())


def overview(unit: Unit, start: int, most: int) -> tuple[list[JobRow], int]:
    """Return jobs from a place on, in order of when they are due, those out of retries before all others; and how many
    there are in all.
    """
    counts = dict(map(tuple, unit.connection.execute(select(t.job.c.failed, func.count()).group_by(t.job.c.failed))))
    rows: list[JobRow] = []
    for chosen, skipped in ((t.job.c.failed, start), (~t.job.c.failed, max(0, start - counts.get(True, 0)))):
        if left := most - len(rows):
            query = select(*JOB_COLUMNS).where(chosen).order_by(t.job.c.due, t.job.c.key).offset(skipped).limit(left)
            rows.extend(JobRow(**row._mapping) for row in unit.connection.execute(query))
    return rows, sum(counts.values())


def next_due(unit: Unit, types: Sequence[str] | None = None) -> datetime | None:
    """Return when the next job is due, if any; with ``types`` no work of another type counts."""
    query = _next if types is None else _next.where((t.job.c.kind != "JOB") | t.job.c.type.in_(types))
    return unit.connection.execute(query).scalar_one_or_none()


def add(unit: Unit, row: JobRow) -> None:
    """Insert one job."""
    unit.connection.execute(insert(t.job), {f.name: getattr(row, f.name) for f in dataclasses.fields(row)})
    unit.appeared.append(Appeared(row.key, row.kind, row.type, row.due, row.tenant_id))


def take(unit: Unit, key: int, owner: str) -> bool:
    """Lease a job by compare-and-set; False if somebody else has it."""
    real = real_now()
    given = {"real": real, "beyond": real + 2 * LEASE, "until": real + LEASE, "lease": LEASE, "twice": 2 * LEASE}
    return _take.run(unit, [{"b_key": key, "b_owner": owner, **given}]) == 1


def take_all(unit: Unit, keys: Sequence[int], owner: str, now: datetime) -> list[JobRow]:
    """Lease those of several jobs that are due and free, and return them in order of when they are due. Where there are several
    writers a job that another transaction holds at this moment is left to it.
    """
    real = _real_now(unit)
    c = t.job.c
    free = select(c.key).where(
        c.key.in_(keys), c.due <= now, ~c.failed, ~c.suspended, _free(real, real + 2 * LEASE)
    ).with_for_update(skip_locked=True)  # fmt: skip
    statement = update(t.job).where(c.key.in_(free)).values(lease_until=real + LEASE, lease_owner=owner)
    rows = [JobRow(**row._mapping) for row in unit.connection.execute(statement.returning(*JOB_COLUMNS))]
    return sorted(rows, key=lambda job: (job.due, job.key))


def give_back(unit: Unit, keys: Sequence[int], owner: str) -> None:
    """Give up the leases on jobs that were not begun."""
    c = t.job.c
    statement = update(t.job).where(c.key.in_(keys), c.lease_owner == owner).values(lease_until=None, lease_owner=None)
    unit.connection.execute(statement)


def renew(unit: Unit, key: int, owner: str) -> bool:
    """Extend a lease; False if it was lost."""
    until = _real_now(unit) + LEASE
    statement = update(t.job).where(t.job.c.key == key, t.job.c.lease_owner == owner).values(lease_until=until)
    return unit.connection.execute(statement).rowcount == 1


def get(unit: Unit, key: int) -> JobRow | None:
    """Return one job."""
    row = unit.connection.execute(select(*JOB_COLUMNS).where(t.job.c.key == key)).first()
    return None if row is None else JobRow(**row._mapping)


def remove_leased(unit: Unit, key: int, owner: str) -> bool:
    """Delete a job that this owner holds; False if somebody else took over."""
    return _remove_leased.run(unit, [{"b_key": key, "b_owner": owner}]) == 1


def remove_of(unit: Unit, element_key: int) -> None:
    """Delete the due work of a batch, even while somebody is working on it."""
    unit.connection.execute(delete(t.job).where(t.job.c.element_key == element_key))


def fail(unit: Unit, key: int, owner: str, retries: int, due_at: datetime) -> bool:
    """Give a job back with fewer retries; with none left it waits for its incident to be resolved."""
    statement = (
        update(t.job)
        .where(t.job.c.key == key, t.job.c.lease_owner == owner)
        .values(retries=retries, due=due_at, failed=retries <= 0, lease_until=None, lease_owner=None)
    )
    return unit.connection.execute(statement).rowcount == 1


def revive(unit: Unit, key: int, due_at: datetime, retries: int = 1) -> bool:
    """Let a failed job be retried."""
    statement = update(t.job).where(t.job.c.key == key).values(retries=retries, due=due_at, failed=False)
    return unit.connection.execute(statement).rowcount == 1


def remember(unit: Unit, key: int, job: JobRow, state: str, ended: datetime) -> None:
    """Write the history row of a job that is done."""
    values = key, job.tenant_id, job.root_key, job.kind, job.type, job.instance_key, job.element_id, state, ended
    _remember.run(unit, [dict(zip(_HISTORY, values, strict=True))])


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Delete up to ``most`` history rows of work of no case (starts, signals, batches) that ended before a moment."""
    h = t.job_history.c
    keys = select(h.key).where(h.instance_key == 0, h.ended <= before).limit(most)
    return unit.connection.execute(delete(t.job_history).where(h.key.in_(keys))).rowcount


def start_timers(unit: Unit, process_id: str, element_id: str) -> list[JobRow]:
    """Return the timers with which a start event of a process waits to start cases."""
    c = t.job.c
    query = select(*JOB_COLUMNS).where(c.kind == "START", c.type == process_id, c.element_id == element_id).order_by(c.key)
    return [JobRow(**row._mapping) for row in unit.connection.execute(query)]


def of_instances(unit: Unit, root_key: int) -> list[JobRow]:
    """Return everything that is due or pending in a case."""
    family = select(t.process_instance.c.key).where(t.process_instance.c.root_key == root_key)
    query = select(*JOB_COLUMNS).where(t.job.c.instance_key.in_(family)).order_by(t.job.c.due)
    return [JobRow(**row._mapping) for row in unit.connection.execute(query)]
