"""Refuses a loop that cannot be counted: two markers, no end, less than zero."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("two markers"):
        yield Fault(
            note.element_id,
            _("The activity is both a loop and multi-instance."),
            _("Keep one marker; put the other on a sub-process around it."),
        )
    for note in diagram.noted("loop without end"):
        yield Fault(
            note.element_id,
            _("The loop has neither a condition nor a maximum."),
            _("Give it a loop condition in FEEL, or a loop maximum."),
        )
    for note in diagram.noted("number below zero"):
        what = note.details["what"]
        yield Fault(
            note.element_id,
            _("The {what} is less than zero.").format(what=_(what)),
            _("Write zero or more."),
        )


RULE = Rule(
    "loop",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een herhaling heeft geen einde, een aantal onder nul, of twee soorten herhaling tegelijk.",
        why="Zonder voorwaarde of maximum zou de activiteit eindeloos opnieuw beginnen.",
        mend=(
            "Geef de herhaling een voorwaarde in FEEL of een maximum. Zijn er twee soorten herhaling nodig, zet dan één "
            "ervan op een subproces eromheen."
        ),
    ),
    en=Page(
        what="A loop has no end, a number below zero, or two kinds of repetition at once.",
        why="Without a condition or a maximum the activity would be repeated for ever.",
        mend=(
            "Give the loop a condition in FEEL or a maximum. If two kinds of repetition are needed, put one of them on a "
            "sub-process around it."
        ),
    ),
    wrong="<standardLoopCharacteristics/>",
    right="""
<standardLoopCharacteristics loopMaximum="3">
  <loopCondition>= bereikt != true</loopCondition>
</standardLoopCharacteristics>
""",
)
