"""Warns of a form that is not a deployed one."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("form of elsewhere"):
        yield Fault(
            note.element_id,
            _("The form '{form}' is not shown: it is not a deployed one.").format(**note.details),
            _("Deploy it as a form file, and choose it by its id."),
        )


RULE = Rule(
    "other-form",
    WARNING,
    check,
    nl=Page(
        what="De taak verwijst naar een formulier dat geen klaargezet formulier is, zoals een formulier van Camunda 7.",
        why="De taak werkt wel, maar het formulier wordt niet getoond. Wie de taak doet, ziet geen vragen.",
        mend="Maak het formulier in de formuliereditor, zet het klaar als `.form`-bestand en kies het met zijn id.",
    ),
    en=Page(
        what="The task refers to a form that is not a deployed one, such as a form of Camunda 7.",
        why="The task works, but the form is not shown. Whoever does the task sees no questions.",
        mend="Make the form in the form editor, deploy it as a `.form` file and choose it by its id.",
    ),
    wrong='<zeebe:formDefinition externalReference="embedded:app:forms/intake.html"/>',
    right='<zeebe:formDefinition formId="intake"/>',
)
