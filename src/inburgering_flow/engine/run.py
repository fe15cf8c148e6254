"""One step: a work list of tokens, run to rest. Decides in values; rows are made elsewhere.

The caller gives a slice of state (loaders) and gets a ``Step``. Nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.port import Step, Trouble
from inburgering_flow.engine.throwing import Throwing
from inburgering_flow.engine.timers import add
from inburgering_flow.errors import NotFound
from inburgering_flow.model.runtime import (
    ACTIVE,
    COMPLETED,
    ElementInstance,
    IncidentRow,
    JobRow,
    ProcessInstance,
)


class Run(Throwing):
    """One command against one family of instances."""

    def start(
        self,
        process: CompiledProcess,
        variables: Mapping[str, Any],
        *,
        start_event: str | None = None,
        person_key: int | None = None,
        business_key: str = "",
    ) -> ProcessInstance:
        """Start a process at its plain start event, or at the start event that a message or timer triggered."""
        key = self.next_key()
        instance = ProcessInstance(
            key, process.key, process.process_id, process.version, key, self.now, person_key=person_key,
            business_key=business_key,
        )  # fmt: skip
        if start_event is None:
            self._start(instance, process, variables)
        else:
            self._start(instance, process, {}, start_event, variables)
        return instance

    def complete(self, element_key: int, variables: Mapping[str, Any]) -> None:
        """Complete the work of a waiting element: a user task, a job, a caught message or timer."""
        self.finish(self.element(element_key), dict(variables))

    def trigger(self, owner_key: int, instance_key: int, event_id: str, variables: Mapping[str, Any]) -> None:
        """Let an event happen that ``owner_key`` (an element instance or the process instance) waits for."""
        owner: Owner = self.instance(instance_key) if owner_key == instance_key else self.element(owner_key)
        process = self.process_of(owner)
        element = process.elements[event_id]
        if owner.state != ACTIVE:
            return
        if element.kind == "boundaryEvent":
            assert isinstance(owner, ElementInstance)
            self._boundary(owner, element, variables)
        elif element.kind == "startEvent":
            self._event_subprocess(owner, element, variables)
        elif isinstance(owner, ElementInstance) and owner.element_id != event_id:
            self.close_events(owner.key, tuple(f.target for f in process.elements[owner.element_id].outgoing), process)
            self.end(owner, COMPLETED)
            self._place(owner.scope_key, element.id, variables, triggered=True)
        else:
            assert isinstance(owner, ElementInstance)
            self.finish(owner, dict(variables))

    def fire(self, job: JobRow) -> None:
        """Let a timer fire; a cycle that goes on is armed again from the moment it was due."""
        payload = job.payload or {}
        if payload.get("repetitions"):
            again = JobRow(
                self.next_key(), "TIMER", "", job.instance_key, job.root_key, job.element_key, job.element_id,
                add(job.due, payload["interval"], self.zone), 0,
                {"repetitions": payload["repetitions"] - 1 if payload["repetitions"] > 0 else -1,
                 "interval": payload["interval"]},
            )  # fmt: skip
            self.step.new_jobs.append(again)
        self.trigger(job.element_key, job.instance_key, job.element_id, {})

    def error(self, element_key: int, code: str, variables: Mapping[str, Any], message: str) -> None:
        """Throw a BPMN error at an element, as a job worker may."""
        self.queue(partial(self.throw_error, self.element(element_key), code, variables, message))

    def retry(self, incident: IncidentRow) -> None:
        """Enter or leave the element of an incident again."""
        row = self.element(incident.element_key)
        if row.state != ACTIVE:
            return
        if incident.phase == "leave":
            self.finish(row, dict((row.data or {}).get("result", {})))
        elif incident.phase == "loop":
            self.queue(partial(self._body_node(row).check, self, row))
        elif incident.phase == "enter":
            token = self._thaw(row, TaskState.READY)
            token.variables = dict((row.data or {}).get("event", {}))
            self.queue(token.run)

    def cancel(self, instance_key: int) -> None:
        """Terminate an instance and everything that it called."""
        self._terminate_instance(self.instance(instance_key))

    def set_variables(
        self, scope_key: int, instance_key: int, variables: Mapping[str, Any], *, local: bool = False
    ) -> None:
        """Write variables from outside, at a scope or from it upwards."""
        owner: Owner = self.instance(instance_key) if scope_key == instance_key else self.element(scope_key)
        if local:
            for name, value in variables.items():
                self.set_local(owner, name, value)
        else:
            self.propagate(owner.key, variables)

    def settle(self) -> Step:
        """Run the work list to its end and return what has changed."""
        while self._work:
            self._work.popleft()()
        self._recompute_timers()
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
        for name, value in variables.items():
            self.set_local(instance, name, value)
        if start_event is None:
            plain = [
                e for e in process.definition.start_events(process.process_id) if e.event and e.event.kind == "none"
            ]
            if not plain:
                raise NotFound(
                    f"Process '{process.process_id}' has no plain start event.",
                    remedy="Start it by the message that its start event names.",
                )
            start_event = plain[0].id
        self._place(instance.key, start_event, event_variables or {})

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

    def called_process(self, process_id: str, near: CompiledProcess, binding: str) -> CompiledProcess:
        """Return the process that a call activity calls."""
        try:
            return self.env.catalog.latest_process(process_id, near, binding)
        except NotFound:
            raise Trouble(
                "CALLED_ELEMENT_ERROR",
                f"No process '{process_id}' is deployed. Deploy it, then retry the incident.",
            ) from None
