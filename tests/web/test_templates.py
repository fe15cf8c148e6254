"""Templates can be read: lines are short, and what recurs is written once, in ``macros/``."""

from __future__ import annotations

from pathlib import Path

import pytest

import inburgering_flow.web

WEB = Path(inburgering_flow.web.__file__).parent
TEMPLATES = sorted(WEB.rglob("*.html"))
LONGEST = 120
# What a page gets from a macro: the token that guards its forms, a table with a head, a label with its hint.
OF_MACROS = ('name="csrf_token"', "<table", "<textarea", 'class="choice"', 'class="summary"')


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_line_of_a_template_is_longer_than_can_be_read(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if len(line) > LONGEST] == []


@pytest.mark.parametrize(
    "path", [p for p in TEMPLATES if p.parent != WEB / "macros"], ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_a_page_writes_nothing_that_a_macro_writes(path: Path) -> None:
    assert [part for part in OF_MACROS if part in path.read_text()] == []
