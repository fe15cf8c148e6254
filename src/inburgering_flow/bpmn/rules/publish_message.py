"""Refuses a thrown message with an id or a time to live of its own, which would be ignored."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("message with an id of its own"):
        yield Fault(
            note.element_id,
            _("A thrown message cannot have an id or time to live of its own."),
            _("Remove them, or let a job publish the message."),
        )


RULE = Rule(
    "publish-message",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een bericht dat het proces zelf verstuurt, heeft een eigen bericht-id of bewaartijd.",
        why=(
            "Die worden niet gebruikt: het bericht wacht altijd 24 uur, en tweemaal sturen is tweemaal een bericht. U zou"
            " op iets rekenen wat niet gebeurt."
        ),
        mend="Haal de id en de bewaartijd weg. Hebt u ze nodig, laat dan een worker het bericht publiceren.",
    ),
    en=Page(
        what="A message that the process itself sends has a message id or a time to live of its own.",
        why=(
            "These are not used: the message always waits for 24 hours, and sending twice makes two messages. You "
            "would rely on something that does not happen."
        ),
        mend="Remove the id and the time to live. If you need them, let a worker publish the message.",
    ),
    wrong='<zeebe:publishMessage correlationKey="= zaaknummer" timeToLive="PT1H"/>',
    right='<zeebe:publishMessage correlationKey="= zaaknummer"/>',
)
