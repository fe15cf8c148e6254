"""Refuses a service or send task whose work nobody does."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for task, _process in diagram.elements("serviceTask", "sendTask"):
        if task.job_type is None and task.event is None:
            yield Fault(
                task.id,
                _("The task has no job type, so nothing would do its work."),
                _("Set Task definition, Type in the properties."),
            )


RULE = Rule(
    "job-type",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een servicetaak of zendtaak heeft geen jobtype.",
        why="Het jobtype zegt welk programma het werk doet. Zonder jobtype wacht de zaak voor altijd.",
        mend="Vul bij de eigenschappen onder Task definition het Type in, bijvoorbeeld `brief.uitnodiging`.",
    ),
    en=Page(
        what="A service or send task has no job type.",
        why="The job type says which program does the work. Without one the case waits for ever.",
        mend="Fill in Type under Task definition in the properties, for example `brief.uitnodiging`.",
    ),
    wrong='<serviceTask id="taak_brief" name="Uitnodiging sturen"/>',
    right="""
<serviceTask id="taak_brief" name="Uitnodiging sturen">
  <extensionElements>
    <zeebe:taskDefinition type="brief.uitnodiging"/>
  </extensionElements>
</serviceTask>
""",
)
