"""Ending early: an element with everything inside it, a scope, a called instance."""

from __future__ import annotations

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.specs.multi_instance import BODY_TYPE
from inburgering_flow.engine.tokens import Tokens
from inburgering_flow.model.runtime import (
    ACTIVE,
    CANCELED,
    SUSPENDED,
    TERMINATED,
    ElementInstance,
    ProcessInstance,
)


class Ending(Tokens):
    """Ending early: an element with everything inside it, a scope, a called instance."""

    def terminate(self, row: ElementInstance) -> None:
        """End an element and everything inside it."""
        if row.state != ACTIVE:
            return
        element = self.element_of(row)
        if element.is_scope or row.element_type == BODY_TYPE:
            self.terminate_children(row)
        elif element.kind == "callActivity":
            for called in self._called(row):
                self._terminate_instance(called)
        self.end(row, TERMINATED)
        self.step.close_subscriptions.add((row.key, None))
        self.step.close_jobs.add((row.key, None))
        if element.kind == "userTask":
            self.step.ended_tasks[row.key] = CANCELED

    def terminate_children(self, row: Owner) -> None:
        """End every active element inside a scope."""
        for child in self.children(row.key):
            self.terminate(child)

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

    def forget_arrivals(self, scope: Owner, container: Element) -> None:
        """Take away the tokens that wait at joins of a scope whose elements have been ended but which goes on itself."""
        process = self.process_of(scope)
        for child_id in container.children:
            if process.elements[child_id].waits_for_tokens:
                counts = self.arrivals(scope.key, child_id)
                if any(counts.values()):
                    self._arrivals[scope.key, child_id] = self.step.arrivals[scope.key, child_id] = dict.fromkeys(
                        counts, 0
                    )

    def _called(self, row: ElementInstance) -> list[ProcessInstance]:
        found = {i.key: i for i in self._instances.values() if i.parent_element_key == row.key}
        if row.key not in self._fresh:
            for instance in self.state.called_instances(row.key):
                found.setdefault(instance.key, self._instances.setdefault(instance.key, instance))
        return [i for i in found.values() if i.state in (ACTIVE, SUSPENDED)]

    def _terminate_instance(self, instance: ProcessInstance) -> None:
        for child in self.children(instance.key):
            self.terminate(child)
        instance.state = TERMINATED
        instance.end = self.now
        self._instance_changed(instance)
        self.step.close_subscriptions.add((instance.key, None))
        self.step.close_jobs.add((instance.key, None))
        if instance.has_incident:
            self.step.close_incidents.add(instance.key)
        if self.process_of(instance).has_compensation:
            self.step.forget_compensations.add(instance.key)
