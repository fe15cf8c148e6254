"""The engine's state in dictionaries: a second home for cases, next to the database, for tests, trials and
measurements. What it gives out was stored as JSON text and is read back at each look-up, as rows are: here too it makes
no difference whether a step changes an object later that it has kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.runtime import (
    ACTIVE,
    COMPLETED,
    CREATED,
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
from inburgering_flow.values import dump_value, load_value

RESOLVED = "RESOLVED"


def _plain(value: Any) -> Any:
    """Return a value as it is after being stored as JSON and read back."""
    return None if value is None else load_value(dump_value(value))


class MemoryState:
    """Everything that rows hold, by key; ``apply`` takes a step as ``store.runtime.apply`` does.

    Not thread-safe, and nothing needs to be rolled back: a command that raises has not been applied.
    """

    def __init__(self) -> None:
        self.instances: dict[int, ProcessInstance] = {}
        self.rows: dict[int, ElementInstance] = {}
        self.values: dict[int, dict[str, str]] = defaultdict(dict)
        self.counts: dict[tuple[int, str], dict[str, int]] = {}
        self.tasks: dict[int, UserTask] = {}
        self.jobs: dict[int, JobRow] = {}
        self.subscriptions: dict[int, Subscription] = {}
        self.trouble: dict[int, IncidentRow] = {}
        self.undoable: dict[int, Compensation] = {}
        self.decisions: list[DecisionRow] = []
        self._inside: dict[int, dict[int, ElementInstance]] = defaultdict(dict)  # scope → what is active in it
        self._all_inside: dict[int, list[int]] = defaultdict(list)  # scope → all that was ever in it
        self._open_tasks: dict[int, UserTask] = {}  # element → its open task

    # -- what the engine asks ------------------------------------------------------------------------------------------

    def instance(self, key: int) -> ProcessInstance:
        if key not in self.instances:
            raise NotFound(
                _("There is no process instance {key}.").format(key=key), remedy=_("Look it up in the list of cases.")
            )
        return replace(self.instances[key])

    def element(self, key: int) -> ElementInstance:
        if key not in self.rows:
            raise NotFound(_("There is no element instance {key}.").format(key=key))
        return _fresh(self.rows[key])

    def elements(self, keys: Sequence[int]) -> list[ElementInstance]:
        return [_fresh(self.rows[key]) for key in sorted(set(keys)) if key in self.rows]

    def active_children(self, scope_key: int) -> list[ElementInstance]:
        return [_fresh(row) for row in _by_key(self._inside.get(scope_key, {}).values())]

    def count_active_children(self, scope_key: int, limit: int) -> int:
        return min(limit, len(self._inside.get(scope_key, ())))

    def called_instances(self, element_key: int) -> list[ProcessInstance]:
        return [
            replace(found) for found in self.instances.values()
            if found.parent_element_key == element_key and found.state in (ACTIVE, SUSPENDED)
        ]  # fmt: skip

    def variables(self, scope_keys: Sequence[int]) -> Iterator[tuple[int, str, str]]:
        for key in dict.fromkeys(scope_keys):
            for name, text in self.values.get(key, {}).items():
                yield key, name, text

    def outputs(self, body_key: int, name: str) -> Iterable[tuple[int, str]]:
        inside = ((key, self.values.get(key, {}).get(name)) for key in self._all_inside.get(body_key, ()))
        return [(key, text) for key, text in inside if text is not None]

    def arrivals(self, scope_key: int, element_id: str) -> dict[str, int]:
        return dict(self.counts.get((scope_key, element_id), {}))

    def signals(self, root_key: int, name: str) -> list[Subscription]:
        return self.waiting(lambda s: s.kind == "signal" and s.root_key == root_key and s.name == name)

    def conditions(self, instance_key: int) -> list[Subscription]:
        return self.waiting(lambda s: s.kind == "condition" and s.instance_key == instance_key)

    def compensations(self, scope_key: int) -> list[Compensation]:
        return [replace(c) for c in _by_key(self.undoable.values()) if c.scope_key == scope_key]

    def active_elements(self, instance_key: int, element_ids: Sequence[str] = ()) -> list[ElementInstance]:
        return [
            _fresh(row) for row in _by_key(self.rows.values())
            if row.instance_key == instance_key and row.state == ACTIVE and (not element_ids or row.element_id in element_ids)
        ]  # fmt: skip

    def compensations_in(self, instance_key: int) -> list[Compensation]:
        return [replace(c) for c in _by_key(self.undoable.values()) if c.instance_key == instance_key]

    def incidents(self, instance_key: int) -> list[IncidentRow]:
        return [replace(i) for i in self.trouble.values() if i.instance_key == instance_key and i.state == ACTIVE]

    def watching_timers(self, instance_key: int) -> list[JobRow]:
        return [_fresh_job(job) for job in self.jobs.values() if job.instance_key == instance_key and job.watches]

    # -- what the code around the engine asks --------------------------------------------------------------------------

    def waiting(self, wanted: Any) -> list[Subscription]:
        """Return copies of the subscriptions that match, in order of key."""
        return [replace(s) for s in _by_key(self.subscriptions.values()) if wanted(s)]

    def open_task(self, element_key: int) -> UserTask | None:
        """Return the open task of an element: the object itself, not a copy."""
        return self._open_tasks.get(element_key)

    def add_incident(self, incident: IncidentRow) -> None:
        """Keep an incident and mark its instance."""
        self.trouble[incident.key] = incident
        self.instances[incident.instance_key].has_incident = True

    def resolve(self, incident_key: int, now: datetime) -> IncidentRow:
        """Close an incident and take the mark off its instance where it was the last; return it as it was."""
        found = self.trouble[incident_key]
        before = replace(found)
        found.state, found.resolved = RESOLVED, now
        self._settle_mark(found.instance_key)
        return before

    # -- taking a step -------------------------------------------------------------------------------------------------

    def apply(self, step: Step, now: datetime, user: str | None = None) -> None:
        """Keep what a step changes, in the order in which rows are written."""
        for key, changes in step.changed_tasks.items():
            self._change_task(key, dict(changes))
        for instance in step.new_instances:
            self.instances[instance.key] = replace(instance)
        for instance in step.changed_instances.values():
            known = self.instances[instance.key]
            known.state, known.end, known.has_incident = instance.state, instance.end, instance.has_incident
        for row in step.new_elements:
            self.rows[row.key] = _fresh(row)
            self._all_inside[row.scope_key].append(row.key)
            self._place(row)
        for row in step.changed_elements.values():
            there = self.rows[row.key]
            there.state, there.end, there.data = row.state, row.end, _plain(row.data)
            self._place(there)
        for (scope, name), (value, _instance) in step.variables.items():
            self.values[scope][name] = dump_value(value)
        for place, counts in step.arrivals.items():
            self.counts.setdefault(place, {}).update(counts)
        self._take_tasks(step, now, user)
        self._close(step, now)
        self.jobs.update((job.key, _fresh_job(job)) for job in step.new_jobs)
        for job in step.changed_jobs:
            self.jobs[job.key].due, self.jobs[job.key].payload = job.due, _plain(job.payload)
        self.subscriptions.update((s.key, replace(s)) for s in step.new_subscriptions)
        for incident in step.new_incidents:
            self.add_incident(replace(incident))
        self.decisions.extend(step.new_decisions)
        if step.close_incidents:  # after the new ones: where one trouble follows another, the mark stays
            touched = {e.instance_key for e in (*step.changed_elements.values(), *step.new_elements)}
            for key in touched | step.changed_instances.keys():
                self._settle_mark(key)
        for changed in step.changed_subscriptions.values():
            if changed.key in self.subscriptions:
                self.subscriptions[changed.key].correlation_key = changed.correlation_key
        self._take_compensations(step)

    def _place(self, row: ElementInstance) -> None:
        if row.state == ACTIVE:
            self._inside[row.scope_key][row.key] = self.rows[row.key]
        else:
            self._inside[row.scope_key].pop(row.key, None)

    def _take_tasks(self, step: Step, now: datetime, user: str | None) -> None:
        for element_key, state in step.ended_tasks.items():
            task = self._open_tasks.pop(element_key, None)
            if task is not None:
                task.state, task.completed = state, now
                task.completed_by = user if state == COMPLETED else None
        for new in step.new_tasks:
            self.tasks[new.key] = replace(new)
            if new.state == CREATED:
                self._open_tasks[new.element_key] = self.tasks[new.key]

    def _change_task(self, element_key: int, changes: dict[str, Any]) -> None:
        task = self._open_tasks[element_key]
        for name, value in changes.items():
            if name in ("due", "follow_up") and isinstance(value, str):  # as text while listeners were at work
                value = datetime.fromisoformat(value)
            setattr(task, name, tuple(value) if name.startswith("candidate_") else value)

    def _close(self, step: Step, now: datetime) -> None:
        if step.close_subscriptions:
            for s in [s for s in self.subscriptions.values() if _gone(s.owner_key, s.element_id, step.close_subscriptions)]:
                del self.subscriptions[s.key]
        if step.close_jobs:
            for job in [j for j in self.jobs.values() if _gone(j.element_key, j.element_id, step.close_jobs)]:
                del self.jobs[job.key]
        over = step.close_incidents | step.replaced_incidents
        for incident in self.trouble.values() if over else ():
            if incident.element_key in over and incident.state == ACTIVE:
                incident.state, incident.resolved = RESOLVED, now

    def _take_compensations(self, step: Step) -> None:
        self.undoable.update((key, replace(c)) for key, c in step.new_compensations.items())
        for key, scope in step.moved_compensations.items():
            self.undoable[key].scope_key = scope
        for key in step.drop_compensations:
            self.undoable.pop(key, None)
        for c in [c for c in self.undoable.values() if c.instance_key in step.forget_compensations]:
            del self.undoable[c.key]

    def _settle_mark(self, instance_key: int) -> None:
        if not self.incidents(instance_key):
            self.instances[instance_key].has_incident = False


def _fresh(row: ElementInstance) -> ElementInstance:
    return replace(row, data=_plain(row.data))


def _fresh_job(job: JobRow) -> JobRow:
    return replace(job, payload=_plain(job.payload))


def _by_key(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.key)


def _gone(owner: int, element_id: str, closed: set[tuple[int, str | None]]) -> bool:
    return (owner, element_id) in closed or (owner, None) in closed
