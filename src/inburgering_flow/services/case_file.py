"""The file of one case: everything that its page shows, its facts, and notes written into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.engine.variables import typed
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE, COMPLETED, SUSPENDED, ProcessInstance, UserTask
from inburgering_flow.services.again import again
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.context import Context
from inburgering_flow.services.decisions import DecisionView, views
from inburgering_flow.services.disclosure.incidents import ShownIncident, shown_incident, tells_hidden
from inburgering_flow.services.disclosure.people import shown_name
from inburgering_flow.services.facts import Fact, facts_of, hidden_from
from inburgering_flow.services.history import Event, documents_of, history_of
from inburgering_flow.services.open_parts import may_read_note, open_parts
from inburgering_flow.services.phases import phases_of
from inburgering_flow.services.processes import ElementView, element_view
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.terms import ShownTerm, Terms
from inburgering_flow.store import audit, cases, incidents, instances, jobs, tasks
from inburgering_flow.store import decisions as stored
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow

EVENTS, LOOKS, DECISIONS = 100, 50, 50  # rows on a page of each


@dataclass(frozen=True)
class CaseDetail:
    """Everything that the page of one case shows."""

    case: CaseItem
    is_ending: bool
    """Whether it has been stopped while listeners on its end are still at work."""
    person: str
    phase: list[str]
    family: list[ProcessInstance]
    tasks: list[UserTask]
    elements: Mapping[int, list[ElementView]]
    variables: list[Fact]
    documents: list[DocumentRow]
    terms: list[ShownTerm]
    """From the register, those that run first."""
    waits: list[tuple[datetime, str]]
    """When it goes on by itself, and where: its timers."""
    notes: list[Mapping[str, Any]]
    events: Page[Event]
    looks: Page[Mapping[str, Any]]
    incidents: list[ShownIncident]
    decisions: Page[DecisionView]
    guarded: tuple[str, ...]
    """Families of processes that a note can be kept to."""
    endings: list[str]
    """The names of the end events with which a case ended."""
    guard: str
    """The one that a note of this actor is about, as far as can be told: that of a task of theirs; else empty."""


def _endings(case: CaseItem, elements: Sequence[ElementView]) -> list[str]:
    """Return the end events that were reached last, in whatever part of the process: an event sub-process may end a case."""
    ends = [e for e in elements if e.element_type == "END_EVENT" and e.state == COMPLETED and e.end_date is not None]
    last = max((e.end_date for e in ends if e.end_date), default=None)
    return list(dict.fromkeys(e.element_name for e in ends if e.end_date == last and e.element_name)) if case.end else []


def _looks(unit: Unit, root_key: int, start: int) -> Page[Mapping[str, Any]]:
    rows = audit.of_case(unit, root_key, LOOKS, start=start, looks=True)
    is_all = start == 0 and len(rows) < LOOKS
    total = len(rows) if is_all else sum(audit.counts_of_case(unit, root_key, looks=True).values())
    return Page(rows, start, total, LOOKS)


def _decided(
    unit: Unit, root_key: int, family: Mapping[int, ProcessInstance], catalog: StoredCatalog, actor: Actor, start: int
) -> Page[DecisionView]:
    """Return a page of the decisions of the instances given, the newest first."""
    rows: list[DecisionRow] = []
    read, wanted = 0, start + DECISIONS
    while len(rows) < wanted:
        some = stored.of_case(unit, root_key, wanted, start=read)
        rows.extend(row for row in some if row.instance_key in family)
        read += len(some)
        if len(some) < wanted:
            break
    total = len(rows)
    if total >= wanted:
        total = sum(count for key, count in stored.counts_of_case(unit, root_key).items() if key in family)
    return Page(views(rows[start:wanted], family, catalog, actor), start, total, DECISIONS)


class CaseFile:
    """Reading one case as an actor; each look is logged before anything is read."""

    def __init__(self, context: Context, access: CaseAccess, terms: Terms) -> None:
        self.context = context
        self.access = access
        self.terms = terms

    def open(
        self, root_key: int, actor: Actor, reason: str = "", *, events: int = 0, looks: int = 0, decisions: int = 0
    ) -> CaseDetail:
        """Return a case; the look is logged before anything is read.

        Of what happened, who looked and what was decided it has a page, from the row that is named; 0 is the newest.
        """
        admitted = self.access.check(root_key, actor, reason)
        self.access.log_look(actor, "case.look", root_key, root_key)
        catalog = self.context.catalog
        with self.context.db.read() as unit, catalog.within(unit):
            case = cases.get(unit, root_key)
            if case is None:
                raise NotFound(_("There is no such case."), remedy=_("Look at your list of cases."))
            parts = open_parts(unit, catalog, root_key, actor)
            family = parts.family
            shown = {i.key for i in family}
            elements = {
                i.key: [
                    element_view(e, catalog.process(i.definition_key).definition)
                    for e in instances.elements(unit, i.key)
                    if e.key not in parts.calls
                ]
                for i in family
            }
            facts: dict[str, Fact] = {}
            for instance in family:
                found = facts_of(unit, catalog, instance.key, instance.definition_key, actor)
                facts.update((fact.name, fact) for fact in found)
            names = {e.key: e.element_name or e.element_id for rows in elements.values() for e in rows}
            waits = [
                (j.due, names.get(j.element_key, "") or self._event_name(family, j.instance_key, j.element_id))
                for j in jobs.of_instances(unit, root_key)
                if j.kind == "TIMER" and j.due.year < 9000 and j.instance_key in shown
            ]
            every_task, letters = tasks.of_case(unit, root_key), documents_of(unit, root_key, parts)
            offered = [x for x in every_task if x.candidate_groups and may_do(x, actor)]
            theirs = {catalog.family_of(x.definition_key) for x in offered}
            return CaseDetail(
                case, case.state == ACTIVE and instances.is_ending(unit, root_key),
                shown_name(unit, admitted, case.key, case),
                phases_of(unit, catalog, [root_key], actor).get(root_key, []), family,
                [x for x in every_task if x.instance_key in shown or may_do(x, actor)],
                elements, sorted(facts.values(), key=lambda f: f.name), letters,
                self.terms.of_case_in(unit, root_key, actor), waits,
                [n for n in cases.notes(unit, root_key) if may_read_note(actor, n["family"])],
                history_of(unit, catalog, root_key, actor, parts, EVENTS, letters, events),
                _looks(unit, root_key, looks),
                self._incidents(unit, family, actor),
                _decided(unit, root_key, {i.key: i for i in family}, catalog, actor, decisions),
                parts.guarded, _endings(case, elements.get(root_key, [])), next((f for f in parts.guarded if f in theirs), ""),
            )  # fmt: skip

    def _incidents(self, unit: Unit, family: list[ProcessInstance], actor: Actor) -> list[ShownIncident]:
        """Return what stands still in these instances; a text that tells of a variable that is hidden is left out."""
        catalog, found = self.context.catalog, []
        for instance in family:
            stuck = [row for row in incidents.of_instance(unit, instance.key) if row.state == ACTIVE]
            if stuck:
                hidden = hidden_from(unit, catalog, instance.key, instance.definition_key, actor)
                process = catalog.process(instance.definition_key)
                found += [shown_incident(x, process, with_text=not tells_hidden(x.message, hidden)) for x in stuck]
        return found

    def facts_of(self, instance_key: int, actor: Actor) -> list[Fact]:
        """Return the variables of an active instance that the actor's roles may see; raises NotFound."""
        with self.context.db.read() as unit:
            instance = instances.get(unit, instance_key)
        self.access.check(instance.root_key, actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            closed = open_parts(unit, self.context.catalog, instance.root_key, actor).closed
            if instance.state not in (ACTIVE, SUSPENDED) or instance_key in closed:
                return []
            return facts_of(unit, self.context.catalog, instance_key, instance.definition_key, actor)

    def values_of(self, root_key: int, actor: Actor) -> dict[str, Any]:
        """Return the facts of a case that the actor's roles may see, typed as expressions see them; the look is logged."""
        self.access.check(root_key, actor)
        self.access.log_look(actor, "case.look", root_key, root_key)
        values: dict[str, Any] = {}
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            for instance in reversed(open_parts(unit, self.context.catalog, root_key, actor).family):
                facts = facts_of(unit, self.context.catalog, instance.key, instance.definition_key, actor)
                values.update((fact.name, typed(fact.value, fact.kind)) for fact in facts)
        return values

    @again
    def add_note(self, root_key: int, text: str, actor: Actor, family: str = "", *, once: str = "") -> None:
        """Write a note into a case: for all who see it, or only for those to whom a family of its processes is open."""
        actor.require(permissions.CASE_NOTE)
        self.access.check(root_key, actor)
        if not text.strip():
            raise InvalidInput(_("The note is empty."), remedy=_("Write something first."))
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if family and family not in open_parts(unit, self.context.catalog, root_key, actor).guarded:
                raise InvalidInput(
                    _("This case has no part '{family}' for you.").format(family=family[:60]),
                    remedy=_("Choose who may read the note from the list."),
                )

            def make() -> int:
                key = self.context.keys.next()
                cases.add_note(unit, key, root_key, actor.username, now, text.strip()[:10_000], family)
                self.context.log(unit, actor.username, "case.note", root_key=root_key, subject_key=key)
                return key

            made_once(self.context, unit, "note", once, actor, make)

    def _event_name(self, family: list[ProcessInstance], instance_key: int, element_id: str) -> str:
        instance = next((i for i in family if i.key == instance_key), None)
        if instance is None:
            return element_id
        element = self.context.catalog.process(instance.definition_key).elements.get(element_id)
        return element.name if element and element.name else element_id
