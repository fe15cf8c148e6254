"""Refuses a decision table whose hit policy or aggregation is none, or needs what is not there."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule

POLICIES = ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
AGGREGATIONS = ("SUM", "COUNT", "MIN", "MAX")


def check(file: DecisionFile) -> Iterator[Fault]:
    for owner, table in file.tables:
        policy, aggregation = table.hit_policy, table.aggregation
        if policy not in POLICIES:
            said = _("The hit policy '{policy}' of '{table}' is none.").format(policy=policy, table=owner.name)
            yield Fault(owner.id, said, _("Choose from {known}.").format(known=", ".join(POLICIES)))
        elif aggregation and policy != "COLLECT":
            said = _("'{table}' has the aggregation {aggregation}, but its hit policy is {policy}.")
            yield Fault(
                owner.id,
                said.format(table=owner.name, aggregation=aggregation, policy=policy),
                _("Choose COLLECT, or take the aggregation away."),
            )
        elif aggregation and aggregation not in AGGREGATIONS:
            said = _("The aggregation '{aggregation}' of '{table}' is none.")
            yield Fault(
                owner.id,
                said.format(aggregation=aggregation, table=owner.name),
                _("Choose from {known}.").format(known=", ".join(AGGREGATIONS)),
            )
        elif policy in ("PRIORITY", "OUTPUT ORDER") and not any(output.values.strip() for output in table.outputs):
            said = _("'{table}' has the hit policy {policy}, but no output values say which output comes first.")
            yield Fault(
                owner.id,
                said.format(table=owner.name, policy=policy),
                _("List the values of the output, the most important first."),
            )


RULE = Rule(
    "hit-policy",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "De beslistabel heeft een trefferregel (hit policy) of samenvoeging (aggregation) die niet bestaat, "
            "een samenvoeging zonder COLLECT, of PRIORITY of OUTPUT ORDER zonder uitvoerwaarden."
        ),
        why="De tabel zou iets anders beslissen dan er staat: een onbekende samenvoeging gaf het hoogste bedrag.",
        mend=(
            "Kies een trefferregel en een samenvoeging die de DMN-standaard kent, en noem bij PRIORITY de "
            "uitvoerwaarden, de belangrijkste eerst."
        ),
    ),
    en=Page(
        what=(
            "The decision table has a hit policy or aggregation that there is not, an aggregation without "
            "COLLECT, or PRIORITY or OUTPUT ORDER without output values."
        ),
        why="The table would decide otherwise than it says: an unknown aggregation gave the highest amount.",
        mend=(
            "Choose a hit policy and an aggregation of the DMN standard, and with PRIORITY list the output "
            "values, the most important first."
        ),
    ),
    wrong='<decisionTable id="tabel" hitPolicy="COLLECT" aggregation="AVG">',
    right='<decisionTable id="tabel" hitPolicy="COLLECT" aggregation="SUM">',
)
