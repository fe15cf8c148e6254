"""Refuses an error or cancel event that is drawn as not interrupting."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

ALWAYS_INTERRUPT = ("error", "cancel")


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for event, _process in diagram.elements("boundaryEvent", "startEvent"):
        for kind in ALWAYS_INTERRUPT:
            if event.event is not None and event.event.has(kind) and not event.interrupting:
                yield Fault(
                    event.id,
                    _("An event of kind {kind} always interrupts.").format(kind=kind),
                    _("Make it interrupting, or throw and catch an escalation."),
                )


RULE = Rule(
    "interrupting",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een fout- of annuleergebeurtenis is getekend als niet-onderbrekend (met een gestreepte rand).",
        why="Bij een fout kan het werk niet doorgaan: BPMN kent hier alleen de onderbrekende soort.",
        mend="Maak de gebeurtenis onderbrekend. Moet het werk doorgaan, gebruik dan een escalatie.",
    ),
    en=Page(
        what="An error or cancel event is drawn as not interrupting (with a dashed border).",
        why="After an error work cannot go on: BPMN only has the interrupting kind here.",
        mend="Make the event interrupting. If work is to go on, use an escalation.",
    ),
    wrong='<boundaryEvent id="adres_fout" attachedToRef="taak_brief" cancelActivity="false">',
    right='<boundaryEvent id="adres_fout" attachedToRef="taak_brief">',
)
