"""Warns of what Camunda 7 has left beside a complete definition of Camunda 8."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("left over of Camunda 7"):
        yield Fault(
            note.element_id,
            _("What Camunda 7 left here is passed over: {names}.").format(**note.details),
            _("Remove it; what zeebe: says is done."),
        )


RULE = Rule(
    "camunda7-leftover",
    WARNING,
    check,
    nl=Page(
        what="Naast een volledige omschrijving voor Camunda 8 staat nog iets van Camunda 7, zoals `camunda:class`.",
        why="Het wordt overgeslagen. Wie het diagram leest, denkt dat het nog geldt.",
        mend="Haal het weg in de eigenschappen van het element, of laat het staan als u weet dat het niets doet.",
    ),
    en=Page(
        what="Beside a complete definition for Camunda 8 something of Camunda 7 is left, such as `camunda:class`.",
        why="It is passed over. Who reads the diagram thinks that it still holds.",
        mend="Remove it in the properties of the element, or leave it where you know that it does nothing.",
    ),
    wrong='<serviceTask id="taak_sturen" camunda:class="nl.Sturen">',
    right='<serviceTask id="taak_sturen">',
)
