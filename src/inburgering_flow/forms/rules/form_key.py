"""Refuses a question whose answer has no variable of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inburgering_flow.forms.schema import INPUTS, Form
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check(form: Form) -> Iterator[Fault]:
    seen: set[str] = set()
    for item_id, item in form.items(INPUTS):
        key = item.get("key")
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            yield Fault(
                item_id,
                _("The question has no key that can be a variable."),
                _("Give it a key such as afspraakDatum."),
            )
        elif key in seen:
            yield Fault(item_id, _("Two questions have the key {key}.").format(key=key), _("Give each its own key."))
        else:
            seen.add(key)


RULE = Rule(
    "form-key",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een vraag heeft geen sleutel die een variabele kan zijn, of twee vragen hebben dezelfde sleutel.",
        why=(
            "Het antwoord wordt onder de sleutel bewaard. Zonder goede sleutel gaat het verloren, en bij twee gelijke "
            "sleutels overschrijft het ene antwoord het andere."
        ),
        mend="Geef elke vraag een eigen sleutel van letters, cijfers en `_`, zoals `afspraakDatum`.",
    ),
    en=Page(
        what="A question has no key that can be a variable, or two questions have the same key.",
        why=(
            "The answer is kept under the key. Without a good key it is lost, and with two equal keys one answer "
            "overwrites the other."
        ),
        mend="Give each question a key of its own of letters, digits and `_`, such as `afspraakDatum`.",
    ),
    wrong="""
{"type": "textfield", "id": "datum", "key": "datum afspraak", "label": "Wanneer is de afspraak?"}
""",
    right='{"type": "textfield", "id": "datum", "key": "afspraakDatum", "label": "Wanneer is de afspraak?"}',
)
