"""Refuses an event of a kind that is not allowed in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.elements import EVENTS_ALLOWED, PLACES
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

INSTEAD: Mapping[str, str] = {
    "error": N_("Draw an error end event, and catch it at the border of the activity."),
    "cancel": N_("Draw it inside a transaction, or use an error event."),
    "terminate": N_("Draw a terminate end event."),
    "link": N_("Draw the sequence flow."),
    "compensate": N_("Draw a compensation throw or end event."),
    "conditional": N_("Draw an intermediate conditional event in front of it."),
    "timer": N_("Draw an intermediate timer event in front of it."),
}


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("event not here"):
        kind, place = note.details["kind"], note.details["place"]
        message = _("A {kind} event cannot be executed here ({place}).")
        if kind == "none":
            message = _("An event without a definition cannot be executed here ({place}).")
        others = ", ".join(sorted(EVENTS_ALLOWED[place] - {"none", "multiple"}))
        remedy = _(INSTEAD[kind]) if kind in INSTEAD else _("Choose one of these: {kinds}.").format(kinds=others)
        yield Fault(note.element_id, message.format(kind=kind, place=_(PLACES[place])), remedy)


RULE = Rule(
    "unsupported-event",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Deze soort gebeurtenis kan niet op deze plek staan, bijvoorbeeld een tijdstip als eind van een proces.",
        why="BPMN kent de combinatie niet, dus het is niet duidelijk wat er moet gebeuren.",
        mend="De melding noemt wat hier wel kan. De tabel in `docs/elements.md` laat alle combinaties zien.",
    ),
    en=Page(
        what="This kind of event is not allowed in this place, for example a timer as the end of a process.",
        why="BPMN does not have the combination, so it is not clear what should happen.",
        mend="The message says what is allowed here. The table in `docs/elements.md` shows all combinations.",
    ),
    wrong="""
<endEvent id="over_een_week">
  <timerEventDefinition>
    <timeDuration>P7D</timeDuration>
  </timerEventDefinition>
</endEvent>
""",
    right="""
<intermediateCatchEvent id="over_een_week">
  <timerEventDefinition>
    <timeDuration>P7D</timeDuration>
  </timerEventDefinition>
</intermediateCatchEvent>
""",
)
