"""Refuses links that do not pair up: a throw without its catch, a catch without its throw, two catches."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("second link target"):
        yield Fault(
            note.element_id, _("Two link events catch '{name}'.").format(**note.details), _("Keep one of them.")
        )
    for note in diagram.noted("link to nowhere"):
        yield Fault(
            note.element_id,
            _("No link event in this scope catches '{name}'.").format(**note.details),
            _("Draw the catching link event, with the same name."),
        )
    for link, _process in diagram.elements("intermediateCatchEvent"):
        if link.event is not None and link.event.kind == "link" and not link.incoming:
            yield Fault(
                link.id,
                _("No link event leads here, so it would never run."),
                _("Draw the throwing link event, with the same name."),
            )


RULE = Rule(
    "link-target",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een koppelgebeurtenis heeft geen andere kant met dezelfde naam, of er zijn er twee die dezelfde naam vangen.",
        why=(
            "Een koppeling is een pijl die niet getekend is. Met één kant, of met drie, is niet te zeggen waar zij heen "
            "loopt."
        ),
        mend=(
            "Geef de werpende en de vangende kant dezelfde naam, in hetzelfde proces of subproces, en houd één vangende "
            "kant over."
        ),
    ),
    en=Page(
        what="A link event has no other end with the same name, or two of them catch the same name.",
        why="A link is a sequence flow that is not drawn. With one end, or with three, nobody can say where it leads.",
        mend=(
            "Give the throwing and the catching end the same name, in the same process or sub-process, and keep one "
            "catching end."
        ),
    ),
    wrong='<linkEventDefinition id="l1" name="bezwaar"/>',
    right='<linkEventDefinition id="l1" name="beroep"/>',
)
