"""Which keys there are already."""

from __future__ import annotations

from sqlalchemy import func, select, union_all

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit


def newest(unit: Unit) -> int:
    """Return the greatest key of all tables, 0 where there is none; one look at the end of each table's own index."""
    greatest = [select(func.max(table.c.key).label("key")) for table in t.metadata.sorted_tables if "key" in table.c]
    found = union_all(*greatest).subquery()
    return int(unit.connection.execute(select(func.max(found.c.key))).scalar_one() or 0)
