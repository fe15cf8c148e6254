"""Refuses a start whose moment or name cannot be worked out when it is deployed."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.errors import FlowError
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for process in diagram.processes:
        for element, event in process.triggers():
            text = event.expression if event.kind == "timer" else event.name
            if text is None or not text.is_expression:
                continue
            remedy = _("Mend it: write what is meant.")
            try:
                value = around.value(text)
            except FlowError as error:
                problem, remedy = error.message, error.remedy or remedy
            else:
                problem = around.timer(event.timer, value) if event.kind == "timer" else ""
            if problem:
                yield Fault(element.id, problem, remedy)


RULE = Rule(
    "start",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het tijdstip of de naam waarmee een proces begint, kan bij het klaarzetten niet worden uitgerekend.",
        why="Er is dan nog geen zaak, dus er zijn nog geen variabelen. Het proces zou nooit vanzelf beginnen.",
        mend="Gebruik in de expressie geen variabelen van de zaak, of schrijf het tijdstip zelf op, zoals `R/P1D`.",
    ),
    en=Page(
        what="The moment or name with which a process starts cannot be worked out when it is deployed.",
        why="There is no case yet, so there are no variables. The process would never start by itself.",
        mend="Use no variables of the case in the expression, or write the moment itself, such as `R/P1D`.",
    ),
    wrong="<timeDate>= eersteDag</timeDate>",
    right="<timeCycle>R/P1D</timeCycle>",
)
