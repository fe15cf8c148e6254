"""Moving tokens: they are thawed one at a time, placed, taken over flows, and let go on where they wait. Each scope has
a Spiff graph; the nodes in the graph know which element does what, the functions here do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from SpiffWorkflow.util.task import TaskState

from inburgering_flow.bpmn.definition import Element, Flow
from inburgering_flow.engine import bookkeeping
from inburgering_flow.engine.bookkeeping import BODY_TYPE, Phase
from inburgering_flow.engine.port import Process
from inburgering_flow.engine.run import Owner, Run, Thawed, Token
from inburgering_flow.model.runtime import ElementInstance, ProcessInstance

BODY = "#body"  # added to the id of a repeated activity: the name of the graph of its inside


class Body(Protocol):
    """The node of a repeated activity, asked when something inside has ended."""

    def inner_ended(self, run: Run, body: ElementInstance, inner_key: int | None) -> None: ...
    def check(self, run: Run, body: ElementInstance) -> None: ...


class AdHoc(Protocol):
    """The node of an ad-hoc sub-process, asked when nothing inside is active."""

    def is_done(self, run: Run, row: ElementInstance) -> bool: ...


def _graph(process: Process, scope: Owner) -> Any:
    if isinstance(scope, ProcessInstance):
        return process.graphs[process.process_id]
    return process.graphs[scope.element_id + (BODY if scope.element_type == BODY_TYPE else "")]


def thaw_scope(run: Run, scope_key: int) -> Thawed:
    """Return the tokens of a scope that move in this run; raises Conflict where the case stands still."""
    thawed = run.thawed.get(scope_key)
    if thawed is None:
        scope = run.scope(scope_key)
        run.must_move(scope)
        process = run.process_of(scope)
        thawed = run.thawed[scope_key] = Thawed(_graph(process, scope), run, scope_key, process)
    return thawed


def thaw(run: Run, row: ElementInstance, state: int) -> Token:
    """Return the token of an element instance in a state of Spiff's."""
    run.instance(row.instance_key)  # known before its key is looked for among the elements
    thawed = thaw_scope(run, row.scope_key)
    token = Token(thawed, thawed.spec.task_specs[row.element_id], state=state)
    token.row = row
    return token


def place(
    run: Run, scope_key: int, element_id: str, variables: Mapping[str, Any], *, triggered: bool = False,
    local: Mapping[str, Any] | None = None, first: bool = False,
) -> Token:  # fmt: skip
    """Put a token on an element of a scope; ``local`` are variables of its own, ``variables`` what an event brought."""
    thawed = thaw_scope(run, scope_key)
    token = Token(thawed, thawed.spec.task_specs[element_id])
    token.variables = dict(variables)
    token.locals = dict(local or {})
    token.triggered_by_event = triggered
    token.first = first
    token.task_spec._update(token)
    return token


def place_inside(run: Run, body: ElementInstance, element: Element, local: Mapping[str, Any]) -> None:
    """Put a token on the inside of a repeated activity."""
    place(run, body.key, element.id, {}, local=local)


def enter_event_subprocess(run: Run, scope: Owner, entered_id: str, variables: Mapping[str, Any]) -> None:
    """Put a token into an event sub-process, with what its event brought."""
    token = place(run, scope.key, entered_id, variables, triggered=True)
    if variables:
        bookkeeping.keep_brought(token.instance, variables)


def take(thawed: Thawed, flow: Flow) -> None:
    """Move a token over a sequence flow."""
    if thawed.run.env.took is not None:
        thawed.run.env.took(thawed.process.process_id, flow)
    token = Token(thawed, thawed.spec.task_specs[flow.target], flow=flow)
    token.task_spec._update(token)


def work_again(run: Run, row: ElementInstance, variables: Mapping[str, Any], *, is_open: bool = False) -> None:
    """Let an element begin its work again; ``is_open`` where its boundary events are open already."""
    token = thaw(run, row, TaskState.READY)
    token.is_open = is_open
    token.variables = dict(variables)
    run.queue(token.run)


def finish(run: Run, row: ElementInstance, variables: Mapping[str, Any], phase: Phase = "leave") -> None:
    """Let an element that has been waiting complete, or go on completing where trouble in ``phase`` stopped it."""
    token = thaw(run, row, TaskState.STARTED)
    token.variables = dict(variables)
    token.listened = phase != "leave"
    token.mapped = phase == "flow"
    run.queue(token.complete)


def body_of(run: Run, row: ElementInstance) -> Body:
    """Return the node of a repeated activity."""
    node: Body = thaw_scope(run, row.scope_key).spec.task_specs[row.element_id]
    return node


def ad_hoc_of(run: Run, row: ElementInstance) -> AdHoc:
    """Return the node of an ad-hoc sub-process; nothing is thawed for it."""
    node: AdHoc = _graph(run.process_of(row), run.scope(row.scope_key)).task_specs[row.element_id]
    return node
