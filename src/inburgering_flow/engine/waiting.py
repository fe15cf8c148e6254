"""What a token waits for: messages, signals, conditions and timers, made and closed as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from inburgering_flow.bpmn.definition import Element, Event
from inburgering_flow.engine import expressions
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.timers import NEVER, Due, due, next_round
from inburgering_flow.model.runtime import ACTIVE, SUSPENDED, ElementInstance, JobRow, ProcessInstance, Subscription

MOST_RETRIES = 1_000_000  # as many as any column holds
MOST_AT_ONCE = 1_000  # timers that set each other off without any time between them
EXPECTED = {
    "date": "an ISO 8601 date",
    "duration": "an ISO 8601 duration",
    "cycle": "an ISO 8601 cycle with an interval above zero, or a cron expression",
}
LONGEST = 255  # of the names and keys by which events are found


def follows(element: Element) -> bool:
    """Tell whether the timers of an element, or the dates of a user task, are computed again when variables that they read
    change.
    """
    return element.properties.get("herberekenen") == "true"


def prepare(
    run: Run, owner: Owner, event_ids: Sequence[str], *, timers_only: bool = False
) -> list[Subscription | JobRow]:
    """Return the rows that wait for these events; nothing is opened, so a failing expression leaves no trace."""
    process = run.process_of(owner)
    rows: list[Subscription | JobRow] = []
    for event_id in event_ids:
        element = process.elements[event_id]
        if element.event is None:
            continue
        for number, part in enumerate(element.event.all):
            if part.kind == "timer" or not timers_only:
                rows.extend(_rows(run, owner, element, part, number))
    return rows


def _rows(run: Run, owner: Owner, element: Element, event: Event, part: int) -> Iterator[Subscription | JobRow]:
    instance = owner if isinstance(owner, ProcessInstance) else run.instance(owner.instance_key)
    what = element.name or element.id
    name = key = ""
    kind = event.kind
    match kind:
        case "timer":
            yield _timer(run, owner, instance, element, event, part)
            return
        case "message":
            name = event_name(run, owner, event, f"message name of '{what}'")
            key = _correlation_key(run, owner, event, what)
        case "signal":
            name = event_name(run, owner, event, f"signal name of '{what}'") if event.name else ""
        case "conditional":
            kind = "condition"
            key = str(expressions.holds(run, owner, event.condition, f"condition of '{what}'")).lower()
        case _:
            return
    yield Subscription(
        run.next_key(), name, key, instance.key, instance.root_key, instance.process_id, owner.key, element.id,
        run.now, element.interrupting, instance.tenant_id, kind, part,
    )  # fmt: skip


def event_name(run: Run, owner: Owner, event: Event, what: str) -> str:
    """Return the name of a message or signal; anything but text is trouble."""
    name = expressions.value(run, owner, event.name, what)
    if isinstance(name, str) and name:
        return expressions.name(name, what)
    source = event.name.source if event.name is not None else ""
    raise Trouble("EXTRACT_VALUE_ERROR", expressions.unfit(run, owner, source, what, "text", name))


def timer_again(run: Run, job: JobRow) -> tuple[datetime, dict[str, Any] | None]:
    """Return when a timer that waits is due, and its payload, by the variables of now; nothing is written.

    A duration or cycle counts from when its element began to wait, not from now, and a cycle keeps the rounds that are left; only
    those that follow their variables begin anew, as ``recompute_timers`` lets them. Raises Trouble where there is no moment.
    """
    owner, part = run.scope(job.element_key), int((job.payload or {}).get("part", 0))
    element = run.process_of(owner).elements[job.element_id]
    assert element.event is not None
    instance = owner if isinstance(owner, ProcessInstance) else run.instance(owner.instance_key)
    began = run.now if follows(element) else owner.start
    row = _timer(run, owner, instance, element, element.event.all[part], part, began)
    moment, payload = row.due, row.payload
    if moment <= run.now and payload and "interval" in payload:
        later = next_round(moment, payload, run.now, run.zone)
        if later is not None:
            moment, payload = later.moment, {**later.cycle, **({"part": part} if part else {})}
    return moment, _rounds_left(job.payload, payload)


def _timer(
    run: Run, owner: Owner, instance: ProcessInstance, element: Element, event: Event, part: int, began: datetime | None = None
) -> JobRow:
    what = f"timer of '{element.name or element.id}'"
    value = expressions.value(run, owner, event.expression, what)
    # A timer that follows its variables waits, armed for a moment that never comes, until they give one.
    try:
        when = Due(NEVER) if follows(element) and value is None else due(event.timer, value, began or run.now, run.zone)
    except Trouble:
        if event.expression is None or not event.expression.is_expression:
            raise
        # the value may be personal; a literal is the designer's own text
        expected = EXPECTED[event.timer]
        raise Trouble(
            "EXTRACT_VALUE_ERROR", expressions.unfit(run, owner, event.expression.source, what, expected, value)
        ) from None
    payload: dict[str, Any] = dict(when.cycle)
    if not when.cycle and when.moment <= run.now:
        payload["at_once"] = run.fired_at_once + 1
        if run.fired_at_once >= MOST_AT_ONCE:
            raise Trouble(
                "UNKNOWN",
                f"The {what} fires at once, as {MOST_AT_ONCE:,} timers before it did: is this a loop without an end? "
                "Let a timer in it wait, and migrate; or retry to let it go on.",
            )
    if part:
        payload["part"] = part
    watches = run.process_of(owner).reads(event.expression) if follows(element) else ()
    return JobRow(
        run.next_key(), "TIMER", "", instance.key, instance.root_key, owner.key, element.id, when.moment, 0,
        payload or None, watches, tenant_id=instance.tenant_id,
    )  # fmt: skip


def _correlation_key(run: Run, owner: Owner, event: Event, what: str) -> str:
    key = expressions.value(run, owner, event.correlation_key, f"correlation key of '{what}'")
    if not isinstance(key, (str, int, Decimal)) or isinstance(key, bool) or key == "":
        text = event.correlation_key
        if text is not None and text.is_expression:
            said = expressions.unfit(run, owner, text.source, f"correlation key of '{what}'", "text or a number", key)
        else:
            said = f"The correlation key of '{what}' must give text or a number, but gave {expressions.kind_of(key)}."
        raise Trouble("EXTRACT_VALUE_ERROR", said)
    return key_text(key)


def key_text(key: Any) -> str:
    """Return a correlation key as it is compared: 1.0 and 1 are one key."""
    text = format(key.normalize(), "f") if isinstance(key, Decimal) else str(key)
    if len(text) > LONGEST or "\0" in text:
        said = f"A correlation key has at most {LONGEST} characters, none of them NUL; this one has {len(text)}."
        raise Trouble("EXTRACT_VALUE_ERROR", said)
    return text


def open_job(run: Run, row: ElementInstance, element: Element) -> None:
    """Make the job of an element that has a job type."""
    job_type = expressions.value(run, row, element.job_type, "job type")
    if not job_type:
        expected = "text that says which worker does the work"
        raise expressions.wrong(run, row, element.job_type, "job type", expected, job_type)
    retries = expressions.value(run, row, element.retries, "number of retries")
    try:
        count = 3 if retries is None else min(int(retries), MOST_RETRIES)
    except (TypeError, ValueError):
        raise expressions.wrong(run, row, element.retries, "number of retries", "a whole number", retries) from None
    run.step.new_jobs.append(
        JobRow(
            run.next_key(), "JOB", expressions.name(job_type, "job type"), row.instance_key, row.root_key, row.key, element.id,
            run.now, count, tenant_id=run.instance(row.instance_key).tenant_id,
        )
    )  # fmt: skip


def is_closed(run: Run, row: Subscription | JobRow) -> bool:
    """Tell whether this step closes a subscription or timer."""
    owner, gone = (
        (row.owner_key, run.step.close_subscriptions)
        if isinstance(row, Subscription)
        else (row.element_key, run.step.close_jobs)
    )
    return (owner, row.element_id) in gone or (owner, None) in gone


def close(run: Run, owner_key: int, event_ids: Iterable[str], process: Process | None = None) -> None:
    """Close what waits for these events."""
    if not event_ids:
        return
    process = process or run.process_of(run.scope(owner_key))
    for event_id in event_ids:
        event = process.elements[event_id].event
        for part in event.all if event is not None else ():
            if part.kind in ("message", "signal", "conditional"):
                run.step.close_subscriptions.add((owner_key, event_id))
            elif part.kind == "timer":
                run.step.close_jobs.add((owner_key, event_id))


def event_starts(element: Element, process: Process) -> tuple[str, ...]:
    """Return the start events of the event sub-processes of a scope."""
    return tuple(process.definition.start_events(e)[0].id for e in element.event_subprocesses)


def close_scope(run: Run, scope_key: int, element: Element, process: Process | None = None) -> None:
    """Close what would start the event sub-processes of a scope."""
    if element.event_subprocesses:
        process = process or run.process_of(run.scope(scope_key))
        close(run, scope_key, event_starts(element, process), process)


def recompute_timers(run: Run) -> None:
    """Compute again when timers that follow changed variables are due."""
    for instance_key, names in run.all_changed_names.items():
        instance = run.instance(instance_key)
        if instance.state not in (ACTIVE, SUSPENDED) or not run.process_of(instance).watches_variables:
            continue
        fresh = [j for j in run.step.new_jobs if j.instance_key == instance_key and j.watches]
        stored = list(run.stored(instance_key, run.state.watching_timers))
        for job in (*stored, *fresh):
            if not names & set(job.watches) or is_closed(run, job):
                continue
            owner = run.scope(job.element_key)
            if owner.state != ACTIVE:
                continue
            part = int((job.payload or {}).get("part", 0))
            try:
                rows = prepare(run, owner, (job.element_id,), timers_only=True)
            except Trouble:
                continue  # the timer keeps the moment it had; its next change computes it again
            row = next(r for r in rows if isinstance(r, JobRow) and int((r.payload or {}).get("part", 0)) == part)
            payload = _rounds_left(job.payload, row.payload)
            if (row.due, payload) != (job.due, job.payload):
                job.due, job.payload = row.due, payload
                if job in stored:
                    run.step.changed_jobs.append(job)


def _rounds_left(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the payload of a cycle that is computed again: its new interval, with the rounds that were still left."""
    if not before or not after or "interval" not in before or "interval" not in after:
        return after
    if min(before["repetitions"], after["repetitions"]) < 0:
        return after
    return {**after, "repetitions": before["repetitions"]}
