"""Where cases are, kept with them: their main phase, and when the first running term of the organisation itself is over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, update

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.terms import OURS
from inburgering_flow.store.types import constant, running

_i, _x = t.process_instance.c, t.term.c
_first_term = (
    select(func.min(_x.due)).where(_x.root_key == _i.key, _x.state == constant(OURS)).correlate(t.process_instance)
    .scalar_subquery()
)  # fmt: skip
_set_phase = Prepared(
    update(t.process_instance)
    .where(_i.key == bindparam("wanted"), or_(_i.phase.is_(None), _i.phase != bindparam("other")))
    .values(phase=bindparam("phase"))
)
_leave_phases = Prepared(
    update(t.process_instance).where(_i.key == bindparam("wanted"), _i.phase.is_not(None)).values(phase=None)
)


@dataclass(frozen=True)
class Place:
    """What is kept of a case, and what its terms say."""

    key: int
    definition_key: int
    phase: str | None
    due: datetime | None
    first_term: datetime | None


def set_phase(unit: Unit, key: int, phase: str | None) -> None:
    """Say in which main phase a case is, by the id of its element; None leaves it as it is."""
    if phase is not None:
        _set_phase.run(unit, [{"wanted": key, "other": phase, "phase": phase}])


def leave_phases(unit: Unit, key: int) -> None:
    """Say that a case is in no phase."""
    _leave_phases.run(unit, [{"wanted": key}])


def refresh_due(unit: Unit, root_keys: Collection[int]) -> None:
    """Keep with these cases what their terms say."""
    unit.connection.execute(update(t.process_instance).where(_i.key.in_(list(root_keys))).values(due=_first_term))


def running_after(unit: Unit, after: int, most: int) -> list[Place]:
    """Return the running cases whose keys follow one, in order."""
    query = (
        select(_i.key, _i.definition_key, _i.phase, _i.due, _first_term)
        .where(_i.key > after, _i.parent_key.is_(None), running(_i.state))
        .order_by(_i.key)
        .limit(most)
    )
    return [Place(*row) for row in unit.connection.execute(query)]
