"""Refuses a file that is not well-formed XML."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    problem = diagram.problem
    if problem is not None and problem.code == "XML_SYNTAX":
        yield Fault("", problem.message, problem.remedy)


RULE = Rule(
    "xml-syntax",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Het bestand is geen leesbare XML: er staat een fout in de opbouw, bijvoorbeeld een label dat niet wordt "
            "gesloten."
        ),
        why="Van zo'n bestand is niet zeker wat er staat. Raden zou een ander proces kunnen opleveren dan u tekende.",
        mend=(
            "Open het bestand in de modeler en sla het opnieuw op. Hebt u het met de hand gewijzigd, kijk dan op de regel"
            " die de melding noemt."
        ),
    ),
    en=Page(
        what="The file is not readable XML: its structure is broken, for example by a tag that is never closed.",
        why="Nobody can know what such a file says. A guess could run a different process from the one you drew.",
        mend=(
            "Open the file in the modeler and save it again. If you changed it by hand, look at the line that the message"
            " names."
        ),
    ),
    wrong='<process id="zaak" isExecutable="true"> <startEvent id="begin">',
    right='<process id="zaak" isExecutable="true"> <startEvent id="begin"/> </process>',
)
