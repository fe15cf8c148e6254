"""Refuses a scope that cannot begin, or would not begin as drawn."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element, ProcessDefinition
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.lint import ERROR, WARNING, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for scope, process in diagram.scopes():
        yield from _of(scope, process)


def _of(scope: Element, process: ProcessDefinition) -> Iterator[Fault]:
    children = [process.elements[child] for child in scope.children]
    starts = [child for child in children if child.kind == "startEvent"]
    plain = [start for start in starts if start.event is not None and start.event.kind == "none"]
    is_ad_hoc = scope.kind == "adHocSubProcess"
    by_element = scope.kind == "process" and any(child.instantiate for child in children)
    what = N_("process")
    if scope.triggered_by_event:
        what = N_("event sub-process")
    elif scope.kind != "process":
        what = N_("sub-process")
    begins = by_element or any(child.begins for child in children)
    if not is_ad_hoc and not starts and (scope.triggered_by_event or not begins):
        yield Fault(scope.id, _("The {what} has no start event.").format(what=_(what)), _("Draw one start event."))
    if what != "process" and len(starts) > 1:
        yield Fault(scope.id, _("The {what} has several start events.").format(what=_(what)), _("Keep one."))
    for start in starts:
        if what == "sub-process" and start not in plain:
            yield Fault(
                start.id,
                _("An embedded sub-process starts with a plain start event."),
                _("Remove the event definition, or make it an event sub-process."),
            )
    if what == "process" and len(plain) > 1:
        yield Fault(scope.id, _("The process has several plain start events."), _("Keep one."))
    if not (starts or is_ad_hoc or by_element):
        for end in (child for child in children if child.kind == "endEvent"):
            yield Fault(
                end.id,
                _("The {what} has an end event, but no start event.").format(what=_(what)),
                _("It begins with everything that no flow leads to; draw a start event in front of what comes first."),
                WARNING,
            )


RULE = Rule(
    "start-event",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een proces of subproces heeft geen begingebeurtenis, te veel, of een soort die daar niet kan.",
        why=(
            "Het begin bepaalt wat het eerst gebeurt. Twee gewone begingebeurtenissen zouden samen twee keer beginnen, en"
            " een subproces begint alleen doordat er een pijl naar toe loopt."
        ),
        mend=(
            "Teken één gewone begingebeurtenis. Moet een subproces op een bericht of tijdstip beginnen, maak er dan een "
            "gebeurtenis-subproces van."
        ),
    ),
    en=Page(
        what="A process or sub-process has no start event, too many, or one of a kind that is not allowed there.",
        why=(
            "The start says what happens first. Two plain start events would both begin, and a sub-process begins only "
            "because a flow leads to it. If there is only an end event, you get a warning: everything that no flow "
            "leads to begins."
        ),
        mend=(
            "Draw one plain start event. If a sub-process is to begin with a message or a moment, make it an event "
            "sub-process."
        ),
    ),
    wrong='<startEvent id="begin_balie"/> <startEvent id="begin_post"/>',
    right='<startEvent id="begin_balie"/>',
)
