"""Templates can be read: lines are short, and what recurs is written once, in ``macros/``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

import inburgering_flow.web
from inburgering_flow.app import create_app
from inburgering_flow.platform import Platform

WEB = Path(inburgering_flow.web.__file__).parent
TEMPLATES = sorted(WEB.rglob("*.html"))
LONGEST = 120
FEW = 3  # columns that fit a phone
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


def tables_without_label(source: str) -> list[int]:
    """Return the lines on which a table begins that no label names, unless its columns are at most ``FEW``."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    found = []
    for call in (block.call for block in tree.find_all(nodes.CallBlock)):
        if not (isinstance(call.node, nodes.Name) and call.node.name == "table"):
            continue
        columns = call.args[0]
        is_narrow = isinstance(columns, nodes.List) and len(columns.items) <= FEW
        if not is_narrow and len(call.args) == 1 and all(given.key != "label" for given in call.kwargs):
            found.append(call.lineno)
    return found


@pytest.mark.parametrize("path", sorted(WEB.parent.rglob("*.html")), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_table_that_may_be_wider_than_a_screen_has_a_label_so_that_the_keyboard_gets_there(path: Path) -> None:
    assert tables_without_label(path.read_text()) == []


def test_a_table_without_label_is_found_however_its_columns_are_given() -> None:
    for columns, is_found in (("['a', 'b', 'c']", False), ("['a', 'b', 'c', 'd']", True), ("['a'] + more", True), ("columns", True)):
        assert bool(tables_without_label(f"{{% call table({columns}, file='x') %}}{{% endcall %}}")) is is_found
        assert not tables_without_label(f"{{% call table({columns}, 'Rows') %}}{{% endcall %}}")
        assert not tables_without_label(f"{{% call table({columns}, label='Rows') %}}{{% endcall %}}")
