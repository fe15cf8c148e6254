"""What a decision table did with its rules: which matched, and which entry kept each of the others from matching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.table import DecisionTable, Outcome, Rule, Scope
from inburgering_flow.feel import Context
from inburgering_flow.feel.render import plain, short
from inburgering_flow.feel.values import kind
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import _


@dataclass(frozen=True, slots=True)
class TableInput:
    """An input of a table and its value; ``given`` is false if the table stopped before it."""

    label: str
    expression: str
    value: Any
    given: bool


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An input entry that a value did not pass; ``unknown`` if that cannot be said (null, another type)."""

    input: str
    entry: str
    value: Any
    unknown: bool

    def reason(self, *, values: bool = True) -> str:
        """Return why the entry does not match, with the value or only with its type."""
        what = short(self.value, limit=60) if values else str(a_kind(self.value))
        if self.unknown and values:
            what = f"{what} ({kind(self.value)})"
        said = _("'{entry}' cannot be compared with {what}") if self.unknown else _("'{entry}' does not hold for {what}")
        return said.format(entry=" ".join(self.entry.split()), what=what)


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule. ``index`` counts from 1; ``applied`` are the matching rules that the hit policy let count.

    ``annotations`` are the rule's annotations by the name of their column, such as the source of law.
    """

    index: int
    id: str
    description: str
    annotations: dict[str, str]
    entries: tuple[str, ...]
    matched: bool
    applied: bool
    obstacles: tuple[Obstacle, ...]
    outputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TableExplanation:
    """One evaluation of a table; ``rules`` are all of them in order."""

    hit_policy: str
    aggregation: str
    inputs: tuple[TableInput, ...]
    rules: tuple[RuleExplanation, ...]

    @property
    def matched(self) -> tuple[RuleExplanation, ...]:
        """The rules that matched."""
        return tuple(rule for rule in self.rules if rule.matched)

    def nearest(self, count: int) -> list[RuleExplanation]:
        """Return the rules that did not match, those with the fewest obstacles first."""
        return sorted((rule for rule in self.rules if not rule.matched), key=lambda rule: len(rule.obstacles))[:count]

    def to_dict(self, *, values: bool = True) -> dict[str, Any]:
        """Return the table in a form that JSON can hold."""
        return {
            "hitPolicy": self.hit_policy,
            "aggregation": self.aggregation,
            "inputs": [
                {
                    "label": one.label,
                    "expression": one.expression,
                    "type": kind(one.value) if one.given else "",
                    **({"value": plain(one.value)} if values else {}),
                }
                for one in self.inputs
            ],
            "rules": [
                {
                    "index": rule.index,
                    "id": rule.id,
                    "description": rule.description,
                    "annotations": rule.annotations,
                    "entries": list(rule.entries),
                    "matched": rule.matched,
                    "applied": rule.applied,
                    "why": [
                        {"input": one.input, "entry": one.entry, "reason": one.reason(values=values)}
                        for one in rule.obstacles
                    ],
                    **({"outputs": plain(rule.outputs)} if values else {}),
                }
                for rule in self.rules
            ],
        }


def describe(table: DecisionTable, outcome: Outcome, scope: Scope, context: Context) -> TableExplanation:
    """Return what happened in a table: each entry is tested again with the table's own compiled tests.

    The warnings of these tests are not added to the context's.
    """
    quiet = Context(context.given_now, context.zone, context.functions, context.limits)
    applied = {match.rule.index: match.output for match in outcome.matches}
    complete = len(outcome.inputs) == len(table.inputs)
    inputs = tuple(
        TableInput(
            label_of(one.clause),
            one.clause.expression,
            outcome.inputs[at] if at < len(outcome.inputs) else None,
            at < len(outcome.inputs),
        )
        for at, one in enumerate(table.inputs)
    )
    rules = []
    for rule in table.rules:
        obstacles = tuple(_obstacles(rule, inputs, outcome.inputs, scope, quiet))
        rules.append(
            RuleExplanation(
                rule.index,
                rule.rule.id,
                rule.rule.description,
                notes_of(table.table, rule.rule, _("annotation {number}")),
                rule.rule.inputs,
                complete and not obstacles,
                rule.index in applied,
                obstacles,
                _outputs(table, applied[rule.index]) if rule.index in applied else {},
            )
        )
    return TableExplanation(table.table.hit_policy, table.table.aggregation, inputs, tuple(rules))


def label_of(clause: boxed.InputClause) -> str:
    """Return how the drawn table names an input: its label, or else its expression."""
    return clause.label or " ".join(clause.expression.split())


def notes_of(table: boxed.Table, rule: boxed.RuleBox, unnamed: str = "annotation {number}") -> dict[str, str]:
    """Return a rule's annotations by the name of their column, without empty ones; ``unnamed`` names one that has none."""
    found: dict[str, str] = {}
    for at, text in enumerate(rule.annotations):
        if text.strip():
            name = table.annotations[at] if at < len(table.annotations) else ""
            found[name or unnamed.format(number=at + 1)] = text.strip()
    return found


def _obstacles(
    rule: Rule, inputs: Sequence[TableInput], values: Sequence[Any], scope: Scope, context: Context
) -> Iterator[Obstacle]:
    for one, test, entry, value in zip(inputs, rule.tests, rule.rule.inputs, values, strict=False):
        if test.any:
            continue
        found = test.test(value, scope, context)
        if found is not True:
            yield Obstacle(one.label, entry, value, found is None)


def _outputs(table: DecisionTable, output: Any) -> dict[str, Any]:
    if len(table.outputs) == 1:
        clause = table.outputs[0].clause
        return {clause.name or clause.label or _("result"): output}
    return dict(output) if isinstance(output, dict) else {}
