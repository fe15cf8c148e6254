"""Refuses a due or follow-up date that is written as text and is not a date."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        for given in (element.due_date, element.follow_up_date):
            problem = "" if given is None or given.is_expression else around.moment(given.source)
            if problem:
                yield Fault(element.id, problem, _("Correct it: write what is meant."))


RULE = Rule(
    "date",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De uiterste datum of de opvolgdatum van een taak is een tekst die geen datum is.",
        why="De taak zou niet kunnen worden gemaakt op het moment dat iemand haar nodig heeft.",
        mend=(
            "Schrijf de datum als `2026-10-10T17:00:00+02:00`, of beter: laat een beslissing haar uitrekenen en schrijf "
            "`=uiterlijkeDag`."
        ),
    ),
    en=Page(
        what="The due date or follow-up date of a task is a text that is not a date.",
        why="The task could not be created at the moment when somebody needs it.",
        mend=(
            "Write the date like `2026-10-10T17:00:00+02:00`, or better: let a decision work it out and write "
            "`=uiterlijkeDag`."
        ),
    ),
    wrong='<zeebe:taskSchedule dueDate="volgende week"/>',
    right='<zeebe:taskSchedule dueDate="= uiterlijkeDag"/>',
)
