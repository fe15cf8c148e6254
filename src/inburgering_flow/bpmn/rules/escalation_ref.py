"""Refuses an event that names an escalation that is not in the file."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no such escalation"):
        yield Fault(
            note.element_id,
            _("There is no {kind} {id} in the file.").format(kind="escalation", **note.details),
            _("Choose one from the file, or none to catch every one."),
        )


RULE = Rule(
    "escalation-ref",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een escalatiegebeurtenis noemt een escalatie die niet in het bestand staat.",
        why="De code van de escalatie is dan onbekend, en wie haar moet vangen hoort niets.",
        mend="Kies een escalatie uit het bestand. Moet de gebeurtenis elke escalatie vangen, kies dan geen escalatie.",
    ),
    en=Page(
        what="An escalation event names an escalation that is not in the file.",
        why="The code of the escalation is not known then, and no event would catch it.",
        mend="Choose an escalation from the file. If the event is to catch every escalation, choose none.",
    ),
    wrong='<escalationEventDefinition escalationRef="melding_weg"/>',
    right='<escalationEventDefinition escalationRef="melding"/>',
)
