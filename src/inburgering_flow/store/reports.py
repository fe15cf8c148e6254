"""Counts over all cases, never naming one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select

from inburgering_flow.model.plugin import InstanceFacts
from inburgering_flow.model.runtime import CREATED
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant
from inburgering_flow.values import load_value

PORTION = 2000  # rows
e, i, task = t.element_instance, t.process_instance, t.user_task


def tasks_by_process(unit: Unit, now: datetime, *, late: bool) -> dict[str, int]:
    """Return the number of open tasks per process id, all or only those past their last day."""
    query = select(task.c.process_id, func.count()).where(task.c.state == constant(CREATED)).group_by(task.c.process_id)
    if late:
        query = query.where(task.c.sort_due <= now)
    return {r[0]: r[1] for r in unit.connection.execute(query)}


def instances_of(unit: Unit, process_id: str, names: Sequence[str]) -> Iterator[InstanceFacts]:
    """Yield every instance of a process with these of its own variables, the oldest first: one statement, read in portions."""
    v = t.variable
    query = (
        select(i.c.key, i.c.root_key, i.c.business_key, i.c.state, i.c.start, i.c.end, v.c.name, v.c.value)
        .outerjoin(v, (v.c.scope_key == i.c.key) & v.c.name.in_(names))
        .where(i.c.process_id == process_id)
        .order_by(i.c.key)
    )
    rows = unit.connection.execution_options(yield_per=PORTION).execute(query)
    for _key, group in groupby(rows, key=itemgetter(0)):
        yield _facts(list(group))


def newest_of(unit: Unit, process_id: str, names: Sequence[str]) -> InstanceFacts | None:
    """Return the newest instance of a process that has completed, with these of its own variables."""
    v = t.variable
    newest = select(func.max(i.c.key)).where(i.c.process_id == process_id, i.c.state == "COMPLETED").scalar_subquery()
    query = (
        select(i.c.key, i.c.root_key, i.c.business_key, i.c.state, i.c.start, i.c.end, v.c.name, v.c.value)
        .outerjoin(v, (v.c.scope_key == i.c.key) & v.c.name.in_(names))
        .where(i.c.key == newest)
    )
    found = list(unit.connection.execute(query))
    return _facts(found) if found else None


def _facts(rows: Sequence[Any]) -> InstanceFacts:
    key, root, name, state, start, end = rows[0][:6]
    values = {row[6]: load_value(row[7]) for row in rows if row[6] is not None}
    return InstanceFacts(key, root, name, state, start, end, values)
