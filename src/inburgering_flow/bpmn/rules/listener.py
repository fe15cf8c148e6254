"""Refuses a listener without a job type or with an event that its element does not have."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("unfit listener"):
        yield Fault(
            note.element_id,
            _("A listener on '{on}' needs a job type, and one of these events: {events}.").format(**note.details),
            _("Set both in its properties."),
        )


RULE = Rule(
    "listener",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een luisteraar heeft geen jobtype, of luistert naar iets wat dit element niet kent.",
        why="De controle of melding die u aan de luisteraar toevertrouwt, zou nooit gebeuren.",
        mend="Geef de luisteraar een jobtype en een van de gebeurtenissen die de melding noemt.",
    ),
    en=Page(
        what="A listener has no job type, or listens to something that this element does not have.",
        why="The check or notice that you leave to the listener would never happen.",
        mend="Give the listener a job type and one of the events that the message names.",
    ),
    wrong='<zeebe:executionListener eventType="begin" type="melden"/>',
    right='<zeebe:executionListener eventType="start" type="melden"/>',
)
