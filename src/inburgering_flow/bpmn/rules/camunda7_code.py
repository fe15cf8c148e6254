"""Refuses what would run code of Camunda 7."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("code of Camunda 7"):
        yield Fault(
            note.element_id,
            _("{attribute} would run code, which is not allowed.").format(**note.details),
            _("Set a job type instead and let a worker do it."),
        )
    for note in diagram.noted("parameter of Camunda 7"):
        yield Fault(
            note.element_id,
            _("The parameter {name} is a script, list or map of Camunda 7.").format(**note.details),
            _("Write it as one FEEL expression."),
        )


RULE = Rule(
    "camunda7-code",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het diagram noemt een Java-klasse, script of luisteraar van Camunda 7.",
        why="Een diagram is hier gegevens en geen programma: code uit een diagram wordt nooit uitgevoerd.",
        mend="Geef de taak een jobtype en laat een worker het werk doen. Schrijf een parameter als één FEEL-expressie.",
    ),
    en=Page(
        what="The diagram names a Java class, script or listener of Camunda 7.",
        why="A diagram is data here, not a program: code in a diagram is never run.",
        mend="Give the task a job type and let a worker do the work. Write a parameter as one FEEL expression.",
    ),
    wrong='<serviceTask id="taak_brief" camunda:class="nl.voorbeeld.BriefSturen">',
    right='<serviceTask id="taak_brief">',
)
