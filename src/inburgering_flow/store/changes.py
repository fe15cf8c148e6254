"""Changes to whole instances: suspending and resuming, migrating to another definition, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, case, delete, exists, func, insert, or_, select, update

from inburgering_flow.model.changes import Migration
from inburgering_flow.model.runtime import ACTIVE, CREATED, SUSPENDED, Subscription
from inburgering_flow.store import searching
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import SUBSCRIPTION_COLUMNS
from inburgering_flow.store.types import constant


def _family(root_key: int) -> Any:
    return select(t.process_instance.c.key).where(t.process_instance.c.root_key == root_key)


def _set_state(unit: Unit, root_key: int, before: str, after: str) -> None:
    i = t.process_instance
    unit.connection.execute(
        update(i).where(i.c.root_key == root_key, i.c.state == constant(before)).values(state=after)
    )


def suspend(unit: Unit, root_key: int) -> None:
    """Let a family stand still; a worker on one of its jobs loses the lease, and with it the right to finish the job."""
    _set_state(unit, root_key, ACTIVE, SUSPENDED)
    unit.connection.execute(
        update(t.job)
        .where(t.job.c.instance_key.in_(_family(root_key)))
        .values(suspended=True, lease_until=None, lease_owner=None)
    )


def resume(unit: Unit, root_key: int) -> None:
    """Let a family go on; what became due meanwhile is due now."""
    _set_state(unit, root_key, SUSPENDED, ACTIVE)
    unit.connection.execute(update(t.job).where(t.job.c.instance_key.in_(_family(root_key))).values(suspended=False))


def subscriptions(unit: Unit, root_key: int) -> list[Subscription]:
    """Return everything that a family waits for, oldest first."""
    query = (
        select(*SUBSCRIPTION_COLUMNS)
        .where(t.subscription.c.instance_key.in_(_family(root_key)))
        .order_by(t.subscription.c.key)
    )
    return [Subscription(**row._mapping) for row in unit.connection.execute(query)]


# -- migration -----------------------------------------------------------------------------------------------------


def migrate(unit: Unit, plan: Migration) -> None:
    """Let the rows of an instance point to another definition and its element ids; history stays as it was."""
    execute = unit.connection.execute
    for owner, event_id in plan.close:
        execute(
            delete(t.subscription).where(t.subscription.c.owner_key == owner, t.subscription.c.element_id == event_id)
        )
        execute(delete(t.job).where(t.job.c.element_key == owner, t.job.c.element_id == event_id))
    for key in plan.drop_compensations:
        execute(delete(t.compensation).where(t.compensation.c.key == key))
    definition: dict[str, Any] = {"definition_key": plan.definition_key, "process_id": plan.process_id}
    e, u = t.element_instance, t.user_task
    _rename(unit, plan, e, {}, e.c.state == constant(ACTIVE))
    for key, data in plan.changed_data.items():
        execute(update(e).where(e.c.key == key).values(data=dict(data)))
    _rename(unit, plan, t.job, {})
    _rename(unit, plan, t.subscription, {"process_id": plan.process_id})
    _take_over_events(unit, plan)
    _rename(unit, plan, t.incident, definition, t.incident.c.state == constant(ACTIVE))
    _rename(unit, plan, u, definition, u.c.state == constant(CREATED))
    if plan.tasks:
        named = update(u).where(u.c.instance_key == plan.instance_key, u.c.state == constant(CREATED))
        execute(
            named.where(u.c.root_key == _root(plan.instance_key)).values(
                name=_changed(u.c.element_id, {k: v[0] for k, v in plan.tasks.items()}, u.c.name),
                form_id=_changed(u.c.element_id, {k: v[1] for k, v in plan.tasks.items() if v[1] is not None}, u.c.form_id),
            )
        )
    _write_arrivals(unit, plan)
    c = t.compensation
    _rename(unit, plan, c, {})
    if plan.handlers:
        execute(
            update(c)
            .where(c.c.instance_key == plan.instance_key, c.c.handler_id != "")
            .values(handler_id=_changed(c.c.element_id, plan.handlers, c.c.handler_id))
        )
    i = t.process_instance
    execute(update(i).where(i.c.key == plan.instance_key).values(**definition, version=plan.version))


def _take_over_events(unit: Unit, plan: Migration) -> None:
    """Let waiting events interrupt, and timers follow their variables, as the new definition says."""
    s, j = t.subscription, t.job
    for interrupting in (True, False):
        ids = [e for e, event in plan.events.items() if event.interrupting is interrupting]
        if ids:
            here = (s.c.instance_key == plan.instance_key, s.c.element_id.in_(ids))
            unit.connection.execute(update(s).where(*here).values(interrupting=interrupting))
    for element_id, event in plan.events.items():
        if event.has_timer:
            timers = (j.c.instance_key == plan.instance_key, j.c.kind == "TIMER", j.c.element_id == element_id)
            unit.connection.execute(update(j).where(*timers).values(watches=event.watches))


def _write_arrivals(unit: Unit, plan: Migration) -> None:
    """Let tokens wait at the joins of the new definition."""
    j = t.join_arrival
    for (scope, element), counts in plan.arrivals.items():
        unit.connection.execute(delete(j).where(j.c.scope_key == scope, j.c.element_id == element))
        rows = [{"scope_key": scope, "element_id": element, "flow_id": f, "count": n} for f, n in counts.items() if n]
        if rows:
            unit.connection.execute(insert(j), rows)


def _root(instance_key: int) -> Any:
    return select(t.process_instance.c.root_key).where(t.process_instance.c.key == instance_key).scalar_subquery()


def _changed(column: Any, names: Mapping[str, str], otherwise: Any) -> Any:
    return case(dict(names), value=column, else_=otherwise) if names else otherwise


def _rename(unit: Unit, plan: Migration, table: Table, others: Mapping[str, Any], *only: Any) -> None:
    """Give rows their new element id, all at once: ids may change places."""
    values = dict(others)
    if plan.elements:
        values["element_id"] = _changed(table.c.element_id, plan.elements, table.c.element_id)
    if values:
        by_root = [table.c.root_key == _root(plan.instance_key)] if table is t.user_task else []  # its index
        unit.connection.execute(
            update(table).where(table.c.instance_key == plan.instance_key, *by_root, *only).values(**values)
        )


# -- deletion ------------------------------------------------------------------------------------------------------


def remove(unit: Unit, root_key: int, now: datetime) -> int:
    """Delete a family with everything that it left, except in the audit log; return how many instances it had.

    A message that reached only this family goes with it once its time to live is over; before that it stays, with a
    note that it has reached this process (instance 0: one that is gone), so that it does not reach it twice.
    """
    execute = unit.connection.execute
    family = _family(root_key)
    elements = select(t.element_instance.c.key).where(t.element_instance.c.instance_key.in_(family))
    tasks = select(t.user_task.c.key).where(t.user_task.c.root_key == root_key)
    for table in (t.user_task_candidate, t.draft):
        execute(delete(table).where(table.c.task_key.in_(tasks)))
    execute(delete(t.user_task).where(t.user_task.c.root_key == root_key))
    execute(
        delete(t.join_arrival).where(
            or_(t.join_arrival.c.scope_key.in_(family), t.join_arrival.c.scope_key.in_(elements))
        )
    )
    stuck = t.incident.c.element_key  # for a process that could not begin or end, the key of its instance
    execute(delete(t.incident).where(or_(stuck.in_(elements), stuck.in_(family))))
    for table in (t.variable, t.job, t.job_history, t.subscription, t.compensation, t.decision_instance, t.element_instance):
        execute(delete(table).where(table.c.instance_key.in_(family)))
    _remove_messages(unit, family, now)
    _remove_documents(unit, root_key)
    for table in (t.term, t.appointment, t.alert, t.note, t.case_fact):
        execute(delete(table).where(table.c.root_key == root_key))
    searching.forget(unit, searching.CASE, root_key)
    return int(execute(delete(t.process_instance).where(t.process_instance.c.root_key == root_key)).rowcount)


def _remove_messages(unit: Unit, family: Any, now: datetime) -> None:
    c, m = t.message_correlation, t.message
    over = (
        select(c.c.message_key)
        .join(m, m.c.key == c.c.message_key)
        .where(c.c.instance_key.in_(family), m.c.expires <= now)
    )
    keys = list(unit.connection.execute(over).scalars())
    alive = update(c).where(c.c.instance_key.in_(family), c.c.message_key.not_in(over))
    unit.connection.execute(alive.values(instance_key=0))
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        unit.connection.execute(delete(c).where(c.c.message_key.in_(some), c.c.instance_key.in_(family)))
        unit.connection.execute(delete(m).where(m.c.key.in_(some), ~exists().where(c.c.message_key == m.c.key)))


def _remove_documents(unit: Unit, root_key: int) -> None:
    d, content = t.document, t.document_content
    checksums = list(unit.connection.execute(select(d.c.checksum).where(d.c.root_key == root_key).distinct()).scalars())
    unit.connection.execute(delete(d).where(d.c.root_key == root_key))
    for checksum in checksums:
        unit.connection.execute(
            delete(content).where(content.c.checksum == checksum, ~exists().where(d.c.checksum == content.c.checksum))
        )


def count_alive(unit: Unit, root_key: int) -> int:
    """Return how many instances of a family have not ended."""
    query = select(func.count()).where(
        t.process_instance.c.root_key == root_key, t.process_instance.c.state.in_((ACTIVE, SUSPENDED))
    )
    return int(unit.connection.execute(query).scalar_one())
