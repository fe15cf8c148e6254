"""Batch operations and their items."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, func, insert, literal, or_, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.batches import (
    ACTIVE,
    CANCELED,
    COMPLETED,
    FAILED,
    PARTIALLY_COMPLETED,
    SUSPENDED,
    BatchItem,
    BatchOperation,
    Filter,
    VersionInUse,
)
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant, running

B, I = t.batch_operation, t.batch_item  # noqa: E741  # the two tables of this file
BATCH_COLUMNS = [B.c[f.name] for f in dataclasses.fields(BatchOperation)]
ITEM_COLUMNS = [I.c[f.name] for f in dataclasses.fields(BatchItem)]


def add(unit: Unit, row: BatchOperation) -> None:
    """Insert a batch."""
    unit.connection.execute(insert(B), {f.name: getattr(row, f.name) for f in dataclasses.fields(row)})


def add_keys(unit: Unit, batch_key: int, instance_keys: Sequence[int]) -> None:
    """Insert an item for each instance."""
    rows = [{"batch_key": batch_key, "instance_key": k, "state": ACTIVE, "message": ""} for k in dict.fromkeys(instance_keys)]
    if rows:
        unit.connection.execute(insert(I), rows)


def add_found(unit: Unit, batch_key: int, wanted: Filter, *, only_top: bool) -> None:
    """Insert an item for each instance that matches, in one statement."""
    found = select(literal(batch_key), t.process_instance.c.key, literal(ACTIVE), literal(""))
    statement = insert(I).from_select(
        ["batch_key", "instance_key", "state", "message"], found.where(*_fits(wanted, only_top=only_top))
    )
    unit.connection.execute(statement)


def count_found(unit: Unit, wanted: Filter, *, only_top: bool) -> int:
    """Count the instances that match."""
    query = select(func.count()).select_from(t.process_instance).where(*_fits(wanted, only_top=only_top))
    return int(unit.connection.execute(query).scalar_one())


def found(unit: Unit, wanted: Filter, most: int, *, only_top: bool) -> list[int]:
    """Return the oldest of the instances that match."""
    c = t.process_instance.c
    query = select(c.key).where(*_fits(wanted, only_top=only_top)).order_by(c.key).limit(most)
    return list(unit.connection.execute(query).scalars())


def _fits(wanted: Filter, *, only_top: bool) -> list[Any]:
    i = t.process_instance
    where: list[Any] = []
    if wanted.process_id is not None:
        where.append(i.c.process_id == wanted.process_id)
    if wanted.definition_key is not None:
        where.append(i.c.definition_key == wanted.definition_key)
    if wanted.state is not None:
        states = (wanted.state,) if isinstance(wanted.state, str) else wanted.state
        where.append(or_(*(i.c.state == constant(state) for state in states)))
    if wanted.has_incident is not None:
        member = i.alias("member")
        family = exists().where(member.c.root_key == i.c.key, member.c.has_incident)
        of_process = wanted.process_id is not None or wanted.definition_key is not None
        # what a process called is found without it, unless a certain process is asked for
        inside = family if only_top else or_(i.c.has_incident, family) if of_process else i.c.has_incident
        where.append(inside if wanted.has_incident else ~inside)
    if only_top:
        where.append(i.c.parent_key.is_(None))
    return where


def versions_in_use(unit: Unit) -> list[VersionInUse]:
    """Return every version of every process, with how many instances run; ended ones cost nothing."""
    d, i = t.definition.c, t.process_instance.c
    counted = (
        select(i.definition_key, func.count(case((i.state == constant(ACTIVE), 1))).label("active"),
               func.count(case((i.state == constant(SUSPENDED), 1))).label("suspended"))
        .where(running(i.state)).group_by(i.definition_key).subquery()
    )  # fmt: skip
    query = (
        select(d.key, d.id, d.name, d.version, func.coalesce(counted.c.active, 0), func.coalesce(counted.c.suspended, 0))
        .outerjoin(counted, counted.c.definition_key == d.key)
        .where(d.kind == "process").order_by(d.id, d.version.desc())
    )  # fmt: skip
    return [VersionInUse(*row) for row in unit.connection.execute(query)]


def keys_of(unit: Unit, names: Sequence[str], numbers: Sequence[int]) -> tuple[dict[str, int], set[int]]:
    """Return the newest top case with each of these business keys, and which of these numbers are keys of top cases."""
    c = t.process_instance.c
    top = select(c.business_key, c.key).where(c.parent_key.is_(None)).order_by(c.key)
    by_name = {row[0]: row[1] for row in unit.connection.execute(top.where(c.business_key.in_(list(names))))}
    return by_name, {row[1] for row in unit.connection.execute(top.where(c.key.in_(list(numbers))))}


def set_total(unit: Unit, key: int) -> int:
    """Count the items of a new batch."""
    total = unit.connection.execute(select(func.count()).where(I.c.batch_key == key)).scalar_one()
    unit.connection.execute(update(B).where(B.c.key == key).values(total=total))
    return int(total)


def get(unit: Unit, key: int, *, lock: bool = False) -> BatchOperation:
    """Return one batch, locked against progress if asked; raises NotFound."""
    query = select(*BATCH_COLUMNS).where(B.c.key == key)
    row = unit.connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(_("There is no batch operation {key}.").format(key=key), remedy=_("Look at the list again."))
    return BatchOperation(**row._mapping)


def search(unit: Unit, start: int, most: int) -> tuple[list[BatchOperation], int]:
    """Return batches from a place on, newest first, and how many there are in all."""
    rows = unit.connection.execute(select(*BATCH_COLUMNS).order_by(B.c.key.desc()).offset(start).limit(most))
    total = unit.connection.execute(select(func.count()).select_from(B)).scalar_one()
    return [BatchOperation(**row._mapping) for row in rows], int(total)


def failed(unit: Unit, key: int, start: int, most: int) -> tuple[list[BatchItem], int]:
    """Return items of a batch that failed from a place on, in order of instance, and how many there are in all."""
    wanted = (I.c.batch_key == key, I.c.state == constant(FAILED))
    query = select(*ITEM_COLUMNS).where(*wanted).order_by(I.c.instance_key).offset(start).limit(most)
    total = unit.connection.execute(select(func.count()).where(*wanted)).scalar_one()
    return [BatchItem(**row._mapping) for row in unit.connection.execute(query)], int(total)


def items(unit: Unit, key: int, state: str | None, after: int, most: int) -> list[BatchItem]:
    """Return items of a batch in order of instance, starting after ``after``."""
    query = select(*ITEM_COLUMNS).where(I.c.batch_key == key, I.c.instance_key > after)
    if state is not None:
        query = query.where(I.c.state == constant(state))
    rows = unit.connection.execute(query.order_by(I.c.instance_key).limit(most))
    return [BatchItem(**row._mapping) for row in rows]


def waiting(unit: Unit, key: int, most: int) -> list[int]:
    """Return the instances that are still to be done, in order."""
    query = select(I.c.instance_key).where(I.c.batch_key == key, I.c.state == constant(ACTIVE))
    return list(unit.connection.execute(query.order_by(I.c.instance_key).limit(most)).scalars())


def finish_item(unit: Unit, key: int, instance_key: int, now: datetime, message: str | None) -> bool:
    """Count an item as done, or as failed if there is a message. Returns False if the batch is no longer running or the
    item was done already: then nothing may be done for it.
    """
    counted = {"completed": B.c.completed + 1} if message is None else {"failed": B.c.failed + 1}
    running = update(B).where(B.c.key == key, B.c.state == constant(ACTIVE)).values(**counted)
    if unit.connection.execute(running).rowcount == 0:
        return False
    statement = (
        update(I)
        .where(I.c.batch_key == key, I.c.instance_key == instance_key, I.c.state == constant(ACTIVE))
        .values(state=COMPLETED if message is None else FAILED, processed=now, message=message or "")
    )
    if unit.connection.execute(statement).rowcount == 1:
        return True
    back = {name: B.c[name] - 1 for name in counted}
    unit.connection.execute(update(B).where(B.c.key == key).values(**back))
    return False


def set_state(unit: Unit, key: int, state: str) -> None:
    """Pause a batch or let it go on."""
    unit.connection.execute(update(B).where(B.c.key == key).values(state=state))


def cancel(unit: Unit, key: int, now: datetime) -> None:
    """Abandon what is still to be done."""
    unit.connection.execute(update(B).where(B.c.key == key).values(state=CANCELED, end=now))
    unit.connection.execute(update(I).where(I.c.batch_key == key, I.c.state == constant(ACTIVE)).values(state=CANCELED))


def complete(unit: Unit, key: int, now: datetime) -> bool:
    """End a running batch in which nothing is left to be done; False if something is."""
    left = exists().where(I.c.batch_key == key, I.c.state == constant(ACTIVE))
    state = case((B.c.failed == 0, COMPLETED), (B.c.failed < B.c.total, PARTIALLY_COMPLETED), else_=FAILED)
    statement = update(B).where(B.c.key == key, B.c.state == constant(ACTIVE), ~left).values(state=state, end=now)
    return unit.connection.execute(statement).rowcount == 1

