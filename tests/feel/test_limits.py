"""Whatever is asked, the answer comes or a limit is named: no expression can hold up or fill the machine."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from variants import examples

from inburgering_flow.dmn import DmnError, parse_model
from inburgering_flow.feel import Context, FeelError, Limits, evaluate, explain, parts

TWICE = "{a0: [1, 1], " + ", ".join(f"a{i}: [a{i - 1}, a{i - 1}]" for i in range(1, 60))
"""Sixty small lists, the last of which holds 2 to the power 60 numbers."""
TEXT = '{s: replace("aaaaaaaaaa", "a", "aaaaaaaaaa"), t: replace(s, "a", s), '
"""``t`` has 10,000 characters."""


def assert_limited(text: str, variables: dict[str, Any] | None = None, **limits: Any) -> None:
    with pytest.raises(FeelError) as caught:
        evaluate(text, variables, context=Context(limits=Limits(**{"iterations": 20_000, "seconds": 3, **limits})))
    assert caught.value.code == "FEEL_LIMIT"


@pytest.mark.parametrize(
    "text",
    [
        "for x in 1..10**15 return x",
        'for x in @"0001-01-01"..@"999999999-01-01" return x',
        "for a in 1..1000, b in 1..1000, c in 1..1000 return 1",
        "some x in 1..10**15 satisfies x < 0",
        "count(for i in 1..100000 return count(partial))",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "{f: function(n) if n = 0 then 0 else f(n - 1) + f(n - 1), r: f(60)}.r",
        "(function(g) g(g))(function(g) g(g))",
        "{l: for i in 1..10000 return i, r: sort(l, function(a, b) a > b)}.r",
        "{l: for i in 1..10000 return i, r: for i in l return index of(l, i)}.r",
    ],
)
def test_rounds_and_calls_are_counted(text: str) -> None:
    assert_limited(text)


def test_time_is_limited_too() -> None:
    assert_limited(
        "{l: for i in 1..20000 return i, r: for i in l return list contains(l, -i)}.r", iterations=10**9, seconds=0.2
    )


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "-" * 5000 + "1",
        "a" + ".a" * 20_000,
        "a" + "[1]" * 20_000,
        "for x in " * 2_000,
        "1 in (" * 2_000,
        "if " * 2_000,
        "abs(" * 2_000,
        "1 instance of " + "list<" * 2_000,
        '"' + "a" * 200_000 + '"',
        "1 + " * 60_000,
    ],
)
def test_nesting_and_length_of_a_text_are_limited(text: str) -> None:
    assert_limited(text)


def test_thousands_of_names_with_spaces_are_read() -> None:
    assert len(evaluate("[" + ", ".join(f"{{a b{i}: 1}}" for i in range(10_000)) + "]")) == 10_000


@pytest.mark.parametrize(
    "rest",
    [
        "}",
        "r: string(a59)}.r",
        "r: to json(a59)}.r",
        "r: flatten(a59)}.r",
        "r: distinct values([a59, a58])}.r",
        "b0: [1, 1], " + ", ".join(f"b{i}: [b{i - 1}, b{i - 1}]" for i in range(1, 60)) + ", r: a59 = b59}.r",
        "r: a59 instance of " + "list<" * 60 + "number" + ">" * 60 + "}.r",
        "f: function(x: " + "list<" * 60 + "number" + ">" * 60 + ") 1, r: f(a59)}.r",
    ],
)
def test_a_small_expression_for_a_huge_value_is_stopped(rest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_PARTS", 20_000)

    assert_limited(TWICE + ("" if rest == "}" else ", ") + rest)


@pytest.mark.parametrize(
    "text",
    [
        "{a: for i in 1..1000 return i, r: concatenate(" + ", ".join(["a"] * 100) + ")}.r",
        "{a: for i in 1..1000 return i, r: flatten(for i in 1..1000 return a)}.r",
        TEXT + "r: string join(for i in 1..1000 return t)}.r",
        TEXT + 'r: replace(t, "a", t)}.r',
        TEXT + "u: t + t + t + t + t + t + t + t + t + t, v: u + u}.v",
        TEXT + "r: for i in 1..1000 return t}",
    ],
)
def test_results_are_limited_before_they_are_made(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_PARTS", 50_000)

    assert_limited(text, items=20_000, characters=100_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9 ** (9 ** 9)", None),
        ("10 ** 7000", None),
        ("1.0000000001 ** 12345678901234567890", None),
        ("12345.678 ** -1e30", Decimal(0)),
        ("exp(1e6)", None),
        ("decimal(1 / 3, 6177)", None),
        ("round up(1.5, 1e30)", None),
        ("modulo(1e6000, 7)", None),
        ('@"P1Y" * 1e30 * 1e30', None),
        ('@"PT1S" * 1e34', None),
        ('@"2020-01-01" + @"P99999999999999999999D"', None),
        ('@"2020-01-01" + @"P99999999999Y"', None),
        ('date("1000000000-01-01")', None),
        ("[1, 2, 3][1e30]", None),
        ("substring(\"abc\", 1e40)", None),
        ("partition([1], 1e40)", None),
        ('from json("' + "[" * 50_000 + '")', None),
        ('from json("' + "9" * 50_000 + '")', None),
        ('from json("' + "9" * 5_000 + '")', Decimal("1E+5000")),
        ("count([1..10**15])", Decimal(1)),
    ],
)  # fmt: skip
def test_huge_numbers_and_durations_are_answered_at_once(text: str, expected: Any) -> None:
    context = Context()

    assert evaluate(text, context=context) == expected
    assert expected is not None or context.warnings


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), float("nan"), float("inf")])
def test_numbers_that_feel_does_not_know_come_in_as_null(value: Any) -> None:
    assert evaluate("[x, l[1], x < 1, x + 1]", {"x": value, "l": [value]}) == [None, None, None, None]


def test_a_whole_number_of_more_than_34_digits_is_rounded_as_it_comes_in() -> None:
    assert evaluate("x", {"x": 12345678901234567890123456789012345678}) == Decimal(
        "1.234567890123456789012345678901235E+37"
    )
    assert evaluate("x", {"x": 10**7000}) is None


def test_a_decision_that_goes_on_too_long_says_so() -> None:
    found = parse_model(
        b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="n"><decision id="d" '
        b'name="D"><for iteratorVariable="i"><in><literalExpression><text>for x in 1..900000 return x</text>'
        b"</literalExpression></in><return><literalExpression><text>partial</text></literalExpression></return></for>"
        b"</decision></definitions>"
    )

    with pytest.raises(DmnError) as caught:
        found.evaluate("D")
    assert caught.value.code == "FEEL_LIMIT"


@pytest.mark.parametrize("count", [examples(2_000, 5_000)])  # twice as deep as Python would go
@pytest.mark.parametrize(("sign", "operand", "expected"), [("+", "1", None), ("-", "0", 0), ("*", "1", 1), ("/", "1", 1), ("**", "1", 1)])
def test_a_flat_chain_of_any_length_is_not_nested(count: int, sign: str, operand: str, expected: int | None) -> None:
    text = f" {sign} ".join([operand] * count)

    assert evaluate(text) == (count if expected is None else expected)
    assert explain(text).value == evaluate(text)


def test_a_long_chain_of_texts_and_of_names_is_added_from_left_to_right() -> None:
    assert evaluate(" + ".join(f'"{n % 10}"' for n in range(200))) == "".join(str(n % 10) for n in range(200))
    assert evaluate(" - ".join(["a"] * 200), {"a": 1}) == -198
    assert evaluate(" + ".join(["a"] * 100 + ["x"]), {"a": 1, "x": None}) is None
    assert evaluate(" + ".join(["1"] * 100) + " > 99") is True
