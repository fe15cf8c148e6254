"""Refuses a pattern, or whatever else an answer must satisfy, that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inburgering_flow.forms.schema import INPUTS, Form
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(INPUTS):
        asked = item.get("validate") or {}
        if not isinstance(asked, dict):
            yield Fault(
                item_id,
                _("What an answer must satisfy cannot be read."),
                _("Set it in the editor, under Validation."),
            )
            continue
        pattern = asked.get("pattern")
        try:
            re.compile(str(pattern or ""))
        except re.error as problem:
            yield Fault(
                item_id,
                _("The pattern is not a regular expression: {problem}.").format(problem=problem),
                _("Correct the pattern."),
            )


RULE = Rule(
    "form-pattern",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het patroon waaraan een antwoord moet voldoen, is geen goede reguliere expressie.",
        why="Geen enkel antwoord kan worden gecontroleerd, dus niemand kan de taak afronden.",
        mend="Verbeter het patroon. Een postcode is bijvoorbeeld `[0-9]{4} ?[A-Z]{2}`.",
    ),
    en=Page(
        what="The pattern that an answer must match is not a correct regular expression.",
        why="No answer can be checked, so nobody can finish the task.",
        mend="Correct the pattern. A postcode, for example, is `[0-9]{4} ?[A-Z]{2}`.",
    ),
    wrong="""
{"type": "textfield", "id": "postcode", "key": "postcode", "label": "Postcode", "validate":
{"pattern": "[0-9{4}"}}
""",
    right="""
{"type": "textfield", "id": "postcode", "key": "postcode", "label": "Postcode", "validate":
{"pattern": "[0-9]{4} ?[A-Z]{2}"}}
""",
)
