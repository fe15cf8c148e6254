"""Deploying: what was checked is stored, one new version per changed definition."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.engine import timers
from inburgering_flow.errors import DeploymentRejected, Finding, Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import dictionaries, permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.contents import checksum
from inburgering_flow.services.context import Context
from inburgering_flow.services.deployment_checks import Checks, at_deployment
from inburgering_flow.services.resources import Part, Resource
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Unit
from inburgering_flow.store.definitions import DefinitionRow


@dataclass(frozen=True)
class Deployed:
    """One definition of a deployment; ``is_new`` is False where the content had not changed."""

    kind: str
    id: str
    name: str
    version: int
    key: int
    is_new: bool


class Deployments:
    """Checks and stores definitions."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.checks = Checks(context)

    def check(self, resources: Sequence[Resource]) -> list[Finding]:
        """Return everything that is wrong with these resources, without deploying them."""
        return self.checks.read(resources)[1]

    @again
    def deploy(self, resources: Sequence[Resource], actor: Actor = SYSTEM, *, reason: str = "") -> list[Deployed]:
        """Store what has changed as new versions, all together; raises DeploymentRejected with findings.

        Where ``four_eyes`` is set, only the program itself may deploy without a proposal that somebody else approves.
        """
        actor.require(permissions.DEPLOY)
        if self.context.settings.second_person and not actor.is_system:
            raise Forbidden(
                _("A deployment needs a second person here."), remedy=_("Propose it; a colleague approves it.")
            )
        parts = self.checked(resources)
        with self.context.db.write() as unit:
            return self.store(unit, resources, parts, actor, reason)

    def checked(self, resources: Sequence[Resource]) -> list[Part]:
        """Return the definitions in these resources; raises DeploymentRejected with every finding where one is an error."""
        if not resources:
            raise InvalidInput(
                _("There is nothing to deploy."), remedy=_("Give at least one .bpmn, .dmn or .form file.")
            )
        parts, findings = self.checks.read(resources)
        if any(f.severity == "error" for f in findings):
            raise DeploymentRejected(findings)
        for part in parts:
            if part.process is not None:
                self.context.catalog.compile(part.process)  # what cannot be made ready is not stored; nobody waits for it here
        return parts

    def store(
        self, unit: Unit, resources: Sequence[Resource], parts: Sequence[Part], actor: Actor, reason: str = "", *,
        from_resources: tuple[int, int | None] | None = None,
    ) -> list[Deployed]:  # fmt: skip
        """Store checked resources inside an open write unit; permission was checked before.

        ``from_resources`` are the keys of a file and of a data dictionary that are stored already, as an earlier version had
        them: the parts are put in force from these again.
        """
        definitions.lock_starts(unit)
        now, keys, roles = self.context.clock.now(), self.context.keys, self.context.roles
        deployed: list[Deployed] = []
        deployment_key = 0
        stored: dict[str, int] = {}

        def keep(resource: Resource) -> int:
            nonlocal deployment_key
            if not deployment_key:
                deployment_key = keys.next()
                definitions.add_deployment(unit, deployment_key, now, actor.username, reason)
            if from_resources is not None:
                return from_resources[0]
            if resource.name not in stored:
                stored[resource.name] = keys.next()
                definitions.add_resource(
                    unit, stored[resource.name], deployment_key, resource.name, resource.kind,
                    hashlib.sha256(resource.content).hexdigest(), resource.content,
                )  # fmt: skip
            return stored[resource.name]

        known_data: dict[str, tuple[int, bytes] | None] = {}
        for resource in resources:
            if resource.kind == "data":
                folder = PurePosixPath(resource.name).parent.as_posix()
                known_data[folder] = _same_data(unit, folder, resource.content) or (keep(resource), resource.content)
        for part in parts:
            folder = PurePosixPath(part.resource.name).parent.as_posix()
            if part.kind == "process" and folder not in known_data:
                known_data[folder] = _data_of(unit, folder)
            data = known_data.get(folder) if part.kind == "process" else None
            if from_resources is not None:
                data_key = from_resources[1]
                data = None if data_key is None else (data_key, definitions.content(unit, data_key)[1])
            sum_now = checksum(part.kind, part.id, part.resource.name, part.resource.content, data[1] if data else None, roles)
            before = definitions.latest(unit, part.kind, part.id)
            if before is not None and (before.checksum == sum_now or self._checksum_of(unit, before) == sum_now):
                deployed.append(Deployed(part.kind, part.id, before.name, before.version, before.key, False))
                continue
            resource_key = keep(part.resource)
            row = DefinitionRow(
                keys.next(), part.kind, part.id, before.version + 1 if before else 1, part.name, part.version_tag,
                resource_key, deployment_key, data[0] if data else None, sum_now,
            )  # fmt: skip
            definitions.add_definition(unit, row)
            if part.process is not None:
                self._open_starts(unit, row, part.process)
                unit.after_commit(partial(self._make_ready, row.key))  # not while its first case holds the lock
            deployed.append(Deployed(part.kind, part.id, part.name, row.version, row.key, True))
        if deployment_key:
            self.context.log(
                unit, actor.username, "deploy", subject_key=deployment_key,
                detail={"definitions": [f"{d.id} v{d.version}" for d in deployed if d.is_new], **_why(reason)},
            )  # fmt: skip
            unit.after_commit(self.context.work_appeared)
        return deployed

    def _checksum_of(self, unit: Unit, row: DefinitionRow) -> str:
        """Return what stands for the content of a version: programs before this one kept the checksum of its whole file."""
        name, content = definitions.content(unit, row.resource_key)
        data = definitions.content(unit, row.data_resource_key)[1] if row.data_resource_key else None
        return checksum(row.kind, row.id, name, content, data, self.context.roles)

    def _make_ready(self, key: int) -> None:
        """Compile what has been deployed; what stops that says nothing against the deployment, and comes up at first use."""
        with suppress(Exception):
            self.context.catalog.process(key)

    def _open_starts(self, unit: Unit, row: DefinitionRow, process: ProcessDefinition) -> None:
        """Let messages and timers start the newest version only."""
        starts, jobs = [], []
        for element, event in process.triggers():
            common = {"key": self.context.keys.next(), "definition_key": row.key, "process_id": row.id,
                      "element_id": element.id}  # fmt: skip
            if event.kind in ("message", "signal") and event.name is not None:
                starts.append({**common, "name": at_deployment(self.context, event.name), "kind": event.kind})
            elif event.kind == "conditional":
                starts.append({**common, "name": "", "kind": event.kind})
            elif event.kind == "timer" and event.expression is not None:
                now = self.context.clock.now()
                when = timers.due(event.timer, at_deployment(self.context, event.expression), now, self.context.env.zone)
                payload = {"definition_key": row.key, **when.cycle}
                jobs.append({"key": self.context.keys.next(), "kind": "START", "type": row.id, "instance_key": 0,
                             "root_key": 0, "element_key": row.key, "element_id": element.id, "due": when.moment,
                             "retries": 0, "payload": payload, "watches": ()})  # fmt: skip
        definitions.replace_starts(unit, row.id, starts)
        definitions.replace_start_timers(unit, row.id, jobs)

    def resource_of(self, definition_key: int) -> tuple[str, bytes]:
        """Return the file name and content of a definition."""
        with self.context.db.read() as unit:
            row = definitions.by_key(unit, definition_key)
            if row is None:
                raise NotFound(
                    _("There is no definition {definition_key}.").format(definition_key=definition_key),
                    remedy=_("Look at the list of processes."),
                )
            return definitions.content(unit, row.resource_key)

    def newest(self, kind: str) -> list[DefinitionRow]:
        """Return the newest version of each definition of a kind (process, decision, form)."""
        with self.context.db.read() as unit:
            return definitions.newest(unit, kind)

    def newest_files(self) -> list[tuple[str, bytes]]:
        """Return the files that the newest version of each process, decision and form is in, and their data dictionaries."""
        with self.context.db.read() as unit:
            rows = [row for kind in ("process", "decision", "form") for row in definitions.newest(unit, kind)]
            keys = {key for row in rows for key in (row.resource_key, row.data_resource_key) if key}
            return [definitions.content(unit, key) for key in sorted(keys)]

    def versions(self, kind: str, id: str) -> list[DefinitionRow]:
        """Return all versions of one definition, newest first."""
        with self.context.db.read() as unit:
            return definitions.versions(unit, kind, id)


def _why(reason: str) -> dict[str, str]:
    return {"reason": reason} if reason else {}


def _data_of(unit: Unit, folder: str) -> tuple[int, bytes] | None:
    """Return the key and content of the newest data dictionary of a folder."""
    known = definitions.latest_data(unit, folder)
    return None if known is None else (known[0], definitions.content(unit, known[0])[1])


def _same_data(unit: Unit, folder: str, content: bytes) -> tuple[int, bytes] | None:
    """Return the newest data dictionary of a folder where it says the same as ``content``."""
    known = _data_of(unit, folder)
    return known if known is not None and dictionaries.content(known[1]) == dictionaries.content(content) else None
