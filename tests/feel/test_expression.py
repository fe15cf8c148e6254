"""What expressions give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inburgering_flow.feel import (
    Context,
    FeelError,
    Limits,
    compile,  # noqa: A004 the public name is feel.compile
    compile_unary_tests,
    evaluate,
    to_plain,
)


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("0.1 + 0.2", {}, Decimal("0.3")),
        ("1 / 3", {}, Decimal("0.3333333333333333333333333333333333")),
        ("-3 ** 2", {}, Decimal(9)),
        ("1 + 2 * 3 ** 2", {}, Decimal(19)),
        ('if bedrag > 250 then "hoog" else "laag"', {"bedrag": 300}, "hoog"),
        ("for x in items return x * 2", {"items": [1, 2]}, [2, 4]),
        ("for x in 3..1 return x", {}, [3, 2, 1]),
        ("for x in [1, 2], y in [10, 20] return x + y", {}, [11, 21, 12, 22]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", {}, [1, 1, 2, 6, 24]),
        ("some x in [1, 2] satisfies x > 1", {}, True),
        ("every x in [1, 2] satisfies x > 1", {}, False),
        ("[1, 2, 3, 4][item > 2]", {}, [3, 4]),
        ("[1, 2, 3][-1]", {}, 3),
        ("mensen[leeftijd >= 18].naam", {"mensen": [{"naam": "A", "leeftijd": 17}, {"naam": "B", "leeftijd": 18}]}, ["B"]),
        ("Monthly Income * 12", {"Monthly Income": 100}, 1200),
        ("a-b + 1", {"a-b": 5}, 6),
        ("a-b", {"a": 5, "b": 2}, 3),
        ("{a: 1, b: a + 1}.b", {}, 2),
        ('{"full name": "Jo"}.full name', {}, "Jo"),
        ("5 in (1..5)", {}, False),
        ("5 in (1..5]", {}, True),
        ("5 in ]1..5[", {}, False),
        ("5 in (<3, >4)", {}, True),
        ("3 between 1 and 3 and true", {}, True),
        ("null = null", {}, True),
        ("true or null", {}, True),
        ("false and null", {}, False),
        ("{faculteit: function(n) if n < 2 then 1 else n * faculteit(n - 1), r: faculteit(5)}.r", {}, 120),
        ("(function(x: number, y: number) x - y)(y: 1, x: 3)", {}, 2),
        ('substring("\U0001f40eab", 2)', {}, "ab"),
        ('string length("\\uD83D\\uDC0E")', {}, 1),
        ("5 instance of number", {}, True),
        ("[1, 2] instance of list<number>", {}, True),
        ("/* one */ 1 // two", {}, 1),
        ("[1..5].end included", {}, True),
        ("`a b` + 1", {"a b": 1}, 2),
        ('is defined(x.y)', {"x": {}}, False),
        ("get or else(null, 3)", {}, 3),
        ('context put({a: 1}, "b", 2)', {}, {"a": 1, "b": 2}),
        ('string join(["a", "b"], "-")', {}, "a-b"),
        ('from json("{\\"a\\": [1.5]}").a[1]', {}, Decimal("1.5")),
        ("to json({a: [1, null, true]})", {}, '{"a":[1,null,true]}'),
        ("partition([1, 2, 3], 2)", {}, [[1, 2], [3]]),
        ("modulo(-12, 5)", {}, 3),
    ],
)  # fmt: skip
def test_an_expression_gives_the_value_of_the_standard(text: str, variables: dict[str, Any], expected: Any) -> None:
    context = Context()

    assert evaluate(text, variables, context=context) == expected
    assert context.warnings == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2026-01-31") + duration("P1M")', "2026-02-28"),
        ('date("2024-01-31") + duration("P1M")', "2024-02-29"),
        ('date("2026-03-01") - date("2026-02-01")', "P28D"),
        ('date and time("2026-03-29T01:30:00@Europe/Amsterdam") + duration("PT1H")', "2026-03-29T03:30:00@Europe/Amsterdam"),
        ('time("10:00:00+01:00") + duration("PT15H")', "01:00:00+01:00"),
        ('@"P1Y" + @"P3M"', "P1Y3M"),
        ('duration("PT36H")', "P1DT12H"),
        ('years and months duration(date("2011-12-22"), date("2013-08-24"))', "P1Y8M"),
        ('last day of month(date("2024-02-10"))', "2024-02-29"),
        ('date("-0044-03-15")', "-0044-03-15"),
        ('date("999999999-12-31")', "999999999-12-31"),
        ("@\"2026-01-01T10:00:00.123456789Z\"", "2026-01-01T10:00:00.123456789Z"),
    ],
)  # fmt: skip
def test_dates_times_and_durations_count_as_the_calendar_does(text: str, expected: str) -> None:
    assert to_plain(evaluate(text)) == expected


def test_an_undefined_name_is_null_and_the_warning_names_it() -> None:
    context = Context()

    assert evaluate("bedrag + 1", {}, context=context) is None
    assert context.warnings[0].code == "NO_VARIABLE_FOUND"
    assert "bedrag" in context.warnings[0].message


def test_a_type_error_is_null_and_the_warning_names_types_but_no_values() -> None:
    context = Context()

    assert evaluate("bsn + 1", {"bsn": "999990019"}, context=context) is None
    (warning,) = context.warnings
    assert "'+'" in warning.message
    assert "string" in warning.message
    assert "number" in warning.message
    assert "999990019" not in warning.message


@pytest.mark.parametrize(
    "text", ["1 +", "(1", "if 1 then 2", "for x in", '"open', "1 2", "{a 1}", "x instance of", "", "@"]
)
def test_a_syntax_error_says_where_and_what_was_expected(text: str) -> None:
    with pytest.raises(FeelError) as caught:
        compile(text)

    assert caught.value.code == "FEEL_SYNTAX"
    assert caught.value.line == 1
    assert caught.value.expected


def test_a_syntax_error_counts_lines() -> None:
    with pytest.raises(FeelError) as caught:
        compile("1 +\n  * 2")

    assert (caught.value.line, caught.value.column) == (2, 3)


def test_python_functions_get_python_dates_and_their_refusal_is_null_with_their_sentence() -> None:
    def termijn(start: dt.date, dagen: Decimal) -> dt.date:
        if dagen < 0:
            raise ValueError("Een termijn duurt niet korter dan nul dagen.")
        return start + dt.timedelta(days=int(dagen))

    context = Context(functions={"termijn": termijn})

    assert evaluate('termijn(dagen: 3, start: date("2026-01-01"))', context=context) == dt.date(2026, 1, 4)
    assert evaluate('termijn(date("2026-01-01"), -1)', context=context) is None
    assert "nul dagen" in context.warnings[0].message


def test_a_scope_is_asked_only_for_names_that_occur_and_once_each() -> None:
    class Scope(Mapping[str, Any]):
        def __init__(self) -> None:
            self.asked: list[str] = []

        def __getitem__(self, name: str) -> Any:
            self.asked.append(name)
            return {"a": 1, "b": 2}[name]

        def __iter__(self) -> Iterator[str]:
            raise AssertionError("the scope must not be listed")

        def __len__(self) -> int:
            return 2

    scope = Scope()
    compiled = compile("a + a + count([b])")

    assert compiled.variables == {"a", "b"}
    assert compiled.evaluate(scope, Context()) == 3
    assert sorted(scope.asked) == ["a", "b"]


def test_a_thread_of_its_own_computes_with_34_digits() -> None:
    found: list[Any] = []
    thread = Thread(target=lambda: found.append(evaluate("2 / 3")))

    thread.start()
    thread.join()

    assert found == [Decimal("0.6666666666666666666666666666666667")]


def test_today_follows_the_clock_and_zone_that_were_given() -> None:
    now = dt.datetime(2026, 1, 1, 23, 30, tzinfo=dt.UTC)

    assert evaluate("today()", context=Context(now=now, zone=ZoneInfo("Europe/Amsterdam"))) == dt.date(2026, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        "for x in 1..10000000 return x",
        "some x in 1..300000 satisfies x < 0",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "(" * 5000 + "1" + ")" * 5000,
        "-" * 5000 + "1",
    ],
)
def test_what_does_not_end_is_stopped_with_a_limit(text: str) -> None:
    with pytest.raises(FeelError) as caught:
        evaluate(text, context=Context(limits=Limits(iterations=10_000)))

    assert caught.value.code == "FEEL_LIMIT"


def test_no_expression_reaches_python() -> None:
    context = Context()

    for text in ("x.__class__", '__import__("os")', "x.real", 'open("/etc/passwd")', "f.__globals__"):
        assert evaluate(text, {"x": 1, "f": "y"}, context=context) is None


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        ("-", None, True),
        ("< 5, [10..20]", 12, True),
        ("< 5, [10..20]", 7, False),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "c", True),
        ("? > 3 and ? < 5", 4, True),
        ("null", None, True),
        ("list contains(?, 2)", [1, 2], True),
        ("grens", 5, True),
        ("> grens", 6, True),
        ("true", True, True),
        ("false", True, False),
    ],
)
def test_unary_tests_decide_about_the_input(tests: str, value: Any, expected: bool) -> None:
    assert compile_unary_tests(tests).evaluate({"?": value, "grens": 5}, Context()) is expected
