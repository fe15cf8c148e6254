"""Refuses two elements with the same id."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("taken id"):
        yield Fault(note.element_id, _("Two elements have this id."), _("Give each element its own id."))


RULE = Rule(
    "duplicate-id",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Twee elementen in het bestand hebben dezelfde id.",
        why=(
            "De geschiedenis, de taken en de pijlen verwijzen naar een id. Bij twee gelijke id's is niet te zeggen welk "
            "element bedoeld is."
        ),
        mend="Geef één van de twee een andere id. Dit gebeurt vaak na kopiëren buiten de modeler om.",
    ),
    en=Page(
        what="Two elements of the file have the same id.",
        why="History, tasks and sequence flows refer to an id. With two of them nobody can say which element is meant.",
        mend="Give one of the two another id. This often happens after copying outside the modeler.",
    ),
    wrong='<task id="taak_bellen" name="Bellen"/> <task id="taak_bellen" name="Terugbellen"/>',
    right="""
<task id="taak_bellen" name="Bellen"/>
<task id="taak_terugbellen" name="Terugbellen"/>
<sequenceFlow id="verder" sourceRef="taak_bellen" targetRef="taak_terugbellen"/>
""",
)
