"""What a token waits for: messages, signals, conditions and timers, opened and closed as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from inburgering_flow.bpmn.definition import Element, Event
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.scopes import Scopes
from inburgering_flow.engine.timers import NEVER, Due, due
from inburgering_flow.model.runtime import (
    ACTIVE,
    SUSPENDED,
    JobRow,
    ProcessInstance,
    Subscription,
)

LONGEST = 255  # of the names and keys by which events are found


def follows(element: Element) -> bool:
    """Tell whether the timers of an element are computed again when variables change that they read."""
    return element.properties.get("herberekenen") == "true"


class Subscriptions(Scopes):
    """What a token waits for: messages, signals, conditions and timers, opened and closed as rows."""

    def prepare_events(
        self, owner: Owner, event_ids: Sequence[str], *, timers_only: bool = False
    ) -> list[Subscription | JobRow]:
        """Return the rows that wait for these events; nothing is opened, so a failing expression leaves no trace."""
        process = self.process_of(owner)
        rows: list[Subscription | JobRow] = []
        for event_id in event_ids:
            element = process.elements[event_id]
            if element.event is None:
                continue
            for number, part in enumerate(element.event.all):
                if part.kind == "timer" or not timers_only:
                    rows.extend(self._prepare(owner, element, part, number))
        return rows

    def _prepare(self, owner: Owner, element: Element, event: Event, part: int) -> Iterator[Subscription | JobRow]:
        instance = owner if isinstance(owner, ProcessInstance) else self.instance(owner.instance_key)
        what = element.name or element.id
        name = key = ""
        kind = event.kind
        match kind:
            case "timer":
                yield self._timer(owner, instance, element, event, part)
                return
            case "message":
                name = self.event_name(owner, event, f"message name of '{what}'")
                key = self._correlation_key(owner, event, what)
            case "signal":
                name = self.event_name(owner, event, f"signal name of '{what}'") if event.name else ""
            case "conditional":
                kind = "condition"
                key = str(self.holds(owner, event.condition, f"condition of '{what}'")).lower()
            case _:
                return
        yield Subscription(
            self.next_key(), name, key, instance.key, instance.root_key, instance.process_id, owner.key, element.id,
            self.now, element.interrupting, instance.tenant_id, kind, part,
        )  # fmt: skip

    def event_name(self, owner: Owner, event: Event, what: str) -> str:
        """Return the name of a message or signal; anything but text is trouble."""
        name = self.value(owner, event.name, what)
        if isinstance(name, str) and name:
            return self.name(name, what)
        source = event.name.source if event.name is not None else ""
        raise Trouble("EXTRACT_VALUE_ERROR", self.unfit(owner, source, what, "text", name))

    def _timer(self, owner: Owner, instance: ProcessInstance, element: Element, event: Event, part: int) -> JobRow:
        what = f"timer of '{element.name or element.id}'"
        value = self.value(owner, event.expression, what)
        # A timer that follows its variables waits, armed for never, until they give a moment.
        try:
            when = Due(NEVER) if follows(element) and value is None else due(event.timer, value, self.now, self.zone)
        except Trouble:
            if event.expression is None or not event.expression.is_expression:
                raise
            # the value may be personal; a literal is the designer's own text
            expected = f"an ISO 8601 {event.timer}"
            raise Trouble(
                "EXTRACT_VALUE_ERROR", self.unfit(owner, event.expression.source, what, expected, value)
            ) from None
        payload: dict[str, Any] = {}
        if when.interval:
            payload = {"repetitions": when.repetitions, "interval": when.interval}
        if part:
            payload["part"] = part
        watches = self.process_of(owner).reads(event.expression) if follows(element) else ()
        return JobRow(
            self.next_key(), "TIMER", "", instance.key, instance.root_key, owner.key, element.id, when.moment, 0,
            payload or None, watches, tenant_id=instance.tenant_id,
        )  # fmt: skip

    def _correlation_key(self, owner: Owner, event: Event, what: str) -> str:
        key = self.value(owner, event.correlation_key, f"correlation key of '{what}'")
        if not isinstance(key, (str, int, Decimal)) or isinstance(key, bool) or key == "":
            text = event.correlation_key
            if text is not None and text.is_expression:
                said = self.unfit(owner, text.source, f"correlation key of '{what}'", "text or a number", key)
            else:
                said = f"The correlation key of '{what}' must give text or a number, but gave {self.kind_of(key)}."
            raise Trouble("EXTRACT_VALUE_ERROR", said)
        return self.key_text(key)

    @staticmethod
    def key_text(key: Any) -> str:
        """Return a correlation key as it is compared: 1.0 and 1 are one key."""
        text = format(key.normalize(), "f") if isinstance(key, Decimal) else str(key)
        if len(text) > LONGEST or "\0" in text:
            said = f"A correlation key has at most {LONGEST} characters, none of them NUL; this one has {len(text)}."
            raise Trouble("EXTRACT_VALUE_ERROR", said)
        return text

    def open_events(self, rows: Iterable[Subscription | JobRow]) -> None:
        """Open prepared subscriptions and timers; a condition that holds already happens at once."""
        for row in rows:
            if isinstance(row, JobRow):
                self.step.new_jobs.append(row)
                continue
            self.step.new_subscriptions.append(row)
            if row.kind == "condition" and row.correlation_key == "true":
                self.queue(partial(self.happen, row, {}))

    def happen(self, row: Subscription, variables: Mapping[str, Any]) -> None:
        """Let an event happen that a subscription waits for, unless it was closed meanwhile."""
        raise NotImplementedError  # the run knows how

    def is_closed(self, row: Subscription | JobRow) -> bool:
        """Tell whether this step closes a subscription or timer."""
        owner, gone = (
            (row.owner_key, self.step.close_subscriptions)
            if isinstance(row, Subscription)
            else (row.element_key, self.step.close_jobs)
        )
        return (owner, row.element_id) in gone or (owner, None) in gone

    def close_events(self, owner_key: int, event_ids: Iterable[str], process: CompiledProcess | None = None) -> None:
        """Close what waits for these events."""
        if not event_ids:
            return
        process = process or self.process_of(self.scope(owner_key))
        for event_id in event_ids:
            event = process.elements[event_id].event
            for part in event.all if event is not None else ():
                if part.kind in ("message", "signal", "conditional"):
                    self.step.close_subscriptions.add((owner_key, event_id))
                elif part.kind == "timer":
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

    # -- what follows its variables --------------------------------------------------------------------------------

    def look_again(self) -> bool:
        """Look again at conditions whose variables have changed; True when something happens because of it.

        A condition happens when it becomes true: after that it must have been false before it happens again.
        Source: BPMN 2.0.2, section 10.5.5, conditional event.
        """
        changed, self._changed_names = self._changed_names, {}
        found = False
        for instance_key, names in changed.items():
            self._all_changed.setdefault(instance_key, set()).update(names)
            instance = self.instance(instance_key)
            if instance.state != ACTIVE or not self.process_of(instance).has_conditions:
                continue
            stored = [] if instance_key in self._fresh else self.state.conditions(instance_key)
            fresh = [s for s in self.step.new_subscriptions if s.kind == "condition" and s.instance_key == instance_key]
            for row in (*(self._subscriptions.setdefault(s.key, s) for s in stored), *fresh):
                found = self._changed(row, names) or found
        return found

    def _changed(self, row: Subscription, changes: Mapping[str, str]) -> bool:
        owner = self.scope(row.owner_key)
        process = self.process_of(owner)
        event = process.elements[row.element_id].event
        if event is None or owner.state != ACTIVE or self.is_closed(row):
            return False
        part = event.all[row.part]
        condition = part.condition
        watched = part.looks_at or process.feel(condition).variables
        if not any(
            name in watched and (not part.looks_when or how in part.looks_when) for name, how in changes.items()
        ):
            return False
        try:
            truth = self.holds(owner, condition, "condition")
        except Trouble:
            return False  # it waits on; the next change of a variable looks at it again
        before, row.correlation_key = row.correlation_key, str(truth).lower()
        if before == row.correlation_key:
            return False
        if row not in self.step.new_subscriptions:
            self.step.changed_subscriptions[row.key] = row
        if truth:
            self.queue(partial(self.happen, row, {}))
        return truth

    def recompute_timers(self) -> None:
        """Compute again when timers are due that follow variables which have changed."""
        for instance_key, names in self._all_changed.items():
            instance = self.instance(instance_key)
            if instance.state not in (ACTIVE, SUSPENDED) or not self.process_of(instance).watches_variables:
                continue
            fresh = [j for j in self.step.new_jobs if j.instance_key == instance_key and j.watches]
            stored = [] if instance_key in self._fresh else self.state.watching_timers(instance_key)
            for job in (*stored, *fresh):
                if not names & set(job.watches) or self.is_closed(job):
                    continue
                owner = self.scope(job.element_key)
                if owner.state != ACTIVE:
                    continue
                part = int((job.payload or {}).get("part", 0))
                try:
                    rows = self.prepare_events(owner, (job.element_id,), timers_only=True)
                except Trouble:
                    continue  # the timer keeps the moment it had; its next change computes it again
                row = next(r for r in rows if isinstance(r, JobRow) and int((r.payload or {}).get("part", 0)) == part)
                payload = _rounds_left(job.payload, row.payload)
                if (row.due, payload) != (job.due, job.payload):
                    job.due, job.payload = row.due, payload
                    if job in stored:
                        self.step.changed_jobs.append(job)


def _rounds_left(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the payload of a cycle that is computed again: at its new interval, with the rounds that it still had."""
    if not before or not after or "interval" not in before or "interval" not in after:
        return after
    if min(before["repetitions"], after["repetitions"]) < 0:
        return after
    return {**after, "repetitions": before["repetitions"]}
