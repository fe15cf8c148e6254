"""Refuses a component that form-js does not know, because the whole form could not be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import CONTAINERS, KNOWN
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    waiting: list[Any] = [form.schema or {}]
    while waiting:
        around = waiting.pop()
        inside = around.get("components")
        if not isinstance(inside, list):
            if inside is not None:
                yield Fault(str(around.get("id") or ""), _("Its components are no list."), _("Save it again in the editor."))
            continue
        for item in inside:
            kind = item.get("type") if isinstance(item, Mapping) else item
            if not isinstance(item, Mapping) or not isinstance(kind, str) or kind not in KNOWN:
                name = str(item.get("id") or item.get("key") or "") if isinstance(item, Mapping) else ""
                yield Fault(
                    name,
                    _("A component of type {kind} does not exist.").format(kind=kind),
                    _("Use one of {types}.").format(types=", ".join(sorted(KNOWN))),
                )
            elif kind in CONTAINERS:
                waiting.append(item)


RULE = Rule(
    "form-component",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het formulier bevat een soort onderdeel dat form-js niet kent.",
        why="form-js toont dan het hele formulier niet. Wie de taak doet, ziet geen vragen.",
        mend="Gebruik een van de soorten die de melding noemt, of maak het onderdeel opnieuw in de formuliereditor.",
    ),
    en=Page(
        what="The form contains a kind of component that form-js does not know.",
        why="form-js then does not show the form at all. Whoever does the task sees no questions.",
        mend="Use one of the kinds that the message names, or make the component again in the form editor.",
    ),
    wrong='{"type": "handtekening", "id": "gezien", "key": "gezien", "label": "Gezien"}',
    right='{"type": "checkbox", "id": "gezien", "key": "gezien", "label": "Gezien"}',
)
