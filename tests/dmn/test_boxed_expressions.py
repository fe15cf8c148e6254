"""Boxed expressions give what the same text in FEEL would."""

from __future__ import annotations

import pytest
from decisions import (
    answer,
    context,
    data,
    decision,
    literal,
    model,
)

from inburgering_flow.dmn import DmnError


def boxed_iterator(kind: str, source: str, body: str, variable: str = "i") -> str:
    inner = "return" if kind == "for" else "satisfies"
    return (
        f'<{kind} iteratorVariable="{variable}"><in>{literal(source)}</in><{inner}>{literal(body)}</{inner}></{kind}>'
    )


def conditional(test: str, then: str = '"ja"', otherwise: str = '"nee"') -> str:
    return f"<conditional><if>{literal(test)}</if><then>{literal(then)}</then><else>{literal(otherwise)}</else></conditional>"


def boxed_filter(source: str, match: str) -> str:
    return f"<filter><in>{literal(source)}</in><match>{literal(match)}</match></filter>"


@pytest.mark.parametrize(
    ("boxed", "expected"),
    [
        (conditional("1 < 2"), '"ja"'),
        (conditional("1 > 2"), '"nee"'),
        (conditional("null"), '"nee"'),
        (conditional('"tekst"'), '"nee"'),
        (boxed_iterator("for", "[1, 2]", "i * 2"), "[2, 4]"),
        (boxed_iterator("for", "[1..3]", "i"), "[1, 2, 3]"),
        (boxed_iterator("for", "(1..3)", "i"), "[2]"),
        (boxed_iterator("for", '[@"2026-01-01"..@"2026-01-02"]', "i"), "[2026-01-01, 2026-01-02]"),
        (boxed_iterator("for", "[1, 2, 3]", "count(partial) + i"), "[1, 3, 5]"),
        (boxed_iterator("for", "7", "i"), "[7]"),
        (boxed_iterator("for", "[]", "i"), "[]"),
        (boxed_iterator("for", "null", "i"), "null!"),
        (boxed_iterator("for", "[1, 2]", "het getal", "het getal"), "[1, 2]"),
        (boxed_iterator("some", "[1, 2]", "i > 1"), "true"),
        (boxed_iterator("some", "[1, 2]", "i > 2"), "false"),
        (boxed_iterator("some", "[]", "true"), "false"),
        (boxed_iterator("every", "[1, 2]", "i > 0"), "true"),
        (boxed_iterator("every", "[1, 2]", "i > 1"), "false"),
        (boxed_iterator("every", "[]", "false"), "true"),
        (boxed_iterator("every", "[1, 2]", "i"), "null!"),
        (boxed_iterator("every", "null", "true"), "null!"),
        (boxed_filter("[1, 2, 3]", "item > 1"), "[2, 3]"),
        (boxed_filter("[{a: 1}, {a: 2}]", "a > 1"), "[{a: 2}]"),
        (boxed_filter("5", "item = 5"), "[5]"),
        (boxed_filter("null", "item = 5"), "[]"),
        ("<list>" + literal("1") + conditional("true") + "</list>", '[1, "ja"]'),
        (
            '<relation><column name="a"/><column name="b c"/><row>' + literal("1") + literal("2") + "</row><row>"
            + literal("3") + literal("null") + "</row></relation>",
            "[{a: 1, b c: 2}, {a: 3, b c: null}]",
        ),
        (context(("a b", "1"), ("c", "a b + 1"), result="c + 1"), "3"),
        (context(("a", context(("b", "1"))), ("c", "a.b")), "{a: {b: 1}, c: 1}"),
        ("<literalExpression/>", "null"),
    ],
)  # fmt: skip
def test_a_boxed_expression_gives_its_value(boxed: str, expected: str) -> None:
    assert answer(model(decision("D", boxed)), "D") == expected


def test_boxed_expressions_that_are_nested_see_the_names_around_them() -> None:
    inner = boxed_iterator("for", "[10, 20]", "x + i + j", "j")
    boxed = f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{inner}</return></for>'
    found = model(data("x"), decision("D", boxed, inputs=["x"]))

    assert answer(found, "D", {"x": 100}) == "[[111, 121], [112, 122]]"


def test_a_java_or_pmml_function_is_refused_and_decisions_that_do_not_need_it_are_not() -> None:
    java = (
        '<functionDefinition kind="Java"><formalParameter name="a"/>'
        + context(("class", '"java.lang.Math"'), ("method signature", '"abs(int)"'))
        + "</functionDefinition>"
    )
    found = model(decision("D", context(("f", java), result="f(1)")), decision("E", "1 + 1"))

    assert answer(found, "E") == "2"
    with pytest.raises(DmnError, match="Java") as caught:
        found.evaluate("D")
    assert caught.value.code == "DMN_EXTERNAL_FUNCTION"
    assert caught.value.remedy
