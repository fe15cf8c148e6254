"""Refuses an element without an id."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("no id"):
        yield Fault(note.element_id, _("A {tag} has no id.").format(**note.details), _("Give it an id."))


RULE = Rule(
    "missing-id",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een element heeft geen id. De melding noemt het proces of subproces waar het in staat.",
        why=(
            "Zonder id kan niets naar het element verwijzen: geen pijl, geen taak in de werklijst en geen regel in de "
            "geschiedenis."
        ),
        mend="Geef het element een id die zegt wat het is, zoals `taak_brief_sturen`.",
    ),
    en=Page(
        what="An element has no id. The message names the process or sub-process that it is in.",
        why=(
            "Without an id nothing can refer to the element: no sequence flow, no task in the work list, no line in the "
            "history."
        ),
        mend="Give the element an id that says what it is, such as `taak_brief_sturen`.",
    ),
    wrong='<task name="Brief sturen"/>',
    right='<task id="taak_brief_sturen" name="Brief sturen"/>',
)
