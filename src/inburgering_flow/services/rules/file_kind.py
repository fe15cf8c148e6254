"""Refuses a file that is neither diagram, decision, form nor data dictionary."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule
from inburgering_flow.model.project import deployed_kind
from inburgering_flow.services.resources import Batch


def check(batch: Batch) -> Iterator[Fault]:
    for resource in batch.resources:
        if deployed_kind(resource.name) is None:
            yield fault(resource.name)


def fault(name: str) -> Fault:
    """What is reported about a file that cannot be taken, also when somebody tries to upload it."""
    return Fault("", _("This file is not recognised."), _("Use .bpmn, .dmn or .form."), resource=name)


RULE = Rule(
    "file-kind",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bestand is geen diagram, beslismodel of formulier, te zien aan zijn naam.",
        why=(
            "Het platform weet niet wat het ermee moet doen. Stil overslaan zou betekenen dat u denkt dat het is "
            "klaargezet."
        ),
        mend="Geef een bestand waarvan de naam eindigt op `.bpmn`, `.dmn` of `.form`.",
    ),
    en=Page(
        what="By its name, the file is not a diagram, decision model or form.",
        why=(
            "The platform does not know what to do with it. If it were silently ignored, you would think that "
            "it was deployed."
        ),
        mend="Give a file whose name ends in `.bpmn`, `.dmn` or `.form`.",
    ),
    wrong="besluit.docx",
    right="besluit.bpmn",
)
