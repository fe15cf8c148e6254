"""Refuses a pattern, or whatever else an answer must satisfy, that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inburgering_flow.forms.patterns import UnreadablePattern, pattern
from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import EMPTY
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(frozenset(EMPTY)):
        asked = item.attrs.get("validate")
        if asked is not None and not isinstance(asked, Mapping):
            yield Fault(
                item_id,
                _("What an answer must satisfy cannot be read."),
                _("Set it in the editor, under Validation."),
            )
            continue
        given = item.rules.get("pattern")
        if not given:
            continue
        try:
            pattern(str(given))
        except UnreadablePattern as problem:
            yield Fault(
                item_id,
                _("The pattern cannot be checked here: {problem}.").format(problem=problem),
                _("Write it with signs, sets, repetitions and groups only; answers are checked by RE2."),
            )


RULE = Rule(
    "form-pattern",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het patroon waaraan een antwoord moet voldoen, is geen reguliere expressie die de server kan controleren.",
        why=(
            "De server controleert met RE2, zodat geen antwoord hem kan ophouden. Vooruit- of terugkijken (`(?=`, `(?<!`) "
            "en verwijzen naar een groep (`\\1`) kan RE2 niet. Zonder controle zou een fout antwoord worden bewaard."
        ),
        mend="Schrijf het patroon zonder die onderdelen. Een postcode is bijvoorbeeld `^[0-9]{4} ?[A-Z]{2}$`.",
    ),
    en=Page(
        what="The pattern that an answer must match is no regular expression that the server can check.",
        why=(
            "The server checks with RE2, so that no answer can hold it up. Looking ahead or back (`(?=`, `(?<!`) and "
            "referring to a group (`\\1`) are beyond RE2. Without a check a wrong answer would be kept."
        ),
        mend="Write the pattern without those parts. A postcode, for example, is `^[0-9]{4} ?[A-Z]{2}$`.",
    ),
    wrong="""
{"type": "textfield", "id": "postcode", "key": "postcode", "label": "Postcode", "validate":
{"pattern": "(?=.*[A-Z])[0-9]{4}"}}
""",
    right="""
{"type": "textfield", "id": "postcode", "key": "postcode", "label": "Postcode", "validate":
{"pattern": "^[0-9]{4} ?[A-Z]{2}$"}}
""",
)
