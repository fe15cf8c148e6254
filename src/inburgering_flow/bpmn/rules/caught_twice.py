"""Refuses two events in one place that catch the same error or escalation: only one could ever get it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for scope, process in diagram.scopes():
        inside = [e for sub in scope.event_subprocesses for e in process.start_events(sub)]
        for place in (inside, *([process.elements[b] for b in process.elements[c].boundary] for c in scope.children)):
            yield from _twice(place)


def _twice(catchers: Iterable[Element]) -> Iterator[Fault]:
    known: set[tuple[str, str]] = set()
    for catcher in catchers:
        for part in catcher.event.all if catcher.event is not None else ():
            if part.kind not in ("error", "escalation"):
                continue
            if (part.kind, part.code) in known:
                yield Fault(
                    catcher.id,
                    _("Another event here catches the same {kind}.").format(kind=part.kind),
                    _("Keep one of them, or give them different codes."),
                )
            known.add((part.kind, part.code))


RULE = Rule(
    "caught-twice",
    ERROR,
    check,
    nl=Page(
        what="Op één plek vangen twee gebeurtenissen dezelfde fout of escalatie.",
        why="Alleen de eerste krijgt haar ooit. Wat achter de tweede getekend is, gebeurt nooit.",
        mend="Haal één van de twee weg, of geef ze verschillende codes.",
    ),
    en=Page(
        what="Two events in the same place catch the same error or escalation.",
        why="Only the first ever gets it. What is drawn after the second never happens.",
        mend="Remove one of the two, or give them different codes.",
    ),
    wrong="""
<boundaryEvent id="tweede" attachedToRef="taak_brief">
  <errorEventDefinition errorRef="adres"/>
</boundaryEvent>
""",
    right="""
<boundaryEvent id="tweede" attachedToRef="taak_brief">
  <errorEventDefinition errorRef="naam"/>
</boundaryEvent>
""",
)
