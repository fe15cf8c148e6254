"""Decisions: what a business rule task calls, and what is kept of it for the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inburgering_flow.dmn import Model
from inburgering_flow.dmn.record import table_record
from inburgering_flow.engine import expressions
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.reasons import decision_reason
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import lookup
from inburgering_flow.errors import FlowError, NotFound
from inburgering_flow.feel import to_plain
from inburgering_flow.feel.render import plain
from inburgering_flow.i18n import OUTSIDE_PAGES, speaking
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.runtime import ProcessInstance

# Null is a result: no rule matches, something is not there. What a table cannot decide, and a value that is no such value
# or calls what there is not, are mistakes, and an empty result that comes of them is trouble to be shown.
WRONG = frozenset(("DECISION_TABLE", "TYPE_MISMATCH", "NO_FUNCTION_FOUND", "INVALID_LITERAL"))


class Reads(Mapping[str, Any]):
    """Variables that remember which of them were read, and what they were."""

    __slots__ = ("seen", "variables")

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.seen: dict[str, Any] = {}

    @property
    def unnoted(self) -> Mapping[str, Any]:
        """The variables, read without noting it."""
        return self.variables

    def __getitem__(self, name: str) -> Any:
        value = self.seen[name] = self.variables[name]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)


def decide(run: Run, owner: Owner, decision_id: str, binding: str, version_tag: str = "") -> Any:
    """Return the plain result of a DMN decision; what it was based on is kept for the history."""
    result, row = evaluate(run, owner, decision_id, binding, version_tag, lookup(run, owner))
    if row is not None:
        run.step.new_decisions.append(row)
    return result


def evaluate(
    run: Run, owner: Owner, decision_id: str, binding: str, version_tag: str, variables: Mapping[str, Any]
) -> tuple[Any, DecisionRow | None]:
    """Return the plain result of a DMN decision over these variables, and what the history keeps of it; nothing is written."""
    try:
        model = run.env.catalog.decision(decision_id, run.process_of(owner), binding, version_tag)
    except NotFound:
        which = f" with the version tag '{version_tag}'" if binding == "versionTag" else ""
        raise Trouble(
            "CALLED_DECISION_ERROR",
            f"No decision '{decision_id}'{which} is deployed. Deploy it, then retry the incident.",
        ) from None
    context, reads = expressions.context(run, of_decision=True), Reads(variables)
    context.outcomes = []
    try:
        with expressions.counted(run, context):
            value = model.evaluate(decision_id, reads, context=context)
    except FlowError as error:
        with speaking(OUTSIDE_PAGES):  # it is stored
            said = f"Decision '{decision_id}' failed: {error}"
        raise Trouble("DECISION_EVALUATION_ERROR", said) from None
    wrong = any(w.code in WRONG for w in context.warnings)
    if wrong and (value is None or (isinstance(value, dict) and None in value.values())):
        with speaking(OUTSIDE_PAGES):
            said = "; ".join(dict.fromkeys(w.message for w in context.warnings))
        cause = decision_reason(model, decision_id, reads, expressions.context(run, of_decision=True))
        raise Trouble("DECISION_EVALUATION_ERROR", f"Decision '{decision_id}' gave an empty result: {said}.{cause}")
    result = to_plain(value)
    return result, _record(run, owner, model, decision_id, reads.seen, context.outcomes, result)


def _record(
    run: Run, owner: Owner, model: Model, decision_id: str, read: Mapping[str, Any], outcomes: list[Any], result: Any
) -> DecisionRow | None:
    """Return what a decision was based on and which rules matched, for the history."""
    if isinstance(owner, ProcessInstance):
        return None
    decision = model.find(decision_id)
    return DecisionRow(
        run.next_key(), owner.instance_key, owner.root_key, owner.key, owner.element_id, decision_id,
        decision.name, model.versions.get(decision_id, 0), run.now, {name: plain(value) for name, value in read.items()},
        [table_record(name, outcome, read) for name, outcome in outcomes], plain(result),
        tenant_id=run.instance(owner.instance_key).tenant_id,
    )  # fmt: skip
