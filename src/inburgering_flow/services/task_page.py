"""The page of one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import NotFound
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED, UserTask
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.decisions import DecisionView, views
from inburgering_flow.services.disclosure.people import shown_name
from inburgering_flow.services.duties import Everybody
from inburgering_flow.services.facts import Fact, facts_of, may_read
from inburgering_flow.services.handovers import MOVES
from inburgering_flow.services.history import Event, documents_of, history_of
from inburgering_flow.services.open_parts import may_read_note, open_parts
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.tasks import Tasks
from inburgering_flow.store import audit, cases, decisions, drafts, instances, tasks
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.documents import DocumentRow


@dataclass(frozen=True)
class TaskDetail:
    """Everything that the page of one task shows."""

    task: UserTask
    case: CaseItem
    element: Element
    schema: Mapping[str, Any] | None
    facts: list[Fact]
    known: Mapping[str, Any]
    """What the form is opened with: the variables that the task sees, its own and lists among them, as far as the actor may."""
    draft: Mapping[str, Any]
    documents: list[DocumentRow]
    events: Page[Event]
    """The newest; the page of the case has all."""
    person: str
    excluded: bool
    """The actor may not do it because of an earlier step, or nobody may (``is_duty_unknown``)."""
    is_duty_unknown: bool
    denial: tuple[str, str] | None
    busy: bool
    decisions: list[DecisionView]
    date_decisions: list[DecisionView]
    """Those from whose outcome the task's date is computed."""
    notes: list[Mapping[str, Any]]
    """Those written at this task, then the newest of the case."""
    guarded: tuple[str, ...]
    """Families of processes in the case that a note can be kept to."""
    guard: str
    """That of the task, if it is one of them; else empty."""
    word: Mapping[str, Any] | None
    """The note with which the actor got the task."""


EVENTS = 10  # of the case are shown beside a task
NOTES = 5


class TaskPage:
    """Reading one task with the facts of its case, as an actor."""

    def __init__(self, context: Context, access: CaseAccess, user_tasks: Tasks) -> None:
        self.context = context
        self.access = access
        self.user_tasks = user_tasks

    def open(self, key: int, actor: Actor) -> TaskDetail:
        """Return a task with the facts of its case; the look is logged before anything of it is shown."""
        detail = self._read(key, actor)
        self.access.log_look(actor, "task.look", detail.task.root_key, key)
        return detail

    def _read(self, key: int, actor: Actor) -> TaskDetail:
        catalog = self.context.catalog
        with self.context.db.read() as unit, catalog.within(unit):
            task = tasks.get(unit, key)
            admitted = self.user_tasks.access.check(unit, task, actor)
            process = catalog.process(task.definition_key)
            case = cases.get(unit, task.root_key)
            assert case is not None
            facts = facts_of(unit, catalog, task.instance_key, process.key, actor)
            seen = self.user_tasks.asked(unit, task).variables
            known = {fact.name: fact.value for fact in facts} | {
                name: value for name, value in seen.items() if may_read(catalog, process.key, name, actor)
            }
            element = process.elements[task.element_id]
            parts = open_parts(unit, catalog, task.root_key, actor)
            made_here = decisions.newest_of_instance(unit, task.instance_key)
            here = {task.instance_key: instances.get(unit, task.instance_key)} if made_here else {}
            made = views(made_here, here, catalog, actor)
            letters = documents_of(unit, task.root_key, parts)
            denial, is_busy = self.user_tasks.standing_in(unit, task)
            newest, excluded = made[::-1], self.user_tasks.excluded_in(unit, task)
            notes = [n for n in cases.notes(unit, task.root_key) if may_read_note(actor, n["family"])]
            family = catalog.family_of(task.definition_key)
            here_first = sorted(notes, key=lambda n: n["task_key"] != key)
            words = (n for n in notes if n["task_key"] == key and n["addressee"] == actor.username == task.assignee)
            reads = frozenset(process.reads(element.due_date))
            return TaskDetail(
                task, case, element, self.user_tasks.form(task), facts, known,
                drafts.get(unit, key, actor.username), letters,
                history_of(unit, catalog, task.root_key, actor, parts, EVENTS, letters),
                shown_name(unit, admitted, case.key, case),
                actor.username in excluded, isinstance(excluded, Everybody), denial, is_busy,
                [view for view in newest if not view.results & reads], [view for view in newest if view.results & reads],
                here_first[:NOTES], parts.guarded, family if family in parts.guarded else "", next(words, None),
            )  # fmt: skip

    def root_of(self, key: int, actor: Actor) -> int:
        """Return the case of a task that the actor reaches; raises NotFound or ReasonNeeded."""
        with self.context.db.read() as unit:
            task = tasks.get(unit, key)
            self.user_tasks.access.check(unit, task, actor)
            return task.root_key

    def is_taken_as_deputy(self, key: int, actor: Actor) -> bool:
        """Tell whether this actor moved a task last, by taking it as somebody's deputy."""
        with self.context.db.read() as unit:
            self.user_tasks.access.check(unit, tasks.get(unit, key), actor)
            line = audit.newest_about(unit, key, MOVES)
        return line is not None and line["actor"] == actor.username and "deputy_of" in (line["detail"] or {})

    def planned(self, key: int, actor: Actor) -> tuple[int, date | None]:
        """Return the priority and the follow-up date of a task that the actor reaches; raises NotFound or ReasonNeeded."""
        with self.context.db.read() as unit:
            task = tasks.get(unit, key)
            self.user_tasks.access.check(unit, task, actor)
            return task.priority, None if task.follow_up is None else legal_day(task.follow_up)

    def next_after(self, key: int, actor: Actor) -> UserTask | None:
        """Return the open task of the same case that this actor would do next: one that they have, else a free one for them.

        None where there is none, or the case is out of reach by now. Nothing about the case is told but the name of the task.
        """
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            try:
                root_key = tasks.get(unit, key).root_key
            except NotFound:  # the case was destroyed meanwhile
                return None
            if not cases.sees(unit, actor, root_key):
                return None
            found = [x for x in tasks.of_case(unit, root_key) if x.state == CREATED and x.assignee in (None, actor.username)]
            offered = (x for x in sorted(found, key=lambda x: (x.assignee is None, x.sort_due, x.key)) if may_do(x, actor))
            return next((x for x in offered if actor.username not in self.user_tasks.excluded_in(unit, x)), None)
