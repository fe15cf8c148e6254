"""Refuses a start or completion quantity that is not a whole number of at least one."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no quantity"):
        yield Fault(
            note.element_id,
            _("{name} is not a whole number of at least 1.").format(**note.details),
            _("Write 1, or remove it."),
        )


RULE = Rule(
    "quantity",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het aantal waarmee een activiteit begint of eindigt, is geen heel getal van minstens 1.",
        why=(
            "Het zegt op hoeveel binnenkomende pijlen de activiteit wacht. Met nul of een woord is niet te zeggen "
            "wanneer zij begint."
        ),
        mend="Schrijf 1, of haal de instelling weg.",
    ),
    en=Page(
        what="The quantity with which an activity starts or completes is not a whole number of at least 1.",
        why="It says for how many incoming flows the activity waits. With zero or a word nobody can say when it begins.",
        mend="Write 1, or remove the setting.",
    ),
    wrong='<task id="taak_samen" startQuantity="0"/>',
    right='<task id="taak_samen" startQuantity="1"/>',
)
