"""Refuses a question for a moment that asks neither for a day nor for a time."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.schema import Form
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

SUBTYPES = ("date", "time", "datetime")


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(("datetime",)):
        if item.attrs.get("subtype", "date") not in SUBTYPES:
            yield Fault(
                item_id,
                _("Nobody can say whether a day or a time is asked for."),
                _("Set the subtype to one of {subtypes}.").format(subtypes=", ".join(SUBTYPES)),
            )


RULE = Rule(
    "form-date",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een vraag naar een datum of tijd zegt niet of het om een dag, een tijd of allebei gaat.",
        why="De pagina toont dan niets om in te vullen.",
        mend="Zet het subtype op Date, Time of Date & Time.",
    ),
    en=Page(
        what="A question for a date or time does not say whether it is about a day, a time or both.",
        why="The page then shows nothing to fill in.",
        mend="Set the subtype to Date, Time or Date & Time.",
    ),
    wrong="""
{"type": "datetime", "id": "afspraak", "key": "afspraakDatum", "dateLabel": "Afspraak", "subtype":
"maand"}
""",
    right="""
{"type": "datetime", "id": "afspraak", "key": "afspraakDatum", "dateLabel": "Afspraak", "subtype":
"date"}
""",
)
