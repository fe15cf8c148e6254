"""Warns of a form that is neither deployed nor among the files; refuses one that can never be, bound to this deployment."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import EMBEDDED
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, WARNING, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for element, process in diagram.elements():
        form = element.form_id
        if not form or form.startswith("="):
            continue
        exists = process.embedded_form(form) is not None if form.startswith(EMBEDDED) else around.has_form(element)
        if exists:
            continue
        tag = _(" with the version tag '{tag}'").format(tag=element.version_tag) if element.binding == "versionTag" else ""
        if form.startswith(EMBEDDED) or element.binding == "deployment":
            remedy, severity = _("Deploy the form with the diagram, or choose one that exists."), ERROR
        else:
            remedy, severity = _("Deploy it with the diagram, or before the first case comes here; or mend the id."), ""
        yield Fault(element.id, _("There is no form {form}{tag}.").format(form=form, tag=tag), remedy, severity)


RULE = Rule(
    "missing-form",
    WARNING,
    check,
    nl=Page(
        what="Een taak of een begin noemt een formulier dat niet is klaargezet.",
        why=(
            "Een zaak die hier komt, blijft staan met een storing tot het formulier er is; met een beginformulier kan niemand "
            "de zaak beginnen. Een formulier uit hetzelfde bestand of dezelfde klaarzetting kan later niet meer komen: dat is "
            "een fout."
        ),
        mend=(
            "Zet het formulier samen met het diagram klaar, of verbeter de id. Komt het later, dan kunt u de waarschuwing "
            "laten staan."
        ),
    ),
    en=Page(
        what="A task or a start names a form that is not deployed.",
        why=(
            "A case that comes here stops with an incident until the form is there; with a start form nobody can begin the "
            "case. A form of the same file or the same deployment cannot come later: that is an error."
        ),
        mend="Deploy the form together with the diagram, or mend the id. If it comes later, the warning may stay.",
    ),
    wrong='<zeebe:formDefinition formId="intake-oud"/>',
    right='<zeebe:formDefinition formId="intake"/>',
)
