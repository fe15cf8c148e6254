"""What of the models scenarios walk: elements and sequence flows of processes, rules of decision tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.dmn import file as dmn_file
from inburgering_flow.dmn.boxed import Literal, RuleBox
from inburgering_flow.services.resources import Resource

Place = tuple[str, str]
"""The process, or the decision's name, and the id of the part."""


@dataclass(frozen=True)
class Walk:
    """What one trial walked; ``tables`` are the names of the decisions whose table was looked at."""

    elements: frozenset[Place] = frozenset()
    flows: frozenset[Place] = frozenset()
    rules: frozenset[Place] = frozenset()
    tables: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Part:
    """A part of a model that can be walked; ``kind`` is element, flow or rule."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True)
class Model:
    """A process or a decision table; ``id`` is what a walk calls it, ``element_id`` that of the decision in its file."""

    kind: str
    id: str
    name: str
    resource: str
    parts: tuple[Part, ...]
    element_id: str = ""


@dataclass(frozen=True)
class Covered:
    """How often each part of a model was walked: by how many scenarios."""

    model: Model
    counts: Mapping[str, int] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[int, int]:
        """Return how many parts of a kind were walked, and how many there are."""
        parts = [part for part in self.model.parts if part.kind == kind]
        return sum(part.id in self.counts for part in parts), len(parts)

    @property
    def missed(self) -> list[Part]:
        """The parts that no scenario walked."""
        return [part for part in self.model.parts if part.id not in self.counts]


def models(resources: Iterable[Resource]) -> list[Model]:
    """Return the processes and decision tables in these files, by file."""
    found: list[Model] = []
    for one in resources:
        if one.kind == "bpmn":
            found.extend(_process(process, one.name) for process in reader.read(one.content, name=one.name).processes)
        elif one.kind == "dmn":
            for element, table in dmn_file.read(one.content, name=one.name).tables:
                rules = tuple(Part("rule", rule.id, _said(rule)) for rule in table.rules)
                found.append(Model("decision", element.name, element.name, one.name, rules, element.id))
    return found


def _said(rule: RuleBox) -> str:
    """Return a rule in one line: what it asks, and what it gives."""
    asked = " | ".join(text for text in rule.inputs if text.strip() not in ("", "-"))
    given = " | ".join(box.text if isinstance(box, Literal) else "…" for box in rule.outputs)
    return f"{asked or '-'} → {given}"


def _process(process: ProcessDefinition, resource: str) -> Model:
    elements = [e for e in process.elements.values() if e.kind != "process"]
    names = {e.id: e.name or e.kind for e in elements}
    parts = [Part("element", e.id, names[e.id]) for e in elements]
    flows = [flow for e in elements for flow in e.outgoing]
    parts += [Part("flow", f.id, f"{names[f.source]} → {f.name or names[f.target]}") for f in flows]
    return Model("process", process.process_id, process.name or process.process_id, resource, tuple(parts))


def walked_flows(
    taken: Iterable[Place], entered: frozenset[Place], definitions: Mapping[str, ProcessDefinition]
) -> frozenset[Place]:
    """Return the sequence flows that led somewhere: of those over which a token went, the ones both of whose ends were entered.
    After an event-based gateway only the event that happened is entered.
    """
    found = set()
    drawn = ((name, element) for name, process in definitions.items() for element in process.elements.values())
    flows = {(name, flow.id): flow for name, element in drawn for flow in element.outgoing}
    for place in taken:
        flow = flows.get(place)
        if flow is not None and {(place[0], flow.source), (place[0], flow.target)} <= entered:
            found.add(place)
    return frozenset(found)


def covered(found: Sequence[Model], walks: Sequence[Walk]) -> list[Covered]:
    """Return how many walks went over each part of each model."""
    counts = Counter(place for walk in walks for place in (*walk.elements, *walk.flows, *walk.rules))
    return [
        Covered(one, {part.id: counts[one.id, part.id] for part in one.parts if counts[one.id, part.id]}) for one in found
    ]
