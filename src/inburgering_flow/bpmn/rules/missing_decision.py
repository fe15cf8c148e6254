"""Warns of a called decision that is neither deployed nor among the files."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for task, _process in diagram.elements():
        called = task.called_decision
        if called is None or called.is_expression or around.has_decision(task, called.source):
            continue
        tag = _(" with the version tag '{tag}'").format(tag=task.version_tag) if task.binding == "versionTag" else ""
        yield Fault(
            task.id,
            _("There is no decision {id}{tag}.").format(id=called.source, tag=tag),
            _("Deploy it with the diagram, or before the first case comes here; or mend the id."),
        )


RULE = Rule(
    "missing-decision",
    WARNING,
    check,
    nl=Page(
        what="Een beslistaak noemt een beslissing die niet is klaargezet.",
        why="Een zaak die hier komt, blijft staan met een storing tot de beslissing er is.",
        mend=(
            "Zet het beslismodel samen met het diagram klaar, of verbeter de id. Komt het later, dan kunt u de "
            "waarschuwing laten staan."
        ),
    ),
    en=Page(
        what="A business rule task names a decision that is not deployed.",
        why="A case that comes here stops with an incident until the decision is there.",
        mend=(
            "Deploy the decision model together with the diagram, or mend the id. If it comes later, the warning "
            "may stay."
        ),
    ),
    wrong='<zeebe:calledDecision decisionId="bedrga" resultVariable="bedrag"/>',
    right='<zeebe:calledDecision decisionId="bedrag" resultVariable="bedrag"/>',
)
