"""Refuses an expression in a language other than FEEL."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("another language"):
        yield Fault(
            note.element_id,
            _("An expression in {language} cannot be executed.").format(**note.details),
            _("Write it in FEEL with a leading =, for example = bedrag > 250."),
        )


RULE = Rule(
    "expression-language",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een expressie zegt dat zij in een andere taal dan FEEL is geschreven, zoals JavaScript of Groovy.",
        why="Alleen FEEL wordt uitgerekend: het is een vaste standaard en kan geen programma's starten.",
        mend="Schrijf de expressie in FEEL met een `=` ervoor, en haal de taal weg.",
    ),
    en=Page(
        what="An expression says that it is written in another language than FEEL, such as JavaScript or Groovy.",
        why="Only FEEL is evaluated: it is an open standard and cannot start programs.",
        mend="Write the expression in FEEL with a leading `=`, and take the language away.",
    ),
    wrong='<conditionExpression language="groovy">bedrag > 250</conditionExpression>',
    right='<conditionExpression language="feel">= bedrag > 250</conditionExpression>',
)
