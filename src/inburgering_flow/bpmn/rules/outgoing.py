"""Refuses a sequence flow out of an end event."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for event, _process in diagram.elements("endEvent"):
        if event.outgoing:
            yield Fault(event.id, _("No sequence flow may leave an end event."), _("Remove the flow."))


RULE = Rule(
    "outgoing",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Uit een eindgebeurtenis loopt nog een pijl.",
        why="Bij een eindgebeurtenis is deze tak klaar. Wat erachter staat, zou nooit gebeuren.",
        mend="Haal de pijl weg, of maak van de eindgebeurtenis een tussengebeurtenis.",
    ),
    en=Page(
        what="A sequence flow leaves an end event.",
        why="At an end event the branch is done. What follows it would never happen.",
        mend="Remove the flow, or make the end event an intermediate event.",
    ),
    wrong='<endEvent id="brief_verstuurd"/>',
    right='<intermediateThrowEvent id="brief_verstuurd"/>',
)
