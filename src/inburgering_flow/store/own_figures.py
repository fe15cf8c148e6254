"""Figures that people chose for a page of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, insert, select, update

from inburgering_flow.model.own_figures import OwnFigure
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

O = t.own_figure.c  # noqa: E741
COLUMNS: list[Any] = [O[field.name] for field in fields(OwnFigure)]


def add(unit: Unit, row: OwnFigure) -> None:
    """Insert one."""
    unit.connection.execute(insert(t.own_figure), dict(vars(row)))


def of(unit: Unit, username: str) -> list[OwnFigure]:
    """Return those of somebody, in their order."""
    query = select(*COLUMNS).where(O.username == username).order_by(O.place, O.key)
    return [OwnFigure(**row._mapping) for row in unit.connection.execute(query)]


def several(unit: Unit, keys: Collection[int]) -> dict[int, OwnFigure]:
    """Return those with these keys, by key."""
    if not keys:
        return {}
    rows = unit.connection.execute(select(*COLUMNS).where(O.key.in_(sorted(keys))))
    return {row.key: OwnFigure(**row._mapping) for row in rows}


def watched(unit: Unit) -> list[OwnFigure]:
    """Return those of which somebody wants to be told, of one person after another."""
    query = select(*COLUMNS).where(O.threshold.is_not(None)).order_by(O.username, O.key)
    return [OwnFigure(**row._mapping) for row in unit.connection.execute(query)]


def change(unit: Unit, key: int, **values: Any) -> None:
    """Change one."""
    unit.connection.execute(update(t.own_figure).where(O.key == key).values(**values))


def pass_over(unit: Unit, row: OwnFigure, *, is_passed: bool) -> bool:
    """Say on which side of its threshold one is now; return False where somebody else has, or the threshold is another now."""
    same = (O.key == row.key, O.is_passed == row.is_passed, O.direction == row.direction, O.threshold == row.threshold)
    return unit.connection.execute(update(t.own_figure).where(*same).values(is_passed=is_passed)).rowcount == 1


def remove(unit: Unit, key: int) -> None:
    """Delete one."""
    unit.connection.execute(delete(t.own_figure).where(O.key == key))
