"""Every built-in function: by position and by name, and what it makes of arguments that do not fit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from inburgering_flow.feel import Context, evaluate
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.feel.values import text_of

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
BY_NAME = [
    ("date", 'from: "2026-01-31"', "2026-01-31"),
    ("date", "year: 2026, month: 1, day: 31", "2026-01-31"),
    ("time", 'from: "10:00:00Z"', "10:00:00Z"),
    ("time", 'hour: 10, minute: 0, second: 1.5, offset: @"-PT2H"', "10:00:01.5-02:00"),
    ("date and time", 'from: "2026-01-31T10:00:00"', "2026-01-31T10:00:00"),
    ("date and time", 'date: @"2026-01-31", time: @"10:00:00"', "2026-01-31T10:00:00"),
    ("date and time", 'date: @"2026-01-31T10:00:00Z", timezone: "Europe/Amsterdam"', "2026-01-31T11:00:00@Europe/Amsterdam"),
    ("duration", 'from: "P1D"', "P1D"),
    ("years and months duration", 'from: @"2025-01-01", to: @"2026-03-01"', "P1Y2M"),
    ("number", 'from: "1 000,5", grouping separator: " ", decimal separator: ","', "1000.5"),
    ("string", "from: 1", "1"),
    ("not", "negand: false", "true"),
    ("substring", 'string: "kanaal", start position: 2, length: 3', "ana"),
    ("string length", 'string: "kanaal"', "6"),
    ("upper case", 'string: "aé"', "AÉ"),
    ("lower case", 'string: "AÉ"', "aé"),
    ("substring before", 'string: "kanaal", match: "aa"', "kan"),
    ("substring after", 'string: "kanaal", match: "aa"', "l"),
    ("contains", 'string: "kanaal", match: "naa"', "true"),
    ("starts with", 'string: "kanaal", match: "ka"', "true"),
    ("ends with", 'string: "kanaal", match: "al"', "true"),
    ("matches", 'input: "kanaal", pattern: "A{2}", flags: "i"', "true"),
    ("replace", 'input: "kanaal", pattern: "(A)", replacement: "[$1]", flags: "i"', "k[a]n[a][a]l"),
    ("split", 'string: "a;b", delimiter: ";"', '["a", "b"]'),
    ("extract", 'string: "a1b22", pattern: "[0-9]+"', '["1", "22"]'),
    ("string join", 'list: ["a", "b"], delimiter: "-"', "a-b"),
    ("string join", 'list: ["a", "b"], delimiter: "-", prefix: "<", suffix: ">"', "<a-b>"),
    ("trim", 'string: "  a b "', "a b"),
    ("is blank", 'string: "  "', "true"),
    ("to base64", 'value: "FEEL"', "RkVFTA=="),
    ("decimal", "n: 1.125, scale: 2", "1.12"),
    ("floor", "n: -1.5, scale: 0", "-2"),
    ("ceiling", "n: -1.5, scale: 0", "-1"),
    ("round up", "n: 1.1, scale: 0", "2"),
    ("round down", "n: 1.9, scale: 0", "1"),
    ("round half up", "n: 2.5, scale: 0", "3"),
    ("round half down", "n: 2.5, scale: 0", "2"),
    ("abs", "n: -1", "1"),
    ("modulo", "dividend: -12, divisor: 5", "3"),
    ("sqrt", "number: 16", "4"),
    ("log", "number: 1", "0"),
    ("exp", "number: 0", "1"),
    ("odd", "number: 3", "true"),
    ("even", "number: 3", "false"),
    ("list contains", "list: [1, null], element: null", "true"),
    ("count", "list: [1, 2]", "2"),
    ("min", "list: [2, 1]", "1"),
    ("max", "list: [2, 1]", "2"),
    ("sum", "list: [2, 1]", "3"),
    ("mean", "list: [2, 1]", "1.5"),
    ("all", "list: [true, false]", "false"),
    ("any", "list: [true, false]", "true"),
    ("product", "list: [2, 3]", "6"),
    ("median", "list: [3, 1, 2]", "2"),
    ("stddev", "list: [2, 4]", "1.414213562373095048801688724209698"),
    ("mode", "list: [2, 1, 2]", "[2]"),
    ("sublist", "list: [1, 2, 3], start position: 2, length: 1", "[2]"),
    ("append", "list: [1], item: [2, 3]", "[1, 2, 3]"),
    ("concatenate", "list: [[1], [2]]", "[1, 2]"),
    ("insert before", "list: [1, 3], position: 2, newItem: 2", "[1, 2, 3]"),
    ("remove", "list: [1, 2], position: 1", "[2]"),
    ("list replace", "list: [1, 2], position: 1, newItem: 9", "[9, 2]"),
    ("list replace", "list: [1, 2], match: function(a, b) a = 2, newItem: 9", "[1, 9]"),
    ("reverse", "list: [1, 2]", "[2, 1]"),
    ("index of", "list: [1, 2, 1], match: 1", "[1, 3]"),
    ("union", "list: [[1, 2], [2, 3]]", "[1, 2, 3]"),
    ("distinct values", "list: [1, 2, 1]", "[1, 2]"),
    ("duplicate values", "list: [1, 2, 1]", "[1]"),
    ("flatten", "list: [1, [2, [3]]]", "[1, 2, 3]"),
    ("sort", "list: [1, 2], precedes: function(a, b) a > b", "[2, 1]"),
    ("partition", "list: [1, 2, 3], size: 2", "[[1, 2], [3]]"),
    ("is empty", "list: []", "true"),
    ("get value", 'm: {a: 1}, key: "a"', "1"),
    ("get value", 'context: {a: {b: 1}}, keys: ["a", "b"]', "1"),
    ("get entries", "m: {a: 1}", '[{key: "a", value: 1}]'),
    ("context put", 'context: {a: 1}, key: "b", value: 2', "{a: 1, b: 2}"),
    ("context put", 'context: {a: {b: 1}}, keys: ["a", "b"], value: 2', "{a: {b: 2}}"),
    ("put", 'context: {a: 1}, key: "b", value: 2', "{a: 1, b: 2}"),
    ("context merge", "contexts: [{a: 1}, {a: 2, b: 3}]", "{a: 2, b: 3}"),
    ("put all", "contexts: [{a: 1}, {b: 3}]", "{a: 1, b: 3}"),
    ("context", 'entries: [{key: "a", value: 1}]', "{a: 1}"),
    ("get or else", "value: null, default: 2", "2"),
    ("is defined", "value: 1", "true"),
    ("fromAi", "value: 1", "1"),
    ("assert", "value: 1, condition: true", "1"),
    ("assert", 'value: 1, condition: true, cause: "nooit"', "1"),
    ("from json", 'value: "[1, {\\"a\\": null}]"', "[1, {a: null}]"),
    ("to json", 'value: {a: [1, "b", @"2026-01-01"]}', '{"a":[1,"b","2026-01-01"]}'),
    ("is", 'value1: @"10:00:00Z", value2: @"11:00:00+01:00"', "false"),
    ("day of year", 'date: @"2026-02-01"', "32"),
    ("day of week", 'date: @"2026-02-01"', "Sunday"),
    ("month of year", 'date: @"2026-02-01T00:00:00"', "February"),
    ("week of year", 'date: @"2027-01-01"', "53"),
    ("last day of month", 'date: @"2028-02-01"', "2028-02-29"),
    ("cycle", 'interval: @"PT1H"', "R/PT1H"),
    ("cycle", 'repetitions: 3, interval: @"P1M"', "R3/P1M"),
    ("range", 'from: "[1..2)"', "[1..2)"),
    ("before", "point1: 1, point2: 2", "true"),
    ("before", "point: 0, range: [1..2]", "true"),
    ("before", "range: [1..2], point: 3", "true"),
    ("after", "range1: [3..4], range2: [1..2]", "true"),
    ("after", "range: [3..4], point: 2", "true"),
    ("coincides", "point: 1, range: [1..1]", "true"),
    ("meets", "range1: [1..2], range2: [2..3]", "true"),
    ("met by", "range1: [2..3], range2: [1..2]", "true"),
    ("overlaps", "range1: [1..3], range2: [2..4]", "true"),
    ("overlaps before", "range1: [1..3], range2: [2..4]", "true"),
    ("overlaps after", "range1: [2..4], range2: [1..3]", "true"),
    ("finishes", "point: 3, range: [1..3]", "true"),
    ("finished by", "range: [1..3], point: 3", "true"),
    ("starts", "range1: [1..2], range2: [1..3]", "true"),
    ("started by", "range: [1..3], point: 1", "true"),
    ("includes", "range: [1..3], point: 2", "true"),
    ("during", "point: 2, range: [1..3]", "true"),
]  # fmt: skip
WITHOUT_ARGUMENTS = {"now", "today", "uuid", "random number"}
ANY_NUMBER = {
    name for name, _, _ in BY_NAME if name in ("min", "max", "sum", "mean", "all", "any", "product", "median", "stddev")
} | {"mode", "append", "concatenate", "union"}
ANSWERS_NULL = {"string", "fromAi", "is defined", "get or else", "is", "to json"}
"""Functions for which null is an ordinary argument."""


@pytest.mark.parametrize(("name", "arguments", "expected"), BY_NAME)
def test_a_function_takes_its_arguments_by_the_names_of_the_standard(name: str, arguments: str, expected: str) -> None:
    context = Context(now=NOW)

    assert text_of(evaluate(f"{name}({arguments})", context=context)) == expected
    assert context.warnings == []


def test_every_function_is_called_by_name_here() -> None:
    assert {name for name, _, _ in BY_NAME} | WITHOUT_ARGUMENTS == set(BUILTINS)


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_a_name_that_is_no_parameter_is_null_with_a_warning(name: str) -> None:
    assert_null_with_warning(f"{name}(onbekend: 1)", "FUNCTION_INVOCATION_FAILURE")


@pytest.mark.parametrize("name", sorted(set(BUILTINS) - ANY_NUMBER))
def test_too_many_arguments_are_null_with_a_warning(name: str) -> None:
    assert_null_with_warning(f"{name}({', '.join('1' * 9)})", "FUNCTION_INVOCATION_FAILURE")


@pytest.mark.parametrize("name", sorted(set(BUILTINS) - WITHOUT_ARGUMENTS))
def test_no_arguments_are_null_with_a_warning_where_some_are_needed(name: str) -> None:
    assert_null_with_warning(f"{name}()", "FUNCTION_INVOCATION_FAILURE")


@pytest.mark.parametrize("name", sorted(set(BUILTINS) - WITHOUT_ARGUMENTS - ANSWERS_NULL))
def test_null_where_a_value_is_needed_is_null_with_a_warning(name: str) -> None:
    for count in (1, 2, 3, 4):
        assert_null_with_warning(f"{name}({', '.join(['null'] * count)})")


@pytest.mark.parametrize(
    "name", sorted(set(BUILTINS) - WITHOUT_ARGUMENTS - ANSWERS_NULL - ANY_NUMBER - {"is empty", "assert"})
)
def test_a_function_where_a_value_is_needed_is_null_with_a_warning(name: str) -> None:
    wrong = "function() 1"
    if name in {"count", "reverse", "flatten", "distinct values", "duplicate values"}:
        return assert_list_of_one(name, wrong)
    for count in (1, 2, 3):
        if name == "list contains" and count == 2:
            continue
        if name == "index of" and count == 2:
            continue
        if name == "sort":
            continue
        assert_null_with_warning(f"{name}({', '.join([wrong] * count)})")
    return None


def assert_list_of_one(name: str, value: str) -> None:
    """A single value counts as a list of one, whatever it is."""
    assert evaluate(f"{name}({value})") is not None


def assert_null_with_warning(text: str, code: str = "") -> None:
    context = Context(now=NOW)
    assert evaluate(text, context=context) is None, text
    assert context.warnings, text
    if code:
        assert context.warnings[0].code == code, text


def test_functions_without_arguments_read_the_clock_or_chance() -> None:
    context = Context(now=NOW)

    assert evaluate("string(now())", context=context) == "2026-01-01T12:00:00Z"
    assert evaluate("today()", context=context) == dt.date(2026, 1, 1)
    assert Decimal(0) <= evaluate("random number()") < 1
    assert evaluate("string length(uuid())") == 36
    assert evaluate("uuid() = uuid()") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get or else(onbekend, 1)", "1"),
        ("get or else({a: {}}.a.b, 1)", "1"),
        ("is defined(onbekend)", "false"),
        ("is defined(null)", "true"),
        ("is defined({a: null}.a)", "true"),
        ("is defined({a: null}.b)", "false"),
        ('context put({a: 1}, ["b", "c"], 2)', "{a: 1, b: {c: 2}}"),
        ("get value({a: {b: 3}}, [\"b\"])", "null"),
        ("partition([], 2)", "[]"),
        ("duplicate values([1, 1.0, \"1\", [1], [1], null, null])", "[1, [1], null]"),
        ("is empty([null])", "false"),
        ('is blank("")', "true"),
        ('is blank("\\n\\t a")', "false"),
        ('trim("\\n a\\t")', "a"),
        ("to json(null)", "null"),
        ('to json("a\\"b")', '"a\\"b"'),
        ("to json(@\"P1D\")", '"P1D"'),
        ('from json("1e2")', "100"),
        ('from json("\\"2026-01-01\\"")', "2026-01-01"),
        ('from json("true")', "true"),
        ('last day of month(@"2026-02-01T10:00:00Z")', "2026-02-28T10:00:00Z"),
        ('string join(["a", null, "b"], "-", "[", "]")', "[a-b]"),
        ("sort([3, 1, 2])", "[1, 2, 3]"),
        ('abs(@"-P1Y")', "P1Y"),
    ],
)  # fmt: skip
def test_additions_of_camunda_work_as_documented(text: str, expected: str) -> None:
    assert text_of(evaluate(text)) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('assert(1, false, "te laag")', "ASSERT_FAILURE"),
        ("assert(1, null)", "ASSERT_FAILURE"),
        ('from json("{")', "FUNCTION_INVOCATION_FAILURE"),
        ('from json("[" )', "FUNCTION_INVOCATION_FAILURE"),
        ("partition([1], 0)", "FUNCTION_INVOCATION_FAILURE"),
        ('date and time(@"2026-01-01T00:00:00Z", "Mars/Base")', "FUNCTION_INVOCATION_FAILURE"),
    ],
)
def test_additions_of_camunda_say_why_they_give_null(text: str, code: str) -> None:
    assert_null_with_warning(text, code)


def test_the_reason_is_that_of_the_way_whose_arguments_fit() -> None:
    context = Context()

    evaluate('context put({x: 1}, ["x", "a"], 2)', context=context)

    assert "'x' is a number" in context.warnings[0].message
