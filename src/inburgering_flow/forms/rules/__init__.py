"""What can be wrong with a form: one rule per file, all of them in the table below.

A new rule is a file here, a line in the table, and fixtures in ``tests/forms/rules``.
"""

from __future__ import annotations

from inburgering_flow.errors import Finding
from inburgering_flow.forms import schema
from inburgering_flow.forms.rules import (
    form_component,
    form_condition,
    form_date,
    form_expression,
    form_id,
    form_json,
    form_key,
    form_limits,
    form_pattern,
    form_required,
    form_values,
)
from inburgering_flow.model.lint import Rule, findings

RULES: tuple[Rule, ...] = (
    form_json.RULE,
    form_component.RULE,
    form_id.RULE,
    form_condition.RULE,
    form_expression.RULE,
    form_key.RULE,
    form_values.RULE,
    form_date.RULE,
    form_pattern.RULE,
    form_limits.RULE,
    form_required.RULE,
)


def check(content: bytes, *, name: str) -> list[Finding]:
    """Return what is wrong with a form file."""
    form = schema.read(content, name=name)
    return findings(RULES, name, form)
