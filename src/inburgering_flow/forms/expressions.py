"""FEEL in forms: conditions that hide, limits, lists of answers, and what an expression sees inside a list.

form-js reads ``conditional.hide`` and ``readonly`` as unary tests against null, so a condition that is null hides, as
there; everything else is an expression. What cannot be read or computed is null (and refused at deployment).

Source: form-js 1.23, ``FeelExpressionLanguage`` and ``buildExpressionContext``; feelin 6, ``unaryTest``.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from inburgering_flow.feel import Compiled, Context, FeelError, compile_unary_tests, to_plain
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.feel.lexer import tokenize
from inburgering_flow.feel.values import Range

Scope = Mapping[str, Any]


def is_expression(value: Any) -> bool:
    """Tell whether a property is FEEL."""
    return isinstance(value, str) and value.startswith("=")


def surroundings(data: Scope, this: Any, parent: Any, indexes: list[int]) -> Scope:
    """Return what an expression sees: the form's data, and ``this``, ``parent`` and ``i`` of the list around it."""
    special = {"this": this, "parent": parent, "i": indexes}
    return ChainMap({f"_{name}_": value for name, value in special.items()}, data, special)  # type: ignore[arg-type]


@dataclass(frozen=True)
class UnaryTests:
    """Unary tests as form-js reads them: each part is an expression, or a comparison with null."""

    parts: tuple[Compiled, ...]
    negated: bool
    everything: bool

    def passes(self, scope: Scope, context: Context) -> bool | None:
        """Return the outcome, or None where it cannot be computed."""
        if self.everything:
            return True
        try:
            found = any(_matches_null(part.evaluate(scope, context)) for part in self.parts)
        except FeelError as problem:
            if problem.code == "FEEL_LIMIT":
                raise
            return None
        return not found if self.negated else found


def _matches_null(value: Any) -> bool:
    if isinstance(value, list):
        return any(item is None for item in value)
    return value is None or value is True


@lru_cache(maxsize=2048)
def unary_tests(text: str, names: tuple[str, ...] = ()) -> UnaryTests:
    """Return unary tests (without the leading ``=``) ready to run; raises FeelError."""
    text = text.strip()
    if text == "-":
        return UnaryTests((), negated=False, everything=True)
    tokens = tokenize(text)
    negated = tokens[0].text == "not" and tokens[1].text == "(" and _closes(tokens, 1) == len(tokens) - 2
    inner = text[tokens[1].end : tokens[-2].start] if negated else text
    return UnaryTests(tuple(_part(part, names) for part in _parts(inner)), negated, everything=False)


def _closes(tokens: list[Any], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index].text in ("(", "[", "{")) - (tokens[index].text in (")", "]", "}"))
        if depth == 0:
            return index
    return -1


def _parts(text: str) -> list[str]:
    found, depth, begin = [], 0, 0
    for token in tokenize(text):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if (token.text == "," and depth == 0) or token.kind == "end":
            found.append(text[begin : token.start].strip())
            begin = token.end
    return found


def _part(text: str, names: tuple[str, ...]) -> Compiled:
    try:
        return compile_feel(text, names=names)
    except FeelError:
        return compile_unary_tests(text, names=names)  # a comparison such as < 5, here with null


def passes(text: str | None, scope: Scope, context: Context, names: tuple[str, ...] = ()) -> bool | None:
    """Return the outcome of unary tests written as ``=…``; None for anything else and for what cannot be read."""
    if not is_expression(text):
        return None
    assert text is not None
    try:
        return unary_tests(text[1:], names).passes(scope, context)
    except FeelError as problem:
        if problem.code == "FEEL_LIMIT":
            raise
        return None


def value_of(given: Any, scope: Scope, context: Context, names: tuple[str, ...] = ()) -> Any:
    """Return what a property stands for: the value of ``=…`` as plain data (null if it fails), else itself."""
    if not is_expression(given):
        return given
    try:
        found = compile_feel(given[1:], names=names).evaluate(scope, context)
    except FeelError as problem:
        if problem.code == "FEEL_LIMIT":
            raise
        return None
    return None if isinstance(found, Range) else to_plain(found)
