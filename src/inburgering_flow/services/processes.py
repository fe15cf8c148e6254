"""Starting, reading and ending process instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.engine import commands
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.feel import variables_given
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import (
    ENDING,
    INSTANCE_MOVES,
    SUSPENDED,
    ElementInstance,
    IncidentRow,
    ProcessInstance,
    moved,
    stands_still,
)
from inburgering_flow.services.again import again
from inburgering_flow.services.attachments import Attachment, keep
from inburgering_flow.services.context import Context
from inburgering_flow.services.steps import Steps
from inburgering_flow.store import cases, incidents, instances
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class ElementView:
    """One element that an instance has entered."""

    key: int
    element_id: str
    element_name: str
    element_type: str
    state: str
    start_date: datetime
    end_date: datetime | None
    scope_key: int
    is_ending: bool = False
    """Whether it ends as soon as the listeners on its end are done."""


@dataclass(frozen=True)
class InstanceView:
    """A process instance with its history, as the embedding API shows it."""

    key: int
    process_definition_id: str
    process_definition_key: int
    version: int
    state: str
    has_incident: bool
    root_key: int
    parent_key: int | None
    business_key: str
    person_key: int | None
    start_date: datetime
    end_date: datetime | None
    variables: Mapping[str, Any]
    elements: tuple[ElementView, ...]
    incidents: tuple[IncidentRow, ...]


class Processes:
    """Use cases about whole instances."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self.context = context
        self.steps = steps

    @again
    def start(
        self,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        person_key: int | None = None,
        business_key: str = "",
        owner: str | None = None,
        location: str | None = None,
        actor: Actor = SYSTEM,
        attachments: Sequence[Attachment] = (),
    ) -> int:
        """Start the newest version of a process; return the instance's key. Raises InvalidInput for a variable outside the
        range that the data dictionary gives.
        """
        with self.context.db.write() as unit:
            return self.start_in(
                unit, process_id, variables, person_key=person_key, business_key=business_key, owner=owner, location=location,
                actor=actor, attachments=attachments,
            )  # fmt: skip

    def start_in(
        self, unit: Unit, process_id: str, variables: Mapping[str, Any] | None, *, person_key: int | None,
        business_key: str = "", owner: str | None = None, location: str | None = None, actor: Actor,
        permission: str = permissions.CASE_START, attachments: Sequence[Attachment] = (),
    ) -> int:  # fmt: skip
        """Start inside an open unit; the actor needs ``permission``. The ``attachments``, which the variables describe, become
        documents of the case.

        Raises InvalidInput where a case has that name, whichever process it is of: messages find a case by its name, so that a
        second one would get those of the first.
        """
        actor.require(permission)
        values = variables_given(variables)
        with self.context.catalog.within(unit):
            process = self.context.catalog.latest_process(process_id)
            self.context.check_ranges(process.key, values)
        named = self.context.domain.case_name
        name = business_key or str((values.get(named.variable) if named else None) or "")
        if named and any(cases.is_named(unit, one) for one in sorted({name, str(values.get(named.variable) or "")} - {""})):
            raise InvalidInput(
                _("There is a case {name} already.").format(name=name), remedy=_("Open that one, or correct the number."),
                code="CASE_KNOWN",
            )
        instance = self.steps.run(
            unit,
            lambda run: commands.start(run, process, values, person_key=person_key, business_key=name),
            user=actor.username,
        )
        if owner:
            instances.set_owner(unit, instance.key, owner)
        if location:
            instances.set_location(unit, instance.key, location)
        keep(self.context, unit, attachments, instance.key, instance.key)
        self.context.log(unit, actor.username, "case.start", root_key=instance.key)
        return instance.key

    def get(self, key: int) -> InstanceView:
        """Return an instance with variables, elements and incidents."""
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            found = instances.get(unit, key)
            definition = self.context.catalog.process(found.definition_key).definition
            return InstanceView(
                found.key, found.process_id, found.definition_key, found.version, found.state, found.has_incident,
                found.root_key, found.parent_key, found.business_key, found.person_key, found.start, found.end,
                instances.variables(unit, key),
                tuple(element_view(e, definition) for e in instances.elements(unit, key)),
                tuple(incidents.of_instance(unit, key)),
            )  # fmt: skip

    def search(self, process_id: str | None = None, state: str | None = None) -> list[ProcessInstance]:
        """Return summaries, newest last; called instances included."""
        with self.context.db.read() as unit:
            return instances.search(unit, process_id, state)

    @again
    def cancel(self, key: int, actor: Actor = SYSTEM) -> None:
        """Terminate an instance and what it called; raises Conflict if it has ended."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.write() as unit:
            self.cancel_in(unit, key, actor)

    def cancel_in(self, unit: Unit, key: int, actor: Actor) -> None:
        """Cancel inside an open unit."""
        self.steps.lock(unit, instances.get(unit, key).root_key)
        found = instances.get(unit, key)
        moved(INSTANCE_MOVES, _("Process instance {key}").format(key=key), found.state, "cancel")
        if found.parent_element_key is not None:
            raise Conflict(
                _("Instance {key} was called by {parent_key}.").format(key=key, parent_key=found.parent_key),
                remedy=_("Cancel the case at the top instead."),
            )
        self.steps.run(unit, lambda run: commands.cancel(run, key), root_key=found.root_key, user=actor.username)
        self.context.log(unit, actor.username, "process.cancel", root_key=found.root_key, subject_key=key)

    @again
    def set_variables(
        self, key: int, variables: Mapping[str, Any], *, scope_key: int | None = None, local: bool = False,
        actor: Actor = SYSTEM,
    ) -> None:  # fmt: skip
        """Write variables from outside, at an instance or one of its active elements; raises Conflict if it has ended."""
        actor.require(permissions.PROCESS_MANAGE)
        values = variables_given(variables)
        with self.context.db.write() as unit:
            self.steps.lock(unit, instances.get(unit, key).root_key)
            found = instances.get(unit, key)
            moved(INSTANCE_MOVES, _("Process instance {key}").format(key=key), found.state, "set variables")
            with self.context.catalog.within(unit):
                self.context.check_ranges(found.definition_key, values)
            self.steps.run(
                unit, lambda run: commands.set_variables(run, scope_key or key, key, values, local=local),
                root_key=found.root_key, user=actor.username,
            )  # fmt: skip
            self.context.log(
                unit, actor.username, "variable.set", root_key=found.root_key, detail={"names": sorted(values)},
            )  # fmt: skip

    @again
    def activate_ad_hoc(
        self, element_key: int, element_ids: Sequence[str],
        variables: Mapping[str, Mapping[str, Any]] | None = None, *, actor: Actor = SYSTEM,
    ) -> None:  # fmt: skip
        """Start activities of an active ad-hoc sub-process; ``variables`` are local ones by activity.

        Raises NotFound, Conflict if it is not active or stands still, InvalidInput for an activity that it does not
        have.
        """
        actor.require(permissions.PROCESS_MANAGE)
        local = {name: variables_given(values) for name, values in (variables or {}).items()}
        with self.context.db.write() as unit:
            root_key = instances.root_of_element(unit, element_key)
            self.steps.lock(unit, root_key)
            if instances.get(unit, root_key).state == SUSPENDED:
                raise stands_still(root_key)
            self.steps.run(
                unit, lambda run: commands.activate_ad_hoc(run, element_key, element_ids, local), root_key=root_key,
                user=actor.username,
            )  # fmt: skip
            self.context.log(
                unit, actor.username, "process.modify", root_key=root_key, subject_key=element_key,
                detail={"elements": list(element_ids)},
            )  # fmt: skip


def element_view(row: ElementInstance, definition: ProcessDefinition) -> ElementView:
    """Return what is shown of an element instance."""
    element = definition.elements.get(row.element_id)
    return ElementView(
        row.key, row.element_id, element.name if element else "", row.element_type, row.state, row.start, row.end,
        row.scope_key, ENDING in (row.data or {}),
    )  # fmt: skip
