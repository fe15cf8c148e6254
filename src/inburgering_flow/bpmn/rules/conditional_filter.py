"""Refuses a conditional event that waits for a change that no variable can have."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

CHANGES = frozenset(("create", "update"))


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, part, _catching in diagram.events("conditional"):
        wrong = part.looks_when - CHANGES
        if wrong:
            yield Fault(
                element.id,
                _("{change} is not a change of a variable that a condition can wait for.").format(
                    change=", ".join(sorted(wrong))
                ),
                _("Choose create, update or both."),
            )


RULE = Rule(
    "conditional-filter",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een voorwaardegebeurtenis let op een soort wijziging die niet bestaat, zoals `delete`.",
        why="Variabelen worden alleen gemaakt en gewijzigd. De gebeurtenis zou dus nooit kijken.",
        mend="Kies `create`, `update` of allebei. Laat het veld leeg om bij elke wijziging te kijken.",
    ),
    en=Page(
        what="A conditional event waits for a kind of change that does not exist, such as `delete`.",
        why="Variables are only created and updated. So the condition would never be evaluated.",
        mend="Choose `create`, `update` or both. Leave the field empty to react to every change.",
    ),
    wrong='<zeebe:conditionalFilter variableEvents="delete"/>',
    right='<zeebe:conditionalFilter variableEvents="create, update"/>',
)
