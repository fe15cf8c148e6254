"""Refuses a question of choice without a list of answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import CHOICES
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(CHOICES):
        if not _has_answers(item.attrs):
            yield Fault(
                item_id,
                _("The question has no list of answers."),
                _("Give it at least two answers, or say which variable or expression has them."),
            )


def _has_answers(attrs: Mapping[str, Any]) -> bool:
    if "valuesKey" in attrs:
        return isinstance(attrs["valuesKey"], str) and bool(attrs["valuesKey"])
    if "values" in attrs:
        values = attrs["values"]
        return isinstance(values, list) and all(isinstance(v, Mapping) and "value" in v for v in values)
    given = attrs.get("valuesExpression")
    return isinstance(given, str) and given.startswith("=")


RULE = Rule(
    "form-values",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een keuzevraag heeft geen lijst met antwoorden.",
        why="Er valt niets te kiezen. Is de vraag verplicht, dan kan niemand de taak afronden.",
        mend=(
            "Geef de vraag minstens twee antwoorden, elk met een waarde, of zeg in welke variabele (`valuesKey`) of "
            "uitdrukking (`valuesExpression`) ze staan."
        ),
    ),
    en=Page(
        what="A question of choice has no list of answers.",
        why="There is nothing to choose. If an answer is required, nobody can finish the task.",
        mend=(
            "Give the question at least two answers, each with a value, or say which variable (`valuesKey`) or expression "
            "(`valuesExpression`) has them."
        ),
    ),
    wrong='{"type": "radio", "id": "verwijtbaar", "key": "verwijtbaar", "label": "Verwijtbaar?"}',
    right="""
{"type": "radio", "id": "verwijtbaar", "key": "verwijtbaar", "label": "Verwijtbaar?", "values":
[{"value": "ja", "label": "Ja"}, {"value": "nee", "label": "Nee"}]}
""",
)
