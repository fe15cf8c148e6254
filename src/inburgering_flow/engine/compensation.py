"""Compensation: completed activities are undone by their handlers, the last one first.

A completed activity leaves a row where it has a handler, or where something inside it has one. Undoing a sub-process that
has no handler of its own enters it again with the variables of then, and undoes what is inside.

Source: BPMN 2.0.2, sections 10.7 and 13.5.5.
"""

from __future__ import annotations

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.bookkeeping import (
    BODY_TYPE,
    LEAVE,
    TO_UNDO,
    UNDOES_FOR,
    Ending,
    Repeat,
    to_undo,
    undone_next,
)
from inburgering_flow.engine.throwing import Throwing
from inburgering_flow.model.runtime import ACTIVE, Compensation, ElementInstance, ProcessInstance


class Compensating(Throwing):
    """Remembering what can be undone, and undoing it."""

    def compensations(self, scope_key: int) -> list[Compensation]:
        """Return what can be undone in a scope, in order of completion."""
        found = {} if scope_key in self._fresh else {c.key: c for c in self.state.compensations(scope_key)}
        known = (*self.step.new_compensations.values(), *self._moved_here.values())
        found.update({c.key: c for c in known if c.scope_key == scope_key})
        moved = self.step.moved_compensations
        return [
            c for key, c in sorted(found.items())
            if key not in self.step.drop_compensations and moved.get(key, c.scope_key) == scope_key
        ]  # fmt: skip

    def remember(self, row: ElementInstance, element: Element) -> None:
        """Note that an activity has completed and can be undone."""
        if element.is_for_compensation:
            return
        if row.element_type == BODY_TYPE:
            for inner in self.compensations(row.key):  # each inner instance is undone by itself
                self._move(inner, row.scope_key)
        elif element.compensation_handler:
            self._note(row, element.compensation_handler)
        elif (
            element.is_scope
            and not element.triggered_by_event
            and (self._handler_inside(element, row) or self.compensations(row.key))
        ):
            self._note(row, "")

    def _note(self, row: ElementInstance, handler_id: str) -> None:
        key = self.next_key()
        self.step.new_compensations[key] = Compensation(
            key, row.instance_key, row.scope_key, row.key, row.element_id, handler_id
        )

    def _move(self, found: Compensation, scope_key: int) -> None:
        found.scope_key = scope_key
        if found.key not in self.step.new_compensations:
            self.step.moved_compensations[found.key] = scope_key
            self._moved_here[found.key] = found

    def _drop(self, found: Compensation) -> None:
        if self.step.new_compensations.pop(found.key, None) is None:
            self.step.drop_compensations.add(found.key)
            self.step.moved_compensations.pop(found.key, None)

    def compensate(self, row: ElementInstance, activity: str, *, waits: bool = True) -> bool:
        """Undo one activity, or all that has completed around a throwing event; True when nothing has to be waited for."""
        found = self._within_reach(row, activity)
        found.sort(key=lambda c: c.key, reverse=True)
        for one in found:
            self._drop(one)
        if not waits:
            for one in found:
                self._undo(one, None)
            return True
        self.set_local(row, TO_UNDO, to_undo(found))
        return not self._next(row)

    def _within_reach(self, row: ElementInstance, activity: str) -> list[Compensation]:
        """Return what can be undone in the scope of a row; from inside an event sub-process also around that."""
        scope_key = row.scope_key
        while True:
            scope = self.scope(scope_key)
            found = [c for c in self.compensations(scope_key) if not activity or c.element_id == activity]
            if found or isinstance(scope, ProcessInstance):
                return found
            if not (self.element_of(scope).triggered_by_event or activity):
                return found
            scope_key = scope.scope_key

    def _next(self, row: ElementInstance) -> bool:
        """Undo the next activity of a queue; False when there is none left."""
        queue = self.local_variables(row.key, hidden=True).get(TO_UNDO) or []
        if not queue:
            return False
        self.set_local(row, TO_UNDO, queue[1:])
        self._undo(undone_next(queue[0], row.instance_key), row)
        return True

    def _undo(self, found: Compensation, thrower: ElementInstance | None) -> None:
        local = self.local_variables(found.element_key)
        local.pop("loopCounter", None)
        if thrower is not None:
            local[UNDOES_FOR] = thrower.key
        if found.handler_id:
            self.place(found.scope_key, found.handler_id, {}, local=local)
            return
        inner = sorted(self.compensations(found.element_key), key=lambda c: c.key, reverse=True)
        element = self.process_of(self.scope(found.scope_key)).elements[found.element_id]
        row = self._enter_again(element, found.scope_key)
        local.setdefault(UNDOES_FOR, 0)
        for name, value in local.items():
            self.set_local(row, name, value)
        handler = self._handler_inside(element, row)
        for one in inner:
            if handler is not None:
                self._move(one, row.key)
            else:
                self._drop(one)
        if handler is not None:
            self.place(row.key, handler, {}, triggered=True)
            return
        self.set_local(row, TO_UNDO, to_undo(inner, row.key))
        self._next(row)

    def _enter_again(self, element: Element, scope_key: int) -> ElementInstance:
        """Make a sub-process active to undo what is inside; of a repeated one a single inner instance in a body of its own."""
        if element.loop is None:
            return self.activate(element, scope_key)
        body = self.activate(element, scope_key, BODY_TYPE)
        Repeat(1, started=1).begin(body)
        self.set_local(body, UNDOES_FOR, 0)
        return self.activate(element, body.key)

    def _handler_inside(self, element: Element, row: ElementInstance) -> str | None:
        """Return the compensation event sub-process of a sub-process."""
        process = self.process_of(row)
        starts = ((e, process.definition.start_events(e)[0].event) for e in element.event_subprocesses)
        return next((e for e, event in starts if event is not None and event.has("compensate")), None)

    def is_undoing(self, row: ElementInstance) -> bool:
        """Tell whether an element instance works for a compensation."""
        return self.process_of(row).has_compensation and UNDOES_FOR in self.scope_variables(row.key)

    def undone(self, row: ElementInstance) -> None:
        """Go on undoing when a handler, or a sub-process entered again, is done."""
        thrower_key = self.local_variables(row.key, hidden=True).get(UNDOES_FOR)
        if not thrower_key:
            return
        thrower = self.element(int(thrower_key))
        if thrower.state == ACTIVE and not self._next(thrower) and not self.element_of(thrower).is_scope:
            self.finish(thrower, {})

    def cancel_transaction(self, row: ElementInstance) -> None:
        """Leave a transaction by its cancel boundary event, when everything in it has been undone.

        The event stands at the border of the whole activity: of a repeated transaction it ends every instance.
        """
        host = self.element(row.scope_key)
        process = self.process_of(host)
        if process.elements[host.element_id].loop is not None:
            host = self.element(host.scope_key)
        outside = next(
            (e for b in process.elements[host.element_id].boundary if (e := process.elements[b]).event and e.event
             and e.event.has("cancel")),
            None,
        )  # fmt: skip
        if not self.terminate(host, Ending("leave", outside.id) if outside is not None else LEAVE):
            return
        if outside is None:
            self.token_ended(host.scope_key)
        else:
            self.place(host.scope_key, outside.id, {}, triggered=True)
