"""What each element is to SpiffWorkflow: a task spec whose hooks decide what becomes rows.

Spiff moves a thawed token through its states (FUTURE → READY → STARTED or COMPLETED) and calls the hooks of its spec.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.specs.base import TaskSpec

from inburgering_flow.bpmn.definition import Element, Flow
from inburgering_flow.engine import (
    adhoc,
    arrivals,
    bookkeeping,
    catching,
    compensation,
    completion,
    expressions,
    listeners,
    mappings,
    moving,
    waiting,
)
from inburgering_flow.engine.arrivals import TOKENS
from inburgering_flow.engine.bookkeeping import Phase
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Run, Token
from inburgering_flow.engine.variables import set_local
from inburgering_flow.model.runtime import ElementInstance


class Root(TaskSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """The nameless start that Spiff asks of each graph; no token is ever there."""

    def __init__(self, graph: Any) -> None:
        super().__init__(graph, "")


class Node(TaskSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A flow node: the hooks that Spiff calls, and what a family of elements overrides.

    ``arrive`` → True when the token may enter; ``enter`` → True when the element is done at once, None when it waits;
    ``leave`` → the flows to take.
    """

    def __init__(self, graph: Any, element: Element, process: Process) -> None:
        super().__init__(graph, element.id)
        self.element = element
        self.process = process

    # -- Spiff's hooks ---------------------------------------------------------------------------------------------

    def test(self) -> None:
        """Spiff demands inputs of each node; the deployment has checked the graph already."""

    def _predict(self, my_task: Token, *args: Any, **kwargs: Any) -> None:
        """Predict nothing: tokens are made when a flow is taken."""

    def _update_hook(self, my_task: Token) -> bool:
        return self.arrive(my_task.workflow.run, my_task)

    def _on_ready_hook(self, my_task: Token) -> None:
        my_task.workflow.run.queue(my_task.run)

    def _run_hook(self, my_task: Token) -> bool | None:
        run: Run = my_task.workflow.run
        if my_task.instance.state != "ACTIVE":
            return None  # ended by an interrupting event earlier in this step
        try:
            run.within_budget()
            if not self.brings_variables(my_task):
                self.open_instance(run, my_task)
            if not listeners.begun(my_task.instance):
                self.prepare(run, my_task)
            if listeners.wait(run, my_task.instance, self.element, "start", my_task.variables):
                return None
            return True if self.enter(run, my_task) else None
        except Trouble as trouble:
            run.incident(my_task.instance, trouble, "enter")
            return None

    def _on_complete_hook(self, my_task: Token) -> None:
        run: Run = my_task.workflow.run
        if my_task.instance.state != "ACTIVE":
            return
        try:
            for on in () if my_task.listened else ("completing", "end"):
                if listeners.wait(run, my_task.instance, self.element, on, my_task.variables):
                    return
            my_task.listened = True
            flows = self.leave(run, my_task)
            if flows == () and self.process.has_ad_hoc:
                adhoc.collect(run, my_task.instance)
        except Trouble as trouble:
            phase: Phase = "flow" if my_task.mapped else "map" if my_task.listened else "leave"
            run.incident(my_task.instance, trouble, phase, my_task.variables)
            return
        if flows is None:
            return  # the element goes on waiting, or has been ended meanwhile
        run.end(my_task.instance, "COMPLETED")
        self.after(run, my_task)
        for flow in flows:
            moving.take(my_task.workflow, flow)
        if not flows:
            completion.token_ended(run, my_task.workflow.scope_key, my_task.instance)

    # -- for the families ------------------------------------------------------------------------------------------

    def arrive(self, run: Run, token: Token) -> bool:
        """Make the element instance and let the token enter."""
        token.row = self.make(run, token)
        for name, value in token.locals.items():
            set_local(run, token.row, name, value)
        return True

    def brings_variables(self, token: Token) -> bool:
        """Tell whether an instance gets its first variables here, when the element is left; remember the first token."""
        if token.first:
            bookkeeping.mark_first(token.instance)  # until its event sub-processes are open
        return token.triggered_by_event

    def open_instance(self, run: Run, token: Token) -> None:
        """Open the process's event sub-processes at the first token of an instance, before anything else runs."""
        row = token.instance
        if bookkeeping.is_first(row):
            catching.open_scope(run, run.instance(row.instance_key), self.process.root)
            bookkeeping.forget_first(row)

    def make(self, run: Run, token: Token) -> ElementInstance:
        """Make the element instance."""
        return run.activate(self.element, token.workflow.scope_key)

    def prepare(self, run: Run, token: Token) -> None:
        """Do what comes before the start listeners: map the inputs."""
        mappings.map_inputs(run, token.instance, self.element)

    def hand_over(self, run: Run, token: Token) -> None:
        """Write the results and map them outwards, each once: a retry must not overwrite what was corrected."""
        if token.mapped:
            return
        mappings.keep_results(run, token.instance, self.element, token.variables)
        token.variables = {}
        mappings.map_outputs(run, token.instance, self.element)
        token.mapped = True

    def counted(self, run: Run, token: Token) -> bool:
        """Forget a token that has only been counted."""
        token.workflow.tasks.pop(token.id, None)
        completion.token_ended(run, token.workflow.scope_key)
        return False

    def enter(self, run: Run, token: Token) -> bool:
        """Do or open the element's work; True when it is done at once."""
        return True

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Return the flows to take: every unconditional one, or those whose condition holds (BPMN 2.0, 13.2.1)."""
        return self.choose(run, token)

    def after(self, run: Run, token: Token) -> None:
        """Do what follows the end of the element instance and comes before its flows."""

    def choose(self, run: Run, token: Token) -> tuple[Flow, ...]:
        """Return the outgoing flows without a condition and those whose condition holds; where none holds, the default
        flow. Only conditions count for the default flow: an unconditional flow, which is always taken, does not replace
        it (BPMN 2.0.2, 13.2.1 and the attribute ``default`` in table 10.3).
        """
        flows = self.element.outgoing
        if all(f.condition is None for f in flows):
            return flows
        conditional = [f for f in flows if f.condition is not None and f.id != self.element.default_flow]
        held = {
            f.id for f in conditional
            if expressions.condition(run, token.instance, f.condition or "", f"condition of flow '{f.name or f.id}'")
        }  # fmt: skip
        taken = tuple(
            f for f in flows
            if f.id in held or (f.condition is None and f.id != self.element.default_flow)
            or (f.id == self.element.default_flow and not held)
        )  # fmt: skip
        if not taken:
            raise Trouble(
                "CONDITION_ERROR",
                f"No outgoing flow of '{self.element.name or self.element.id}' has a condition that holds, "
                "and there is no default flow."
                + expressions.none_holds(run, token.instance, [f.condition or "" for f in conditional]),
            )
        return taken


class Activity(Node):
    """An activity: input mappings, boundary events, work, output mappings, compensation."""

    is_body = False

    def arrive(self, run: Run, token: Token) -> bool:
        """Let the token enter; where more than one is needed to start, count until they are there."""
        needed = self.element.start_quantity
        if needed > 1 and token.flow is not None:
            scope_key = token.workflow.scope_key
            if arrivals.add(run, scope_key, self.element.id, TOKENS)[TOKENS] < needed:
                return self.counted(run, token)
            arrivals.take(run, scope_key, self.element.id, (TOKENS,), needed)
        return super().arrive(run, token)

    def prepare(self, run: Run, token: Token) -> None:
        """Make the activity's own properties, then map the inputs."""
        for name in self.element.data if not self.element.is_scope else ():
            set_local(run, token.instance, name, None)
        super().prepare(run, token)

    def enter(self, run: Run, token: Token) -> bool:
        """Prepare the work, open the boundary events."""
        is_open = token.is_open or listeners.opened(token.instance)
        opened = [] if is_open else waiting.prepare(run, token.instance, self.boundary())
        done = self.work(run, token)
        if not done:
            catching.open_events(run, opened)
        return done

    @property
    def inside_body(self) -> bool:
        """Tell whether this is the inside of a repeated activity, whose body has the boundary events and flows."""
        return self.element.loop is not None and not self.is_body

    def boundary(self) -> tuple[str, ...]:
        """Return the boundary events of this node."""
        return () if self.inside_body else self.element.boundary

    def work(self, run: Run, token: Token) -> bool:
        """Do or open the work; True when it is done at once."""
        return True

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Map the outputs; inside a body there are no flows."""
        self.hand_over(run, token)
        self.open_instance(run, token)
        if self.inside_body:
            mappings.collect_output(run, token.instance, self.element)
            return ()
        return self.onward(run, token)

    def onward(self, run: Run, token: Token) -> tuple[Flow, ...]:
        """Return the flows to take, each as often as the completion quantity says; a handler of compensation has none."""
        if self.element.is_for_compensation:
            return ()
        return self.choose(run, token) * self.element.completion_quantity

    def after(self, run: Run, token: Token) -> None:
        """Close the boundary events; remember what can be undone, or go on undoing."""
        waiting.close(run, token.instance.key, self.boundary())
        if self.process.has_compensation:
            compensation.remember(run, token.instance, self.element)
            if self.element.is_for_compensation and not self.inside_body:
                compensation.undone(run, token.instance)
        adhoc.look_again(run, token.instance)
