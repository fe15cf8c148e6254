"""The index of a decision table finds the rules that a plain walk finds, and leaves the same warnings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from decisions import data, decision, file, knowledge, table
from hypothesis import given, settings
from hypothesis import strategies as st
from variants import examples

from inburgering_flow.dmn import DmnError, boxed, parse_model
from inburgering_flow.dmn import index as indexes
from inburgering_flow.dmn.evaluation import compiler_for
from inburgering_flow.dmn.table import DecisionTable, fits
from inburgering_flow.feel import Context

NAMES = ["a", "b"]
CONSTANTS = [
    "1",
    "2",
    "2.0",
    "-3",
    '"p"',
    '"q"',
    '""',
    "true",
    "false",
    "null",
    '@"2026-01-01"',
    '@"2026-06-01"',
    '@"P1D"',
]
SIMPLE = st.one_of(
    st.sampled_from(CONSTANTS),
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), st.sampled_from(CONSTANTS)).map(" ".join),
    st.tuples(st.sampled_from("[("), st.sampled_from(CONSTANTS), st.sampled_from(CONSTANTS), st.sampled_from("])")).map(
        lambda p: f"{p[0]}{p[1]}..{p[2]}{p[3]}"
    ),
    st.sampled_from(
        ["b", "> b", "? > b", "not(1)", "[1, 2]", "(< 2)", "onbekend", "1 + 1", "abs(?) = 3", 'date("2026-01-01")']
    ),
)
TESTS = st.one_of(
    st.just("-"),
    SIMPLE,
    st.lists(SIMPLE, min_size=2, max_size=3).map(", ".join),
    st.lists(SIMPLE, min_size=1, max_size=2).map(lambda own: f"not({', '.join(own)})"),
)
VALUES = st.sampled_from(
    [1, 2, Decimal("2.00"), -3, Decimal("1.5"), 10, "p", "q", "", "z", True, False, None, dt.date(2026, 1, 1), dt.date(2026, 3, 1),
     dt.timedelta(days=1), [1, 2], {"a": 1}]
)  # fmt: skip


def compiled(rules: list[list[str]], policy: str = "COLLECT", inputs: list[str] = NAMES) -> DecisionTable:
    logic = table(inputs, [[*rule, str(number)] for number, rule in enumerate(rules)], policy)
    model = parse_model(file(decision("D", logic)).encode())
    expression = model.decisions["D"].expression
    assert isinstance(expression, boxed.Table)
    return compiler_for(model, "D", ()).decision_table(expression)


def by_index(found: DecisionTable, values: list[Any], scope: dict[str, Any]) -> tuple[list[int], list[str]]:
    context = Context()
    return [rule.index for rule in found.hits(values, scope, context)], [str(w) for w in context.warnings]


def by_walk(found: DecisionTable, values: list[Any], scope: dict[str, Any]) -> tuple[list[int], list[str]]:
    context = Context()
    hits = [rule.index for rule in found.rules if fits(rule, values, scope, context)]
    return hits, [str(w) for w in context.warnings]


@settings(max_examples=examples(75, 300), deadline=None)
@given(
    st.lists(st.lists(TESTS, min_size=2, max_size=2), min_size=1, max_size=6),
    st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=6),
)
def test_index_and_plain_walk_agree_on_any_table(rules: list[list[str]], rows: list[tuple[Any, Any]]) -> None:
    try:
        found = compiled(rules)
    except DmnError:
        return
    for a, b in rows:
        scope = {"a": a, "b": b}
        values = [one.expression.evaluate(scope, Context()) for one in found.inputs]
        assert by_index(found, values, scope) == by_walk(found, values, scope)


@settings(max_examples=examples(25, 50), deadline=None)
@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 10), st.booleans(), st.booleans()), min_size=1, max_size=40)
)
def test_index_and_plain_walk_agree_on_many_intervals(intervals: list[tuple[int, int, bool, bool]]) -> None:
    rules = [[f"{'[' if i else '('}{low}..{low + size}{']' if j else ')'}", "-"] for low, size, i, j in intervals]
    found = compiled(rules)
    for half in range(-50, 70):
        values = [Decimal(half) / 2, None]
        assert by_index(found, values, {}) == by_walk(found, values, {})


def test_a_column_that_would_fill_the_memory_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "MAX_BITS", 10)
    found = compiled([[f"> {i}", f"< {i}"] for i in range(9)])

    for a in range(12):
        values = [Decimal(a), Decimal(3)]
        assert by_index(found, values, {}) == by_walk(found, values, {})
    assert all(plan.columns == [] for plan in found.index.plans.values())


def test_of_many_rules_only_those_that_can_match_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [[f"[{i * 10}..{i * 10 + 9}]", f'"g{i % 7}"', f"b > {i}"] for i in range(500)]
    found = compiled(rules, inputs=["a", "g", "b > 1"])
    tried: list[int] = []
    monkeypatch.setattr(
        "inburgering_flow.dmn.table.fits",
        lambda rule, values, scope, context, begin: (
            tried.append(rule.index) or fits(rule, values, scope, context, begin)
        ),
    )

    found.hits([Decimal(1234), "g4", True], {"b": Decimal(1000)}, Context())

    assert tried == [124]


def test_the_policy_first_stops_at_the_first_rule_that_matches() -> None:
    found = compiled([["1", "onbekend"], ["1", "-"], ["1", "ook onbekend"]], policy="FIRST")

    hits, warnings = by_index(found, [Decimal(1), Decimal(2)], {})

    assert hits == [2]
    assert len(warnings) == 1


def test_a_date_function_of_the_callers_own_is_called() -> None:
    logic = table(["a"], [['date("2026-01-01")', "1"], ["-", "2"]], "FIRST")
    model = parse_model(file(data("a") + decision("D", logic, inputs=["a"])).encode())
    inputs = {"a": dt.date(2026, 1, 1)}

    assert model.evaluate("D", inputs) == model.evaluate("D", inputs) == 1
    assert model.evaluate("D", inputs, functions={"date": lambda text: dt.date(1999, 1, 1)}) == 2
    assert model.evaluate("D", inputs, context=Context(functions={"date": lambda text: dt.date(1999, 1, 1)})) == 2


def test_a_knowledge_model_that_is_named_as_the_date_function_is_called() -> None:
    logic = table(["a"], [['date("2026-01-01")', "1"], ["-", "2"]], "FIRST")
    own = knowledge("date", {"text": "string"}, '@"1999-01-01"')
    model = parse_model(file(own + data("a") + decision("D", logic, inputs=["a"], knows=["date"])).encode())

    assert model.evaluate("D", {"a": dt.date(2026, 1, 1)}) == 2
