"""Which keys exist already."""

from __future__ import annotations

from sqlalchemy import func, select, union_all

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared

_greatest = union_all(
    *(select(func.max(table.c.key).label("key")) for table in t.metadata.sorted_tables if "key" in table.c)
).subquery()
_newest = Prepared(select(func.max(_greatest.c.key)))


def newest(unit: Unit) -> int:
    """Return the greatest key of all tables, 0 if there is none; one look at the end of each table's own index."""
    return int(_newest.rows(unit, {})[0][0] or 0)
