"""What people did to many rows of a list at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from inburgering_flow.model.lists import DeedRow, ListDeed
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

D = t.list_deed
COLUMNS = [D.c[f.name] for f in dataclasses.fields(ListDeed)]


def add(unit: Unit, row: ListDeed) -> None:
    """Insert one that begins."""
    unit.connection.execute(insert(D), {**vars(row), "rows": None if row.rows is None else _plain(row.rows)})


def get(unit: Unit, key: int) -> ListDeed | None:
    """Return one."""
    row = unit.connection.execute(select(*COLUMNS).where(D.c.key == key)).first()
    if row is None:
        return None
    rows = None if row.rows is None else tuple(DeedRow(**one) for one in row.rows)
    return ListDeed(**{**row._mapping, "rows": rows})


def note(unit: Unit, key: int, rows: Sequence[DeedRow], moment: datetime) -> None:
    """Write what became of each row so far."""
    unit.connection.execute(update(D).where(D.c.key == key).values(rows=_plain(rows), moment=moment))


def take_up(unit: Unit, key: int, was: datetime, moment: datetime) -> bool:
    """Note that somebody goes on with one that was last heard of at ``was``; False where another one did."""
    found = update(D).where(D.c.key == key, D.c.moment == was).values(moment=moment)
    return bool(unit.connection.execute(found).rowcount)


def _plain(rows: Sequence[DeedRow]) -> list[dict[str, Any]]:
    """Return rows as they are kept; of what is done as programs of before know it."""
    return [{name: value for name, value in vars(row).items() if name != "is_open" or value} for row in rows]


def undo(unit: Unit, key: int, moment: datetime) -> bool:
    """Note that one was undone; False if it was before."""
    found = update(D).where(D.c.key == key, D.c.undone.is_(None)).values(undone=moment)
    return bool(unit.connection.execute(found).rowcount)


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Forget up to ``most`` of before a moment; return how many."""
    old = select(D.c.key).where(D.c.moment < before).limit(most)
    return unit.connection.execute(delete(D).where(D.c.key.in_(old.scalar_subquery()))).rowcount
