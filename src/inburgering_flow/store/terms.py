"""The rows of the register of terms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, insert, select, update

from inburgering_flow.model.runtime import DEFAULT_TENANT
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant, running

OURS, THEIRS = "OURS", "THEIRS"
MOVED, KEPT, ENDED = "MOVED", "KEPT", "ENDED"


@dataclass(frozen=True)
class TermRow:
    """One last day that a term has had; ``due`` is when that day is over."""

    key: int
    root_key: int
    instance_key: int
    definition_key: int
    name: str
    state: str
    due: datetime
    starts: date | None
    length: str | None
    ground: str | None
    begun: datetime
    begun_by: str | None
    over: datetime | None = None
    tenant_id: str = DEFAULT_TENANT

    @property
    def is_running(self) -> bool:
        """Whether it has not been moved, kept or ended."""
        return self.state in (OURS, THEIRS)


term = t.term
COLUMNS = [term.c[name] for name in TermRow.__dataclass_fields__]
_RUNS = term.c.state.in_((constant(OURS), constant(THEIRS)))


def running_in(unit: Unit, root_keys: Collection[int], instance_keys: Collection[int]) -> list[TermRow]:
    """Return the running terms of instances, which belong to these cases."""
    query = select(*COLUMNS).where(term.c.root_key.in_(root_keys), term.c.instance_key.in_(instance_keys), _RUNS)
    return [TermRow(**row._mapping) for row in unit.connection.execute(query)]


def of_case(unit: Unit, root_key: int) -> list[TermRow]:
    """Return every row of a case, the oldest first."""
    query = select(*COLUMNS).where(term.c.root_key == root_key).order_by(term.c.key)
    return [TermRow(**row._mapping) for row in unit.connection.execute(query)]


def was_kept(unit: Unit, new: TermRow) -> bool:
    """Tell whether the newest row of the same term of the same instance has the same last day, and was kept."""
    same = term.c.root_key == new.root_key, term.c.instance_key == new.instance_key, term.c.name == new.name
    query = select(term.c.state, term.c.due).where(*same).order_by(term.c.key.desc()).limit(1)
    last = unit.connection.execute(query).first()
    return last is not None and last.state == KEPT and last.due == new.due


def add(unit: Unit, rows: Sequence[TermRow]) -> None:
    """Add rows."""
    unit.connection.execute(insert(term), [vars(row) for row in rows])


def end(unit: Unit, keys: Collection[int], state: str, now: datetime) -> None:
    """Say that terms run no more."""
    unit.connection.execute(update(term).where(term.c.key.in_(keys)).values(state=state, over=now))


def without(unit: Unit, definition_keys: Collection[int], names: Collection[str], after: int, most: int) -> list[int]:
    """Return running instances of definitions that hold one of these variables and stand not in the register."""
    i, v = t.process_instance.c, t.variable.c
    held = exists().where(v.scope_key == i.key, v.name.in_(names))
    query = select(i.key).where(
        i.key > after, running(i.state), i.definition_key.in_(definition_keys), held,
        ~exists().where(term.c.root_key == i.root_key, term.c.instance_key == i.key),
    )  # fmt: skip
    return list(unit.connection.execute(query.order_by(i.key).limit(most)).scalars())
