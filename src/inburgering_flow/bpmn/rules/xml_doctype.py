"""Refuses a file with a document type declaration."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    problem = diagram.problem
    if problem is not None and problem.code == "XML_DOCTYPE":
        yield Fault("", problem.message, problem.remedy)


RULE = Rule(
    "xml-doctype",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Bovenaan het bestand staat een regel met DOCTYPE. Zulke bestanden worden niet gelezen.",
        why=(
            "Met een DOCTYPE kan een bestand andere bestanden van de server opvragen of het geheugen laten vollopen. Een "
            "modeler schrijft die regel nooit."
        ),
        mend=(
            "Haal de regel met DOCTYPE weg. Vraag na waar het bestand vandaan komt als u de regel niet zelf hebt "
            "geschreven."
        ),
    ),
    en=Page(
        what="There is a line with DOCTYPE at the top of the file. Such files are not read.",
        why=(
            "A DOCTYPE lets a file ask for other files on the server, or fill its memory. A modeler never writes that "
            "line."
        ),
        mend="Remove the line with DOCTYPE. If you did not write that line yourself, ask where the file comes from.",
    ),
    wrong='<!DOCTYPE definitions [<!ENTITY naam SYSTEM "file:///etc/hostname">]>',
    right='<process id="zaak" isExecutable="true"> <startEvent id="begin"/> </process>',
)
