"""Refuses XML that is not BPMN 2.0."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    if not diagram.is_bpmn and diagram.problem is None:
        yield Fault("", _("The file is not a BPMN 2.0 diagram."), _("Save it as BPMN in the modeler."))


RULE = Rule(
    "not-bpmn",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bestand is XML, maar geen BPMN 2.0: het buitenste element is niet `definitions` van BPMN.",
        why="Er valt niets uit te voeren. Vaak is het een ander bestand met de verkeerde naam, zoals een DMN-tabel.",
        mend=(
            "Kijk of u het goede bestand koos. Is het een oud BPMN 1-bestand, open het dan in de modeler en sla het op "
            "als BPMN 2.0."
        ),
    ),
    en=Page(
        what="The file is XML, but not BPMN 2.0: its outermost element is not BPMN's `definitions`.",
        why="There is nothing to execute. It is often another file with the wrong name, such as a DMN table.",
        mend=(
            "Check whether you chose the right file. If it is an old BPMN 1 file, open it in the modeler and save it as "
            "BPMN 2.0."
        ),
    ),
    wrong="""
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="tabel" name="tabel" namespace="t"/>
""",
    right="""
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="voorbeeld" targetNamespace="t">
""",
)
