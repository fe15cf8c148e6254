"""The data dictionary of each family declares everything that its processes write, so that nothing is shown by accident."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.xml import parse

ROOT = Path(__file__).parents[2]
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TYPES = {"string", "number", "boolean", "date", "date and time", "time", "list", "context", "duration"}


def keys(components: list[dict[str, Any]]) -> Iterator[str]:
    for component in components:
        if component.get("key"):
            yield component["key"]
        yield from keys(component.get("components", []))


def written(path: Path) -> set[str]:
    names: set[str] = set()
    for element in parse(path.read_bytes(), name=path.name).iter():
        if element.tag in (ZEEBE + "input", ZEEBE + "output"):
            names.add(element.get("target").split(".")[0])
        if element.get("resultVariable"):
            names.add(element.get("resultVariable"))
        if element.tag == ZEEBE + "formDefinition":
            form = json.loads((ROOT / "forms" / f"{element.get('formId')}.form").read_text())
            names.update(keys(form["components"]))
        if element.tag == ZEEBE + "property" and element.get("name") == "uitvoerderIn":
            names.add(element.get("value").lstrip("= "))
    return names


@pytest.mark.parametrize("path", sorted((ROOT / "processes").rglob("*.bpmn")), ids=lambda p: p.stem)
def test_everything_that_a_process_writes_is_declared(path: Path) -> None:
    declared = {e["name"] for e in json.loads((path.parent / "gegevens.json").read_text())}

    assert written(path) - declared == set()


@pytest.mark.parametrize("path", sorted((ROOT / "processes").rglob("gegevens.json")), ids=lambda p: p.parent.name)
def test_each_declaration_has_type_meaning_and_readers_that_exist(path: Path) -> None:
    entries = json.loads(path.read_text())

    assert len({e["name"] for e in entries}) == len(entries)
    for entry in entries:
        assert entry["type"] in TYPES, entry["name"]
        assert entry["meaning"], entry["name"]
        assert entry["roles"], entry["name"]
        assert set(entry["roles"]) <= set(ROLES), entry["name"]


@pytest.mark.parametrize("path", sorted((ROOT / "processes").rglob("gegevens.json")), ids=lambda p: p.parent.name)
def test_every_number_and_date_has_a_range_on_both_sides(path: Path) -> None:
    for entry in json.loads(path.read_text()):
        needed = {"number": {"minimum", "maximum"}, "date": {"earliest", "latest"}}.get(entry["type"], set())
        assert needed <= set(entry), entry["name"]


def choices() -> dict[str, set[str]]:
    """Return the answers of questions whose answers are fixed texts, by variable."""
    found: dict[str, set[str]] = {}

    def walk(components: list[dict[str, Any]]) -> None:
        for one in components:
            answers = [answer["value"] for answer in one.get("values", [])]
            if one["type"] in ("radio", "select") and answers and all(isinstance(a, str) for a in answers):
                found.setdefault(one["key"], set()).update(answers)
            walk(one.get("components", []))

    for path in (ROOT / "forms").glob("*.form"):
        walk(json.loads(path.read_text())["components"])
    return found


@pytest.mark.parametrize("name", sorted({*choices(), "doelgroep", "nieuweLeerroute"} - {"grondslag"}))
def test_what_is_chosen_from_a_list_is_corrected_to_nothing_else(name: str) -> None:
    """Whoever corrected a fact could make somebody a marsmannetje."""
    declared = [
        entry
        for path in (ROOT / "processes").glob("*/gegevens.json")
        for entry in json.loads(path.read_text()) if entry["name"] == name
    ]  # fmt: skip
    assert declared
    for entry in declared:
        allowed = re.compile(entry.get("pattern", ".*"))
        assert not allowed.fullmatch("marsmannetje"), entry
        assert all(allowed.fullmatch(answer) for answer in choices().get(name, set())), entry
