"""Decision instances: what a decision was based on, which rules matched, and what it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.model.runtime import DEFAULT_TENANT


@dataclass(slots=True)
class DecisionRow:
    """One evaluation of a decision in a case.

    ``inputs`` are the variables that were read, by name. ``tables`` are the decision tables in the order in which they
    were decided: ``{"decision", "hitPolicy", "inputs": [{"label", "value", "reads"}], "rules": [{"index", "id",
    "description", "annotations"}]}``; the rules are those that counted, with their annotations (the source of law).
    """

    key: int
    instance_key: int
    root_key: int
    element_key: int
    element_id: str
    decision_id: str
    decision_name: str
    version: int
    evaluated: datetime
    inputs: Mapping[str, Any]
    tables: Sequence[Mapping[str, Any]]
    output: Any
    tenant_id: str = DEFAULT_TENANT
