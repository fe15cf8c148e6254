"""Forecasts: what was assumed, and what they found. Nothing in them is about one case."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.forecasts import RUNNING, KeptForecast
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

F = t.forecast
COLUMNS = [F.c[f.name] for f in dataclasses.fields(KeptForecast)]


def add(unit: Unit, row: KeptForecast) -> None:
    """Insert a forecast."""
    unit.connection.execute(insert(F), {f.name: getattr(row, f.name) for f in dataclasses.fields(row)})


def get(unit: Unit, key: int, *, lock: bool = False) -> KeptForecast:
    """Return a forecast, locked against others if asked; raises NotFound."""
    query = select(*COLUMNS).where(F.c.key == key)
    row = unit.connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(_("This forecast is not there any more."), remedy=_("Begin it again."))
    return KeptForecast(**row._mapping)


def newest(unit: Unit, most: int) -> list[KeptForecast]:
    """Return the newest forecasts, the newest first."""
    query = select(*COLUMNS).order_by(F.c.key.desc()).limit(most)
    return [KeptForecast(**row._mapping) for row in unit.connection.execute(query)]


def heard(unit: Unit, key: int, played: int, moment: datetime) -> bool:
    """Note how many futures have been played; tell whether it is still wanted."""
    values = {"played": played, "changed": moment}
    return bool(unit.connection.execute(update(F).where(F.c.key == key, F.c.state == RUNNING).values(**values)).rowcount)


def end(unit: Unit, key: int, state: str, moment: datetime, outcome: Mapping[str, Any], problem: str) -> None:
    """Write how a forecast ended."""
    values = {"state": state, "changed": moment, "outcome": dict(outcome), "problem": problem}
    unit.connection.execute(update(F).where(F.c.key == key).values(**values))


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Delete forecasts that were begun before a moment; return how many."""
    keys = list(unit.connection.execute(select(F.c.key).where(F.c.created < before).limit(most)).scalars())
    if keys:
        unit.connection.execute(delete(F).where(F.c.key.in_(keys)))
    return len(keys)
