"""Refuses a call activity that calls no process."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for call, _process in diagram.elements("callActivity"):
        if call.called_process is None:
            yield Fault(call.id, _("The call activity calls no process."), _("Set its called element."))


RULE = Rule(
    "called-process",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een aanroep-activiteit roept geen proces aan.",
        why="Er valt niets te starten, dus de zaak blijft hier staan.",
        mend="Vul bij Called element de id van het proces in.",
    ),
    en=Page(
        what="A call activity calls no process.",
        why="There is nothing to start, so the case stops here.",
        mend="Set Called element to the id of the process.",
    ),
    wrong='<callActivity id="roep_controle" name="Controleren"/>',
    right="""
<callActivity id="roep_controle" name="Controleren">
  <extensionElements>
    <zeebe:calledElement processId="controle" propagateAllChildVariables="false"/>
  </extensionElements>
</callActivity>
""",
)
