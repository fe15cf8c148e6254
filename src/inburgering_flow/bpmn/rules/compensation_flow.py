"""Refuses sequence flows at compensation events and handlers."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for child, _process in diagram.elements():
        if child.is_for_compensation and (child.incoming or child.outgoing):
            yield Fault(
                child.id,
                _("A compensation handler has no sequence flows."),
                _("Remove them; the association with the boundary event is enough."),
            )
        is_border = child.kind == "boundaryEvent" and child.event is not None and child.event.has("compensate")
        if is_border and child.outgoing:
            yield Fault(
                child.id,
                _("A sequence flow leaves a compensation event."),
                _("Remove it; the association with the handler is enough."),
            )


RULE = Rule(
    "compensation-flow",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Aan een compensatiegebeurtenis of aan een compensatie-activiteit zit een gewone pijl.",
        why=(
            "Compensatie staat naast de gewone loop: zij begint alleen als iets ongedaan moet worden gemaakt. Een pijl "
            "zou haar ook gewoon laten gebeuren."
        ),
        mend="Haal de pijl weg. De associatie (stippellijn) is genoeg.",
    ),
    en=Page(
        what="A plain sequence flow is connected to a compensation event or to a compensation activity.",
        why=(
            "Compensation is separate from the normal flow: it begins only when something is to be undone. A flow would let "
            "it happen as usual."
        ),
        mend="Remove the flow. The association (dotted line) is enough.",
    ),
    wrong='<sequenceFlow id="verder" sourceRef="terug" targetRef="eind"/>',
    right='<sequenceFlow id="verder" sourceRef="taak_betalen" targetRef="eind"/>',
)
