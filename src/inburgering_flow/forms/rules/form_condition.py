"""Refuses a hide condition that is not FEEL."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.feel import FeelError
from inburgering_flow.forms.expressions import is_expression, unary_tests
from inburgering_flow.forms.schema import Form
from inburgering_flow.forms.tree import KNOWN
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    for item_id, item in form.items(KNOWN):
        if not item.hide:
            continue
        if not is_expression(item.hide):
            yield Fault(
                item_id, _("The condition does not begin with =, so it never hides anything."), _("Put an = before it.")
            )
            continue
        try:
            unary_tests(item.hide[1:])
        except FeelError as problem:
            yield Fault(
                item_id,
                _("The condition is not FEEL: {message}").format(message=problem.message),
                problem.remedy or _("Correct the condition."),
            )


RULE = Rule(
    "form-condition",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De voorwaarde om een veld te verbergen is geen goed FEEL, of begint niet met `=`.",
        why="Het is dan niet te zeggen of het veld getoond moet worden, en of een antwoord nodig is.",
        mend="Verbeter de voorwaarde. De melding noemt de plek. Schrijf bijvoorbeeld `=verschenen = true`.",
    ),
    en=Page(
        what="The condition for hiding a field is not correct FEEL, or does not begin with `=`.",
        why="Nobody can say then whether the field is to be shown, and whether an answer is needed.",
        mend="Correct the condition. The message names the place. Write for example `=verschenen = true`.",
    ),
    wrong="""
{"type": "textfield", "id": "reden", "key": "reden", "label": "Reden", "conditional": {"hide":
"=verschenen ="}}
""",
    right="""
{"type": "textfield", "id": "reden", "key": "reden", "label": "Reden", "conditional": {"hide":
"=verschenen = true"}}
""",
)
