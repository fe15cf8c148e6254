"""Refuses a message without a name."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("message without name"):
        yield Fault(note.element_id, _("The message has no name."), _("Give it the name <partner>.<event>."))


RULE = Rule(
    "message-name",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bericht waar de gebeurtenis naar verwijst, heeft geen naam.",
        why="Berichten van partners komen binnen op naam. Zonder naam wordt het bericht nooit herkend.",
        mend="Geef het bericht een naam van de vorm `partner.gebeurtenis`, zoals `klant.antwoord`.",
    ),
    en=Page(
        what="The message that the event refers to has no name.",
        why="Messages of partners come in by name. Without one the message is never recognised.",
        mend="Give the message a name of the form `partner.event`, such as `klant.antwoord`.",
    ),
    wrong='<message id="antwoord">',
    right='<message id="antwoord" name="klant.antwoord">',
)
