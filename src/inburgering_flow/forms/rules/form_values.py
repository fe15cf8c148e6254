"""Refuses a question of choice without a list of answers."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.schema import CHOICES, Form
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(CHOICES):
        values = item.get("values")
        if not (isinstance(values, list) and all(isinstance(v, dict) and "value" in v for v in values)):
            yield Fault(item_id, _("The question has no list of answers."), _("Give it at least two answers."))


RULE = Rule(
    "form-values",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een keuzevraag heeft geen lijst met antwoorden.",
        why="Er valt niets te kiezen. Is de vraag verplicht, dan kan niemand de taak afronden.",
        mend="Geef de vraag minstens twee antwoorden, elk met een waarde.",
    ),
    en=Page(
        what="A question of choice has no list of answers.",
        why="There is nothing to choose. If an answer is required, nobody can finish the task.",
        mend="Give the question at least two answers, each with a value.",
    ),
    wrong='{"type": "radio", "id": "verwijtbaar", "key": "verwijtbaar", "label": "Verwijtbaar?"}',
    right="""
{"type": "radio", "id": "verwijtbaar", "key": "verwijtbaar", "label": "Verwijtbaar?", "values":
[{"value": "ja", "label": "Ja"}, {"value": "nee", "label": "Nee"}]}
""",
)
