"""Multi-instance activities: a body that counts, and one inner instance for each item.

Source: BPMN 2.0.2, section 13.3.7; Camunda 8 documentation, multi-instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inburgering_flow.bpmn.definition import Flow, Loop
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.specs.base import Activity, Token
from inburgering_flow.model.runtime import ElementInstance

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run

BODY_TYPE = "MULTI_INSTANCE_BODY"
ITEMS, OUTPUT = "$items", "$output"


class MultiInstanceBody(Activity):
    """The outside of a multi-instance activity: collection, counters, boundary events, flows."""

    @property
    def loop(self) -> Loop:
        """Return the characteristics; this class is used only where there are some."""
        assert self.element.loop is not None
        return self.element.loop

    def arrive(self, run: Run, token: Token) -> bool:
        """Make the body's element instance."""
        token.row = run.activate(self.element, token.workflow.scope_key, BODY_TYPE)
        return True

    def boundary(self) -> tuple[str, ...]:
        """Return the boundary events: they hang on the body."""
        return self.element.boundary

    def enter(self, run: Run, token: Token) -> bool:
        """Evaluate the collection and start all inner instances, or the first."""
        items = run.evaluate(token.instance, self.loop.input_collection, "input collection")
        if not isinstance(items, list):
            raise Trouble(
                "EXTRACT_VALUE_ERROR",
                f"The input collection '{self.loop.input_collection}' is no list but {run.kind_of(items)}.",
            )
        opened = run.prepare_events(token.instance, self.boundary())
        token.instance.data = {"total": len(items), "done": 0, "started": 0}
        run.touched(token.instance)
        if not items:
            return True
        run.open_events(opened)
        if self.loop.sequential:
            run.set_local(token.instance, ITEMS, items)
            self.start_item(run, token.instance, items[0])
        else:
            for item in items:
                self.start_item(run, token.instance, item)
        return False

    def start_item(self, run: Run, body: ElementInstance, item: Any) -> None:
        """Start the inner instance of one item with its local variables."""
        assert body.data is not None
        body.data["started"] += 1
        local: dict[str, Any] = {"loopCounter": body.data["started"]}
        if self.loop.input_element:
            local[self.loop.input_element] = item
        run.start_in_body(body, self.element, local)

    def inner_ended(self, run: Run, body: ElementInstance) -> None:
        """Count an inner instance that has completed; go on or finish the body."""
        if body.state != "ACTIVE" or body.data is None:
            return
        body.data["done"] += 1
        run.touched(body)
        self.check(run, body)

    def check(self, run: Run, body: ElementInstance) -> None:
        """Finish the body when its condition holds or all is done; else start the next item of a sequence."""
        data = body.data or {}
        if self.loop.completion_condition:
            counters = {
                "numberOfInstances": data["total"],
                "numberOfCompletedInstances": data["done"],
                "numberOfActiveInstances": data["started"] - data["done"],
                "numberOfTerminatedInstances": 0,
            }
            try:
                satisfied = run.condition(body, self.loop.completion_condition, "completion condition", counters)
            except Trouble as trouble:
                run.incident(body, trouble, "loop")
                return
            if satisfied:
                run.terminate_children(body)
                run.finish(body, {})
                return
        if data["done"] == data["total"]:
            run.finish(body, {})
        elif self.loop.sequential and data["started"] == data["done"]:
            items = run.local_variables(body.key, hidden=True)[ITEMS]
            self.start_item(run, body, items[data["started"]])

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Hand the collected outputs to the outer scope."""
        if self.loop.output_collection:
            body = token.instance
            total = body.data["total"] if body.data else 0
            values: list[Any] = [None] * total
            for counter, value in run.outputs(body):
                values[counter - 1] = value
            run.propagate(run.parent_scope(body), {self.loop.output_collection: values})
        return self.choose(run, token)
