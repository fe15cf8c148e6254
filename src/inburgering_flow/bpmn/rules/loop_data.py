"""Refuses a repetition over data that is not in the file."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no such data"):
        yield Fault(
            note.element_id,
            _("The repeated activity names data that is not in the file: {id}.").format(**note.details),
            _("Draw it as a data object, or set the collection in the properties."),
        )


RULE = Rule(
    "loop-data",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een activiteit die meerdere keren gebeurt, noemt gegevens die niet in het bestand staan.",
        why="Er is geen lijst om te herhalen, of geen plek voor de uitkomsten.",
        mend="Teken de gegevens als dataobject, of vul de lijst in bij de eigenschappen van de activiteit.",
    ),
    en=Page(
        what="An activity that is done several times names data that is not in the file.",
        why="There is no list to repeat it for, or no place for its results.",
        mend="Draw the data as a data object, or set the collection in the properties of the activity.",
    ),
    wrong="<loopDataInputRef>lijst_weg</loopDataInputRef>",
    right="<loopDataInputRef>gezin</loopDataInputRef>",
)
