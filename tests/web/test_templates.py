"""Templates can be read: lines are short, and what recurs is written once, in ``macros/``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import meta

import inburgering_flow.web
from inburgering_flow.app import create_app
from inburgering_flow.platform import Platform

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


def test_macros_use_what_they_are_given_and_what_no_request_changes(law: Platform) -> None:
    """Imported without a page's context they are made once, so a name that only a page has would be undefined."""
    environment = create_app(law.services).jinja_env
    found = set()
    for path in TEMPLATES:
        for name, rest in re.findall(r"from '([^']+)' import ([^%]+)%", path.read_text()):
            if not rest.strip().endswith("with context"):
                assert environment.loader is not None
                source = environment.loader.get_source(environment, name)[0]
                names = meta.find_undeclared_variables(environment.parse(source))
                found |= {(name, free) for free in names - environment.globals.keys()}
    assert found == set()
