"""Refuses a question whose answer has no place of its own in the variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import CONTAINERS, EMPTY, LIST, Component
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

_PATH = re.compile(r"(?!\d{4})\w+(\.(?!\d{4})\w+)*", re.ASCII)  # a number is a place in a list
_TAKEN = frozenset(("constructor", "__proto__"))


@dataclass
class _Place:
    """A place in the data: whose answer it is, or which list's, and what is inside it."""

    inside: dict[str, _Place] = field(default_factory=dict)
    answer: Component | None = None
    items: Component | None = None


def check(form: Form) -> Iterator[Fault]:
    places = _Place()
    for item_id, item in form.items(frozenset(EMPTY) | CONTAINERS):
        written = item.attrs.get("key" if item.type in EMPTY else "path")
        if item.type not in EMPTY and item.type != LIST and not written:
            continue
        if not isinstance(written, str) or not _PATH.fullmatch(written) or _TAKEN & set(written.split(".")):
            yield Fault(
                item_id,
                _("The list has no path that can be a variable.") if item.type == LIST
                else _("The group has a path that cannot be a variable.") if item.type in CONTAINERS
                else _("The question has no key that can be a variable."),
                _("Give it one such as afspraakDatum, or adres.straat for a part of a variable."),
            )  # fmt: skip
        elif not _claim(places, item):
            yield Fault(
                item_id,
                _("The key {key} is in use: it is another question's, or lies in another one's answer.").format(
                    key=".".join(map(str, item.full_path))
                ),
                _("Give each question its own key. Two that are never shown together may share one: give both a condition."),
            )


def _claim(places: _Place, item: Component) -> bool:
    """Take a place in the data and tell whether it was free.

    As form-js does it, but questions of which each has a condition may share a place.
    """
    around = set()
    above = item.parent
    while above is not None:
        around.add(above)
        above = above.parent
    place, path = places, item.full_path
    for part in path:
        place = place.inside.setdefault(str(part), _Place())
        if place.items is not None and place.items not in around:
            return False
        if place.answer is not None and not (part is path[-1] and place.answer.path and item.is_keyed):
            return False
    if item.is_keyed:
        shared = place.answer is not None and _has_condition(place.answer) and _has_condition(item)
        free = (place.answer is None or shared) and not place.inside
        place.answer = item
        return free
    if item.type == LIST:
        free = not place.inside and place.items is None
        place.items = item
        return free
    return True


def _has_condition(item: Component) -> bool:
    found: Component | None = item
    while found is not None:
        if found.hide:
            return True
        found = found.parent
    return False


RULE = Rule(
    "form-key",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Een vraag heeft geen sleutel die een variabele (of een deel ervan) kan zijn, of twee vragen hebben dezelfde "
            "sleutel."
        ),
        why=(
            "Het antwoord wordt onder de sleutel bewaard. Zonder goede sleutel gaat het verloren, en bij twee gelijke "
            "sleutels overschrijft het ene antwoord het andere."
        ),
        mend=(
            "Geef elke vraag een eigen sleutel van letters, cijfers en `_`, zoals `afspraakDatum`, of met punten voor een "
            "deel van een variabele, zoals `adres.straat`. Twee vragen die nooit samen te zien zijn, mogen één sleutel "
            "delen: geef dan allebei een voorwaarde."
        ),
    ),
    en=Page(
        what="A question has no key that can be a variable (or a part of one), or two questions have the same key.",
        why=(
            "The answer is kept under the key. Without a good key it is lost, and with two equal keys one answer "
            "overwrites the other."
        ),
        mend=(
            "Give each question a key of its own of letters, digits and `_`, such as `afspraakDatum`, or with dots for a "
            "part of a variable, such as `adres.straat`. Two questions that are never shown together may share one key: "
            "then give both a condition."
        ),
    ),
    wrong="""
{"type": "textfield", "id": "datum", "key": "datum afspraak", "label": "Wanneer is de afspraak?"}
""",
    right='{"type": "textfield", "id": "datum", "key": "afspraakDatum", "label": "Wanneer is de afspraak?"}',
)
