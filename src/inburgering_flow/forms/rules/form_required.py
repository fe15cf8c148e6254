"""Warns of a question whose being required is written as a text."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import EMPTY
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(frozenset(EMPTY)):
        given = item.rules.get("required")
        if given is not None and not isinstance(given, bool):
            yield Fault(
                item_id,
                _("Whether an answer is required is written as {given}; form-js reads that as yes.").format(given=given)
                if given
                else _("Whether an answer is required is written as {given}; form-js reads that as no.").format(given=given),
                _("Set required to true or false. For a question that is sometimes required, hide it when it is not."),
            )


RULE = Rule(
    "form-required",
    WARNING,
    check,
    nl=Page(
        what="Bij een vraag staat niet met true of false of een antwoord nodig is, maar met een tekst of FEEL.",
        why="form-js kent daar geen FEEL: elke tekst, ook `false` of `=nodig`, betekent dat een antwoord nodig is.",
        mend=(
            "Zet required op true of false. Is een antwoord alleen soms nodig, maak dan twee vragen met één sleutel en "
            "tegengestelde voorwaarden."
        ),
    ),
    en=Page(
        what="Whether a question needs an answer is not written as true or false, but as a text or FEEL.",
        why="form-js knows no FEEL there: any text, also `false` or `=needed`, means that an answer is required.",
        mend=(
            "Set required to true or false. If an answer is only sometimes needed, make two questions with one key and "
            "opposite conditions."
        ),
    ),
    wrong='{"type": "textfield", "id": "reden", "key": "reden", "label": "Reden", "validate": {"required": "=nodig"}}',
    right='{"type": "textfield", "id": "reden", "key": "reden", "label": "Reden", "validate": {"required": true}}',
)
