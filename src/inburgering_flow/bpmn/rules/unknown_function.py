"""Refuses a call of a function that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.variables import unknown_functions
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    if around.functions is None:
        return
    for process in diagram.processes:
        for one in unknown_functions(process, around.functions):
            remedy = _("Correct the name, or install the plug-in that has the function.")
            if one.meant:
                remedy = _("Did you mean {name}? Otherwise install the plug-in that has the function.").format(
                    name=one.meant
                )
            message = _("The {what} calls {name}, and there is no such function.").format(
                what=_(one.what), name=one.name
            )
            yield Fault(one.element_id, message, remedy)


RULE = Rule(
    "unknown-function",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een expressie roept een functie aan die niet bestaat.",
        why="De uitkomst kan nooit worden berekend. De zaak zou hier blijven staan met een storing.",
        mend=(
            "Kijk of de naam goed is geschreven; de melding noemt een naam die erop lijkt. Komt de functie uit een "
            "plug-in, installeer die dan."
        ),
    ),
    en=Page(
        what="An expression calls a function that does not exist.",
        why="Its result can never be computed. The case would stop here with an incident.",
        mend=(
            "Check the spelling of the name; the message gives a similar one. If the function comes from a plug-in, "
            "install that."
        ),
    ),
    wrong='<zeebe:script expression="= summ([1, 2])" resultVariable="totaal"/>',
    right='<zeebe:script expression="= sum([1, 2])" resultVariable="totaal"/>',
)
