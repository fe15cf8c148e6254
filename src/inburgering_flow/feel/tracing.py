"""The compiler with a note of every trace: the closures are those of normal evaluation, each wrapped in a recorder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.feel.compiler import Code, Compiler
from inburgering_flow.feel.errors import FeelError
from inburgering_flow.feel.expression import Compiled, guard
from inburgering_flow.feel.faults import own_fault
from inburgering_flow.feel.parser import Names
from inburgering_flow.feel.positions import PositionParser, Positions
from inburgering_flow.feel.scope import MISSING, Context, Env, Run
from inburgering_flow.feel.trace import Recorder, Trace
from inburgering_flow.feel.types import FeelType
from inburgering_flow.feel.values import from_plain

SORTS: dict[type[nodes.Node], str] = {
    nodes.Literal: "literal",
    nodes.Name: "name",
    nodes.Negate: "negation",
    nodes.Binary: "operation",
    nodes.Between: "between",
    nodes.Test: "test",
    nodes.Tests: "tests",
    nodes.In: "in",
    nodes.InstanceOf: "instance of",
    nodes.If: "if",
    nodes.For: "for",
    nodes.Quantified: "quantifier",
    nodes.Filter: "filter",
    nodes.Path: "path",
    nodes.Call: "call",
    nodes.Lambda: "function",
    nodes.ListOf: "list",
    nodes.ContextOf: "context",
    nodes.Interval: "range",
}
MAX_KNOWN = 500


class TracingCompiler(Compiler):
    """A compiler whose closures report their results to a recorder."""

    def __init__(
        self, text: str, recorder: Recorder, positions: Positions, names: frozenset[str], functions: frozenset[str]
    ) -> None:
        super().__init__(text, names=names, functions=functions)
        self.recorder = recorder
        self.positions = positions
        self.around: list[nodes.Node] = []
        self.parts: dict[int, list[nodes.Node]] = {}
        self.rounds: dict[int, tuple[str, ...]] = {}

    def compile(self, node: nodes.Node) -> Code:
        self._enter(node)
        try:
            code = super().compile(node)
        finally:
            self.around.pop()
        return self._traced(node, code)

    def test(self, node: nodes.Test, *, in_operator: bool = False) -> Callable[[Env, Any], bool | None]:
        self._enter(node)
        try:
            check = super().test(node, in_operator=in_operator)
        finally:
            self.around.pop()
        return self._traced_check(node, check)

    def traced_tests(self, node: nodes.Tests) -> Callable[[Env, Any], bool | None]:
        """Return the check of whole unary tests, itself a trace."""
        self._enter(node)
        self.positions.note(node, 0, len(self.text))
        try:
            check = self.tests(node)
        finally:
            self.around.pop()
        return self._traced_check(node, check)

    def _enter(self, node: nodes.Node) -> None:
        if self.around:
            self.parts.setdefault(id(self.around[-1]), []).append(node)
        self.around.append(node)
        match node:
            case nodes.For(iterators=iterators, body=body) | nodes.Quantified(iterators=iterators, condition=body):
                self.rounds[id(body)] = tuple(iterator.name for iterator in iterators)
            case nodes.Filter(condition=condition):
                self.rounds[id(condition)] = ("item",)
            case nodes.Lambda(parameters=parameters, body=body):
                self.rounds[id(body)] = tuple(name for name, _ in parameters)
            case _:
                pass

    def _trace(self, node: nodes.Node, env: Env) -> Trace:
        start, end = self.positions.of(node)
        trace = Trace(sort_of(node), self.text, start, end, node)
        for name in self.rounds.get(id(node), ()):
            if name in env.names:
                trace.names[name] = env.names[name]
            elif name == "item" and env.item is not MISSING:
                trace.names[name] = env.item
        return trace

    def _traced(self, node: nodes.Node, code: Code) -> Code:
        recorder = self.recorder

        def run(env: Env) -> Any:
            trace = self._trace(node, env)
            recorder.open(trace)
            try:
                trace.value = value = code(env)
                trace.evaluated = True
                return value
            except (FeelError, RecursionError) as error:
                recorder.fail(trace, error)
                raise
            finally:
                self._close(node, trace, env)

        return run

    def _traced_check(
        self, node: nodes.Node, check: Callable[[Env, Any], bool | None]
    ) -> Callable[[Env, Any], bool | None]:
        recorder = self.recorder

        def run(env: Env, value: Any) -> bool | None:
            trace = self._trace(node, env)
            trace.names["?"] = value
            recorder.open(trace)
            try:
                trace.value = found = check(env, value)
                trace.evaluated = True
                return found
            except (FeelError, RecursionError) as error:
                recorder.fail(trace, error)
                raise
            finally:
                self._close(node, trace, env)

        return run

    def _close(self, node: nodes.Node, trace: Trace, env: Env) -> None:
        try:
            self._finish(node, trace, env)
        finally:
            self.recorder.close(trace)

    def _finish(self, node: nodes.Node, trace: Trace, env: Env) -> None:
        """Name the parts that were never needed, in the order of the text, and say what is wrong here."""
        parts = self.parts.get(id(node), [])
        if not isinstance(node, nodes.Lambda):
            for part in parts:
                if id(part) not in trace.counts and not isinstance(node, nodes.Test):
                    start, end = self.positions.of(part)
                    trace.children.append(Trace(sort_of(part), self.text, start, end, part))
        if len(trace.children) > 1:
            order = {id(part): index for index, part in enumerate(parts)}
            trace.children.sort(key=lambda child: order.get(id(child.node), len(order)))
        if trace.warnings and isinstance(node, nodes.Name | nodes.Call):
            trace.known = tuple(known_names(env, functions=isinstance(node, nodes.Call)))
        trace.fault = own_fault(trace)


def sort_of(node: nodes.Node) -> str:
    """Return the word for a kind of sub-expression."""
    return SORTS.get(type(node), type(node).__name__.lower())


def known_names(env: Env, *, functions: bool) -> Iterable[str]:
    """Yield the names that could have been meant at one place, nearest first."""
    here: Env | None = env
    while here is not None:
        yield from (str(name) for name in islice(here.names, MAX_KNOWN))
        here = here.parent
    yield from (str(name) for name in islice(env.run.scope, MAX_KNOWN))
    if functions:
        yield from BUILTINS
        yield from env.run.context.functions


def _parser(
    text: str, names: Iterable[str], functions: Iterable[str], types: Mapping[str, FeelType] | None
) -> PositionParser:
    spaced = (name for name in BUILTINS if " " in name)
    return PositionParser(text, names=Names(names), functions=Names((*spaced, *functions)), types=types)


def compile_traced(
    text: str,
    recorder: Recorder,
    *,
    names: Iterable[str] = (),
    functions: Iterable[str] = (),
    types: Mapping[str, FeelType] | None = None,
) -> Compiled:
    """Return an expression that reports each trace to the recorder; raises ``FeelError`` as ``compile`` does."""
    names, functions = tuple(names), tuple(functions)

    def build() -> Compiled:
        parser = _parser(text, names, functions, types)
        node = parser.expression()
        compiler = TracingCompiler(text, recorder, parser.positions, frozenset(names), frozenset(functions))
        code = compiler.compile(node)
        return Compiled(text, frozenset(compiler.variables), code)

    found: Compiled = guard(text, build)
    return found


def compile_traced_tests(
    text: str,
    recorder: Recorder,
    *,
    names: Iterable[str] = (),
    functions: Iterable[str] = (),
    types: Mapping[str, FeelType] | None = None,
) -> Callable[[Any, Mapping[str, Any], Context], bool | None]:
    """Return unary tests, to be called with value, scope and context; raises ``FeelError``."""
    names, functions = tuple(names), tuple(functions)

    def build() -> Callable[[Env, Any], bool | None]:
        parser = _parser(text, names, functions, types)
        node = parser.unary_tests()
        compiler = TracingCompiler(text, recorder, parser.positions, frozenset(names), frozenset(functions))
        compiler.frames.append({"?"})
        return compiler.traced_tests(node)

    check: Callable[[Env, Any], bool | None] = guard(text, build)

    def test(value: Any, scope: Mapping[str, Any], context: Context) -> bool | None:
        one, run = from_plain(value), Run(scope, context, text)
        found: bool | None = guard(text, lambda: check(Env({"?": one}, None, run), one))
        return found

    return test
