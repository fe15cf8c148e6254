"""Refuses a binding that does not identify a version."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

BINDINGS = ("latest", "deployment", "versionTag")


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        given, tag = element.binding, element.version_tag
        if given not in BINDINGS or (given == "versionTag" and not tag):
            yield Fault(
                element.id,
                _("The binding does not identify a version: {binding}.").format(binding=given),
                _("Choose latest, deployment, or versionTag with a tag."),
            )


RULE = Rule(
    "binding",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het element zegt niet goed welke versie van een proces, beslissing of formulier het wil.",
        why=(
            "Bij een onbekende keuze, of een versielabel zonder label, is niet te zeggen welke regels voor de zaak "
            "gelden."
        ),
        mend="Kies `latest` (de nieuwste), `deployment` (die tegelijk is klaargezet) of `versionTag` met een label.",
    ),
    en=Page(
        what="The element does not say clearly which version of a process, decision or form it wants.",
        why="With an unknown choice, or a version tag without a tag, nobody can say which rules apply to the case.",
        mend="Choose `latest` (the newest), `deployment` (the one deployed together with the caller) or `versionTag` with a tag.",
    ),
    wrong="""
<zeebe:calledDecision decisionId="Termijnen" resultVariable="termijnen" bindingType="versionTag"/>
""",
    right='<zeebe:calledDecision decisionId="Termijnen" resultVariable="termijnen" bindingType="latest"/>',
)
