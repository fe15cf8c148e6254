"""Refuses a compensation event that names an activity which it cannot undo."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element, ProcessDefinition
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.elements import ACTIVITIES
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, process in diagram.elements():
        for part in element.event.all if element.event is not None else ():
            if part.activity:
                yield from _of(element, part.activity, process, diagram)


def _of(element: Element, activity: str, process: ProcessDefinition, diagram: Diagram) -> Iterator[Fault]:
    if diagram.tag(activity) not in ACTIVITIES:
        yield Fault(
            element.id,
            _("There is no activity {id} to compensate.").format(id=activity),
            _("Choose an activity, or none to compensate all that is done."),
        )
    named = process.elements.get(activity)
    if named is None:
        return
    if named.parent is None or named.parent not in _scopes_around(element, process):
        yield Fault(
            element.id,
            _("The activity {id} is not visible here, so it would not be undone.").format(id=named.id),
            _("Name the activity around it that is in the same scope."),
        )
    elif not (named.compensation_handler or named.is_scope):
        yield Fault(
            element.id,
            _("The activity {id} has nothing that undoes it.").format(id=named.id),
            _("Draw a compensation event at its border, with a handler."),
        )


def _scopes_around(element: Element, process: ProcessDefinition) -> Iterator[str]:
    parent = element.parent
    while parent is not None:
        yield parent
        parent = process.elements[parent].parent


RULE = Rule(
    "compensation-ref",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Een compensatiegebeurtenis noemt een activiteit die er niet is, die hier niet zichtbaar is of die niets "
            "heeft dat haar ongedaan maakt."
        ),
        why="Er zou dan niets ongedaan worden gemaakt, zonder dat iemand het merkt.",
        mend=(
            "Kies een activiteit in hetzelfde proces of subproces, met een compensatiegebeurtenis op de rand. Of noem "
            "geen activiteit: dan wordt alles ongedaan gemaakt wat klaar is."
        ),
    ),
    en=Page(
        what=(
            "A compensation event names an activity that does not exist, is not visible here, or has nothing that undoes "
            "it."
        ),
        why="Nothing would be undone then, and nobody would notice.",
        mend=(
            "Choose an activity of the same process or sub-process with a compensation event at its border. Or name none:"
            " then all that is done is undone."
        ),
    ),
    wrong='<compensateEventDefinition activityRef="taak_weg"/>',
    right="<compensateEventDefinition/>",
)
