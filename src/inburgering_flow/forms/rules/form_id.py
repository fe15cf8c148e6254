"""Refuses two components with one id."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import KNOWN
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    seen = {str(form.schema["id"])} if form.schema and form.schema.get("id") else set()
    for _item_id, item in form.items(KNOWN):
        own = item.attrs.get("id")
        if isinstance(own, str) and own:
            if own in seen:
                yield Fault(own, _("Two components have the id {id}.").format(id=own), _("Give each an id of its own."))
            seen.add(own)


RULE = Rule(
    "form-id",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Twee onderdelen van het formulier hebben hetzelfde id.",
        why="form-js toont dan het hele formulier niet. Wie de taak doet, ziet geen vragen.",
        mend="Geef elk onderdeel een eigen id. Na kopiëren met de hand is dat vaak vergeten.",
    ),
    en=Page(
        what="Two components of the form have the same id.",
        why="form-js then does not show the form at all. Whoever does the task sees no questions.",
        mend="Give each component an id of its own. After copying by hand this is often forgotten.",
    ),
    wrong="""
{"type": "textfield", "id": "veld", "key": "naam", "label": "Naam"},
{"type": "textfield", "id": "veld", "key": "plaats", "label": "Plaats"}
""",
    right="""
{"type": "textfield", "id": "veld_naam", "key": "naam", "label": "Naam"},
{"type": "textfield", "id": "veld_plaats", "key": "plaats", "label": "Plaats"}
""",
)
