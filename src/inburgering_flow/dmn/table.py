"""Decision tables: compiled rules, the hit policies, and what an explanation needs to know.

Source: DMN 1.5, chapter 8 (hit policies 8.2.10 and 8.2.11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.index import ASSUMED, Index, numbers
from inburgering_flow.feel import Compiled, CompiledTests, Context
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.operators import add
from inburgering_flow.feel.types import FeelType, MismatchError, coerce
from inburgering_flow.feel.values import NotOrderedError, equal, from_plain, sort_key
from inburgering_flow.feel.words import headed, unordered
from inburgering_flow.i18n import N_, Said

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Input:
    """A compiled input clause."""

    clause: boxed.InputClause
    expression: Compiled
    type: FeelType
    allowed: CompiledTests | None


@dataclass(frozen=True, slots=True)
class Output:
    """A compiled output clause; ``order`` gives the output values from the highest to the lowest priority."""

    clause: boxed.OutputClause
    type: FeelType
    allowed: CompiledTests | None
    order: Compiled | None
    default: Callable[[Scope, Context], Any] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule; ``index`` counts from 1 as in the drawn table, ``constant`` says that no output reads anything."""

    index: int
    rule: boxed.RuleBox
    tests: tuple[CompiledTests, ...]
    outputs: tuple[Callable[[Scope, Context], Any], ...]
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matched, with its output."""

    rule: Rule
    output: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a table did: the input values in order, the rules that matched, and the value."""

    table: boxed.Table
    inputs: tuple[Any, ...]
    matches: tuple[Match, ...]
    value: Any


def fits(rule: Rule, values: Sequence[Any], scope: Scope, context: Context, begin: int = 0) -> bool:
    """Say whether values pass the tests of a rule one after the other, starting at the column ``begin``."""
    return all(
        test.any or test.test(value, scope, context) is True
        for test, value in zip(rule.tests[begin:], values[begin:], strict=False)
    )


NO_RULE = Said(N_("no rule of the decision table matches and it has no default output"))


class UndecidedError(Exception):
    """The table gives null for a reason that its author should know."""

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.said = said


class DecisionTable:
    """A compiled decision table."""

    def __init__(
        self, table: boxed.Table, inputs: Sequence[Input], outputs: Sequence[Output], rules: Sequence[Rule]
    ) -> None:
        self.table = table
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.rules = tuple(rules)
        self.index = Index([rule.tests for rule in self.rules])

    def decide(self, scope: Scope, context: Context) -> Outcome:
        """Return the value with the rules that matched; a table that cannot decide gives null and a warning."""
        values: list[Any] = []
        try:
            for one in self.inputs:
                values.append(self._input(one, scope, context))  # noqa: PERF401 those before a refused one are kept
            hits = self.hits(values, scope, context)
            matches, value = self._apply(hits, scope, context)
        except UndecidedError as reason:
            context.warn("DECISION_TABLE", reason.said)
            return Outcome(self.table, tuple(values), (), None)
        return Outcome(self.table, tuple(values), matches, value)

    def _input(self, one: Input, scope: Scope, context: Context) -> Any:
        value = one.expression.value(scope, context)
        try:
            value = coerce(value, one.type)
        except MismatchError as error:
            said = Said(N_("input {name!r}: {why}"), name=one.clause.expression, why=error.said)
            raise UndecidedError(said) from None
        if one.allowed is not None and value is not None and one.allowed.test(value, scope, context) is not True:
            raise UndecidedError(Said(N_("input {name!r} is not among its allowed values"), name=one.clause.expression))
        return value

    def hits(self, values: Sequence[Any], scope: Scope, context: Context) -> list[Rule]:
        """Return the rules that match, in order; for the hit policy FIRST only the first one."""
        if ASSUMED in context.functions:
            return [rule for rule in self.rules if fits(rule, values, scope, context)]
        plan = self.index.plan(tuple(map(type, values)))
        found: list[Rule] = []
        for number in numbers(plan.candidates(values)):
            rule, left = self.rules[number], plan.remaining[number]
            if left is None or fits(rule, values, scope, context, left):
                found.append(rule)
                if self.table.hit_policy == "FIRST":
                    break
        return found

    def output(self, rule: Rule, scope: Scope, context: Context) -> Any:
        values = [output(scope, context) for output in rule.outputs]
        found = []
        for output, value in zip(self.outputs, values, strict=False):
            try:
                one = coerce(value, output.type)
            except MismatchError as error:
                said = Said(
                    N_("rule {rule}, output {name!r}: {why}"), rule=rule.index, name=output.clause.name, why=error.said
                )
                context.warn("TYPE_MISMATCH", said)
                one = None
            if output.allowed is not None and one is not None and output.allowed.test(one, scope, context) is not True:
                sentence = N_("rule {rule}: output {name!r} is not among its allowed values")
                raise UndecidedError(Said(sentence, rule=rule.index, name=output.clause.name))
            found.append(one)
        return self._shape(found)

    def _shape(self, values: Sequence[Any]) -> Any:
        if len(self.outputs) == 1:
            return values[0] if values else None
        return {output.clause.name: value for output, value in zip(self.outputs, values, strict=False)}

    def _apply(self, hits: list[Rule], scope: Scope, context: Context) -> tuple[tuple[Match, ...], Any]:
        policy = self.table.hit_policy
        if not hits:
            return (), self._without_hit(scope, context)
        if policy == "UNIQUE" and len(hits) > 1:
            numbers = ", ".join(str(rule.index) for rule in hits)
            raise UndecidedError(Said(N_("the hit policy is UNIQUE, but the rules {rules} match"), rules=numbers))
        if policy == "FIRST":
            hits = hits[:1]
        matches = [Match(rule, self.output(rule, scope, context)) for rule in hits]
        if policy == "ANY" and any(equal(match.output, matches[0].output) is not True for match in matches[1:]):
            numbers = ", ".join(str(rule.index) for rule in hits)
            sentence = N_("the hit policy is ANY, but the rules {rules} give different outputs")
            raise UndecidedError(Said(sentence, rules=numbers))
        if policy in ("PRIORITY", "OUTPUT ORDER"):
            matches = self._by_priority(matches, scope, context)
        if policy in ("UNIQUE", "FIRST", "ANY", "PRIORITY"):
            return tuple(matches), matches[0].output
        outputs = [match.output for match in matches]
        if policy == "COLLECT" and self.table.aggregation:
            return tuple(matches), self._aggregate(outputs)
        return tuple(matches), outputs

    def _without_hit(self, scope: Scope, context: Context) -> Any:
        if any(output.default is not None for output in self.outputs):
            return self._shape(
                [output.default(scope, context) if output.default is not None else None for output in self.outputs]
            )
        if self.table.hit_policy == "COLLECT" and not self.table.aggregation:
            return []
        if self.table.aggregation == "COUNT":
            return from_plain(0)
        context.warn("NO_RULE_MATCHED", NO_RULE)
        return None

    def _by_priority(self, matches: list[Match], scope: Scope, context: Context) -> list[Match]:
        orders = [output.order.value(scope, context) if output.order is not None else None for output in self.outputs]

        def key(match: Match) -> tuple[int, ...]:
            found = []
            for output, order in zip(self.outputs, orders, strict=True):
                value = match.output if len(self.outputs) == 1 else match.output[output.clause.name]
                places = [at for at, one in enumerate(order or []) if equal(one, value) is True]
                found.append(places[0] if places else len(order or []))
            return tuple(found)

        return sorted(matches, key=key)

    def _aggregate(self, outputs: list[Any]) -> Any:
        how = self.table.aggregation
        if how == "COUNT":
            return from_plain(len(outputs))
        if len(self.outputs) > 1:
            return {
                output.clause.name: self._aggregate_one([one[output.clause.name] for one in outputs])
                for output in self.outputs
            }
        return self._aggregate_one(outputs)

    def _aggregate_one(self, values: list[Any]) -> Any:
        how = self.table.aggregation
        try:
            if any(value is None for value in values):
                raise UndecidedError(Said(N_("{how} over null"), how=how))
            if how == "SUM":
                return reduce(add, values)
            key = sort_key(values)
            return min(values, key=key) if how == "MIN" else max(values, key=key)
        except NullError as error:
            raise UndecidedError(headed(how, error.said)) from None
        except NotOrderedError as error:
            raise UndecidedError(headed(how, unordered(error))) from None
