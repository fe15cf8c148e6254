"""The rows of the register of appointments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, insert, select, update

from inburgering_flow.model.runtime import DEFAULT_TENANT
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant, running

OPEN, DONE = "OPEN", "DONE"


@dataclass(frozen=True)
class AppointmentRow:
    """When people meet, as a variable of an instance says; ``is_day``: no time is known."""

    key: int
    root_key: int
    instance_key: int
    definition_key: int
    name: str
    state: str
    begins: datetime
    is_day: bool
    noted: datetime
    tenant_id: str = DEFAULT_TENANT


x = t.appointment.c
COLUMNS = [x[name] for name in AppointmentRow.__dataclass_fields__]


def of_variable(unit: Unit, instance_key: int, name: str) -> AppointmentRow | None:
    """Return the appointment that a variable of an instance holds."""
    query = select(*COLUMNS).where(x.instance_key == instance_key, x.name == name)
    row = unit.connection.execute(query).first()
    return None if row is None else AppointmentRow(**row._mapping)


def add(unit: Unit, row: AppointmentRow) -> None:
    """Insert an appointment."""
    unit.connection.execute(insert(t.appointment), dict(vars(row)))


def remove(unit: Unit, key: int) -> None:
    """Delete an appointment that was put off or called off."""
    unit.connection.execute(delete(t.appointment).where(x.key == key))


def finish(unit: Unit, instance_key: int, name: str) -> None:
    """Say that what an appointment was for has been done."""
    found = update(t.appointment).where(x.instance_key == instance_key, x.name == name, x.state == constant(OPEN))
    unit.connection.execute(found.values(state=DONE))


def drop_coming(unit: Unit, instance_key: int, now: datetime) -> None:
    """Delete what was still to come of a process that has ended."""
    unit.connection.execute(delete(t.appointment).where(x.instance_key == instance_key, x.begins > now))


def without(unit: Unit, definition_keys: Collection[int], names: Collection[str], after: int, most: int) -> list[int]:
    """Return running instances of definitions that hold one of these variables and have no appointment."""
    i, v = t.process_instance.c, t.variable.c
    held = exists().where(v.scope_key == i.key, v.name.in_(names))
    query = select(i.key).where(
        i.key > after, running(i.state), i.definition_key.in_(definition_keys), held, ~exists().where(x.instance_key == i.key),
    )  # fmt: skip
    return list(unit.connection.execute(query.order_by(i.key).limit(most)).scalars())
