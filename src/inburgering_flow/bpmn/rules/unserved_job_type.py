"""Warns of a job type that no worker serves, and of a connector that would bring something in."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    if around.job_types is None:
        return
    for element, _process in diagram.elements():
        if brings := element.properties.get("inbound.type"):
            yield Fault(
                element.id,
                _("No connector of the type {type} runs here, so nothing comes in by itself.").format(type=brings),
                _(
                    "Let the other system send the message or start the process through the API, or draw it without this "
                    "template."
                ),
            )
        listeners = (*element.execution_listeners, *element.task_listeners)
        for given in (element.job_type, *(listener.type for listener in listeners)):
            if given is None or given.is_expression or given.source in around.job_types:
                continue
            near = difflib.get_close_matches(given.source, sorted(around.job_types), 1, 0.75)
            remedy = _("Add a handler for it to a plug-in before the first case comes here, or mend the name.")
            if near:
                remedy = _("Did you mean {name}? Otherwise add a handler for it to a plug-in.").format(name=near[0])
            yield Fault(element.id, _("Nobody serves jobs of the type {type}.").format(type=given.source), remedy)


RULE = Rule(
    "unserved-job-type",
    WARNING,
    check,
    nl=Page(
        what=(
            "Een taak of luisteraar vraagt werk van een soort (job type) dat niemand hier doet, of een gebeurtenis wacht op een "
            "connector van Camunda die hier niet draait."
        ),
        why="Een zaak die hier komt, wacht tot iemand het doet. Vaak is het een tikfout.",
        mend=(
            "Verbeter de naam, of zorg dat een plug-in dit werk doet voordat de eerste zaak hier komt. Wat een connector zou "
            "binnenbrengen, stuurt het andere systeem hier via de API."
        ),
    ),
    en=Page(
        what=(
            "A task or listener asks for work of a type that nobody here does, or an event waits for a connector of Camunda that "
            "does not run here."
        ),
        why="A case that comes here waits until somebody does it. It is often a typing error.",
        mend=(
            "Mend the name, or let a plug-in do this work before the first case comes here. What a connector would bring in, the "
            "other system sends here through the API."
        ),
    ),
    wrong='<zeebe:taskDefinition type="berciht.sturen"/>',
    right='<zeebe:taskDefinition type="= soortWerk"/>',
)
