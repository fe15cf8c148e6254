"""What is wrong with files before anything in them runs: each problem with element, reason and remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from inburgering_flow import xml
from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn import rules as diagram_rules
from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element, ProcessDefinition, Text
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.notes import ZEEBE
from inburgering_flow.engine import timers
from inburgering_flow.engine.port import Trouble
from inburgering_flow.errors import Finding, FlowError
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import evaluate, to_plain
from inburgering_flow.model import outbound
from inburgering_flow.model.lint import is_sound
from inburgering_flow.services import rules
from inburgering_flow.services.catalog import data_types
from inburgering_flow.services.context import Context
from inburgering_flow.services.resources import Batch, Part, Resource
from inburgering_flow.services.severities import applied
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Unit

OF_ONE_EXPRESSION = frozenset(("feel-syntax",))
"""Errors that leave the rest of a diagram readable: what else is wrong with it is told at once, not after they are mended."""


def at_deployment(context: Context, text: Text) -> Any:
    """Return the value of an attribute that is needed before any instance exists."""
    if not text.is_expression:
        return text.source
    feel_context = FeelContext(now=context.clock.now(), zone=context.env.zone, functions=context.functions)
    return to_plain(evaluate(text.source, {}, functions=context.functions, context=feel_context))


def _trouble(look: Callable[..., object], *given: object) -> str:
    """Return what evaluating a value complains of; nothing if all is well."""
    try:
        look(*given)
    except (FlowError, Trouble) as trouble:
        return trouble.message
    return ""


def _once(parts: Sequence[Part]) -> list[Part]:
    """Return the definitions without those of a copy of their file: the first of them counts."""
    first: dict[tuple[str, str], Part] = {}
    for part in parts:
        first.setdefault((part.kind, part.id), part)
    return list(first.values())


class Checks:
    """Reads files into definitions, and lets the rules say what cannot be deployed."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def read(self, resources: Sequence[Resource]) -> tuple[list[Part], list[Finding]]:
        """Return the definitions in these resources, and everything that is wrong with them, file by file."""
        parts: list[Part] = []
        findings: list[Finding] = []
        sound: list[Diagram] = []
        for resource in resources:
            match resource.kind:
                case "bpmn":
                    diagram = reader.read(resource.content, name=resource.name)
                    said = applied(diagram_rules.check(diagram), self.context.severities)
                    parts.extend(Part("process", d.process_id, d.name, d.version_tag, resource, d) for d in diagram.processes)
                    said += applied(self._embedded_forms(diagram), self.context.severities)
                    if is_sound(one for one in said if one.rule not in OF_ONE_EXPRESSION):
                        sound.append(diagram)
                case "dmn":
                    said = applied(self._read_dmn(resource, parts), self.context.severities)
                case "form":
                    said = applied(self._read_form(resource, parts), self.context.severities)
                case _:
                    said = []  # a data dictionary: what is wrong with it is a rule of all files together
            findings.extend(said)
        named = {r.name: r for r in resources}
        schemas = {part.id: json.loads(part.resource.content) for part in parts if part.kind == "form"}
        with self.context.db.read() as unit:
            for diagram in sound:
                around = self._around(unit, named[diagram.name], resources, parts, schemas)
                said = diagram_rules.check(diagram, around, diagram_rules.MEANING)
                findings.extend(applied(said, self.context.severities))
        findings.extend(applied(rules.check(Batch(resources, parts)), self.context.severities))
        order = {name: place for place, name in enumerate(named)}
        return _once(parts), sorted(findings, key=lambda f: order.get(f.resource, -1))

    def _around(
        self, unit: Unit, resource: Resource, together: Sequence[Resource], parts: Sequence[Part],
        schemas: Mapping[str, dict[str, Any]],
    ) -> Around:
        """Return what is known around a diagram: what is deployed, and what is deployed ``together`` with it, its forms by id
        as ``schemas``.
        """
        now, zone = self.context.clock.now(), self.context.env.zone

        def has(kind: str, element: Element, id: str) -> bool:
            beside = [part.version_tag for part in parts if (part.kind, part.id) == (kind, id)]
            if element.binding == "versionTag":
                return element.version_tag in beside or definitions.tagged(unit, kind, id, element.version_tag) is not None
            if beside or element.binding == "deployment":
                return bool(beside)
            return definitions.latest(unit, kind, id) is not None

        def declared(process: ProcessDefinition) -> set[str]:
            known = self._declared(unit, resource, together)
            return known | self._form_keys(unit, process, schemas) if known else known

        return Around(
            timer=lambda kind, value: _trouble(timers.due, kind, value, now, zone),
            moment=lambda text: _trouble(timers.parse_moment, text, zone),
            value=lambda text: at_deployment(self.context, text), declared=declared,
            filled=lambda process: self._form_keys(unit, process, schemas),
            has_form=lambda element: has("form", element, element.form_id),
            functions=frozenset(self.context.functions), has_process=partial(has, "process"),
            has_decision=partial(has, "decision"), job_types=frozenset(self.context.handlers),
            groups=frozenset(self.context.roles), hosts=outbound.hosts(self.context.settings.http_hosts),
        )  # fmt: skip

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
            return set()  # reported already: it is not a data dictionary

    def _form_keys(
        self, unit: Unit, definition: ProcessDefinition, together: Mapping[str, dict[str, Any]]
    ) -> set[str]:  # fmt: skip
        """Return the variables that the forms of a process fill in: those deployed ``together`` with it, or before."""
        from inburgering_flow import forms

        schemas = dict(together)
        found: set[str] = set()
        for form_id in {e.form_id for e in definition.elements.values() if e.form_id}:
            row = None if form_id in schemas else definitions.latest(unit, "form", form_id)
            if row is not None:
                schemas[form_id] = json.loads(definitions.content(unit, row.resource_key)[1])
            embedded = definition.embedded_form(form_id)
            if embedded is not None and is_sound(forms.check(embedded.encode(), name=form_id)):
                schemas[form_id] = json.loads(embedded)
            found |= forms.names(schemas.get(form_id, {}))
        return found

    def _read_dmn(self, resource: Resource, parts: list[Part]) -> list[Finding]:
        from inburgering_flow.dmn import file, rules

        read = file.read(resource.content, name=resource.name, functions=frozenset(self.context.functions))
        if read.model is not None:
            tags = self._version_tags(resource)
            parts.extend(
                Part("decision", d.id, d.name, tags.get(d.id, ""), resource) for d in read.model.decisions.values()
            )
        return rules.check(read)

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

    @staticmethod
    def _embedded_forms(diagram: Diagram) -> list[Finding]:
        """Return what is wrong with the forms that stand in the processes of a diagram."""
        from inburgering_flow import forms

        return [
            replace(one, element_id=f"{form_id}: {one.element_id}" if one.element_id else form_id)
            for process in diagram.processes
            for form_id, text in process.forms.items()
            for one in forms.check(text.encode(), name=diagram.name)
        ]

    @staticmethod
    def _read_form(resource: Resource, parts: list[Part]) -> list[Finding]:
        from inburgering_flow import forms

        said = forms.check(resource.content, name=resource.name)
        if is_sound(said):
            schema = json.loads(resource.content)
            stem = PurePosixPath(resource.name).stem
            parts.append(Part("form", str(schema.get("id") or stem), stem, str(schema.get("versionTag") or ""), resource))
        return said
