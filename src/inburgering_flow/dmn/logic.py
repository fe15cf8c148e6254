"""From boxed expressions to Python closures over a scope.

Source: DMN 1.5, 7.3 and 10.2.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.errors import DmnError, not_feel
from inburgering_flow.dmn.table import DecisionTable, Input, Output, Rule
from inburgering_flow.feel import Compiled, CompiledTests, Context, FeelError, compile_unary_tests
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.feel.compiler import bind, invoke_named
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.scope import Run
from inburgering_flow.feel.types import ANY, FeelType, MismatchError, coerce
from inburgering_flow.feel.values import Function, Range, from_plain
from inburgering_flow.feel.words import NO_CONDITION, a_kind, headed, no_function
from inburgering_flow.i18n import N_, Said

RESULT = Said(N_("result"))
Logic = Callable[[Mapping[str, Any], Context], Any]
T = TypeVar("T")


class Compiler:
    """Compiles the boxed expressions of one model. ``names`` are all names that its expressions may use."""

    def __init__(
        self, names: frozenset[str], functions: tuple[str, ...], find_type: Callable[[str], FeelType | None]
    ) -> None:
        self.names = names
        self.functions = functions
        self.find_type = find_type
        self.owner = ""
        self.types: Mapping[str, FeelType] = {}
        self.compiled_tests: dict[tuple[str, frozenset[str]], CompiledTests] = {}
        self.tables: dict[int, DecisionTable] = {}
        self.literals: dict[int, Compiled] = {}
        """What was compiled, by the identity of the boxed expression."""

    # ─── FEEL ───

    def feel(self, text: str) -> Compiled:
        """Compile one FEEL expression; raises ``DmnError``."""
        try:
            return compile_feel(text, names=_in_order(self.names), functions=self.functions, types=self.types)
        except FeelError as error:
            raise not_feel(self.owner, error, text) from None

    def tests(self, text: str) -> CompiledTests:
        """Compile unary tests, equal ones once; raises ``DmnError``."""
        key = (text, self.names)
        found = self.compiled_tests.get(key)
        if found is None:
            try:
                found = self.compiled_tests[key] = compile_unary_tests(
                    text if text.strip() else "-",
                    names=_in_order(self.names),
                    functions=self.functions,
                    types=self.types,
                )
            except FeelError as error:
                raise not_feel(self.owner, error, text) from None
        return found

    def type(self, type_ref: str) -> FeelType:
        """Return the type of a reference; raises ``DmnError`` for one that is not defined."""
        found = self.find_type(type_ref) if type_ref else ANY
        if found is None:
            said = Said(N_("there is no type {name!r}."), name=type_ref)
            raise DmnError(self.owner, said, remedy=Said(N_("Define it or choose a known one.")))
        return found

    def coerced(self, logic: Logic, type_ref: str, what: str | Said) -> Logic:
        """Return logic whose value is converted to a type; what does not fit becomes null with a warning."""
        wanted = self.type(type_ref)
        if wanted is ANY:
            return logic

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            try:
                return coerce(logic(scope, context), wanted)
            except MismatchError as error:
                context.warn("TYPE_MISMATCH", headed(what, error.said))
                return None

        return run

    # ─── boxes ───

    def compile(self, box: boxed.Boxed | None) -> Logic:
        """Return the logic of a boxed expression; a missing one is null."""
        if box is None:
            return _nothing
        logic = HANDLERS[type(box)](self, box)
        return self.coerced(logic, box.type_ref, RESULT) if box.type_ref else logic

    def literal(self, box: boxed.Literal) -> Logic:
        if box.language:
            said = Said(N_("the expression language {name!r} is not supported."), name=box.language)
            raise DmnError(self.owner, said, remedy=Said(N_("Use FEEL.")))
        if not box.text.strip():
            return _nothing
        compiled = self.literals[id(box)] = self.feel(box.text)
        return compiled.value

    def invocation(self, box: boxed.Invocation) -> Logic:
        callee = self.compile(box.function)
        label = box.function.text.strip() if isinstance(box.function, boxed.Literal) else "function"
        bindings = [(binding.name, self.compile(binding.expression)) for binding in box.bindings]

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            function = callee(scope, context)
            if not isinstance(function, Function):
                context.warn("NO_FUNCTION_FOUND", no_function(label, function))
                return None
            values = {name: value(scope, context) for name, value in bindings}
            one = Run(scope, context, label)
            one.enter()
            try:
                return invoke_named(one, function, values)
            except NullError as null:
                context.warn(null.code, headed(label, null.said))
                return None
            finally:
                one.budget.calls -= 1

        return run

    def context(self, box: boxed.ContextBox) -> Logic:
        held = self.names
        entries = []
        for entry in box.entries:
            logic = self.compile(entry.expression)
            entries.append((entry.name, self.coerced(logic, entry.type_ref, Said(N_("entry {name!r}"), name=entry.name))))
            self.names = self.names | {entry.name}
        self.names = held

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            made: dict[str, Any] = {}
            inner = ChainMap(made, scope)  # type: ignore[arg-type]  # only ever read below the first map
            for name, logic in entries:
                value = logic(inner, context)
                if not name:
                    return value
                made[name] = value
            return made

        return run

    def list(self, box: boxed.ListBox) -> Logic:
        items = [self.compile(item) for item in box.items]
        return lambda scope, context: [item(scope, context) for item in items]

    def relation(self, box: boxed.Relation) -> Logic:
        rows = [[self.compile(cell) for cell in row] for row in box.rows]
        columns = box.columns

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            return [{name: cell(scope, context) for name, cell in zip(columns, row, strict=False)} for row in rows]

        return run

    def function(self, box: boxed.FunctionBox, result_type: str = "") -> Logic:
        """Return logic that gives a function closing over its scope."""
        if box.kind != "FEEL":
            raise DmnError(
                self.owner,
                Said(N_("functions of kind {kind} are not supported."), kind=box.kind),
                remedy=Said(N_("Write the function in FEEL or register it with functions=.")),
                code="DMN_EXTERNAL_FUNCTION",
            )
        names = tuple(name for name, _ in box.parameters)
        types = tuple(self.type(ref) if ref else None for _, ref in box.parameters)
        held, self.names = self.names, self.names | set(names)
        body = self.coerced(self.compile(box.body), result_type, RESULT)
        self.names = held

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            def invoke(_one: Any, arguments: list[Any]) -> Any:
                bound = bind(names, types, arguments)
                return body(ChainMap(bound, scope), context)  # type: ignore[arg-type]  # never written below the first

            return Function(self.owner, names, invoke, types)

        return run

    def conditional(self, box: boxed.Conditional) -> Logic:
        test, then, otherwise = self.compile(box.condition), self.compile(box.then), self.compile(box.otherwise)
        return lambda scope, context: (
            then(scope, context) if test(scope, context) is True else otherwise(scope, context)
        )

    def filter(self, box: boxed.FilterBox) -> Logic:
        source, match = self.compile(box.source), self.compile(box.match)

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            items = source(scope, context)
            if not isinstance(items, list):
                items = [] if items is None else [items]
            kept = []
            one = Run(scope, context, "filter")
            for item in items:
                one.tick()
                value = from_plain(item)
                names: dict[str, Any] = {"item": value}
                if isinstance(value, Mapping):
                    names.update(value)
                found = match(ChainMap(names, scope), context)  # type: ignore[arg-type]  # never written below
                if found is True:
                    kept.append(value)
                elif not isinstance(found, bool):
                    said = Said(N_("the match of a filter is {kind}, not a boolean"), kind=a_kind(found))
                    context.warn("INVALID_TYPE", said)
                    return None
            return kept

        return run

    def iterator(self, box: boxed.IteratorBox) -> Logic:
        source = self.compile(box.source)
        held, self.names = self.names, self.names | {box.variable}
        body = self.compile(box.body)
        self.names = held
        name, what = box.variable, box.kind

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            items = source(scope, context)
            if isinstance(items, Range):
                from inburgering_flow.feel.compiler import range_items

                items = range_items(items)
            elif items is not None and not isinstance(items, list):
                items = [items]
            if items is None:
                context.warn("INVALID_TYPE", Said(N_("'{word}' needs a list"), word=what))
                return None
            one = Run(scope, context, what)
            results: list[Any] = []
            for item in items:
                one.tick(1 + len(results) // 100)
                names = {name: from_plain(item), "partial": list(results) if what == "for" else None}
                results.append(body(ChainMap(names, scope), context))  # type: ignore[arg-type]  # never written below
            if what == "for":
                return results
            return _quantify(results, what == "every", context)

        return run

    # ─── decision tables ───

    def table(self, box: boxed.Table) -> Logic:
        """Return logic that gives the value of a decision table."""
        table, owner = self.decision_table(box), self.owner

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            outcome = table.decide(scope, context)
            if context.outcomes is not None:
                context.outcomes.append((owner, outcome))
            return outcome.value

        return run

    def decision_table(self, box: boxed.Table) -> DecisionTable:
        """Return a compiled decision table."""
        inputs = [
            Input(
                clause,
                self.feel(clause.expression or "null"),
                self.type(clause.type_ref),
                self.tests(clause.values) if clause.values.strip() else None,
            )
            for clause in box.inputs
        ]
        outputs = [
            Output(
                clause,
                self.type(clause.type_ref),
                self.tests(clause.values) if clause.values.strip() else None,
                self._order(clause, box.hit_policy),
                self.compile(clause.default) if clause.default is not None else None,
            )
            for clause in box.outputs
        ]
        rules = [
            Rule(
                index,
                rule,
                tuple(self.tests(text) for text in rule.inputs),
                tuple(self.compile(output) for output in rule.outputs),
                constant=all(self._is_constant(output) for output in rule.outputs),
            )
            for index, rule in enumerate(box.rules, 1)
        ]
        made = self.tables[id(box)] = DecisionTable(box, inputs, outputs, rules)
        return made

    def _is_constant(self, output: boxed.Boxed | None) -> bool:
        compiled = self.literals.get(id(output))
        return compiled is not None and compiled.direct is not None and not compiled.variables

    def _order(self, clause: boxed.OutputClause, policy: str) -> Compiled | None:
        if policy not in ("PRIORITY", "OUTPUT ORDER") or not clause.values.strip():
            return None
        return self.feel(f"[{clause.values}]")


@lru_cache(maxsize=64)
def _in_order(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _nothing(_scope: Mapping[str, Any], _context: Context) -> Any:
    return None


def _quantify(results: list[Any], every: bool, context: Context) -> bool | None:
    if all(found is None or isinstance(found, bool) for found in results) and any(
        found is (not every) for found in results
    ):
        return not every
    if all(found is every for found in results):
        return every
    context.warn("INVALID_TYPE", NO_CONDITION)
    return None


class NotingCompiler(Compiler):
    """Notes each expression that cannot be read and goes on after it, where another compiler stops: for whoever mends them."""

    def __init__(self, plain: Compiler) -> None:
        super().__init__(plain.names, plain.functions, plain.find_type)
        self.owner, self.types = plain.owner, plain.types
        self.faults: list[DmnError] = []

    def feel(self, text: str) -> Compiled:
        """Compile one FEEL expression, or null in place of what cannot be read."""
        return self._noting(super().feel, text, "null")

    def tests(self, text: str) -> CompiledTests:
        """Compile unary tests, or those that everything passes in place of what cannot be read."""
        return self._noting(super().tests, text, "-")

    def _noting(self, read: Callable[[str], T], text: str, instead: str) -> T:
        try:
            return read(text)
        except DmnError as error:
            self.faults.append(error)
            return read(instead)


HANDLERS: dict[type[boxed.Boxed], Callable[[Compiler, Any], Logic]] = {
    boxed.Literal: Compiler.literal,
    boxed.Invocation: Compiler.invocation,
    boxed.ContextBox: Compiler.context,
    boxed.ListBox: Compiler.list,
    boxed.Relation: Compiler.relation,
    boxed.FunctionBox: Compiler.function,
    boxed.Conditional: Compiler.conditional,
    boxed.FilterBox: Compiler.filter,
    boxed.IteratorBox: Compiler.iterator,
    boxed.Table: Compiler.table,
}
