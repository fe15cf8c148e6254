"""Functions on ranges and points (Allen's relations), and ``range``.

Source: DMN 1.5, table 84.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inburgering_flow.feel.builtin.signature import Row
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.values import Range, compare
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import N_


def _order(left: Any, right: Any) -> int:
    found = compare(left, right)
    if found is None:
        sentence = N_("{left} and {right} have no order")
        raise NullError(sentence, "NOT_COMPARABLE", left=a_kind(left), right=a_kind(right))
    return found


def _low(value: Any) -> tuple[Any, bool]:
    return (value.low, value.low_included) if isinstance(value, Range) else (value, True)


def _high(value: Any) -> tuple[Any, bool]:
    return (value.high, value.high_included) if isinstance(value, Range) else (value, True)


def _lows(left: Any, right: Any) -> int:
    """Order two lower ends; an open end comes after the closed one, a missing end before all."""
    (one, one_in), (other, other_in) = _low(left), _low(right)
    if one is None or other is None:
        return (one is not None) - (other is not None)
    return _order(one, other) or (other_in - one_in)


def _highs(left: Any, right: Any) -> int:
    """Order two upper ends; an open end comes before the closed one, a missing end after all."""
    (one, one_in), (other, other_in) = _high(left), _high(right)
    if one is None or other is None:
        return (one is None) - (other is None)
    return _order(one, other) or (one_in - other_in)


def _apart(left: Any, right: Any) -> bool:
    """Say whether all of ``left`` lies before all of ``right``."""
    (end, end_in), (start, start_in) = _high(left), _low(right)
    if end is None or start is None:
        return False
    order = _order(end, start)
    return order < 0 or (order == 0 and not (end_in and start_in))


def _before(left: Any, right: Any) -> bool:
    return _apart(left, right)


def _after(left: Any, right: Any) -> bool:
    return _apart(right, left)


def _meets(left: Range, right: Range) -> bool:
    if left.high is None or right.low is None:
        return False
    return left.high_included and right.low_included and _order(left.high, right.low) == 0


def _overlaps(left: Range, right: Range) -> bool:
    return not _apart(left, right) and not _apart(right, left)


def _overlaps_before(left: Range, right: Range) -> bool:
    return _lows(left, right) < 0 and not _apart(left, right) and _highs(left, right) <= 0


def _overlaps_after(left: Range, right: Range) -> bool:
    return _overlaps_before(right, left)


def _finishes(left: Any, right: Range) -> bool:
    if right.high is None:
        return False
    if not isinstance(left, Range):
        return right.high_included and _order(left, right.high) == 0
    return _highs(left, right) == 0 and _lows(left, right) >= 0


def _starts(left: Any, right: Range) -> bool:
    if right.low is None:
        return False
    if not isinstance(left, Range):
        return right.low_included and _order(left, right.low) == 0
    return _lows(left, right) == 0 and _highs(left, right) <= 0


def _includes(left: Range, right: Any) -> bool:
    return _lows(left, right) <= 0 and _highs(left, right) >= 0


def _during(left: Any, right: Range) -> bool:
    return _includes(right, left)


def _coincides(left: Any, right: Any) -> bool:
    return _lows(left, right) == 0 and _highs(left, right) == 0


def _range(text: str) -> Range:
    """Read a range from its text; its ends must be literals."""
    from inburgering_flow.feel.builtin.literal_range import read_range

    return read_range(text)


def _swap(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: function(right, left)


_Relation = Callable[[Any, Any], bool]
_name: str
_function: _Relation
TABLE: list[Row] = [
    ("range", "from: string", _range),
]
for _name, _function in (("before", _before), ("after", _after), ("coincides", _coincides)):
    TABLE += [
        (_name, "range1: range, range2: range", _function),
        (_name, "point: any, range: range", _function),
        (_name, "range: range, point: any", _function),
        (_name, "point1: any, point2: any", _function),
    ]
for _name, _function in (
    ("meets", _meets),
    ("met by", _swap(_meets)),
    ("overlaps", _overlaps),
    ("overlaps before", _overlaps_before),
    ("overlaps after", _overlaps_after),
):
    TABLE.append((_name, "range1: range, range2: range", _function))
for _name, _function in (("finishes", _finishes), ("starts", _starts), ("during", _during)):
    TABLE += [
        (_name, "range1: range, range2: range", _function),
        (_name, "point: any, range: range", _function),
    ]
for _name, _function in (
    ("finished by", _swap(_finishes)),
    ("started by", _swap(_starts)),
    ("includes", _includes),
):
    TABLE += [
        (_name, "range1: range, range2: range", _function),
        (_name, "range: range, point: any", _function),
    ]
