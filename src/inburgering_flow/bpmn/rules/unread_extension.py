"""Warns of what Camunda does for an element and nothing here does."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("extension that nothing reads"):
        yield Fault(
            note.element_id,
            _("Nothing here reads zeebe:{name}.").format(**note.details),
            _("It stays in the file and does nothing. Remove it, or draw what it was for."),
        )


RULE = Rule(
    "unread-extension",
    WARNING,
    check,
    nl=Page(
        what="Bij het element staat iets van Camunda dat hier niets doet, zoals `zeebe:linkedResources`.",
        why="Wie het diagram leest, denkt dat het geldt. In Camunda zou de zaak anders lopen dan hier.",
        mend="Haal het weg, of teken waar het voor was. Doet het er hier niet toe, dan kunt u de waarschuwing laten staan.",
    ),
    en=Page(
        what="Beside the element stands something of Camunda that does nothing here, such as `zeebe:linkedResources`.",
        why="Who reads the diagram thinks that it holds. In Camunda the case would run otherwise than here.",
        mend="Remove it, or draw what it was for. Where it does not matter here, the warning may stay.",
    ),
    wrong='<zeebe:jobPriorityDefinition priority="80"/>',
    right='<zeebe:versionTag value="1"/>',
)
