"""Element templates: what a designer fills in instead of writing extension elements, in Camunda's JSON format.

The editor applies them and knows their whole schema; here stands what an installation has to know besides: what is a template at
all, and which of its properties nothing here would read.

Source: Camunda 8 documentation, "Defining element templates"; schema ``@camunda/zeebe-element-templates-json-schema`` 0.46.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inburgering_flow.i18n import _

SHIPPED = Path(__file__).parent / "templates"
SCHEMA = "@camunda/zeebe-element-templates-json-schema"
READ = frozenset((
    "property", "zeebe:input", "zeebe:output", "zeebe:property", "zeebe:taskHeader", "zeebe:taskDefinition",
    "zeebe:taskDefinition:type", "zeebe:userTask", "zeebe:formDefinition", "zeebe:assignmentDefinition",
    "zeebe:priorityDefinition", "zeebe:taskSchedule", "zeebe:calledElement", "zeebe:calledDecision", "zeebe:script",
    "zeebe:adHoc", "zeebe:executionListener", "zeebe:taskListener", "bpmn:Message#property",
    "bpmn:Message#zeebe:subscription#property", "bpmn:Signal#property", "bpmn:TimerEventDefinition#property",
    "bpmn:ConditionalEventDefinition#property", "bpmn:ConditionalEventDefinition#zeebe:conditionalFilter#property",
))  # fmt: skip
"""The bindings whose result the engine reads."""
TYPES = ("Boolean", "Configuration", "Dropdown", "Hidden", "Number", "String", "Text")

Template = dict[str, Any]


@dataclass(frozen=True)
class Wrong:
    """Something that is wrong with a file of templates; without ``is_grave`` it can be used, but does less than it says."""

    message: str
    remedy: str
    is_grave: bool = True


def read(content: bytes) -> tuple[list[Template], list[Wrong]]:
    """Return the templates of a file that can be used, one or a list of them, and everything that is wrong with it."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        return [], [Wrong(_("This is not JSON: {error}.").format(error=error), _("Correct the place that is named."))]
    sound, wrong = [], []
    for one in found if isinstance(found, list) else [found]:
        problems = list(_wrong(one))
        wrong += problems
        if not any(p.is_grave for p in problems):
            sound.append(one)
    names = [_named(one) for one in sound]
    for id, version in sorted({n for n in names if names.count(n) > 1}, key=str):
        said = _("The template '{id}' occurs twice with the version {version}.").format(id=id, version=version)
        wrong.append(Wrong(said, _("Give the newer one a higher version."), is_grave=False))
    return sound, wrong


def _wrong(one: object) -> Iterator[Wrong]:
    if not isinstance(one, dict):
        yield Wrong(_("A template is an object."), _("Write each template between braces."))
        return
    name = one.get("name") or one.get("id") or "?"
    for field, kind in (("id", str), ("name", str), ("appliesTo", list), ("properties", list)):
        given = one.get(field)
        if not isinstance(given, kind) or (field != "properties" and not given):
            yield Wrong(
                _("The template '{name}' has no '{field}'.").format(name=name, field=field),
                _("Add it; a new template in this project is an example."),
                is_grave=not isinstance(given, kind),
            )
    if not isinstance(one.get("version", 1), int) or isinstance(one.get("version"), bool):
        yield Wrong(_("The version of the template '{name}' is no whole number.").format(name=name), _("Write 1, 2, 3 …"))
    if SCHEMA not in str(one.get("$schema", "")):
        yield Wrong(
            _("The template '{name}' is not one for Camunda 8.").format(name=name),
            _('Write "$schema": "{schema}" in it.').format(schema=SCHEMA),
        )
    properties = one.get("properties")
    for number, part in enumerate(properties if isinstance(properties, list) else (), 1):
        yield from _wrong_property(str(name), number, part)


def _wrong_property(name: str, number: int, part: object) -> Iterator[Wrong]:
    where = str(part.get("label") or part.get("id") or number) if isinstance(part, dict) else str(number)
    binding = part.get("binding") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(binding, dict) or not isinstance(binding.get("type"), str):
        yield Wrong(
            _("The property '{where}' of the template '{name}' has no binding.").format(where=where, name=name),
            _("Say in 'binding' where its value goes."),
        )
        return
    if part.get("type", "String") not in TYPES:
        yield Wrong(
            _("The property '{where}' of the template '{name}' has the unknown type '{type}'.").format(
                where=where, name=name, type=part.get("type")
            ),
            _("Use one of {types}.").format(types=", ".join(TYPES)),
        )
    if binding["type"] not in READ:
        yield Wrong(
            _("Nothing here reads what the property '{where}' of the template '{name}' writes ('{binding}').").format(
                where=where, name=name, binding=binding["type"]
            ),
            _("Leave it out, or use one of {bindings}.").format(bindings=", ".join(sorted(READ))),
            is_grave=False,
        )


def of_folders(folders: Iterable[Path]) -> list[Template]:
    """Return the templates in the ``.json`` files of folders, in the order of their names."""
    return [one for folder in folders for path in sorted(folder.glob("*.json")) for one in read(path.read_bytes())[0]]


def together(shipped: Iterable[Template], own: Iterable[Template]) -> list[Template]:
    """Return shipped templates and a project's own: of the same id and version the last one counts."""
    return list({_named(one): one for one in (*shipped, *own)}.values())


def _named(one: Template) -> tuple[str, int | None]:
    return one["id"], one.get("version")
