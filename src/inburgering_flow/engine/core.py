"""What one step knows of its family of instances: rows loaded on demand, rows made, the work list."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.bookkeeping import Leaving, Phase
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.port import Environment, State, Step, Trouble
from inburgering_flow.engine.specs.base import Thawed
from inburgering_flow.errors import NotFound
from inburgering_flow.model.runtime import (
    ACTIVE,
    SUSPENDED,
    Compensation,
    ElementInstance,
    IncidentRow,
    ProcessInstance,
    Subscription,
    stands_still,
)

Owner = ElementInstance | ProcessInstance
MAX_ACTIVATIONS = 50_000
LEAVING: tuple[Phase, ...] = (
    "leave",
    "map",
    "flow",
)  # phases of an element that is done: before its end listeners, its mappings, its flows


class Core:
    """What one step knows of its family of instances: rows loaded on demand, rows made, the work list."""

    def __init__(self, env: Environment, state: State, now: datetime, user: str | None = None) -> None:
        self.env = env
        self.state = state
        self.now = now
        self.user = user
        self.zone = env.zone
        self.next_key = env.next_key
        self.step = Step()
        self._work: deque[Callable[[], Any]] = deque()
        self._instances: dict[int, ProcessInstance] = {}
        self._elements: dict[int, ElementInstance] = {}
        self._fresh: set[int] = set()  # keys of instances and elements made in this run
        self._live: dict[int, dict[int, ElementInstance]] = {}  # scope → its active elements made in this run
        self._ended: dict[int, int] = {}  # scope → how many stored active elements have ended in this run
        self._variables: dict[int, dict[str, Any]] = {}
        self._thawed: dict[int, Thawed] = {}
        self._arrivals: dict[tuple[int, str], dict[str, int]] = {}
        self._activations = 0
        self._changed_names: dict[int, dict[str, str]] = {}  # name → create or update, since conditions were looked at
        self._moved_here: dict[int, Compensation] = {}
        self._all_changed: dict[int, set[str]] = {}  # before that
        self._subscriptions: dict[int, Subscription] = {}  # conditions read from rows

    def queue(self, work: Callable[[], Any]) -> None:
        """Put work at the end of the list: tokens advance in turn."""
        self._work.append(work)

    def within_budget(self) -> None:
        """Refuse to go on for ever: a loop without waiting would never let the step end."""
        if self._activations > MAX_ACTIVATIONS:
            self._activations = 0
            raise Trouble(
                "UNKNOWN",
                f"More than {MAX_ACTIVATIONS:,} elements were entered without waiting: is this a loop without an end? "
                "Retry to let it go on.",
            )

    def instance(self, key: int) -> ProcessInstance:
        """Return a process instance of the family."""
        found = self._instances.get(key)
        if found is None:
            found = self._instances[key] = self.state.instance(key)
        return found

    def element(self, key: int) -> ElementInstance:
        """Return an element instance."""
        found = self._elements.get(key)
        if found is None:
            found = self._elements[key] = self.state.element(key)
            missing = [k for k in found.path if k not in self._elements]
            if missing:
                for outer in self.state.elements(missing):
                    self._elements[outer.key] = outer
        return found

    def scope(self, key: int) -> Owner:
        """Return the process instance or element instance with this key."""
        if key in self._instances:
            return self._instances[key]
        try:
            return self.element(key)
        except NotFound:
            return self.instance(key)

    def must_move(self, owner: Owner) -> None:
        """Raise Conflict where the case stands still: whoever asks was not told, so nothing may happen unseen."""
        instance = owner if isinstance(owner, ProcessInstance) else self.instance(owner.instance_key)
        if instance.state == SUSPENDED:
            raise stands_still(instance.root_key)

    def process_of(self, owner: Owner) -> CompiledProcess:
        """Return the compiled definition that an instance or element belongs to."""
        instance = owner if isinstance(owner, ProcessInstance) else self.instance(owner.instance_key)
        return self.env.catalog.process(instance.definition_key)

    def element_of(self, row: ElementInstance) -> Element:
        """Return the definition of an element instance."""
        return self.process_of(row).elements[row.element_id]

    def parent_scope(self, row: ElementInstance) -> int:
        """Return the scope around an element; results of a multi-instance's inside go to its body."""
        return row.scope_key

    def children(self, scope_key: int) -> list[ElementInstance]:
        """Return the active elements directly inside a scope, oldest first."""
        found = dict(self._live.get(scope_key, {}))
        if scope_key not in self._fresh:
            for row in self.state.active_children(scope_key):
                known = self._elements.setdefault(row.key, row)
                if known.state == ACTIVE:
                    found[known.key] = known
        return [found[k] for k in sorted(found)]

    def _has_children(self, scope_key: int) -> bool:
        if self._live.get(scope_key):
            return True
        if scope_key in self._fresh:
            return False
        ended = self._ended.get(scope_key, 0)
        return self.state.count_active_children(scope_key, ended + 1) > ended

    def activate(self, element: Element, scope_key: int, element_type: str = "") -> ElementInstance:
        """Make the element instance of a token that has arrived."""
        scope = self.scope(scope_key)
        inside = isinstance(scope, ElementInstance)
        row = ElementInstance(
            key=self.next_key(),
            instance_key=scope.instance_key if isinstance(scope, ElementInstance) else scope.key,
            root_key=scope.root_key,
            scope_key=scope_key,
            path=(*scope.path, scope.key) if isinstance(scope, ElementInstance) and inside else (),
            element_id=element.id,
            element_type=element_type or element.type,
            start=self.now,
        )
        self._elements[row.key] = row
        self._fresh.add(row.key)
        self._variables[row.key] = {}
        self._live.setdefault(scope_key, {})[row.key] = row
        self.step.new_elements.append(row)
        self._activations += 1
        return row

    def end(self, row: ElementInstance, state: str) -> None:
        """Mark an element instance as ended."""
        row.state = state
        row.end = self.now
        self._live.get(row.scope_key, {}).pop(row.key, None)
        if row.key not in self._fresh:
            self.step.changed_elements[row.key] = row
            self._ended[row.scope_key] = self._ended.get(row.scope_key, 0) + 1
        if self.instance(row.instance_key).has_incident:
            self.step.close_incidents.add(row.key)

    def is_new(self, row: ElementInstance) -> bool:
        """Tell whether an element instance was made in this run."""
        return row.key in self._fresh

    def touched(self, row: ElementInstance) -> None:
        """Note that the element's own bookkeeping has changed."""
        if row.key not in self._fresh:
            self.step.changed_elements[row.key] = row

    def _instance_changed(self, instance: ProcessInstance) -> None:
        if instance.key not in self._fresh:
            self.step.changed_instances[instance.key] = instance

    def incident(
        self, row: ElementInstance, trouble: Trouble, phase: Phase, variables: Mapping[str, Any] | None = None
    ) -> None:
        """Let the token wait where it is, with a visible and retryable incident in the place of the one that it may have."""
        instance = self.instance(row.instance_key)
        if instance.has_incident and row.key not in self._fresh:
            self.step.replaced_incidents.add(row.key)
        if phase in LEAVING:
            Leaving(variables or {}, self.user).keep(row)
            self.touched(row)
        self._add_incident(instance, row.key, row.element_id, trouble, phase)

    def process_incident(self, instance: ProcessInstance, trouble: Trouble, phase: Phase) -> None:
        """Let a process instance wait that cannot begin or end, with a visible and retryable incident."""
        self._add_incident(instance, instance.key, instance.process_id, trouble, phase)

    def _add_incident(
        self, instance: ProcessInstance, element_key: int, element_id: str, trouble: Trouble, phase: Phase
    ) -> None:
        self.step.new_incidents.append(
            IncidentRow(
                self.next_key(), instance.key, instance.root_key, instance.definition_key, instance.process_id, element_key,
                element_id, trouble.error_type, trouble.message, self.now, phase, tenant_id=instance.tenant_id,
            )
        )  # fmt: skip
        if not instance.has_incident:
            instance.has_incident = True
            self._instance_changed(instance)
