"""Refuses a default flow that does not leave its element."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        if element.default_flow and element.default_flow not in {flow.id for flow in element.outgoing}:
            yield Fault(
                element.id,
                _("The default flow {flow} does not leave this element.").format(flow=element.default_flow),
                _("Choose one of its outgoing flows."),
            )


RULE = Rule(
    "default-flow",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het element noemt een standaardpijl die niet bij dat element begint.",
        why="Als geen voorwaarde waar is, zou er geen weg zijn en bleef de zaak staan.",
        mend="Kies als standaardpijl een van de pijlen die het element verlaten.",
    ),
    en=Page(
        what="The element names a default flow that does not start there.",
        why="If no condition holds there would be no way on, and the case would stop.",
        mend="Choose one of the flows that leave the element as its default.",
    ),
    wrong='<exclusiveGateway id="verwijtbaar" default="pijl_anders"/>',
    right='<exclusiveGateway id="verwijtbaar" default="pijl_nee"/>',
)
