"""Every lint rule: the ones that the shell, the pages and the documentation use."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.bpmn import rules as of_diagrams
from inburgering_flow.dmn import rules as of_decisions
from inburgering_flow.forms import rules as of_forms
from inburgering_flow.model.lint import Rule
from inburgering_flow.services import rules as of_files

# What a rule looks at → the rules, in the order of their tables.
TABLES: Mapping[str, tuple[Rule, ...]] = {
    "bpmn": of_diagrams.RULES,
    "dmn": of_decisions.RULES,
    "forms": of_forms.RULES,
    "services": of_files.RULES,
}
RULES: Mapping[str, Rule] = {rule.id: rule for table in TABLES.values() for rule in table}
