"""Refuses the BPMN errors into which Camunda 7 turns failed jobs."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("error of a failed job"):
        yield Fault(
            note.element_id, _("A failed job does not become a BPMN error here."), _("Let the worker throw the BPMN error.")
        )


RULE = Rule(
    "camunda7-error",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het diagram maakt van een mislukte job een BPMN-fout, zoals Camunda 7 dat kan.",
        why=(
            "Dat gebeurt hier niet: een mislukte job wordt opnieuw geprobeerd en daarna een storing. De weg voor de fout "
            "zou nooit gelopen worden."
        ),
        mend="Laat de worker zelf de BPMN-fout geven als er iets misgaat dat het proces verwacht.",
    ),
    en=Page(
        what="The diagram turns a failed job into a BPMN error, as Camunda 7 can.",
        why=(
            "That does not happen here: a failed job is retried and then becomes an incident. The path for the error "
            "would never be taken."
        ),
        mend="Let the worker throw the BPMN error itself where something goes wrong that the process expects.",
    ),
    wrong='<camunda:errorEventDefinition id="e1" errorRef="adres" expression="${true}"/>',
    right='<zeebe:taskHeaders><zeebe:header key="retryBackoff" value="PT1M"/></zeebe:taskHeaders>',
)
