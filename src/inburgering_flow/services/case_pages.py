"""The pages of one case: what stands above each of them, and what each of them shows. None reads what another one shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE, CREATED, ProcessInstance, UserTask
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.case_parts import (
    Waiting,
    decided_in,
    elements_of,
    facts_in,
    incidents_of,
    looks_of,
    tasks_of,
    waiting_of,
)
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.context import Context
from inburgering_flow.services.decisions import DecisionView
from inburgering_flow.services.disclosure.incidents import ShownIncident
from inburgering_flow.services.disclosure.people import Admitted, shown_name
from inburgering_flow.services.facts import Fact, facts_of
from inburgering_flow.services.history import Event, documents_of, history_of, how_it_ended
from inburgering_flow.services.ledger import SIZE as PAYMENTS
from inburgering_flow.services.ledger import Entry, Ledger
from inburgering_flow.services.open_parts import OpenParts, may_read_note, open_parts
from inburgering_flow.services.outlooks import Outlook, Outlooks
from inburgering_flow.services.phases import Phases, phases_in
from inburgering_flow.services.processes import ElementView
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.terms import ShownTerm, Terms
from inburgering_flow.store import cases, instances
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow
from inburgering_flow.store.terms import OURS

T = TypeVar("T")
EVENTS, NEWEST = 25, 5  # of what happened: on a page of its own, and on the first page
NOTES = 3  # on the first page
MOST = 5_000  # rows of one kind in what is taken along
TASKS = 25  # that are over, on a page


@dataclass(frozen=True)
class Head:
    """What stands above each page of a case."""

    case: CaseItem
    person: str
    phases: Phases
    about: list[Fact]
    """The facts that the domain names for it (``Plugin.headline``), as far as the actor may see them."""
    term: ShownTerm | None
    """The running term that is over first: one that the organisation has to keep, else another's."""
    waits: list[Waiting]
    """What the case waits for, what people do first; not what it only listens for."""
    endings: list[str]
    """The names of the end events with which it ended."""
    is_ending: bool
    """Whether it has been stopped while listeners on its end are still at work."""
    is_stuck: bool
    """Whether a step in it stands still, as far as the actor may know."""
    outlook: Outlook | None = None
    """What is to be expected of the organisation's first term that has not passed, for who leads."""


@dataclass(frozen=True)
class Tab(Generic[T]):
    """A page of a case: what stands above it, and what it shows."""

    head: Head
    shown: T


@dataclass(frozen=True)
class Overview:
    """The first page: what is to be done, until when, and what happened last."""

    tasks: list[UserTask]
    terms: list[ShownTerm]
    events: Page[Event]
    notes: list[Mapping[str, Any]]
    """The newest."""
    notes_total: int
    incidents: list[ShownIncident]
    guarded: tuple[str, ...]
    """Families of processes that a note can be kept to."""
    guard: str
    """The one that a note of this actor is about, as far as can be told: that of a task of theirs; else empty."""


@dataclass(frozen=True)
class CaseTasks:
    """The tasks of a case: all that are open, and those that are over, the newest first."""

    open: list[UserTask]
    over: Page[UserTask]


@dataclass(frozen=True)
class Known:
    """What the case knows, and what was decided from it."""

    facts: list[Fact]
    decisions: Page[DecisionView]


@dataclass(frozen=True)
class Drawing:
    """One process of a case: where it stands, and everything that it went through."""

    family: list[ProcessInstance]
    names: Mapping[int, str]
    """What each process of the family is called."""
    instance: ProcessInstance
    elements: list[ElementView]
    waits: list[Waiting]


@dataclass(frozen=True)
class Whole:
    """Everything that the pages of a case show to somebody; ``payments`` is None for who may not see money."""

    tasks: list[UserTask]
    terms: list[ShownTerm]
    facts: list[Fact]
    decisions: list[DecisionView]
    notes: list[Mapping[str, Any]]
    documents: list[DocumentRow]
    payments: list[Entry] | None
    events: list[Event]
    looks: list[Mapping[str, Any]]


def _every(read: Callable[[int], Page[T]]) -> list[T]:
    """Return the rows of all pages of a list."""
    rows: list[T] = []
    start: int | None = 0
    while start is not None and len(rows) < MOST:
        page = read(start)
        rows += page.rows
        start = page.following
    return rows


@dataclass
class _Reading:
    """One case inside an open unit, for an actor who was let in; what the head and a page both need is read once."""

    unit: Unit
    catalog: StoredCatalog
    case: CaseItem
    parts: OpenParts
    actor: Actor
    register: Terms

    @property
    def key(self) -> int:
        return self.case.key

    @cached_property
    def tasks(self) -> list[UserTask]:
        return tasks_of(self.unit, self.key, self.parts, self.actor)

    @cached_property
    def terms(self) -> list[ShownTerm]:
        return self.register.of_case_in(self.unit, self.key, self.actor)

    @cached_property
    def letters(self) -> list[DocumentRow]:
        return documents_of(self.unit, self.key, self.parts)

    @cached_property
    def waits(self) -> list[Waiting]:
        return waiting_of(self.unit, self.catalog, self.key, self.parts, self.tasks) if self.case.end is None else []


class CasePages:
    """Reading the pages of a case as an actor; each look is logged before anything is read."""

    def __init__(self, context: Context, access: CaseAccess, terms: Terms, ledger: Ledger, outlooks: Outlooks) -> None:
        self.context = context
        self.access = access
        self.terms = terms
        self.ledger = ledger
        self.outlooks = outlooks

    def overview(self, root_key: int, actor: Actor, reason: str = "") -> Tab[Overview]:
        """Return the first page; ``reason`` opens a case outside the caseload. Raises NotFound or ReasonNeeded, as each does."""
        return self._open(root_key, actor, self._overview, reason)

    def tasks(self, root_key: int, actor: Actor, *, start: int = 0) -> Tab[CaseTasks]:
        """Return the tasks of a case: those that are open, and a page of those that are over."""

        def read(at: _Reading) -> CaseTasks:
            over = [x for x in at.tasks if x.state != CREATED][::-1]
            page = Page(over[start : start + TASKS], start, len(over), TASKS)
            return CaseTasks([x for x in at.tasks if x.state == CREATED], page)

        return self._open(root_key, actor, read)

    def timeline(self, root_key: int, actor: Actor, *, kind: str = "", start: int = 0) -> Tab[Page[Event]]:
        """Return a page of what happened, the newest first, of one ``history.KINDS`` or of all."""

        def read(at: _Reading) -> Page[Event]:
            return history_of(
                at.unit, at.catalog, at.key, actor, at.parts, EVENTS, at.letters, start, kind=kind, terms=at.terms
            )

        return self._open(root_key, actor, read)

    def documents(self, root_key: int, actor: Actor) -> Tab[list[DocumentRow]]:
        """Return the documents of a case, the newest first."""
        return self._open(root_key, actor, lambda at: at.letters[::-1])

    def known(self, root_key: int, actor: Actor, *, start: int = 0) -> Tab[Known]:
        """Return the facts of a case, and a page of what was decided, the newest first."""

        def read(at: _Reading) -> Known:
            family = at.parts.family
            decided = decided_in(at.unit, at.key, {i.key: i for i in family}, at.catalog, actor, start)
            return Known(facts_in(at.unit, at.catalog, family, actor), decided)

        return self._open(root_key, actor, read)

    def payments(self, root_key: int, actor: Actor, *, start: int = 0, size: int = PAYMENTS) -> Tab[Page[Entry]]:
        """Return a page of what was booked for a case; raises Forbidden where the actor may not see money."""
        return self._open(root_key, actor, lambda at: self.ledger.of_case_in(at.unit, at.key, actor, start, size))

    def drawing(self, root_key: int, actor: Actor, instance_key: int | None = None) -> Tab[Drawing]:
        """Return one process of a case, its own where none of its family is named, and what the whole case waits for."""

        def read(at: _Reading) -> Drawing:
            family = at.parts.family
            instance = next((i for i in family if i.key == instance_key), family[0])
            elements = elements_of(at.unit, at.catalog, at.parts, instance.key)[instance.key]
            names = {i.key: at.catalog.process(i.definition_key).definition.name or i.process_id for i in family}
            return Drawing(family, names, instance, elements, at.waits)

        return self._open(root_key, actor, read)

    def looks(self, root_key: int, actor: Actor, *, start: int = 0) -> Tab[Page[Mapping[str, Any]]]:
        """Return a page of who looked at a case, the newest first, for whoever sees it."""
        return self._open(root_key, actor, lambda at: looks_of(at.unit, at.key, start))

    def whole(self, root_key: int, actor: Actor) -> Tab[Whole]:
        """Return everything that the pages of a case show to an actor, at most ``MOST`` rows of each kind, to take along; the
        log says that it was taken.
        """

        def read(at: _Reading) -> Whole:
            unit, catalog, parts = at.unit, at.catalog, at.parts
            family = {i.key: i for i in parts.family}
            events = history_of(unit, catalog, at.key, actor, parts, MOST, at.letters, terms=at.terms)
            may_see_money = actor.may(permissions.MONEY_READ) and bool(self.context.domain.budgets)
            return Whole(
                at.tasks, at.terms, facts_in(unit, catalog, parts.family, actor),
                _every(lambda start: decided_in(unit, at.key, family, catalog, actor, start)),
                [n for n in cases.notes(unit, at.key) if may_read_note(actor, n["family"])], at.letters,
                _every(lambda start: self.ledger.of_case_in(unit, at.key, actor, start)) if may_see_money else None,
                events.rows, _every(lambda start: looks_of(unit, at.key, start)),
            )  # fmt: skip

        return self._open(root_key, actor, read, action="case.look.file")

    # -- inside --------------------------------------------------------------------------------------------------------

    def _open(
        self, root_key: int, actor: Actor, read: Callable[[_Reading], T], reason: str = "", *, action: str = "case.look"
    ) -> Tab[T]:
        admitted = self.access.check(root_key, actor, reason)
        self.access.log_look(actor, action, root_key, root_key)
        catalog = self.context.catalog
        with self.context.db.read() as unit, catalog.within(unit):
            case = cases.get(unit, root_key)
            if case is None:
                raise NotFound(_("There is no such case."), remedy=_("Look at your list of cases."))
            at = _Reading(unit, catalog, case, open_parts(unit, catalog, root_key, actor), actor, self.terms)
            head, shown = self._head(at, admitted), read(at)
        if head.term is not None and head.term.row.state == OURS:
            head = replace(head, outlook=self.outlooks.of_cases([root_key], actor).get(root_key))
        return Tab(head, shown)

    def _head(self, at: _Reading, admitted: Admitted) -> Head:
        unit, catalog, case, parts = at.unit, at.catalog, at.case, at.parts
        running = [x for x in at.terms if x.row.is_running]
        top, wanted = parts.family[0], self.context.domain.headline
        facts = {f.name: f for f in facts_of(unit, catalog, top.key, top.definition_key, at.actor)} if wanted else {}
        return Head(
            case, shown_name(unit, admitted, case.key, case), phases_in(unit, catalog, parts),
            [facts[name] for name in wanted if name in facts],
            next((x for x in running if x.row.state == OURS), next(iter(running), None)),
            [one for one in at.waits if one.is_step], how_it_ended(unit, catalog, parts) if case.end is not None else [],
            case.state == ACTIVE and instances.is_ending(unit, at.key), any(i.has_incident for i in parts.family),
        )  # fmt: skip

    def _overview(self, at: _Reading) -> Overview:
        unit, catalog, parts, actor = at.unit, at.catalog, at.parts, at.actor
        theirs = {catalog.family_of(x.definition_key) for x in at.tasks if x.candidate_groups and may_do(x, actor)}
        notes = [n for n in cases.notes(unit, at.key) if may_read_note(actor, n["family"])]
        events = history_of(unit, catalog, at.key, actor, parts, NEWEST, at.letters, terms=at.terms)
        return Overview(
            [x for x in at.tasks if x.state == CREATED], at.terms, events, notes[:NOTES], len(notes),
            incidents_of(unit, catalog, parts.family, actor), parts.guarded,
            next((f for f in parts.guarded if f in theirs), ""),
        )  # fmt: skip
