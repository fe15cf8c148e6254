"""What can be wrong with files that are deployed together: one file per rule, all of them in the table below.

A new rule is a file here, a line in the table, and fixtures in ``tests/services/rules``.
"""

from __future__ import annotations

from inburgering_flow.errors import Finding
from inburgering_flow.model.lint import Rule, findings
from inburgering_flow.services.resources import Batch, Resource
from inburgering_flow.services.rules import (
    data_appointment,
    data_dictionary,
    data_range,
    data_searchable,
    data_term,
    duplicate_definition,
    duplicate_file,
    file_kind,
)

RULES: tuple[Rule, ...] = (
    file_kind.RULE,
    duplicate_file.RULE,
    duplicate_definition.RULE,
    data_dictionary.RULE,
    data_range.RULE,
    data_term.RULE,
    data_appointment.RULE,
    data_searchable.RULE,
)


def check(batch: Batch) -> list[Finding]:
    """Return what is wrong with files deployed together."""
    return findings(RULES, "", batch)


def unrecognised(name: str) -> Finding:
    """Return the finding for a file that cannot be uploaded."""
    return findings((file_kind.RULE,), "", Batch((Resource(name, b""),)))[0]
