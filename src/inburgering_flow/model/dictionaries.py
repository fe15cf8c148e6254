"""Two versions of a data dictionary (``gegevens.json``): variables are the same where their names are."""

from __future__ import annotations

import json
from typing import Any

from inburgering_flow.model.differences import MOVED, Comparison, compare_named


def compare(before: bytes | None, after: bytes | None) -> Comparison:
    """Return what differs; None is a folder without one. Their order says nothing. Raises ValueError for what is no JSON."""
    found = compare_named(_entries(before), _entries(after), described=("name",))
    return Comparison(tuple(one for one in found if one.kind != MOVED))


def content(file: bytes) -> object:
    """Return what a data dictionary says, in a form that is equal where nothing differs; the bytes where it cannot be read."""
    try:
        entries = _entries(file)
    except ValueError:
        return file.hex()
    return [[name, entries[name]] for name in sorted(entries)]


def _entries(file: bytes | None) -> dict[str, dict[str, Any]]:
    if file is None:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for entry in json.loads(file):
        if isinstance(entry, dict) and "name" in entry:
            found[str(entry["name"])] = _flat(entry)
    return found


def _flat(entry: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in entry.items():
        if isinstance(value, dict):
            found.update(_flat(value, f"{path}{name}."))
        else:
            found[path + name] = sorted(map(str, value)) if name == "roles" and isinstance(value, list) else value
    return found
