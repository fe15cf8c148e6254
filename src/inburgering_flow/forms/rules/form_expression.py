"""Refuses FEEL in a property of a form that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inburgering_flow.feel import FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.forms.expressions import is_expression, unary_tests
from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import KNOWN
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

PROPERTIES = (
    "accept", "alt", "appearance.prefixAdorner", "appearance.suffixAdorner", "columnsExpression", "dataSource",
    "description", "expression", "label", "multiple", "properties.voorwaarde", "readonly", "source", "text", "title", "url",
    "validate.max", "validate.maxLength", "validate.min", "validate.minLength", "valuesExpression",
)  # fmt: skip
"""Where FEEL is read, besides ``conditional.hide``: by form-js, and ``properties.voorwaarde`` by the server."""


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(KNOWN):
        for name in PROPERTIES:
            text = _read(item.attrs, name)
            if not is_expression(text):
                continue
            try:
                (unary_tests if name == "readonly" else compile_feel)(text[1:])
            except FeelError as problem:
                yield Fault(
                    item_id,
                    _("Its property {name} is not FEEL: {message}").format(name=name, message=problem.message),
                    problem.remedy or _("Correct the expression."),
                )


def _read(attrs: Mapping[str, Any], name: str) -> Any:
    found: Any = attrs
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


RULE = Rule(
    "form-expression",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een eigenschap van een onderdeel, zoals het minimum of de lijst met antwoorden, is geen goed FEEL.",
        why="De eigenschap is dan leeg: er is geen grens, er zijn geen antwoorden, of er staat niets.",
        mend="Verbeter de uitdrukking. De melding noemt de eigenschap en de plek.",
    ),
    en=Page(
        what="A property of a component, such as its minimum or its list of answers, is not correct FEEL.",
        why="The property is empty then: there is no limit, there are no answers, or nothing is shown.",
        mend="Correct the expression. The message names the property and the place.",
    ),
    wrong='{"type": "number", "id": "bedrag", "key": "bedrag", "label": "Bedrag", "validate": {"min": "=laagste +"}}',
    right='{"type": "number", "id": "bedrag", "key": "bedrag", "label": "Bedrag", "validate": {"min": "=laagste + 1"}}',
)
