"""Rehearsals, and the running cases that they are about."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.rehearsals import Rehearsal
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import running

R = t.rehearsal
COLUMNS = [R.c[f.name] for f in dataclasses.fields(Rehearsal)]


def add(unit: Unit, row: Rehearsal) -> None:
    """Insert a rehearsal."""
    unit.connection.execute(insert(R), {f.name: getattr(row, f.name) for f in dataclasses.fields(row)})


def get(unit: Unit, key: int, *, lock: bool = False) -> Rehearsal:
    """Return a rehearsal, locked against progress if asked; raises NotFound."""
    query = select(*COLUMNS).where(R.c.key == key)
    row = unit.connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(_("This rehearsal does not exist."), remedy=_("Begin it again."))
    return Rehearsal(**row._mapping)


def newest_of(unit: Unit, proposal_key: int) -> int | None:
    """Return the key of the newest rehearsal of a proposal."""
    query = select(R.c.key).where(R.c.proposal_key == proposal_key).order_by(R.c.key.desc()).limit(1)
    return unit.connection.execute(query).scalar()


def update_progress(
    unit: Unit, key: int, *, checked: int, outcome: Mapping[str, Any], state: str, ended: datetime | None
) -> None:
    """Write how far a rehearsal has come."""
    values = {"checked": checked, "outcome": dict(outcome), "state": state, "ended": ended}
    unit.connection.execute(update(R).where(R.c.key == key).values(**values))


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Delete rehearsals that were begun before a moment; return how many."""
    keys = list(unit.connection.execute(select(R.c.key).where(R.c.created < before).limit(most)).scalars())
    if keys:
        unit.connection.execute(delete(R).where(R.c.key.in_(keys)))
    return len(keys)


def count(unit: Unit, definition_keys: Sequence[int]) -> int:
    """Count the running instances of these versions, suspended ones too."""
    i = t.process_instance.c
    query = select(func.count()).where(running(i.state), i.definition_key.in_(definition_keys))
    return int(unit.connection.execute(query).scalar_one())


def following(unit: Unit, definition_keys: Sequence[int], after: int, most: int) -> list[tuple[int, int]]:
    """Return (instance, version) of running instances of these versions, in order of key after one."""
    i = t.process_instance.c
    query = (
        select(i.key, i.definition_key)
        .where(running(i.state), i.key > after, i.definition_key.in_(definition_keys)).order_by(i.key).limit(most)
    )  # fmt: skip
    return [(row[0], row[1]) for row in unit.connection.execute(query)]


def versions_with_cases(unit: Unit, process_id: str) -> list[tuple[int, int, int]]:
    """Return (key, version, number of running instances) of each version of a process that has any, the newest first."""
    d, i = t.definition.c, t.process_instance.c
    query = (
        select(d.key, d.version, func.count())
        .join(t.process_instance, i.definition_key == d.key)
        .where(d.kind == "process", d.id == process_id, running(i.state))
        .group_by(d.key, d.version).order_by(d.version.desc())
    )  # fmt: skip
    return [(row[0], row[1], int(row[2])) for row in unit.connection.execute(query)]
