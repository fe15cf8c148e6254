"""The file of one case: everything in it at once, its facts, and notes written into it. Its pages are ``case_pages.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow.engine.variables import typed
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE, SUSPENDED, ProcessInstance, UserTask
from inburgering_flow.services.again import again
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.case_parts import decided_in, elements_of, facts_in, incidents_of, tasks_of
from inburgering_flow.services.context import Context
from inburgering_flow.services.decisions import DecisionView
from inburgering_flow.services.disclosure.incidents import ShownIncident
from inburgering_flow.services.facts import Fact, facts_of
from inburgering_flow.services.history import Event, documents_of, history_of
from inburgering_flow.services.open_parts import may_read_note, open_parts
from inburgering_flow.services.phases import phases_of
from inburgering_flow.services.processes import ElementView
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.task_access import TaskAccess
from inburgering_flow.store import cases, instances, tasks
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow

EVENTS = 100  # of what happened


@dataclass(frozen=True)
class CaseDetail:
    """Everything about one case, for programs and trial runs; its pages read each part by itself."""

    case: CaseItem
    phase: list[str]
    family: list[ProcessInstance]
    tasks: list[UserTask]
    elements: Mapping[int, list[ElementView]]
    variables: list[Fact]
    documents: list[DocumentRow]
    notes: list[Mapping[str, Any]]
    events: Page[Event]
    incidents: list[ShownIncident]
    decisions: Page[DecisionView]
    guarded: tuple[str, ...]
    """Families of processes that a note can be kept to."""


class CaseFile:
    """Reading one case as an actor; each look is logged before anything is read."""

    def __init__(self, context: Context, access: CaseAccess, task_access: TaskAccess) -> None:
        self.context = context
        self.access = access
        self.task_access = task_access

    def open(self, root_key: int, actor: Actor, reason: str = "") -> CaseDetail:
        """Return a case; the look is logged before anything is read.

        Of what happened and what was decided it has the newest.
        """
        self.access.check(root_key, actor, reason)
        self.access.log_look(actor, "case.look", root_key, root_key)
        catalog = self.context.catalog
        with self.context.db.read() as unit, catalog.within(unit):
            case = cases.get(unit, root_key)
            if case is None:
                raise NotFound(_("There is no such case."), remedy=_("Look at your list of cases."))
            parts = open_parts(unit, catalog, root_key, actor)
            family, letters = parts.family, documents_of(unit, root_key, parts)
            return CaseDetail(
                case, phases_of(unit, catalog, [root_key], actor).get(root_key, []), family,
                tasks_of(unit, root_key, parts, actor), elements_of(unit, catalog, parts),
                facts_in(unit, catalog, family, actor), letters,
                [n for n in cases.notes(unit, root_key) if may_read_note(actor, n["family"])],
                history_of(unit, catalog, root_key, actor, parts, EVENTS, letters), incidents_of(unit, catalog, family, actor),
                decided_in(unit, root_key, {i.key: i for i in family}, catalog, actor, 0), parts.guarded,
            )  # fmt: skip

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
    def add_note(
        self, root_key: int, text: str, actor: Actor, family: str = "", *, once: str = "", task_key: int | None = None
    ) -> None:
        """Write a note into a case: for all who see it, or only for those to whom a family of its processes is open.

        ``task_key`` names the task at which it was written: one of this case that the actor reaches.
        """
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

            if task_key is not None:
                self._check_task(unit, task_key, root_key, actor)

            def make() -> int:
                key = self.context.keys.next()
                cases.add_note(unit, key, root_key, actor.username, now, text.strip()[:10_000], family, task_key=task_key)
                self.context.log(unit, actor.username, "case.note", root_key=root_key, subject_key=key)
                return key

            made_once(self.context, unit, "note", once, actor, make)

    def _check_task(self, unit: Unit, key: int, root_key: int, actor: Actor) -> None:
        task = tasks.get(unit, key)
        if task.root_key != root_key:
            raise NotFound(_("There is no such task in this case."), remedy=_("Look at the tasks of the case."))
        self.task_access.check(unit, task, actor)
