"""Refuses a sequence flow that has a loose end or crosses the border of a scope."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("loose flow"):
        yield Fault(
            note.element_id,
            _("The sequence flow does not join two elements of one scope."),
            _("Connect both ends inside the same process or sub-process."),
        )


RULE = Rule(
    "flow-ends",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een pijl hangt los, of loopt over de rand van een subproces heen.",
        why=(
            "Een pijl verbindt twee elementen van hetzelfde proces of subproces. Anders weet niemand waar het werk "
            "verdergaat."
        ),
        mend=(
            "Maak beide uiteinden vast binnen hetzelfde proces of subproces. Wilt u eerder uit een subproces, gebruik dan"
            " een gebeurtenis op de rand."
        ),
    ),
    en=Page(
        what="A sequence flow has a loose end, or crosses the border of a sub-process.",
        why=(
            "A sequence flow joins two elements of the same process or sub-process. Otherwise nobody knows where the "
            "work goes on."
        ),
        mend=(
            "Connect both ends inside the same process or sub-process. To leave a sub-process early, use an event at its "
            "border."
        ),
    ),
    wrong='<sequenceFlow id="pijl_los" sourceRef="begin" targetRef="taak_weg"/>',
    right='<sequenceFlow id="pijl_vast" sourceRef="begin" targetRef="eind"/> <endEvent id="eind"/>',
)
