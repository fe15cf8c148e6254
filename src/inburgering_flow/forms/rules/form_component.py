"""Refuses a component that the pages cannot show."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.schema import KNOWN, Form, components
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item, _outer in components(form.schema or {}):
        kind = item.get("type")
        if not isinstance(kind, str) or kind not in KNOWN:
            yield Fault(
                str(item.get("id") or item.get("key") or ""),
                _("A component of type {kind} is not supported.").format(kind=kind),
                _("Use one of {types}.").format(types=", ".join(sorted(KNOWN))),
            )


RULE = Rule(
    "form-component",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het formulier bevat een soort onderdeel dat hier niet wordt getoond, zoals een script of een tabel.",
        why="Wie de taak doet, zou het onderdeel niet zien, en het antwoord zou ontbreken.",
        mend=(
            "Gebruik een van de soorten die de melding noemt. Is er meer nodig, verdeel de vraag dan over eenvoudige "
            "velden."
        ),
    ),
    en=Page(
        what="The form contains a kind of component that is not shown here, such as a script or a table.",
        why="Who does the task would not see the component, and the answer would be missing.",
        mend="Use one of the kinds that the message names. If more is needed, divide the question over plain fields.",
    ),
    wrong='{"type": "dynamiclist", "id": "gezin", "key": "gezin", "label": "Gezinsleden"}',
    right='{"type": "textarea", "id": "gezin", "key": "gezin", "label": "Gezinsleden"}',
)
