"""Compiling and evaluating: the public face of FEEL.

Source: DMN 1.5, chapter 10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.feel.compiler import Code, Compiler
from inburgering_flow.feel.direct import SLOW, Direct, direct
from inburgering_flow.feel.errors import LESS_DEEP, TOO_DEEP, FeelError
from inburgering_flow.feel.parser import Names, Parser
from inburgering_flow.feel.scope import Context, Env, Run
from inburgering_flow.feel.types import FeelType
from inburgering_flow.feel.values import from_plain, settle
from inburgering_flow.i18n import N_, Said

MAX_CACHED = 10_000
"""Longer texts are not cached: a few thousand of them would fill the memory."""
_BUILTIN_NAMES = Names(name for name in BUILTINS if " " in name)


class Compiled:
    """An expression that is ready to run, any number of times and in any thread.

    ``text`` is the source; ``variables`` are the free top-level names it reads (names of built-in functions and of the
    functions given to ``compile`` are not among them). ``only_in_filters`` are those that may instead be fields of the
    items of a list that is filtered. ``called`` are the variables that are called as functions.
    """

    __slots__ = ("called", "code", "direct", "only_in_filters", "text", "variables")

    def __init__(
        self, text: str, variables: frozenset[str], code: Code, direct: Direct | None = None,
        only_in_filters: frozenset[str] = frozenset(), called: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.text = text
        self.called = called
        self.only_in_filters = only_in_filters
        self.variables = variables
        self.code = code
        self.direct = direct

    def evaluate(self, scope: Mapping[str, Any] | None = None, context: Context | None = None) -> Any:
        """Return the value of the expression as a FEEL value.

        ``scope`` is asked only for names that occur, each at most once. Where the standard gives null,
        ``context.warnings`` says why. Raises ``FeelError`` with code ``FEEL_LIMIT`` if the expression goes on too long.
        """
        if self.direct is not None and scope is not None:
            try:
                found = self.direct(scope)
            except RecursionError:
                found = SLOW
            if found is not SLOW:
                return found
        run = Run(scope if scope is not None else {}, context or Context(), self.text)
        try:
            return settle(self.code(Env({}, None, run)))
        except RecursionError:
            raise _too_deep(self.text) from None

    def value(self, scope: Mapping[str, Any], context: Context) -> Any:
        """Like ``evaluate``, but plain values inside lists and contexts stay as they are; for use by ``dmn`` and ``engine``."""
        if self.direct is not None:
            try:
                found = self.direct(scope)
            except RecursionError:
                found = SLOW
            if found is not SLOW:
                return found
        try:
            return self.code(Env({}, None, Run(scope, context, self.text)))
        except RecursionError:
            raise _too_deep(self.text) from None

    def __repr__(self) -> str:
        return f"<feel {self.text[:60]!r}>"


class CompiledTests(Compiled):
    """Unary tests that are ready to run; the input value is the variable ``?`` of the scope."""

    __slots__ = ("any", "check", "node")

    def __init__(
        self, text: str, variables: frozenset[str], check: Callable[[Env, Any], bool | None], node: nodes.Tests
    ) -> None:
        super().__init__(text, variables, lambda env: check(env, env.run.variable("?")))
        self.check = check
        self.node = node
        self.any = not node.tests

    def evaluate(self, scope: Mapping[str, Any] | None = None, context: Context | None = None) -> Any:
        """Return whether the scope's ``?`` passes: true, false, or null if that cannot be said."""
        scope = scope if scope is not None else {}
        return self.test(scope.get("?"), scope, context)

    def test(self, value: Any, scope: Mapping[str, Any], context: Context | None = None) -> bool | None:
        """Return whether a value passes; other names are read from ``scope``."""
        run = Run(scope, context or Context(), self.text)
        one = from_plain(value)
        try:
            return self.check(Env({"?": one}, None, run), one)
        except RecursionError:
            raise _too_deep(self.text) from None


def guard(text: str, work: Callable[[], Any]) -> Any:
    """Run something; exceeding Python's own nesting limit becomes a ``FeelError``."""
    try:
        return work()
    except RecursionError:
        raise _too_deep(text) from None


def _too_deep(text: str) -> FeelError:
    return FeelError(
        TOO_DEEP,
        text=text,
        code="FEEL_LIMIT",
        remedy=LESS_DEEP,
    )


def compile(
    text: str,
    *,
    names: Iterable[str] = (),
    functions: Iterable[str] = (),
    types: Mapping[str, FeelType] | None = None,
) -> Compiled:
    """Return an expression compiled to closures.

    ``names`` are names that contain keywords or signs and may occur (plain words, even several, need not be given);
    ``functions`` are names of extra functions, ``types`` types by name for ``instance of``. A leading ``=`` as in
    ``zeebe:`` attributes is not part of FEEL and must be taken off.
    Raises ``FeelError`` with line, column and what was expected.
    """
    if not isinstance(text, str):
        raise FeelError(Said(N_("An expression must be a text.")))
    if types or len(text) > MAX_CACHED:
        return _compile(text, tuple(names), tuple(functions), types)
    return _cached(text, tuple(names), tuple(functions))


def compile_unary_tests(
    text: str,
    *,
    names: Iterable[str] = (),
    functions: Iterable[str] = (),
    types: Mapping[str, FeelType] | None = None,
) -> CompiledTests:
    """Return unary tests compiled to closures (``< 5, [10..20]``, ``not("a")``, ``-``; grammar rule 17).

    The parameters are those of ``compile``. Evaluate with the input value under ``?`` in the scope.
    """
    if not isinstance(text, str):
        raise FeelError(Said(N_("Unary tests must be a text.")))
    parser, compiler = _prepare(text, tuple(names), tuple(functions), types)
    compiler.frames.append({"?"})

    def build() -> CompiledTests:
        node = parser.unary_tests()
        check = compiler.tests(node)
        return CompiledTests(text, frozenset(compiler.variables - {"?"}), check, node)

    found: CompiledTests = guard(text, build)
    return found


@lru_cache(maxsize=64)
def _known(names: tuple[str, ...]) -> Names:
    return Names(names)


def _prepare(
    text: str, names: tuple[str, ...], functions: tuple[str, ...], types: Mapping[str, FeelType] | None
) -> tuple[Parser, Compiler]:
    known = Names(outer=_known(names))
    called = Names(functions, outer=_BUILTIN_NAMES)
    parser = Parser(text, names=known, functions=called, types=types)
    return parser, Compiler(text, names=frozenset(names), functions=frozenset(functions))


def _compile(
    text: str, names: tuple[str, ...], functions: tuple[str, ...], types: Mapping[str, FeelType] | None
) -> Compiled:
    def build() -> Compiled:
        parser, compiler = _prepare(text, names, functions, types)
        node = parser.expression()
        code = compiler.compile(node)
        maybe_fields = frozenset(compiler.in_filters - compiler.outside_filters)
        return Compiled(text, frozenset(compiler.variables), code, direct(node), maybe_fields, frozenset(compiler.called))

    found: Compiled = guard(text, build)
    return found


def parsed(text: str) -> nodes.Node:
    """Return an expression as it was read; raises FeelError."""
    found: nodes.Node = guard(text, _prepare(text, (), (), None)[0].expression)
    return found


@lru_cache(maxsize=2048)
def _cached(text: str, names: tuple[str, ...], functions: tuple[str, ...]) -> Compiled:
    return _compile(text, names, functions, None)


def evaluate(
    text: str,
    variables: Mapping[str, Any] | None = None,
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    context: Context | None = None,
) -> Any:
    """Return the value of an expression: ``Decimal``, ``str``, ``bool``, None, date, ``list``, ``dict`` and so on.

    ``variables`` are plain Python or FEEL values, ``functions`` extra Python callables (they win over those of
    ``context``). Raises ``FeelError`` for what cannot be read or goes on too long; where the standard gives null, so
    does this, with the reason in ``context.warnings``.

    Source: DMN 1.5, chapter 10.
    """
    scope = variables or {}
    if context is None and functions:
        context = Context(functions=functions)
    elif context is not None and functions:
        known = {**context.functions, **functions}
        inner = Context(context.given_now, context.zone, known, context.limits, context.builtin_values)
        inner.warnings = context.warnings
        context = inner
    names = tuple(name for name in scope if (isinstance(name, str) and not name.isidentifier()) or name in BUILTINS)
    extra = tuple(context.functions) if context is not None else ()
    return compile(text, names=names, functions=extra).evaluate(scope, context)
