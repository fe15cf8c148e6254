"""Decision instances: what was decided in a case, on what basis and by which rules."""

from __future__ import annotations

import dataclasses

from sqlalchemy import bindparam, func, select

from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.types import running

_d = t.decision_instance.c
COLUMNS = [t.decision_instance.c[f.name] for f in dataclasses.fields(DecisionRow)]
_of_instance = Prepared(
    select(*COLUMNS)
    .where(_d.key.in_(select(func.max(_d.key)).where(_d.instance_key == bindparam("wanted")).group_by(_d.decision_id)))
    .order_by(_d.key.desc())
)


_in_case = select(*COLUMNS).where(_d.root_key == bindparam("wanted")).order_by(_d.key.desc())
_all_of_case = Prepared(_in_case)
_of_case = Prepared(_in_case.limit(bindparam("most")).offset(bindparam("start")))


def of_case(unit: Unit, root_key: int, most: int | None = None, *, start: int = 0) -> list[DecisionRow]:
    """Return the decisions of a family, newest first; all of them, or so many from a place on."""
    if most is None:
        return [DecisionRow(*row) for row in _all_of_case.rows(unit, {"wanted": root_key})]
    return [DecisionRow(*row) for row in _of_case.rows(unit, {"wanted": root_key, "most": most, "start": start})]


def counts_of_case(unit: Unit, root_key: int) -> dict[int, int]:
    """Return how many decisions were taken in each process instance of a family."""
    query = select(_d.instance_key, func.count()).where(_d.root_key == root_key).group_by(_d.instance_key)
    return {row[0]: row[1] for row in unit.connection.execute(query)}


def of_open_cases(unit: Unit, decision_id: str, after: int, most: int) -> list[tuple[DecisionRow, int]]:
    """Return of each step in a process that runs the newest outcome of a decision, with the definition of the process; those
    behind a key, the oldest first.
    """
    i = t.process_instance.c
    newest = (
        select(func.max(_d.key))
        .join(t.process_instance, i.key == _d.instance_key)
        .where(_d.decision_id == decision_id, running(i.state))
        .group_by(_d.instance_key, _d.element_id)
    )
    query = (
        select(*COLUMNS, i.definition_key)
        .join(t.process_instance, i.key == _d.instance_key)
        .where(_d.key.in_(newest), _d.key > after)
        .order_by(_d.key)
        .limit(most)
    )
    return [(DecisionRow(*row[:-1]), row[-1]) for row in unit.connection.execute(query)]


def newest_of_instance(unit: Unit, instance_key: int) -> list[DecisionRow]:
    """Return of each decision that a process instance took the newest outcome, newest first."""
    return [DecisionRow(*row) for row in _of_instance.rows(unit, {"wanted": instance_key})]
