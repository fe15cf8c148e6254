"""Tokens move: thawed one at a time, placed, taken over flows, and counted when a scope is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from SpiffWorkflow.util.task import TaskState

from inburgering_flow.bpmn.definition import Element, Flow
from inburgering_flow.engine import joins, listeners
from inburgering_flow.engine.bookkeeping import BODY_TYPE, ProcessListening
from inburgering_flow.engine.compiled import BODY
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.specs.base import Thawed, Token
from inburgering_flow.engine.specs.multi_instance import Body
from inburgering_flow.engine.subscriptions import Subscriptions
from inburgering_flow.model.runtime import (
    ACTIVE,
    COMPLETED,
    ElementInstance,
    ProcessInstance,
)

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run


class Tokens(Subscriptions):
    """Tokens move: thawed one at a time, placed, taken over flows, and counted when a scope is done."""

    def thawed(self, scope_key: int) -> Thawed:
        """Return the thawed workflow of a scope."""
        thawed = self._thawed.get(scope_key)
        if thawed is None:
            scope = self.scope(scope_key)
            self.must_move(scope)
            process = self.process_of(scope)
            if isinstance(scope, ProcessInstance):
                graph = process.graphs[process.process_id]
            else:
                graph = process.graphs[scope.element_id + (BODY if scope.element_type == BODY_TYPE else "")]
            thawed = self._thawed[scope_key] = Thawed(graph, cast("Run", self), scope_key)
        return thawed

    def thawed_scopes(self) -> Iterable[Thawed]:
        """Return the scopes in which tokens have moved in this run."""
        return self._thawed.values()

    def _thaw(self, row: ElementInstance, state: int) -> Token:
        self.instance(row.instance_key)  # known before its key is looked for among the elements
        thawed = self.thawed(row.scope_key)
        token = Token(thawed, thawed.spec.task_specs[row.element_id], state=state)
        token.row = row
        return token

    def place(
        self, scope_key: int, element_id: str, variables: Mapping[str, Any], *, triggered: bool = False,
        local: Mapping[str, Any] | None = None, first: bool = False,
    ) -> Token:  # fmt: skip
        """Put a token on an element of a scope; ``local`` are variables of its own, ``variables`` what an event brought."""
        thawed = self.thawed(scope_key)
        token = Token(thawed, thawed.spec.task_specs[element_id])
        token.variables = dict(variables)
        token.locals = dict(local or {})
        token.triggered_by_event = triggered
        token.first = first
        token.task_spec._update(token)
        return token

    def take(self, thawed: Thawed, flow: Flow) -> None:
        """Move a token over a sequence flow."""
        token = Token(thawed, thawed.spec.task_specs[flow.target], flow=flow)
        token.task_spec._update(token)

    def finish(self, row: ElementInstance, variables: dict[str, Any], phase: str = "leave") -> None:
        """Let an element that has been waiting complete, or go on completing where trouble in ``phase`` stopped it."""
        token = self._thaw(row, TaskState.STARTED)
        token.variables = variables
        token.listened = phase != "leave"
        token.mapped = phase == "flow"
        self.queue(token.complete)

    def _body_node(self, row: ElementInstance) -> Body:
        node = self.thawed(row.scope_key).spec.task_specs[row.element_id]
        assert isinstance(node, Body)
        return node

    def token_ended(self, scope_key: int, row: ElementInstance | None = None) -> None:
        """A token of a scope, last seen at ``row``, is gone without going on: the scope may be done."""
        scope = self.scope(scope_key)
        self.thawed(scope_key)  # its joins are looked at again: this token cannot come to them any more
        if isinstance(scope, ElementInstance) and scope.element_type == BODY_TYPE:
            inner_key = None if row is None else row.key
            self.queue(partial(self._body_node(scope).inner_ended, cast("Run", self), scope, inner_key))
        else:
            self.queue(partial(self._scope_done, scope))

    def _scope_done(self, scope: Owner) -> None:
        if scope.state != ACTIVE or self._has_children(scope.key):
            return
        process = self.process_of(scope)
        element = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
        run = cast("Run", self)
        if joins.fire_ready(run, scope, process, element.id) or joins.stuck(run, scope, element, process):
            return
        if isinstance(scope, ElementInstance):
            if element.ad_hoc is None or scope.element_type == BODY_TYPE or run.ad_hoc_done(scope, element):
                self.finish(scope, {})
            return
        self.close_scope_events(scope.key, element, process)
        if element.execution_listeners and not self._end_listeners_done(scope, element):
            return
        scope.state = COMPLETED
        scope.end = self.now
        self._instance_changed(scope)
        if process.has_compensation:
            self.step.forget_compensations.add(scope.key)
        if scope.parent_element_key is not None:
            host = self.element(scope.parent_element_key)
            self.finish(host, self.local_variables(scope.key))

    def _end_listeners_done(self, scope: ProcessInstance, root: Element) -> bool:
        try:
            return not listeners.of_process(cast("Run", self), scope, root, ProcessListening("end"))
        except Trouble as trouble:
            self.process_incident(scope, trouble, "process-end")
            return False

    def start_inside(
        self, scope_key: int, element: Element, start_id: str, variables: Mapping[str, Any] | None = None
    ) -> None:
        """Put a token on a start event of a scope."""
        self.place(scope_key, start_id, variables or {}, triggered=bool(variables))

    def start_in_body(self, body: ElementInstance, element: Element, local: Mapping[str, Any]) -> None:
        """Put a token on the inside of a multi-instance activity."""
        self.place(body.key, element.id, {}, local=local)
