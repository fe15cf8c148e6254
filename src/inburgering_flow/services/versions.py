"""Versions of a process, decision or form: who put them in force and why, what differs, taking one back, throwing one away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import dictionaries, permissions
from inburgering_flow.model.differences import Comparison
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.contents import compare
from inburgering_flow.services.context import Context
from inburgering_flow.services.deployments import Deployed, Deployments
from inburgering_flow.services.disclosure.counts import counts_exactly, hidden_in_lines
from inburgering_flow.services.proposals import Proposals
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Unit
from inburgering_flow.store.definitions import DefinitionRow

LONGEST_LABEL = 64
NAMED = {"process": "called_process", "decision": "called_decision", "form": "form_id"}
"""Kind of definition → the field of an element that says which one it uses."""


@dataclass(frozen=True)
class Version:
    """One version; ``running`` are its cases, None where that count is small and not for this reader."""

    key: int
    number: int
    name: str
    deployed_at: datetime
    deployed_by: str
    reason: str
    label: str
    version_tag: str
    running: int | None
    is_newest: bool


@dataclass(frozen=True)
class History:
    """Every version of one definition, newest first."""

    kind: str
    id: str
    name: str
    versions: list[Version]


@dataclass(frozen=True)
class Compared:
    """Two versions of one definition, with what differs in it and, of a process, in its data dictionary."""

    kind: str
    id: str
    name: str
    before: Version
    after: Version
    content: Comparison
    dictionary: Comparison


class Versions:
    """Use cases about versions that are, or were, in force."""

    def __init__(self, context: Context, deployments: Deployments, proposals: Proposals) -> None:
        self.context = context
        self.deployments = deployments
        self.proposals = proposals

    def of(self, key: int, actor: Actor) -> History:
        """Return the versions of the definition that ``key`` is a version of; raises NotFound."""
        _may_read(actor)
        with self.context.db.read() as unit:
            row = self._row(unit, key)
            found = definitions.history(unit, row.kind, row.id)
            counted = definitions.running_cases(unit, [one.row.key for one in found]) if row.kind == "process" else {}
        hidden = frozenset() if counts_exactly(actor) else hidden_in_lines(counted, [list(counted)])
        versions = [
            Version(
                one.row.key, one.row.version, one.row.name, one.deployed_at, one.deployed_by, one.reason, one.label,
                one.row.version_tag, None if one.row.key in hidden else counted.get(one.row.key, 0), place == 0,
            )
            for place, one in enumerate(found)
        ]  # fmt: skip
        return History(row.kind, row.id, found[0].row.name, versions)

    def compared(self, before: int, after: int, actor: Actor) -> Compared:
        """Return what differs between two versions of one definition; raises InvalidInput for two of different ones."""
        history = self.of(after, actor)
        by_key = {one.key: one for one in history.versions}
        if before not in by_key:
            raise InvalidInput(
                _("These are not two versions of the same thing."), remedy=_("Choose both from one list of versions.")
            )
        with self.context.db.read() as unit:
            (old, old_data), (new, new_data) = self._files(unit, before), self._files(unit, after)
        return Compared(
            history.kind, history.id, history.name, by_key[before], by_key[after],
            compare(history.kind, history.id, old.content, new.content),
            dictionaries.compare(old_data.content if old_data else None, new_data.content if new_data else None),
        )  # fmt: skip

    @again
    def name(self, key: int, label: str, actor: Actor) -> None:
        """Call a version something, so that it is found again; empty takes the name away."""
        actor.require(permissions.DEPLOY)
        label = " ".join(label.split())
        if len(label) > LONGEST_LABEL:
            raise InvalidInput(
                _("The name of a version has at most {most} characters.").format(most=LONGEST_LABEL),
                remedy=_("Choose a shorter one."),
            )
        with self.context.db.write() as unit:
            self._row(unit, key)
            definitions.set_label(unit, key, label)
            self.context.log(unit, actor.username, "version.name", subject_key=key, detail={"name": label})

    def restore(self, key: int, reason: str, actor: Actor) -> list[Deployed]:
        """Put the content of an older version in force again, as a new version; the data dictionary that it had comes with it.

        Where a second person has to approve, it becomes a proposal, and nothing is returned. Raises Conflict for the newest
        version, InvalidInput without a reason, DeploymentRejected where it does not fit any more what is around it.
        """
        actor.require(permissions.DEPLOY)
        reason = checked_reason(reason)
        with self.context.db.read() as unit:
            row = self._row(unit, key)
            newest = definitions.latest(unit, row.kind, row.id)
            files = [one for one in self._files(unit, key) if one is not None]
        if newest is not None and newest.key == key:
            raise Conflict(_("This version is in force already."), remedy=_("Choose an older one."))
        if self.context.settings.second_person and not actor.is_system:
            self.proposals.propose(files, actor, reason=reason)
            return []
        parts = [p for p in self.deployments.checked(files) if (p.kind, p.id) == (row.kind, row.id)]
        return self._stored_again(row, files, parts, reason, actor)

    @again
    def _stored_again(
        self, row: DefinitionRow, files: Sequence[Resource], parts: Sequence[Any], reason: str, actor: Actor
    ) -> list[Deployed]:  # fmt: skip
        with self.context.db.write() as unit:
            store = partial(self.deployments.store, unit, files[:1], parts, actor, reason)
            return store(from_resources=(row.resource_key, row.data_resource_key))

    @again
    def delete(self, key: int, actor: Actor) -> None:
        """Throw away a version that nobody uses; raises Conflict where somebody does, saying who."""
        actor.require(permissions.DEPLOY)
        with self.context.db.write() as unit:
            definitions.lock_starts(unit)
            row = self._row(unit, key)
            self._refuse_used(unit, row)
            definitions.remove(unit, row)
            self.context.log(
                unit, actor.username, "version.delete", subject_key=key, detail={"name": f"{row.id} v{row.version}"}
            )

    # -- inside ----------------------------------------------------------------------------------------------------

    def _refuse_used(self, unit: Unit, row: DefinitionRow) -> None:
        others = [one.row for one in definitions.history(unit, row.kind, row.id) if one.row.key != row.key]
        if others and row.version > others[0].version:
            raise Conflict(
                _("This version is in force: new cases use it."), remedy=_("Put another version in force first.")
            )
        if definitions.is_kept(unit, row):
            raise Conflict(
                _("There are cases that used this version, and they are kept."),
                remedy=_("It can go when those cases have been destroyed."),
            )
        caller = next(self._callers(unit, row, is_only=not others), None)
        if caller is not None:
            raise Conflict(
                _("Version {version} of {name} uses this version.").format(version=caller.version, name=caller.name),
                remedy=_("Put a version of it in force that does not, and throw this one away then."),
            )

    def _callers(self, unit: Unit, row: DefinitionRow, *, is_only: bool) -> Iterator[DefinitionRow]:
        """Yield the versions of processes, in force or with cases, whose steps use exactly this version."""
        field = NAMED[row.kind]
        with self.context.catalog.within(unit):
            for process in definitions.in_use(unit):
                if process.key == row.key:
                    continue
                for element in self.context.catalog.process(process.key).elements.values():
                    wanted = getattr(element, field)
                    how = (element.binding, element.version_tag)
                    if getattr(wanted, "source", wanted) == row.id and self._gets(unit, row, how, process, is_only=is_only):
                        yield process
                        break

    @staticmethod
    def _gets(unit: Unit, row: DefinitionRow, how: tuple[str, str], process: DefinitionRow, *, is_only: bool) -> bool:
        """Tell whether a step that names the definition, with its binding and tag, gets this version of it."""
        binding, tag = how
        if binding == "versionTag":
            found = definitions.tagged(unit, row.kind, row.id, tag)
            return found is not None and found.key == row.key
        if binding == "deployment" and row.deployment_key == process.deployment_key:
            return True
        return is_only

    def _row(self, unit: Unit, key: int) -> DefinitionRow:
        row = definitions.by_key(unit, key)
        if row is None:
            raise NotFound(_("This version does not exist."), remedy=_("Look at the list of processes."))
        return row

    def _files(self, unit: Unit, key: int) -> tuple[Resource, Resource | None]:
        row = self._row(unit, key)
        data = Resource(*definitions.content(unit, row.data_resource_key)) if row.data_resource_key else None
        return Resource(*definitions.content(unit, row.resource_key)), data


def _may_read(actor: Actor) -> None:
    if not actor.may(permissions.BOARD):
        actor.require(permissions.DEFINITION_READ)
