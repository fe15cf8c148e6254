"""Refuses waiting for a message that could be anybody's."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element, ProcessDefinition
from inburgering_flow.bpmn.diagram import CATCHING, Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, process in diagram.elements():
        if element.kind not in CATCHING or element.event is None or _is_start(element, process):
            continue
        if any(part.kind == "message" and part.correlation_key is None for part in element.event.all):
            yield Fault(
                element.id,
                _("The message has no subscription correlation key."),
                _("Set it, for example to =zaaknummer."),
            )


def _is_start(element: Element, process: ProcessDefinition) -> bool:
    if element.kind == "startEvent":
        return not process.elements[element.parent or ""].triggered_by_event
    return element.instantiate


RULE = Rule(
    "correlation-key",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een zaak wacht op een bericht, maar zegt niet voor welke zaak het bericht moet zijn.",
        why="Zonder correlatiesleutel zou een bericht bij de verkeerde persoon kunnen aankomen.",
        mend=(
            "Vul bij het bericht een correlatiesleutel in, bijvoorbeeld `=zaaknummer`. Alleen een begingebeurtenis van"
            " een proces heeft er geen nodig."
        ),
    ),
    en=Page(
        what="A case waits for a message, but does not say which case the message must be for.",
        why="Without a correlation key a message could reach the wrong person.",
        mend=(
            "Give the message a correlation key, for example `=zaaknummer`. Only a start event of a process needs "
            "none."
        ),
    ),
    wrong='<message id="antwoord" name="klant.antwoord"/>',
    right="""
<message id="antwoord" name="klant.antwoord">
  <extensionElements>
    <zeebe:subscription correlationKey="= zaaknummer"/>
  </extensionElements>
</message>
""",
)
