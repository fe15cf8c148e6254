"""What goes out when a task is completed, before it goes: the step is run and thrown away, its letters are made and not kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.engine import commands
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import visible_variables
from inburgering_flow.errors import FlowError, InvalidInput, NotFound
from inburgering_flow.feel import variables_given
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import InstanceFacts, Job, Person, Work
from inburgering_flow.model.runtime import COMPLETED, CREATED, JobRow
from inburgering_flow.services.attachments import Files
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_name
from inburgering_flow.services.people import People
from inburgering_flow.services.tasks import Answers, Tasks
from inburgering_flow.store import cases, tasks
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import RowState

MOST = 5  # letters that follow each other
PREVIEW = "voorbeeld"
"""The header that tells a handler that what it makes is only looked at."""


@dataclass(frozen=True)
class Preview:
    """A document as it would be made now."""

    title: str
    content: bytes
    media_type: str
    whom: str = ""
    """To whom it is sent; empty where it stays in the case."""


@dataclass(frozen=True)
class Outlook:
    """What completing a task brings about at once: the letters that go out, the work that the system then does by itself (names
    of its steps), and the tasks that are next (name, roles).
    """

    about: str
    """Whom the case is about; empty where it is about nobody."""
    letters: tuple[Preview, ...]
    work: tuple[str, ...]
    tasks: tuple[tuple[str, tuple[str, ...]], ...]
    ends: bool
    """Whether the case is over after that."""


class Previews:
    """Use cases about what a task sends."""

    def __init__(self, context: Context, user_tasks: Tasks, people: People, access: CaseAccess) -> None:
        self.context = context
        self.access = access
        self.user_tasks = user_tasks
        self.people = people

    def has_letters(self, definition_key: int) -> bool:
        """Tell whether a process has a step that makes something to look at."""
        elements = self.context.catalog.process(definition_key).elements.values()
        return any(e.job_type is not None and e.job_type.source in self.context.domain.previews for e in elements)

    def of_task(self, key: int, answers: Answers, actor: Actor) -> list[Preview]:
        """Return the documents that completing a task with these answers makes at once, in order; nothing is stored. Raises as
        ``outlook`` does.
        """
        return list(self.outlook(key, answers, actor).letters)

    def outlook(self, key: int, answers: Answers, actor: Actor, files: Files | None = None) -> Outlook:
        """Return what completing a task with these answers brings about at once; nothing is stored.

        Only what the domain says can be made twice (``Plugin.previews``) is made; the first other job ends it. Raises
        InvalidSubmission for answers that do not fit, and FlowError with the reason where a document cannot be made.
        """
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            task = tasks.get(unit, key)
            run = Run(self.context.env, RowState(unit), self.context.clock.now(), actor.username)
            given = self.user_tasks.tried(unit, run, task, answers, actor, files)
            self.access.log_look(actor, "task.look", task.root_key, key)  # the letter tells who the case is about
            commands.complete(run, task.element_key, given)
            commands.settle(run)
            done: set[int] = set()
            letters = tuple(self._made(unit, run, done))
            jobs = [j for j in run.step.new_jobs if j.kind == "JOB" and j.key not in done]
            work = [run.element_of(run.element(job.element_key)) for job in jobs]
            following = (x for x in run.step.new_tasks if x.state == CREATED)
            over = run.step.changed_instances.get(task.root_key)
            case = cases.get(unit, task.root_key)
            admitted = self.access.check_in(unit, task.root_key, actor)
            about = shown_name(unit, admitted, task.root_key, case) if case is not None else ""
            return Outlook(
                about, letters, tuple(dict.fromkeys(element.name or element.id for element in work)),
                tuple((x.name, x.candidate_groups) for x in following), over is not None and over.state == COMPLETED,
            )  # fmt: skip

    def _made(self, unit: Unit, run: Run, done: set[int]) -> list[Preview]:
        """Return the documents that follow; ``done`` gets the keys of the jobs that make them."""
        found: list[Preview] = []
        while len(found) < MOST:
            job = next((j for j in run.step.new_jobs if j.key not in done and j.type in self.context.domain.previews), None)
            if job is None:
                return found
            done.add(job.key)
            work = _Work(self, unit, run.instance(job.instance_key).person_key)
            try:
                values = variables_given(self.context.handlers[job.type](self._shown(run, job), work) or None)
            except FlowError:
                raise
            except Exception:  # noqa: BLE001  # a handler's own failure: the job itself would tell it to whoever mends it
                raise InvalidInput(
                    _("This letter cannot be shown now."), remedy=_("Tell the functioneel beheerder which task it is.")
                ) from None
            found.extend(work.sent(self.context.domain.addressees.get(job.type)))
            commands.job_done(run, job.element_key, values)
            commands.settle(run)
        return found

    def _shown(self, run: Run, job: JobRow) -> Job:
        row = run.element(job.element_key)
        element, instance = run.element_of(row), run.instance(job.instance_key)
        return Job(
            job.key, job.type, visible_variables(run, row), {**element.headers, PREVIEW: "true"}, job.instance_key, job.root_key,
            instance.process_id, job.element_id, job.retries,
        )  # fmt: skip


class _Work(Work):
    """What a handler may do here: look, and make documents."""

    def __init__(self, service: Previews, unit: Unit, person_key: int | None) -> None:
        self._service = service
        self._unit = unit
        self._person_key = person_key
        self.documents: list[Preview] = []

    def sent(self, to: str | None) -> list[Preview]:
        """Return the documents with whom they are sent to: the person of the case where ``to`` names nobody else."""
        whom = _(to) if to else ""
        if to is None and self._person_key is not None:
            whom = self.person().name
        return [replace(one, whom=whom) for one in self.documents]

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
            raise NotFound(_("The case has no person."), remedy=_("Register the person and start the case with it."))
        return self._service.people.load(self._unit, self._person_key)

    def add_document(
        self, *, name: str, title: str, kind: str, content: bytes, media_type: str = "application/pdf",
        certainty: str = "vast",
    ) -> None:  # fmt: skip
        """Show a document."""
        self.documents.append(Preview(title, content, media_type))

    def instances(self, process_id: str, names: Sequence[str]) -> Iterator[InstanceFacts]:
        """Refuse: only letters are looked at."""
        raise _only_letters()

    def budget(self, budget: str, year: int) -> Mapping[str, int]:
        """Refuse: only letters are looked at."""
        raise _only_letters()

    def book(self, budget: str, kind: str, cents: int, *, year: int, description: str, reference: str = "") -> None:
        """Refuse: only letters are looked at."""
        raise _only_letters()

    def secret(self, name: str) -> str | None:
        """Refuse: only letters are looked at."""
        raise _only_letters()

    def deny(self, reason: str) -> None:
        """Refuse: only letters are looked at."""
        raise _only_letters()

    def correct(self, **fields: Any) -> None:
        """Refuse: only letters are looked at."""
        raise _only_letters()

    def activate(self, element_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Refuse: only letters are looked at."""
        raise _only_letters()

    def finish(self, *, cancel_remaining: bool = False) -> None:
        """Refuse: only letters are looked at."""
        raise _only_letters()


def _only_letters() -> InvalidInput:
    return InvalidInput(_("This letter cannot be shown now."), remedy=_("Tell the functioneel beheerder which task it is."))
