"""Refuses a reference to an event definition that is not in the file."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no event definition"):
        yield Fault(
            note.element_id,
            _("The event refers to an event definition that does not exist: {id}.").format(**note.details),
            _("Choose one of the file's event definitions, or define the event itself."),
        )


RULE = Rule(
    "event-definition-ref",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een gebeurtenis verwijst naar een gebeurtenisdefinitie die niet in het bestand staat.",
        why="Het is dan onbekend waar de gebeurtenis op wacht.",
        mend=(
            "Kies een definitie uit het bestand, of stel de gebeurtenis zelf in (bijvoorbeeld een bericht of een "
            "tijdstip)."
        ),
    ),
    en=Page(
        what="An event refers to an event definition that is not in the file.",
        why="It is not known then what the event waits for.",
        mend="Choose a definition from the file, or define the event itself (for example a message or a moment).",
    ),
    wrong="<eventDefinitionRef>bericht_weg</eventDefinitionRef>",
    right="<eventDefinitionRef>na_een_week</eventDefinitionRef>",
)
