"""Refuses a compensation event without exactly one handler that is marked as such."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("second handler"):
        yield Fault(
            note.element_id,
            _("The compensation event leads to several handlers."),
            _("Keep one; a sub-process can hold several steps."),
        )
    for element, process in diagram.elements():
        at_border = [b for b in element.boundary if _undoes(process.elements[b])]
        starts = (s for e in element.event_subprocesses for s in process.start_events(e))
        inside = [start.parent or "" for start in starts if _undoes(start)]
        for second in [*at_border, *inside][1:]:
            yield Fault(
                second,
                _("'{id}' has several handlers for its compensation, of which only one would run.").format(id=element.id),
                _("Keep one; a sub-process can hold several steps."),
            )
    for event, process in diagram.elements("boundaryEvent"):
        if event.event is None or not event.event.has("compensate"):
            continue
        handler = process.elements.get(diagram.handlers.get(event.id, ""))
        if handler is None:
            yield Fault(
                event.id,
                _("The compensation event leads to no handler."),
                _("Connect it with an association to an activity that is for compensation."),
            )
        elif not handler.is_for_compensation:
            yield Fault(
                handler.id,
                _("This activity is not marked for compensation."),
                _("Set it as the compensation activity in its properties."),
            )


def _undoes(event: Element) -> bool:
    return event.event is not None and event.event.has("compensate")


RULE = Rule(
    "compensation-handler",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Een compensatiegebeurtenis is niet verbonden met precies één activiteit die voor compensatie is, of een "
            "activiteit heeft meer dan één compensatie."
        ),
        why=(
            "Die activiteit maakt het werk ongedaan, zoals een betaling terugboeken. Zonder die activiteit gebeurt er "
            "niets; van twee zou er één worden overgeslagen."
        ),
        mend="Verbind de gebeurtenis met een associatie (stippellijn) met één activiteit, en markeer die als compensatie.",
    ),
    en=Page(
        what=(
            "A compensation event is not connected to exactly one activity that is for compensation, or an activity has more "
            "than one compensation."
        ),
        why=(
            "That activity undoes the work, for example by booking a payment back. Without it nothing happens; of two "
            "one would be passed over."
        ),
        mend="Connect the event by an association (dotted line) to one activity, and mark that one as for compensation.",
    ),
    wrong='<task id="taak_terugboeken"/>',
    right='<task id="taak_terugboeken" isForCompensation="true"/>',
)
