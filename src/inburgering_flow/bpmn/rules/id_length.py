"""Refuses an id that is too long to be stored."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.feel.stored import LONGEST_NAME
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        if len(element.id) > LONGEST_NAME:
            yield Fault(
                element.id[:40],
                _("The id has more than {most} characters.").format(most=LONGEST_NAME),
                _("Give it a shorter id."),
            )


RULE = Rule(
    "id-length",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De id van een element is langer dan 255 tekens.",
        why="Zo'n id past niet in de database, dus de taak of geschiedenisregel kan niet worden bewaard.",
        mend="Geef het element een korte id die zegt wat het is, zoals `taak_intake`.",
    ),
    en=Page(
        what="The id of an element has more than 255 characters.",
        why="Such an id does not fit into the database, so its task or its line in the history could not be stored.",
        mend="Give the element a short id that says what it is, such as `taak_intake`.",
    ),
    wrong='<task id="taak_intake_met_een_heel_lange_naam_die_doorgaat_…"/>',
    right='<task id="taak_intake_met_een_heel_lange_naam_die_past"/>',
)
