"""Refuses a file that is too large to be read."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    problem = diagram.problem
    if problem is not None and problem.code == "XML_TOO_LARGE":
        yield Fault("", problem.message, problem.remedy)


RULE = Rule(
    "xml-too-large",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bestand is groter dan 10 miljoen bytes.",
        why=(
            "Een diagram van deze omvang bevat bijna altijd ingesloten plaatjes. Het lezen zou de server te lang "
            "bezighouden."
        ),
        mend="Haal plaatjes uit het bestand, of verdeel het proces over meer bestanden die elkaar aanroepen.",
    ),
    en=Page(
        what="The file is larger than 10 million bytes.",
        why=(
            "A diagram of that size nearly always contains embedded pictures. Reading it would keep the server busy for too "
            "long."
        ),
        mend="Remove pictures from the file, or divide the process over several files that call each other.",
    ),
    wrong="<documentation>data:image/png;base64,iVBORw0KGgo … 10 MB …</documentation>",
    right='<startEvent id="begin"/>',
)
