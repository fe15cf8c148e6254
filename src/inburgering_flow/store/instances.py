"""Process instances and their history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import CASE_ENDING, DEFAULT_TENANT, ElementInstance, ProcessInstance, Subscription
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.runtime import ELEMENT_COLUMNS, INSTANCE_COLUMNS, SUBSCRIPTION_COLUMNS
from inburgering_flow.store.types import running
from inburgering_flow.values import load_value

_i, _v = t.process_instance.c, t.variable.c
_get = Prepared(select(*INSTANCE_COLUMNS).where(_i.key == bindparam("wanted")))
_family = Prepared(select(*INSTANCE_COLUMNS).where(_i.root_key == bindparam("wanted")).order_by(_i.key))
_variables = Prepared(select(_v.name, _v.value).where(_v.scope_key == bindparam("wanted")))


def exists(unit: Unit, key: int) -> bool:
    """Tell whether an instance is there (one that was deleted is not)."""
    return bool(_get.rows(unit, {"wanted": key}))


def get(unit: Unit, key: int) -> ProcessInstance:
    """Return one instance; raises NotFound."""
    rows = _get.rows(unit, {"wanted": key})
    if not rows:
        raise NotFound(
            _("There is no process instance {key}.").format(key=key), remedy=_("Look it up in the list of cases.")
        )
    return ProcessInstance(*rows[0])


def tenant_of(root_key: int | None) -> ColumnElement[str]:
    """Return the expression for the tenant of a case, and that of the installation where there is no such case."""
    i = t.process_instance.c
    return func.coalesce(select(i.tenant_id).where(i.key == root_key).scalar_subquery(), DEFAULT_TENANT)


def search(unit: Unit, process_id: str | None, state: str | None) -> list[ProcessInstance]:
    """Return instances, newest last."""
    query = select(*INSTANCE_COLUMNS).order_by(t.process_instance.c.key)
    if process_id is not None:
        query = query.where(t.process_instance.c.process_id == process_id)
    if state is not None:
        query = query.where(t.process_instance.c.state == state)
    return [ProcessInstance(**row._mapping) for row in unit.connection.execute(query)]


def family(unit: Unit, root_key: int) -> list[ProcessInstance]:
    """Return a case and everything it called, oldest first."""
    return [ProcessInstance(*row) for row in _family.rows(unit, {"wanted": root_key})]


def elements(unit: Unit, instance_key: int) -> list[ElementInstance]:
    """Return every element that an instance has entered, in order of start."""
    query = (
        select(*ELEMENT_COLUMNS)
        .where(t.element_instance.c.instance_key == instance_key)
        .order_by(t.element_instance.c.key)
    )
    return [ElementInstance(**row._mapping) for row in unit.connection.execute(query)]


def ends_of(unit: Unit, instance_key: int) -> list[ElementInstance]:
    """Return the end events that an instance has reached, in order."""
    e = t.element_instance.c
    query = select(*ELEMENT_COLUMNS).where(e.instance_key == instance_key, e.element_type == "END_EVENT").order_by(e.key)
    return [ElementInstance(**row._mapping) for row in unit.connection.execute(query)]


def calls_of(unit: Unit, instance_key: int) -> list[tuple[int, str, str]]:
    """Return (key, element id, state) of each call activity that an instance has entered, in order."""
    e = t.element_instance.c
    query = select(e.key, e.element_id, e.state).where(e.instance_key == instance_key, e.element_type == "CALL_ACTIVITY")
    return [(row[0], row[1], row[2]) for row in unit.connection.execute(query.order_by(e.key))]


def calls_in(unit: Unit, instance_keys: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Return (element id, state) of each call activity that these instances have entered, in order."""
    e, found = t.element_instance.c, dict[int, list[tuple[str, str]]]()
    query = (
        select(e.instance_key, e.element_id, e.state)
        .where(e.instance_key.in_(list(instance_keys)), e.element_type == "CALL_ACTIVITY")
        .order_by(e.key)
    )
    for key, element_id, state in unit.connection.execute(query):
        found.setdefault(key, []).append((element_id, state))
    return found


def path_of(unit: Unit, root_key: int) -> list[tuple[str, ElementInstance]]:
    """Return every element that a case and what it called have entered, in order, each with the id of its process."""
    query = (
        select(_i.process_id, *ELEMENT_COLUMNS)
        .join(t.process_instance, _i.key == t.element_instance.c.instance_key)
        .where(t.element_instance.c.root_key == root_key)
        .order_by(t.element_instance.c.key)
    )
    return [(row[0], ElementInstance(*row[1:])) for row in unit.connection.execute(query)]


def waiting_of(unit: Unit, root_key: int) -> list[tuple[str, str]]:
    """Return what a case waits for: (element, name of the message or signal, empty for a condition)."""
    s = t.subscription.c
    return [(row[0], row[1]) for row in unit.connection.execute(select(s.element_id, s.name).where(s.root_key == root_key))]


def subscriptions_of(unit: Unit, root_key: int) -> list[Subscription]:
    """Return the messages, signals and conditions that a case waits for, those that began first."""
    family = select(t.process_instance.c.key).where(t.process_instance.c.root_key == root_key)  # there is no index by case
    query = select(*SUBSCRIPTION_COLUMNS).where(t.subscription.c.instance_key.in_(family)).order_by(t.subscription.c.key)
    return [Subscription(**row._mapping) for row in unit.connection.execute(query)]


def variables(unit: Unit, scope_key: int) -> dict[str, Any]:
    """Return the variables of exactly one scope."""
    found = _variables.rows(unit, {"wanted": scope_key})
    return {name: load_value(value) for name, value in found if not name.startswith("$")}


def running_definitions(unit: Unit) -> list[int]:
    """Return the definitions that have instances which have not ended."""
    i = t.process_instance.c
    return list(unit.connection.execute(select(i.definition_key).where(running(i.state)).distinct()).scalars())


def is_ending(unit: Unit, key: int) -> bool:
    """Tell whether an active instance ends as soon as the listeners on its end are done."""
    c = t.variable.c
    return unit.connection.execute(select(c.name).where(c.scope_key == key, c.name == CASE_ENDING)).first() is not None


def set_owner(unit: Unit, key: int, owner: str | None) -> None:
    """Say who leads a case."""
    unit.connection.execute(update(t.process_instance).where(t.process_instance.c.key == key).values(owner=owner))


def set_location(unit: Unit, key: int, location: str | None) -> None:
    """Say where a case belongs."""
    unit.connection.execute(update(t.process_instance).where(t.process_instance.c.key == key).values(location=location))


def root_of_element(unit: Unit, element_key: int) -> int:
    """Return the root key of an element instance; raises NotFound."""
    query = select(t.element_instance.c.root_key).where(t.element_instance.c.key == element_key)
    found = unit.connection.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(_("There is no element instance {key}.").format(key=element_key), remedy=_("Look at the case again."))
    return int(found)


def roots_of(unit: Unit, keys: Sequence[int]) -> dict[int, int]:
    """Return root keys by instance key."""
    rows = unit.connection.execute(
        select(t.process_instance.c.key, t.process_instance.c.root_key).where(t.process_instance.c.key.in_(list(keys)))
    )
    return {row[0]: row[1] for row in rows}
