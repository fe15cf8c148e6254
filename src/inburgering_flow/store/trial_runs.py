"""Trial runs of designers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from inburgering_flow.model.trial_runs import TrialRun
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

R = t.trial_run
COLUMNS = [R.c[f.name] for f in dataclasses.fields(TrialRun)]


def add(unit: Unit, row: TrialRun) -> None:
    """Insert a trial run."""
    unit.connection.execute(insert(R), {f.name: getattr(row, f.name) for f in dataclasses.fields(row)})


def get(unit: Unit, key: int) -> TrialRun | None:
    """Return a trial run; None where there is none (any more)."""
    row = unit.connection.execute(select(*COLUMNS).where(R.c.key == key)).first()
    return None if row is None else TrialRun(*row)


def keys_of(unit: Unit, owner: str) -> list[int]:
    """Return the keys of somebody's trial runs, the newest first."""
    return list(unit.connection.execute(select(R.c.key).where(R.c.owner == owner).order_by(R.c.key.desc())).scalars())


def stories_of(unit: Unit, owner: str) -> list[tuple[int, datetime, Mapping[str, Any]]]:
    """Return (key, when it was changed, scenario so far) of somebody's trial runs, the newest first."""
    query = select(R.c.key, R.c.changed, R.c.story).where(R.c.owner == owner).order_by(R.c.key.desc())
    return [(row[0], row[1], row[2]) for row in unit.connection.execute(query)]


def change(unit: Unit, key: int, turn: int, story: Mapping[str, Any], moment: datetime) -> bool:
    """Write what a trial run has come to after its turn ``turn``; False where somebody changed it meanwhile."""
    values = {"story": dict(story), "turn": turn + 1, "changed": moment}
    return unit.connection.execute(update(R).where(R.c.key == key, R.c.turn == turn).values(**values)).rowcount == 1


def remove(unit: Unit, keys: list[int]) -> None:
    """Delete trial runs."""
    unit.connection.execute(delete(R).where(R.c.key.in_(keys)))


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Delete trial runs that nobody has touched since a moment; return how many."""
    keys = list(unit.connection.execute(select(R.c.key).where(R.c.changed < before).limit(most)).scalars())
    if keys:
        remove(unit, keys)
    return len(keys)
