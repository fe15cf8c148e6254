"""Refuses a business rule task that calls no decision."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for task, _process in diagram.elements("businessRuleTask"):
        if task.called_decision is None and task.job_type is None:
            yield Fault(task.id, _("The business rule task calls no decision."), _("Set its called decision."))


RULE = Rule(
    "called-decision",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een bedrijfsregeltaak roept geen beslissing aan.",
        why="De taak zou niets besluiten. Wat erachter komt, kijkt naar een uitkomst die er niet is.",
        mend="Vul bij Called decision de id van de DMN-beslissing in.",
    ),
    en=Page(
        what="A business rule task calls no decision.",
        why="The task would decide nothing. What comes after it would use a result that does not exist.",
        mend="Set Called decision to the id of the DMN decision.",
    ),
    wrong='<businessRuleTask id="taak_termijnen" name="Termijnen bepalen"/>',
    right="""
<businessRuleTask id="taak_termijnen" name="Termijnen bepalen">
  <extensionElements>
    <zeebe:calledDecision decisionId="Termijnen" resultVariable="termijnen"/>
  </extensionElements>
</businessRuleTask>
""",
)
