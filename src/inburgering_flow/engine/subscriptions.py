"""What a token waits for: messages and timers, opened and closed as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.scopes import Scopes
from inburgering_flow.engine.timers import NEVER, Due, due
from inburgering_flow.model.runtime import (
    ACTIVE,
    JobRow,
    ProcessInstance,
    Subscription,
)


class Subscriptions(Scopes):
    """What a token waits for: messages and timers, opened and closed as rows."""

    def prepare_events(
        self, owner: Owner, event_ids: Sequence[str], *, timers_only: bool = False
    ) -> list[Subscription | JobRow]:
        """Return the rows that wait for these events; nothing is opened, so a failing expression leaves no trace."""
        process = self.process_of(owner)
        instance = owner if isinstance(owner, ProcessInstance) else self.instance(owner.instance_key)
        rows: list[Subscription | JobRow] = []
        for event_id in event_ids:
            element = process.elements[event_id]
            event = element.event
            if event is None:
                continue
            if event.kind == "timer":
                value = self.value(owner, event.expression, f"timer of '{element.name or event_id}'")
                follows = element.properties.get("herberekenen") == "true"
                # A timer that follows its variables waits, armed for never, until they give a moment.
                when = Due(NEVER) if follows and value is None else due(event.timer, value, self.now, self.zone)
                payload = {"repetitions": when.repetitions, "interval": when.interval} if when.interval else None
                watches = process.reads(event.expression) if follows else ()
                rows.append(
                    JobRow(self.next_key(), "TIMER", "", instance.key, instance.root_key, owner.key, event_id,
                           when.moment, 0, payload, watches, tenant_id=instance.tenant_id)
                )  # fmt: skip
            elif event.kind == "message" and not timers_only:
                name = self.value(owner, event.name, f"message name of '{element.name or event_id}'")
                key = self.value(owner, event.correlation_key, f"correlation key of '{element.name or event_id}'")
                if not isinstance(key, (str, int)) or isinstance(key, bool) or key == "":
                    raise Trouble(
                        "EXTRACT_VALUE_ERROR",
                        f"The correlation key of '{element.name or event_id}' must give text or a number, "
                        f"but gave {self.kind_of(key)}.",
                    )
                rows.append(
                    Subscription(self.next_key(), str(name), str(key), instance.key, instance.root_key,
                                 process.process_id, owner.key, event_id, self.now, element.interrupting,
                                 instance.tenant_id)
                )  # fmt: skip
        return rows

    def open_events(self, rows: Iterable[Subscription | JobRow]) -> None:
        """Open prepared subscriptions and timers."""
        for row in rows:
            if isinstance(row, Subscription):
                self.step.new_subscriptions.append(row)
            else:
                self.step.new_jobs.append(row)

    def close_events(self, owner_key: int, event_ids: Iterable[str], process: CompiledProcess | None = None) -> None:
        """Close what waits for these events."""
        if not event_ids:
            return
        process = process or self.process_of(self.scope(owner_key))
        for event_id in event_ids:
            event = process.elements[event_id].event
            if event is not None and event.kind == "message":
                self.step.close_subscriptions.add((owner_key, event_id))
            elif event is not None and event.kind == "timer":
                self.step.close_jobs.add((owner_key, event_id))

    def _event_starts(self, element: Element, process: CompiledProcess) -> tuple[str, ...]:
        return tuple(process.definition.start_events(e)[0].id for e in element.event_subprocesses)

    def open_scope(self, scope_key: int, element: Element, owner: Owner) -> None:
        """Open what starts the event sub-processes of a scope."""
        if element.event_subprocesses:
            self.open_events(self.prepare_events(owner, self._event_starts(element, self.process_of(owner))))

    def close_scope_events(self, scope_key: int, element: Element, process: CompiledProcess | None = None) -> None:
        """Close what would start the event sub-processes of a scope."""
        if element.event_subprocesses:
            process = process or self.process_of(self.scope(scope_key))
            self.close_events(scope_key, self._event_starts(element, process), process)

    def _recompute_timers(self) -> None:
        for instance_key, names in self._changed_names.items():
            instance = self.instance(instance_key)
            if instance.state != ACTIVE or not self.process_of(instance).watches_variables:
                continue
            fresh = [j for j in self.step.new_jobs if j.instance_key == instance_key and j.watches]
            stored = [] if instance_key in self._fresh else self.state.watching_timers(instance_key)
            for job in (*stored, *fresh):
                if not names & set(job.watches):
                    continue
                if (job.element_key, job.element_id) in self.step.close_jobs or (
                    job.element_key,
                    None,
                ) in self.step.close_jobs:
                    continue
                owner = self.scope(job.element_key)
                if owner.state != ACTIVE:
                    continue
                try:
                    row = self.prepare_events(owner, (job.element_id,), timers_only=True)[0]
                except Trouble:
                    continue  # the timer keeps the moment it had; its next change computes it again
                assert isinstance(row, JobRow)
                if row.due != job.due:
                    job.due = row.due
                    if job in stored:
                        self.step.changed_jobs.append(job)
