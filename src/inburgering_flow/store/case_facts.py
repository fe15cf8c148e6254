"""The register of what cases can be looked for by: the newest value of each searchable variable of a case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, insert, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.types import running

f = t.case_fact.c
MOST = 3
"""Facts that one list can be narrowed by."""
FEW = 2_000
"""So many cases with a value are looked at one by one; of more, a list that walks in its own order soon finds enough."""
Wanted = tuple[str, str, bool]
"""The name of a variable, its value, and whether few cases have it."""

def counted(name: Any, value: Any, most: Any = FEW) -> Select[Any]:
    """Return the query that counts cases with a value, at most so many."""
    return select(func.count()).select_from(select(f.root_key).where(f.name == name, f.value == value).limit(most).subquery())


_count = Prepared(counted(bindparam("name"), bindparam("value"), bindparam("most")))


def keep(unit: Unit, root_key: int, values: Mapping[str, str | None]) -> None:
    """Let a case be found by these values; None takes one away."""
    gone = delete(t.case_fact).where(f.root_key == root_key, f.name.in_(list(values)))
    unit.connection.execute(gone)
    rows = [{"root_key": root_key, "name": name, "value": value} for name, value in values.items() if value is not None]
    if rows:
        unit.connection.execute(insert(t.case_fact), rows)


def are_few(unit: Unit, name: str, value: str) -> bool:
    """Tell whether cases with a value can be looked at one by one."""
    return bool(_count.rows(unit, {"name": name, "value": value, "most": FEW + 1})[0][0] <= FEW)


def condition(key: ColumnElement[int], name: Any, value: Any, *, is_few: bool) -> ColumnElement[bool]:
    """Return the condition that the case with this key has a value: a range of its index where few have it, else asked of each
    case.
    """
    if is_few:
        return key.in_(select(f.root_key).where(f.name == name, f.value == value))
    return exists().where(f.root_key == key, f.name == name, f.value == value)


def conditions(key: ColumnElement[int], wanted: Sequence[Wanted]) -> list[ColumnElement[bool]]:
    """Return the conditions that a case has each of these values."""
    return [condition(key, name, value, is_few=is_few) for name, value, is_few in wanted]


def without(unit: Unit, definition_keys: Collection[int], names: Collection[str], after: int, most: int) -> list[int]:
    """Return running instances of definitions that hold one of these variables and whose case has no value of any."""
    i, v = t.process_instance.c, t.variable.c
    held = exists().where(v.scope_key == i.key, v.name.in_(names))
    query = select(i.key).where(
        i.key > after, running(i.state), i.definition_key.in_(definition_keys), held,
        ~exists().where(f.root_key == i.root_key),
    )  # fmt: skip
    return list(unit.connection.execute(query.order_by(i.key).limit(most)).scalars())
