"""What the history keeps of a decision table's outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inburgering_flow.dmn.table import Outcome
from inburgering_flow.dmn.table_explanation import label_of, notes_of
from inburgering_flow.feel import FeelError, compile  # noqa: A004 the public name is feel.compile
from inburgering_flow.feel.render import plain


def table_record(decision: str, outcome: Outcome, read: Iterable[str]) -> dict[str, Any]:
    """Return one decided table in a form that JSON can hold: input values, and the rules that counted with their
    sources.

    ``read`` are the variables that the whole decision read. Each input names those that its value is based on, so that
    it can be shown to people who may see them: its own, or all of them if it is based on another decision.
    """
    everything = sorted(read)
    table = outcome.table
    return {
        "decision": decision,
        "hitPolicy": table.hit_policy,
        "inputs": [
            {"label": label_of(clause), "value": plain(value), "reads": _reads(clause.expression, everything)}
            for clause, value in zip(table.inputs, outcome.inputs, strict=False)
        ],
        "rules": [
            {
                "index": match.rule.index,
                "id": match.rule.rule.id,
                "description": match.rule.rule.description,
                "annotations": notes_of(table, match.rule.rule),
            }
            for match in outcome.matches
        ],
    }


def _reads(expression: str, everything: list[str]) -> list[str]:
    try:
        names = compile(expression or "null", names=everything).variables
    except FeelError:
        return everything
    return sorted(names) if names <= set(everything) else everything
