"""Refuses an element that the engine does not support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

INSTEAD: Mapping[str, str] = {
    "choreographyTask": N_("Draw the messages between the participants as events."),
    "subChoreography": N_("Draw the messages between the participants as events."),
    "subConversation": N_("Draw the messages between the participants as events."),
}
ELSE = N_("Draw it with the elements of the element table in the documentation.")


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("unknown element"):
        tag = note.details["tag"]
        yield Fault(note.element_id, _("A {tag} cannot be executed yet.").format(tag=tag), _(INSTEAD.get(tag, ELSE)))


RULE = Rule(
    "unsupported-element",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het diagram bevat een soort element dat niet kan worden uitgevoerd, zoals een choreografie.",
        why="Overslaan zou betekenen dat een stap die u tekende nooit gebeurt.",
        mend=(
            "Teken het met elementen uit de tabel in `docs/elements.md`. Voor een choreografie tekent u de berichten als "
            "gebeurtenissen."
        ),
    ),
    en=Page(
        what="The diagram contains a kind of element that cannot be executed, such as a choreography.",
        why="If it were ignored, a step that you drew would never happen.",
        mend="Draw it with elements from the table in `docs/elements.md`. For a choreography draw the messages as events.",
    ),
    wrong='<choreographyTask id="afspraak_maken" initiatingParticipantRef="klant"/>',
    right='<intermediateThrowEvent id="uitnodiging_verstuurd"/>',
)
