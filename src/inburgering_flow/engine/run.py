"""One step: a work list of tokens, run to rest. Decides in values; rows are made elsewhere.

The caller gives a slice of state (loaders) and gets a ``Step``. Nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import arrivals, incidents, joins, listeners
from inburgering_flow.engine.bookkeeping import Listening, ProcessListening
from inburgering_flow.engine.changes import Changing
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.port import Step, Trouble
from inburgering_flow.engine.timers import next_round
from inburgering_flow.errors import Conflict, NotFound
from inburgering_flow.feel import to_plain
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import (
    ACTIVE,
    COMPLETED,
    STARTED_FOR,
    ElementInstance,
    IncidentRow,
    JobRow,
    ProcessInstance,
    Subscription,
)


class Run(Changing):
    """One command against one family of instances."""

    def start(
        self,
        process: CompiledProcess,
        variables: Mapping[str, Any],
        *,
        start_event: str | None = None,
        person_key: int | None = None,
        business_key: str = "",
        correlation_key: str = "",
    ) -> ProcessInstance:
        """Start a process at its plain start event, or at the start event that a message or timer triggered.

        While the instance is active, no other is started by a message with the same ``correlation_key``.
        """
        key = self.next_key()
        instance = ProcessInstance(
            key, process.key, process.process_id, process.version, key, self.now, person_key=person_key,
            business_key=business_key,
        )  # fmt: skip
        if start_event is None:
            self._start(instance, process, variables)
        else:
            hidden = {STARTED_FOR: correlation_key} if correlation_key else {}
            self._start(instance, process, hidden, start_event, variables)
        return instance

    def complete(self, element_key: int, variables: Mapping[str, Any]) -> None:
        """Complete the work of a waiting element: a user task, a caught message or timer."""
        row = self.element(element_key)
        listeners.not_at_work(row)
        self.finish(row, dict(variables))

    def change_task(self, element_key: int, on: str, changes: Mapping[str, Any]) -> None:
        """Change fields of a user task, ``on`` assigning or updating, when its listeners agree."""
        row = self.element(element_key)
        self.must_move(row)
        listeners.not_at_work(row)
        self._change_task(row, on, changes)

    def _change_task(self, row: ElementInstance, on: str, changes: Mapping[str, Any]) -> None:
        if not listeners.wait(self, row, self.element_of(row), on, {}, changes=to_plain(dict(changes)), is_task=True):
            self.step.changed_tasks[row.key] = changes

    def job_done(
        self, element_key: int, variables: Mapping[str, Any], outcome: listeners.Outcome = listeners.AGREED
    ) -> None:
        """Go on when a job has done an element's work, or the work of one of its listeners or the process's."""
        row = self.scope(element_key)
        if isinstance(row, ProcessInstance):
            self._process_listener_done(row, variables)
            return
        before = Listening.of(row)
        if before is None:
            self.finish(row, dict(variables))
            return
        if outcome.denied is not None:
            if before.on == "completing" or before.is_task:
                listeners.deny(self, row, outcome.denied)
                return
            listeners.skip_others(row, self.element_of(row))
            outcome = listeners.Outcome(corrections={"assignee": None})  # the new task belongs to nobody
        if before.on == "canceling":
            self._canceling_done(row, variables)
            return
        found = listeners.completed(self, row, variables, outcome)
        if found.on == "completing" and found.changes:
            self.step.changed_tasks[row.key] = found.changes
        if found.on in ("end", "completing"):
            self.finish(row, dict(found.result))
        elif found.is_task:
            self._change_task(row, found.on, found.changes)
        else:
            for name, value in variables.items():
                self.set_local(row, name, value)
            token = self._thaw(row, TaskState.READY)
            token.variables = dict(found.result)
            self.queue(token.run)

    def _canceling_done(self, row: ElementInstance, variables: Mapping[str, Any]) -> None:
        self.must_move(row)
        self.propagate(row.key, variables)
        listeners.completed(self, row, {}, listeners.AGREED)
        self.listened_to_end(row)

    # -- listeners on the process itself -------------------------------------------------------------------------------

    def _process_listener_done(self, instance: ProcessInstance, variables: Mapping[str, Any]) -> None:
        found = listeners.on_process(self, instance)
        if instance.state != ACTIVE or found is None:
            return
        self.must_move(instance)
        for name, value in variables.items():
            self.set_local(instance, name, value)
        found = found.next()
        listeners.keep_on_process(self, instance, found)
        self._go_on(instance, found)

    def _go_on(self, instance: ProcessInstance, found: ProcessListening) -> None:
        """Open the next listener's job of a process, or begin or end it."""
        if found.on == "end":
            self.queue(partial(self._scope_done, instance))
            return
        process = self.process_of(instance)
        try:
            if listeners.of_process(self, instance, process.root, found):
                return
        except Trouble as trouble:
            self.process_incident(instance, trouble, "process-start")
            return
        self._begin(instance, process, found.start_event, found.variables)

    def trigger(
        self, owner_key: int, instance_key: int, event_id: str, variables: Mapping[str, Any], part: int = 0
    ) -> None:
        """Let an event happen that ``owner_key`` (an element instance or the process instance) waits for."""
        owner: Owner = self.instance(instance_key) if owner_key == instance_key else self.element(owner_key)
        process = self.process_of(owner)
        element = process.elements[event_id]
        if owner.state != ACTIVE:
            return
        if element.event is not None and element.event.parallel:
            if not self._all_parts(owner, element, variables, part):
                return
            variables = {}
        if element.kind == "boundaryEvent":
            assert isinstance(owner, ElementInstance)
            self.boundary_event(owner, element, variables)
        elif element.kind == "startEvent":
            self.event_subprocess(owner, element, variables)
        elif isinstance(owner, ElementInstance) and owner.element_id != event_id:
            self.close_events(owner.key, tuple(f.target for f in process.elements[owner.element_id].outgoing), process)
            self.end(owner, COMPLETED)
            self.place(owner.scope_key, element.id, variables, triggered=True)
        else:
            assert isinstance(owner, ElementInstance)
            self.close_events(owner.key, (event_id,), process)  # it has happened, also where leaving has to wait
            self.finish(owner, dict(variables))

    def _all_parts(self, owner: Owner, element: Element, variables: Mapping[str, Any], part: int) -> bool:
        """Note a part of a parallel multiple event; True when every part has happened."""
        assert element.event is not None
        self.propagate(owner.key, variables)
        counts = arrivals.note(self, owner.key, element.id, {str(part): 1})
        complete = all(counts.get(str(n)) for n in range(len(element.event.parts)))
        if complete:
            arrivals.clear(self, owner.key, element.id)
        return complete

    def happen(self, row: Subscription, variables: Mapping[str, Any]) -> None:
        """Let an event happen that a subscription waits for, unless it was closed meanwhile."""
        if not self.is_closed(row):
            self.trigger(row.owner_key, row.instance_key, row.element_id, variables, row.part)

    def fire(self, job: JobRow) -> None:
        """Let a timer fire; a cycle that goes on is armed again from the moment it was due."""
        payload = job.payload or {}
        if payload.get("repetitions"):
            left = payload["repetitions"] - 1 if payload["repetitions"] > 0 else -1
            again = next_round(job.due, payload["interval"], self.zone)
            rest = {**payload, "repetitions": left}
            self.step.new_jobs.append(
                replace(job, key=self.next_key(), due=again, payload=rest, lease_until=None, lease_owner=None)
            )
        self.trigger(job.element_key, job.instance_key, job.element_id, {}, int(payload.get("part", 0)))

    def error(self, element_key: int, code: str, variables: Mapping[str, Any], message: str) -> None:
        """Throw a BPMN error at an element, as a job worker may; uncaught, a retry gives the work to a worker again."""
        row = self.scope(element_key)
        if isinstance(row, ProcessInstance):
            at_work = listeners.on_process(self, row)
            at_end = at_work is not None and at_work.on == "end"
            what = f"A listener on the process threw the error '{code}', which nothing can catch. {message}".strip()
            trouble = Trouble("UNHANDLED_ERROR_EVENT", what)
            self.process_incident(row, trouble, "process-end" if at_end else "process-start")
            return
        found = Listening.of(row)
        if found is not None and found.on == "canceling":
            what = f"A listener on canceling threw the error '{code}', which nothing can catch. {message}".strip()
            self.incident(row, Trouble("UNHANDLED_ERROR_EVENT", what), "canceling")
            return
        phase = "again" if found is None else listeners.phase(found)
        result = None if found is None else found.result
        self.queue(partial(self.throw_error, row, code, variables, message, phase, result))

    def retry(self, incident: IncidentRow) -> None:
        """Go on where an incident stands."""
        incidents.retry(self, incident)

    def cancel(self, instance_key: int) -> None:
        """Terminate an instance and everything that it called."""
        self._terminate_instance(self.instance(instance_key))

    def set_variables(
        self, scope_key: int, instance_key: int, variables: Mapping[str, Any], *, local: bool = False
    ) -> None:
        """Write variables from outside, at a scope or from it upwards."""
        owner: Owner = self.instance(instance_key) if scope_key == instance_key else self.element(scope_key)
        if isinstance(owner, ElementInstance) and (owner.instance_key != instance_key or owner.state != ACTIVE):
            raise Conflict(
                _("Element instance {key} is not active in this instance.").format(key=scope_key),
                remedy=_("Set the variables at the instance, or at an element that is active."),
            )
        if local:
            for name, value in variables.items():
                self.set_local(owner, name, value)
        else:
            self.propagate(owner.key, variables)

    def settle(self) -> Step:
        """Run the work list to its end and return what has changed."""
        while True:
            while self._work:
                self._work.popleft()()
            if not (self.look_again() or joins.settle(self) or self._work):
                break
        self.recompute_timers()
        self.step.prune()
        return self.step

    def _start(
        self, instance: ProcessInstance, process: CompiledProcess, variables: Mapping[str, Any],
        start_event: str | None = None, event_variables: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self._instances[instance.key] = instance
        self._fresh.add(instance.key)
        self._variables[instance.key] = {}
        self.step.new_instances.append(instance)
        for name in process.root.data:
            if name not in variables:
                self.set_local(instance, name, None)
        for name, value in variables.items():
            self.set_local(instance, name, value)
        if start_event is None and not process.beginnings[process.process_id]:
            raise NotFound(
                f"Process '{process.process_id}' has no plain start event.",
                remedy="Start it by the message that its start event names.",
            )
        if process.root.execution_listeners:
            begin = ProcessListening("start", start_event=start_event, variables=to_plain(dict(event_variables or {})))
            self._go_on(instance, begin)
        else:
            self._begin(instance, process, start_event, event_variables or {})

    def _begin(
        self, instance: ProcessInstance, process: CompiledProcess, start_event: str | None, variables: Mapping[str, Any]
    ) -> None:
        """Put the first tokens into an instance."""
        if start_event is not None:
            self._start_at(instance, process.elements[start_event], process, variables)
            return
        for number, element_id in enumerate(process.beginnings[process.process_id]):
            self.place(instance.key, element_id, {}, first=number == 0)

    def _start_at(
        self, instance: ProcessInstance, element: Element, process: CompiledProcess, variables: Mapping[str, Any]
    ) -> None:
        """Start at the event that happened: a start event, an instantiating task, or behind an instantiating gateway."""
        gateway = process.elements[element.incoming[0].source] if element.incoming else None
        others: tuple[str, ...] = ()
        if gateway is not None and gateway.kind == "eventBasedGateway":
            self.end(self.activate(gateway, instance.key), COMPLETED)
            if gateway.parallel_events:
                others = tuple(f.target for f in gateway.outgoing if f.target != element.id)
        self.place(instance.key, element.id, variables, triggered=element.kind != "startEvent", first=True)
        for other in others:
            self.place(instance.key, other, {})

    def call(self, process: CompiledProcess, row: ElementInstance, variables: Mapping[str, Any]) -> None:
        """Start a process called by an element."""
        caller = self.instance(row.instance_key)
        instance = ProcessInstance(
            self.next_key(), process.key, process.process_id, process.version, row.root_key, self.now,
            parent_key=row.instance_key, parent_element_key=row.key, person_key=caller.person_key,
            business_key=caller.business_key, tenant_id=caller.tenant_id,
        )  # fmt: skip
        try:
            self._start(instance, process, variables)
        except NotFound as error:
            raise Trouble("CALLED_ELEMENT_ERROR", error.message) from None

    def called_process(
        self, process_id: str, near: CompiledProcess, binding: str, version_tag: str = ""
    ) -> CompiledProcess:
        """Return the process that a call activity calls."""
        try:
            return self.env.catalog.latest_process(process_id, near, binding, version_tag)
        except NotFound:
            which = f" with the version tag '{version_tag}'" if binding == "versionTag" else ""
            raise Trouble(
                "CALLED_ELEMENT_ERROR",
                f"No process '{process_id}'{which} is deployed. Deploy it, then retry the incident.",
            ) from None
