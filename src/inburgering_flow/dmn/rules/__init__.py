"""What can be wrong with a decision model: one file per rule, all of them in the table below.

A new rule is a file here, a line in the table, and fixtures in ``tests/dmn/rules``.
"""

from __future__ import annotations

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.dmn.rules import (
    decision_unknown_name,
    dmn,
    dmn_expression_language,
    dmn_feel_syntax,
    hit_policy,
    table_entries,
    table_gap,
    table_outputs,
    table_overlap,
    table_unreachable,
)
from inburgering_flow.errors import Finding
from inburgering_flow.model.lint import Rule, findings

RULES: tuple[Rule, ...] = (
    dmn.RULE,
    dmn_expression_language.RULE,
    dmn_feel_syntax.RULE,
    hit_policy.RULE,
    table_outputs.RULE,
    table_entries.RULE,
    table_gap.RULE,
    table_overlap.RULE,
    table_unreachable.RULE,
    decision_unknown_name.RULE,
)


def check(file: DecisionFile) -> list[Finding]:
    """Return what is wrong with a decision model."""
    return findings(RULES, file.name, file)
