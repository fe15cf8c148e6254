"""Shipped diagrams read well when drawn: everything has its place, nothing overlaps, left to right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inburgering_flow import xml
from inburgering_flow.bpmn import rules
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES

FILES = sorted(resource_folder("processes").glob("*/*.bpmn"))
FORMS = {p.stem for p in resource_folder("forms").glob("*.form")}
IDS = re.compile(r"[a-z][a-z0-9_]*")
Box = tuple[float, float, float, float]


def boxes(plane: xml.Element) -> dict[str, Box]:
    found = {}
    for shape in plane:
        if xml.local(shape) == "BPMNShape":
            bounds = next(b for b in shape if xml.local(b) == "Bounds")
            found[shape.get("bpmnElement", "")] = tuple(
                float(bounds.get(k, "0")) for k in ("x", "y", "width", "height")
            )
    return found  # type: ignore[return-value]


def planes(path: Path) -> list[xml.Element]:
    return [e for e in xml.parse(path.read_bytes()).iter() if xml.local(e) == "BPMNPlane"]


def around(definition: ProcessDefinition, id: str) -> set[str]:
    """Return the sub-processes around an element."""
    found: set[str] = set()
    while (parent := definition.elements[id].parent) is not None:
        found.add(parent)
        id = parent
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_element_and_flow_is_drawn_and_no_shapes_overlap(path: Path) -> None:
    definition = rules.read(path.read_bytes(), name=path.name)[0][0]
    drawn: set[str] = set()
    for plane in planes(path):
        drawn |= {e.get("bpmnElement", "") for e in plane}
        placed = boxes(plane)
        hosts = {e.id: e.attached_to for e in definition.elements.values()}
        for a, (ax, ay, aw, ah) in placed.items():
            for b, (bx, by, bw, bh) in placed.items():
                inside = b in around(definition, a) or a in around(definition, b)
                if a < b and hosts.get(a) != b and hosts.get(b) != a and not inside:
                    apart = ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
                    assert apart, f"{a} and {b} overlap"
    wanted = {e.id for e in definition.elements.values() if e.kind != "process"}
    wanted |= {f.id for e in definition.elements.values() for f in e.outgoing}
    assert wanted <= drawn, sorted(wanted - drawn)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_flows_run_left_to_right_except_loops(path: Path) -> None:
    definition = rules.read(path.read_bytes(), name=path.name)[0][0]
    elements = definition.elements

    def leads_back(source: str, target: str) -> bool:
        seen, todo = set(), [target]
        while todo:
            here = todo.pop()
            if here == source:
                return True
            if here not in seen:
                seen.add(here)
                todo.extend(f.target for f in elements[here].outgoing)
                todo.extend(e.id for e in elements.values() if e.attached_to == here)
        return False

    for plane in planes(path):
        placed = boxes(plane)
        for element in elements.values():
            for flow in element.outgoing:
                if flow.source in placed and flow.target in placed and not leads_back(flow.source, flow.target):
                    assert placed[flow.source][0] < placed[flow.target][0], flow.id


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_names_follow_the_convention_and_each_task_is_complete(path: Path) -> None:
    definition = rules.read(path.read_bytes(), name=path.name)[0][0]
    assert definition.process_id == path.stem
    nodes = [e for e in definition.elements.values() if e.kind != "process"]
    for element in nodes:
        assert IDS.fullmatch(element.id), element.id
        if element.kind == "userTask":
            assert element.documentation.endswith((".", "?")), element.id
            assert element.candidate_groups is not None, element.id
            assert element.candidate_groups.source in ROLES, element.id
            assert element.form_id in FORMS, element.id
            assert element.properties.get("bron"), element.id
            assert element.properties.get("zekerheid") in ("vast", "te controleren"), element.id
        if element.event and element.event.kind == "timer":
            assert element.event.expression is not None
            assert element.event.expression.is_expression, f"{element.id} holds a bare number"
    top = [e for e in nodes if e.parent == definition.process_id]
    assert len(top) <= 26
