"""Upkeep forgets in portions: whoever waits for the writer waits for one of them, however much has piled up."""

from __future__ import annotations

from collections.abc import Callable

from inburgering_flow.store.database import Database, Unit

PORTION = 1_000  # rows in one transaction


def in_portions(db: Database, forget: Callable[[Unit, int], int], most: int = PORTION) -> int:
    """Call ``forget`` with how many rows it may delete, a transaction each, until it finds fewer; return how many it deleted."""
    forgotten, found = 0, most
    while found >= most:
        with db.write() as unit:
            found = forget(unit, most)
        forgotten += found
    return forgotten
