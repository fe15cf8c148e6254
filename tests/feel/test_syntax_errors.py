"""What cannot be read is answered with the place, what was expected there, and what may have been meant."""

from __future__ import annotations

import pytest

from inburgering_flow.feel import FeelError, compile  # noqa: A004 the public name is feel.compile


@pytest.mark.parametrize(
    ("text", "line", "column", "expected", "remedy"),
    [
        ("1 +", 1, 4, "a value, a name or an opening bracket", ""),
        ("if a then b", 1, 12, "'else'", ""),
        ("if a", 1, 5, "'then'", ""),
        ("a == 1", 1, 4, "a value, a name or an opening bracket", "FEEL compares with a single '='."),
        ("a <> 1", 1, 4, "a value, a name or an opening bracket", "FEEL writes 'is not' as '!='."),
        ("a && b", 1, 3, "a value, a name or an operator", "FEEL writes 'and'."),
        ("a || b", 1, 3, "a value, a name or an operator", "FEEL writes 'or'."),
        ("!a", 1, 1, "a value, a name or an operator", "FEEL writes 'not(…)'."),
        ("a % 2", 1, 3, "a value, a name or an operator", "FEEL writes 'modulo(a, b)'."),
        ("a = 'b'", 1, 5, "a value, a name or an opening bracket", 'Texts are written in double quotes: "…".'),
        ("a = “b”", 1, 5, "a value, a name or an operator", 'Use plain double quotes: "…".'),
        ('a = "b', 1, 5, 'a closing "', 'The text that begins here has no closing ".'),
        ("(1 + 2", 1, 7, "')'", "The '(' at line 1, column 1 is not closed."),
        ('[1, "(", 2', 1, 11, "']'", "The '[' at line 1, column 1 is not closed."),
        ("{\n  a: sum([1, 2)\n}", 2, 15, "']'", ""),
        ("{\n  a: 1,\n  b: (2", 3, 8, "')'", "The '(' at line 3, column 6 is not closed."),
        ("1 + 2)", 1, 6, "an operator or the end", "This ')' closes nothing."),
        ("for x of [1] return x", 1, 22, "'in'", ""),
        ("for x in [1] x", 1, 14, "'return'", ""),
        ("a instance of nummer", 1, 15, "the name of a type", ""),
        ("a; b", 1, 2, "a value, a name or an operator", "FEEL has no ';'; write one expression."),
        ("a.", 1, 3, "a name after the dot", ""),
        ("1 2", 1, 3, "an operator or the end", ""),
    ],
)
def test_line_column_expectation_and_remedy(text: str, line: int, column: int, expected: str, remedy: str) -> None:
    with pytest.raises(FeelError) as caught:
        compile(text)

    error = caught.value
    assert (error.line, error.column, error.expected, error.remedy) == (line, column, expected, remedy)
    assert f"Line {line}, column {column}" in error.message


def test_the_excerpt_shows_the_line_with_a_caret() -> None:
    with pytest.raises(FeelError) as caught:
        compile("{\n  a: 1,\n  b == 2\n}")

    assert caught.value.excerpt == "  b == 2\n  ^"


def test_the_excerpt_of_a_very_long_line_shows_the_place() -> None:
    with pytest.raises(FeelError) as caught:
        compile("1 + " * 500 + "== 3")

    shown, caret = caught.value.excerpt.split("\n")
    assert len(shown) <= 120
    assert shown[caret.index("^")] == "="
