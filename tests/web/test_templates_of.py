"""What our own code generator makes of a template says what Jinja's says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, g, render_template_string
from jinja2 import UndefinedError

import inburgering_flow
from inburgering_flow.app import create_app
from inburgering_flow.platform import Platform
from inburgering_flow.web.templates_of import FIXED


@pytest.fixture
def app(law: Platform) -> Flask:
    return create_app(law.services)


def drawn(app: Flask, text: str, **values: object) -> str:
    with app.test_request_context("/"):
        return render_template_string(text, **values)


class Thing:
    """Something with an attribute, an item, an attribute that is nothing, and one that fails."""

    name = "<naam>"
    empty = None

    def __getitem__(self, key: str) -> str:
        if key != "item":
            raise KeyError(key)
        return "<item>"

    @property
    def fails(self) -> str:
        raise ValueError("no")


ATTRIBUTES = """
{{- thing.name }}{{ thing.empty }}{{ thing.item }}[{{ thing.none }}]{{ thing.name.upper() }}{{ given.key.inner.value }}
{{- given.items()|length }}{{ given['key'].inner }}{{ given.key['inner'].value }}[{{ unknown }}]{{ thing.none is defined }}
{%- for one in [thing, given] if one.name or one.key %}{{ one.name ~ one.key }}{{ loop.index }}{% endfor %}
{%- macro shown(of) %}{{ of.name if of.name else of.key }}{% endmacro %}{{ shown(thing) }}{{ shown(given) }}
{%- set of = thing %}{{ of.name }}{{ [thing.name, given.key.inner.value]|join('-') }}{{ 'none'.name }}{{ given|attr('name') }}
{%- set x = given.key if thing.name else thing.item %}{{ x.inner.value }}{{ {thing.name: given.key.inner} }}
"""


def test_attributes_are_found_as_jinja_finds_them(app: Flask) -> None:
    values = {"thing": Thing(), "given": {"key": {"inner": {"value": "<v>"}}}}
    assert drawn(app, ATTRIBUTES, **values) == drawn(Flask("plain"), ATTRIBUTES, **values)
    for text in ("{{ unknown.name }}", "{{ thing.none.name }}", "{{ thing.fails }}", "{{ thing.item.upper.name.other }}"):
        failures = []
        for one in (Flask("plain"), app):
            with pytest.raises((UndefinedError, ValueError)) as failure:
                drawn(one, text, **values)
            failures.append((failure.type, str(failure.value)))
        assert failures[0] == failures[1], text


def test_a_name_that_a_page_gives_itself_is_its_own(app: Flask) -> None:
    text = "{% set url_for = 'x' %}{{ url_for }}{% for _ in [1, 2] %}{{ _ }}{% endfor %}{% macro m(url_for) %}{{ url_for }}{% endmacro %}{{ m(3) }}"
    assert drawn(app, text) == drawn(Flask("plain"), text) == "x123"


def test_no_page_is_given_a_function_that_is_the_same_everywhere(app: Flask) -> None:
    assert app.jinja_env.globals.keys() >= FIXED
    with app.test_request_context("/"):
        g.actor = None
        given = {name for processors in app.template_context_processors.values() for one in processors for name in one()}
    assert given
    assert given.isdisjoint(FIXED)
    for path in Path(inburgering_flow.__file__).parent.rglob("*.py"):
        for call in re.findall(r"render_template\((.*?)\n?\)", path.read_text(encoding="utf-8"), re.DOTALL):
            assert not re.search(rf"\b({'|'.join(FIXED)})=", call), path
