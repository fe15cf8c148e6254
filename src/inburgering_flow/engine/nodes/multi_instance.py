"""Repeated activities: a body that counts, and one inner instance for each item or each round.

Source: BPMN 2.0.2, section 13.3.7 (loops and multi-instance); Camunda 8 documentation, multi-instance.
"""

from __future__ import annotations

import re
from typing import Any

from inburgering_flow.bpmn.definition import Flow, Loop
from inburgering_flow.engine import (
    bookkeeping,
    catching,
    compensation,
    ending,
    expressions,
    mappings,
    moving,
    throwing,
    waiting,
)
from inburgering_flow.engine.bookkeeping import BODY_TYPE, ITEMS, Repeat, Rounds
from inburgering_flow.engine.nodes.base import Activity
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run, Token
from inburgering_flow.engine.variables import propagate, read, set_local
from inburgering_flow.model.runtime import ElementInstance

MAX_INSTANCES = 100_000
PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")  # a variable, or a field of one


class Body(Activity):
    """The outside of a repeated activity: counters, boundary events, flows."""

    is_body = True

    @property
    def loop(self) -> Loop:
        """Return the loop characteristics; this class is used only where there are some."""
        assert self.element.loop is not None
        return self.element.loop

    def make(self, run: Run, token: Token) -> ElementInstance:
        """Make the body's element instance."""
        return run.activate(self.element, token.workflow.scope_key, BODY_TYPE)

    def prepare(self, run: Run, token: Token) -> None:
        """Map nothing: inputs are mapped for each inner instance, not for the body."""

    def boundary(self) -> tuple[str, ...]:
        """Return the boundary events: they are attached to the body."""
        return self.element.boundary

    def inner_ended(self, run: Run, body: ElementInstance, inner_key: int | None) -> None:
        """Count an inner instance that has ended; go on or finish the body."""
        if body.state != "ACTIVE" or not bookkeeping.has_begun(body):
            return
        if compensation.is_undoing(run, body):
            moving.finish(run, body, {})
            return
        bookkeeping.end_counted(body, inner_key)
        run.touched(body)
        self.check(run, body)

    def check(self, run: Run, body: ElementInstance) -> None:
        """Finish the body, or start the next inner instance."""
        raise NotImplementedError

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Go on; what is mapped outwards was mapped for each inner instance."""
        return () if compensation.is_undoing(run, token.instance) else self.onward(run, token)

    def whole(self, run: Run, body: ElementInstance, text: str, what: str) -> int:
        """Return an expression's whole number, zero or more."""
        value = expressions.evaluate(run, body, text, what)
        if isinstance(value, bool) or not hasattr(value, "as_integer_ratio") or value != int(value) or value < 0:
            raise Trouble("EXTRACT_VALUE_ERROR", expressions.unfit(run, body, text, what, "a whole number", value))
        if value > MAX_INSTANCES:
            raise Trouble("EXTRACT_VALUE_ERROR", f"The {what} '{text}' gives more than {MAX_INSTANCES:,} instances.")
        return int(value)


class MultiInstanceBody(Body):
    """One inner instance for each item of a collection, all at once or one by one."""

    def items(self, run: Run, body: ElementInstance) -> list[Any]:
        """Return the collection, or as many nulls as the cardinality says."""
        if not self.loop.input_collection:
            return [None] * self.whole(run, body, self.loop.cardinality, "loop cardinality")
        items = expressions.evaluate(run, body, self.loop.input_collection, "input collection")
        if not isinstance(items, list):
            text = self.loop.input_collection
            raise Trouble(
                "EXTRACT_VALUE_ERROR", expressions.unfit(run, body, text, "input collection", "a list", items)
            )
        return items

    def enter(self, run: Run, token: Token) -> bool:
        """Evaluate the collection and start all inner instances, or the first."""
        items = self.items(run, token.instance)
        opened = waiting.prepare(run, token.instance, self.boundary())
        Repeat(len(items), started=min(len(items), 1) if self.loop.sequential else len(items)).begin(token.instance)
        run.touched(token.instance)
        if not items:
            return True
        catching.open_events(run, opened)
        if self.loop.sequential:
            set_local(run, token.instance, ITEMS, items)
            self.start_item(run, token.instance, 1, items[0])
        else:
            for number, item in enumerate(items, 1):
                self.start_item(run, token.instance, number, item)
        return False

    def start_item(self, run: Run, body: ElementInstance, number: int, item: Any) -> None:
        """Start the inner instance of one item with its local variables."""
        local: dict[str, Any] = {**dict.fromkeys(self.own_outputs()), "loopCounter": number}
        if self.loop.input_element:
            local[self.loop.input_element] = item
        moving.place_inside(run, body, self.element, local)

    def own_outputs(self) -> frozenset[str]:
        """Return the variable that each instance has for itself because it is collected (as in Camunda 8). Otherwise an
        instance without a result would give that of an earlier one.
        """
        text = self.loop.output_element
        return frozenset(self.process.feel(text).variables) if PATH.fullmatch(text) else frozenset()

    def check(self, run: Run, body: ElementInstance) -> None:
        """Finish the body when its condition holds or all is done; else start the next item of a sequence.

        Conditions see what the inner instance that ended last sees: its item, its number, its results (as in Camunda
        8).
        """
        repeat = Repeat.of(body)
        seen = run.element(repeat.last) if repeat.last else body
        counters = {
            "numberOfInstances": repeat.total,
            "numberOfCompletedInstances": repeat.done,
            "numberOfActiveInstances": repeat.started - repeat.done,
            "numberOfTerminatedInstances": 0,
        }
        try:
            self.throw_events(run, body, seen, counters)
            if body.stopped:
                return
            satisfied = bool(self.loop.completion_condition) and expressions.condition(
                run, seen, self.loop.completion_condition, "completion condition", counters
            )
        except Trouble as trouble:
            run.incident(body, trouble, "loop")
            return
        if satisfied:
            ending.finish_without_rest(run, body)
        elif repeat.done == repeat.total:
            moving.finish(run, body, {})
        elif self.loop.sequential and repeat.started == repeat.done:
            items = read(run, body.key, ITEMS)
            bookkeeping.start_counted(body, repeat.started + 1)
            self.start_item(run, body, repeat.started + 1, items[repeat.started])

    def throw_events(self, run: Run, body: ElementInstance, seen: ElementInstance, counters: dict[str, int]) -> None:
        """Throw what the behavior asks for when an inner instance completes: caught at the activity's own border."""
        loop = self.loop
        if loop.behavior == "all" or (loop.behavior == "one" and counters["numberOfCompletedInstances"] != 1):
            return
        for behavior in loop.behaviors:
            if not behavior.condition or expressions.condition(
                run, seen, behavior.condition, "behavior's condition", counters
            ):
                throwing.throw(run, body, behavior.event)

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Hand the collected outputs to the outer scope."""
        if self.loop.output_collection and not compensation.is_undoing(run, token.instance):
            body = token.instance
            values: list[Any] = [None] * Repeat.of(body).total
            for counter, value in mappings.outputs(run, body):
                values[counter - 1] = value
            propagate(run, body.scope_key, {self.loop.output_collection: values})
        return super().leave(run, token)


class StandardLoopBody(Body):
    """Repeats while its condition holds, tested before or after each round, at most a given number of times."""

    def enter(self, run: Run, token: Token) -> bool:
        """Begin the first round, unless the condition is tested before and does not hold."""
        body = token.instance
        maximum = self.whole(run, body, self.loop.maximum, "loop maximum") if self.loop.maximum else -1
        opened = waiting.prepare(run, body, self.boundary())
        Rounds(maximum).begin(body)
        run.touched(body)
        if maximum == 0 or (self.loop.test_before and not self.again(run, body)):
            return True
        catching.open_events(run, opened)
        moving.place_inside(run, body, self.element, {"loopCounter": 1})
        return False

    def again(self, run: Run, body: ElementInstance) -> bool:
        """Tell whether the loop's condition holds; a loop without one goes on to its maximum."""
        rounds = {"loopCounter": Rounds.of(body).done}  # how often it has been done (BPMN 2.0.2, 10.3.8)
        return not self.loop.condition or expressions.condition(
            run, body, self.loop.condition, "loop condition", rounds
        )

    def check(self, run: Run, body: ElementInstance) -> None:
        """Begin another round, or finish."""
        loop = Rounds.of(body)
        try:
            goes_on = (loop.maximum < 0 or loop.done < loop.maximum) and self.again(run, body)
        except Trouble as trouble:
            run.incident(body, trouble, "loop")
            return
        if goes_on:
            moving.place_inside(run, body, self.element, {"loopCounter": loop.done + 1})
        else:
            moving.finish(run, body, {})
