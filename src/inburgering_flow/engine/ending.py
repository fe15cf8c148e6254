"""Ending early: an element with everything inside it, a scope, a called instance.

Listeners on the cancelling of a user task hold its end up, and so that of everything around it that is being ended: each
such element stays active, closed to whatever could move it, and notes what comes after (``Ending``). When the last listener
is done the elements end from the inside out. Source: Camunda 8 documentation, user task listeners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import arrivals, listeners
from inburgering_flow.engine.bookkeeping import BODY_TYPE, FINISH, LEAVE, LEFT, Ending
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.tokens import Tokens
from inburgering_flow.model.runtime import (
    ACTIVE,
    CANCELED,
    CASE_ENDING,
    SUSPENDED,
    TERMINATED,
    ElementInstance,
    ProcessInstance,
)

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run


class EndingEarly(Tokens):
    """Ending early: an element with everything inside it, a scope, a called instance."""

    def terminate(self, row: ElementInstance, then: Ending = LEAVE) -> bool:
        """End an element and everything inside it; False where listeners hold it up, and ``then`` follows later."""
        if row.state != ACTIVE:
            return True
        before = self.ending(row)
        if before is not None:
            if before.do == FINISH.do:  # it still heard what happens at its border
                self._close_row(row)
            self._note_ending(row, then)
            return False
        element = self.element_of(row)
        gone = True
        if element.is_scope or row.element_type == BODY_TYPE:
            gone = self.terminate_children(row)
        elif element.kind == "callActivity":
            for called in self._called(row):
                gone = self._terminate_instance(called) and gone
        elif element.kind == "userTask":
            gone = not listeners.canceling(cast("Run", self), row, element)
            self.step.ended_tasks[row.key] = CANCELED
        self._close_row(row)
        if gone:
            self.end(row, TERMINATED)
        else:
            if self.instance(row.instance_key).has_incident:
                self.step.close_incidents.add(row.key)
            if element.is_scope:
                self.forget_arrivals(row, element)
            self._note_ending(row, then)
        return gone

    def _close_row(self, row: ElementInstance) -> None:
        self.step.close_subscriptions.add((row.key, None))
        self.step.close_jobs.add((row.key, None))

    def terminate_children(self, row: Owner) -> bool:
        """End every active element inside a scope; False where listeners hold one up."""
        gone = True
        for child in self.children(row.key):
            gone = self.terminate(child) and gone
        return gone

    def terminate_siblings(self, row: ElementInstance) -> None:
        """End every other active element of the same scope: a terminate end event."""
        for child in self.children(row.scope_key):
            if child.key != row.key:
                self.terminate(child)
        scope = self.scope(row.scope_key)
        process = self.process_of(row)
        container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
        self.close_scope_events(scope.key, container, process)
        self.forget_arrivals(scope, container)

    def finish_without_rest(self, scope: ElementInstance) -> None:
        """Complete a scope whose remaining elements are ended: enough of them have completed."""
        if self.terminate_children(scope):
            self.finish(scope, {})
        else:
            self._note_ending(scope, FINISH)

    def forget_arrivals(self, scope: Owner, container: Element) -> None:
        """Take away the tokens that wait at joins of a scope whose elements have been ended but which goes on itself."""
        run = cast("Run", self)
        for element, _counts in arrivals.waiting(run, scope.key, container, self.process_of(scope).elements):
            arrivals.clear(run, scope.key, element.id)

    def _called(self, row: ElementInstance) -> list[ProcessInstance]:
        found = {i.key: i for i in self._instances.values() if i.parent_element_key == row.key}
        if row.key not in self._fresh:
            for instance in self.state.called_instances(row.key):
                found.setdefault(instance.key, self._instances.setdefault(instance.key, instance))
        return [i for i in found.values() if i.state in (ACTIVE, SUSPENDED)]

    def _terminate_instance(self, instance: ProcessInstance) -> bool:
        gone = self.terminate_children(instance)
        if gone:
            self._instance_gone(instance)
        else:
            self._close_instance(instance)
            self.forget_arrivals(instance, self.process_of(instance).root)
            self._note_ending(instance, LEAVE)
        return gone

    def _instance_gone(self, instance: ProcessInstance) -> None:
        instance.state = TERMINATED
        instance.end = self.now
        self._instance_changed(instance)
        self._close_instance(instance)
        if self.process_of(instance).has_compensation:
            self.step.forget_compensations.add(instance.key)

    def _close_instance(self, instance: ProcessInstance) -> None:
        self.step.close_subscriptions.add((instance.key, None))
        self.step.close_jobs.add((instance.key, None))
        if instance.has_incident:
            self.step.close_incidents.add(instance.key)

    # -- held up by listeners ------------------------------------------------------------------------------------------

    def ending(self, owner: Owner) -> Ending | None:
        """Return what follows the end of an element or instance that listeners hold up; None where nothing ends."""
        if isinstance(owner, ElementInstance):
            return Ending.of(owner)
        if CASE_ENDING not in self.scope_variables(owner.key):
            return None
        return Ending.read(self.read(owner.key, CASE_ENDING))

    def _note_ending(self, owner: Owner, then: Ending | None) -> None:
        if isinstance(owner, ProcessInstance):
            self.set_local(owner, CASE_ENDING, None if then is None else then.stored())
            return
        if then is None:
            Ending.forget(owner)
        else:
            then.keep(owner)
        self.touched(owner)

    def listened_to_end(self, row: ElementInstance) -> None:
        """Open the next listener's job of a task that is being ended; end it when there is none left."""
        try:
            if listeners.wait(cast("Run", self), row, self.element_of(row), "canceling", {}):
                return
        except Trouble as trouble:
            self.incident(row, trouble, "canceling")
            return
        self._gone(row)

    def _gone(self, row: ElementInstance) -> None:
        """End an element that nothing holds up any more, and go on as noted."""
        then = self.ending(row) or LEAVE
        self._note_ending(row, None)
        self.end(row, TERMINATED)
        if then.event:
            self.place(row.scope_key, then.event, then.variables, triggered=True)
        elif then.do == LEFT.do:
            cast("Run", self).ended_by_modification(row)
            return
        self._inside_gone(self.scope(row.scope_key))

    def _inside_gone(self, scope: Owner) -> None:
        """Go on with a scope in which an element has ended after its listeners."""
        then = self.ending(scope)
        if then is None:
            self.token_ended(scope.key)
        elif self._has_children(scope.key):
            return  # another one is still held up
        elif then.do == "enter":
            self._note_ending(scope, None)
            cast("Run", self).enter_event_subprocess(scope, then.event, then.variables)
        elif isinstance(scope, ProcessInstance):
            self._instance_gone(scope)
            if scope.parent_element_key is not None:
                self._gone(self.element(scope.parent_element_key))
        elif then.do == FINISH.do:
            self._note_ending(scope, None)
            self.finish(scope, {})
        else:
            self._gone(scope)
