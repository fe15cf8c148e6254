"""The engine alone, on a state in memory: the part of ``Platform`` that a test about execution needs, without a database.

The readers, the engine and everything that it decides are real. What surrounds it in ``services`` (who may do what, the
audit log, leases, forms, batches, versions of data) is left out: a test about that is named in ``needs_rows.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from invariants import SCOPES, Arrived, Stored

from inburgering_flow.bpmn import rules
from inburgering_flow.clock import ManualClock
from inburgering_flow.dmn import Model, parse_model
from inburgering_flow.engine import commands, timers
from inburgering_flow.engine.bookkeeping import Listening
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.memory import MemoryState
from inburgering_flow.engine.port import Environment, Trouble, printable
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import visible_variables
from inburgering_flow.errors import Conflict, DeploymentRejected, FlowError, NotFound
from inburgering_flow.feel import evaluate, variables_given
from inburgering_flow.model.changes import Activate, Modification, Move, Terminate
from inburgering_flow.model.plugin import BpmnError, Job
from inburgering_flow.model.runtime import (
    COMPLETED,
    CREATED,
    INSTANCE_MOVES,
    STARTED_FOR,
    TASK_MOVES,
    TERMINATED,
    ElementInstance,
    IncidentRow,
    JobRow,
    MessageOut,
    ProcessInstance,
    Subscription,
    UserTask,
    moved,
)
from inburgering_flow.model.step import Step
from inburgering_flow.services.changes import plain
from inburgering_flow.services.messages import Published
from inburgering_flow.services.processes import InstanceView, element_view
from inburgering_flow.services.steps import DEFAULT_TIME_TO_LIVE
from inburgering_flow.values import load_value

ZONE = ZoneInfo("Europe/Amsterdam")


class MemoryCatalog:
    """What is deployed, by key: the newest version last."""

    def __init__(self) -> None:
        self.processes: dict[int, CompiledProcess] = {}
        self.decisions: dict[str, Model] = {}

    def process(self, key: int) -> CompiledProcess:
        return self.processes[key]

    def latest_process(
        self, process_id: str, near: CompiledProcess | None = None, binding: str = "latest", version_tag: str = ""
    ) -> CompiledProcess:
        found = [
            p for p in self.processes.values()
            if p.process_id == process_id and (binding != "versionTag" or p.definition.version_tag == version_tag)
        ]  # fmt: skip
        if not found:
            raise NotFound(f"No process '{process_id}' is deployed.", remedy="Deploy it first.")
        return found[-1]

    def decision(
        self, decision_id: str, near: CompiledProcess | None = None, binding: str = "latest", version_tag: str = ""
    ) -> Model:
        if decision_id not in self.decisions:
            raise NotFound(f"No decision '{decision_id}' is deployed.", remedy="Deploy its DMN file first.")
        return self.decisions[decision_id]


    def has_form(self, form_id: str, near: CompiledProcess, binding: str, version_tag: str = "") -> bool:
        return True


@dataclass
class Message:
    key: int
    out: MessageOut
    expires: datetime
    reached: dict[str, int] = field(default_factory=dict)
    """process id → the instance that it reached"""


class InMemory:
    """Looks like the platform to a test about execution."""

    def __init__(self, clock: ManualClock, handlers: Mapping[str, Callable[..., Any]] | None = None) -> None:
        self.clock = clock
        self.handlers = dict(handlers or {})
        self.state = MemoryState()
        self.catalog = MemoryCatalog()
        self._keys = itertools.count(2**53 + 1)
        self.env = Environment(self.catalog, self._keys.__next__, ZONE)
        self.messages: list[Message] = []
        self.fired: set[tuple[int, str]] = set()
        self.services = self.processes = self.user_tasks = self  # as a test reaches them on a platform

    # -- deploying -----------------------------------------------------------------------------------------------------

    def deploy_content(self, name: str, content: bytes | str) -> list[CompiledProcess]:
        raw = content.encode() if isinstance(content, str) else content
        if Path(name).suffix == ".dmn":
            model = parse_model(raw, name=name)
            for decision_id in model.decisions:
                self.catalog.decisions[decision_id] = model
                model.versions[decision_id] = 1
            return []
        found, findings = rules.read(raw, name=name)
        if any(f.severity == "error" for f in findings):
            raise DeploymentRejected(findings)
        new = []
        for definition in found:
            key = next(self._keys)
            version = 1 + sum(p.process_id == definition.process_id for p in self.catalog.processes.values())
            self.catalog.processes[key] = CompiledProcess(definition, key=key, version=version)
            new.append(self.catalog.processes[key])
            self._open_timers(new[-1])
        return new

    def _open_timers(self, process: CompiledProcess) -> None:
        for job in [j for j in self.state.jobs.values() if j.kind == "START" and j.type == process.process_id]:
            del self.state.jobs[job.key]
        for element, event in process.definition.triggers():
            if event.kind == "timer" and event.expression is not None:
                text = event.expression
                value = evaluate(text.source, {}) if text.is_expression else text.source
                when = timers.due(event.timer, value, self.clock.now(), ZONE)
                job = JobRow(
                    next(self._keys), "START", process.process_id, 0, 0, process.key, element.id, when.moment, 0,
                    dict(when.cycle),
                )  # fmt: skip
                self.state.jobs[job.key] = job

    def _starts(self, kind: str, name: str) -> list[tuple[CompiledProcess, str]]:
        """Return the newest version of each process that this starts, and the element at which it begins."""
        found = []
        for process in {p.process_id: p for p in self.catalog.processes.values()}.values():
            for element, event in process.definition.triggers():
                assert event.name is not None or event.kind not in (kind,), "a start by an expression needs rows"
                if event.kind == kind and event.name is not None and event.name.source == name:
                    assert not event.parallel, "a start event that needs several events needs rows"
                    found.append((process, element.id))
        return found

    # -- steps ---------------------------------------------------------------------------------------------------------

    def run(self, command: Callable[[Run], Any], user: str | None = None) -> Any:
        result, step = self._once(command, user)
        self._deliver(step)
        return result

    def _once(self, command: Callable[[Run], Any], user: str | None = None) -> tuple[Any, Step]:
        now = self.clock.now()
        run = Run(self.env, self.state, now, user)
        result = command(run)
        step = commands.settle(run)
        self.state.apply(step, now, run.user)
        return result, step

    def _deliver(self, first: Step) -> None:
        generation = [first]
        for _ in range(1_000):
            generation = [following for step in generation for following in self._follow(step)]
            if not generation:
                return
        raise Conflict("A message or signal triggers more than 1,000 steps one after the other.")

    def _follow(self, step: Step) -> list[Step]:
        following: list[Step] = []
        for out in step.messages:
            following += self._hand_out(self._keep(out, DEFAULT_TIME_TO_LIVE))[1]
        for signal in step.signals:
            following += self._hear(signal.name, signal.variables, except_root=signal.root_key)[1]
        for opened in (s for s in step.new_subscriptions if s.kind == "message"):
            found = [m for m in self._buffered(opened.name, opened.correlation_key) if opened.process_id not in m.reached]
            for message in found[:1] if opened.interrupting else found:
                following += self._hand_over(message, opened)
        for ended in (*step.new_instances, *step.changed_instances.values()):
            if ended.state in (COMPLETED, TERMINATED):
                following += self._start_next(ended)
        return following

    def _keep(self, out: MessageOut, lives: timedelta) -> Message:
        self.messages.append(Message(next(self._keys), out, self.clock.now() + lives))
        return self.messages[-1]

    def _buffered(self, name: str, key: str) -> list[Message]:
        now = self.clock.now()
        return [m for m in self.messages if (m.out.name, m.out.correlation_key) == (name, key) and m.expires > now]

    def _hand_over(self, message: Message, waiting: Subscription) -> list[Step]:
        now_open = self.state.subscriptions.get(waiting.key)
        if now_open is None:
            return []
        message.reached[now_open.process_id] = now_open.instance_key
        step = self._once(
            lambda run: commands.trigger(
                run, now_open.owner_key, now_open.instance_key, now_open.element_id, message.out.variables, now_open.part
            )
        )[1]
        return [step]

    def _hand_out(self, message: Message) -> tuple[list[int], list[Step]]:
        out, reached, steps = message.out, [], []
        waiting = self.state.waiting(
            lambda s: (s.kind, s.name, s.correlation_key) == ("message", out.name, out.correlation_key)
        )
        for subscription in sorted(waiting, key=lambda s: (s.created, s.key)):
            if subscription.process_id in message.reached:
                continue
            handed = self._hand_over(message, subscription)
            reached += [subscription.instance_key] if handed else []
            steps += handed
        for process, element_id in self._starts("message", out.name):
            held = out.correlation_key if process.elements[element_id].kind == "startEvent" else ""
            if process.process_id in message.reached or (held and self._is_active_for(process.process_id, held)):
                continue
            key, step = self._start(process, element_id, out.variables, business_key=out.correlation_key, correlation_key=held)
            message.reached[process.process_id] = key
            reached.append(key)
            steps.append(step)
        return reached, steps

    def _start(
        self, process: CompiledProcess, element_id: str, variables: Mapping[str, Any], **given: str
    ) -> tuple[int, Step]:
        started, step = self._once(lambda run: commands.start(run, process, variables, start_event=element_id, **given))
        return started.key, step

    def _started_for(self, instance_key: int) -> str:
        text = self.state.values.get(instance_key, {}).get(STARTED_FOR)
        return "" if text is None else str(load_value(text))

    def _is_active_for(self, process_id: str, correlation_key: str) -> bool:
        return any(
            i.process_id == process_id and i.end is None and self._started_for(i.key) == correlation_key
            for i in self.state.instances.values()
        )

    def _start_next(self, ended: ProcessInstance) -> list[Step]:
        key = self._started_for(ended.key)
        if not key or self._is_active_for(ended.process_id, key):
            return []
        process = self.catalog.latest_process(ended.process_id)
        for element, event in process.definition.triggers():
            for message in self._buffered(event.name.source, key) if event.kind == "message" and event.name else []:
                if process.process_id not in message.reached:
                    started, step = self._start(
                        process, element.id, message.out.variables, business_key=key, correlation_key=key
                    )
                    message.reached[process.process_id] = started
                    return [step]
        return []

    def _hear(
        self, name: str, variables: Mapping[str, Any], *, except_root: int = 0, starts: bool = True
    ) -> tuple[list[int], list[Step]]:
        reached, steps = [], []
        for process, element_id in self._starts("signal", name) if starts else []:
            key, step = self._start(process, element_id, variables)
            reached.append(key)
            steps.append(step)
        for heard in self.state.waiting(lambda s: s.kind == "signal" and s.name == name and s.root_key != except_root):
            if heard.key in self.state.subscriptions:
                reached.append(heard.instance_key)
                steps.append(self._once(lambda run, heard=heard: commands.happen(run, heard, variables))[1])
        return reached, steps

    # -- what a test does ----------------------------------------------------------------------------------------------

    def start(self, process_id: str, variables: Mapping[str, Any] | None = None, *, business_key: str = "") -> int:
        process, values = self.catalog.latest_process(process_id), variables_given(variables)
        return int(self.run(lambda run: commands.start(run, process, values, business_key=business_key), "system").key)

    def claim(self, key: int, *, user: str) -> None:
        task = self.state.tasks[key]
        moved(TASK_MOVES, f"Task {key}", task.state, "assign")
        if task.assignee not in (None, user):
            raise Conflict(f"{task.assignee} was first with task {key}.")
        assert not self._element(task).task_listeners, "a task with listeners needs rows"
        task.assignee = user

    def complete(self, key: int, variables: Mapping[str, Any] | None = None, *, user: str = "system") -> None:
        task, values = self.state.tasks[key], variables_given(variables)
        assert not task.form_id, "a task with a form needs rows"
        assert "nietDoor" not in self._element(task).properties, "separation of duties needs rows"
        moved(TASK_MOVES, f"Task {key}", task.state, "complete")
        if task.assignee not in (None, user):
            raise Conflict(f"Task {key} is {task.assignee}'s.")
        self.run(lambda run: commands.complete(run, task.element_key, values), user)

    def _element(self, task: UserTask) -> Any:
        return self.catalog.process(task.definition_key).elements[task.element_id]

    def publish(
        self, name: str, *, correlation_key: str = "", variables: Mapping[str, Any] | None = None,
        time_to_live: timedelta = DEFAULT_TIME_TO_LIVE,
    ) -> Published:  # fmt: skip
        message = self._keep(MessageOut(name, correlation_key, variables_given(variables)), time_to_live)
        return Published(message.key, self._reached(*self._hand_out(message)))

    def correlate(
        self, name: str, *, correlation_key: str = "", variables: Mapping[str, Any] | None = None
    ) -> Published:
        published = self.publish(
            name, correlation_key=correlation_key, variables=variables, time_to_live=timedelta(0)
        )
        if not published.instance_keys:
            raise NotFound(f"Nothing waits for message {name} with this correlation key.")
        return published

    def broadcast(self, name: str, variables: Mapping[str, Any] | None = None) -> tuple[int, ...]:
        return self._reached(*self._hear(name, variables_given(variables)))

    def _reached(self, reached: list[int], steps: list[Step]) -> tuple[int, ...]:
        for step in steps:
            self._deliver(step)
        return tuple(reached)

    def set_variables(
        self, key: int, variables: Mapping[str, Any], *, scope_key: int | None = None, local: bool = False
    ) -> None:
        values = variables_given(variables)
        moved(INSTANCE_MOVES, f"Process instance {key}", self.state.instance(key).state, "set variables")
        self.run(lambda run: commands.set_variables(run, scope_key or key, key, values, local=local), "system")

    def activate_ad_hoc(self, element_key: int, element_ids: Sequence[str]) -> None:
        self.run(lambda run: commands.activate_ad_hoc(run, element_key, element_ids, {}), "system")

    def cancel(self, key: int) -> None:
        moved(INSTANCE_MOVES, f"Process instance {key}", self.state.instance(key).state, "cancel")
        self.run(lambda run: commands.cancel(run, key), "system")

    def resolve(self, incident_key: int) -> None:
        row = self.state.resolve(incident_key, self.clock.now())
        if row.phase == "job" and row.job_key is not None:
            self.state.jobs[row.job_key].retries = 1
            self.state.jobs[row.job_key].due = min(self.state.jobs[row.job_key].due, self.clock.now())
        else:
            self.run(lambda run: commands.retry(run, row), "system")

    def resolve_all(self, key: int) -> int:
        below = {key}
        for instance in self.state.instances.values():  # a caller comes before what it called
            if instance.parent_key in below:
                below.add(instance.key)
        count = 0
        for found in sorted(self.state.trouble.values(), key=lambda i: i.key):
            if found.instance_key in below and found.state == "ACTIVE":
                self.resolve(found.key)
                count += 1
        return count

    def modify(
        self, key: int, *, activate: Sequence[Activate] = (), terminate: Sequence[Terminate] = (),
        move: Sequence[Move] = (),
    ) -> None:  # fmt: skip
        wanted = plain(Modification(activate, terminate, move))
        moved(INSTANCE_MOVES, f"Process instance {key}", self.state.instance(key).state, "modify")
        self.run(lambda run: commands.modify(run, key, wanted), "system")

    # -- what is due ---------------------------------------------------------------------------------------------------

    def next_due(self) -> datetime | None:
        return min((j.due for j in self._due_some_day()), default=None)

    def _due_some_day(self) -> list[JobRow]:
        alive = [j for j in self.state.jobs.values() if j.kind != "JOB" or j.retries > 0]
        return sorted(alive, key=lambda j: (j.due, j.key))

    def run_due(self) -> int:
        ran, moment = 0, self.clock.now()
        while True:
            due = [j for j in self._due_some_day() if j.due <= moment and (j.kind != "JOB" or j.type in self.handlers)]
            if not due:
                return ran
            self._run_job(due[0])
            ran += 1

    def _run_job(self, job: JobRow) -> None:
        if job.kind == "JOB":
            self._work(job)
            return
        del self.state.jobs[job.key]
        if job.kind == "TIMER":
            self.fired.add((job.instance_key, job.element_id))
            self.run(lambda run: commands.fire(run, job))
            return
        process, payload = self.catalog.process(job.element_key), job.payload or {}
        self.run(lambda run: commands.start(run, process, {}, start_event=job.element_id))
        following = timers.next_round(job.due, payload, self.clock.now(), ZONE)
        if following is not None:
            again = JobRow(
                next(self._keys), "START", job.type, 0, 0, job.element_key, job.element_id, following.moment, 0,
                dict(following.cycle),
            )  # fmt: skip
            self.state.jobs[again.key] = again

    def _work(self, job: JobRow) -> None:
        run = Run(self.env, self.state, self.clock.now())
        row, instance = run.scope(job.element_key), run.instance(job.instance_key)
        assert isinstance(row, ElementInstance), "a listener on a process needs rows"
        headers, event = run.element_of(row).headers, str((job.payload or {}).get("listener", ""))
        shown = Job(
            job.key, job.type, visible_variables(run, row), headers, job.instance_key, job.root_key, instance.process_id,
            job.element_id, job.retries, event, {"name": run.element_of(row).name},
        )  # fmt: skip
        try:
            try:
                values = variables_given(self.handlers[job.type](shown, NoWork()) or None)
            except BpmnError as thrown:
                given = variables_given(thrown.variables)
                code, said = thrown.code, thrown.message
                self.run(lambda run: commands.error(run, job.element_key, code, given, said))
            else:
                self.run(lambda run: commands.job_done(run, job.element_key, values))
            self.state.jobs.pop(job.key, None)
        except AssertionError:
            raise  # the test's own, or what needs rows
        except Exception as error:  # noqa: BLE001  # as the platform takes whatever a worker's code raises
            self._failed(job, headers, error)

    def _failed(self, job: JobRow, headers: Mapping[str, str], error: Exception) -> None:
        kept, now = self.state.jobs[job.key], self.clock.now()
        cause = str(error) if isinstance(error, FlowError) else f"{type(error).__name__}: {error}"
        kept.retries -= 1
        try:
            kept.due = timers.add(now, headers.get("retryBackoff", "PT0S"), ZONE)
        except Trouble as trouble:
            kept.retries, cause = 0, f"{cause} It is not retried: the header retryBackoff is wrong. {trouble.message}"
        if kept.retries <= 0:
            said = f"Job type '{job.type}' failed and has no retries left. Cause: {printable(cause)}"
            instance = self.state.instance(job.instance_key)
            self.state.add_incident(
                IncidentRow(
                    next(self._keys), job.instance_key, job.root_key, instance.definition_key, instance.process_id,
                    job.element_key, job.element_id, "JOB_NO_RETRIES", said, now, "job", job.key,
                )
            )  # fmt: skip

    def busy(self, task_key: int) -> bool:
        task = self.state.tasks[task_key]
        return task.state == CREATED and Listening.of(self.state.element(task.element_key)) is not None

    # -- what a test looks at ------------------------------------------------------------------------------------------

    def instance(self, key: int) -> InstanceView:
        found = self.state.instance(key)
        definition = self.catalog.process(found.definition_key).definition
        rows = sorted((r for r in self.state.rows.values() if r.instance_key == key), key=lambda r: r.key)
        values = {n: load_value(v) for n, v in self.state.values.get(key, {}).items() if not n.startswith("$")}
        return InstanceView(
            found.key, found.process_id, found.definition_key, found.version, found.state, found.has_incident,
            found.root_key, found.parent_key, found.business_key, found.person_key, found.start, found.end, values,
            tuple(element_view(r, definition) for r in rows),
            tuple(i for i in self.state.trouble.values() if i.instance_key == key),
        )  # fmt: skip

    def instances(self, process_definition_id: str | None = None, state: str | None = None) -> list[ProcessInstance]:
        return [
            i for i in self.state.instances.values()
            if process_definition_id in (None, i.process_id) and state in (None, i.state)
        ]  # fmt: skip

    def tasks(
        self, *, state: str | None = None, candidate_group: str | None = None, assignee: str | None = None,
        instance: int | None = None, element_id: str | None = None,
    ) -> list[UserTask]:  # fmt: skip
        def fits(task: UserTask) -> bool:
            return (
                state in (None, task.state)
                and (candidate_group is None or candidate_group in task.candidate_groups)
                and assignee in (None, task.assignee)
                and instance in (None, task.instance_key, task.root_key)
                and element_id in (None, task.element_id)
            )

        return sorted(filter(fits, self.state.tasks.values()), key=lambda t: (t.sort_due, -t.priority, t.key))

    def stored(self) -> Stored:
        state = self.state
        hidden = {
            (scope, name): load_value(text) for scope, values in state.values.items() for name, text in values.items()
            if name.startswith("$")
        }  # fmt: skip
        return Stored(
            state.instances.values(),
            [r for r in state.rows.values() if r.state == "ACTIVE"],
            [x for x in state.tasks.values() if x.state == CREATED],
            state.jobs.values(),
            {j.key for j in state.jobs.values() if j.kind == "JOB" and j.retries <= 0},
            state.subscriptions.values(),
            [i for i in state.trouble.values() if i.state == "ACTIVE"],
            state.undoable.values(),
            [Arrived(e, flow, n) for (_, e), counts in state.counts.items() for flow, n in counts.items() if n],
            {m.key for m in self.messages},
            [(m.key, instance) for m in self.messages for instance in m.reached.values()],
            hidden,
            self.fired,
            {(r.scope_key, r.element_id) for r in state.rows.values() if r.element_type in SCOPES},
            self.catalog.process,
        )

    def leftovers(self) -> dict[str, int]:
        """Return open things of every kind, which a finished case must not leave."""
        found = {
            "tokens": sum(r.state == "ACTIVE" for r in self.state.rows.values()),
            "tasks": sum(x.state == CREATED for x in self.state.tasks.values()),
            "jobs": len(self.state.jobs),
            "subscriptions": len(self.state.subscriptions),
            "incidents": sum(i.state == "ACTIVE" for i in self.state.trouble.values()),
        }
        return {name: n for name, n in found.items() if n}


class NoWork:
    """What a handler may do besides returning values needs a platform."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"work.{name} needs rows")
