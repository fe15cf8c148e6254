"""Refuses missing and empty conditions, and those that nothing evaluates."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, WARNING, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("empty condition"):
        yield Fault(
            note.element_id, _("The condition of the sequence flow is empty."), _("Write one in FEEL, or remove it.")
        )
    for note in diagram.noted("event without condition"):
        yield Fault(note.element_id, _("The event has no condition."), _("Write one in FEEL."))
    for gateway, _process in diagram.elements("exclusiveGateway", "parallelGateway", "eventBasedGateway"):
        for flow in gateway.outgoing:
            if gateway.kind == "exclusiveGateway":
                if len(gateway.outgoing) > 1 and flow.condition is None and flow.id != gateway.default_flow:
                    yield Fault(
                        flow.id,
                        _("A flow out of an exclusive gateway has no condition."),
                        _("Give it a condition, or make it the default flow."),
                    )
            elif flow.condition is not None and gateway.kind == "parallelGateway":
                yield Fault(
                    flow.id,
                    _("A flow out of a parallel gateway has a condition."),
                    _("It is ignored; remove it, or draw an inclusive gateway."),
                    WARNING,
                )
            elif flow.condition is not None:
                yield Fault(
                    flow.id,
                    _("A flow out of an event-based gateway has a condition."),
                    _("Remove it: the event decides."),
                )


RULE = Rule(
    "condition",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een voorwaarde ontbreekt, is leeg, of staat op een plek waar niemand ernaar kijkt.",
        why=(
            "Een exclusieve gateway kiest op voorwaarden: een pijl zonder voorwaarde is daar geen keuze. Bij een "
            "parallelle gateway gaan alle pijlen door en bij een gebeurtenis-gateway beslist de gebeurtenis; daar is een "
            "voorwaarde een vergissing (bij een parallelle gateway krijgt u een waarschuwing)."
        ),
        mend=(
            "Geef elke pijl uit een exclusieve gateway een voorwaarde in FEEL, of maak één pijl de standaardpijl. Haal de"
            " voorwaarde elders weg, of kies een andere gateway."
        ),
    ),
    en=Page(
        what="A condition is missing, is empty, or is placed where it is ignored.",
        why=(
            "An exclusive gateway chooses by conditions: a flow without one is no choice there. At a parallel gateway "
            "all flows go on, and at an event-based gateway the event decides; a condition there is a mistake (only a "
            "warning at a parallel gateway)."
        ),
        mend=(
            "Give each flow out of an exclusive gateway a condition in FEEL, or make one of them the default flow. "
            "Elsewhere remove the condition, or choose another gateway."
        ),
    ),
    wrong='<exclusiveGateway id="verwijtbaar"/>',
    right='<exclusiveGateway id="verwijtbaar" default="pijl_nee"/>',
)
