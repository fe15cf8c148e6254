"""Refuses a signal that is to hand over all variables."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("all variables in a signal"):
        yield Fault(
            note.element_id,
            _("A signal hands over only the variables that it names."),
            _("Name each of them in an input mapping."),
        )


RULE = Rule(
    "camunda7-payload",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een signaal uit Camunda 7 wil alle variabelen van de zaak meegeven.",
        why=(
            "Een signaal bereikt iedereen die erop wacht. Alle gegevens van een zaak meegeven zou ze bij andere zaken "
            "brengen."
        ),
        mend="Noem elke variabele die mee moet in een invoertoewijzing.",
    ),
    en=Page(
        what="A signal of Camunda 7 wants to hand over all variables of the case.",
        why="A signal reaches everything that waits for it. Handing over all data of a case would spread it to other cases.",
        mend="Name each variable to be handed over in an input mapping.",
    ),
    wrong='<camunda:in variables="all"/>',
    right='<camunda:in source="plaats" target="plaats"/>',
)
