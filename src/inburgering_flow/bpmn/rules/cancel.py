"""Refuses a cancel event outside a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for child, process in diagram.elements():
        if child.event is None or not child.event.has("cancel"):
            continue
        host = process.elements.get((child.attached_to if child.kind == "boundaryEvent" else child.parent) or "")
        if host is None or host.kind != "transaction":
            yield Fault(
                child.id,
                _("A cancel event is only for transactions."),
                _("Make the sub-process a transaction, or use an error event."),
            )


RULE = Rule(
    "cancel",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een annuleergebeurtenis staat buiten een transactie.",
        why=(
            "Annuleren maakt ongedaan wat in een transactie is gedaan. Zonder transactie is er niets om ongedaan te "
            "maken."
        ),
        mend="Maak van het subproces een transactie, of gebruik een foutgebeurtenis.",
    ),
    en=Page(
        what="A cancel event is outside a transaction.",
        why="Cancelling undoes what was done in a transaction. Without one there is nothing to undo.",
        mend="Make the sub-process a transaction, or use an error event.",
    ),
    wrong='<subProcess id="betaling">',
    right='<transaction id="betaling">',
)
