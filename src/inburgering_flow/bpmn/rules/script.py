"""Refuses a script task without a script."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for task, _process in diagram.elements("scriptTask"):
        if task.script is None and task.job_type is None:
            yield Fault(task.id, _("The script task has no FEEL expression."), _("Set its script expression."))


RULE = Rule(
    "script",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een scripttaak heeft geen FEEL-expressie en geen jobtype.",
        why="De taak zou niets doen, terwijl het diagram zegt dat er iets wordt uitgerekend.",
        mend="Vul de expressie in, of geef de taak een jobtype.",
    ),
    en=Page(
        what="A script task has no FEEL expression and no job type.",
        why="The task would do nothing, though the diagram says that something is computed.",
        mend="Write the expression, or give the task a job type.",
    ),
    wrong='<scriptTask id="taak_rekenen"/>',
    right="""
<scriptTask id="taak_rekenen">
  <extensionElements>
    <zeebe:script expression="= bedrag * 2" resultVariable="dubbel"/>
  </extensionElements>
</scriptTask>
""",
)
