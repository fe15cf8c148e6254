"""Refuses an event-based gateway that could wait for nothing, or would not do all that is drawn after it."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

CATCHES = ("intermediateCatchEvent", "receiveTask")


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for gateway, process in diagram.elements("eventBasedGateway"):
        for flow in gateway.outgoing:
            target = process.elements[flow.target]
            if target.kind not in CATCHES or (target.event is not None and target.event.has("link")):
                yield Fault(
                    gateway.id,
                    _("Only catching events may follow an event-based gateway."),
                    _("Put a message or timer event after it."),
                )
            if target.boundary:
                yield Fault(
                    flow.target,
                    _("A receive task after an event-based gateway cannot have boundary events."),
                    _("Draw them as further events after the gateway."),
                )
        if not gateway.incoming and not gateway.instantiate:
            yield Fault(
                gateway.id,
                _("No sequence flow leads here, so it would never run."),
                _("Connect it, or set it to start the process."),
            )
        if not gateway.outgoing:
            yield Fault(
                gateway.id,
                _("The event-based gateway has no event to wait for."),
                _("Draw at least two events after it."),
            )


RULE = Rule(
    "event-gateway",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Achter een gebeurtenis-gateway staat iets anders dan een gebeurtenis die wacht, of er staat niets achter of "
            "voor."
        ),
        why=(
            "De gateway wacht op wat het eerst gebeurt. Een taak of een andere gateway gebeurt niet vanzelf, dus daar "
            "valt niet op te wachten."
        ),
        mend=(
            "Zet er alleen gebeurtenissen achter die een bericht, tijdstip, signaal of voorwaarde vangen, of "
            "ontvangsttaken zonder gebeurtenis op de rand."
        ),
    ),
    en=Page(
        what=(
            "Something other than a waiting event follows an event-based gateway, or nothing comes before or after it."
        ),
        why=(
            "The gateway waits for whatever happens first. A task or another gateway does not happen by itself, so there is "
            "nothing to wait for."
        ),
        mend=(
            "After it, put only events that catch a message, timer, signal or condition, or receive tasks without "
            "boundary events."
        ),
    ),
    wrong='<userTask id="na_keuze" name="Wachten op de klant"/>',
    right="""
<intermediateCatchEvent id="na_keuze">
  <timerEventDefinition>
    <timeDuration>P7D</timeDuration>
  </timerEventDefinition>
</intermediateCatchEvent>
""",
)
