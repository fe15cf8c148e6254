"""Running due work: jobs at least once, with their effect on the case exactly once; timers in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.bpmn.extensions import secrets_of
from inburgering_flow.clock import legal_day
from inburgering_flow.engine import commands
from inburgering_flow.engine.listeners import Outcome
from inburgering_flow.engine.port import Trouble, printable
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.timers import add as add_duration
from inburgering_flow.engine.timers import next_round
from inburgering_flow.engine.variables import visible_variables
from inburgering_flow.errors import Busy, FlowError, InvalidInput, NotFound
from inburgering_flow.feel import variables_given
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import BpmnError, InstanceFacts, Job, JobFailure, Person
from inburgering_flow.model.runtime import ElementInstance, IncidentRow, JobRow
from inburgering_flow.services import task_listeners
from inburgering_flow.services.again import again
from inburgering_flow.services.batches import Batches
from inburgering_flow.services.clock_guard import ClockGuard
from inburgering_flow.services.context import KEPT, Context
from inburgering_flow.services.entry_files import WORK, EntryFiles
from inburgering_flow.services.leases import Leases
from inburgering_flow.services.ledger import Ledger, Wanted
from inburgering_flow.services.mails import Mails
from inburgering_flow.services.people import People
from inburgering_flow.services.portions import PORTION, in_portions
from inburgering_flow.services.rehearsals import WORK as REHEARSAL
from inburgering_flow.services.rehearsals import Rehearsals
from inburgering_flow.services.steps import Steps
from inburgering_flow.services.telling import MAIL
from inburgering_flow.settings import secret_of_name
from inburgering_flow.store import definitions, documents, incidents, instances, jobs, ledger, reports, runtime
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow

log = logging.getLogger(__name__)


class _TakenOver(Exception):  # rolls back; not a failure
    """Somebody else holds the job by now."""


@dataclass(frozen=True)
class _Document:
    name: str
    title: str
    kind: str
    content: bytes
    media_type: str
    certainty: str


class _Work:
    """What a handler may do; collected here and stored with the job's completion."""

    def __init__(self, service: Jobs, job: JobRow, person_key: int | None, element: Element) -> None:
        self._of_ad_hoc = element.ad_hoc is not None
        self._element = element
        self._service = service
        self._job = job
        self._person_key = person_key
        self._event = str((job.payload or {}).get("listener", ""))
        self.documents: list[_Document] = []
        self.entries: list[Wanted] = []
        self.outcome = Outcome()

    @property
    def today(self) -> date:
        """Return the legal day of the process clock."""
        return legal_day(self._service.context.clock.now())

    @property
    def organisation(self) -> str:
        """Return the name of the organisation."""
        return self._service.context.organisation

    def person(self) -> Person:
        """Return the person of the case."""
        if self._person_key is None:
            raise NotFound("The case has no person.", remedy="Register the person and start the case with it.")
        with self._service.context.db.read() as unit:
            return self._service.people.load(unit, self._person_key)

    def add_document(
        self, *, name: str, title: str, kind: str, content: bytes, media_type: str = "application/pdf",
        certainty: str = "vast",
    ) -> None:  # fmt: skip
        """Put a document into the case when the job completes."""
        self.documents.append(_Document(name, title, kind, content, media_type, certainty))

    def instances(self, process_id: str, names: Sequence[str]) -> Iterator[InstanceFacts]:
        """Yield every instance of a process."""
        with self._service.context.db.read() as unit:
            yield from reports.instances_of(unit, process_id, names)

    def budget(self, budget: str, year: int) -> Mapping[str, int]:
        """Return the sum of each kind of entry."""
        with self._service.context.db.read() as unit:
            return ledger.sums(unit, budget, year)

    def book(self, budget: str, kind: str, cents: int, *, year: int, description: str, reference: str = "") -> None:
        """Write an entry when the job completes."""
        self.entries.append(Wanted(budget, kind, cents, year, self.today, description, reference))

    def secret(self, name: str) -> str | None:
        """Return a secret that the element itself names."""
        return secret_of_name(self._service.context.settings, name) if name in secrets_of(self._element) else None

    def deny(self, reason: str) -> None:
        """Deny the move of a task."""
        self.outcome = replace(self.outcome, denied=task_listeners.denial(self._event, reason))

    def correct(self, **fields: Any) -> None:
        """Correct a task while it moves."""
        if self._event not in task_listeners.CORRECTABLE:
            raise InvalidInput("Only a listener on an open task can correct it.", remedy="Set a variable instead.")
        found = task_listeners.checked(fields, self._service.context.env.zone)
        self.outcome = replace(self.outcome, corrections={**self.outcome.corrections, **found})

    def activate(self, element_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Choose an activity of an ad-hoc sub-process."""
        self._chooses()
        one = (element_id, variables_given(variables))
        self.outcome = replace(self.outcome, activate=(*self.outcome.activate, one))

    def finish(self, *, cancel_remaining: bool = False) -> None:
        """Say that an ad-hoc sub-process is done."""
        self._chooses()
        self.outcome = replace(self.outcome, fulfilled=True, cancel_remaining=cancel_remaining)

    def _chooses(self) -> None:
        if self._event or not self._of_ad_hoc:
            raise InvalidInput(
                "Only the job of an ad-hoc sub-process chooses its activities.", remedy="Return variables instead."
            )


class Jobs:
    """Use cases of the executor."""

    def __init__(
        self, context: Context, steps: Steps, people: People, batches: Batches, entry_files: EntryFiles,
        guard: ClockGuard, books: Ledger, rehearsals: Rehearsals, mails: Mails,
    ) -> None:  # fmt: skip
        self.context = context
        self.ledger = books
        self.steps = steps
        self.people = people
        self._many: Mapping[str, Callable[[JobRow, str], bool]] = {
            WORK: entry_files.work, REHEARSAL: rehearsals.work, MAIL: mails.work,
        }  # fmt: skip
        self.batches = batches
        self.guard = guard
        self.leases = Leases(context.db)

    def due(self, most: int = 50) -> list[int]:
        """Return the keys of what is due and free, in order of when it is due. The list ends at the first repeating
        timer: its next round may be due before what follows it. Raises ClockWrong where the clock cannot be trusted.
        """
        self.guard.check()
        with self.context.db.read() as unit:
            return jobs.due(unit, self.context.clock.now(), tuple(self.context.handlers), most)

    def count_due(self) -> int:
        """Return how much is due now, whoever holds it."""
        with self.context.db.read() as unit:
            return jobs.count_due(unit, self.context.clock.now())

    def next_due(self) -> datetime | None:
        """Return when the next timer is due, or work of a type that this program does; None where nothing is."""
        with self.context.db.read() as unit:
            return jobs.next_due(unit, tuple(self.context.handlers))

    def run(self, key: int, owner: str) -> bool:
        """Run one due job under a lease of ``owner``; False if it is not due, already done, or somebody else's.
        Raises ClockWrong where the clock cannot be trusted.
        """
        self.guard.check()
        with self.context.db.write() as unit:
            job = jobs.get(unit, key)
            now = self.context.clock.now()
            if job is None or job.due > now:
                return False
            if not jobs.take(unit, key, owner):
                return False
        return self.do(job, owner)

    def take(self, keys: Sequence[int], owner: str) -> list[JobRow]:
        """Take the leases on those of several jobs that are due and free; return them in order of when they are due. Each has
        to be done, or given back. Raises ClockWrong where the clock cannot be trusted.
        """
        self.guard.check()
        with self.context.db.write() as unit:
            return jobs.take_all(unit, keys, owner, self.context.clock.now())

    def do(self, job: JobRow, owner: str) -> bool:
        """Do a job that ``owner`` has taken; False if somebody else has taken it over, or it could not be done."""
        kind = JOBS[job.kind]
        if kind.is_long:
            with self.leases.held(job.key, owner):
                return kind.do(self, job, owner)
        try:
            return kind.do(self, job, owner)
        except Busy:
            raise  # database trouble: it runs again when its lease has run out
        except FlowError as error:
            return kind.refused(self, job, owner, error)

    # -- timers ----------------------------------------------------------------------------------------------------

    @again
    def _fire(self, job: JobRow, owner: str) -> bool:
        with self.context.db.write() as unit:
            self.steps.by_itself(unit)
            self.steps.lock(unit, job.root_key)
            if not jobs.remove_leased(unit, job.key, owner):
                return False
            self.steps.run(unit, lambda run: commands.fire(run, job))
            jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", self.context.clock.now())
        return True

    @again
    def _start(self, job: JobRow, owner: str) -> bool:
        payload = job.payload or {}
        with self.context.db.write() as unit:
            self.steps.by_itself(unit)
            definitions.lock_starts(unit, shared=True)
            if not jobs.remove_leased(unit, job.key, owner):
                return False
            now = self.context.clock.now()
            self.steps.start_by_timer(unit, payload["definition_key"], job.element_id, now)
            following = next_round(job.due, payload, now, self.context.env.zone)
            if following is not None:
                again = {
                    "key": self.context.keys.next(), "kind": "START", "type": job.type, "instance_key": 0, "root_key": 0,
                    "element_key": job.element_key, "element_id": job.element_id, "retries": 0, "watches": (),
                    "due": following.moment, "payload": dict(following.cycle),
                }  # fmt: skip
                definitions.add_start_timer(unit, again)
            jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", self.context.clock.now())
        return True

    @again
    def _signal(self, job: JobRow, owner: str) -> bool:
        """Go on with a signal that more instances wait for than one transaction takes."""
        payload, now = job.payload or {}, self.context.clock.now()
        with self.context.db.write() as unit:
            self.steps.by_itself(unit)
            if not jobs.remove_leased(unit, job.key, owner):
                return False
            self.steps.signal(
                unit, job.type, payload["variables"], now, after=int(payload["after"]), starts=False,
                except_root=int(payload["except"]),
            )  # fmt: skip
            jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", now)
        return True

    def forget(self, most: int = PORTION) -> int:
        """Forget work of no case that was done longer than ``KEPT`` ago; return how much. Safe to run at any time."""
        before = self.context.clock.now() - KEPT
        return in_portions(self.context.db, lambda unit, size: jobs.forget(unit, before, size), most)

    def overview(self, actor: Actor, start: int = 0, size: int = 100) -> Page[JobRow]:
        """Return a page of the jobs due first, headed by those out of retries; they contain no values of cases."""
        actor.require(permissions.JOBS)
        with self.context.db.read() as unit:
            rows, total = jobs.overview(unit, start, size)
        return Page(rows, start, total, size)

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _work(self, job: JobRow, owner: str) -> bool:
        handler = self.context.handlers[job.type]
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            state = runtime.RowState(unit)
            run = Run(self.context.env, state, self.context.clock.now())
            try:
                row = run.scope(job.element_key)
            except NotFound:
                return False
            instance = run.instance(job.instance_key)
            element = run.element_of(row) if isinstance(row, ElementInstance) else run.process_of(row).root
            variables = visible_variables(run, row)
            event = str((job.payload or {}).get("listener", ""))
            task = {}
            if event in task_listeners.TASK_EVENTS and isinstance(row, ElementInstance):
                task = task_listeners.shown(unit, row, element.name)
        work = _Work(self, job, instance.person_key, element)
        shown = Job(
            job.key, job.type, variables, element.headers, job.instance_key, job.root_key, instance.process_id,
            job.element_id, job.retries, event, task,
        )  # fmt: skip
        thrown: BpmnError | None = None
        try:
            try:
                values = variables_given(handler(shown, work) or None)
            except BpmnError as error:
                thrown, values = error, variables_given(error.variables)
        except Busy:
            raise  # it asked the database, whose trouble is no failure of the handler
        except Exception as error:  # noqa: BLE001  # whatever a worker's code raises is its failure, not ours
            return self._failed(job, owner, element.headers, error)
        try:
            if thrown is not None:
                return self._throw(job, owner, thrown, values)
            return self._complete(job, owner, values, work)
        except Busy:
            raise  # database trouble: the job runs again when its lease has run out
        except FlowError as error:  # its result is unacceptable: shown as an incident, not retried for ever
            return self._failed(job, owner, element.headers, error)

    def _failed(self, job: JobRow, owner: str, headers: Mapping[str, str], error: Exception) -> bool:
        if not self.context.is_apart:
            log.warning("job %s of type %s failed: %s", job.key, job.type, type(error).__name__)
        return self._fail(job, owner, headers, error)

    @again
    def _complete(self, job: JobRow, owner: str, values: Mapping[str, Any], work: _Work) -> bool:
        now = self.context.clock.now()
        try:
            with self.context.db.write() as unit:
                self.steps.by_itself(unit)
                self._still_ours(unit, job, owner)
                for document in work.documents:
                    row = DocumentRow(
                        self.context.keys.next(), job.root_key, job.instance_key, document.name, document.title,
                        document.kind, document.media_type, document.certainty, "", now, job.key,
                    )  # fmt: skip
                    documents.add(unit, row, document.content)
                for entry in work.entries:
                    self.ledger.post_in(unit, entry, SYSTEM, root_key=job.root_key)
                self.steps.run(
                    unit, lambda run: commands.job_done(run, job.element_key, values, work.outcome), root_key=job.root_key
                )
                jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", now)
        except _TakenOver:
            return False
        return True

    @again
    def _throw(self, job: JobRow, owner: str, error: BpmnError, values: Mapping[str, Any]) -> bool:
        try:
            with self.context.db.write() as unit:
                self.steps.by_itself(unit)
                self._still_ours(unit, job, owner)
                self.steps.run(
                    unit,
                    lambda run: commands.error(run, job.element_key, error.code, values, error.message),
                    root_key=job.root_key,
                )
                jobs.remember(unit, self.context.keys.next(), job, "ERROR_THROWN", self.context.clock.now())
        except _TakenOver:
            return False
        return True

    @again
    def _fail(self, job: JobRow, owner: str, headers: Mapping[str, str], error: Exception) -> bool:
        now = self.context.clock.now()
        known = error if isinstance(error, JobFailure) else JobFailure("")
        left = job.retries - 1 if known.retries is None else max(known.retries, 0)
        cause = str(error) if isinstance(error, FlowError) else f"{type(error).__name__}: {error}"
        due = now
        try:
            due = add_duration(now, known.backoff or headers.get("retryBackoff") or "PT0S", self.context.env.zone)
        except Trouble as trouble:
            left, cause = 0, f"{cause} It is not retried: the header retryBackoff is wrong. {trouble.message}"
        with self.context.db.write() as unit:
            self.steps.lock(unit, job.root_key)  # locked before the job's row, as when a case is ended: no deadlock
            if not jobs.fail(unit, job.key, owner, left, due):
                return False
            if left <= 0:
                said = f"Job type '{job.type}' failed and has no retries left. Cause: {printable(cause)}"
                self._add_incident(unit, job, "JOB_NO_RETRIES", said, now)
        return True

    @again
    def _give_up(self, job: JobRow, owner: str, said: str) -> bool:
        """Let a timer whose firing is refused wait, with an incident: it would be refused each time."""
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            self.steps.lock(unit, job.root_key)
            if not jobs.fail(unit, job.key, owner, 0, job.due):
                return False
            self._add_incident(unit, job, "UNKNOWN", said, now)
        return True

    def _wait(self, job: JobRow, _owner: str, error: FlowError) -> bool:
        """Log why work of no case is refused; what is due after it runs, and this runs again after its lease."""
        log.error("%s job %s (%s) is refused: %s", job.kind, job.key, job.type, error.code)
        return False

    def _stop(self, job: JobRow, owner: str, error: FlowError) -> bool:
        return self._give_up(job, owner, f"The timer cannot fire. Cause: {error}")

    def _batch(self, job: JobRow, owner: str) -> bool:
        return self._many.get(job.type, self.batches.work)(job, owner)

    def _add_incident(self, unit: Unit, job: JobRow, error_type: str, said: str, now: datetime) -> None:
        instance = instances.get(unit, job.instance_key)
        row = IncidentRow(
            self.context.keys.next(), job.instance_key, job.root_key, instance.definition_key, instance.process_id,
            job.element_key, job.element_id, error_type, said, now, "job", job.key, tenant_id=instance.tenant_id,
        )  # fmt: skip
        incidents.add(unit, row)
        self.steps.telling.failed(unit, row)

    def _still_ours(self, unit: Unit, job: JobRow, owner: str) -> None:
        runtime.RowState(unit).lock(job.root_key)
        if not jobs.remove_leased(unit, job.key, owner):
            raise _TakenOver


@dataclass(frozen=True)
class _Kind:
    """How work of one kind is done, and what becomes of it if that is refused. Work that ``is_long`` runs outside any
    transaction under a lease that is extended, and handles its own failures.
    """

    do: Callable[[Jobs, JobRow, str], bool]
    refused: Callable[[Jobs, JobRow, str, FlowError], bool] = Jobs._wait
    is_long: bool = False


JOBS: Mapping[str, _Kind] = {
    "JOB": _Kind(Jobs._work, is_long=True),
    "BATCH": _Kind(Jobs._batch, is_long=True),
    "TIMER": _Kind(Jobs._fire, Jobs._stop),
    "START": _Kind(Jobs._start),
    "SIGNAL": _Kind(Jobs._signal),
}
