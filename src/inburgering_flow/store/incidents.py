"""Incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import ACTIVE, IncidentRow
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import INCIDENT_COLUMNS, VARIABLE_LIMIT, settle_incident_flag
from inburgering_flow.store.types import constant


def get(unit: Unit, key: int) -> IncidentRow:
    """Return one incident; raises NotFound."""
    row = unit.connection.execute(select(*INCIDENT_COLUMNS).where(t.incident.c.key == key)).first()
    if row is None:
        raise NotFound(
            _("There is no incident {key}.").format(key=key), remedy=_("Look at the list of incidents again.")
        )
    return IncidentRow(**row._mapping)


def add(unit: Unit, row: IncidentRow) -> None:
    """Insert an incident and mark its instance."""
    values = {c.name: getattr(row, c.name) for c in INCIDENT_COLUMNS}
    unit.connection.execute(insert(t.incident), values)
    unit.connection.execute(
        update(t.process_instance).where(t.process_instance.c.key == row.instance_key).values(has_incident=True)
    )


def resolve(unit: Unit, row: IncidentRow, moment: datetime) -> bool:
    """Close an active incident and take the mark off its instance if it was the last; False if already closed."""
    statement = (
        update(t.incident)
        .where(t.incident.c.key == row.key, t.incident.c.state == constant(ACTIVE))
        .values(state="RESOLVED", resolved=moment)
    )
    if unit.connection.execute(statement).rowcount == 0:
        return False
    settle_incident_flag(unit, row.instance_key)
    return True


def of_instance(unit: Unit, instance_key: int) -> list[IncidentRow]:
    """Return all incidents of one instance, oldest first."""
    query = select(*INCIDENT_COLUMNS).where(t.incident.c.instance_key == instance_key).order_by(t.incident.c.key)
    return [IncidentRow(**row._mapping) for row in unit.connection.execute(query)]


def active_of(unit: Unit, instance_keys: list[int]) -> list[int]:
    """Return the keys of the active incidents of these instances, oldest first."""
    found: list[int] = []
    for start in range(0, len(instance_keys), VARIABLE_LIMIT):
        query = select(t.incident.c.key).where(
            t.incident.c.instance_key.in_(instance_keys[start : start + VARIABLE_LIMIT]),
            t.incident.c.state == constant(ACTIVE),
        )
        found.extend(unit.connection.execute(query).scalars())
    return sorted(found)


def stuck_roots(unit: Unit, root_keys: list[int]) -> set[int]:
    """Return which of these cases have an active incident, themselves or in a process that they called."""
    query = select(t.process_instance.c.root_key).where(
        t.process_instance.c.root_key.in_(root_keys), t.process_instance.c.has_incident
    )
    return set(unit.connection.execute(query).scalars()) if root_keys else set()


def several(unit: Unit, keys: Sequence[int]) -> list[IncidentRow]:
    """Return those of these incidents that there are, in any state, newest first."""
    found: list[IncidentRow] = []
    for start in range(0, len(keys), VARIABLE_LIMIT):
        query = select(*INCIDENT_COLUMNS).where(t.incident.c.key.in_(keys[start : start + VARIABLE_LIMIT]))
        found.extend(IncidentRow(**row._mapping) for row in unit.connection.execute(query))
    return sorted(found, key=lambda row: -row.key)


def tried(unit: Unit, element_keys: Sequence[int]) -> dict[int, int]:
    """Return how often each of these steps of cases has been tried again before, where it was."""
    found: dict[int, int] = {}
    wanted = sorted(set(element_keys))
    for start in range(0, len(wanted), VARIABLE_LIMIT):
        some = t.incident.c.element_key.in_(wanted[start : start + VARIABLE_LIMIT])
        query = select(t.incident.c.element_key, func.count()).where(some, t.incident.c.state == constant("RESOLVED"))
        found |= {row[0]: row[1] for row in unit.connection.execute(query.group_by(t.incident.c.element_key))}
    return found


def active_at_step_of(unit: Unit, key: int) -> int | None:
    """Return the key of the incident that is active at the step of this one, itself or a later one; None where there is none."""
    step = select(t.incident.c.element_key).where(t.incident.c.key == key).scalar_subquery()
    at = t.incident.c.element_key == step, t.incident.c.state == constant(ACTIVE)
    return unit.connection.execute(select(t.incident.c.key).where(*at).order_by(t.incident.c.key.desc()).limit(1)).scalar()


def count_active(unit: Unit) -> int:
    """Return how many active incidents there are."""
    query = select(func.count()).where(t.incident.c.state == constant(ACTIVE))
    return int(unit.connection.execute(query).scalar_one())


def active(unit: Unit, start: int, most: int) -> list[IncidentRow]:
    """Return active incidents from a place on, newest first."""
    query = (
        select(*INCIDENT_COLUMNS)
        .where(t.incident.c.state == constant(ACTIVE))
        .order_by(t.incident.c.key.desc())
        .offset(start)
        .limit(most)
    )
    return [IncidentRow(**row._mapping) for row in unit.connection.execute(query)]
