"""Refuses a joining complex gateway without an activation condition."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for gateway, _process in diagram.elements("complexGateway"):
        if len(gateway.incoming) > 1 and not gateway.activation_condition:
            yield Fault(
                gateway.id,
                _("The complex gateway has no activation condition."),
                _("Write one in FEEL, for example = activationCount >= 2."),
            )


RULE = Rule(
    "activation",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een complexe gateway met meer dan één binnenkomende pijl zegt niet wanneer hij opengaat.",
        why="Zonder activeringsvoorwaarde weet niemand na hoeveel binnengekomen takken de zaak verder mag.",
        mend="Schrijf een activeringsvoorwaarde in FEEL. `activationCount` is het aantal takken dat al binnen is.",
    ),
    en=Page(
        what="A complex gateway with more than one incoming flow does not say when it opens.",
        why="Without an activation condition nobody knows after how many branches the case may go on.",
        mend="Write an activation condition in FEEL. `activationCount` is the number of branches that have come in.",
    ),
    wrong='<complexGateway id="twee_van_drie"/>',
    right="""
<complexGateway id="twee_van_drie">
  <activationCondition>= activationCount &gt;= 2</activationCondition>
</complexGateway>
""",
)
