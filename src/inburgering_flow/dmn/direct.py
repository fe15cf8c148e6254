"""A fast path for decision tables over plain inputs: from a dictionary of inputs to the output of the one rule. It
gives ``SLOW`` if anything is out of the ordinary – an input that is missing or of another type, no rule or several, a
test or an output that must be evaluated – and then full evaluation decides, warnings included.

Source: DMN 1.5, chapter 8.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inburgering_flow.dmn.graph import Decision, Graph, InputData
from inburgering_flow.dmn.index import Column, Plan, region
from inburgering_flow.dmn.table import DecisionTable, Input, Match, Outcome, Rule, UndecidedError
from inburgering_flow.feel import Context, FeelError
from inburgering_flow.feel.direct import SLOW, Direct
from inburgering_flow.feel.types import ANY, FeelType, MismatchError, Simple, coerce
from inburgering_flow.feel.values import MAX_EXACT

_TYPES: dict[str, type] = {"number": Decimal, "string": str, "boolean": bool, "date": dt.date}
_ATOMS = (Decimal, str, bool, dt.date, type(None))
_SINGLE = frozenset({"UNIQUE", "FIRST", "ANY", "PRIORITY"})
"""Hit policies under which one rule that matches gives the value."""


@dataclass(frozen=True, slots=True)
class Given:
    """An input as it is passed in; ``kind`` is the class of its values, None for any."""

    name: str
    variable: str
    qualified: str
    kind: type | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A column of the table: what gives its value, of which class, and the allowed values by class (None: all)."""

    code: Direct
    variable: str
    kind: type | None
    allowed: dict[type, Column] | None


class _GiveUpError(Exception):
    """An input is missing or of another type: full evaluation decides."""


class _Inputs(dict[str, Any]):
    """The inputs by the variables that expressions know them by, each read when it is first asked for."""

    def __init__(self, given: Mapping[str, Any], known: Mapping[str, Given]) -> None:
        super().__init__()
        self.given = given
        self.known = known

    def __missing__(self, variable: str) -> Any:
        one = self.known[variable]
        value = _plain(self.given.get(one.name, SLOW), one.kind)
        if value is SLOW:
            raise _GiveUpError
        self[variable] = value
        return value


class DirectTable:
    """The fast path of one decision."""

    def __init__(
        self, decision: str, inputs: list[Given], asked: list[Asked], table: DecisionTable, outputs: list[Any]
    ) -> None:
        self.decision = decision
        self.inputs = inputs
        self.known = {one.variable: one for one in inputs}
        self.asked = asked
        self.outputs = outputs
        self.table = table
        self.first = table.table.hit_policy == "FIRST"
        self.index = table.index

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """Return the value of the decision, or ``SLOW``."""
        found = self.decide(given)
        return found if found is SLOW else found.value

    def decide(self, given: Mapping[str, Any]) -> Any:
        """Return the outcome of the table as full evaluation gives it, or ``SLOW``.

        Where ``given`` notes what is read from it, it is read through ``unnoted``, and then notes what full evaluation
        would have read: a fast path that gives up leaves no trace.
        """
        quiet = getattr(given, "unnoted", given)
        inputs = _Inputs(quiet, self.known)
        try:
            values = self._asked(quiet, inputs)
        except _GiveUpError:
            return SLOW
        if values is SLOW:
            return SLOW
        plan = self.index.plan(tuple(map(type, values)))
        rule = self._rule(plan, plan.candidates(values))
        if rule is SLOW:
            return SLOW
        if quiet is not given:
            for variable in inputs:
                given[self.known[variable].name]
        output = self._output_of(rule)
        return Outcome(self.table.table, tuple(values), (Match(self.table.rules[rule], output),), output)

    def _asked(self, given: Mapping[str, Any], inputs: _Inputs) -> Any:
        """Return the value of each column, or ``SLOW``."""
        extra = type(given) is not dict or len(given) > len(self.inputs)  # unknown up front for a case
        if extra and any(one.qualified in given for one in self.inputs):
            return SLOW
        values: list[Any] = []
        for column in self.asked:
            value = _plain(inputs[column.variable] if column.variable else column.code(inputs), column.kind)
            if value is SLOW:
                return SLOW
            allowed = column.allowed
            if allowed is not None and (type(value) not in allowed or not allowed[type(value)].mask(value)):
                return SLOW
            values.append(value)
        return values

    def _rule(self, plan: Plan, mask: int) -> Any:
        """Return the position of the rule in a mask that decides, if its output is known, or ``SLOW``."""
        if not mask or (mask & (mask - 1) and not self.first):
            return SLOW
        rule = (mask & -mask).bit_length() - 1
        return SLOW if plan.remaining[rule] is not None or self.outputs[rule] is SLOW else rule

    def _output_of(self, rule: int) -> Any:
        output = self.outputs[rule]
        return dict(output) if type(output) is dict else output


class PlainTable(DirectTable):
    """The fast path where each column is one input of a known class: most tables are like that."""

    def __init__(
        self, decision: str, inputs: list[Given], asked: list[Asked], table: DecisionTable, outputs: list[Any]
    ) -> None:
        super().__init__(decision, inputs, asked, table, outputs)
        by_variable = {one.variable: one for one in inputs}
        self.plan = self.index.plan(tuple(column.kind or object for column in asked))
        columns = dict(self.plan.columns)
        everything = self.plan.everything
        self.steps: list[tuple[str, Any, dict[Any, int] | None, int, Any]] = []
        for number, one in enumerate(asked):
            own = columns.get(number)
            look_up = ({}, everything, None) if own is None else (own.exact, own.otherwise, own.find)
            self.steps.append((by_variable[one.variable].name, one.kind, *look_up))
        self.count = len({name for name, *_ in self.steps})
        self.qualified = [by_variable[one.variable].qualified for one in asked]

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """Return the value of the decision, or ``SLOW``; inputs that no column asks for are not read."""
        if len(given) > self.count and any(name in given for name in self.qualified):
            return SLOW
        mask = self.plan.everything
        for name, wanted, exact, otherwise, look_up in self.steps:
            value: Any = given.get(name)
            kind = type(value)
            if kind is not wanted:
                value = _plain(value, wanted)
                if value is SLOW:
                    return SLOW
            elif kind is Decimal and not value.is_finite():
                return SLOW
            mask &= exact.get(value, otherwise) if exact is not None else look_up(value)
        rule = self._rule(self.plan, mask)
        if rule is SLOW:
            return SLOW
        output = self.outputs[rule]
        return dict(output) if type(output) is dict else output


def _plain(value: Any, wanted: type | None) -> Any:
    """Return a value of the class that is wanted, or ``SLOW``."""
    kind = type(value)
    if kind is int and -MAX_EXACT < value < MAX_EXACT:
        value, kind = Decimal(value), Decimal
    if kind is not wanted and (wanted is not None or kind not in _ATOMS):
        return SLOW
    return SLOW if kind is Decimal and not value.is_finite() else value


def direct_table(model: Graph, decision: Decision, table: DecisionTable) -> DirectTable | None:
    """Return the fast path of a decision that is this table, or None if it has none."""
    if table.table.hit_policy not in _SINGLE or decision.decisions or decision.knowledge:
        return None
    inputs: list[Given] = []
    for reference in decision.inputs:
        owner, element = model.resolve(reference) or (None, None)
        wanted = _kind(model.types.find(element.type_ref) if element is not None and element.type_ref else ANY)
        if owner is not model or not isinstance(element, InputData) or wanted is SLOW:
            return None
        inputs.append(Given(element.name, element.variable, f"{{{model.namespace}}}{element.name}", wanted))
    kinds = {one.variable: one.kind for one in inputs}
    asked: list[Asked] = []
    for clause in table.inputs:
        code, wanted, allowed = clause.expression.direct, _kind(clause.type), _allowed(clause)
        if code is None or wanted is SLOW or allowed is SLOW or not clause.expression.variables <= kinds.keys():
            return None
        text = " ".join(clause.clause.expression.split())
        variable = text if clause.expression.variables == {text} else ""
        if variable and kinds[variable] is not None and wanted is None:
            wanted = kinds[variable]
        asked.append(Asked(code, variable, wanted, allowed))
    outputs = [_output(table, rule, decision, model) for rule in table.rules]
    plain = all(
        one.variable and one.kind is not None and one.allowed is None and kinds[one.variable] in (one.kind, None)
        for one in asked
    )
    return (PlainTable if plain else DirectTable)(decision.name, inputs, asked, table, outputs)


def _kind(wanted: FeelType | None) -> Any:
    """Return the class of values of a type, None for any, or ``SLOW`` for a type that is not that simple."""
    if wanted is ANY:
        return None
    return _TYPES.get(wanted.name, SLOW) if isinstance(wanted, Simple) else SLOW


def _allowed(one: Input) -> Any:
    """Return an index of the allowed values by kind, None where there are none, ``SLOW`` where they are not constants."""
    if one.allowed is None:
        return None
    found = {kind: region(one.allowed, kind) for kind in _TYPES.values()}
    columns = {kind: Column([own]) for kind, own in found.items() if own is not None}
    return columns or SLOW


def _output(table: DecisionTable, rule: Rule, decision: Decision, model: Graph) -> Any:
    """Return the output of a rule whose entries are constants without any warning, otherwise ``SLOW``."""
    context = Context()
    try:
        if not rule.constant:
            return SLOW
        value = table.output(rule, {}, context)
        for type_ref in (table.table.type_ref, decision.type_ref):
            value = coerce(value, (model.types.find(type_ref) if type_ref else ANY) or ANY)
    except (FeelError, MismatchError, UndecidedError):
        return SLOW
    parts = value.values() if type(value) is dict else (value,)
    return value if not context.warnings and all(type(one) in _ATOMS for one in parts) else SLOW
