"""Decision instances: what was decided in a case, on what basis and by which rules."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select

from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

COLUMNS = [t.decision_instance.c[f.name] for f in dataclasses.fields(DecisionRow)]


def of_case(unit: Unit, root_key: int, most: int = 100) -> list[DecisionRow]:
    """Return the decisions of a family, newest first."""
    query = (
        select(*COLUMNS)
        .where(t.decision_instance.c.root_key == root_key)
        .order_by(t.decision_instance.c.key.desc())
        .limit(most)
    )
    return [DecisionRow(**row._mapping) for row in unit.connection.execute(query)]


def of_instance(unit: Unit, instance_key: int, most: int = 20) -> list[DecisionRow]:
    """Return the decisions of one process instance, newest first."""
    query = (
        select(*COLUMNS)
        .where(t.decision_instance.c.instance_key == instance_key)
        .order_by(t.decision_instance.c.key.desc())
        .limit(most)
    )
    return [DecisionRow(**row._mapping) for row in unit.connection.execute(query)]
