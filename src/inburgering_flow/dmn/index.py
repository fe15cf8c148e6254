"""Which rules of a decision table can match, without trying each: an index per column.

A test is *quiet* for a kind of value if it compares it with constants of that kind, or with nothing: it cannot warn,
so it may be answered from an index. A rule's quiet tests count up to its first other test; from there on its tests are
evaluated one after the other, as usual. So the rules that match and the warnings are the same as those of a plain walk.

For each column the constants cut the line of values into cells: below the first, on it, between it and the second …
Each cell has a mask with one bit per rule.

Source: DMN 1.5, 8.3.3 and table 55 (what a test means).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import CompiledTests, nodes
from inburgering_flow.feel.direct import SLOW, constant
from inburgering_flow.feel.temporal import parse_date

ASSUMED = "date"
"""The built-in function whose calls count as constants; if a caller replaces it, the index is not used."""
ORDERED: tuple[type, ...] = (Decimal, str, dt.date)
KINDS: tuple[type, ...] = (*ORDERED, bool)
MAX_BITS = 64_000_000
"""How many bits the masks of one column may have together; a column that needs more is not indexed."""
MAX_PLANS = 32


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval of values; an end that is ``SLOW`` is open to infinity."""

    low: Any
    low_in: bool
    high: Any
    high_in: bool


Region = tuple[tuple[Piece, ...], bool]
"""Pieces, and whether it is what lies outside them that is meant."""
EVERYTHING: Region = ((), True)


def region(test: CompiledTests, kind: type, value_of: Callable[[nodes.Node], Any] | None = None) -> Region | None:
    """Return which values of a kind pass the unary tests of one cell, or None where they are not quiet.

    ``value_of`` gives the value of a constant, or ``SLOW`` for any other node; without it ``dated`` is used, or
    ``constant`` if ``date`` is a name in the model.
    """
    if test.any:
        return EVERYTHING
    if kind not in KINDS:
        return None
    pieces: list[Piece] = []
    if value_of is None:
        value_of = constant if ASSUMED in test.variables else dated
    for one in test.node.tests:
        found = _pieces(one, kind, value_of)
        if found is None:
            return None
        pieces += found
    return tuple(pieces), test.node.negated


def _pieces(test: nodes.Test, kind: type, value_of: Callable[[nodes.Node], Any]) -> list[Piece] | None:
    sign, operand = test.operator, test.operand
    if isinstance(operand, nodes.Interval):
        return None if sign else _interval(operand, kind, value_of)
    value = value_of(operand)
    if value is SLOW or sign == "not":
        return None
    if sign == "":
        return [Piece(value, True, value, True)] if type(value) is kind else []
    if type(value) is not kind or kind not in ORDERED:
        return None
    below, above = Piece(SLOW, False, value, sign == "<="), Piece(value, sign == ">=", SLOW, False)
    return {"=": [Piece(value, True, value, True)], "!=": [below, above]}.get(sign) or [
        below if sign[0] == "<" else above
    ]


def dated(node: nodes.Node) -> Any:
    """Return the value of a literal or of ``date("…")`` with a literal, or ``SLOW``."""
    if not isinstance(node, nodes.Call) or not isinstance(node.function, nodes.Name) or node.names:
        return constant(node)
    if node.function.name != ASSUMED or len(node.arguments) != 1:
        return SLOW
    text = constant(node.arguments[0])
    try:
        return parse_date(text) if type(text) is str else SLOW
    except ValueError:
        return SLOW


def _interval(node: nodes.Interval, kind: type, value_of: Callable[[nodes.Node], Any]) -> list[Piece] | None:
    low = SLOW if node.low is None else value_of(node.low)
    high = SLOW if node.high is None else value_of(node.high)
    ends = [end for given, end in ((node.low, low), (node.high, high)) if given is not None]
    if kind not in ORDERED or not ends or any(type(end) is not kind for end in ends):
        return None
    if len(ends) == 2 and high < low:
        return None
    return [Piece(low, node.low_included, high, node.high_included)]


class Column:
    """The index of one column for one kind of value."""

    def __init__(self, regions: Sequence[Region]) -> None:
        pieces = [piece for one, _ in regions for piece in one]
        self.bounds = sorted({end for piece in pieces for end in (piece.low, piece.high) if end is not SLOW})
        cells = 2 * len(self.bounds) + 1
        self.too_large = cells * len(regions) > MAX_BITS
        if self.too_large:
            return
        places = {bound: index for index, bound in enumerate(self.bounds)}
        changes = [0] * (cells + 1)
        for rule, (own, outside) in enumerate(regions):
            bit = 1 << rule
            for first, last in _covered(own, outside, places, cells):
                changes[first] ^= bit
                changes[last + 1] ^= bit
        self.masks: list[int] = []
        mask = 0
        for change in changes[:-1]:
            mask ^= change
            self.masks.append(mask)
        self.otherwise = self.masks[0]
        self.exact: dict[Any, int] | None = None
        if all(between == self.otherwise for between in self.masks[::2]):
            self.exact = dict(zip(self.bounds, self.masks[1::2], strict=True))
        self.find = self._look_up()

    def mask(self, value: Any) -> int:
        """Return the rules whose test a value passes."""
        return self.find(value) if self.exact is None else self.exact.get(value, self.otherwise)

    def _look_up(self) -> Callable[[Any], int]:
        """Return a function that gives the mask of a value from the cells."""
        bounds, size = self.bounds, len(self.bounds)
        on, between = self.masks[1::2], self.masks[::2]

        def find(value: Any) -> int:
            place = bisect_left(bounds, value)
            return on[place] if place < size and bounds[place] == value else between[place]

        return find


def _covered(own: Sequence[Piece], outside: bool, places: dict[Any, int], cells: int) -> Iterator[tuple[int, int]]:
    """Yield the cells of a region as separate pairs (first, last)."""
    spans = []
    for piece in own:
        first = 0 if piece.low is SLOW else 2 * places[piece.low] + (1 if piece.low_in else 2)
        last = cells - 1 if piece.high is SLOW else 2 * places[piece.high] + (1 if piece.high_in else 0)
        if first <= last:
            spans.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    if not outside:
        yield from merged
        return
    begin = 0
    for first, last in merged:
        if first > begin:
            yield begin, first - 1
        begin = last + 1
    if begin < cells:
        yield begin, cells - 1


class Plan:
    """How the rules are found for values of certain kinds: columns to ask, and tests that remain per rule."""

    def __init__(self, rules: Sequence[tuple[CompiledTests, ...]], kinds: Sequence[type]) -> None:
        self.everything = (1 << len(rules)) - 1
        self.remaining: list[int | None] = []
        regions: list[list[Region]] = [[] for _ in kinds]
        for tests in rules:
            left: int | None = None
            for column, kind in enumerate(kinds):
                found = EVERYTHING
                if left is None and column < len(tests):
                    own = region(tests[column], kind)
                    if own is None:
                        left = column
                    else:
                        found = own
                regions[column].append(found)
            self.remaining.append(left)
        self.columns: list[tuple[int, Column]] = []
        for number, own_regions in enumerate(regions):
            if any(one != EVERYTHING for one in own_regions):
                column_index = Column(own_regions)
                if column_index.too_large:
                    self._leave_out(number, rules)
                else:
                    self.columns.append((number, column_index))

    def _leave_out(self, number: int, rules: Sequence[tuple[CompiledTests, ...]]) -> None:
        """Have the tests of a column evaluated one by one."""
        for rule, left in enumerate(self.remaining):
            if number < len(rules[rule]):
                self.remaining[rule] = number if left is None else min(left, number)

    def candidates(self, values: Sequence[Any]) -> int:
        """Return the mask of the rules whose quiet tests these values pass."""
        mask = self.everything
        for number, column in self.columns:
            mask &= column.mask(values[number])
            if not mask:
                break
        return mask


class Index:
    """The plans of one table, each made when values of its kinds first occur."""

    def __init__(self, rules: Sequence[tuple[CompiledTests, ...]]) -> None:
        self.rules = rules
        self.plans: dict[tuple[type, ...], Plan] = {}

    def plan(self, kinds: tuple[type, ...]) -> Plan:
        """Return the plan for values of these kinds."""
        found = self.plans.get(kinds)
        if found is None:
            if len(self.plans) >= MAX_PLANS:
                self.plans.clear()
            found = self.plans[kinds] = Plan(self.rules, kinds)
        return found


def numbers(mask: int) -> Iterator[int]:
    """Yield the rules of a mask in order, from 0."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
