"""A definition made ready to run: one immutable Spiff graph per scope, each expression compiled once."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from inburgering_flow.bpmn.definition import Element, ProcessDefinition, Text
from inburgering_flow.engine.joins import flows_before
from inburgering_flow.engine.specs import node_class
from inburgering_flow.engine.specs.base import Root
from inburgering_flow.engine.specs.multi_instance import MultiInstanceBody, StandardLoopBody
from inburgering_flow.feel import Compiled
from inburgering_flow.feel import compile as compile_feel

BODY = "#body"


class CompiledProcess:
    """A process definition with its graphs; shared by all threads and never changed after construction.

    ``graphs`` maps a scope (process, sub-process, or an element's id + ``#body`` for the inside of a multi-instance
    activity) to its graph. ``types`` are the declared types of the data dictionary: variable name → FEEL type.
    """

    def __init__(
        self,
        definition: ProcessDefinition,
        *,
        key: int = 0,
        version: int = 1,
        deployment_key: int = 0,
        types: Mapping[str, str] | None = None,
        functions: frozenset[str] = frozenset(),
    ) -> None:
        self.definition = definition
        self.key = key
        self.version = version
        self.deployment_key = deployment_key
        self.process_id = definition.process_id
        self.types: Mapping[str, str] = dict(types or {})
        self.functions = functions
        self.elements: Mapping[str, Element] = definition.elements
        self._feel: dict[str, Compiled] = {}
        self._lock = threading.Lock()
        self.graphs: dict[str, WorkflowSpec] = {}
        for element in definition.elements.values():
            if element.is_scope:
                self.graphs[element.id] = self._graph(element)
        self.before: dict[str, dict[str, frozenset[str]]] = {}
        self.joins: dict[str, tuple[str, ...]] = {}
        for element in definition.elements.values():
            found = [c for c in element.children if self.elements[c].kind in ("inclusiveGateway", "complexGateway")
                     and self.elements[c].waits_for_tokens]  # fmt: skip
            if found:
                self.joins[element.id] = tuple(found)
                self.before.update((j, flows_before(self.elements[j], self.elements)) for j in found)
        events = [(e, e.event) for e in definition.elements.values() if e.event is not None]
        self.watches_variables = any(
            event.has("timer") and e.properties.get("herberekenen") == "true" for e, event in events
        )
        self.has_conditions = any(event.has("conditional") for _, event in events)
        self.has_ad_hoc = any(e.ad_hoc is not None for e in definition.elements.values())
        self.has_compensation = any(event.has("compensate") for _, event in events)
        # Where a scope begins: at its plain start event or, without one, at every element that no flow leads to.
        self.beginnings: dict[str, tuple[str, ...]] = {}
        for element in definition.elements.values():
            plain = tuple(e.id for e in definition.start_events(element.id) if e.event and e.event.kind == "none")
            self.beginnings[element.id] = plain or tuple(c for c in element.children if self.elements[c].begins)

    def _graph(self, scope: Element) -> WorkflowSpec:
        graph = WorkflowSpec(name=scope.id)
        graph.start = Root(graph)
        for child_id in scope.children:
            child = self.elements[child_id]
            if child.loop is None:
                node_class(child)(graph, child, self)
            else:
                (StandardLoopBody if child.loop.standard else MultiInstanceBody)(graph, child, self)
                inner = WorkflowSpec(name=child.id + BODY)
                inner.start = Root(inner)
                node_class(child)(inner, child, self)
                self.graphs[child.id + BODY] = inner
        for child_id in scope.children:
            for flow in self.elements[child_id].outgoing:
                graph.task_specs[child_id].connect(graph.task_specs[flow.target])
        return graph

    @property
    def root(self) -> Element:
        """Return the process itself."""
        return self.definition.root

    def feel(self, text: str) -> Compiled:
        """Return the compiled expression; compiled once per definition."""
        compiled = self._feel.get(text)
        if compiled is None:
            with self._lock:
                compiled = self._feel.setdefault(text, compile_feel(text, functions=self.functions))
        return compiled

    def reads(self, text: Text | None) -> tuple[str, ...]:
        """Return the variables that an attribute reads; a literal reads none."""
        return tuple(sorted(self.feel(text.source).variables)) if text is not None and text.is_expression else ()
