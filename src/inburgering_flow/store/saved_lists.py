"""Lists that people keep for themselves or share with a team."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, or_, select

from inburgering_flow.model.lists import SavedList
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import among

S = t.saved_list
COLUMNS = [S.c[f.name] for f in dataclasses.fields(SavedList)]


def add(unit: Unit, row: SavedList) -> None:
    """Insert one."""
    unit.connection.execute(insert(S), vars(row))


def of(unit: Unit, name: str, owner: str, roles: Sequence[str]) -> list[SavedList]:
    """Return those of a list that somebody made, and those that are shared with their roles, by name."""
    query = select(*COLUMNS).where(S.c.list == name, or_(S.c.owner == owner, among(S.c.role, roles)))
    rows = unit.connection.execute(query.order_by(func.lower(S.c.name), S.c.key))
    return [SavedList(**row._mapping) for row in rows]


def get(unit: Unit, key: int) -> SavedList | None:
    """Return one."""
    row = unit.connection.execute(select(*COLUMNS).where(S.c.key == key)).first()
    return None if row is None else SavedList(**row._mapping)


def count(unit: Unit, owner: str) -> int:
    """Count those that somebody made."""
    return int(unit.connection.execute(select(func.count()).select_from(S).where(S.c.owner == owner)).scalar_one())


def remove(unit: Unit, key: int) -> None:
    """Delete one."""
    unit.connection.execute(delete(S).where(S.c.key == key))
