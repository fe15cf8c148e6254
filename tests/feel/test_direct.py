"""The fast path gives what full evaluation gives, including the kind of the value and the warnings."""

from __future__ import annotations

import datetime as dt
from collections import ChainMap
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from variants import examples

from inburgering_flow.feel import Context, compile  # noqa: A004 the public name is feel.compile
from inburgering_flow.feel.direct import SLOW
from inburgering_flow.feel.values import kind, text_of

LEAVES = st.sampled_from(
    ["x", "y", "z", "1", "-2", "2.50", "0", '"a"', '"b"', '""', "true", "false", "null", "1e6144", "count"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or"]
    return st.one_of(
        st.tuples(inner, st.sampled_from(signs), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        inner.map(lambda one: f"-{one}"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} between {parts[1]} and {parts[2]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"(if {parts[0]} then {parts[1]} else {parts[2]})"),
        st.tuples(inner, inner).map(lambda parts: f"[{parts[0]}, {parts[1]}]"),
    )


TREES = st.recursive(LEAVES, _grown, max_leaves=8)
VALUES = st.one_of(
    st.integers(-3, 3),
    st.sampled_from(
        [Decimal("2.5"), Decimal("2.50"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), 10**40, -(10**40), 1.5, float("nan"),
         "a", "b", "", True, False, None, dt.date(2026, 1, 1), [1], {"a": 1}]
    ),
)  # fmt: skip
SCOPES = st.dictionaries(st.sampled_from(["x", "y", "z", "count"]), VALUES)


def outcome(text: str, scope: dict[str, Any], *, short: bool, as_a_case_does: bool = False) -> tuple[str, str, list[str]]:
    compiled = compile(text)
    direct, context = compiled.direct, Context()
    if not short:
        compiled.direct = None
    try:
        value = compiled.value(ChainMap({}, scope), context) if as_a_case_does else compiled.evaluate(scope, context)
    finally:
        compiled.direct = direct
    return kind(value), text_of(value), [warning.message for warning in context.warnings]


@settings(max_examples=examples(100, 800), deadline=None)
@given(TREES, SCOPES)
@example("x > 2", {"x": True})
@example("x = 1", {"x": Decimal("1.0")})
@example("x > 10000000000000000000000000000000000", {"x": 10**34 + 1})
@example("x and y", {"x": True, "y": None})
def test_the_short_cut_cannot_be_told_from_full_evaluation(text: str, scope: dict[str, Any]) -> None:
    assert outcome(text, scope, short=True) == outcome(text, scope, short=False)
    in_a_case = outcome(text, scope, short=True, as_a_case_does=True)
    assert in_a_case == outcome(text, scope, short=False, as_a_case_does=True)


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ('bedrag > 250 and groep = "asiel"', {"bedrag": 300, "groep": "asiel"}),
        ("x + y * 2 - 1", {"x": Decimal(1), "y": 2}),
        ("if x between 1 and 3 then x else -x", {"x": 2}),
        ("a or b or c", {"a": False, "b": False, "c": True}),
        ("5 < x", {"x": 6}),
        ("jaar != 2026", {"jaar": 2025}),
    ],
)
def test_common_expressions_take_the_short_cut(text: str, scope: dict[str, Any]) -> None:
    short = compile(text).direct

    assert short is not None
    assert short(scope) is not SLOW


@pytest.mark.parametrize("text", ["abs(x)", "x.y", "[x]", "for i in x return i", "x ** 2", "x / 2"])
def test_other_forms_have_none(text: str) -> None:
    assert compile(text).direct is None
