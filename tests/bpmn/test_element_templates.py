"""Files of element templates: which can be used, and what is said of those that cannot or do less than they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inburgering_flow.bpmn import element_templates
from inburgering_flow.bpmn.element_templates import SCHEMA, SHIPPED, of_folders, read, together
from inburgering_flow.inburgering import brieven, plugin

SOUND: dict[str, Any] = {
    "$schema": SCHEMA, "id": "a", "name": "A", "version": 1, "appliesTo": ["bpmn:Task"],
    "properties": [{"type": "Hidden", "value": "werk", "binding": {"type": "zeebe:taskDefinition", "property": "type"}}],
}  # fmt: skip


def test_one_template_and_a_list_are_read() -> None:
    assert read(json.dumps(SOUND).encode()) == ([SOUND], [])
    assert read(json.dumps([SOUND, SOUND | {"id": "b"}]).encode())[0] == [SOUND, SOUND | {"id": "b"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "This is not JSON"),
        (b"[" * 100_000, "This is not JSON"),
        (b"[1]", "A template is an object."),
        (json.dumps(SOUND | {"id": 3}).encode(), "The template 'A' has no 'id'."),
        (json.dumps(SOUND | {"appliesTo": "bpmn:Task"}).encode(), "The template 'A' has no 'appliesTo'."),
        (json.dumps(SOUND | {"version": [1]}).encode(), "The version of the template 'A' is no whole number."),
        (json.dumps([SOUND | {"version": {}}] * 2).encode(), "The version of the template 'A' is no whole number."),
        (json.dumps(SOUND | {"properties": None}).encode(), "The template 'A' has no 'properties'."),
        (json.dumps(SOUND | {"$schema": "@camunda/element-templates-json-schema"}).encode(), "is not one for Camunda 8"),
        (json.dumps(SOUND | {"properties": ["x"]}).encode(), "The property '1' of the template 'A' has no binding."),
        (json.dumps(SOUND | {"properties": [{"binding": {"type": "zeebe:property"}, "type": "Date"}]}).encode(), "unknown type 'Date'"),
        (json.dumps(SOUND | {"properties": [{"binding": {"type": "zeebe:property"}, "type": ["Text"]}]}).encode(), "unknown type"),
    ],
)
def test_what_is_no_template_is_left_out_and_told(content: bytes, said: str) -> None:
    sound, wrong = read(content)
    assert sound == []
    assert any(said in one.message and one.is_grave and one.remedy for one in wrong), wrong


def test_what_nothing_reads_is_told_and_the_template_stays() -> None:
    part = {"label": "Robot", "binding": {"type": "zeebe:linkedResource", "property": "resourceId"}}
    sound, [wrong] = read(json.dumps(SOUND | {"properties": [part]}).encode())
    assert len(sound) == 1
    assert (wrong.is_grave, "'Robot'" in wrong.message, "zeebe:linkedResource" in wrong.message) == (False, True, True)


@pytest.mark.parametrize(
    "more",
    [
        {"appliesTo": []},
        {"name": ""},
        {"properties": [{"type": "Configuration", "binding": {"type": "zeebe:input", "name": "toegang"}}]},
        {"properties": [{"value": "80", "binding": {"type": "zeebe:jobPriorityDefinition", "property": "priority"}}]},
    ],
)
def test_what_camundas_schema_accepts_stays_usable(more: dict[str, Any]) -> None:
    assert read(json.dumps(SOUND | more).encode())[0] == [SOUND | more]


def test_the_same_version_twice_is_told_and_a_projects_own_comes_first() -> None:
    wrong = read(json.dumps([SOUND, SOUND]).encode())[1]
    assert [w.message for w in wrong] == ["The template 'a' occurs twice with the version 1."]
    assert together([SOUND], [SOUND | {"name": "Eigen"}]) == [SOUND | {"name": "Eigen"}]


def test_what_is_shipped_is_sound_and_offers_every_letter() -> None:
    folders = [SHIPPED, *plugin().element_templates]
    for path in (path for folder in folders for path in folder.glob("*.json")):
        assert read(path.read_bytes())[1] == [], path.name
    [letter] = [t for t in of_folders(folders) if t["id"] == "inburgering.brief"]
    [choices] = [p["choices"] for p in letter["properties"] if p["binding"].get("property") == "type"]
    assert {c["value"]: c["name"] for c in choices} == {f"brief.{one.template}": one.title for one in brieven.LETTERS}
    assert {p["binding"]["type"] for t in of_folders(folders) for p in t["properties"]} <= element_templates.READ
