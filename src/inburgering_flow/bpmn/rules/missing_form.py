"""Refuses a user task whose form is neither deployed nor among the files."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import EMBEDDED
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for element, process in diagram.elements():
        form = element.form_id
        if not form or form.startswith("="):
            continue
        exists = process.embedded_form(form) is not None if form.startswith(EMBEDDED) else around.has_form(element)
        if not exists:
            yield Fault(
                element.id,
                _("There is no form {form}.").format(form=form),
                _("Deploy the form with the diagram, or choose one that exists."),
            )


RULE = Rule(
    "missing-form",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een taak noemt een formulier dat niet is klaargezet.",
        why="De taak zou niets vragen en alles goedvinden, zodat gegevens ontbreken of niet kloppen.",
        mend="Zet het formulier samen met het diagram klaar, of kies een formulier dat er is.",
    ),
    en=Page(
        what="A task names a form that is not deployed.",
        why="The task would ask nothing and accept everything, so that data is missing or wrong.",
        mend="Deploy the form together with the diagram, or choose a form that exists.",
    ),
    wrong='<zeebe:formDefinition formId="intake-oud"/>',
    right='<zeebe:formDefinition formId="intake"/>',
)
