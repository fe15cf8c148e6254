"""Refuses an ad-hoc sub-process with a start, an end, or nothing that begins."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element, ProcessDefinition
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for scope, process in diagram.scopes():
        if scope.kind == "adHocSubProcess":
            yield from _of(scope, process)


def _of(scope: Element, process: ProcessDefinition) -> Iterator[Fault]:
    children = [process.elements[child] for child in scope.children]
    for child in children:
        if child.kind == "startEvent":
            yield Fault(child.id, _("An ad-hoc sub-process has no start event."), _("Remove it."))
        if child.kind == "endEvent":
            yield Fault(
                child.id,
                _("An ad-hoc sub-process has no end event."),
                _("Remove it: a path ends with its last activity."),
            )
    if not any(child.begins for child in children):
        yield Fault(
            scope.id,
            _("The ad-hoc sub-process has no activity that could begin."),
            _("Draw at least one activity in it that no flow leads to."),
        )


RULE = Rule(
    "ad-hoc",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="In een ad-hoc subproces staat een begin of eind, of er is niets dat kan beginnen.",
        why=(
            "In een ad-hoc subproces kiest iemand welke stappen nodig zijn, in welke volgorde ook. Een begin of eind past"
            " daar niet bij."
        ),
        mend="Haal begin en eind weg en teken minstens één activiteit waar geen pijl naartoe loopt.",
    ),
    en=Page(
        what="An ad-hoc sub-process contains a start or an end, or nothing in it could begin.",
        why=(
            "In an ad-hoc sub-process somebody chooses which steps are needed, in any order. A start or an end does not "
            "fit in there."
        ),
        mend="Remove start and end, and draw at least one activity that no flow leads to.",
    ),
    wrong='<startEvent id="begin_hulp"/>',
    right='<task id="taak_bellen"/>',
)
