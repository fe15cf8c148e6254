"""Refuses a link that is connected by sequence flows as well."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for link, _process in diagram.elements("intermediateThrowEvent", "intermediateCatchEvent"):
        if link.event is None or link.event.kind != "link":
            continue
        if link.kind == "intermediateThrowEvent" and len(link.outgoing) > 1:
            yield Fault(
                link.id, _("A sequence flow leaves a throwing link event."), _("Remove it: the link itself leads on.")
            )
        if link.kind == "intermediateCatchEvent" and any(f.id != f"{f.source}.link" for f in link.incoming):
            yield Fault(
                link.id,
                _("A sequence flow leads into a catching link event."),
                _("Remove it: only the link leads here."),
            )


RULE = Rule(
    "link-flow",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Aan een koppelgebeurtenis zit naast de koppeling zelf ook een pijl op de verkeerde plek.",
        why=(
            "De werpende kant gaat verder bij de vangende kant en nergens anders; de vangende kant komt alleen uit de "
            "koppeling. Met een extra pijl zou het werk twee keer gebeuren."
        ),
        mend="Haal de pijl weg die de werpende kant verlaat of die de vangende kant binnenkomt.",
    ),
    en=Page(
        what="Besides the link itself, a sequence flow is connected to a link event on the wrong side.",
        why=(
            "The throwing end goes on at the catching end and nowhere else; the catching end comes from the link alone. "
            "With another flow, work would happen twice."
        ),
        mend="Remove the flow that leaves the throwing end, or the one that leads into the catching end.",
    ),
    wrong='<sequenceFlow id="extra" sourceRef="sprong" targetRef="eind"/>',
    right='<sequenceFlow id="extra" sourceRef="landing" targetRef="eind"/>',
)
