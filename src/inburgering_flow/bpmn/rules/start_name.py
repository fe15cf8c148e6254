"""Refuses a message or signal that starts a process and has no name when it is deployed."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.errors import FlowError
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for process in diagram.processes:
        for element, event in process.triggers():
            text = event.name
            if event.kind == "timer" or text is None or not text.is_expression:
                continue
            try:
                value = around.value(text)
            except FlowError:
                continue  # the rule 'start' reports this
            if not isinstance(value, str) or not value:
                yield Fault(
                    element.id,
                    _("The name that starts the process must be text when it is deployed."),
                    _("Correct it: write what is meant."),
                )


RULE = Rule(
    "start-name",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De naam van het bericht of signaal dat een proces start, wordt berekend en is geen tekst.",
        why=(
            "Op het moment van klaarzetten is er nog geen zaak en zijn er geen variabelen. Er zou geen naam zijn om op te"
            " wachten."
        ),
        mend="Schrijf de naam zelf op, of een expressie die zonder variabelen tekst geeft.",
    ),
    en=Page(
        what="The name of the message or signal that starts a process is an expression that does not give text.",
        why=(
            "At the moment of deployment there is no case and there are no variables yet. There would be no name to wait "
            "for."
        ),
        mend="Write the name itself, or an expression that gives text without variables.",
    ),
    wrong='<message id="aanmelding" name="= partner"/>',
    right='<message id="aanmelding" name="loket.aanmelding"/>',
)
