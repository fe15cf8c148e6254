"""Variables live in scopes; expressions see an element's own scope first, then each enclosing one.

Source: Camunda 8 documentation, variables; BPMN 2.0.2, section 10.4.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from inburgering_flow.bpmn.definition import Element, Text
from inburgering_flow.dmn import Model
from inburgering_flow.dmn.record import table_record
from inburgering_flow.engine.bookkeeping import OUTPUT
from inburgering_flow.engine.core import Core, Owner
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.reasons import decision_reason, reason
from inburgering_flow.errors import FlowError, InvalidInput, NotFound
from inburgering_flow.feel import Context, storable, to_plain
from inburgering_flow.feel.render import plain
from inburgering_flow.feel.stored import LONGEST_NAME
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.runtime import (
    ElementInstance,
    ProcessInstance,
)
from inburgering_flow.values import load_value


class Lookup(Mapping[str, Any]):
    """The variables that an element sees: its own scope first, then each enclosing one."""

    __slots__ = ("_extra", "_keys", "_run", "_types")

    def __init__(
        self, run: Scopes, keys: Sequence[int], types: Mapping[str, str], extra: Mapping[str, Any] | None
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


class Reads(Mapping[str, Any]):
    """Variables that remember which of them were read, and what they were."""

    __slots__ = ("seen", "variables")

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.seen: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        value = self.seen[name] = self.variables[name]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)


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


class Raw:
    """A stored value that nobody has read yet."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Scopes(Core):
    """Variables live in scopes; expressions see an element's own scope first, then each enclosing one."""

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
                self._variables[key][name] = Raw(text)

    def scope_variables(self, key: int) -> Mapping[str, Any]:
        """Return the raw variables of one scope; read values with ``read``."""
        if key not in self._variables:
            self._load((key,))
        return self._variables[key]

    def read(self, key: int, name: str) -> Any:
        """Return one variable's plain value."""
        value = self._variables[key][name]
        if isinstance(value, Raw):
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
        change = "update" if name in self.scope_variables(owner.key) else "create"
        plain = to_plain(value)
        self._variables[owner.key][name] = plain
        instance_key = owner.key if isinstance(owner, ProcessInstance) else owner.instance_key
        self.step.variables[owner.key, name] = (plain, instance_key)
        self._changed_names.setdefault(instance_key, {})[name] = change

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

    def context(self, *, of_decision: bool = False) -> Context:
        """Return the evaluation context of this step: in a process a name without a call is a variable, never a function."""
        return Context(self.now, self.zone, self.env.functions, builtin_values=of_decision)

    def lookup(self, owner: Owner, extra: Mapping[str, Any] | None = None) -> Lookup:
        """Return the variables that an element sees as a mapping."""
        chain = self.chain(owner)
        self._load(chain)
        return Lookup(self, chain, self.process_of(owner).types, extra)

    def evaluate(self, owner: Owner, text: str, what: str, extra: Mapping[str, Any] | None = None) -> Any:
        """Return the plain value of a FEEL expression."""
        compiled = self.process_of(owner).feel(text)
        lookup, context = self.lookup(owner, extra), self.context()
        try:
            value = storable(compiled.value(lookup, context), what)
            for warning in context.warnings:
                if warning.code == "ASSERT_FAILURE":
                    raise InvalidInput(warning.message, remedy="Correct the variables that it reads.")
            return value
        except FlowError as error:
            read = self._read_types(owner, text, lookup)
            said = error.message if error.message.endswith((".", "!", "?")) else f"{error.message}."
            raise Trouble("EXTRACT_VALUE_ERROR", f"The {what} '{text}' failed: {said}{read}") from None

    def value(self, owner: Owner, text: Text | None, what: str, extra: Mapping[str, Any] | None = None) -> Any:
        """Return the plain value of an attribute that is a literal or an expression."""
        if text is None:
            return None
        if not text.is_expression:
            return text.source
        return self.evaluate(owner, text.source, what, extra)

    @staticmethod
    def name(given: Any, what: str) -> str:
        """Return what an expression gave as a name: text that either database can store and find again."""
        text = str(given)
        if len(text) > LONGEST_NAME or "\0" in text:
            raise Trouble(
                "EXTRACT_VALUE_ERROR", f"The {what} has more than {LONGEST_NAME} characters or a NUL among them."
            )
        return text

    def condition(self, owner: Owner, text: str, what: str, extra: Mapping[str, Any] | None = None) -> bool:
        """Return a condition's truth; anything but true or false is trouble that names the true cause."""
        value = self.evaluate(owner, text, what, extra)
        if isinstance(value, bool):
            return value
        raise Trouble("CONDITION_ERROR", self.unfit(owner, text, what, "true or false", value, extra))

    def holds(self, owner: Owner, text: str, what: str) -> bool:
        """Return whether a condition that is waited for is true now; null, while its variables are not set, is not yet."""
        value = self.evaluate(owner, text, what)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise Trouble("CONDITION_ERROR", self.unfit(owner, text, what, "true or false", value))

    def wrong(
        self, owner: Owner, text: Text | None, what: str, expected: str, value: Any,
        error_type: str = "EXTRACT_VALUE_ERROR",
    ) -> Trouble:  # fmt: skip
        """Return the trouble of an attribute that gave something else than its element needs."""
        if text is not None and text.is_expression:
            return Trouble(error_type, self.unfit(owner, text.source, what, expected, value))
        given = f"'{text.source}' is written there" if text is not None and text.source else "nothing is written there"
        return Trouble(error_type, f"The {what} must be {expected}, but {given}.")

    def none_holds(self, owner: Owner, conditions: Sequence[str]) -> str:
        """Return the sentences about conditions none of which holds: what they are and what they read."""
        lookup = self.lookup(owner)
        names = sorted({n for text in conditions for n in self.process_of(owner).feel(text).variables})
        said = ", ".join(f"'{text}'" for text in conditions)
        return f" The conditions are {said}." + self._kinds_read(names, lookup) if conditions else ""

    def unfit(
        self, owner: Owner, text: str, what: str, expected: str, value: Any, extra: Mapping[str, Any] | None = None
    ) -> str:
        """Return the sentence about an expression that gave something else than its element needs."""
        lookup = self.lookup(owner, extra)
        return (
            f"The {what} '{text}' must give {expected}, but gave {self.kind_of(value)}."
            + self._read_types(owner, text, lookup)
            + reason(text, lookup, self.context())
        )

    def _read_types(self, owner: Owner, text: str, lookup: Lookup) -> str:
        """Return which variables an expression reads and of which types they are, never their values."""
        return self._kinds_read(sorted(self.process_of(owner).feel(text).variables), lookup)

    def _kinds_read(self, names: Sequence[str], lookup: Lookup) -> str:
        read = ", ".join(f"{n} ({self.kind_of(lookup[n]) if n in lookup else 'not set'})" for n in names)
        return f" It reads {read}." if read else ""

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

    def decide(self, owner: Owner, decision_id: str, binding: str, version_tag: str = "") -> Any:
        """Return the plain result of a DMN decision."""
        try:
            model = self.env.catalog.decision(decision_id, self.process_of(owner), binding, version_tag)
        except NotFound:
            which = f" with the version tag '{version_tag}'" if binding == "versionTag" else ""
            raise Trouble(
                "CALLED_DECISION_ERROR",
                f"No decision '{decision_id}'{which} is deployed. Deploy it, then retry the incident.",
            ) from None
        context, lookup = self.context(of_decision=True), Reads(self.lookup(owner))
        context.outcomes = []
        try:
            value = model.evaluate(decision_id, lookup, context=context)
        except FlowError as error:
            raise Trouble("DECISION_EVALUATION_ERROR", f"Decision '{decision_id}' failed: {error.message}") from None
        # A variable that is not set is null, as FEEL says; anything else that emptied a result is trouble to be shown.
        wrong = [w for w in context.warnings if w.code != "NO_VARIABLE_FOUND"]
        if (value is None and context.warnings) or (wrong and isinstance(value, dict) and None in value.values()):
            said = "; ".join(dict.fromkeys(w.message for w in context.warnings))
            cause = decision_reason(model, decision_id, lookup, self.context(of_decision=True))
            raise Trouble("DECISION_EVALUATION_ERROR", f"Decision '{decision_id}' gave an empty result: {said}.{cause}")
        result = to_plain(value)
        self._record(owner, model, decision_id, lookup.seen, context.outcomes, result)
        return result

    def _record(
        self, owner: Owner, model: Model, decision_id: str, read: Mapping[str, Any], outcomes: list[Any], result: Any
    ) -> None:
        """Keep what a decision was taken on and which rules matched, for the history."""
        if isinstance(owner, ProcessInstance):
            return
        decision = model.find(decision_id)
        self.step.new_decisions.append(
            DecisionRow(
                self.next_key(), owner.instance_key, owner.root_key, owner.key, owner.element_id, decision_id,
                decision.name, model.versions.get(decision_id, 0), self.now, {name: plain(value) for name, value in read.items()},
                [table_record(name, outcome, read) for name, outcome in outcomes], plain(result),
                tenant_id=self.instance(owner.instance_key).tenant_id,
            )
        )  # fmt: skip

    def map_inputs(self, row: ElementInstance, element: Element) -> None:
        """Evaluate the input mappings into the element's own scope."""
        for mapping in element.inputs:
            self._assign(row, mapping.target, self.value(row, mapping.source, f"input mapping of '{mapping.target}'"))
        for mapping in element.data_inputs:
            self._assign(row, mapping.target, self.value(row, mapping.source, f"data input '{mapping.target}'"))

    def keep_results(self, row: ElementInstance, element: Element, variables: Mapping[str, Any]) -> None:
        """Write what an element got: into its own scope where it has output mappings, else outwards (Camunda 8)."""
        if not element.outputs:
            self.propagate(row.key, variables)
            return
        for name, value in variables.items():
            self.set_local(row, name, value)

    def map_outputs(self, row: ElementInstance, element: Element) -> None:
        """Evaluate the output mappings, of what the element sees, into the scopes around it."""
        results: dict[str, Any] = {}
        for mapping in element.outputs:
            value = self.value(row, mapping.source, f"output mapping of '{mapping.target}'", results)
            name, _, rest = mapping.target.partition(".")
            if rest:
                before = results.get(name, self.lookup(self.scope(row.scope_key)).get(name))
                value = _nested(before, rest.split("."), value)
            results[name] = value
        self.propagate(row.scope_key, results)
        if (
            element.loop is not None
        ):  # the output element is evaluated inside: a value of the same name there would hide this
            for name in results.keys() & self.scope_variables(row.key).keys():
                self.set_local(row, name, results[name])
        self._data_outputs(row, element)

    def _data_outputs(self, row: ElementInstance, element: Element) -> None:
        """Carry values into data objects and properties around an activity."""
        for mapping in element.data_outputs:
            value = self.value(row, mapping.source, f"data output '{mapping.target}'")
            self.propagate(row.scope_key, {mapping.target: value})

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


def _nested(before: Any, path: Sequence[str], value: Any) -> dict[str, Any]:
    result = dict(before) if isinstance(before, dict) else {}
    head, rest = path[0], path[1:]
    result[head] = _nested(result.get(head), rest, value) if rest else value
    return result
