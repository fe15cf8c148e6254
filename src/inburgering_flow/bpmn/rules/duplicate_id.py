"""Refuses two things in a file with one id: elements, sequence flows, messages, anything but the layout."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("taken id"):
        yield Fault(
            note.element_id,
            _("More than one thing in the file has this id: {kinds}.").format(kinds=note.details["kinds"]),
            _("Give each its own id, and let what refers to it name the right one."),
        )


RULE = Rule(
    "duplicate-id",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Twee dingen in het bestand hebben dezelfde id: elementen, pijlen, berichten, wat ook.",
        why=(
            "De geschiedenis, de taken en de pijlen verwijzen naar een id. Bij twee gelijke id's is niet te zeggen welk "
            "element bedoeld is. Ook pijlen worden per id geteld: met twee pijlen van één id gaat een samenvoegende "
            "gateway te vroeg door."
        ),
        mend=(
            "Geef één van de twee een andere id; die van de lay-out (BPMNDI) tellen niet mee. "
            "Dit gebeurt vaak na kopiëren buiten de modeler om."
        ),
    ),
    en=Page(
        what="Two things in the file have the same id: elements, sequence flows, messages, anything.",
        why=(
            "History, tasks and sequence flows refer to an id. With two of them nobody can say which element is meant. "
            "Flows are counted by their id too: with two of one id a joining gateway goes on too early."
        ),
        mend=(
            "Give one of the two another id; those of the layout (BPMNDI) do not count. "
            "This often happens after copying outside the modeler."
        ),
    ),
    wrong='<task id="taak_bellen" name="Bellen"/> <task id="taak_bellen" name="Terugbellen"/>',
    right="""
<task id="taak_bellen" name="Bellen"/>
<task id="taak_terugbellen" name="Terugbellen"/>
<sequenceFlow id="verder" sourceRef="taak_bellen" targetRef="taak_terugbellen"/>
""",
)
