"""Refuses a timer with no moment, more than one, or one that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for note in diagram.noted("timer of no kind"):
        yield Fault(note.element_id, _("The timer has neither a date nor a duration nor a cycle."), _("Set one of the three."))
    for note in diagram.noted("timer of several kinds"):
        yield Fault(
            note.element_id, _("The timer has more than one of date, duration and cycle."), _("Set one of the three.")
        )
    for element, _process in diagram.elements():
        for part in element.event.all if element.event is not None else ():
            if part.kind != "timer" or part.expression is None or part.expression.is_expression:
                continue
            problem = around.timer(part.timer, part.expression.source)
            if problem:
                yield Fault(element.id, problem, _("Correct it: write what is meant."))


RULE = Rule(
    "timer",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een tijdgebeurtenis zegt geen tijdstip, meer dan één, of een tekst die geen datum, duur of herhaling is.",
        why="De zaak zou voor altijd wachten, of op het verkeerde moment verdergaan.",
        mend=(
            "Kies datum, duur of herhaling en schrijf die als `2026-10-10T09:00:00+02:00`, `P10W` of `R3/P7D`, of als "
            "FEEL met een `=` ervoor."
        ),
    ),
    en=Page(
        what="A timer event has no moment, more than one, or a text that is not a date, duration or cycle.",
        why="The case would wait for ever, or go on at the wrong moment.",
        mend=(
            "Choose date, duration or cycle and write it like `2026-10-10T09:00:00+02:00`, `P10W` or `R3/P7D`, or as FEEL"
            " with a `=` in front."
        ),
    ),
    wrong="<timeDuration>10 weken</timeDuration>",
    right="<timeDuration>P10W</timeDuration>",
)
