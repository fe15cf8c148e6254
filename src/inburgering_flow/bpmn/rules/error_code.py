"""Refuses an error that is thrown without a code, or caught by an expression."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, part, catching in diagram.events("error"):
        if catching and part.expression is not None:
            yield Fault(
                element.id,
                _("A code that is caught cannot be an expression."),
                _("Write the code itself, or none to catch every one."),
            )
        elif not catching and not part.code and part.expression is None:
            yield Fault(
                element.id,
                _("The {kind} that is thrown has no code.").format(kind="error"),
                _("Choose one with a code."),
            )


RULE = Rule(
    "error-code",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een fout wordt gegooid zonder code, of gevangen met een expressie als code.",
        why="Werpen en vangen vinden elkaar door de code. Zonder code komt de fout nergens aan en wordt zij een storing.",
        mend=(
            "Kies bij het werpen een fout met een code. Schrijf bij het vangen de code zelf op, of kies geen fout om elke"
            " fout te vangen."
        ),
    ),
    en=Page(
        what="An error is thrown without a code, or caught with an expression as its code.",
        why=(
            "Throwing and catching events are matched by code. Without one the error is not caught and becomes an "
            "incident."
        ),
        mend=(
            "Choose an error with a code where you throw. Where you catch, write the code itself, or choose no error to "
            "catch every one."
        ),
    ),
    wrong='<error id="adres" name="Adres onbekend"/>',
    right='<error id="adres" name="Adres onbekend" errorCode="adres-onbekend"/>',
)
