"""Decision models as values: what a file contains, linked by ids; nothing is evaluated here.

Source: DMN 1.5, chapter 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from inburgering_flow.dmn.boxed import Boxed, FunctionBox
from inburgering_flow.dmn.errors import DmnFileError
from inburgering_flow.dmn.types import ItemDefinition, Types
from inburgering_flow.i18n import _


class ShortCut(Protocol):
    """A decision made directly if nothing is out of the ordinary; see ``direct``. Each method gives ``SLOW`` otherwise."""

    decision: str
    """Its name."""

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """Return the value."""

    def decide(self, given: Mapping[str, Any]) -> Any:
        """Return the outcome of the table."""


@dataclass(frozen=True, slots=True)
class Element:
    """Anything with an id and a name. ``variable`` is the name by which others refer to it."""

    id: str
    name: str
    variable: str
    type_ref: str


@dataclass(frozen=True, slots=True)
class InputData(Element):
    """A value that comes from outside."""


@dataclass(frozen=True, slots=True)
class Decision(Element):
    """``inputs``, ``decisions`` and ``knowledge`` are references (``#id`` or ``namespace#id``) to what it needs."""

    inputs: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    expression: Boxed | None = None
    question: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class KnowledgeModel(Element):
    """A business knowledge model: a function by name."""

    knowledge: tuple[str, ...] = ()
    logic: FunctionBox | None = None


@dataclass(frozen=True, slots=True)
class DecisionService(Element):
    """Decisions behind one call; its parameters are the input data and then the input decisions."""

    inputs: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """A reference to another model; ``name`` is its prefix in expressions."""

    name: str
    namespace: str
    location: str


@dataclass(eq=False)
class Graph:
    """What one file contains, and the files that it imports.

    ``decisions`` are by id; ``find`` takes an id or a name.
    """

    name: str
    namespace: str
    elements: dict[str, Element]
    definitions: tuple[ItemDefinition, ...]
    imports: tuple[Import, ...] = ()
    imported: dict[str, Graph] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    types: Types = field(init=False)
    foreign: tuple[tuple[str, str], ...] = ()  # (id of the element, language) of each expression that is not FEEL
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    short_cuts: dict[str, ShortCut | None] = field(default_factory=dict, repr=False)

    @property
    def decisions(self) -> dict[str, Decision]:
        """The decisions of this file by id, in the order of the file."""
        return {key: element for key, element in self.elements.items() if isinstance(element, Decision)}

    def find(self, id_or_name: str) -> Element:
        """Return a decision, service or knowledge model by id or name; raises ``DmnFileError`` if there is none."""
        found = self.elements.get(id_or_name)
        if found is not None:
            return found
        wanted = " ".join(id_or_name.split())
        for kind in (Decision, DecisionService, KnowledgeModel, InputData):
            for element in self.elements.values():
                if isinstance(element, kind) and element.name == wanted:
                    return element
        known = ", ".join(decision.name for decision in self.decisions.values()) or "none"
        raise DmnFileError(
            _("{name} has no decision {id_or_name!r}.").format(name=self.name, id_or_name=id_or_name),
            remedy=_("Its decisions: {known}.").format(known=known),
            code="DMN_NO_DECISION",
        )

    def resolve(self, reference: str) -> tuple[Graph, Element] | None:
        """Return what a reference points at, and the model that holds it."""
        namespace, _, key = reference.rpartition("#")
        if not namespace or namespace == self.namespace:
            element = self.elements.get(key)
            return (self, element) if element is not None else None
        for model in self.family():
            if model.namespace == namespace and key in model.elements:
                return model, model.elements[key]
        return None

    def family(self) -> Iterator[Graph]:
        """Yield this model and all it imports, directly or not."""
        seen: list[Graph] = []
        waiting: list[Graph] = [self]
        while waiting:
            model = waiting.pop(0)
            if model not in seen:
                seen.append(model)
                waiting.extend(model.imported.values())
                yield model
