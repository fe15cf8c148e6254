"""What expressions give, theme by theme: the lines of ``cases/*.txt``, worked out by hand from DMN 1.5, chapter 10.

A line is ``expression → value as text``; ``null`` is null without and ``null!`` null with a warning, ``error`` an
expression that is refused.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from inburgering_flow.feel import Context, FeelError, evaluate
from inburgering_flow.feel.values import text_of

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
FILES = sorted(Path(__file__).parent.glob("cases/*.txt"))
LINES = [
    pytest.param(line, id=f"{path.stem}-{number}")
    for path in FILES
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
    if line.strip()
]


def outcome(text: str) -> str:
    context = Context(now=NOW)
    try:
        found = evaluate(text, context=context)
    except FeelError:
        return "error"
    return "null!" if found is None and context.warnings else text_of(found, inside=True).replace("\n", "\\n")


@pytest.mark.parametrize("line", LINES)
def test_an_expression_gives_what_its_theme_says(line: str) -> None:
    text, _, expected = line.rpartition(" → ")

    assert outcome(text) == expected


def test_every_theme_has_cases() -> None:
    assert len(FILES) >= 20
    assert len(LINES) >= 1000
