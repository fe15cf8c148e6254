"""One step: a work list of tokens, run to rest. Decides in values; rows are made elsewhere.

The caller gives a slice of state (loaders) and gets a ``Step``. Nothing here knows a database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from SpiffWorkflow.util.task import TaskState

from inburgering_flow.bpmn.definition import Element, Event, Flow, Text
from inburgering_flow.engine.compiled import BODY, CompiledProcess
from inburgering_flow.engine.port import Environment, State, Step, Trouble
from inburgering_flow.engine.specs.base import Thawed, Token
from inburgering_flow.engine.specs.multi_instance import BODY_TYPE, OUTPUT, MultiInstanceBody
from inburgering_flow.engine.timers import NEVER, Due, add, due
from inburgering_flow.errors import FlowError, NotFound
from inburgering_flow.feel import Context, to_plain
from inburgering_flow.model.runtime import (
    ACTIVE,
    CANCELED,
    COMPLETED,
    TERMINATED,
    ElementInstance,
    IncidentRow,
    JobRow,
    MessageOut,
    ProcessInstance,
    Subscription,
)
from inburgering_flow.values import load_value

Owner = ElementInstance | ProcessInstance
MAX_ACTIVATIONS = 50_000


class Lookup(Mapping[str, Any]):
    """The variables that an element sees: its own scope first, then each enclosing one."""

    __slots__ = ("_extra", "_keys", "_run", "_types")

    def __init__(
        self, run: Run, keys: Sequence[int], types: Mapping[str, str], extra: Mapping[str, Any] | None
    ) -> None:
        self._run = run
        self._keys = keys
        self._types = types
        self._extra = extra or {}

    def __getitem__(self, name: str) -> Any:
        if name in self._extra:
            return self._extra[name]
        for key in self._keys:
            values = self._run.scope_variables(key)
            if name in values:
                return typed(self._run.read(key, name), self._types.get(name))
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        seen = set(self._extra)
        yield from seen
        for key in self._keys:
            for name in self._run.scope_variables(key):
                if name not in seen and not name.startswith("$"):
                    seen.add(name)
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def typed(value: Any, declared: str | None) -> Any:
    """Return a stored value as the data dictionary declares it; a text that is no date stays text."""
    if declared is None or not isinstance(value, str):
        return value
    try:
        if declared == "date":
            return date.fromisoformat(value)
        if declared == "date and time":
            return datetime.fromisoformat(value)
    except ValueError:
        return value
    return value


class _Raw:
    """A stored value that nobody has read yet."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Run:
    """One command against one family of instances."""

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
        self._changed_names: dict[int, set[str]] = {}
        self._context: Context | None = None

    # == commands ==================================================================================================

    def start(
        self,
        process: CompiledProcess,
        variables: Mapping[str, Any],
        *,
        start_event: str | None = None,
        person_key: int | None = None,
        business_key: str = "",
    ) -> ProcessInstance:
        """Start a process at its plain start event, or at the start event that a message or timer triggered."""
        key = self.next_key()
        instance = ProcessInstance(
            key, process.key, process.process_id, process.version, key, self.now, person_key=person_key,
            business_key=business_key,
        )  # fmt: skip
        if start_event is None:
            self._start(instance, process, variables)
        else:
            self._start(instance, process, {}, start_event, variables)
        return instance

    def complete(self, element_key: int, variables: Mapping[str, Any]) -> None:
        """Complete the work of a waiting element: a user task, a job, a caught message or timer."""
        self.finish(self.element(element_key), dict(variables))

    def trigger(self, owner_key: int, instance_key: int, event_id: str, variables: Mapping[str, Any]) -> None:
        """Let an event happen that ``owner_key`` (an element instance or the process instance) waits for."""
        owner: Owner = self.instance(instance_key) if owner_key == instance_key else self.element(owner_key)
        process = self.process_of(owner)
        element = process.elements[event_id]
        if owner.state != ACTIVE:
            return
        if element.kind == "boundaryEvent":
            assert isinstance(owner, ElementInstance)
            self._boundary(owner, element, variables)
        elif element.kind == "startEvent":
            self._event_subprocess(owner, element, variables)
        elif isinstance(owner, ElementInstance) and owner.element_id != event_id:
            self.close_events(owner.key, tuple(f.target for f in process.elements[owner.element_id].outgoing), process)
            self.end(owner, COMPLETED)
            self._place(owner.scope_key, element.id, variables, triggered=True)
        else:
            assert isinstance(owner, ElementInstance)
            self.finish(owner, dict(variables))

    def fire(self, job: JobRow) -> None:
        """Let a timer fire; a cycle that goes on is armed again from the moment it was due."""
        payload = job.payload or {}
        if payload.get("repetitions"):
            again = JobRow(
                self.next_key(), "TIMER", "", job.instance_key, job.root_key, job.element_key, job.element_id,
                add(job.due, payload["interval"], self.zone), 0,
                {"repetitions": payload["repetitions"] - 1 if payload["repetitions"] > 0 else -1,
                 "interval": payload["interval"]},
            )  # fmt: skip
            self.step.new_jobs.append(again)
        self.trigger(job.element_key, job.instance_key, job.element_id, {})

    def error(self, element_key: int, code: str, variables: Mapping[str, Any], message: str) -> None:
        """Throw a BPMN error at an element, as a job worker may."""
        self.queue(partial(self.throw_error, self.element(element_key), code, variables, message))

    def retry(self, incident: IncidentRow) -> None:
        """Enter or leave the element of an incident again."""
        row = self.element(incident.element_key)
        if row.state != ACTIVE:
            return
        if incident.phase == "leave":
            self.finish(row, dict((row.data or {}).get("result", {})))
        elif incident.phase == "loop":
            self.queue(partial(self._body_node(row).check, self, row))
        elif incident.phase == "enter":
            token = self._thaw(row, TaskState.READY)
            token.variables = dict((row.data or {}).get("event", {}))
            self.queue(token.run)

    def cancel(self, instance_key: int) -> None:
        """Terminate an instance and everything that it called."""
        self._terminate_instance(self.instance(instance_key))

    def set_variables(
        self, scope_key: int, instance_key: int, variables: Mapping[str, Any], *, local: bool = False
    ) -> None:
        """Write variables from outside, at a scope or from it upwards."""
        owner: Owner = self.instance(instance_key) if scope_key == instance_key else self.element(scope_key)
        if local:
            for name, value in variables.items():
                self.set_local(owner, name, value)
        else:
            self.propagate(owner.key, variables)

    def settle(self) -> Step:
        """Run the work list to its end and return what has changed."""
        while self._work:
            self._work.popleft()()
        self._recompute_timers()
        self.step.prune()
        return self.step

    # == the work list and tokens ==================================================================================

    def queue(self, work: Callable[[], Any]) -> None:
        """Put work at the end of the list: tokens advance in turn."""
        self._work.append(work)

    def take(self, thawed: Thawed, flow: Flow) -> None:
        """Move a token over a sequence flow."""
        token = Token(thawed, thawed.spec.task_specs[flow.target], flow=flow)
        token.task_spec._update(token)

    def finish(self, row: ElementInstance, variables: dict[str, Any]) -> None:
        """Let an element that has been waiting complete."""
        token = self._thaw(row, TaskState.STARTED)
        token.variables = variables
        self.queue(token.complete)

    def token_ended(self, scope_key: int) -> None:
        """A token of a scope is gone without going on: the scope may be done."""
        scope = self.scope(scope_key)
        if isinstance(scope, ElementInstance) and scope.element_type == BODY_TYPE:
            self.queue(partial(self._body_node(scope).inner_ended, self, scope))
        else:
            self.queue(partial(self._scope_done, scope))

    def _body_node(self, row: ElementInstance) -> MultiInstanceBody:
        node = self.thawed(row.scope_key).spec.task_specs[row.element_id]
        assert isinstance(node, MultiInstanceBody)
        return node

    def _thaw(self, row: ElementInstance, state: int) -> Token:
        self.instance(row.instance_key)  # known before its key is looked for among the elements
        thawed = self.thawed(row.scope_key)
        token = Token(thawed, thawed.spec.task_specs[row.element_id], state=state)
        token.row = row
        return token

    def _place(
        self, scope_key: int, element_id: str, variables: Mapping[str, Any], *, triggered: bool = False,
        local: Mapping[str, Any] | None = None,
    ) -> Token:  # fmt: skip
        thawed = self.thawed(scope_key)
        token = Token(thawed, thawed.spec.task_specs[element_id])
        token.variables = dict(variables)
        token.locals = dict(local or {})
        token.triggered_by_event = triggered
        token.task_spec._update(token)
        return token

    def thawed(self, scope_key: int) -> Thawed:
        """Return the thawed workflow of a scope."""
        thawed = self._thawed.get(scope_key)
        if thawed is None:
            scope = self.scope(scope_key)
            process = self.process_of(scope)
            if isinstance(scope, ProcessInstance):
                graph = process.graphs[process.process_id]
            else:
                graph = process.graphs[scope.element_id + (BODY if scope.element_type == BODY_TYPE else "")]
            thawed = self._thawed[scope_key] = Thawed(graph, self, scope_key)
        return thawed

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

    def within_budget(self) -> None:
        """Refuse to go on for ever: a loop without waiting would never let the step end."""
        if self._activations > MAX_ACTIVATIONS:
            self._activations = 0
            raise Trouble(
                "UNKNOWN",
                f"More than {MAX_ACTIVATIONS:,} elements were entered without waiting: is this a loop without an end? "
                "Retry to let it go on.",
            )

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

    def touched(self, row: ElementInstance) -> None:
        """Note that the element's own bookkeeping has changed."""
        if row.key not in self._fresh:
            self.step.changed_elements[row.key] = row

    # == scopes ====================================================================================================

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

    def _scope_done(self, scope: Owner) -> None:
        if scope.state != ACTIVE or self._has_children(scope.key):
            return
        process = self.process_of(scope)
        element = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
        if self._waiting_join(scope, element, process):
            return
        if isinstance(scope, ElementInstance):
            self.finish(scope, {})
            return
        scope.state = COMPLETED
        scope.end = self.now
        self._instance_changed(scope)
        self.close_scope_events(scope.key, element, process)
        if scope.parent_element_key is not None:
            host = self.element(scope.parent_element_key)
            self.finish(host, self.local_variables(scope.key))

    def _waiting_join(self, scope: Owner, element: Element, process: CompiledProcess) -> bool:
        """A join that can never fire is trouble to be shown, not a silent end."""
        for child_id in element.children:
            child = process.elements[child_id]
            if child.kind != "parallelGateway" or len(child.incoming) < 2:
                continue
            counts = self.arrivals(scope.key, child_id)
            if any(counts.values()):
                missing = ", ".join(f.name or f.id for f in child.incoming if not counts.get(f.id))
                row = self.activate(child, scope.key)
                trouble = Trouble(
                    "UNKNOWN",
                    f"Parallel gateway '{child.name or child_id}' waits for a token on {missing}, but no token can come "
                    "any more. Draw an exclusive gateway there, or bring every branch to it; then migrate or modify.",
                )
                self.incident(row, trouble, "join")
                return True
        return False

    def start_inside(
        self, scope_key: int, element: Element, start_id: str, variables: Mapping[str, Any] | None = None
    ) -> None:
        """Put a token on a start event of a scope."""
        self._place(scope_key, start_id, variables or {}, triggered=bool(variables))

    def start_in_body(self, body: ElementInstance, element: Element, local: Mapping[str, Any]) -> None:
        """Put a token on the inside of a multi-instance activity."""
        self._place(body.key, element.id, {}, local=local)

    def _start(
        self, instance: ProcessInstance, process: CompiledProcess, variables: Mapping[str, Any],
        start_event: str | None = None, event_variables: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self._instances[instance.key] = instance
        self._fresh.add(instance.key)
        self._variables[instance.key] = {}
        self.step.new_instances.append(instance)
        for name, value in variables.items():
            self.set_local(instance, name, value)
        if start_event is None:
            plain = [
                e for e in process.definition.start_events(process.process_id) if e.event and e.event.kind == "none"
            ]
            if not plain:
                raise NotFound(
                    f"Process '{process.process_id}' has no plain start event.",
                    remedy="Start it by the message that its start event names.",
                )
            start_event = plain[0].id
        self._place(instance.key, start_event, event_variables or {})

    def call(self, process: CompiledProcess, row: ElementInstance, variables: Mapping[str, Any]) -> None:
        """Start a process called by an element."""
        caller = self.instance(row.instance_key)
        instance = ProcessInstance(
            self.next_key(), process.key, process.process_id, process.version, row.root_key, self.now,
            parent_key=row.instance_key, parent_element_key=row.key, person_key=caller.person_key,
            business_key=caller.business_key, tenant_id=caller.tenant_id,
        )  # fmt: skip
        try:
            self._start(instance, process, variables)
        except NotFound as error:
            raise Trouble("CALLED_ELEMENT_ERROR", error.message) from None

    def called_process(self, process_id: str, near: CompiledProcess, binding: str) -> CompiledProcess:
        """Return the process that a call activity calls."""
        try:
            return self.env.catalog.latest_process(process_id, near, binding)
        except NotFound:
            raise Trouble(
                "CALLED_ELEMENT_ERROR",
                f"No process '{process_id}' is deployed. Deploy it, then retry the incident.",
            ) from None

    # == variables and expressions =================================================================================

    def chain(self, owner: Owner) -> tuple[int, ...]:
        """Return the scopes that an element sees, its own first."""
        if isinstance(owner, ProcessInstance):
            return (owner.key,)
        return (owner.key, *reversed(owner.path), owner.instance_key)

    def _load(self, keys: Iterable[int]) -> None:
        missing = [k for k in keys if k not in self._variables]
        if missing:
            for key in missing:
                self._variables[key] = {}
            for key, name, text in self.state.variables(missing):
                self._variables[key][name] = _Raw(text)

    def scope_variables(self, key: int) -> Mapping[str, Any]:
        """Return the raw variables of one scope; read values with ``read``."""
        if key not in self._variables:
            self._load((key,))
        return self._variables[key]

    def read(self, key: int, name: str) -> Any:
        """Return one variable's plain value."""
        value = self._variables[key][name]
        if isinstance(value, _Raw):
            value = self._variables[key][name] = load_value(value.text)
        return value

    def local_variables(self, key: int, *, hidden: bool = False) -> dict[str, Any]:
        """Return the plain values of one scope; the engine's own (``$…``) only on demand."""
        return {n: self.read(key, n) for n in list(self.scope_variables(key)) if hidden or not n.startswith("$")}

    def visible_variables(self, owner: Owner) -> dict[str, Any]:
        """Return everything that an element sees."""
        self._load(self.chain(owner))
        seen: dict[str, Any] = {}
        for key in reversed(self.chain(owner)):
            seen.update(self.local_variables(key))
        return seen

    def set_local(self, owner: Owner, name: str, value: Any) -> None:
        """Write a variable into exactly this scope."""
        self.scope_variables(owner.key)
        plain = to_plain(value)
        self._variables[owner.key][name] = plain
        instance_key = owner.key if isinstance(owner, ProcessInstance) else owner.instance_key
        self.step.variables[owner.key, name] = (plain, instance_key)
        self._changed_names.setdefault(instance_key, set()).add(name)

    def propagate(self, scope_key: int, variables: Mapping[str, Any]) -> None:
        """Write variables where they exist, from this scope outwards; new ones at the process instance."""
        if not variables:
            return
        owner = self.scope(scope_key)
        chain = self.chain(owner)
        self._load(chain)
        for name, value in variables.items():
            target = next((k for k in chain if name in self._variables[k]), chain[-1])
            self.set_local(self.scope(target), name, value)

    def context(self) -> Context:
        """Return the evaluation context of this step."""
        return Context(now=self.now, zone=self.zone, functions=self.env.functions)

    def lookup(self, owner: Owner, extra: Mapping[str, Any] | None = None) -> Lookup:
        """Return the variables that an element sees as a mapping."""
        chain = self.chain(owner)
        self._load(chain)
        return Lookup(self, chain, self.process_of(owner).types, extra)

    def evaluate(self, owner: Owner, text: str, what: str, extra: Mapping[str, Any] | None = None) -> Any:
        """Return the plain value of a FEEL expression."""
        return self._evaluate(owner, text, what, extra)[0]

    def _evaluate(
        self, owner: Owner, text: str, what: str, extra: Mapping[str, Any] | None
    ) -> tuple[Any, Context, Lookup]:
        compiled = self.process_of(owner).feel(text)
        context = self.context()
        lookup = self.lookup(owner, extra)
        try:
            return to_plain(compiled.value(lookup, context)), context, lookup
        except FlowError as error:
            raise Trouble("EXTRACT_VALUE_ERROR", f"The {what} '{text}' failed: {error.message}") from None

    def value(self, owner: Owner, text: Text | None, what: str) -> Any:
        """Return the plain value of an attribute that is a literal or an expression."""
        if text is None:
            return None
        if not text.is_expression:
            return text.source
        return self.evaluate(owner, text.source, what)

    def condition(self, owner: Owner, text: str, what: str, extra: Mapping[str, Any] | None = None) -> bool:
        """Return a condition's truth; anything but true or false is trouble that names the true cause."""
        value, context, lookup = self._evaluate(owner, text, what, extra)
        if isinstance(value, bool):
            return value
        raise Trouble("CONDITION_ERROR", self._explain(owner, text, what, "true or false", value, context, lookup))

    def _explain(
        self, owner: Owner, text: str, what: str, expected: str, value: Any, context: Context, lookup: Lookup
    ) -> str:
        names = sorted(self.process_of(owner).feel(text).variables)
        read = ", ".join(f"{n} ({self.kind_of(lookup[n]) if n in lookup else 'not set'})" for n in names)
        cause = "; ".join(dict.fromkeys(w.message for w in context.warnings))
        return (
            f"The {what} '{text}' must give {expected}, but gave {self.kind_of(value)}."
            + (f" It reads {read}." if read else "")
            + (f" Cause: {cause}" if cause else "")
        )

    @staticmethod
    def kind_of(value: Any) -> str:
        """Return the FEEL name of a value's type, for messages that must not show values."""
        match value:
            case None:
                return "null"
            case bool():
                return "boolean"
            case str():
                return "string"
            case datetime():
                return "date and time"
            case date():
                return "date"
            case list():
                return "list"
            case dict():
                return "context"
            case _:
                return "number"

    def decide(self, owner: Owner, decision_id: str, binding: str) -> Any:
        """Return the plain result of a DMN decision."""
        try:
            model = self.env.catalog.decision(decision_id, self.process_of(owner), binding)
        except NotFound:
            raise Trouble(
                "CALLED_DECISION_ERROR", f"No decision '{decision_id}' is deployed. Deploy it, then retry the incident."
            ) from None
        context = self.context()
        lookup = self.lookup(owner)
        try:
            value = model.evaluate(decision_id, lookup, functions=self.env.functions, context=context)
        except FlowError as error:
            raise Trouble("DECISION_EVALUATION_ERROR", f"Decision '{decision_id}' failed: {error.message}") from None
        # A variable that is not set is null, as FEEL says; anything else that emptied a result is trouble to be shown.
        wrong = [w for w in context.warnings if w.code != "NO_VARIABLE_FOUND"]
        if (value is None and context.warnings) or (wrong and isinstance(value, dict) and None in value.values()):
            cause = "; ".join(dict.fromkeys(w.message for w in context.warnings))
            raise Trouble("DECISION_EVALUATION_ERROR", f"Decision '{decision_id}' gave an empty result: {cause}")
        return to_plain(value)

    def map_inputs(self, row: ElementInstance, element: Element) -> None:
        """Evaluate the input mappings into the element's own scope."""
        for mapping in element.inputs:
            self._assign(row, mapping.target, self.value(row, mapping.source, f"input mapping of '{mapping.target}'"))

    def map_outputs(self, row: ElementInstance, element: Element, variables: Mapping[str, Any]) -> None:
        """Hand results outwards: by the output mappings, or all of them where there are none (Camunda 8)."""
        if not element.outputs:
            self.propagate(row.key, variables)
            return
        for name, value in variables.items():
            self.set_local(row, name, value)
        results: dict[str, Any] = {}
        for mapping in element.outputs:
            value = self.value(row, mapping.source, f"output mapping of '{mapping.target}'")
            name, _, rest = mapping.target.partition(".")
            if rest:
                before = results.get(name, self.lookup(self.scope(row.scope_key)).get(name))
                value = _nested(before, rest.split("."), value)
            results[name] = value
        self.propagate(row.scope_key, results)

    def _assign(self, row: ElementInstance, target: str, value: Any) -> None:
        name, _, rest = target.partition(".")
        if rest:
            value = _nested(self.local_variables(row.key).get(name), rest.split("."), value)
        self.set_local(row, name, value)

    def collect_output(self, row: ElementInstance, element: Element) -> None:
        """Keep the output element of one inner instance until its body is done."""
        if element.loop and element.loop.output_element:
            self.set_local(row, OUTPUT, self.evaluate(row, element.loop.output_element, "output element"))

    def outputs(self, body: ElementInstance) -> Iterator[tuple[int, Any]]:
        """Yield (loop counter, output) of each inner instance of a body that has one."""
        collected: dict[int, dict[str, Any]] = {}
        if body.key not in self._fresh:
            for name in (OUTPUT, "loopCounter"):
                for key, text in self.state.outputs(body.key, name):
                    collected.setdefault(key, {})[name] = load_value(text)
        for (key, name), (value, _) in self.step.variables.items():
            row = self._elements.get(key)
            if name in (OUTPUT, "loopCounter") and row is not None and row.scope_key == body.key:
                collected.setdefault(key, {})[name] = value
        for found in collected.values():
            if OUTPUT in found and "loopCounter" in found:
                yield int(found["loopCounter"]), found[OUTPUT]

    def arrivals(self, scope_key: int, element_id: str) -> dict[str, int]:
        """Return how many tokens have arrived at a join, per incoming flow."""
        counts = self._arrivals.get((scope_key, element_id))
        if counts is None:
            counts = {} if scope_key in self._fresh else self.state.arrivals(scope_key, element_id)
            self._arrivals[scope_key, element_id] = counts
        return counts

    # == events ====================================================================================================

    def prepare_events(
        self, owner: Owner, event_ids: Sequence[str], *, timers_only: bool = False
    ) -> list[Subscription | JobRow]:
        """Return the rows that wait for these events; nothing is opened, so a failing expression leaves no trace."""
        process = self.process_of(owner)
        instance = owner if isinstance(owner, ProcessInstance) else self.instance(owner.instance_key)
        rows: list[Subscription | JobRow] = []
        for event_id in event_ids:
            element = process.elements[event_id]
            event = element.event
            if event is None:
                continue
            if event.kind == "timer":
                value = self.value(owner, event.expression, f"timer of '{element.name or event_id}'")
                follows = element.properties.get("herberekenen") == "true"
                # A timer that follows its variables waits, armed for never, until they give a moment.
                when = Due(NEVER) if follows and value is None else due(event.timer, value, self.now, self.zone)
                payload = {"repetitions": when.repetitions, "interval": when.interval} if when.interval else None
                watches = process.reads(event.expression) if follows else ()
                rows.append(
                    JobRow(self.next_key(), "TIMER", "", instance.key, instance.root_key, owner.key, event_id,
                           when.moment, 0, payload, watches, tenant_id=instance.tenant_id)
                )  # fmt: skip
            elif event.kind == "message" and not timers_only:
                name = self.value(owner, event.name, f"message name of '{element.name or event_id}'")
                key = self.value(owner, event.correlation_key, f"correlation key of '{element.name or event_id}'")
                if not isinstance(key, (str, int)) or isinstance(key, bool) or key == "":
                    raise Trouble(
                        "EXTRACT_VALUE_ERROR",
                        f"The correlation key of '{element.name or event_id}' must give text or a number, "
                        f"but gave {self.kind_of(key)}.",
                    )
                rows.append(
                    Subscription(self.next_key(), str(name), str(key), instance.key, instance.root_key,
                                 process.process_id, owner.key, event_id, self.now, element.interrupting,
                                 instance.tenant_id)
                )  # fmt: skip
        return rows

    def open_events(self, rows: Iterable[Subscription | JobRow]) -> None:
        """Open prepared subscriptions and timers."""
        for row in rows:
            if isinstance(row, Subscription):
                self.step.new_subscriptions.append(row)
            else:
                self.step.new_jobs.append(row)

    def close_events(self, owner_key: int, event_ids: Iterable[str], process: CompiledProcess | None = None) -> None:
        """Close what waits for these events."""
        if not event_ids:
            return
        process = process or self.process_of(self.scope(owner_key))
        for event_id in event_ids:
            event = process.elements[event_id].event
            if event is not None and event.kind == "message":
                self.step.close_subscriptions.add((owner_key, event_id))
            elif event is not None and event.kind == "timer":
                self.step.close_jobs.add((owner_key, event_id))

    def _event_starts(self, element: Element, process: CompiledProcess) -> tuple[str, ...]:
        return tuple(process.definition.start_events(e)[0].id for e in element.event_subprocesses)

    def open_scope(self, scope_key: int, element: Element, owner: Owner) -> None:
        """Open what starts the event sub-processes of a scope."""
        if element.event_subprocesses:
            self.open_events(self.prepare_events(owner, self._event_starts(element, self.process_of(owner))))

    def close_scope_events(self, scope_key: int, element: Element, process: CompiledProcess | None = None) -> None:
        """Close what would start the event sub-processes of a scope."""
        if element.event_subprocesses:
            process = process or self.process_of(self.scope(scope_key))
            self.close_events(scope_key, self._event_starts(element, process), process)

    def _boundary(self, host: ElementInstance, event: Element, variables: Mapping[str, Any]) -> None:
        scope_key = host.scope_key
        if event.interrupting:
            self.terminate(host)
        self._place(scope_key, event.id, variables, triggered=True)

    def _event_subprocess(self, scope: Owner, start: Element, variables: Mapping[str, Any]) -> None:
        process = self.process_of(scope)
        event_subprocess = process.elements[start.parent or ""]
        if start.interrupting:
            for child in self.children(scope.key):
                self.terminate(child)
            container = process.elements[event_subprocess.parent or ""]
            self.close_scope_events(scope.key, container, process)
        token = self._place(scope.key, event_subprocess.id, variables, triggered=True)
        if variables:
            token.instance.data = {"event": to_plain(dict(variables))}

    def throw_message(self, row: ElementInstance, event: Event) -> None:
        """Publish a message in the same transaction."""
        name = self.value(row, event.name, "message name")
        key = self.value(row, event.correlation_key, "correlation key")
        self.step.messages.append(MessageOut(str(name), "" if key is None else str(key), self.local_variables(row.key)))

    def throw_error(self, row: ElementInstance, code: str, variables: Mapping[str, Any], message: str) -> None:
        """Let an error rise until a boundary event or event sub-process catches it; uncaught, it is an incident."""
        if row.state != ACTIVE:
            return
        caught = self._catcher(row, "error", code)
        if caught is None:
            what = f"Error '{code}' was thrown and nothing catches it." + (f" {message}" if message else "")
            self.incident(
                row,
                Trouble("UNHANDLED_ERROR_EVENT", f"{what} Draw an error event around it, then migrate or modify."),
                "enter",
            )
            return
        owner, event = caught
        if event.kind == "boundaryEvent":
            assert isinstance(owner, ElementInstance)
            self._boundary(owner, event, variables)
        else:
            self._event_subprocess(owner, event, variables)

    def throw_escalation(self, row: ElementInstance, code: str) -> None:
        """Let an escalation rise; uncaught, the process simply goes on (BPMN 2.0.2, section 10.5.1)."""
        caught = self._catcher(row, "escalation", code)
        if caught is None:
            return
        owner, event = caught
        variables = self.local_variables(row.key)
        if event.kind == "boundaryEvent":
            assert isinstance(owner, ElementInstance)
            self._boundary(owner, event, variables)
        else:
            self._event_subprocess(owner, event, variables)

    def _catcher(self, row: ElementInstance, kind: str, code: str) -> tuple[Owner, Element] | None:
        current = row
        while True:
            process = self.process_of(current)
            element = process.elements[current.element_id]
            if element.loop is None or current.element_type == BODY_TYPE:
                found = self._matching(process, element.boundary, kind, code)
                if found is not None:
                    return current, found
            scope = self.scope(current.scope_key)
            container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
            starts = tuple(
                process.definition.start_events(e)[0].id
                for e in container.event_subprocesses
                if e != current.element_id
            )
            found = self._matching(process, starts, kind, code)
            if found is not None:
                return scope, found
            if isinstance(scope, ElementInstance):
                current = scope
            elif scope.parent_element_key is not None:
                current = self.element(scope.parent_element_key)
            else:
                return None

    def _matching(self, process: CompiledProcess, ids: Iterable[str], kind: str, code: str) -> Element | None:
        candidates = [e for i in ids if (e := process.elements[i]).event and e.event and e.event.kind == kind]
        exact = next((e for e in candidates if e.event and e.event.code == code), None)
        return exact or next((e for e in candidates if e.event and not e.event.code), None)

    # == ending early ==============================================================================================

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
        for child_id in container.children:
            if process.elements[child_id].kind == "parallelGateway":
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
        return [i for i in found.values() if i.state == ACTIVE]

    def _terminate_instance(self, instance: ProcessInstance) -> None:
        for child in self.children(instance.key):
            self.terminate(child)
        instance.state = TERMINATED
        instance.end = self.now
        self._instance_changed(instance)
        self.step.close_subscriptions.add((instance.key, None))
        self.step.close_jobs.add((instance.key, None))

    def _instance_changed(self, instance: ProcessInstance) -> None:
        if instance.key not in self._fresh:
            self.step.changed_instances[instance.key] = instance

    # == trouble ===================================================================================================

    def incident(
        self, row: ElementInstance, trouble: Trouble, phase: str, variables: Mapping[str, Any] | None = None
    ) -> None:
        """Let the token wait where it is, with a visible and retryable incident."""
        instance = self.instance(row.instance_key)
        if phase == "leave":
            row.data = {**(row.data or {}), "result": to_plain(dict(variables or {}))}
            self.touched(row)
        self.step.new_incidents.append(
            IncidentRow(
                self.next_key(), row.instance_key, row.root_key, instance.definition_key, instance.process_id, row.key,
                row.element_id, trouble.error_type, trouble.message, self.now, phase, tenant_id=instance.tenant_id,
            )
        )  # fmt: skip
        if not instance.has_incident:
            instance.has_incident = True
            self._instance_changed(instance)

    # == timers that follow their variables ========================================================================

    def _recompute_timers(self) -> None:
        for instance_key, names in self._changed_names.items():
            instance = self.instance(instance_key)
            if instance.state != ACTIVE or not self.process_of(instance).watches_variables:
                continue
            fresh = [j for j in self.step.new_jobs if j.instance_key == instance_key and j.watches]
            stored = [] if instance_key in self._fresh else self.state.watching_timers(instance_key)
            for job in (*stored, *fresh):
                if not names & set(job.watches):
                    continue
                if (job.element_key, job.element_id) in self.step.close_jobs or (
                    job.element_key,
                    None,
                ) in self.step.close_jobs:
                    continue
                owner = self.scope(job.element_key)
                if owner.state != ACTIVE:
                    continue
                try:
                    row = self.prepare_events(owner, (job.element_id,), timers_only=True)[0]
                except Trouble:
                    continue  # the timer keeps the moment it had; its next change computes it again
                assert isinstance(row, JobRow)
                if row.due != job.due:
                    job.due = row.due
                    if job in stored:
                        self.step.changed_jobs.append(job)


def _nested(before: Any, path: Sequence[str], value: Any) -> dict[str, Any]:
    result = dict(before) if isinstance(before, dict) else {}
    head, rest = path[0], path[1:]
    result[head] = _nested(result.get(head), rest, value) if rest else value
    return result
