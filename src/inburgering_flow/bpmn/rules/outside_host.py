"""Warns of a call of a host that this installation may not call."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import outbound
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        if around.hosts is None or element.job_type is None or element.job_type.source != outbound.JOB_TYPE:
            continue
        for mapping in element.inputs:
            text = mapping.source.source.strip()
            if mapping.target != "url" or (mapping.source.is_expression and not _is_constant(text)):
                continue
            try:
                outbound.checked(text.strip('"'), around.hosts)
            except InvalidInput as error:
                said = _("The task cannot call what it names. {reason}").format(reason=error.message)
                yield Fault(element.id, said, error.remedy)


def _is_constant(text: str) -> bool:
    return len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]


RULE = Rule(
    "outside-host",
    WARNING,
    check,
    nl=Page(
        what="Een taak roept een systeem aan dat vanaf hier niet mag worden aangeroepen.",
        why="Alleen systemen die de beheerder toeliet, worden aangeroepen. Een zaak die hier komt, blijft staan met een storing.",
        mend="Verbeter het adres, of vraag de beheerder het systeem in de instelling HTTP_HOSTS te zetten.",
    ),
    en=Page(
        what="A task calls a system that may not be called from here.",
        why="Only systems that whoever runs the platform allowed are called. A case that comes here gets an incident.",
        mend="Correct the address, or ask whoever runs the platform to add the system to the setting HTTP_HOSTS.",
    ),
    wrong="""
<serviceTask id="taak_vragen" name="Gegevens vragen">
  <extensionElements>
    <zeebe:taskDefinition type="io.camunda:http-json:1"/>
    <zeebe:ioMapping><zeebe:input source="https://elders.example.nl/" target="url"/></zeebe:ioMapping>
  </extensionElements>
</serviceTask>
""",
    right="""
<serviceTask id="taak_vragen" name="Gegevens vragen">
  <extensionElements>
    <zeebe:taskDefinition type="io.camunda:http-json:1"/>
    <zeebe:ioMapping><zeebe:input source="https://api.example.nl/" target="url"/></zeebe:ioMapping>
  </extensionElements>
</serviceTask>
""",
)
