"""Deploying: safe XML, lint, one new version per changed definition."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from inburgering_flow import xml
from inburgering_flow.bpmn import reader, variables
from inburgering_flow.bpmn.definition import ProcessDefinition, Text
from inburgering_flow.bpmn.notes import ZEEBE
from inburgering_flow.engine import timers
from inburgering_flow.engine.port import Trouble
from inburgering_flow.errors import DeploymentRejected, Finding, FlowError, Forbidden, InvalidInput, NotFound
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import evaluate, to_plain
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.catalog import data_types
from inburgering_flow.services.context import Context
from inburgering_flow.store import audit, definitions
from inburgering_flow.store.database import Unit
from inburgering_flow.store.definitions import DefinitionRow

KINDS = {".bpmn": "bpmn", ".dmn": "dmn", ".form": "form"}
DATA = "gegevens.json"
_ENCODING = re.compile(r"""\A(\ufeff?\s*<\?xml[^>]*?\bencoding\s*=\s*["'])[A-Za-z0-9._-]+(["'])""")


def kind_of(name: str) -> str | None:
    """Return bpmn, dmn, form or data, by a file's name; None for what cannot be deployed."""
    if PurePosixPath(name).name == DATA:
        return "data"
    suffix = PurePosixPath(name.lower().removesuffix("20.xml")).suffix  # .bpmn20.xml is how the specification writes it
    return KINDS.get(suffix)


@dataclass(frozen=True)
class Resource:
    """A file to deploy; ``name`` is its path below the folder that was given."""

    name: str
    content: bytes

    @property
    def kind(self) -> str:
        """Return bpmn, dmn, form or data."""
        kind = kind_of(self.name)
        if kind is None:
            raise _no_kind(self.name)
        return kind


@dataclass(frozen=True)
class Deployed:
    """One definition of a deployment; ``is_new`` is False where the content had not changed."""

    kind: str
    id: str
    name: str
    version: int
    key: int
    is_new: bool


@dataclass(frozen=True)
class Part:
    """One definition found in a resource."""

    kind: str
    id: str
    name: str
    version_tag: str
    resource: Resource


def _no_kind(name: object) -> InvalidInput:
    return InvalidInput(
        _("{path} is no .bpmn, .dmn or .form file.").format(path=name), remedy=_("Give files of these kinds, or a folder.")
    )


def resource(name: str, content: object) -> Resource:
    """Return a resource of text or bytes; raises InvalidInput for anything else, and for a name that says no kind.

    Text needs no encoding any more: what its XML declaration says of one is replaced.
    """
    if not isinstance(name, str) or kind_of(name) is None:
        raise _no_kind(name)
    if isinstance(content, str):
        return Resource(name, _ENCODING.sub(r"\1UTF-8\2", content, count=1).encode(errors="surrogatepass"))
    if isinstance(content, bytes | bytearray | memoryview):
        return Resource(name, bytes(content))
    raise InvalidInput(
        _("The content of {name} is neither text nor bytes.").format(name=name), remedy=_("Read the file and give its content.")
    )


def collect(paths: Iterable[str | Path]) -> list[Resource]:
    """Read files and folders (recursively) into resources; raises InvalidInput for what cannot be deployed."""
    found: list[Resource] = []
    for given in paths:
        if not isinstance(given, str | Path) or not str(given) or "\0" in str(given):
            raise _no_kind(repr(given))
        path = Path(given)
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and kind_of(p.name))
            found.extend(Resource(p.relative_to(path).as_posix(), p.read_bytes()) for p in files)
        elif kind_of(path.name):
            if not path.exists():
                raise InvalidInput(_("There is no file {path}.").format(path=path), remedy=_("Check the path."))
            found.append(Resource(f"{path.parent.name}/{path.name}", path.read_bytes()))
        else:
            raise _no_kind(path)
    return found


class Deployments:
    """Checks and stores definitions."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def check(self, resources: Sequence[Resource]) -> list[Finding]:
        """Return everything that is wrong with these resources, without deploying them."""
        return self._read(resources)[1]

    @again
    def deploy(self, resources: Sequence[Resource], actor: Actor = SYSTEM) -> list[Deployed]:
        """Store what has changed as new versions, all together; raises DeploymentRejected with findings.

        Where ``four_eyes`` is set, only the program itself deploys without a proposal that somebody else approves.
        """
        actor.require(permissions.DEPLOY)
        if self.context.settings.second_person and not actor.is_system:
            raise Forbidden(
                _("A deployment needs a second person here."), remedy=_("Propose it; a colleague approves it.")
            )
        parts = self.checked(resources)
        with self.context.db.write() as unit:
            return self.store(unit, resources, parts, actor)

    def checked(self, resources: Sequence[Resource]) -> list[Part]:
        """Return the definitions in these resources; raises DeploymentRejected with every finding where one is an error."""
        if not resources:
            raise InvalidInput(
                _("There is nothing to deploy."), remedy=_("Give at least one .bpmn, .dmn or .form file.")
            )
        parts, findings = self._read(resources)
        if any(f.severity == "error" for f in findings):
            raise DeploymentRejected(findings)
        return parts

    def store(
        self, unit: Unit, resources: Sequence[Resource], parts: Sequence[Part], actor: Actor
    ) -> list[Deployed]:  # fmt: skip
        """Store checked resources inside an open write unit; who may do that was asked before."""
        definitions.lock_starts(unit)
        now, keys = self.context.clock.now(), self.context.keys
        deployed: list[Deployed] = []
        deployment_key = 0
        stored: dict[str, int] = {}

        def keep(resource: Resource) -> int:
            nonlocal deployment_key
            if not deployment_key:
                deployment_key = keys.next()
                definitions.add_deployment(unit, deployment_key, now, actor.username)
            if resource.name not in stored:
                stored[resource.name] = keys.next()
                definitions.add_resource(
                    unit, stored[resource.name], deployment_key, resource.name, resource.kind,
                    hashlib.sha256(resource.content).hexdigest(), resource.content,
                )  # fmt: skip
            return stored[resource.name]

        dictionaries: dict[str, tuple[int, str]] = {}
        for resource in resources:
            if resource.kind == "data":
                folder = PurePosixPath(resource.name).parent.as_posix()
                checksum = hashlib.sha256(resource.content).hexdigest()
                known = definitions.latest_data(unit, folder)
                key = known[0] if known and known[1] == checksum else keep(resource)
                dictionaries[folder] = (key, checksum)
        for part in parts:
            folder = PurePosixPath(part.resource.name).parent.as_posix()
            data = None
            if part.kind == "process":
                data = dictionaries.get(folder) or definitions.latest_data(unit, folder)
            checksum = hashlib.sha256(part.resource.content + (data[1].encode() if data else b"")).hexdigest()
            before = definitions.latest(unit, part.kind, part.id)
            if before is not None and before.checksum == checksum:
                deployed.append(Deployed(part.kind, part.id, before.name, before.version, before.key, False))
                continue
            resource_key = keep(part.resource)
            row = DefinitionRow(
                keys.next(), part.kind, part.id, before.version + 1 if before else 1, part.name, part.version_tag,
                resource_key, deployment_key, data[0] if data else None, checksum,
            )  # fmt: skip
            definitions.add_definition(unit, row)
            if part.kind == "process":
                self._open_starts(unit, row)
            deployed.append(Deployed(part.kind, part.id, part.name, row.version, row.key, True))
        if deployment_key:
            audit.add(
                unit, keys.next(), now, actor.username, "deploy", subject_key=deployment_key,
                detail={"definitions": [f"{d.id} v{d.version}" for d in deployed if d.is_new]},
            )  # fmt: skip
            unit.after_commit(self.context.work_appeared)
        return deployed

    def _open_starts(self, unit: Unit, row: DefinitionRow) -> None:
        """Let messages and timers start the newest version only."""
        with self.context.catalog.within(unit):
            process = self.context.catalog.process(row.key)
        starts, jobs = [], []
        for element, event in process.definition.triggers():
            common = {"key": self.context.keys.next(), "definition_key": row.key, "process_id": row.id,
                      "element_id": element.id}  # fmt: skip
            if event.kind in ("message", "signal") and event.name is not None:
                starts.append({**common, "name": self._at_deployment(event.name), "kind": event.kind})
            elif event.kind == "conditional":
                starts.append({**common, "name": "", "kind": event.kind})
            elif event.kind == "timer" and event.expression is not None:
                now = self.context.clock.now()
                when = timers.due(event.timer, self._at_deployment(event.expression), now, self.context.env.zone)
                payload = {"definition_key": row.key, "repetitions": when.repetitions, "interval": when.interval}
                jobs.append({"key": self.context.keys.next(), "kind": "START", "type": row.id, "instance_key": 0,
                             "root_key": 0, "element_key": row.key, "element_id": element.id, "due": when.moment,
                             "retries": 0, "payload": payload, "watches": ()})  # fmt: skip
        definitions.replace_starts(unit, row.id, starts)
        definitions.replace_start_timers(unit, row.id, jobs)

    def _at_deployment(self, text: Text) -> Any:
        """Return the value of an attribute that is needed before any instance exists."""
        if not text.is_expression:
            return text.source
        now = self.context.clock.now()
        context = FeelContext(now=now, zone=self.context.env.zone, functions=self.context.functions)
        return to_plain(evaluate(text.source, {}, functions=self.context.functions, context=context))

    def _read(self, resources: Sequence[Resource]) -> tuple[list[Part], list[Finding]]:
        parts: list[Part] = []
        findings: list[Finding] = []
        asked: list[tuple[Resource, ProcessDefinition]] = []
        findings.extend(
            Finding("error", "duplicate-file", name, "", _("Two files have this name."), _("Give each its own name or folder."))
            for name, times in Counter(r.name for r in resources).items() if times > 1
        )  # fmt: skip
        for resource in resources:
            match resource.kind:
                case "bpmn":
                    found, said = reader.read(resource.content, name=resource.name)
                    findings.extend(said)
                    parts.extend(Part("process", d.process_id, d.name, d.version_tag, resource) for d in found)
                    if not any(f.severity == "error" for f in said):
                        findings.extend(self._check_timers(resource, found))
                        findings.extend(self._check_starts(resource, found))
                        asked.extend((resource, definition) for definition in found)
                case "dmn":
                    parts.extend(self._read_dmn(resource, findings))
                case "form":
                    parts.extend(self._read_form(resource, findings))
                case _:
                    self._read_data(resource, findings)
        findings.extend(self._check_forms(asked, {(p.id, p.version_tag) for p in parts if p.kind == "form"}))
        findings.extend(self._check_variables(asked, resources))
        seen: dict[tuple[str, str], str] = {}
        for part in parts:
            other = seen.setdefault((part.kind, part.id), part.resource.name)
            if other != part.resource.name:
                findings.append(
                    Finding("error", "duplicate-definition", part.resource.name, part.id,
                            _("The {kind} id stands in {other} too.").format(kind=part.kind, other=other),
                            _("Give each its own id."))
                )  # fmt: skip
        return parts, findings

    def _check_timers(self, resource: Resource, found: list[ProcessDefinition]) -> list[Finding]:
        """Return what is written as a date, duration or cycle and is none; what is an expression is known later."""
        findings = []
        for element in (e for definition in found for e in definition.elements.values()):
            for date in (element.due_date, element.follow_up_date):
                if date is not None and not date.is_expression:
                    findings.extend(self._check_moment(resource, element.id, date.source))
            for part in element.event.all if element.event is not None else ():
                if part.kind != "timer" or part.expression is None or part.expression.is_expression:
                    continue
                try:
                    timers.due(part.timer, part.expression.source, self.context.clock.now(), self.context.env.zone)
                except Trouble as trouble:
                    findings.append(self._unfit(resource, "timer", element.id, trouble.message))
        return findings

    def _check_moment(self, resource: Resource, element_id: str, text: str) -> list[Finding]:
        try:
            timers.parse_moment(text, self.context.env.zone)
        except Trouble as trouble:
            return [self._unfit(resource, "date", element_id, trouble.message)]
        return []

    def _check_starts(self, resource: Resource, found: list[ProcessDefinition]) -> list[Finding]:
        """Return what starts a process and cannot be said now, when no instance has variables yet."""
        findings = []
        for element, event in (trigger for definition in found for trigger in definition.triggers()):
            text = event.expression if event.kind == "timer" else event.name
            if text is None or not text.is_expression:
                continue
            try:
                value = self._at_deployment(text)
                if event.kind == "timer":
                    timers.due(event.timer, value, self.context.clock.now(), self.context.env.zone)
                elif not isinstance(value, str) or not value:
                    said = _("The name that starts the process must be text when it is deployed.")
                    findings.append(self._unfit(resource, "start-name", element.id, said))
            except (FlowError, Trouble) as trouble:
                findings.append(self._unfit(resource, "start", element.id, trouble.message))
        return findings

    @staticmethod
    def _unfit(resource: Resource, rule: str, element_id: str, said: str) -> Finding:
        return Finding("error", rule, resource.name, element_id, said, _("Mend it: write what is meant."))

    def _check_forms(
        self, asked: list[tuple[Resource, ProcessDefinition]], together: set[tuple[str, str]]
    ) -> list[Finding]:
        """Return the user tasks whose form is neither deployed nor among what is deployed ``together`` with them.

        Such a task would ask nothing and accept everything.
        """
        findings = []
        with self.context.db.read() as unit:
            for resource, definition in asked:
                for element in definition.elements.values():
                    form = element.form_id
                    if not form or form.startswith("="):
                        continue
                    if element.binding == "versionTag":
                        tagged = (form, element.version_tag)
                        found = tagged in together or definitions.tagged(unit, "form", *tagged) is not None
                    else:
                        found = form in {i for i, _tag in together} or definitions.latest(unit, "form", form) is not None
                    if found:
                        continue
                    findings.append(
                        Finding(
                            "error", "missing-form", resource.name, element.id,
                            _("There is no form {form}.").format(form=form),
                            _("Deploy the form with the diagram, or choose one that exists."),
                        )
                    )  # fmt: skip
        return findings

    def _check_variables(
        self, asked: list[tuple[Resource, ProcessDefinition]], together: Sequence[Resource]
    ) -> list[Finding]:
        """Return what expressions read that neither the data dictionary nor the diagram knows; without one nothing is said."""
        findings = []
        with self.context.db.read() as unit:
            for resource, definition in asked:
                declared = self._declared(unit, resource, together)
                if not declared:
                    continue
                declared |= self._form_keys(unit, definition, together)
                for one in variables.unknown(definition, declared, self.context.functions):
                    remedy = _("Declare it in gegevens.json, or mend the name.")
                    if one.meant:
                        remedy = _("Did you mean {name}? Otherwise declare it in gegevens.json.").format(name=one.meant)
                    findings.append(
                        Finding(
                            "warning", "unknown-variable", resource.name, one.element_id,
                            _("The {what} reads {name}, which neither the data dictionary nor the diagram knows.").format(
                                what=_(one.what), name=one.name
                            ),
                            remedy,
                        )
                    )  # fmt: skip
        return findings

    def _declared(self, unit: Unit, resource: Resource, together: Sequence[Resource]) -> set[str]:
        """Return the variables that the data dictionary of a diagram's folder declares, as deployed with it or before."""
        folder = PurePosixPath(resource.name).parent
        given = next((r for r in together if r.kind == "data" and PurePosixPath(r.name).parent == folder), None)
        content = given.content if given is not None else None
        if content is None:
            known = definitions.latest_data(unit, folder.as_posix())
            content = None if known is None else definitions.content(unit, known[0])[1]
        try:
            return set(data_types(content))
        except (ValueError, TypeError, RecursionError):
            return set()  # said already: it is no data dictionary

    def _form_keys(self, unit: Unit, definition: ProcessDefinition, together: Sequence[Resource]) -> set[str]:
        """Return the variables that the forms of a process fill in."""
        from inburgering_flow import forms

        schemas: dict[str, dict[str, Any]] = {}
        for resource in together:
            if resource.kind == "form" and not forms.check(resource.content, name=resource.name):
                schema = json.loads(resource.content)
                schemas[str(schema.get("id") or PurePosixPath(resource.name).stem)] = schema
        found: set[str] = set()
        for form_id in {e.form_id for e in definition.elements.values() if e.form_id}:
            row = None if form_id in schemas else definitions.latest(unit, "form", form_id)
            if row is not None:
                schemas[form_id] = json.loads(definitions.content(unit, row.resource_key)[1])
            found.update(field.key for field in forms.fields(schemas.get(form_id, {})))
        return found

    def _read_dmn(self, resource: Resource, findings: list[Finding]) -> list[Part]:
        from inburgering_flow.dmn import parse_model
        from inburgering_flow.dmn.checks import check as check_tables
        from inburgering_flow.dmn.names import check as check_names

        try:
            model = parse_model(resource.content, name=resource.name)
        except FlowError as error:
            findings.append(Finding("error", "dmn", resource.name, "", error.message, error.remedy))
            return []
        findings.extend(check_tables(model, resource.name))
        findings.extend(check_names(model, resource.name, self.context.functions))
        tags = self._version_tags(resource)
        return [Part("decision", d.id, d.name, tags.get(d.id, ""), resource) for d in model.decisions.values()]

    @staticmethod
    def _version_tags(resource: Resource) -> dict[str, str]:
        """Return the version tags (``zeebe:``) of the decisions in a DMN file, by decision id."""
        found = {}
        for node in xml.parse(resource.content, name=resource.name).iter():
            if xml.local(node) == "versionTag" and xml.namespace(node) == ZEEBE:
                around = node.getparent()
                owner = around.getparent() if around is not None else None
                if owner is not None and xml.local(owner) == "decision":
                    found[owner.get("id", "")] = node.get("value", "")
        return found

    def _read_form(self, resource: Resource, findings: list[Finding]) -> list[Part]:
        from inburgering_flow import forms

        said = forms.check(resource.content, name=resource.name)
        findings.extend(said)
        if any(f.severity == "error" for f in said):
            return []
        schema = json.loads(resource.content)
        stem = PurePosixPath(resource.name).stem
        return [Part("form", str(schema.get("id") or stem), stem, str(schema.get("versionTag") or ""), resource)]

    def _read_data(self, resource: Resource, findings: list[Finding]) -> None:
        try:
            entries = json.loads(resource.content)
            good = isinstance(entries, list) and all(
                isinstance(e, dict) and isinstance(e.get("name"), str) and isinstance(e.get("type"), str) for e in entries
            )
        except (ValueError, RecursionError):
            good = False
        if not good:
            findings.append(
                Finding("error", "data-dictionary", resource.name, "",
                        _("The data dictionary is no list of entries with name and type."),
                        _('Write [{"name": …, "type": …, …}, …].'))
            )  # fmt: skip

    def resource_of(self, definition_key: int, actor: Actor = SYSTEM) -> tuple[str, bytes]:
        """Return the file name and content of a definition."""
        with self.context.db.read() as unit:
            row = definitions.by_key(unit, definition_key)
            if row is None:
                raise NotFound(
                    _("There is no definition {definition_key}.").format(definition_key=definition_key),
                    remedy=_("Look at the list of processes."),
                )
            return definitions.content(unit, row.resource_key)

    def newest(self, kind: str, actor: Actor = SYSTEM) -> list[DefinitionRow]:
        """Return the newest version of each definition of a kind (process, decision, form)."""
        with self.context.db.read() as unit:
            return definitions.newest(unit, kind)

    def versions(self, kind: str, id: str, actor: Actor = SYSTEM) -> list[DefinitionRow]:
        """Return all versions of one definition, newest first."""
        with self.context.db.read() as unit:
            return definitions.versions(unit, kind, id)
