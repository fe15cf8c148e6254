"""Refuses an event that names an error that is not in the file."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no such error"):
        yield Fault(
            note.element_id,
            _("There is no {kind} {id} in the file.").format(kind="error", **note.details),
            _("Choose one from the file, or none to catch every one."),
        )


RULE = Rule(
    "error-ref",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een foutgebeurtenis noemt een fout die niet in het bestand staat.",
        why="De code van de fout is dan onbekend. Geen enkele gebeurtenis zou haar vangen.",
        mend="Kies een fout uit het bestand. Moet de gebeurtenis elke fout vangen, kies dan geen fout.",
    ),
    en=Page(
        what="An error event names an error that is not in the file.",
        why="The code of the error is not known then. No event would catch it.",
        mend="Choose an error from the file. If the event is to catch every error, choose none.",
    ),
    wrong='<errorEventDefinition errorRef="fout_weg"/>',
    right='<errorEventDefinition errorRef="adres"/>',
)
