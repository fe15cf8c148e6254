"""Refuses a priority that is not a number from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        given = element.priority
        if given is not None and not given.is_expression and not _is_priority(given.source):
            yield Fault(element.id, _("The priority is not a number from 0 to 100."), _("Write such a number."))


def _is_priority(text: str) -> bool:
    return text.isdecimal() and int(text) <= 100


RULE = Rule(
    "priority",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De prioriteit van een taak is geen getal van 0 tot en met 100.",
        why=(
            "De werklijst sorteert op prioriteit. Een taak met een woord zoals `hoog` kan niet worden gemaakt: de zaak "
            "blijft staan."
        ),
        mend="Schrijf een getal van 0 tot en met 100. Gewoon is 50.",
    ),
    en=Page(
        what="The priority of a task is not a number from 0 to 100.",
        why="The work list sorts by priority. A task with a word such as `hoog` cannot be created: the case stops.",
        mend="Write a number from 0 to 100. Normal is 50.",
    ),
    wrong='<zeebe:priorityDefinition priority="hoog"/>',
    right='<zeebe:priorityDefinition priority="80"/>',
)
