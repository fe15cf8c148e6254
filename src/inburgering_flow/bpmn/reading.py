"""A process in the order in which somebody reads it: the ordinary way first, then what leaves it, each step with a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Element, Flow, ProcessDefinition

NEAR = 40  # what is drawn no further up or down than this goes straight on


@dataclass(frozen=True)
class Way:
    """Where it goes on after a step: to ``target`` (an element that has a number), over ``flow``."""

    flow: Flow
    target: str


@dataclass(frozen=True)
class Step:
    """An element with its number (``4.2``); ``is_followed`` tells that its only way leads to the next one in the text."""

    element: Element
    number: str
    depth: int
    ways: tuple[Way, ...]
    is_followed: bool


def heights(content: bytes) -> dict[str, float]:
    """Return how low the middle of each shape is drawn, by the id of its element; empty where nothing is drawn."""
    found = {}
    for shape in xml.parse(content).iter("{*}BPMNShape"):
        for bounds in shape.iterchildren("{*}Bounds"):
            with suppress(ValueError):
                found[str(shape.get("bpmnElement"))] = float(bounds.get("y", "")) + float(bounds.get("height", "")) / 2
    return found


def steps(definition: ProcessDefinition, drawn: Mapping[str, float]) -> list[Step]:
    """Return the steps of a process; joins that say nothing are left out, and ways lead past them.

    The ordinary way is the one that is drawn straight on (``heights``), else the one that is taken where no condition holds.
    """
    return list(_scope(definition, drawn, definition.process_id, "", 0))


def _scope(
    definition: ProcessDefinition, drawn: Mapping[str, float], scope: str, before: str, depth: int
) -> Iterator[Step]:
    elements = definition.elements
    order = _order(definition, drawn, scope)
    for number, (id, following) in enumerate(zip(order, [*order[1:], ""], strict=True), 1):
        element = elements[id]
        ways = tuple(Way(flow, _past(elements, flow.target)) for flow in element.outgoing)
        label = f"{before}{number}"
        yield Step(element, label, depth, ways, len(ways) == 1 and ways[0].target == following)
        if element.is_scope:
            yield from _scope(definition, drawn, id, f"{label}.", depth + 1)


def _order(definition: ProcessDefinition, drawn: Mapping[str, float], scope: str) -> list[str]:
    """Return the elements directly inside a scope, without those that only join."""
    elements = definition.elements
    inside = [elements[id] for id in elements[scope].children]
    begins = [e for e in inside if e.kind == "startEvent"] + [e for e in inside if e.begins]
    found: dict[str, None] = {}
    exceptions = [e.id for e in begins][1:]
    waiting = [e.id for e in begins][:1]
    while waiting or exceptions:
        id = waiting.pop() if waiting else exceptions.pop(0)
        if id in found:
            continue
        element = elements[id]
        if not _only_joins(element):
            found[id] = None
        exceptions += element.boundary
        usual = sorted(element.outgoing, key=lambda flow: (_bend(drawn, flow), flow.id != element.default_flow))
        waiting += [flow.target for flow in reversed(usual)]
    rest = [e.id for e in inside if e.id not in found and not _only_joins(e) and e.kind != "boundaryEvent"]
    return [*found, *rest]


def _bend(drawn: Mapping[str, float], flow: Flow) -> float:
    return round(abs(drawn.get(flow.source, 0.0) - drawn.get(flow.target, 0.0)) / NEAR)


def _only_joins(element: Element) -> bool:
    return element.kind.endswith("Gateway") and len(element.outgoing) == 1 and not element.name


def _past(elements: Mapping[str, Element], id: str) -> str:
    """Return the first element with a number from here on."""
    seen = set()
    while _only_joins(elements[id]) and id not in seen:
        seen.add(id)
        id = elements[id].outgoing[0].target
    return id
