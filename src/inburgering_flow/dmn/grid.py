"""Decision tables as grids, before anything runs: where no rule matches, where two do, and which can never decide.

A column is cut into cells at the constants of its entries (see ``index``); within a cell every value passes the same rules.
So a table is a finite grid, searched column by column. An entry that is not a comparison with constants may match
anything: it closes every gap, overlaps nothing and covers nothing, so that nothing is reported that may not be true.

Source: DMN 1.5, 8.2.10 (hit policies: the rules of a unique table are disjoint) and 8.3.2 (completeness).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.errors import DmnError
from inburgering_flow.dmn.evaluation import compiler_for
from inburgering_flow.dmn.graph import Graph
from inburgering_flow.dmn.index import EVERYTHING, KINDS, Column, Piece, Region, dated, numbers, region
from inburgering_flow.dmn.table import DecisionTable, Input
from inburgering_flow.dmn.tables import tables
from inburgering_flow.feel import CompiledTests, nodes
from inburgering_flow.feel.direct import SLOW
from inburgering_flow.feel.types import Simple
from inburgering_flow.i18n import _

MOST_STEPS = 50_000
MOST_GAPS = 3
SINGLE = frozenset(("UNIQUE", "ANY", "FIRST", "PRIORITY"))
OF_TYPE: dict[str, type] = {"number": Decimal, "string": str, "boolean": bool, "date": dt.date}
DAY = dt.timedelta(days=1)
_Found = TypeVar("_Found")


class _TooLargeError(Exception):
    """The grid of a table is too large to search."""


def grids(model: Graph) -> list[Grid]:
    """Return the grid of each decision table of a model, leaving out tables too large to search."""
    found: list[Grid] = []
    for element, table in tables(model):
        shape = (len(table.inputs), len(table.outputs))
        if any((len(rule.inputs), len(rule.outputs)) != shape for rule in table.rules):
            continue  # said elsewhere, as what cannot be read is
        try:
            compiled = compiler_for(model, element.name, ()).decision_table(table)
            found.append(Grid(model, compiled, element.name, element.id))
        except (DmnError, _TooLargeError):
            continue
    return found


@dataclass
class _Axis:
    """One column: for each cell that a value can lie in, the rules it passes and an example value."""

    name: str
    masks: list[int] = field(default_factory=list)
    examples: list[Any] = field(default_factory=list)
    is_named: list[bool] = field(default_factory=list)  # worth reporting if no rule matches


class Grid:
    """The cells of one table of the element ``owner``; each search has a budget of its own and stops silently at its end."""

    def __init__(self, model: Graph, table: DecisionTable, owner: str, owner_id: str) -> None:
        self.model = model
        self.table = table
        self.owner = owner
        self.owner_id = owner_id
        self.count = len(table.rules)
        self.everything = (1 << self.count) - 1
        self.opaque = 0  # rules with an entry that may match anything
        self.steps = 0
        self.axes = [self._axis(number, one) for number, one in enumerate(table.inputs)]

    # -- reading columns -------------------------------------------------------------------------------------------

    def _axis(self, number: int, one: Input) -> _Axis:
        axis = _Axis(one.clause.expression.strip() or one.clause.label)
        limits = [x for x in (one.allowed, self._allowed_by_type(one)) if x is not None]
        tests = [rule.tests[number] for rule in self.table.rules if number < len(rule.tests)]
        kind = self._kind(one, [*tests, *limits])
        if kind is None or len(tests) != self.count:
            for rule, test in enumerate(tests):
                self.opaque |= 0 if test.any else 1 << rule
            axis.masks, axis.examples, axis.is_named = [self.everything], [SLOW], [True]
            return axis
        regions: list[Region] = []
        for rule, test in enumerate(tests):
            own = region(test, kind, dated)
            self.opaque |= 1 << rule if own is None else 0
            regions.append(own or EVERYTHING)
        regions.extend(region(limit, kind, dated) or EVERYTHING for limit in limits)
        if kind is bool:
            regions.append(((Piece(False, True, False, True), Piece(True, True, True, True)), False))
        column = Column(regions)
        if column.too_large:
            raise _TooLargeError
        inside = ((1 << len(regions)) - 1) ^ self.everything
        whole = one.clause.type_ref.rpartition(":")[2] in ("integer", "long")
        for place, example in _cells(column, whole=whole):
            mask = column.masks[place]
            if mask & inside == inside:
                axis.masks.append(mask & self.everything)
                axis.examples.append(example)
                axis.is_named.append(kind is not str or place % 2 == 1 or bool(limits))
        return axis

    def _allowed_by_type(self, one: Input) -> CompiledTests | None:
        definition = self.model.types.definitions.get(one.clause.type_ref)
        if definition is None or not definition.allowed.strip() or definition.is_collection:
            return None
        return compiler_for(self.model, self.owner, ()).tests(definition.allowed)

    @staticmethod
    def _kind(one: Input, tests: Sequence[CompiledTests]) -> type | None:
        base = getattr(one.type, "base", one.type)
        if isinstance(base, Simple):
            return OF_TYPE.get(base.name)
        kinds = {type(value) for test in tests for value in _constants(test) if value is not None}
        return kinds.pop() if len(kinds) == 1 and kinds <= set(KINDS) else None

    # -- what is found ---------------------------------------------------------------------------------------------

    @property
    def hit_policy(self) -> str:
        """UNIQUE, ANY, FIRST, PRIORITY, …"""
        return self.table.table.hit_policy

    def gaps(self) -> Iterator[list[Any]]:
        """Yield a few examples of inputs that no rule matches, if the table then gives null."""
        if self.hit_policy in SINGLE and all(output.default is None for output in self.table.outputs):
            found = self._uncovered(self.axes, self.everything, named=True)
            yield from self._within_budget(islice(found, MOST_GAPS))

    def overlaps(self) -> Iterator[tuple[int, int, list[Any]]]:
        """Yield (rule, other rule, example) where both match and the hit policy allows one; rules are numbered from 1."""
        if self.hit_policy in ("UNIQUE", "ANY"):
            for first, second, example in self._within_budget(self._pairs()):
                if self.hit_policy == "UNIQUE" or self._outputs(first) != self._outputs(second):
                    yield first + 1, second + 1, example

    def unreachable(self) -> Iterator[tuple[int, str]]:
        """Yield (rule, the rules that always win over it) for each that can never decide; no rules if it matches nothing."""
        yield from self._within_budget(self._never_decide())

    def _within_budget(self, search: Iterator[_Found]) -> Iterator[_Found]:
        self.steps = 0
        try:
            yield from search
        except _TooLargeError:
            return

    def _never_decide(self) -> Iterator[tuple[int, str]]:
        for rule in range(self.count):
            axes = self._axes_of(rule)
            if any(not axis.masks for axis in axes):
                yield rule + 1, ""
                continue
            before = self._that_win_over(rule) if self.hit_policy in ("FIRST", "PRIORITY") else 0
            before &= ~self.opaque
            if before and next(self._uncovered(axes, before), None) is None:
                yield rule + 1, self._first_of(before, axes)

    # -- searching -------------------------------------------------------------------------------------------------

    def _uncovered(self, axes: Sequence[_Axis], rules: int, *, named: bool = False) -> Iterator[list[Any]]:
        """Yield examples of inputs that none of these rules matches, each from another part of the grid."""
        covered: set[tuple[int, int]] = set()
        free_from = self._free_from(axes)

        def search(depth: int, left: int) -> Iterator[list[Any]]:
            if (depth, left) in covered:
                return
            if left & free_from[depth]:
                return
            if not left or depth == len(axes):
                if not left:
                    yield [next((e for e, n in zip(a.examples, a.is_named, strict=True) if n or not named), SLOW)
                           for a in axes[depth:]]  # fmt: skip
                return
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise _TooLargeError
            seen: set[int] = set()
            empty, before = True, -1
            axis = axes[depth]
            for mask, example, is_named in zip(axis.masks, axis.examples, axis.is_named, strict=True):
                rest, last = left & mask, before
                before = rest
                if (named and not is_named) or (rest in seen and (rest or not last)):
                    continue  # seen, unless there is another gap further on
                seen.add(rest)
                for tail in search(depth + 1, rest):
                    empty = False
                    yield [example, *tail]
            if empty:
                covered.add((depth, left))

        if all(axis.masks for axis in axes):
            yield from search(0, rules | (self.opaque if named else 0))

    def _free_from(self, axes: Sequence[_Axis]) -> list[int]:
        """Return, per depth, the rules that match whatever comes in the columns from there on."""
        free = self.everything
        found = [free]
        for axis in reversed(axes):
            for mask in axis.masks:
                free &= mask
            found.insert(0, free)
        return found

    def _pairs(self) -> Iterator[tuple[int, int, list[Any]]]:
        """Yield pairs of rules that match the same inputs, with an example."""
        for rule in numbers(self.everything & ~self.opaque):
            others = self.everything & ~self.opaque & ~((2 << rule) - 1)
            for axis in self.axes:
                if not others:
                    break
                self.steps += len(axis.masks)
                if self.steps > MOST_STEPS * 20:
                    raise _TooLargeError
                union = 0
                for mask in axis.masks:
                    if mask >> rule & 1:
                        union |= mask
                others &= union
            for other in numbers(others):
                both = 1 << rule | 1 << other
                yield rule, other, [
                    next(e for m, e in zip(axis.masks, axis.examples, strict=True) if m & both == both) for axis in self.axes
                ]

    def _axes_of(self, rule: int) -> list[_Axis]:
        """Return the columns with only the cells that a rule matches."""
        found = []
        for axis in self.axes:
            kept = [n for n, mask in enumerate(axis.masks) if mask >> rule & 1]
            found.append(
                _Axis(axis.name, [axis.masks[n] for n in kept], [axis.examples[n] for n in kept], [True] * len(kept))
            )
        return found

    def _that_win_over(self, rule: int) -> int:
        """Return the rules whose output comes before that of a rule where both match."""
        if self.table.table.hit_policy == "FIRST":
            return (1 << rule) - 1
        places = [self._place(one) for one in range(self.count)]
        own = places[rule]
        if own is None:
            return 0
        return sum(1 << n for n, place in enumerate(places) if place is not None and place < own)

    def _place(self, rule: int) -> tuple[int, ...] | None:
        """Return the priority of a rule's outputs by their texts; None where an output is not a listed constant."""
        found = []
        for clause, text in zip(self.table.table.outputs, self._outputs(rule), strict=False):
            order = [part.strip() for part in clause.values.split(",")]
            if text not in order:
                return None
            found.append(order.index(text))
        return tuple(found)

    def _outputs(self, rule: int) -> list[str]:
        return [x.text.strip() if isinstance(x, boxed.Literal) else repr(x) for x in self.table.rules[rule].rule.outputs]

    def _first_of(self, rules: int, axes: Sequence[_Axis]) -> str:
        """Return the numbers of the rules that matter: those that match something in these columns."""
        for axis in axes:
            union = 0
            for mask in axis.masks:
                union |= mask
            rules &= union
        return ", ".join(str(n + 1) for n in numbers(rules))

    def said(self, example: Sequence[Any]) -> str:
        """Return an example as it is written in a sentence."""
        return ", ".join(
            f"{axis.name} = {_text(value)}" for axis, value in zip(self.axes, example, strict=True) if value is not SLOW
        ) or _("any input")


def _cells(column: Column, *, whole: bool) -> Iterator[tuple[int, Any]]:
    """Yield (place, example value) of each cell of a column in which a value can lie."""
    bounds = column.bounds
    for place in range(len(column.masks)):
        at = place // 2
        if place % 2:
            yield place, bounds[at]
            continue
        low, high = (bounds[at - 1] if at else None), (bounds[at] if at < len(bounds) else None)
        example = _between(low, high, whole=whole)
        if example is not None:
            yield place, example


def _between(low: Any, high: Any, *, whole: bool) -> Any:
    """Return a plain value above ``low`` and below ``high`` (None: no bound), or None where there is none."""
    given = low if low is not None else high
    if given is None:
        return SLOW  # a column without any constant: every value will do
    if isinstance(given, bool):
        return None
    if isinstance(given, str):
        return "…"
    if isinstance(given, dt.date):
        try:
            example = low + DAY if low is not None else high - DAY
        except OverflowError:
            return None
        return None if high is not None and example >= high else example
    if high is None:
        return low + 1
    if low is None:
        return high - 1
    middle = (low + high) / 2
    near = low.to_integral_value(rounding="ROUND_FLOOR") + 1
    if near < high:
        return near
    return None if whole else middle


def _constants(test: CompiledTests) -> Iterator[Any]:
    for one in test.node.tests:
        parts = [one.operand]
        if isinstance(one.operand, nodes.Interval):
            parts = [x for x in (one.operand.low, one.operand.high) if x is not None]
        for part in parts:
            value = dated(part)
            if value is not SLOW:
                yield value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
