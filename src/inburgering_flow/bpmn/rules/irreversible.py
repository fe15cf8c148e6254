"""Warns of a task that cannot be undone without saying what it brings about, and of an element that nobody is asked about."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule

PROPERTY = "onomkeerbaar"
LEAST = 3  # words of a sentence


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        said = element.properties.get(PROPERTY)
        if said is None:
            continue
        if element.kind != "userTask":
            yield Fault(
                element.id,
                _("'{property}' does nothing here: only who completes a user task is asked to confirm.").format(
                    property=PROPERTY
                ),
                _("Put it on the user task before this step."),
            )
        elif len(said.split()) < LEAST:
            yield Fault(
                element.id,
                _("'{property}' does not say what happens: “{said}”.").format(property=PROPERTY, said=said[:40]),
                _("Write a sentence that tells whoever completes the task what follows, and to whom."),
            )


RULE = Rule(
    "irreversible",
    WARNING,
    check,
    nl=Page(
        what="Bij een taak die niet ongedaan kan worden gemaakt, staat niet wat er gebeurt; of het staat bij een andere stap.",
        why=(
            "Wie de taak afrondt, ziet deze zin vóór de laatste knop, met de brieven die uitgaan. Een enkel woord zegt niet wat "
            "de gevolgen zijn, en bij een andere stap dan een taak wordt niemand iets gevraagd."
        ),
        mend="Zet de eigenschap onomkeerbaar op de taak, met een hele zin: wat er gebeurt, en voor wie.",
    ),
    en=Page(
        what="A task that cannot be undone does not say what happens; or it is said at another step.",
        why=(
            "Whoever completes the task sees this sentence before the last button, with the letters that go out. A single word "
            "does not tell what follows, and at a step that is no task nobody is asked."
        ),
        mend="Put the property onomkeerbaar on the task, with a whole sentence: what happens, and to whom.",
    ),
    wrong='<zeebe:properties><zeebe:property name="onomkeerbaar" value="ja"/></zeebe:properties>',
    right=(
        '<zeebe:properties><zeebe:property name="onomkeerbaar" value="Het besluit gaat vandaag naar de inwoner."/>'
        "</zeebe:properties>"
    ),
)
