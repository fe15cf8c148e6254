"""Refuses a boundary event that is attached to no activity."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.elements import ACTIVITIES
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for event, process in diagram.elements("boundaryEvent"):
        host = process.elements.get(event.attached_to or "")
        if host is None or host.parent != event.parent or host.kind not in ACTIVITIES or host.triggered_by_event:
            yield Fault(
                event.id,
                _("The boundary event is not attached to an activity."),
                _("Drag it onto the border of an activity."),
            )


RULE = Rule(
    "boundary-host",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een gebeurtenis op de rand zit niet vast aan een activiteit, of zit vast aan iets waar dat niet kan.",
        why="De gebeurtenis let op zolang de activiteit bezig is. Zonder activiteit zou zij nooit gebeuren.",
        mend="Sleep de gebeurtenis op de rand van een taak, aanroep-activiteit of subproces.",
    ),
    en=Page(
        what="A boundary event is attached to no activity, or to something where it cannot be.",
        why="The event is active for as long as the activity is. Without one it would never happen.",
        mend="Drag the event onto the border of a task, a call activity or a sub-process.",
    ),
    wrong='<boundaryEvent id="te_laat" attachedToRef="keuze">',
    right='<boundaryEvent id="te_laat" attachedToRef="taak_plan">',
)
