"""Refuses an expression that is not FEEL."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("not FEEL"):
        what, message = note.details["what"], note.details["message"]
        yield Fault(
            note.element_id,
            _("The {what} is not FEEL: {message}").format(what=_(what), message=message),
            note.details["remedy"] or _("Correct the expression."),
        )


RULE = Rule(
    "feel-syntax",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een expressie is geen goed FEEL. De melding noemt de regel en de kolom.",
        why="Als de zaak hier komt, kan de expressie niet worden uitgerekend. De zaak blijft dan staan met een storing.",
        mend="Verbeter de expressie. Op de pagina Uitproberen kunt u haar testen met voorbeeldwaarden.",
    ),
    en=Page(
        what="An expression is not correct FEEL. The message names line and column.",
        why="When a case comes here the expression cannot be evaluated. The case then stops with an incident.",
        mend="Correct the expression. On the page Uitproberen (Try out) you can test it with example values.",
    ),
    wrong="<conditionExpression>= bedrag ></conditionExpression>",
    right="<conditionExpression>= bedrag > 250</conditionExpression>",
)
