"""A short cut for decision tables over plain inputs: from a dictionary of inputs to the output of the one rule.

It gives ``SLOW`` where anything is out of the ordinary – an input that is missing or of another type, no rule or
several, a test or an output that must be evaluated – and then full evaluation decides, warnings included.

Source: DMN 1.5, chapter 8.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.index import Column, Plan, region
from inburgering_flow.dmn.model import Decision, InputData, Model
from inburgering_flow.dmn.table import DecisionTable, Input, Rule, UndecidedError
from inburgering_flow.feel import Context, FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.feel.direct import SLOW, Direct
from inburgering_flow.feel.types import ANY, FeelType, MismatchError, Simple, coerce
from inburgering_flow.feel.values import MAX_EXACT

_TYPES: dict[str, type] = {"number": Decimal, "string": str, "boolean": bool, "date": dt.date}
_ATOMS = (Decimal, str, bool, dt.date, type(None))
_SINGLE = frozenset({"UNIQUE", "FIRST", "ANY", "PRIORITY"})
"""Hit policies under which one rule that matches gives the value."""


class DirectTable:
    """The short cut of one decision."""

    def __init__(
        self, inputs: list[tuple[str, str, str, type | None]], table: DecisionTable, outputs: list[Any]
    ) -> None:
        self.inputs = inputs
        self.first = table.table.hit_policy == "FIRST"
        self.outputs = outputs
        self.index = table.index
        self.codes: list[tuple[Direct, type | None, dict[type, Column] | None]] = []
        self.kinds: tuple[type, ...] = ()
        self.plan: Plan | None = None

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """Return the value of the decision, or ``SLOW``."""
        scope: dict[str, Any] = {}
        extra = len(given) > len(self.inputs)
        for name, variable, qualified, wanted in self.inputs:
            value = given.get(name, SLOW)
            kind = type(value)
            if kind is Decimal:
                if not value.is_finite():
                    return SLOW
            elif kind is int:
                if not -MAX_EXACT < value < MAX_EXACT:
                    return SLOW
                value, kind = Decimal(value), Decimal
            if (kind is not wanted and (wanted is not None or kind not in _ATOMS)) or (extra and qualified in given):
                return SLOW
            scope[variable] = value
        values: list[Any] = []
        for code, wanted, allowed in self.codes:
            value = code(scope)
            kind = type(value)
            if kind is not wanted and (wanted is not None or kind not in _ATOMS):
                return SLOW
            if allowed is not None and (kind not in allowed or not allowed[kind].mask(value)):
                return SLOW
            values.append(value)
        kinds = tuple(map(type, values))
        if kinds != self.kinds or self.plan is None:
            self.plan, self.kinds = self.index.plan(values), kinds
        plan = self.plan
        mask = plan.candidates(values)
        rule = (mask & -mask).bit_length() - 1
        if rule < 0 or plan.remaining[rule] is not None or (mask & (mask - 1) and not self.first):
            return SLOW
        output = self.outputs[rule]
        return dict(output) if type(output) is dict else output


def direct_table(model: Model, decision: Decision, table: DecisionTable) -> DirectTable | None:
    """Return the short cut of a decision that is this table, or None where it has none."""
    if table.table.hit_policy not in _SINGLE or decision.decisions or decision.knowledge:
        return None
    inputs: list[tuple[str, str, str, type | None]] = []
    for reference in decision.inputs:
        owner, element = model.resolve(reference) or (None, None)
        wanted = _kind(model.types.find(element.type_ref) if element is not None and element.type_ref else ANY)
        if owner is not model or not isinstance(element, InputData) or wanted is SLOW:
            return None
        inputs.append((element.name, element.variable, f"{{{model.namespace}}}{element.name}", wanted))
    found = DirectTable(inputs, table, [_output(table, rule, decision, model) for rule in table.rules])
    variables = {variable for _, variable, _, _ in inputs}
    for one in table.inputs:
        code, wanted, allowed = _code(one), _kind(one.type), _allowed(one)
        if code is None or wanted is SLOW or allowed is SLOW or not one.expression.variables <= variables:
            return None
        found.codes.append((code, wanted, allowed))
    return found


def _kind(wanted: FeelType | None) -> Any:
    """Return the class of values of a type, None for any, or ``SLOW`` for a type that is not as simple as that."""
    if wanted is ANY:
        return None
    return _TYPES.get(wanted.name, SLOW) if isinstance(wanted, Simple) else SLOW


def _code(one: Input) -> Direct | None:
    """Return what reads an input; a name alone is read as it is, dates included."""
    text = one.clause.expression.strip()
    if one.expression.direct is not None and one.expression.variables == {" ".join(text.split())}:
        name = " ".join(text.split())
        return lambda scope: scope[name]
    return one.expression.direct


def _allowed(one: Input) -> Any:
    """Return an index of the allowed values by kind, None where there are none, ``SLOW`` where they are not constants."""
    if one.allowed is None:
        return None
    found = {kind: region(one.allowed, kind) for kind in _TYPES.values()}
    columns = {kind: Column([own]) for kind, own in found.items() if own is not None}
    return columns or SLOW


def _output(table: DecisionTable, rule: Rule, decision: Decision, model: Model) -> Any:
    """Return the output of a rule whose entries are constants without any warning, otherwise ``SLOW``."""
    context = Context()
    try:
        if not all(isinstance(entry, boxed.Literal) and _is_constant(entry) for entry in rule.rule.outputs):
            return SLOW
        value = table.output(rule, {}, context)
        for type_ref in (table.table.type_ref, decision.type_ref):
            value = coerce(value, (model.types.find(type_ref) if type_ref else ANY) or ANY)
    except (FeelError, MismatchError, UndecidedError):
        return SLOW
    parts = value.values() if type(value) is dict else (value,)
    return value if not context.warnings and all(type(one) in _ATOMS for one in parts) else SLOW


def _is_constant(entry: boxed.Literal) -> bool:
    if entry.language:
        return False
    compiled = compile_feel(entry.text)
    return compiled.direct is not None and not compiled.variables
