"""Refuses a sequence flow into a start or boundary event."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for event, _process in diagram.elements("startEvent", "boundaryEvent"):
        if event.incoming:
            yield Fault(event.id, _("No sequence flow may lead into this event."), _("Remove the flow."))


RULE = Rule(
    "incoming",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Er loopt een pijl naar een begingebeurtenis of naar een gebeurtenis op de rand van een activiteit.",
        why=(
            "Zo'n gebeurtenis begint zelf: door een start, een bericht of een tijdstip. Via een pijl kan zij niet "
            "gebeuren."
        ),
        mend="Haal de pijl weg. Wilt u opnieuw beginnen, laat de pijl dan naar de eerste stap erna lopen.",
    ),
    en=Page(
        what="A sequence flow leads into a start event, or into an event at the border of an activity.",
        why="Such an event begins by itself: by a start, a message or a moment. A sequence flow cannot make it happen.",
        mend="Remove the flow. To start again, let the flow lead to the first step after the event.",
    ),
    wrong='<sequenceFlow id="opnieuw" sourceRef="taak_controleren" targetRef="begin"/>',
    right='<sequenceFlow id="opnieuw" sourceRef="taak_controleren" targetRef="samen"/>',
)
