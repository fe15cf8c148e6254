"""Checks all that is stored: what waits has exactly the open rows that its element demands, and no row is without its owner.

Invariants 5 and 6 of the architecture. It reads only what is stored and the definitions; nothing of the engine's run is
used, so that the two cannot be wrong in the same way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from inburgering_flow.bpmn.definition import Element, Event
from inburgering_flow.model.runtime import ElementInstance
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.store.runtime import ELEMENT_COLUMNS
from inburgering_flow.values import load_value

LIVE = ("ACTIVE", "SUSPENDED")
BODY = "MULTI_INSTANCE_BODY"
SCOPES = ("EVENT_SUB_PROCESS", "SUB_PROCESS")
SUBSCRIBED = {"message": "message", "signal": "signal", "conditional": "condition"}


def assert_sound(platform: Any) -> None:
    """Fail with a sentence for each row too many or too few."""
    found = problems(platform)
    assert not found, "\n".join(found)


def problems(platform: Any) -> list[str]:
    """Return a sentence for each row too many or too few, of a platform or of one in memory."""
    return list(_Checker(platform.stored() if hasattr(platform, "stored") else stored_rows(platform)).problems())


@dataclass(frozen=True)
class Demand:
    """Between ``least`` and ``most`` rows of one kind."""

    least: int
    most: int


@dataclass(frozen=True)
class Arrived:
    """Tokens that wait at a join."""

    element_id: str
    flow_id: str
    count: int


@dataclass(frozen=True)
class Stored:
    """What is stored, wherever: records by kind, each with at least the fields of its table that are checked.

    ``hidden`` are the engine's own variables: (scope, name) → value. ``failed`` are jobs without retries, ``fired`` holds
    (instance, element) of timers that have fired, ``entered`` (scope, element) of all sub-processes ever entered,
    ``correlated`` (message, instance).
    """

    instances: Iterable[Any]
    active: Iterable[ElementInstance]
    tasks: Iterable[Any]
    jobs: Iterable[Any]
    failed: Collection[int]
    subscriptions: Iterable[Any]
    incidents: Iterable[Any]
    compensations: Iterable[Any]
    arrivals: Iterable[Arrived]
    messages: Collection[int]
    correlated: Iterable[tuple[int, int]]
    hidden: Mapping[tuple[int, str], Any]
    fired: Collection[tuple[int, str]]
    entered: Collection[tuple[int, str]]
    process: Callable[[int], Any]


def stored_rows(platform: Platform) -> Stored:
    """Return what the rows of a database hold."""
    with platform.context.db.read() as unit:

        def rows(table: Any, *where: Any) -> list[Any]:
            return list(unit.connection.execute(select(*table.c).where(*where)))

        active = select(*ELEMENT_COLUMNS).where(t.element_instance.c.state == "ACTIVE")
        jobs = rows(t.job)
        return Stored(
            rows(t.process_instance),
            [ElementInstance(**row._mapping) for row in unit.connection.execute(active)],
            rows(t.user_task, t.user_task.c.state == "CREATED"),
            jobs,
            {job.key for job in jobs if job.failed},
            rows(t.subscription),
            rows(t.incident, t.incident.c.state == "ACTIVE"),
            rows(t.compensation),
            [Arrived(a.element_id, a.flow_id, a.count) for a in rows(t.join_arrival, t.join_arrival.c.count != 0)],
            {r[0] for r in unit.connection.execute(select(t.message.c.key))},
            [(c.message_key, c.instance_key) for c in rows(t.message_correlation)],
            {(v.scope_key, v.name): load_value(v.value) for v in rows(t.variable, t.variable.c.name.startswith("$"))},
            set(map(tuple, unit.connection.execute(
                select(t.job_history.c.instance_key, t.job_history.c.element_id).where(t.job_history.c.kind == "TIMER")
            ))),
            set(map(tuple, unit.connection.execute(
                select(t.element_instance.c.scope_key, t.element_instance.c.element_id)
                .where(t.element_instance.c.element_type.in_(SCOPES))
            ))),
            platform.context.catalog.process,
        )  # fmt: skip


class _Checker:
    def __init__(self, stored: Stored) -> None:
        self.instances = {r.key: r for r in stored.instances}
        self.active = {r.key: r for r in stored.active}
        self.tasks, self.jobs, self.failed = list(stored.tasks), list(stored.jobs), stored.failed
        self.subscriptions, self.incidents = list(stored.subscriptions), list(stored.incidents)
        self.compensations, self.arrivals = list(stored.compensations), list(stored.arrivals)
        self.correlated, self.messages = stored.correlated, stored.messages
        self.undoing = {scope for scope, name in stored.hidden if name == "$compensates"}
        self.listening = {scope: value for (scope, name), value in stored.hidden.items() if name == "$listening"}
        self.ending = {scope for (scope, name), value in stored.hidden.items() if name == "$ending" and value}
        self.fired, self.entered = stored.fired, stored.entered
        needed = {i.definition_key for i in self.instances.values() if i.state in LIVE}
        self.processes = {key: stored.process(key) for key in needed}
        self.children: dict[int, list[ElementInstance]] = defaultdict(list)
        for row in self.active.values():
            self.children[row.scope_key].append(row)
        self.stuck: dict[int, set[str]] = defaultdict(set)
        for incident in self.incidents:
            self.stuck[incident.element_key].add(incident.phase)
        self.found_tasks = Counter(r.element_key for r in self.tasks)
        self.found_jobs = Counter(r.element_key for r in self.jobs if r.kind == "JOB")
        self.found_events = Counter((r.owner_key, r.element_id, r.part, r.kind) for r in self.subscriptions)
        self.found_events.update(
            (r.element_key, r.element_id, int((r.payload or {}).get("part", 0)), "timer") for r in self.jobs
            if r.kind == "TIMER"
        )  # fmt: skip
        self.events_of: dict[int, dict[tuple[int, str, int, str], int]] = defaultdict(dict)
        for key, count in self.found_events.items():
            self.events_of[key[0]][key] = count

    def problems(self) -> Iterator[str]:
        for row in self.active.values():
            yield from self._placed(row)
        for row in self.active.values():
            if self._live(row.instance_key):
                yield from self._waits(row)
        for instance in self.instances.values():
            yield from self._instance(instance)
        yield from self._owners()

    def _live(self, instance_key: int) -> bool:
        found = self.instances.get(instance_key)
        return found is not None and found.state in LIVE

    def _element(self, row: ElementInstance) -> Element:
        return self.processes[self.instances[row.instance_key].definition_key].elements[row.element_id]

    # -- scopes ----------------------------------------------------------------------------------------------------

    def _placed(self, row: ElementInstance) -> Iterator[str]:
        what = f"{row.element_type} '{row.element_id}' {row.key}"
        if not self._live(row.instance_key):
            yield f"{what} is active in an instance that is not."
            return
        if row.root_key != self.instances[row.instance_key].root_key:
            yield f"{what} names another root than its instance."
        if row.scope_key == row.instance_key:
            if row.path:
                yield f"{what} lies at the top but has the path {row.path}."
            return
        scope = self.active.get(row.scope_key)
        if scope is None:
            yield f"{what} is active in a scope that is not."
            return
        if row.path != (*scope.path, scope.key) or row.instance_key != scope.instance_key:
            yield f"{what} has a path or instance that its scope does not have."
        element = self._element(scope)
        if scope.element_type == BODY:
            if row.element_id != scope.element_id:
                yield f"{what} is inside the body of '{scope.element_id}'."
        elif row.element_id not in element.children:
            yield f"{what} is inside '{scope.element_id}', which has no such element."

    def _instance(self, instance: Any) -> Iterator[str]:
        what = f"Instance {instance.key} of '{instance.process_id}'"
        trouble = any(i.instance_key == instance.key for i in self.incidents)
        if bool(instance.has_incident) != trouble:
            yield f"{what} says has_incident={instance.has_incident}, but {'an' if trouble else 'no'} incident is active."
        if instance.state not in LIVE:
            if instance.end is None:
                yield f"{what} has ended without a moment."
            return
        listening = self.listening.get(instance.key)
        own_jobs = [j for j in self.jobs if j.kind == "JOB" and j.element_key == instance.key]
        stuck = any(p.startswith("process-") for p in self.stuck.get(instance.key, ()))
        if len(own_jobs) != int(bool(listening and listening["waiting"])) and not stuck:
            yield f"{what} has {len(own_jobs)} jobs of its own; its listeners are {listening}."
        if listening:
            if self.children[instance.key] or self.events_of[instance.key]:
                yield f"{what} moves while its own listeners are at work."
            return
        if not self.children[instance.key]:
            yield f"{what} is {instance.state} but nothing in it is."
        if instance.parent_element_key is not None:
            host = self.active.get(instance.parent_element_key)
            if host is None or host.instance_key != instance.parent_key:
                yield f"{what} is active, but the element that called it is not."
        elif instance.root_key != instance.key:
            yield f"{what} was called by nobody but names another root."
        if instance.key in self.ending:
            yield from self._compare(instance.key, what, {})  # only listeners move it
            return
        root = self.processes[instance.definition_key].root
        unopened = any((r.data or {}).get("first") for r in self.children[instance.key])
        yield from self._compare(instance.key, what, self._starts(instance.key, instance.key, root, unopened))

    # -- what an element demands -----------------------------------------------------------------------------------

    def _waits(self, row: ElementInstance) -> Iterator[str]:
        element = self._element(row)
        what = f"{row.element_type} '{row.element_id}' {row.key}"
        body = row.element_type == BODY
        inside_body = element.loop is not None and not body
        phases = self.stuck.get(row.key, set())
        stuck = bool(phases - {"job"})
        listening = (row.data or {}).get("listening")
        if "ending" in (row.data or {}):
            yield from self._ends(row, element, what, listening, phases)
            return
        undoing = row.key in self.undoing and not element.is_for_compensation
        before = bool(listening and listening["on"] == "start")  # the work has not been opened yet
        making = bool(listening and listening["on"] in ("creating", "assigning") and not listening.get("task"))

        tasks = int(element.kind == "userTask" and not body)
        jobs = int(self._is_job(element) and not body)
        if before or making:
            tasks, jobs = 0, 1
        elif listening:
            jobs = 1
        kept = bool(listening and (listening["on"] == "completing" or listening.get("task")))  # the task is still open
        least = 0 if stuck or (listening and not kept) else tasks
        yield from self._count(what, "open user task", self.found_tasks[row.key], Demand(least, tasks))
        yield from self._count(what, "job", self.found_jobs[row.key], Demand(0 if stuck else jobs, jobs))

        demands: dict[tuple[int, str, int, str], Demand] = {}
        if not before and not undoing:
            if element.kind in ("intermediateCatchEvent", "receiveTask") and not body:
                demands |= self._events(row.key, row.instance_key, element, once=True)
            if element.kind == "eventBasedGateway":
                for flow in element.outgoing:
                    target = self.processes[self.instances[row.instance_key].definition_key].elements[flow.target]
                    demands |= self._events(row.key, row.instance_key, target, once=True)
            if not inside_body:
                for event_id in element.boundary:
                    boundary = self.processes[self.instances[row.instance_key].definition_key].elements[event_id]
                    demands |= self._events(row.key, row.instance_key, boundary, once=boundary.interrupting)
            if element.is_scope and not body:
                demands |= self._starts(row.key, row.instance_key, element, False)
        if stuck or listening:
            demands = {k: Demand(0, d.most) for k, d in demands.items()}
        yield from self._compare(row.key, what, demands)
        yield from self._holds(row, element, what, stuck=stuck, body=body, listening=bool(listening), undoing=undoing)

    def _ends(
        self, row: ElementInstance, element: Element, what: str, listening: Any, phases: set[str]
    ) -> Iterator[str]:
        """Check an element whose end listeners delay: their job, or something inside whose end they delay."""
        yield from self._count(what, "open user task", self.found_tasks[row.key], Demand(0, 0))
        if (row.data or {})["ending"]["do"] != "finish":  # which still catches events at its border
            yield from self._compare(row.key, what, {})
        if element.kind == "userTask" and row.element_type != BODY:
            jobs = int(bool(listening and listening["on"] == "canceling"))
            least = 0 if "canceling" in phases else 1
            yield from self._count(what, "job", self.found_jobs[row.key], Demand(least, max(jobs, least)))
        else:
            yield from self._count(what, "job", self.found_jobs[row.key], Demand(0, 0))
            called = [i for i in self.instances.values() if i.parent_element_key == row.key and i.state in LIVE]
            inside = [*self.children[row.key], *called]
            if not inside:
                yield f"{what} is being ended, but nothing in it holds that up."
            for child in self.children[row.key]:
                if "ending" not in (child.data or {}):
                    yield f"{child.element_type} '{child.element_id}' {child.key} goes on inside {what}, which is being ended."

    def _holds(
        self, row: ElementInstance, element: Element, what: str, *, stuck: bool, body: bool, listening: bool, undoing: bool
    ) -> Iterator[str]:
        """Say where nothing would ever move an element on."""
        if stuck or listening or "job" in self.stuck.get(row.key, set()):
            return
        inside = len(self.children[row.key])
        if body:
            data = row.data or {}
            if not inside:
                yield f"{what} waits, but nothing in it is active."
            if "total" in data and not self._process(row).has_compensation and data["started"] - data["done"] != inside:
                yield f"{what} counts {data['started']} started and {data['done']} done, but {inside} are active."
        elif element.is_scope:
            if not inside and not (element.ad_hoc is not None and element.ad_hoc.from_outside):
                yield f"{what} waits, but nothing in it is active."
        elif element.kind == "callActivity":
            called = [i for i in self.instances.values() if i.parent_element_key == row.key and i.state in LIVE]
            if len(called) != 1:
                yield f"{what} waits for {len(called)} called instances."
        elif element.kind in ("intermediateThrowEvent", "endEvent") and self._process(row).has_compensation:
            return  # waits for handlers that undo
        elif not (
            element.kind in ("userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway") or self._is_job(element)
        ):
            yield f"{what} is active, but waits for nothing."

    def _process(self, row: ElementInstance) -> Any:
        return self.processes[self.instances[row.instance_key].definition_key]

    @staticmethod
    def _is_job(element: Element) -> bool:
        if element.kind in ("serviceTask", "sendTask"):
            return True
        if element.kind in ("scriptTask", "businessRuleTask"):
            return element.job_type is not None
        throws = element.kind in ("intermediateThrowEvent", "endEvent")
        return throws and element.job_type is not None and element.event is not None and element.event.has("message")

    def _events(self, owner: int, instance: int, element: Element, *, once: bool) -> dict[tuple[int, str, int, str], Demand]:
        """Return the rows of an event; ``once``: its owner does not outlive it, so that a timer cannot have fired."""
        found = {}
        event: Event | None = element.event
        for number, part in enumerate(event.all if event is not None else ()):
            key = (owner, element.id, number, SUBSCRIBED.get(part.kind, part.kind))
            if part.kind in SUBSCRIBED:
                found[key] = Demand(1, 1)
            elif part.kind == "timer":
                assert event is not None
                fired = (instance, element.id) in self.fired
                found[key] = Demand(0 if fired and (not once or event.parallel) else 1, 1)
        return found

    def _starts(self, owner: int, instance: int, scope: Element, unopened: bool) -> dict[tuple[int, str, int, str], Demand]:
        """Return the rows that start event sub-processes; none are left once an interrupting one has begun."""
        if unopened:
            return {}
        process = self.processes[self.instances[instance].definition_key]
        starts = [process.definition.start_events(e)[0] for e in scope.event_subprocesses]
        if any(s.interrupting and (owner, s.parent) in self.entered for s in starts):
            return {}
        found: dict[tuple[int, str, int, str], Demand] = {}
        for start in starts:
            found |= self._events(owner, instance, start, once=start.interrupting)
        return found

    def _compare(self, owner: int, what: str, demands: dict[tuple[int, str, int, str], Demand]) -> Iterator[str]:
        for key, demand in demands.items():
            yield from self._count(what, f"{key[3]} for '{key[1]}' (part {key[2]})", self.found_events[key], demand)
        for key, count in self.events_of[owner].items():
            if key not in demands:
                yield f"{what} has {count} {key[3]} for '{key[1]}' (part {key[2]}) that it does not wait for."

    @staticmethod
    def _count(what: str, kind: str, found: int, demand: Demand) -> Iterator[str]:
        if not demand.least <= found <= demand.most:
            asked = str(demand.most) if demand.least == demand.most else f"{demand.least} to {demand.most}"
            yield f"{what} has {found} {kind}; it demands {asked}."

    # -- rows and their owners -------------------------------------------------------------------------------------

    def _owners(self) -> Iterator[str]:
        for task in self.tasks:
            row = self.active.get(task.element_key)
            if row is None:
                yield f"User task {task.key} of '{task.element_id}' is open without its token."
            elif (row.element_id, row.instance_key, row.root_key) != (task.element_id, task.instance_key, task.root_key):
                yield f"User task {task.key} and its token disagree about where they are."
        for job in self.jobs:
            if job.kind in ("START", "SIGNAL", "BATCH"):
                continue
            live = job.element_key in self.active or self._live(job.element_key)
            if not live:
                yield f"{job.kind} {job.key} of '{job.element_id}' is pending without its token."
            waiting = any(i.job_key == job.key for i in self.incidents)
            failed = job.key in self.failed
            if failed != waiting:
                yield f"{job.kind} {job.key} of '{job.element_id}': failed={failed}, incident={waiting}."
        for s in self.subscriptions:
            if s.owner_key not in self.active and not self._live(s.owner_key):
                yield f"Subscription {s.key} to {s.kind} '{s.name}' of '{s.element_id}' is open without its owner."
        for incident in self.incidents:
            if incident.element_key not in self.active and not self._live(incident.element_key):
                yield f"Incident {incident.key} at '{incident.element_id}' is active without its token."
            if incident.phase == "job" and incident.job_key not in {j.key for j in self.jobs}:
                yield f"Incident {incident.key} at '{incident.element_id}' is about a job that is gone."
        for c in self.compensations:
            if not self._live(c.instance_key):
                yield f"Compensation {c.key} of '{c.element_id}' is kept by an instance that has ended."
        for a in self.arrivals:
            if a.count < 0:
                yield f"Join '{a.element_id}' counts {a.count} tokens on '{a.flow_id}'."
        for message_key, instance_key in self.correlated:
            # Instance 0 stands for one that was deleted while the message was still alive.
            if message_key not in self.messages or instance_key not in (0, *self.instances):
                yield f"Message {message_key} reached an instance that does not exist."
