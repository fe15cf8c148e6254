"""From nodes to Python closures. Nothing in Python can be reached from an expression; there is no eval.

A closure takes an ``Env`` and returns a FEEL value. Where the standard gives null, a warning is recorded.

Source: DMN 1.5, 10.3.2 (semantics), tables 50 to 63.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.feel.errors import FeelError, NullError
from inburgering_flow.feel.operators import ARITHMETIC, negate
from inburgering_flow.feel.properties import read
from inburgering_flow.feel.scope import MISSING, Env
from inburgering_flow.feel.types import AnyType, FeelType, MismatchError, coerce
from inburgering_flow.feel.values import NUMBERS, Function, Range, compare, equal, from_plain, within
from inburgering_flow.feel.words import NO_CONDITION, a_kind, headed, no_function, unfit
from inburgering_flow.i18n import N_, Said

Code = Callable[[Env], Any]
ITEM = object()
"""Represents, in the stack of scopes, a filter, whose names are known only when it runs."""

_ORDER: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


class Compiler:
    """Compiles the nodes of one text."""

    def __init__(
        self, text: str, *, names: frozenset[str] = frozenset(), functions: frozenset[str] = frozenset()
    ) -> None:
        self.text = text
        self.names = names
        self.functions = functions
        self.frames: list[Any] = []
        self.variables: set[str] = set()
        self.in_filters: set[str] = set()
        """Variables that are used in a filter, where they may be fields of its items."""
        self.outside_filters: set[str] = set()
        self.called: set[str] = set()
        """What is called as a function and is neither defined in the expression nor built in nor an extra one."""
        self.asks_input = False
        self.reads_partial = False

    def compile(self, node: nodes.Node) -> Code:
        """Return the closure of a node."""
        handler: Callable[[Compiler, Any], Code] = HANDLERS[type(node)]
        return handler(self, node)

    # ─── names ───

    def name(self, node: nodes.Name) -> Code:
        """Local names first, then variables, then functions as values."""
        name, at, text = node.name, node.at, self.text
        if name == "?":
            self.asks_input = True
        if name == "partial":
            self.reads_partial = True
        dynamic = False
        for depth, frame in enumerate(reversed(self.frames)):
            if frame is ITEM:
                dynamic = True
                if name == "item":
                    return _load_dynamic(name, at, text)
            elif name in frame:
                if dynamic:
                    return _load_dynamic(name, at, text)
                return _load_local(name, depth)
        self.variables.add(name)
        (self.in_filters if dynamic else self.outside_filters).add(name)
        if dynamic:
            return _load_dynamic(name, at, text)
        return _load_variable(name, at, text)

    def is_local(self, name: str) -> bool:
        """Say whether a name belongs to the expression itself."""
        return any(frame is not ITEM and name in frame for frame in self.frames)

    # ─── operators ───

    def binary(self, node: nodes.Binary) -> Code:
        sign = node.operator
        if sign in ("and", "or"):
            return self.logic(node)
        if sign in ARITHMETIC and nodes.chain_length(node) > nodes.LONG:
            return self.chain(node)
        left, right = self.compile(node.left), self.compile(node.right)
        if sign in ARITHMETIC:
            return _arithmetic(sign, left, right, node.at, self.text)
        if sign in ("=", "!="):
            return _equality(sign == "=", left, right, node.at, self.text)
        return _ordering(sign, left, right, node.at, self.text)

    def chain(self, node: nodes.Binary) -> Code:
        """Compile a long row of operations from left to right: it is read as nested, but needs no nesting to be evaluated."""
        steps: list[tuple[str, Code, int]] = []
        rest: nodes.Node = node
        while isinstance(rest, nodes.Binary) and rest.operator in ARITHMETIC:
            steps.append((rest.operator, self.compile(rest.right), rest.at))
            rest = rest.left
        return _chain(self.compile(rest), steps[::-1], self.text)

    def logic(self, node: nodes.Binary) -> Code:
        sign = node.operator
        parts: list[nodes.Node] = []
        rest: nodes.Node = node
        while isinstance(rest, nodes.Binary) and rest.operator == sign:
            parts.append(rest.right)
            rest = rest.left
        parts.append(rest)
        codes = tuple(self.compile(part) for part in reversed(parts))
        return _logic(sign, codes, node.at, self.text)

    def negation(self, node: nodes.Negate) -> Code:
        if isinstance(node.operand, nodes.Literal) and type(node.operand.value) is Decimal:
            value = NUMBERS.minus(node.operand.value)
            return _constant(value)
        operand, at, text = self.compile(node.operand), node.at, self.text

        def run(env: Env) -> Any:
            try:
                return negate(operand(env))
            except NullError as null:
                env.run.context.warn(null.code, null.said, at, text)
                return None

        return run

    def between(self, node: nodes.Between) -> Code:
        value, low, high = self.compile(node.value), self.compile(node.low), self.compile(node.high)
        at, text = node.at, self.text

        def run(env: Env) -> Any:
            one, bottom, top = value(env), low(env), high(env)
            first, second = compare(one, bottom), compare(one, top)
            if first is None or second is None:
                env.run.context.warn(
                    "NOT_COMPARABLE",
                    Said(
                        N_("'between' does not work on {kind} between {low} and {high}"),
                        kind=a_kind(one), low=a_kind(bottom), high=a_kind(top),
                    ),
                    at,
                    text,
                )
                return None
            return first >= 0 and second <= 0

        return run

    def membership(self, node: nodes.In) -> Code:
        value = self.compile(node.value)
        checks = tuple(self.test(test, in_operator=True) for test in node.tests)

        def run(env: Env) -> Any:
            one = value(env)
            answer: bool | None = False
            for check in checks:
                found = check(env, one)
                if found is True:
                    return True
                if found is None:
                    answer = None
            return answer

        return run

    def instance_of(self, node: nodes.InstanceOf) -> Code:
        value, wanted = self.compile(node.value), node.type

        def run(env: Env) -> Any:
            found = value(env)
            return wanted.matches(found)

        return run

    # ─── unary tests ───

    def tests(self, node: nodes.Tests) -> Callable[[Env, Any], bool | None]:
        """Return a check of an input value."""
        if not node.tests:
            return _always
        checks = tuple(self.test(test) for test in node.tests)
        if len(checks) == 1 and not node.negated:
            return checks[0]

        def run(env: Env, value: Any) -> bool | None:
            answer: bool | None = False
            for check in checks:
                found = check(env, value)
                if found is True:
                    answer = True
                    break
                if found is None:
                    answer = None
            if node.negated:
                return None if answer is None else not answer
            return answer

        return run

    def test(self, node: nodes.Test, *, in_operator: bool = False) -> Callable[[Env, Any], bool | None]:
        """Return the check of one test (table 55 and grammar rule 7)."""
        at, text, sign = node.at, self.text, node.operator
        if isinstance(node.operand, nodes.Tests):
            return self.tests(node.operand)
        held, self.asks_input = self.asks_input, False
        operand = self.compile(node.operand)
        asks, self.asks_input = self.asks_input, held or self.asks_input
        if sign in ("=", "!="):

            def check_equal(env: Env, value: Any) -> bool | None:
                other = operand(env)
                found = equal(value, other)
                if found is None:
                    env.run.context.warn("NOT_COMPARABLE", unfit(sign, value, other), at, text)
                    return None
                return found is (sign == "=")

            return check_equal
        if sign:
            decide = _ORDER[sign]

            def check_order(env: Env, value: Any) -> bool | None:
                other = operand(env)
                order = compare(value, other)
                if order is None:
                    env.run.context.warn("NOT_COMPARABLE", unfit(sign, value, other), at, text)
                    return None
                return decide(order)

            return check_order
        if isinstance(node.operand, nodes.Literal):
            literal = node.operand.value
            return lambda _env, value: equal(value, literal) or (_has(value, literal) if in_operator else False)
        if asks and not in_operator:

            def check_condition(env: Env, value: Any) -> bool | None:
                found = operand(env)
                if found is None or isinstance(found, bool):
                    return found
                return _belongs(env, value, found, at, text)

            return check_condition

        def check_value(env: Env, value: Any) -> bool | None:
            found = operand(env)
            if isinstance(found, bool) and not in_operator and not isinstance(value, bool):
                return found
            return _belongs(env, value, found, at, text)

        return check_value

    # ─── control ───

    def condition(self, node: nodes.If) -> Code:
        test, then, otherwise = self.compile(node.condition), self.compile(node.then), self.compile(node.otherwise)
        at, text = node.condition.at, self.text

        def run(env: Env) -> Any:
            found = test(env)
            if found is True:
                return then(env)
            if found is not False and found is not None:
                said = Said(N_("the condition of 'if' is {kind}"), kind=a_kind(found))
                env.run.context.warn("INVALID_TYPE", said, at, text)
            return otherwise(env)

        return run

    def iterators(self, found: tuple[nodes.Iterator, ...], extra: str = "") -> list[tuple[str, Code]]:
        """Compile iterators; each sees the names of those before it. The caller pops the frame."""
        frame: set[str] = {extra} if extra else set()
        self.frames.append(frame)
        compiled: list[tuple[str, Code]] = []
        for iterator in found:
            source = self.compile(iterator.source)
            if iterator.until is not None:
                compiled.append(
                    (iterator.name, _span(source, self.compile(iterator.until), iterator.source.at, self.text))
                )
            else:
                compiled.append((iterator.name, _items(source, iterator.source.at, self.text)))
            frame.add(iterator.name)
        return compiled

    def loop(self, node: nodes.For) -> Code:
        held, self.reads_partial = self.reads_partial, False
        steps = self.iterators(node.iterators, "partial")
        body = self.compile(node.body)
        self.frames.pop()
        reads_partial, self.reads_partial = self.reads_partial, held

        def run(env: Env) -> Any:
            partial: list[Any] = []
            names: dict[str, Any] = {"partial": []}
            inner = Env(names, env, env.run)
            one = env.run

            def descend(index: int) -> bool:
                if index == len(steps):
                    one.tick()
                    if len(partial) >= one.limits.items:
                        partial.append(None)
                        one.sized(partial)
                    if reads_partial:
                        one.tick(len(partial) // 100)
                        names["partial"] = list(partial)
                    partial.append(body(inner))
                    return True
                name, source = steps[index]
                items = source(inner)
                if items is None:
                    return False
                for item in items:
                    names[name] = from_plain(item)
                    if not descend(index + 1):
                        return False
                names.pop(name, None)
                return True

            if len(steps) == 1 and not reads_partial:
                name, source = steps[0]
                items = source(inner)
                if items is None:
                    return None
                for item in items:
                    one.tick()
                    names[name] = from_plain(item)
                    partial.append(body(inner))
                return one.sized(partial)
            return partial if descend(0) else None

        return run

    def quantified(self, node: nodes.Quantified) -> Code:
        steps = self.iterators(node.iterators)
        condition = self.compile(node.condition)
        self.frames.pop()
        every = node.every
        at, text = node.at, self.text

        def run(env: Env) -> Any:
            names: dict[str, Any] = {}
            inner = Env(names, env, env.run)
            one = env.run
            unknown = False

            def descend(index: int) -> bool | None:
                """Return True when the answer is known, None when there is no answer."""
                nonlocal unknown
                if index == len(steps):
                    one.tick()
                    found = condition(inner)
                    if not isinstance(found, bool):
                        unknown = True
                        return False if found is None else None
                    return found is not every
                name, source = steps[index]
                items = source(inner)
                if items is None:
                    return None
                for item in items:
                    names[name] = from_plain(item)
                    done = descend(index + 1)
                    if done is not False:
                        return done
                names.pop(name, None)
                return False

            done = descend(0)
            if done:
                return not every
            if done is None and not unknown:
                return None
            if unknown:
                one.context.warn("INVALID_TYPE", NO_CONDITION, at, text)
                return None
            return every

        return run

    # ─── lists and contexts ───

    def filter(self, node: nodes.Filter) -> Code:
        source, at, text = self.compile(node.source), node.at, self.text
        constant = _constant_index(node.condition)
        if constant is not None:
            return _index(source, constant, at, text)
        self.frames.append(ITEM)
        condition = self.compile(node.condition)
        self.frames.pop()

        def run(env: Env) -> Any:
            items = source(env)
            if not isinstance(items, list):
                items = [] if items is None else [items]
            one = env.run
            kept: list[Any] = []
            for item in items:
                one.tick()
                value = from_plain(item)
                names = value if isinstance(value, Mapping) else {}
                found = condition(Env(names, env, one, value))
                if found is True:
                    kept.append(value)
                elif type(found) is Decimal:
                    return _pick(env, items, found, at, text)
                elif found is not False and found is not None:
                    said = Said(N_("the condition of a filter is {kind}"), kind=a_kind(found))
                    one.context.warn("INVALID_TYPE", said, at, text)
            if not items:
                found = condition(Env({}, env, one, None))
                if type(found) is Decimal:
                    return _pick(env, items, found, at, text)
            return kept

        return run

    def path(self, node: nodes.Path) -> Code:
        source, name, at, text = self.compile(node.source), node.name, node.at, self.text

        def run(env: Env) -> Any:
            value = source(env)
            if isinstance(value, list):
                found = []
                for item in value:
                    one = from_plain(item)
                    entry = read(one, name) if one is not None else None
                    found.append(None if entry is MISSING else entry)
                return found
            entry = read(value, name)
            if entry is MISSING:
                env.run.context.warn(
                    "NO_CONTEXT_ENTRY_FOUND" if isinstance(value, Mapping) else "NO_PROPERTY_FOUND",
                    Said(N_("{kind} has no {name!r}"), kind=a_kind(value), name=name),
                    at,
                    text,
                )
                return None
            return entry

        return run

    def list_of(self, node: nodes.ListOf) -> Code:
        codes = tuple(self.compile(item) for item in node.items)
        return lambda env: [code(env) for code in codes]

    def context_of(self, node: nodes.ContextOf) -> Code:
        frame: set[str] = set()
        self.frames.append(frame)
        codes: list[tuple[str, Code]] = []
        seen: set[str] = set()
        double = ""
        for name, value in node.entries:
            if isinstance(value, nodes.Lambda):
                frame.add(name)
            codes.append((name, self.compile(value)))
            double = name if name in seen else double
            seen.add(name)
            frame.add(name)
        self.frames.pop()
        at, text = node.at, self.text

        def run(env: Env) -> Any:
            entries: dict[str, Any] = {}
            inner = Env(entries, env, env.run)
            for name, code in codes:
                entries[name] = code(inner)
            return entries

        def refuse(env: Env) -> Any:
            said = Said(N_("the context names {name!r} twice"), name=double)
            env.run.context.warn("DUPLICATE_ENTRY", said, at, text)
            return None

        return refuse if double else run

    def interval(self, node: nodes.Interval) -> Code:
        low = self.compile(node.low) if node.low is not None else None
        high = self.compile(node.high) if node.high is not None else None
        at, text = node.at, self.text

        def run(env: Env) -> Any:
            bottom = low(env) if low is not None else None
            top = high(env) if high is not None else None
            if low is not None and high is not None:
                order = compare(bottom, top)
                if order is None and bottom is not None and top is not None:
                    said = Said(N_("a range cannot run from {low} to {high}"), low=a_kind(bottom), high=a_kind(top))
                    env.run.context.warn("NOT_COMPARABLE", said, at, text)
                    return None
                if order is not None and order > 0:
                    env.run.context.warn("INVALID_RANGE", Said(N_("a range cannot run downwards")), at, text)
                    return None
            return Range(bottom, top, node.low_included, node.high_included)

        return run

    # ─── functions ───

    def function(self, node: nodes.Lambda) -> Code:
        if node.external:
            raise FeelError(
                Said(N_("External functions (Java, PMML) are not supported.")),
                text=self.text,
                position=node.at,
                code="FEEL_EXTERNAL",
                remedy=Said(N_("Write the function in FEEL or register a Python function.")),
            )
        names = tuple(name for name, _ in node.parameters)
        types = tuple(kind_ for _, kind_ in node.parameters)
        self.frames.append(set(names))
        body = self.compile(node.body)
        self.frames.pop()

        def run(env: Env) -> Any:
            def invoke(_run: Any, arguments: list[Any]) -> Any:
                bound = bind(names, types, arguments)
                return body(Env(bound, env, env.run))

            return Function("function", names, invoke, types)

        return run

    def call(self, node: nodes.Call) -> Code:
        arguments = tuple(self.compile(argument) for argument in node.arguments)
        names, at, text = node.names, node.at, self.text
        if isinstance(node.function, nodes.Name):
            name = node.function.name
            at = node.function.at
            if name in BUILTINS and not self.is_local(name) and name not in self.names:
                return self.builtin_call(name, arguments, names, at)
            if name in BUILTINS:
                chosen = self.name(node.function)
                builtin = BUILTINS[name]
                return _invocation(
                    lambda env: found if isinstance(found := chosen(env), Function) else builtin,
                    name,
                    arguments,
                    names,
                    at,
                    text,
                )
            return _invocation(self.callee(name, node.function), name, arguments, names, at, text)
        return _invocation(self.compile(node.function), "", arguments, names, at, text)

    def callee(self, name: str, node: nodes.Name) -> Code:
        """Return a closure that finds the function of that name: a variable that holds one, or an extra function."""
        if self.is_local(name) or ITEM in self.frames:
            local = self.name(node)
            if name in self.functions:
                return lambda env: env.run.context.function(name) or local(env)
            return local
        if name not in self.functions:
            self.called.add(name)
            self.variables.add(name)
            self.outside_filters.add(name)
        at, text = node.at, self.text

        def find(env: Env) -> Any:
            found: Any = env.run.context.function(name)
            if found is not None:
                return found
            found = env.run.variable(name)
            if found is MISSING:
                said = Said(N_("there is no function {name!r}"), name=name)
                env.run.context.warn("NO_FUNCTION_FOUND", said, at, text)
                return MISSING
            return found

        return find

    def builtin_call(self, name: str, arguments: tuple[Code, ...], names: tuple[str, ...], at: int) -> Code:
        builtin, text = BUILTINS[name], self.text
        if name == "is defined" and len(arguments) == 1 and names in ((), ("value",)):
            return self.is_defined(arguments[0])
        if names:
            return _invocation(lambda env: env.run.context.function(name) or builtin, name, arguments, names, at, text)

        def run(env: Env) -> Any:
            one = env.run
            function = (one.context.function(name) if one.context.functions else None) or builtin
            try:
                values = [argument(env) for argument in arguments]
                one.charge(values)
                return one.sized(function.invoke(one, values))
            except NullError as null:
                one.context.warn(null.code, headed(name, null.said), at, text)
                return None

        return run

    def is_defined(self, argument: Code) -> Code:
        """Camunda's ``is defined``: false for a missing variable or entry, true for one that is null."""
        missing = {"NO_VARIABLE_FOUND", "NO_CONTEXT_ENTRY_FOUND", "NO_PROPERTY_FOUND"}

        def run(env: Env) -> Any:
            warnings = env.run.context.warnings
            before = len(warnings)
            value = argument(env)
            found = warnings[before:]
            del warnings[before:]
            return value is not None or not any(warning.code in missing for warning in found)

        return run


def bind(names: tuple[str, ...], types: tuple[FeelType | None, ...], arguments: list[Any]) -> dict[str, Any]:
    """Return the arguments by parameter; raises ``NullError`` for a wrong number or type."""
    if len(arguments) != len(names):
        raise NullError(
            N_("the function takes {wanted} arguments, not {given}"), wanted=len(names), given=len(arguments)
        )
    bound: dict[str, Any] = {}
    for name, wanted, value in zip(names, types, arguments, strict=True):
        if wanted is None or isinstance(wanted, AnyType):
            bound[name] = value
            continue
        try:
            bound[name] = coerce(value, wanted)
        except MismatchError as error:
            sentence = N_("parameter {name!r}: {why}")
            raise NullError(sentence, "INVALID_TYPE", name=name, why=error.said) from None
    return bound


# ─── closures ───


def _constant(value: Any) -> Code:
    def load(_env: Env) -> Any:
        return value

    return load


def _always(_env: Env, _value: Any) -> bool:
    return True


def _global(env: Env, name: str, at: int, text: str) -> Any:
    found = env.run.variable(name)
    if found is not MISSING:
        return found
    context = env.run.context
    function = context.function(name) or (BUILTINS.get(name) if context.builtin_values else None)
    if function is not None:
        return function
    env.run.context.warn("NO_VARIABLE_FOUND", Said(N_("there is no variable {name!r}"), name=name), at, text)
    return None


def _load_variable(name: str, at: int, text: str) -> Code:
    def load(env: Env) -> Any:
        found = env.run.cache.get(name, MISSING)
        return found if found is not MISSING else _global(env, name, at, text)

    return load


def _load_local(name: str, depth: int) -> Code:
    if depth == 0:
        return lambda env: env.names.get(name)
    if depth == 1:
        return lambda env: env.parent.names.get(name)  # type: ignore[union-attr]  # the compiler counted the scopes

    def load(env: Env) -> Any:
        for _ in range(depth):
            env = env.parent  # type: ignore[assignment]  # the compiler counted the scopes
        return env.names.get(name)

    return load


def _load_dynamic(name: str, at: int, text: str) -> Code:
    def load(env: Env) -> Any:
        here: Env | None = env
        while here is not None:
            if name in here.names:
                return from_plain(here.names[name])
            if here.item is not MISSING and name == "item":
                return here.item
            here = here.parent
        return _global(env, name, at, text)

    return load


def _arithmetic(sign: str, left: Code, right: Code, at: int, text: str) -> Code:
    operate = ARITHMETIC[sign]

    def run(env: Env) -> Any:
        try:
            result = operate(left(env), right(env))
        except NullError as null:
            env.run.context.warn(null.code, null.said, at, text)
            return None
        return env.run.sized(result) if type(result) is str else result

    return run


def _chain(first: Code, steps: Sequence[tuple[str, Code, int]], text: str) -> Code:
    def run(env: Env) -> Any:
        value = first(env)
        for sign, right, at in steps:
            try:
                value = ARITHMETIC[sign](value, right(env))
            except NullError as null:
                env.run.context.warn(null.code, null.said, at, text)
                value = None
            if type(value) is str:
                value = env.run.sized(value)
        return value

    return run


def _equality(positive: bool, left: Code, right: Code, at: int, text: str) -> Code:
    def run(env: Env) -> Any:
        one, other = left(env), right(env)
        found = equal(one, other)
        if found is None:
            sign = "=" if positive else "!="
            env.run.context.warn("NOT_COMPARABLE", unfit(sign, one, other), at, text)
            return None
        return found is positive

    return run


def _ordering(sign: str, left: Code, right: Code, at: int, text: str) -> Code:
    decide = _ORDER[sign]

    def run(env: Env) -> Any:
        one, other = left(env), right(env)
        order = compare(one, other)
        if order is None:
            env.run.context.warn("NOT_COMPARABLE", unfit(sign, one, other), at, text)
            return None
        return decide(order)

    return run


def _logic(sign: str, codes: tuple[Code, ...], at: int, text: str) -> Code:
    """Three-valued ``and`` and ``or``: one operand decides, or else the result is null if one is not a boolean."""
    decisive = sign == "or"

    def run(env: Env) -> Any:
        answer: bool | None = not decisive
        wrong: Any = None
        for code in codes:
            value = code(env)
            if value is decisive:
                return decisive
            if value is not (not decisive):
                answer = None
                wrong = value if wrong is None else wrong
        if wrong is not None:
            said = Said(N_("{sign!r} does not work on {kind}"), sign=sign, kind=a_kind(wrong))
            env.run.context.warn("INVALID_TYPE", said, at, text)
        return answer

    return run


def _has(value: Any, item: Any) -> bool:
    return isinstance(value, list) and item is not None and any(equal(one, item) is True for one in value)


def _belongs(env: Env, value: Any, found: Any, at: int, text: str) -> bool | None:
    """Decide ``value in found`` for one operand: equality (false for other kinds), membership or containment."""
    if isinstance(found, Range):
        inside = within(value, found) if not isinstance(value, Range) else equal(value, found)
        if inside is None:
            said = Said(N_("'in' does not work on {kind} and this range"), kind=a_kind(value))
            env.run.context.warn("NOT_COMPARABLE", said, at, text)
        return inside
    if isinstance(found, list):
        if equal(value, found) is True:
            return True
        for item in found:
            one = from_plain(item)
            if isinstance(one, Range) and not isinstance(value, Range):
                if within(value, one) is True:
                    return True
            elif equal(value, one) is True:
                return True
        return False
    return equal(value, found) is True


def _items(source: Code, at: int, text: str) -> Code:
    """Return what a loop runs over: a list as it is, a range of whole numbers or days, a single value as a list."""

    def run(env: Env) -> Any:
        value = source(env)
        if isinstance(value, list):
            return value
        if isinstance(value, Range):
            found = range_items(value)
            if found is None:
                env.run.context.warn("INVALID_RANGE", Said(N_("a loop cannot run over this range")), at, text)
            return found
        if value is None:
            env.run.context.warn("INVALID_TYPE", Said(N_("a loop cannot run over null")), at, text)
            return None
        return [value]

    return run


def range_items(interval: Range) -> Any:
    """Return what a loop runs over for a range, or None if that is impossible."""
    from inburgering_flow.feel.spans import span

    items = span(interval.low, interval.high)
    if items is None:
        return None
    return (
        item
        for item in items
        if (interval.low_included or equal(item, interval.low) is not True)
        and (interval.high_included or equal(item, interval.high) is not True)
    )


def _span(low: Code, high: Code, at: int, text: str) -> Code:
    from inburgering_flow.feel.spans import span

    def run(env: Env) -> Any:
        bottom, top = low(env), high(env)
        found = span(bottom, top)
        if found is None:
            said = Said(N_("a loop cannot run from {low} to {high}"), low=a_kind(bottom), high=a_kind(top))
            env.run.context.warn("INVALID_RANGE", said, at, text)
        return found

    return run


def _constant_index(node: nodes.Node) -> Decimal | None:
    sign = 1
    while isinstance(node, nodes.Negate):
        sign, node = -sign, node.operand
    if isinstance(node, nodes.Literal) and type(node.value) is Decimal:
        return node.value * sign
    return None


def _index(source: Code, index: Decimal, at: int, text: str) -> Code:
    def run(env: Env) -> Any:
        items = source(env)
        if not isinstance(items, list):
            items = [] if items is None else [items]
        return _pick(env, items, index, at, text)

    return run


def _pick(env: Env, items: list[Any], index: Decimal, at: int, text: str) -> Any:
    if index == index.to_integral_value() and index.adjusted() < 12:
        place = int(index)
        if 1 <= place <= len(items):
            return from_plain(items[place - 1])
        if -len(items) <= place <= -1:
            return from_plain(items[place])
    said = Said(N_("the list of {count} has no item at this index"), count=len(items))
    env.run.context.warn("OUT_OF_BOUNDS", said, at, text)
    return None


def _invocation(
    callee: Code, name: str, arguments: tuple[Code, ...], names: tuple[str, ...], at: int, text: str
) -> Code:
    label = name or "function"

    def run(env: Env) -> Any:
        one = env.run
        function = callee(env)
        if function is MISSING:
            return None
        if not isinstance(function, Function):
            if callable(function):
                from inburgering_flow.feel.python_function import wrap

                function = wrap(label, function)
            else:
                one.context.warn("NO_FUNCTION_FOUND", no_function(label, function), at, text)
                return None
        values = [argument(env) for argument in arguments]
        one.charge(values)
        one.enter()
        try:
            if not names:
                return one.sized(function.invoke(one, values))
            return one.sized(invoke_named(one, function, dict(zip(names, values, strict=True))))
        except NullError as null:
            one.context.warn(null.code, headed(label, null.said), at, text)
            return None
        finally:
            one.budget.calls -= 1

    return run


def invoke_named(run: Any, function: Function, named: dict[str, Any]) -> Any:
    """Call a function value with named arguments; raises ``NullError`` for a name that is missing or unknown."""
    if function.invoke_named is not None:
        return function.invoke_named(run, named)
    for name in named:
        if name not in function.parameters:
            raise NullError(N_("there is no parameter {name!r}"), name=name)
    for name in function.parameters:
        if name not in named:
            raise NullError(N_("the parameter {name!r} is missing"), name=name)
    return function.invoke(run, [named[name] for name in function.parameters])


def _literal(_compiler: Compiler, node: nodes.Literal) -> Code:
    value = node.value
    return _constant(value)


def _refused(compiler: Compiler, node: nodes.Refused) -> Code:
    reason, at, text = node.reason, node.at, compiler.text

    def run(env: Env) -> Any:
        env.run.context.warn("INVALID_LITERAL", reason, at, text)
        return None

    return run


HANDLERS: dict[type[nodes.Node], Callable[[Compiler, Any], Code]] = {
    nodes.Literal: _literal,
    nodes.Refused: _refused,
    nodes.Name: Compiler.name,
    nodes.Negate: Compiler.negation,
    nodes.Binary: Compiler.binary,
    nodes.Between: Compiler.between,
    nodes.In: Compiler.membership,
    nodes.InstanceOf: Compiler.instance_of,
    nodes.If: Compiler.condition,
    nodes.For: Compiler.loop,
    nodes.Quantified: Compiler.quantified,
    nodes.Filter: Compiler.filter,
    nodes.Path: Compiler.path,
    nodes.Call: Compiler.call,
    nodes.Lambda: Compiler.function,
    nodes.ListOf: Compiler.list_of,
    nodes.ContextOf: Compiler.context_of,
    nodes.Interval: Compiler.interval,
}
