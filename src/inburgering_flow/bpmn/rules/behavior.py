"""Refuses a multi-instance behavior that throws nothing."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("behavior without event"):
        yield Fault(
            note.element_id,
            _("The complex behavior defines no event."),
            _("Give it a condition and an event, or choose the behavior All."),
        )
    for note in diagram.noted("behavior of nothing"):
        yield Fault(
            note.element_id,
            _("The behavior refers to an event that does not exist."),
            _("Choose an event definition from the file."),
        )


RULE = Rule(
    "behavior",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een activiteit die meerdere keren gebeurt, moet tussendoor een gebeurtenis geven, maar noemt er geen.",
        why="Wie op die gebeurtenis wacht, hoort nooit iets.",
        mend="Geef het gedrag een gebeurtenis (en bij Complex een voorwaarde), of kies het gedrag All.",
    ),
    en=Page(
        what="An activity that is done several times is to throw an event in between, but names none.",
        why="Whatever waits for that event would wait for ever.",
        mend="Give the behavior an event (and a condition for Complex), or choose the behavior All.",
    ),
    wrong="""
<multiInstanceLoopCharacteristics behavior="Complex">
  <loopCardinality>3</loopCardinality>
</multiInstanceLoopCharacteristics>
""",
    right="""
<multiInstanceLoopCharacteristics behavior="All">
  <loopCardinality>3</loopCardinality>
</multiInstanceLoopCharacteristics>
""",
)
