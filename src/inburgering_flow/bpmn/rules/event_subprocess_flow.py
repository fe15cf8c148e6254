"""Refuses sequence flows at an event sub-process."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for scope, _process in diagram.scopes():
        if scope.triggered_by_event and (scope.incoming or scope.outgoing):
            yield Fault(scope.id, _("An event sub-process has no sequence flows."), _("Remove them."))


RULE = Rule(
    "event-subprocess-flow",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Aan een gebeurtenis-subproces zit een pijl.",
        why=(
            "Een gebeurtenis-subproces begint door zijn gebeurtenis, niet door een pijl. Daarna gaat de zaak niet via een"
            " pijl verder."
        ),
        mend=(
            "Haal de pijlen weg. Moet het subproces wel op zijn beurt aan bod komen, maak er dan een gewoon subproces "
            "van."
        ),
    ),
    en=Page(
        what="A sequence flow is connected to an event sub-process.",
        why="An event sub-process begins by its event, not by a flow, and no flow goes on from it.",
        mend="Remove the flows. If it is to take part in the flow, make it a plain sub-process.",
    ),
    wrong='<sequenceFlow id="pijl" sourceRef="begin" targetRef="bij_verhuizing"/>',
    right='<sequenceFlow id="pijl" sourceRef="begin" targetRef="eind"/>',
)
