"""Refuses attributes of Camunda 7 that would not have their effect here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

_SCOPE_ONLY = (
    N_("A terminate event ends only its own scope."),
    N_("Throw an error out of the scope, and catch it where all of it is to end."),
)
NOT_DONE: Mapping[str, tuple[str, str]] = {  # attribute → what would differ from what it says, and what to do
    "initiator": (
        N_("Who started the process is not kept in a variable."),
        N_("Give it as a variable when the process is started."),
    ),
    "skipExpression": (N_("A task is not skipped by an expression."), N_("Draw an exclusive gateway in front of it.")),
    "terminateAll": _SCOPE_ONLY,
    "terminateMultiInstance": _SCOPE_ONLY,
}


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("attribute of Camunda 7"):
        message, remedy = NOT_DONE[note.details["attribute"]]
        yield Fault(note.element_id, _(message), _(remedy))


RULE = Rule(
    "camunda7-attribute",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Het diagram gebruikt een instelling van Camunda 7 die hier niet bestaat, zoals `initiator` of "
            "`skipExpression`."
        ),
        why="De instelling zou stil worden overgeslagen, en het proces zou anders lopen dan u denkt.",
        mend="De melding zegt wat u in plaats daarvan tekent, bijvoorbeeld een exclusieve gateway vóór de taak.",
    ),
    en=Page(
        what="The diagram uses a setting of Camunda 7 that does not exist here, such as `initiator` or `skipExpression`.",
        why="The setting would be silently ignored, and the process would not run as you expect.",
        mend="The message says what to draw instead, for example an exclusive gateway in front of the task.",
    ),
    wrong='<userTask id="taak_controle" camunda:skipExpression="${alGesproken}"/>',
    right='<userTask id="taak_controle"/>',
)
