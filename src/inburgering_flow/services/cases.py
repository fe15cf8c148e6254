"""What staff and managers read, within what their roles see; each look at a file is logged before it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.scopes import typed
from inburgering_flow.errors import Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE, SUSPENDED, IncidentRow, ProcessInstance, UserTask
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.decisions import DecisionView, views
from inburgering_flow.services.people import search_name
from inburgering_flow.services.processes import ElementView, element_view
from inburgering_flow.services.tasks import Tasks, may_work_on
from inburgering_flow.store import audit, cases, decisions, documents, incidents, instances, jobs, people, tasks
from inburgering_flow.store.cases import COUNT_LIMIT as COUNT_LIMIT
from inburgering_flow.store.cases import CaseItem, TaskItem
from inburgering_flow.store.documents import DocumentRow

PAGE = 50
REASON_HOLDS = timedelta(hours=12)  # how long a reason keeps a colleague's case open
BADGE = 1_000  # how far a page counts at once; a list counts on to 10,000 after it is shown


class ReasonNeeded(Forbidden):
    """The case lies outside the actor's caseload; it opens after a reason is given."""

    code = "REASON_NEEDED"


class Fact(NamedTuple):
    """A variable of one instance as a page shows it: ``kind`` is its declared FEEL type; meaning and source are the
    dictionary's."""

    instance_key: int
    name: str
    value: Any
    kind: str
    meaning: str
    source: str


@dataclass(frozen=True)
class Event:
    """One line of a case's history; ``subject`` names the document or message, ``task`` is what else it was about."""

    moment: datetime
    actor: str
    action: str
    subject: str = ""
    task: UserTask | None = None


@dataclass(frozen=True)
class TaskPage:
    """One page of tasks; ``count`` beyond 1,000 means "more"; ``after`` starts the next page."""

    items: list[TaskItem]
    count: int
    after: str | None
    names: Mapping[int, str]

    @property
    def has_more_than_counted(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.count > BADGE


@dataclass(frozen=True)
class TaskDetail:
    """Everything that the page of one task shows."""

    task: UserTask
    case: CaseItem
    element: Element
    schema: Mapping[str, Any] | None
    facts: list[Fact]
    draft: Mapping[str, Any]
    documents: list[DocumentRow]
    events: list[Event]
    person: str
    excluded: bool
    denial: tuple[str, str] | None
    busy: bool
    decisions: list[DecisionView]
    date_decisions: list[DecisionView]
    """Those whose outcome the task's date is made of."""


@dataclass(frozen=True)
class CaseDetail:
    """Everything that the page of one case shows."""

    case: CaseItem
    is_ending: bool
    """Whether it has been stopped and listeners on that are still at work."""
    person: str
    phase: list[str]
    family: list[ProcessInstance]
    tasks: list[UserTask]
    elements: Mapping[int, list[ElementView]]
    variables: list[Fact]
    documents: list[DocumentRow]
    terms: list[tuple[datetime, str]]
    notes: list[Mapping[str, Any]]
    events: list[Event]
    looks: list[Mapping[str, Any]]
    incidents: list[IncidentRow]
    decisions: list[DecisionView]


@dataclass(frozen=True)
class BoardRow:
    """A case on the board."""

    case: CaseItem
    person: str
    phase: str
    due: datetime | None


@dataclass(frozen=True)
class Board:
    """Cases by phase, owner and lateness."""

    rows: list[BoardRow]
    phases: Mapping[str, int]
    owners: Mapping[str, int]
    late: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


class Cases:
    """Reading cases and tasks as an actor."""

    def __init__(self, context: Context, user_tasks: Tasks) -> None:
        self.context = context
        self.user_tasks = user_tasks

    # -- tasks -----------------------------------------------------------------------------------------------------

    def task_page(
        self, actor: Actor, view: str = "rollen", filters: Mapping[str, str] | None = None, after: str | None = None,
        size: int = PAGE,
    ) -> TaskPage:  # fmt: skip
        """Return a page of open tasks by legal date: ``mijn``, ``rollen`` (free ones of my roles) or ``alle``."""
        chosen: dict[str, Any] = dict(filters or {})
        if chosen.get("late"):
            chosen["late"] = self.context.clock.now().isoformat()
        cursor = _cursor(after)
        with self.context.db.read() as unit:
            if chosen.get("person"):
                chosen["people"] = cases.people_named(unit, search_name(chosen["person"]))
            items = cases.task_page(unit, actor, view, chosen, cursor, size + 1)
            count = cases.task_count(unit, actor, view, chosen, BADGE)
            names = people.names(unit, [i.person_key for i in items if i.person_key])
        more = len(items) > size
        items = items[:size]
        next_after = f"{items[-1].sort_due.isoformat()}~{items[-1].key}" if more and items else None
        return TaskPage(items, count, next_after, names)

    def task_count(self, actor: Actor, view: str, filters: Mapping[str, str] | None = None) -> int:
        """Count the tasks of a list exactly to 10,000; 10,001 means more."""
        chosen = dict(filters or {})
        if chosen.get("late"):
            chosen["late"] = self.context.clock.now().isoformat()
        with self.context.db.read() as unit:
            return cases.task_count(unit, actor, view, chosen)

    def counts(self, actor: Actor) -> dict[str, int]:
        """Return how many tasks are mine, free for my roles, and late; beyond 1,000 each means "more"."""
        now = self.context.clock.now().isoformat()
        with self.context.db.read() as unit:
            return {
                "mijn": cases.task_count(unit, actor, "mijn", {}, BADGE),
                "rollen": cases.task_count(unit, actor, "rollen", {}, BADGE),
                "laat": cases.task_count(unit, actor, "mijn", {"late": now}, BADGE)
                + cases.task_count(unit, actor, "rollen", {"late": now}, BADGE),
            }

    def task(self, key: int, actor: Actor) -> TaskDetail:
        """Return a task with the facts of its case; the look is logged first."""
        with self.context.db.read() as unit:
            task = tasks.get(unit, key)
            allowed = may_work_on(task, actor) or cases.sees(unit, actor, task.root_key)
        if not allowed:
            raise NotFound(_("There is no such task, or it is not for you."), remedy=_("Look at your task list."))
        self._log_look(actor, "task.look", task.root_key, key)
        catalog = self.context.catalog
        with self.context.db.read() as unit, catalog.within(unit):
            process = catalog.process(task.definition_key)
            case = cases.get(unit, task.root_key)
            assert case is not None
            facts = self._facts(unit, task.instance_key, actor, process.types, process.key)
            element = process.elements[task.element_id]
            instance = instances.get(unit, task.instance_key)
            made = views(decisions.of_instance(unit, task.instance_key), {instance.key: instance}, catalog, actor)
            newest = list({view.decision_id: view for view in reversed(made)}.values())
            reads = frozenset(process.reads(element.due_date))
            return TaskDetail(
                task, case, element, self.user_tasks.form(task), facts,
                cases.draft(unit, key, actor.username), self._documents(unit, task.root_key, actor),
                self._history(unit, task.root_key, actor, 30), self._name(unit, case.person_key),
                actor.username in self.user_tasks.excluded_in(unit, task), self.user_tasks.denial_in(unit, task),
                self.user_tasks.is_busy(unit, task),
                [view for view in newest if not view.results & reads], [view for view in newest if view.results & reads],
            )  # fmt: skip

    # -- cases -----------------------------------------------------------------------------------------------------

    def search(self, actor: Actor, *, state: str = "", dossier: str = "", name: str = "") -> list[BoardRow]:
        """Return cases that the actor sees."""
        with self.context.db.read() as unit:
            keys = cases.people_named(unit, search_name(name)) if name.strip() else None
            found = cases.search(unit, actor, state=state, dossier=dossier.strip(), people=keys)
            return self._rows(unit, found)

    def board(self, actor: Actor) -> Board:
        """Return every running case by phase and owner; raises Forbidden for who does not lead."""
        actor.require(permissions.BOARD)
        now = self.context.clock.now()
        with self.context.db.read() as unit:
            rows = self._rows(unit, cases.search(unit, actor, state=cases.RUNNING, most=1000))
        rows.sort(key=lambda r: (r.due is None, r.due or now, r.case.key))
        return Board(
            rows, Counter(r.phase for r in rows), Counter(r.case.owner or "" for r in rows),
            sum(1 for r in rows if r.due is not None and r.due <= now),
        )  # fmt: skip

    def check_access(self, root_key: int, actor: Actor, reason: str = "") -> None:
        """Raise unless the actor sees the case; outside the caseload a reason opens it, and is logged."""
        with self.context.db.read() as unit:
            seen = cases.sees(unit, actor, root_key)
            exists = cases.get(unit, root_key) is not None
            since = self.context.clock.now() - REASON_HOLDS
            if not seen and actor.may(permissions.CASE_REASON) and not reason:
                seen = audit.gave_reason(unit, root_key, actor.username, since)
        if seen:
            return
        if not exists or not actor.may(permissions.CASE_REASON):
            raise NotFound(_("There is no such case, or it is not for you."), remedy=_("Look at your list of cases."))
        if len(reason.strip()) < 5:
            raise ReasonNeeded(_("This case is a colleague's."), remedy=_("Write down why you want to see the case."))
        self._log_look(actor, "case.look.reason", root_key, root_key, reason.strip()[:500])

    def case(self, root_key: int, actor: Actor, reason: str = "") -> CaseDetail:
        """Return a case; the look is logged before anything is read."""
        self.check_access(root_key, actor, reason)
        self._log_look(actor, "case.look", root_key, root_key)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            case = cases.get(unit, root_key)
            if case is None:
                raise NotFound(_("There is no such case."), remedy=_("Look at your list of cases."))
            family = [i for i in instances.family(unit, root_key) if i.key == root_key or self._open_to(actor, i)]
            shown = {i.key for i in family}
            elements = {
                i.key: [
                    element_view(e, self.context.catalog.process(i.definition_key).definition)
                    for e in instances.elements(unit, i.key)
                ]
                for i in family
            }
            facts: dict[str, Fact] = {}
            for instance in family:
                types = self.context.catalog.process(instance.definition_key).types
                facts.update((f.name, f) for f in self._facts(unit, instance.key, actor, types, instance.definition_key))
            names = {e.key: e.element_name or e.element_id for found in elements.values() for e in found}
            terms = [
                (j.due, names.get(j.element_key, "") or self._event_name(family, j.instance_key, j.element_id))
                for j in jobs.of_instances(unit, root_key)
                if j.kind == "TIMER" and j.due.year < 9000 and j.instance_key in shown
            ]
            return CaseDetail(
                case, case.state == ACTIVE and instances.is_ending(unit, root_key), self._name(unit, case.person_key),
                self._phases(unit, [root_key]).get(root_key, []), family,
                [x for x in tasks.of_case(unit, root_key) if x.instance_key in shown or may_work_on(x, actor)],
                elements, sorted(facts.values(), key=lambda f: f.name), self._documents(unit, root_key, actor), terms,
                cases.notes(unit, root_key), self._history(unit, root_key, actor, 100),
                audit.of_case(unit, root_key, 50, looks=True),
                [x for i in family for x in incidents.of_instance(unit, i.key) if x.state == "ACTIVE"],
                views(decisions.of_case(unit, root_key), {i.key: i for i in family}, self.context.catalog, actor),
            )  # fmt: skip

    def facts_of(self, instance_key: int, actor: Actor) -> list[Fact]:
        """Return the variables of an active instance that the actor's roles may see; raises NotFound."""
        with self.context.db.read() as unit:
            instance = instances.get(unit, instance_key)
        self.check_access(instance.root_key, actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            is_open = instance.key == instance.root_key or self._open_to(actor, instance)
            if instance.state not in (ACTIVE, SUSPENDED) or not is_open:
                return []
            types = self.context.catalog.process(instance.definition_key).types
            return self._facts(unit, instance_key, actor, types, instance.definition_key)

    def values_of(self, root_key: int, actor: Actor) -> dict[str, Any]:
        """Return the facts of a case that the actor's roles may see, typed as expressions see them; the look is logged."""
        self.check_access(root_key, actor)
        self._log_look(actor, "case.look", root_key, root_key)
        values: dict[str, Any] = {}
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            for instance in reversed(instances.family(unit, root_key)):
                if instance.key != root_key and not self._open_to(actor, instance):
                    continue
                types = self.context.catalog.process(instance.definition_key).types
                facts = self._facts(unit, instance.key, actor, types, instance.definition_key)
                values.update((fact.name, typed(fact.value, fact.kind)) for fact in facts)
        return values

    @again
    def add_note(self, root_key: int, text: str, actor: Actor) -> None:
        """Write a note into a case."""
        actor.require(permissions.CASE_NOTE)
        self.check_access(root_key, actor)
        if not text.strip():
            raise InvalidInput(_("The note is empty."), remedy=_("Write something first."))
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            cases.add_note(unit, self.context.keys.next(), root_key, actor.username, now, text.strip()[:10_000])
            self.context.log(unit, actor.username, "case.note", root_key=root_key)

    def check_document(self, document: DocumentRow, actor: Actor) -> None:
        """Raise unless the actor sees the case of a document and the process that made it."""
        self.check_access(document.root_key, actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            if actor.closed(self.context.catalog.family_of(instances.get(unit, document.instance_key).definition_key)):
                raise NotFound(_("This document is not for you."), remedy=_("Look at your list of cases."))

    def marks(self, instance_key: int, actor: Actor) -> dict[str, Any]:
        """Return what is active, done and broken in one instance, for its diagram."""
        with self.context.db.read() as unit:
            instance = instances.get(unit, instance_key)
        actor.require(permissions.DIAGRAM)
        self.check_access(instance.root_key, actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            if instance.key != instance.root_key and not self._open_to(actor, instance):
                raise NotFound(_("This part of the case is not for you."), remedy=_("Look at your list of cases."))
            rows = instances.elements(unit, instance_key)
            broken = Counter(x.element_id for x in incidents.of_instance(unit, instance_key) if x.state == "ACTIVE")
        active = Counter(e.element_id for e in rows if e.state == "ACTIVE")
        return {
            "active": active,
            "incidents": broken,
            "completed": sorted({e.element_id for e in rows if e.state == "COMPLETED"} - set(active)),
        }

    def definition_marks(self, definition_key: int, actor: Actor) -> dict[str, Any]:
        """Return how many tokens and incidents stand at each element of a definition."""
        if not (actor.may(permissions.BOARD) or actor.may(permissions.DEFINITION_READ)):
            actor.require(permissions.BOARD)
        with self.context.db.read() as unit:
            active, broken = cases.counts_by_element(unit, definition_key)
        return {"active": active, "incidents": broken, "completed": []}

    # -- inside ----------------------------------------------------------------------------------------------------

    def _rows(self, unit: Any, found: list[CaseItem]) -> list[BoardRow]:
        keys = [c.key for c in found]
        names = people.names(unit, [c.person_key for c in found if c.person_key])
        phases = self._phases(unit, keys)
        due = cases.next_due_by_case(unit, keys)
        stuck = incidents.stuck_roots(unit, keys)
        return [
            BoardRow(
                replace(c, has_incident=c.key in stuck), names.get(c.person_key or 0, ""), ", ".join(phases.get(c.key, [])),
                d if (d := due.get(c.key)) is not None and d.year < 9000 else None,
            )
            for c in found
        ]  # fmt: skip

    def _phases(self, unit: Any, root_keys: list[int]) -> dict[int, list[str]]:
        """Return the names of the call activities that are active directly in each case: its phases."""
        found: dict[int, list[str]] = {}
        if not root_keys:
            return found
        with self.context.catalog.within(unit):
            for root_key, definition_key, element_id, kind, _process in cases.active_elements(unit, root_keys):
                if kind != "CALL_ACTIVITY":
                    continue
                element = self.context.catalog.process(definition_key).elements[element_id]
                names = found.setdefault(root_key, [])
                if element.name not in names:
                    names.append(element.name)
        return found

    def _event_name(self, family: list[ProcessInstance], instance_key: int, element_id: str) -> str:
        instance = next((i for i in family if i.key == instance_key), None)
        if instance is None:
            return element_id
        element = self.context.catalog.process(instance.definition_key).elements.get(element_id)
        return element.name if element and element.name else element_id

    def _facts(
        self, unit: Any, instance_key: int, actor: Actor, types: Mapping[str, str], definition_key: int
    ) -> list[Fact]:
        """Return the variables that the data dictionary lets the actor's roles see.

        What a dictionary does not declare stays hidden; where a process has no dictionary, who sees the case sees all.
        """
        readers = self.context.catalog.readers_of(definition_key)
        meanings = self.context.catalog.meanings_of(definition_key)
        roles = frozenset(actor.roles)
        return [
            Fact(instance_key, name, value, types.get(name, ""), *meanings.get(name, ("", "")))
            for name, value in sorted(instances.variables(unit, instance_key).items())
            if not isinstance(value, (dict, list))
            and value is not None
            and (actor.is_system or not readers or roles & readers.get(name, frozenset()))
        ]

    def _open_to(self, actor: Actor, instance: ProcessInstance) -> bool:
        return not actor.closed(self.context.catalog.family_of(instance.definition_key))

    def _documents(self, unit: Any, root_key: int, actor: Actor) -> list[DocumentRow]:
        """Return the documents of those processes of the case that are open to the actor's roles."""
        with self.context.catalog.within(unit):
            closed = {i.key for i in instances.family(unit, root_key) if not self._open_to(actor, i)}
        return [d for d in documents.of_case(unit, root_key) if d.instance_key not in closed]

    def _history(self, unit: Any, root_key: int, actor: Actor, most: int) -> list[Event]:
        """Return what was done in a case, newest first: by people, by partners' messages and by letters made."""
        known = {x.key: x for x in tasks.of_case(unit, root_key)}
        found = [
            Event(e["moment"], e["actor"], e["action"], str((e["detail"] or {}).get("name", "")),
                  known.get(e["subject_key"] or 0))
            for e in audit.of_case(unit, root_key, most, looks=False)
        ]  # fmt: skip
        found.extend(Event(d.created, "", "document.made", d.title) for d in self._documents(unit, root_key, actor))
        found.extend(Event(moment, "", "message.received", name) for moment, name in cases.messages(unit, root_key))
        return sorted(found, key=lambda e: e.moment, reverse=True)[:most]

    def _name(self, unit: Any, person_key: int | None) -> str:
        return people.names(unit, [person_key]).get(person_key, "") if person_key else ""

    def _log_look(self, actor: Actor, action: str, root_key: int, subject: int, reason: str = "") -> None:
        with self.context.db.write() as unit:
            self.context.log(
                unit, actor.username, action, root_key=root_key, subject_key=subject,
                detail={"reason": reason} if reason else None,
            )  # fmt: skip


def _cursor(after: str | None) -> tuple[datetime, int] | None:
    if not after:
        return None
    moment, _tilde, key = after.partition("~")
    try:
        return datetime.fromisoformat(moment), int(key)
    except ValueError:
        raise InvalidInput(_("There is no such page."), remedy=_("Start again at the first page.")) from None
