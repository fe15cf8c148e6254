"""Runtime rows: the slice of state that the engine asks for, and the writing of a step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, insert, or_, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.names import folded
from inburgering_flow.model.runtime import (
    ACTIVE,
    COMPLETED,
    CREATED,
    END_OF_TIME,
    SUSPENDED,
    Compensation,
    ElementInstance,
    IncidentRow,
    JobRow,
    ProcessInstance,
    Subscription,
    UserTask,
)
from inburgering_flow.model.step import Step
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Appeared, Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.searching import CASE, LONGEST
from inburgering_flow.store.types import constant
from inburgering_flow.values import dump_value

VARIABLE_LIMIT = 500  # keys in one IN list


def _columns(table: Any, record: type) -> list[Any]:
    return [table.c[f.name] for f in dataclasses.fields(record)]


def _insert(table: Any, record: type, *more: str) -> Prepared:
    return Prepared(insert(table), [*(f.name for f in dataclasses.fields(record)), *more], records=True)


INSTANCE_COLUMNS = _columns(t.process_instance, ProcessInstance)
ELEMENT_COLUMNS = _columns(t.element_instance, ElementInstance)
TASK_COLUMNS = _columns(t.user_task, UserTask)
JOB_COLUMNS = _columns(t.job, JobRow)
INCIDENT_COLUMNS = _columns(t.incident, IncidentRow)
SUBSCRIPTION_COLUMNS = _columns(t.subscription, Subscription)
COMPENSATION_COLUMNS = _columns(t.compensation, Compensation)

_instance = Prepared(select(*INSTANCE_COLUMNS).where(t.process_instance.c.key == bindparam("key")))
_lock_root = Prepared(select(t.process_instance.c.key).where(t.process_instance.c.key == bindparam("key")).with_for_update())
_element = Prepared(
    select(*ELEMENT_COLUMNS, *(c.label(f"i_{c.name}") for c in INSTANCE_COLUMNS))
    .join(t.process_instance, t.process_instance.c.key == t.element_instance.c.instance_key)
    .where(t.element_instance.c.key == bindparam("key"))
)
_elements = select(*ELEMENT_COLUMNS).where(t.element_instance.c.key.in_(bindparam("keys", expanding=True)))
_ELEMENT_WIDTH = len(ELEMENT_COLUMNS)
_active_children = Prepared(
    select(*ELEMENT_COLUMNS)
    .where(t.element_instance.c.scope_key == bindparam("key"), t.element_instance.c.state == constant(ACTIVE))
    .order_by(t.element_instance.c.key)
)
_called = Prepared(select(*INSTANCE_COLUMNS).where(
    t.process_instance.c.parent_element_key == bindparam("key"),
    or_(t.process_instance.c.state == constant(ACTIVE), t.process_instance.c.state == constant(SUSPENDED)),
))
_variables = {
    most: Prepared(
        select(t.variable.c.scope_key, t.variable.c.name, t.variable.c.value).where(
            t.variable.c.scope_key.in_([bindparam(f"key{n}") for n in range(most)])
        )
    )
    for most in (1, 2, 3, 4, 8, VARIABLE_LIMIT)
}
_count_children = Prepared(
    select(func.count()).select_from(
        select(t.element_instance.c.key)
        .where(t.element_instance.c.scope_key == bindparam("key"), t.element_instance.c.state == constant(ACTIVE))
        .limit(bindparam("most"))
        .subquery()
    )
)
_outputs = Prepared(
    select(t.variable.c.scope_key, t.variable.c.value)
    .join(t.element_instance, t.element_instance.c.key == t.variable.c.scope_key)
    .where(t.element_instance.c.scope_key == bindparam("body"), t.variable.c.name == bindparam("wanted"),
           t.element_instance.c.instance_key == bindparam("instance"))
)  # fmt: skip
_arrivals = Prepared(select(t.join_arrival.c.flow_id, t.join_arrival.c.count).where(
    t.join_arrival.c.scope_key == bindparam("scope"), t.join_arrival.c.element_id == bindparam("element")
))
_signals = Prepared(select(*SUBSCRIPTION_COLUMNS).where(
    t.subscription.c.name == bindparam("wanted"), t.subscription.c.root_key == bindparam("root"),
    t.subscription.c.kind == constant("signal"),
).order_by(t.subscription.c.key))  # fmt: skip
_conditions = Prepared(select(*SUBSCRIPTION_COLUMNS).where(
    t.subscription.c.instance_key == bindparam("key"), t.subscription.c.kind == constant("condition")
).order_by(t.subscription.c.key))  # fmt: skip
_compensations = Prepared(
    select(*COMPENSATION_COLUMNS).where(t.compensation.c.scope_key == bindparam("key")).order_by(t.compensation.c.key)
)
_watching = Prepared(select(*JOB_COLUMNS).where(t.job.c.instance_key == bindparam("key"), t.job.c.watches != ""))


_active_elements = (
    select(*ELEMENT_COLUMNS)
    .where(t.element_instance.c.instance_key == bindparam("key"), t.element_instance.c.state == constant(ACTIVE))
    .order_by(t.element_instance.c.key)
)
_compensations_in = (
    select(*COMPENSATION_COLUMNS)
    .where(t.compensation.c.instance_key == bindparam("key"))
    .order_by(t.compensation.c.key)
)
_incidents_in = select(*INCIDENT_COLUMNS).where(
    t.incident.c.instance_key == bindparam("key"), t.incident.c.state == constant(ACTIVE)
)


class RowState:
    """The engine's slice of state, read from rows inside one unit."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._instances: dict[int, ProcessInstance] = {}
        self._body_instance: dict[int, int] = {}

    def lock(self, root_key: int) -> None:
        """Lock a family top-down by its root row; where there is only one writer, no lock is needed."""
        if not self.unit.dialect.one_writer and root_key not in self.unit.locked:
            _lock_root.rows(self.unit, {"key": root_key})
            self.unit.locked.add(root_key)

    def instance(self, key: int) -> ProcessInstance:
        found = self._instances.pop(key, None)
        if found is not None:
            return found
        rows = _instance.rows(self.unit, {"key": key})
        if not rows:
            raise NotFound(
                _("There is no process instance {key}.").format(key=key), remedy=_("Look it up in the list of cases.")
            )
        return ProcessInstance(*rows[0])

    def element(self, key: int) -> ElementInstance:
        """Return one element instance; the same look-up loads its process instance."""
        rows = _element.rows(self.unit, {"key": key})
        if not rows:
            raise NotFound(_("There is no element instance {key}.").format(key=key))
        instance = ProcessInstance(*rows[0][_ELEMENT_WIDTH:])
        self._instances[instance.key] = instance
        self._body_instance[key] = instance.key
        return ElementInstance(*rows[0][:_ELEMENT_WIDTH])

    def elements(self, keys: Sequence[int]) -> list[ElementInstance]:
        """Return several element instances."""
        rows = self.unit.connection.execute(_elements, {"keys": list(keys)})
        found = [ElementInstance(**row._mapping) for row in rows]
        self._body_instance.update((row.key, row.instance_key) for row in found)
        return found

    def active_children(self, scope_key: int) -> list[ElementInstance]:
        """Return what is active directly inside a scope."""
        return [ElementInstance(*row) for row in _active_children.rows(self.unit, {"key": scope_key})]

    def count_active_children(self, scope_key: int, limit: int) -> int:
        """Count what is active directly inside a scope, up to ``limit``."""
        return int(_count_children.rows(self.unit, {"key": scope_key, "most": limit})[0][0])

    def called_instances(self, element_key: int) -> list[ProcessInstance]:
        """Return the active instance that a call activity has started."""
        return [ProcessInstance(*row) for row in _called.rows(self.unit, {"key": element_key})]

    def variables(self, scope_keys: Sequence[int]) -> Iterable[tuple[int, str, str]]:
        """Return (scope, name, JSON text) of all variables of these scopes."""
        for start in range(0, len(scope_keys), VARIABLE_LIMIT):
            keys = scope_keys[start : start + VARIABLE_LIMIT]
            most = next(n for n in _variables if n >= len(keys))  # padded with the last key
            given = {f"key{n}": keys[min(n, len(keys) - 1)] for n in range(most)}
            yield from _variables[most].rows(self.unit, given)  # type: ignore[misc]  # rows of three columns

    def outputs(self, body_key: int, name: str) -> Iterable[tuple[int, str]]:
        """Return (inner element, JSON text) of one variable over all inner instances of a multi-instance body."""
        instance_key = self._body_instance.get(body_key) or self.element(body_key).instance_key
        given = {"body": body_key, "wanted": name, "instance": instance_key}
        return [(row[0], row[1]) for row in _outputs.rows(self.unit, given)]

    def arrivals(self, scope_key: int, element_id: str) -> dict[str, int]:
        """Return the tokens that wait at a join, per incoming flow."""
        return {row[0]: row[1] for row in _arrivals.rows(self.unit, {"scope": scope_key, "element": element_id})}

    def watching_timers(self, instance_key: int) -> list[JobRow]:
        """Return the timers of an instance that follow a variable."""
        return [JobRow(*row) for row in _watching.rows(self.unit, {"key": instance_key})]

    def signals(self, root_key: int, name: str) -> list[Subscription]:
        """Return what waits for a signal inside one family, oldest first."""
        return [Subscription(*row) for row in _signals.rows(self.unit, {"wanted": name, "root": root_key})]

    def conditions(self, instance_key: int) -> list[Subscription]:
        """Return what waits for a condition in one instance, oldest first."""
        return [Subscription(*row) for row in _conditions.rows(self.unit, {"key": instance_key})]

    def active_elements(self, instance_key: int, element_ids: Sequence[str] = ()) -> list[ElementInstance]:
        """Return what is active in an instance, or only at these elements, oldest first."""
        query = _active_elements
        if element_ids:
            query = query.where(t.element_instance.c.element_id.in_(list(element_ids)))
        rows = [ElementInstance(**row._mapping) for row in self.unit.connection.execute(query, {"key": instance_key})]
        self._body_instance.update((row.key, row.instance_key) for row in rows)
        return rows

    def compensations_in(self, instance_key: int) -> list[Compensation]:
        """Return what can be undone anywhere in an instance."""
        rows = self.unit.connection.execute(_compensations_in, {"key": instance_key})
        return [Compensation(**row._mapping) for row in rows]

    def incidents(self, instance_key: int) -> list[IncidentRow]:
        """Return the active incidents of an instance."""
        return [
            IncidentRow(**row._mapping) for row in self.unit.connection.execute(_incidents_in, {"key": instance_key})
        ]

    def compensations(self, scope_key: int) -> list[Compensation]:
        """Return what can be undone in a scope, in order of completion."""
        return [Compensation(*row) for row in _compensations.rows(self.unit, {"key": scope_key})]


_insert_instances = _insert(t.process_instance, ProcessInstance)
_insert_words = Prepared(insert(t.search_word), ("kind", "word", "key"))
_insert_elements = _insert(t.element_instance, ElementInstance)
_insert_tasks = _insert(t.user_task, UserTask, "sort_due", "candidate_group")
_insert_candidates = Prepared(insert(t.user_task_candidate), ("task_key", "kind", "name"))
_insert_jobs = _insert(t.job, JobRow)
_insert_subscriptions = _insert(t.subscription, Subscription)
_insert_incidents = _insert(t.incident, IncidentRow)
_insert_decisions = _insert(t.decision_instance, DecisionRow)
_insert_compensations = _insert(t.compensation, Compensation)
_update_subscription = Prepared(
    update(t.subscription)
    .where(t.subscription.c.key == bindparam("b_key"))
    .values(correlation_key=bindparam("b_value"))
)
_move_compensation = Prepared(
    update(t.compensation).where(t.compensation.c.key == bindparam("b_key")).values(scope_key=bindparam("b_scope"))
)
_drop_compensation = Prepared(delete(t.compensation).where(t.compensation.c.key == bindparam("b_key")))
_forget_compensations = Prepared(delete(t.compensation).where(t.compensation.c.instance_key == bindparam("b_key")))
_update_instance = Prepared(
    update(t.process_instance)
    .where(t.process_instance.c.key == bindparam("b_key"))
    .values(state=bindparam("b_state"), end=bindparam("b_end"), has_incident=bindparam("b_has_incident"))
)
_update_element = Prepared(
    update(t.element_instance)
    .where(t.element_instance.c.key == bindparam("b_key"))
    .values(state=bindparam("b_state"), end=bindparam("b_end"), data=bindparam("b_data"))
)
_end_task = Prepared(
    update(t.user_task)
    .where(t.user_task.c.element_key == bindparam("b_element"), t.user_task.c.state == constant(CREATED))
    .values(state=bindparam("b_state"), completed=bindparam("b_completed"), completed_by=bindparam("b_by"))
)
_update_job = Prepared(
    update(t.job).where(t.job.c.key == bindparam("b_key")).values(due=bindparam("b_due"), payload=bindparam("b_payload"))
)
_delete_subscriptions = Prepared(delete(t.subscription).where(
    t.subscription.c.owner_key == bindparam("b_owner"), t.subscription.c.element_id == bindparam("b_element")
))
_delete_all_subscriptions = Prepared(delete(t.subscription).where(t.subscription.c.owner_key == bindparam("b_owner")))
_delete_jobs = Prepared(delete(t.job).where(
    t.job.c.element_key == bindparam("b_owner"), t.job.c.element_id == bindparam("b_element")
))
_delete_all_jobs = Prepared(delete(t.job).where(t.job.c.element_key == bindparam("b_owner")))
_close_incidents = Prepared(
    update(t.incident)
    .where(t.incident.c.element_key == bindparam("b_element"), t.incident.c.state == constant(ACTIVE))
    .values(state="RESOLVED", resolved=bindparam("b_now"))
)
_settle_incident_flag = Prepared(
    update(t.process_instance)
    .where(
        t.process_instance.c.key == bindparam("b_key"),
        ~exists().where(and_(t.incident.c.instance_key == bindparam("b_key2"), t.incident.c.state == constant(ACTIVE))),
    )
    .values(has_incident=False)
)
_set_variable = Prepared(
    lambda dialect: dialect.add_or_replace(t.variable, ("scope_key", "name"), "value"),
    ("scope_key", "name", "instance_key", "value"),
)
_set_arrivals = Prepared(
    lambda dialect: dialect.add_or_replace(t.join_arrival, ("scope_key", "element_id", "flow_id"), "count"),
    ("scope_key", "element_id", "flow_id", "count"),
)


def apply(unit: Unit, step: Step, now: datetime, user: str | None) -> None:
    """Turn a step into rows: one statement per kind of change, however many changes, sent to a server all at once."""
    for element_key, changes in step.changed_tasks.items():
        _change_task(unit, element_key, changes)
    with unit.at_once():
        _apply(unit, step, now, user)


def _apply(unit: Unit, step: Step, now: datetime, user: str | None) -> None:

    def execute(statement: Prepared, given: Sequence[Any]) -> None:
        statement.run(unit, given)

    if step.new_instances:
        execute(_insert_instances, step.new_instances)
        named = [
            {"kind": CASE, "word": folded(i.business_key)[:LONGEST], "key": i.key}
            for i in step.new_instances if i.parent_key is None and i.business_key.strip()
        ]  # fmt: skip
        if named:
            execute(_insert_words, named)
    if step.changed_instances:
        execute(
            _update_instance,
            [
                {"b_key": i.key, "b_state": i.state, "b_end": i.end, "b_has_incident": i.has_incident}
                for i in step.changed_instances.values()
            ],
        )
    if step.new_elements:
        execute(_insert_elements, step.new_elements)
    if step.changed_elements:
        execute(
            _update_element,
            [
                {"b_key": e.key, "b_state": e.state, "b_end": e.end, "b_data": e.data}
                for e in step.changed_elements.values()
            ],
        )
    if step.variables:
        execute(
            _set_variable,
            [
                {"scope_key": scope, "name": name, "instance_key": instance, "value": dump_value(value)}
                for (scope, name), (value, instance) in step.variables.items()
            ],
        )
    if step.arrivals:
        execute(
            _set_arrivals,
            [
                {"scope_key": scope, "element_id": element, "flow_id": flow, "count": count}
                for (scope, element), counts in step.arrivals.items()
                for flow, count in counts.items()
            ],
        )
    if step.ended_tasks:
        execute(
            _end_task,
            [
                {"b_element": key, "b_state": state, "b_completed": now, "b_by": user if state == COMPLETED else None}
                for key, state in step.ended_tasks.items()
            ],
        )
    if step.new_tasks:
        execute(_insert_tasks, step.new_tasks)
        candidates = [
            {"task_key": task.key, "kind": kind, "name": name}
            for task in step.new_tasks
            for kind, names in (("group", task.candidate_groups[1:]), ("user", task.candidate_users))
            for name in dict.fromkeys(names)
        ]
        if candidates:
            execute(_insert_candidates, candidates)
    _close(unit, step, now)
    if step.new_jobs:
        execute(_insert_jobs, step.new_jobs)
        unit.appeared.extend(Appeared(job.key, job.kind, job.type, job.due, job.tenant_id) for job in step.new_jobs)
    if step.changed_jobs:
        execute(_update_job, [{"b_key": j.key, "b_due": j.due, "b_payload": j.payload} for j in step.changed_jobs])
    if step.new_subscriptions:
        execute(_insert_subscriptions, step.new_subscriptions)
    if step.new_incidents:
        execute(_insert_incidents, step.new_incidents)
    if step.new_decisions:
        execute(_insert_decisions, step.new_decisions)
    if step.close_incidents:  # after the new ones: where one trouble follows another, the mark stays
        instances = {e.instance_key for e in (*step.changed_elements.values(), *step.new_elements)}
        instances.update(step.changed_instances)
        execute(_settle_incident_flag, [{"b_key": key, "b_key2": key} for key in instances])
    if step.changed_subscriptions:
        changed = step.changed_subscriptions.values()
        execute(_update_subscription, [{"b_key": s.key, "b_value": s.correlation_key} for s in changed])
    if step.new_compensations:
        execute(_insert_compensations, list(step.new_compensations.values()))
    if step.moved_compensations:
        execute(_move_compensation, [{"b_key": k, "b_scope": s} for k, s in step.moved_compensations.items()])
    if step.drop_compensations:
        execute(_drop_compensation, [{"b_key": key} for key in step.drop_compensations])
    if step.forget_compensations:
        execute(_forget_compensations, [{"b_key": key} for key in step.forget_compensations])


def _change_task(unit: Unit, element_key: int, changes: Mapping[str, Any]) -> None:
    """Write changed fields of the open task of an element, with what is derived from them."""
    c = t.user_task.c
    open_task = (c.element_key == element_key, c.state == constant(CREATED))
    values = dict(changes)
    for name in ("due", "follow_up"):
        if isinstance(values.get(name), str):  # as text while listeners were at work
            values[name] = datetime.fromisoformat(values[name])
    if "due" in values:
        values["sort_due"] = values["due"] or END_OF_TIME
    if "candidate_groups" in values:
        values["candidate_group"] = next(iter(values["candidate_groups"]), "")
    unit.connection.execute(update(t.user_task).where(*open_task).values(**values))
    for column, kind, rest in (("candidate_groups", "group", 1), ("candidate_users", "user", 0)):
        if column not in values:
            continue
        key = unit.connection.execute(select(c.key).where(*open_task)).scalar_one()
        k = t.user_task_candidate.c
        unit.connection.execute(delete(t.user_task_candidate).where(k.task_key == key, k.kind == kind))
        rows = [
            {"task_key": key, "kind": kind, "name": name} for name in dict.fromkeys(list(values[column])[rest:])
        ]
        if rows:
            unit.connection.execute(insert(t.user_task_candidate), rows)


def _close(unit: Unit, step: Step, now: datetime) -> None:

    def execute(statement: Prepared, given: Sequence[Mapping[str, Any]]) -> None:
        statement.run(unit, given)

    for gone, one, everything in (
        (step.close_subscriptions, _delete_subscriptions, _delete_all_subscriptions),
        (step.close_jobs, _delete_jobs, _delete_all_jobs),
    ):
        named = [{"b_owner": owner, "b_element": element} for owner, element in gone if element is not None]
        whole = [{"b_owner": owner} for owner, element in gone if element is None]
        if named:
            execute(one, named)
        if whole:
            execute(everything, whole)
    over = step.close_incidents | step.replaced_incidents
    if over:
        execute(_close_incidents, [{"b_element": key, "b_now": now} for key in over])


def settle_incident_flag(unit: Unit, instance_key: int) -> None:
    """Take the mark off an instance that has no active incident any more."""
    _settle_incident_flag.run(unit, [{"b_key": instance_key, "b_key2": instance_key}])
