"""Refuses a message event that names no message."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no message"):
        yield Fault(note.element_id, _("The event names no message."), _("Choose a message with a name."))


RULE = Rule(
    "message-ref",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een berichtgebeurtenis, ontvangsttaak of zendtaak noemt geen bericht.",
        why="Er komt nooit iets aan, en er gaat niets uit.",
        mend=(
            "Kies een bericht met een naam, zoals `loket.overdracht`. Wordt het bericht door een worker verstuurd, geef dan"
            " een jobtype."
        ),
    ),
    en=Page(
        what="A message event, receive task or send task names no message.",
        why="Nothing would ever come in or go out.",
        mend="Choose a message with a name, such as `loket.overdracht`. If a worker sends the message, give a job type.",
    ),
    wrong='<receiveTask id="taak_overdracht" name="Overdracht ontvangen"/>',
    right='<receiveTask id="taak_overdracht" name="Overdracht ontvangen" messageRef="overdracht"/>',
)
