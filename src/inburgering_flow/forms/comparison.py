"""Two versions of a form: fields are the same where their answers stand at the same place, anything else where its id is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from inburgering_flow.forms.tree import ROOT, Component, tree
from inburgering_flow.model.differences import Comparison, compare_named

WRITTEN_BY = frozenset(("exporter", "schemaVersion", "components", "executionPlatform", "executionPlatformVersion"))


DEFAULTS = {"showOutline": True}
"""What form-js itself fills in where it is absent, in its editor and its viewer; then whether it is written is no difference."""


def compare(before: bytes, after: bytes) -> Comparison:
    """Return what differs between two forms; raises ValueError for what is no JSON."""
    return Comparison(compare_named(_fields(json.loads(before)), _fields(json.loads(after))))


def content(file: bytes) -> object:
    """Return what a form says, in a form that is equal where nothing differs: without spaces and what wrote it."""
    schema = json.loads(file)
    return {name: value for name, value in schema.items() if name != "exporter"} if isinstance(schema, dict) else schema


def _fields(schema: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for component in tree(schema if isinstance(schema, Mapping) else {}).all():
        place = _place(component)
        while place in found:
            place += "'"
        found[place] = dict(_said(component))
    return found


def _place(component: Component) -> str:
    if component.type == ROOT:
        return ""
    return ".".join(map(str, component.full_path)) if component.is_keyed else component.id


def _said(component: Component) -> dict[str, Any]:
    """Return what a component says, one level of nesting as ``validate.required``; where it stands in its row too."""
    skipped = WRITTEN_BY if component.type == ROOT else {"components", "id"}
    found: dict[str, Any] = {"type": component.type}
    if component.parent is not None and component.parent.type != ROOT:
        found["inside"] = component.parent.label
    for name, value in component.attrs.items():
        if name in skipped or DEFAULTS.get(name) is value:
            continue
        if isinstance(value, Mapping):
            inner = {key: one for key, one in value.items() if name != "layout" or key != "row"}  # rows are numbered anew
            found.update({f"{name}.{key}": one for key, one in inner.items()})
        else:
            found[name] = value
    return found
