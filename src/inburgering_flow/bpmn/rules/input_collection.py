"""Refuses a multi-instance activity that does not say what it is repeated for."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no input collection"):
        yield Fault(
            note.element_id,
            _("The multi-instance activity has no input collection."),
            _("Set its input collection to a FEEL list."),
        )


RULE = Rule(
    "input-collection",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een activiteit die meerdere keren gebeurt, heeft geen lijst waarover zij gaat.",
        why="Het is niet te zeggen hoe vaak de activiteit moet gebeuren.",
        mend="Vul bij Input collection een lijst in, bijvoorbeeld `=gezinsleden`, of geef een vast aantal.",
    ),
    en=Page(
        what="An activity that is done several times has no list that it is done for.",
        why="Nobody can say how often the activity is to be done.",
        mend="Set its Input collection to a list, for example `=gezinsleden`, or give a fixed number.",
    ),
    wrong="<multiInstanceLoopCharacteristics/>",
    right="""
<multiInstanceLoopCharacteristics>
  <extensionElements>
    <zeebe:loopCharacteristics inputCollection="= gezinsleden" inputElement="gezinslid"/>
  </extensionElements>
</multiInstanceLoopCharacteristics>
""",
)
