"""Refuses a signal event that names no signal."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no signal"):
        yield Fault(note.element_id, _("The event names no signal."), _("Choose a signal with a name."))


RULE = Rule(
    "signal-ref",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een signaalgebeurtenis noemt geen signaal met een naam.",
        why="Een signaal wordt door iedereen gehoord die op die naam wacht. Zonder naam wacht niemand.",
        mend="Kies een signaal, of maak er een met een naam.",
    ),
    en=Page(
        what="A signal event names no signal with a name.",
        why="A signal reaches everything that waits for its name. Without a name nothing can wait for it.",
        mend="Choose a signal, or create one with a name.",
    ),
    wrong="<signalEventDefinition/>",
    right='<signalEventDefinition signalRef="noodstop"/>',
)
