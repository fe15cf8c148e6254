"""A definition made ready to run: one immutable Spiff graph per scope, each expression compiled once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from inburgering_flow.bpmn.definition import Element, ProcessDefinition, Text
from inburgering_flow.engine.joins import flows_before
from inburgering_flow.engine.moving import BODY
from inburgering_flow.engine.nodes.base import Root
from inburgering_flow.engine.nodes.kinds import body_class, node_class
from inburgering_flow.feel import Compiled
from inburgering_flow.feel import compile as compile_feel


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
        self.graphs: Mapping[str, Any] = dict(self._graphs())
        before: dict[str, Mapping[str, frozenset[str]]] = {}
        joins: dict[str, tuple[str, ...]] = {}
        for element in definition.elements.values():
            found = [c for c in element.children if self.elements[c].kind in ("inclusiveGateway", "complexGateway")
                     and self.elements[c].waits_for_tokens]  # fmt: skip
            if found:
                joins[element.id] = tuple(found)
                before.update((j, flows_before(self.elements[j], self.elements)) for j in found)
        self.before: Mapping[str, Mapping[str, frozenset[str]]] = before
        self.joins: Mapping[str, tuple[str, ...]] = joins
        events = [(e, e.event) for e in definition.elements.values() if e.event is not None]
        self.watches_variables = any(
            event.has("timer") and e.properties.get("herberekenen") == "true" for e, event in events
        )
        self.following_tasks: Mapping[str, frozenset[str]] = {
            e.id: frozenset((*self.reads(e.due_date), *self.reads(e.follow_up_date)))
            for e in definition.elements.values()
            if e.kind == "userTask" and e.properties.get("herberekenen") == "true"
        }
        self.has_conditions = any(event.has("conditional") for _, event in events)
        self.has_ad_hoc = any(e.ad_hoc is not None for e in definition.elements.values())
        self.has_compensation = any(event.has("compensate") for _, event in events)
        # Where a scope begins: at its plain start event or, without one, at every element that no flow leads to.
        self.beginnings: Mapping[str, tuple[str, ...]] = {e.id: self._beginning(e) for e in self.elements.values()}

    def _beginning(self, scope: Element) -> tuple[str, ...]:
        plain = tuple(e.id for e in self.definition.start_events(scope.id) if e.event and e.event.kind == "none")
        return plain or tuple(c for c in scope.children if self.elements[c].begins)

    def _graphs(self) -> Iterator[tuple[str, WorkflowSpec]]:
        for scope in self.elements.values():
            children = [self.elements[c] for c in scope.children] if scope.is_scope else []
            for child in children:
                if child.loop is not None:
                    inside = WorkflowSpec(name=child.id + BODY)
                    inside.start = Root(inside)
                    node_class(child)(inside, child, self)
                    yield inside.name, inside
            if scope.is_scope:
                yield scope.id, self._graph(scope, children)

    def _graph(self, scope: Element, children: list[Element]) -> WorkflowSpec:
        graph = WorkflowSpec(name=scope.id)
        graph.start = Root(graph)
        for child in children:
            (node_class(child) if child.loop is None else body_class(child.loop))(graph, child, self)
        for child in children:
            for flow in child.outgoing:
                graph.task_specs[child.id].connect(graph.task_specs[flow.target])
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

    def timer_reads(self, element_id: str) -> frozenset[str]:
        """Return the variables that the timers of an element read; none where it is not in this version."""
        element = self.elements.get(element_id)
        parts = element.event.all if element is not None and element.event is not None else ()
        return frozenset(name for part in parts if part.kind == "timer" for name in self.reads(part.expression))
