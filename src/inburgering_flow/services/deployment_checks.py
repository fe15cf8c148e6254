"""What is wrong with files before anything of them runs: each with element, reason and remedy."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from inburgering_flow import xml
from inburgering_flow.bpmn import reader, variables
from inburgering_flow.bpmn.definition import ProcessDefinition, Text
from inburgering_flow.bpmn.notes import ZEEBE
from inburgering_flow.engine import timers
from inburgering_flow.engine.port import Trouble
from inburgering_flow.errors import Finding, FlowError
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import evaluate, to_plain
from inburgering_flow.i18n import _
from inburgering_flow.services.catalog import data_types
from inburgering_flow.services.context import Context
from inburgering_flow.services.resources import Part, Resource
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Unit


def at_deployment(context: Context, text: Text) -> Any:
    """Return the value of an attribute that is needed before any instance exists."""
    if not text.is_expression:
        return text.source
    feel_context = FeelContext(now=context.clock.now(), zone=context.env.zone, functions=context.functions)
    return to_plain(evaluate(text.source, {}, functions=context.functions, context=feel_context))


class Checks:
    """Reads files into definitions, and says what no deployment can take."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def read(self, resources: Sequence[Resource]) -> tuple[list[Part], list[Finding]]:
        """Return the definitions in these resources, and everything that is wrong with them."""
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
                        findings.extend(self._check_functions(resource, found))
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
                value = at_deployment(self.context, text)
                if event.kind == "timer":
                    timers.due(event.timer, value, self.context.clock.now(), self.context.env.zone)
                elif not isinstance(value, str) or not value:
                    said = _("The name that starts the process must be text when it is deployed.")
                    findings.append(self._unfit(resource, "start-name", element.id, said))
            except (FlowError, Trouble) as trouble:
                findings.append(self._unfit(resource, "start", element.id, trouble.message))
        return findings

    def _check_functions(self, resource: Resource, found: list[ProcessDefinition]) -> list[Finding]:
        """Return the calls of functions that there are not."""
        findings = []
        for one in (u for definition in found for u in variables.unknown_functions(definition, self.context.functions)):
            remedy = _("Mend the name, or install the plug-in that has the function.")
            if one.meant:
                remedy = _("Did you mean {name}? Otherwise install the plug-in that has the function.").format(name=one.meant)
            said = _("The {what} calls {name}, and there is no such function.").format(what=_(one.what), name=one.name)
            findings.append(Finding("error", "unknown-function", resource.name, one.element_id, said, remedy))
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
