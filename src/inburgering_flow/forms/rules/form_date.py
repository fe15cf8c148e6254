"""Refuses a question that asks for a time of day."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.schema import Form
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(("datetime",)):
        if item.get("subtype") != "date":
            yield Fault(item_id, _("Only dates without a time are supported."), _("Set the subtype to date."))


RULE = Rule(
    "form-date",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een datumvraag vraagt ook naar een tijd, of alleen naar een tijd.",
        why="De pagina toont alleen een datum. De tijd zou verloren gaan.",
        mend="Zet het subtype op Date. Vraag de tijd zo nodig in een apart tekstveld.",
    ),
    en=Page(
        what="A question for a date asks for a time too, or for a time alone.",
        why="The page shows a date only. The time would be lost.",
        mend="Set the subtype to Date. Ask for the time in a text field of its own where you need it.",
    ),
    wrong="""
{"type": "datetime", "id": "afspraak", "key": "afspraakDatum", "dateLabel": "Afspraak", "subtype":
"datetime"}
""",
    right="""
{"type": "datetime", "id": "afspraak", "key": "afspraakDatum", "dateLabel": "Afspraak", "subtype":
"date"}
""",
)
