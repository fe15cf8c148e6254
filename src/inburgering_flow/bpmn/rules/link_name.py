"""Refuses a link event without a name."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("link without name"):
        yield Fault(note.element_id, _("The link has no name."), _("Give both ends the same name."))


RULE = Rule(
    "link-name",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een koppelgebeurtenis heeft geen naam.",
        why="De twee kanten van een koppeling vinden elkaar door hun naam. Zonder naam loopt de weg dood.",
        mend="Geef beide kanten dezelfde naam.",
    ),
    en=Page(
        what="A link event has no name.",
        why="The two ends of a link find each other by their name. Without one the path ends here.",
        mend="Give both ends the same name.",
    ),
    wrong='<intermediateThrowEvent id="sprong"><linkEventDefinition id="l1"/></intermediateThrowEvent>',
    right="""
<intermediateThrowEvent id="sprong">
  <linkEventDefinition id="l1" name="beroep"/>
</intermediateThrowEvent>
""",
)
