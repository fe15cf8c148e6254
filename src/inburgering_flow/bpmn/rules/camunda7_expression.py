"""Refuses an expression of Camunda 7 that has no counterpart in FEEL."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("expression of Camunda 7"):
        what = note.details["what"]
        yield Fault(
            note.element_id,
            _("The {what} is a Camunda 7 expression.").format(what=_(what)),
            _("Write it in FEEL with a leading =, for example = bedrag > 250."),
        )


RULE = Rule(
    "camunda7-expression",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Er staat een expressie van Camunda 7 (`${…}`) die code aanroept of iets gebruikt wat FEEL niet heeft.",
        why="Eenvoudige vergelijkingen worden vertaald, maar code uit een diagram wordt nooit uitgevoerd.",
        mend="Schrijf de expressie in FEEL met een `=` ervoor, bijvoorbeeld `= bedrag > 250`.",
    ),
    en=Page(
        what="There is an expression of Camunda 7 (`${…}`) that calls code or uses what FEEL does not have.",
        why="Simple comparisons are translated, but code in a diagram is never run.",
        mend="Write the expression in FEEL with a leading `=`, for example `= bedrag > 250`.",
    ),
    wrong='<userTask id="taak_controle" camunda:assignee="${team.kies(zaak)}"/>',
    right='<userTask id="taak_controle" camunda:assignee="${behandelaar}"/>',
)
