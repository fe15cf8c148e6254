"""Refuses a limit of an answer that is no number."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.constraints import decimal_of
from inburgering_flow.forms.expressions import is_expression
from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import EMPTY
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

LIMITS = ("min", "max", "minLength", "maxLength")
OWN = ("decimalDigits", "increment")


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(frozenset(EMPTY)):
        given = {name: item.rules.get(name) for name in LIMITS} | {name: item.attrs.get(name) for name in OWN}
        for name, value in given.items():
            if value in (None, "") or (name in LIMITS and is_expression(value)):
                continue
            number = decimal_of(value)
            if number is None or (name == "increment" and number <= 0):
                yield Fault(
                    item_id,
                    _("Its limit {name} is no number: {value}.").format(name=name, value=value),
                    _("Give a number, or FEEL that begins with = (not for decimalDigits and increment)."),
                )


RULE = Rule(
    "form-limits",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een grens van een antwoord, zoals het minimum of de grootste lengte, is geen getal.",
        why="Het antwoord kan dan niet worden gecontroleerd, dus niemand kan de taak afronden.",
        mend="Vul een getal in, of FEEL die met `=` begint. Bij decimalDigits en increment kan alleen een getal.",
    ),
    en=Page(
        what="A limit of an answer, such as the minimum or the greatest length, is no number.",
        why="The answer cannot be checked then, so nobody can finish the task.",
        mend="Fill in a number, or FEEL that begins with `=`. For decimalDigits and increment only a number will do.",
    ),
    wrong='{"type": "number", "id": "bedrag", "key": "bedrag", "label": "Bedrag", "validate": {"min": "vijf"}}',
    right='{"type": "number", "id": "bedrag", "key": "bedrag", "label": "Bedrag", "validate": {"min": 5}}',
)
