"""What one step knows of its family of instances: rows loaded on demand, rows made, tokens thawed, the work list.

The caller gives a slice of state (loaders) and gets a ``Step``. Nothing here knows a database, and nothing here
decides: the functions above it do, with ``commands`` on top.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from inburgering_flow.bpmn.definition import Element, Flow
from inburgering_flow.engine.bookkeeping import LEAVING, Leaving, Phase
from inburgering_flow.engine.port import Environment, Process, State, Step, Trouble
from inburgering_flow.errors import NotFound
from inburgering_flow.feel.errors import FeelError
from inburgering_flow.feel.scope import Total
from inburgering_flow.i18n import OUTSIDE_PAGES, Said, speaking
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
MAX_OVERRUNS = 5  # a loop that splits makes more tokens than one that is stopped each time could end

T = TypeVar("T")
_numbers = count(1)


class Token(Task):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A Spiff task with the element instance that is its row."""

    def __init__(
        self, workflow: Thawed, spec: TaskSpec, state: int = TaskState.FUTURE, flow: Flow | None = None
    ) -> None:
        super().__init__(workflow, spec, None, state=state, id=next(_numbers))  # Spiff's own would be a random UUID
        self.flow = flow
        self.row: ElementInstance | None = None
        self.variables: dict[str, Any] = {}
        self.locals: dict[str, Any] = {}
        self.triggered_by_event = False
        self.first = False
        self.is_open = False  # its boundary events are open already: only the work begins again
        self.listened = False  # the listeners of its end have agreed already
        self.mapped = False  # its results have been mapped outwards already

    def _set_state(self, value: int) -> None:
        self._state = value  # without Spiff's log line and reading of the clock per move

    @property
    def instance(self) -> ElementInstance:
        """Return the element instance; a token has one as soon as it has arrived."""
        assert self.row is not None
        return self.row


class Thawed(Workflow):  # type: ignore[misc]  # SpiffWorkflow has no types
    """The tokens of one scope that a step touches, as Spiff moves them; its nodes' hooks answer through ``run``."""

    def __init__(self, graph: Any, run: Run, scope_key: int, process: Process) -> None:
        super().__init__(graph, deserializing=True)
        self.run = run
        self.scope_key = scope_key
        self.scope_id: str = graph.name
        self.process = process

    def _task_completed_notify(self, task: Task) -> None:
        """Forget a task that is done: nothing in our runs looks back up the tree."""
        self.tasks.pop(task.id, None)


class Run:
    """One command against one family of instances."""

    def __init__(
        self, env: Environment, state: State, now: datetime, user: str | None = None, total: Total | None = None
    ) -> None:
        self.env = env
        self.total = total or Total(env.step_rounds, env.step_seconds)  # shared by the steps of one transaction
        self.state = state
        self.now = now
        self.user = user
        self.zone = env.zone
        self.next_key = env.next_key
        self.step = Step()
        self.values: dict[int, dict[str, Any]] = {}  # scope → its variables; for ``variables`` alone
        self.counts: dict[tuple[int, str], dict[str, int]] = {}  # tokens that wait; for ``arrivals`` alone
        self.thawed: dict[int, Thawed] = {}  # scopes in which tokens have moved in this run
        self.changed_names: dict[int, dict[str, str]] = {}  # name → create or update, since conditions were evaluated
        self.all_changed_names: dict[int, set[str]] = {}  # before that
        self.known_conditions: dict[int, Subscription] = {}  # read from rows
        self.moved_compensations: dict[int, Compensation] = {}
        self._work: deque[Callable[[], Any]] = deque()
        self.fired_at_once = 0  # how many timers in a row, this step's one the last, fired as soon as they were armed
        self._activations = 0
        self._overruns = 0
        self._instances: dict[int, ProcessInstance] = {}
        self._begun: dict[int, list[ProcessInstance]] = {}  # call activity → what it has called in this run
        self._depths: dict[int, int] = {}
        self._elements: dict[int, ElementInstance] = {}
        self._fresh: set[int] = set()  # keys of instances and elements made in this run
        self._live: dict[int, dict[int, ElementInstance]] = {}  # scope → its active elements made in this run
        self._ended: dict[int, int] = {}  # scope → how many stored active elements have ended in this run

    # -- the work list -------------------------------------------------------------------------------------------------

    def queue(self, work: Callable[[], Any]) -> None:
        """Put work at the end of the list: tokens advance in turn."""
        self._work.append(work)

    def to_rest(self, *looks: Callable[[Run], bool]) -> None:
        """Run the work list to its end, then see what may happen while every token stands still, until nothing does."""
        while True:
            while self._work:
                self._work.popleft()()
            if not (any(look(self) for look in looks) or self._work):
                return

    def within_budget(self) -> None:
        """Refuse to go on for ever, or for too long: others wait for a step, and a loop that never waits would never end it."""
        try:
            self.total.take()
        except FeelError as error:
            raise Trouble("UNKNOWN", Said("{said} {advice}", said=error.said, advice=error.advice)) from None
        if self._activations > MAX_ACTIVATIONS:
            self._overruns += 1
            if self._overruns < MAX_OVERRUNS:
                self._activations = 0  # the other tokens go on
            raise Trouble(
                "UNKNOWN",
                f"More than {MAX_ACTIVATIONS:,} elements were entered without waiting: is this a loop without an end? "
                "Retry to let it go on.",
            )

    # -- rows, loaded when they are asked for --------------------------------------------------------------------------

    def instance(self, key: int) -> ProcessInstance:
        """Return a process instance of the family."""
        found = self._instances.get(key)
        if found is None:
            found = self._instances[key] = self.state.instance(key)
        return found

    def element(self, key: int) -> ElementInstance:
        """Return an element instance; those that enclose it are loaded with it."""
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

    def process_of(self, owner: Owner) -> Process:
        """Return the compiled definition that an instance or element belongs to."""
        instance = owner if isinstance(owner, ProcessInstance) else self.instance(owner.instance_key)
        return self.env.catalog.process(instance.definition_key)

    def element_of(self, row: ElementInstance) -> Element:
        """Return the definition of an element instance."""
        return self.process_of(row).elements[row.element_id]

    def children(self, scope_key: int) -> list[ElementInstance]:
        """Return the active elements directly inside a scope, oldest first."""
        found = dict(self._live.get(scope_key, {}))
        for row in self.stored(scope_key, self.state.active_children):
            known = self._elements.setdefault(row.key, row)
            if known.state == ACTIVE:
                found[known.key] = known
        return [found[k] for k in sorted(found)]

    def has_children(self, scope_key: int) -> bool:
        """Tell whether an element is active directly inside a scope, without loading what else is active."""
        if self._live.get(scope_key):
            return True
        if scope_key in self._fresh:
            return False
        ended = self._ended.get(scope_key, 0)
        return self.state.count_active_children(scope_key, ended + 1) > ended

    def active_at(self, instance: ProcessInstance, element_id: str) -> list[ElementInstance]:
        """Return the active element instances of an element, oldest first."""
        stored = self.state.active_elements(instance.key, (element_id,))
        found = {r.key: self._elements.setdefault(r.key, r) for r in stored}
        found.update((k, self._elements[k]) for k in self._fresh if k in self._elements)
        return [
            r
            for _k, r in sorted(found.items())
            if r.state == ACTIVE and r.element_id == element_id and r.instance_key == instance.key
        ]

    def called_by(self, row: ElementInstance) -> list[ProcessInstance]:
        """Return the instances that a call activity has called and that have not ended."""
        found = {i.key: i for i in self._begun.get(row.key, ())}
        for instance in self.stored(row.key, self.state.called_instances):
            found.setdefault(instance.key, self._instances.setdefault(instance.key, instance))
        return [i for i in found.values() if i.state in (ACTIVE, SUSPENDED)]

    def depth(self, instance: ProcessInstance) -> int:
        """Return how many calls lie above a process instance."""
        above: list[ProcessInstance] = []
        while instance.key not in self._depths and instance.parent_key is not None:
            above.append(instance)
            instance = self.instance(instance.parent_key)
        depth = self._depths.setdefault(instance.key, 0)
        for called in reversed(above):
            depth += 1
            self._depths[called.key] = depth
        return depth

    def is_inside(self, key: int, scope_key: int) -> bool:
        """Tell whether a key that this run has seen belongs to an element directly inside a scope."""
        row = self._elements.get(key)
        return row is not None and row.scope_key == scope_key

    def stored(self, owner_key: int, load: Callable[[int], Iterable[T]]) -> Iterable[T]:
        """Return what rows hold for an owner; nothing, without a query, where it was made in this run."""
        return () if owner_key in self._fresh else load(owner_key)

    def is_new(self, key: int) -> bool:
        """Tell whether an instance or element was made in this run."""
        return key in self._fresh

    def must_move(self, owner: Owner) -> None:
        """Raise Conflict where the case stands still: the caller did not know, and nothing may happen unnoticed."""
        instance = owner if isinstance(owner, ProcessInstance) else self.instance(owner.instance_key)
        if instance.state == SUSPENDED:
            raise stands_still(instance.root_key)

    # -- rows, made and changed ----------------------------------------------------------------------------------------

    def begin(self, instance: ProcessInstance) -> None:
        """Register a process instance as one of this step's."""
        self._instances[instance.key] = instance
        if instance.parent_element_key is not None:
            self._begun.setdefault(instance.parent_element_key, []).append(instance)
        self._fresh.add(instance.key)
        self.values[instance.key] = {}
        self.step.new_instances.append(instance)

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
        self.values[row.key] = {}
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

    def end_instance(self, instance: ProcessInstance, state: str) -> None:
        """Mark a process instance as ended; what could be undone in it is forgotten."""
        instance.state = state
        instance.end = self.now
        self._instance_changed(instance)
        if self.process_of(instance).has_compensation:
            self.step.forget_compensations.add(instance.key)

    def touched(self, row: ElementInstance) -> None:
        """Note that the element's own bookkeeping has changed."""
        if row.key not in self._fresh:
            self.step.changed_elements[row.key] = row

    def incident(
        self, row: ElementInstance, trouble: Trouble, phase: Phase, result: Mapping[str, Any] | None = None
    ) -> None:
        """Let the token wait where it is, with a visible and retryable incident that replaces any it already has.
        ``result`` is the result of an element that is on its way out.
        """
        instance = self.instance(row.instance_key)
        if instance.has_incident and row.key not in self._fresh:
            self.step.replaced_incidents.add(row.key)
        if phase in LEAVING:
            Leaving(result or {}, self.user).keep(row)
            self.touched(row)
        self._add_incident(instance, row.key, row.element_id, trouble, phase)

    def process_incident(self, instance: ProcessInstance, trouble: Trouble, phase: Phase) -> None:
        """Let a process instance that cannot begin or end wait, with a visible and retryable incident."""
        self._add_incident(instance, instance.key, instance.process_id, trouble, phase)

    def _add_incident(
        self, instance: ProcessInstance, element_key: int, element_id: str, trouble: Trouble, phase: Phase
    ) -> None:
        with speaking(OUTSIDE_PAGES):  # whoever made the step is not who reads this
            said = trouble.message
        self.step.new_incidents.append(
            IncidentRow(
                self.next_key(), instance.key, instance.root_key, instance.definition_key, instance.process_id, element_key,
                element_id, trouble.error_type, said, self.now, phase, tenant_id=instance.tenant_id,
            )
        )  # fmt: skip
        if not instance.has_incident:
            instance.has_incident = True
            self._instance_changed(instance)

    def _instance_changed(self, instance: ProcessInstance) -> None:
        if instance.key not in self._fresh:
            self.step.changed_instances[instance.key] = instance
