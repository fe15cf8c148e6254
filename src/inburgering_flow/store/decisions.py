"""Decision instances: what was decided in a case, on what basis and by which rules."""

from __future__ import annotations

import dataclasses

from sqlalchemy import bindparam, select

from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared

COLUMNS = [t.decision_instance.c[f.name] for f in dataclasses.fields(DecisionRow)]
_of_instance = Prepared(
    select(*COLUMNS)
    .where(t.decision_instance.c.instance_key == bindparam("wanted"))
    .order_by(t.decision_instance.c.key.desc())
    .limit(bindparam("most"))
)


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
    return [DecisionRow(*row) for row in _of_instance.rows(unit, {"wanted": instance_key, "most": most})]
