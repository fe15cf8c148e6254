"""Refuses a file that contains no decision model."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    if file.problem is not None:
        yield Fault("", file.problem.message, file.problem.remedy)


RULE = Rule(
    "dmn",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bestand is geen leesbaar beslismodel. De melding zegt wat er mis is.",
        why="Zonder model kan geen beslissing worden genomen. Zaken die erom vragen, zouden blijven staan.",
        mend=(
            "Open het bestand in de DMN-editor en sla het opnieuw op. Mist er een ander bestand dat wordt geïmporteerd, "
            "zet dat er dan naast."
        ),
    ),
    en=Page(
        what="The file is not a readable decision model. The message says what is wrong.",
        why="Without a model no decision can be made. Cases that ask for it would stop.",
        mend=(
            "Open the file in the DMN editor and save it again. If another file that it imports is missing, put that "
            "in the same folder."
        ),
    ),
    wrong="""
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="proces" targetNamespace="t"/>
""",
    right="""
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="model" name="model" namespace="t"/>
""",
)
