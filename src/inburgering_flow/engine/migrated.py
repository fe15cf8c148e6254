"""The state of a case as it would be once a plan had moved one of its instances: read through, and never written.

What ``store.changes.migrate`` does to rows, this does to what is read of them; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from inburgering_flow.engine.port import State
from inburgering_flow.model.changes import Migration
from inburgering_flow.model.runtime import (
    ACTIVE,
    Compensation,
    ElementInstance,
    IncidentRow,
    JobRow,
    ProcessInstance,
    Subscription,
)


class MigratedState:
    """``state`` with one instance moved by a checked plan."""

    def __init__(self, state: State, plan: Migration) -> None:
        self._state = state
        self._plan = plan

    def instance(self, key: int) -> ProcessInstance:
        return self._moved(self._state.instance(key))

    def element(self, key: int) -> ElementInstance:
        return self._row(self._state.element(key))

    def elements(self, keys: Sequence[int]) -> list[ElementInstance]:
        return [self._row(row) for row in self._state.elements(keys)]

    def active_children(self, scope_key: int) -> list[ElementInstance]:
        return [self._row(row) for row in self._state.active_children(scope_key)]

    def count_active_children(self, scope_key: int, limit: int) -> int:
        return self._state.count_active_children(scope_key, limit)

    def called_instances(self, element_key: int) -> list[ProcessInstance]:
        return [self._moved(one) for one in self._state.called_instances(element_key)]

    def variables(self, scope_keys: Sequence[int]) -> Iterable[tuple[int, str, str]]:
        return self._state.variables(scope_keys)

    def outputs(self, body_key: int, name: str) -> Iterable[tuple[int, str]]:
        return self._state.outputs(body_key, name)

    def arrivals(self, scope_key: int, element_id: str) -> dict[str, int]:
        found = self._plan.arrivals.get((scope_key, element_id))
        if found is None:
            return self._state.arrivals(scope_key, element_id)
        return {flow: count for flow, count in found.items() if count}

    def signals(self, root_key: int, name: str) -> list[Subscription]:
        return self._waiting(self._state.signals(root_key, name))

    def conditions(self, instance_key: int) -> list[Subscription]:
        return self._waiting(self._state.conditions(instance_key))

    def compensations(self, scope_key: int) -> list[Compensation]:
        return self._undoable(self._state.compensations(scope_key))

    def active_elements(self, instance_key: int, element_ids: Sequence[str] = ()) -> list[ElementInstance]:
        if instance_key != self._plan.instance_key:
            return self._state.active_elements(instance_key, element_ids)
        rows = [self._row(row) for row in self._state.active_elements(instance_key)]
        return [row for row in rows if not element_ids or row.element_id in element_ids]

    def compensations_in(self, instance_key: int) -> list[Compensation]:
        return self._undoable(self._state.compensations_in(instance_key))

    def incidents(self, instance_key: int) -> list[IncidentRow]:
        found = self._state.incidents(instance_key)
        if instance_key != self._plan.instance_key:
            return found
        plan = self._plan
        return [
            replace(i, element_id=self._named(i.element_id), definition_key=plan.definition_key, process_id=plan.process_id)
            for i in found
        ]

    def watching_timers(self, instance_key: int) -> list[JobRow]:
        found = self._state.watching_timers(instance_key)
        if instance_key != self._plan.instance_key:
            return found
        left = [job for job in found if (job.element_key, job.element_id) not in self._plan.close]
        return [self._timer(replace(job, element_id=self._named(job.element_id))) for job in left]

    # -- one thing moved -----------------------------------------------------------------------------------------------

    def _named(self, element_id: str) -> str:
        return self._plan.elements.get(element_id, element_id)

    def _moved(self, found: ProcessInstance) -> ProcessInstance:
        plan = self._plan
        if found.key != plan.instance_key:
            return found
        return replace(found, definition_key=plan.definition_key, process_id=plan.process_id, version=plan.version)

    def _row(self, row: ElementInstance) -> ElementInstance:
        if row.instance_key != self._plan.instance_key or row.state != ACTIVE:
            return row
        data = self._plan.changed_data.get(row.key)
        return replace(row, element_id=self._named(row.element_id), data=row.data if data is None else dict(data))

    def _waiting(self, found: list[Subscription]) -> list[Subscription]:
        plan = self._plan
        result = []
        for one in found:
            if one.instance_key != plan.instance_key:
                result.append(one)
            elif (one.owner_key, one.element_id) not in plan.close:
                name = self._named(one.element_id)
                event = plan.events.get(name)
                interrupts = event.interrupting if event is not None else one.interrupting
                result.append(replace(one, element_id=name, process_id=plan.process_id, interrupting=interrupts))
        return result

    def _undoable(self, found: list[Compensation]) -> list[Compensation]:
        plan = self._plan
        result = []
        for one in found:
            if one.instance_key != plan.instance_key:
                result.append(one)
            elif one.key not in plan.drop_compensations:
                name = self._named(one.element_id)
                handler = plan.handlers.get(name, one.handler_id) if one.handler_id else ""
                result.append(replace(one, element_id=name, handler_id=handler))
        return result

    def _timer(self, job: JobRow) -> JobRow:
        event = self._plan.events.get(job.element_id)
        return replace(job, watches=event.watches) if event is not None and event.has_timer else job
