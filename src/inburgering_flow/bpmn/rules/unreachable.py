"""Refuses an element that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for scope, process in diagram.scopes():
        children = [process.elements[child] for child in scope.children]
        if scope.kind != "adHocSubProcess" and any(child.kind == "startEvent" for child in children):
            for child in children:
                if child.begins:
                    yield Fault(
                        child.id,
                        _("No sequence flow leads here, so it would never run."),
                        _("Connect it, or remove it."),
                    )


RULE = Rule(
    "unreachable",
    ERROR,
    check,
    nl=Page(
        what="Naar dit element loopt geen pijl, terwijl het proces wel een begingebeurtenis heeft.",
        why="Wat hier getekend is, gebeurt nooit. Een collega die het diagram leest, denkt van wel.",
        mend="Verbind het element met een pijl, of haal het weg.",
    ),
    en=Page(
        what="No sequence flow leads to this element, though the process has a start event.",
        why="What is drawn here never happens, while a colleague who reads the diagram thinks that it does.",
        mend="Connect the element with a sequence flow, or remove it.",
    ),
    wrong='<task id="taak_los" name="Brief sturen"/>',
    right="""
<task id="taak_vast" name="Brief sturen"/>
<sequenceFlow id="pijl" sourceRef="begin" targetRef="taak_vast"/>
""",
)
