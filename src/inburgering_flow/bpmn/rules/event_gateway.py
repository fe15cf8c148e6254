"""Refuses an event-based gateway that could wait for nothing, or would not do all that is drawn behind it."""

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
                    _("Behind an event-based gateway stand only catching events."),
                    _("Put a message or timer event behind it."),
                )
            if target.boundary:
                yield Fault(
                    flow.target,
                    _("A receive task behind an event-based gateway has no boundary events."),
                    _("Draw them as further events behind the gateway."),
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
                _("Draw at least two events behind it."),
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
            "Something else than an event that waits stands behind an event-based gateway, or nothing stands behind or "
            "before it."
        ),
        why=(
            "The gateway waits for what happens first. A task or another gateway does not happen by itself, so there is "
            "nothing to wait for."
        ),
        mend=(
            "Put only events behind it that catch a message, timer, signal or condition, or receive tasks without "
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
