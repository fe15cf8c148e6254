"""What FEEL values are in Python, how they compare, and how plain Python values come in and go out.

number = ``decimal.Decimal`` computed in ``NUMBERS``; string = ``str`` (by code point); boolean = ``bool``; null = None;
list = ``list``; context = ``dict``; date and time values: see ``temporal``; ``Range``; ``Function``.

Source: DMN 1.5, 10.3.2.2 and 10.3.2.13.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import parts, temporal
from inburgering_flow.feel.temporal import DateTime, DaysDuration, FarDate, MonthsDuration, Time
from inburgering_flow.i18n import N_, Said

NUMBERS = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""The arithmetic of IEEE 754 decimal128; passed explicitly, because every thread starts with its own context."""
MAX_EXACT = 10**34


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end that is None is open to infinity."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Anything that can be invoked.

    ``invoke`` gets the run and the values in order and checks their number itself; ``invoke_named`` gets them by name,
    and if it is None the names of ``parameters`` decide the order. Both raise ``NullError`` for an impossible call.
    """

    name: str
    parameters: tuple[str, ...]
    invoke: Callable[[Any, list[Any]], Any]
    parameter_types: tuple[Any, ...] = ()
    result_type: Any = None
    invoke_named: Callable[[Any, dict[str, Any]], Any] | None = None


NAMES_OF_TYPES: dict[type, str] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    dt.date: "date",
    FarDate: "date",
    Time: "time",
    DateTime: "date and time",
    DaysDuration: "days and time duration",
    MonthsDuration: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


def kind(value: Any) -> str:
    """Return the name of a value's FEEL type, such as ``date and time``."""
    found = NAMES_OF_TYPES.get(type(value))
    if found is not None:
        return found
    if callable(value):
        return "function"
    return "null" if value is None else NAMES_OF_TYPES.get(type(from_plain(value)), "Any")


def _from_float(value: float) -> Decimal | None:
    return Decimal(repr(value)) if math.isfinite(value) else None


def _from_int(value: int) -> Decimal | None:
    if -MAX_EXACT < value < MAX_EXACT:
        return Decimal(value)
    try:
        return NUMBERS.create_decimal(value)
    except decimal.DecimalException:
        return None


_SAME = frozenset(kind for kind in NAMES_OF_TYPES)
_CONVERT: dict[type, Callable[[Any], Any]] = {
    int: _from_int,
    float: _from_float,
    dt.datetime: temporal.from_datetime,
    dt.time: temporal.from_time,
    dt.timedelta: lambda value: DaysDuration(
        ((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000
    ),
    tuple: list,
}


def from_plain(value: Any) -> Any:
    """Return plain Python as a FEEL value, one level deep.

    What is inside lists and dictionaries is converted when it is read, so a large structure costs nothing here.
    A float becomes the decimal that it prints as; NaN and the infinities become null.
    """
    if type(value) is Decimal:
        return value if value.is_finite() else None
    convert = _CONVERT.get(type(value))
    if convert is not None:
        return convert(value)
    if type(value) in _SAME or value is None:
        return value
    return _from_other(value)


def _from_other(value: Any) -> Any:
    if isinstance(value, bool):
        return bool(value)
    for known, convert in _CONVERT.items():
        if isinstance(value, known):
            return convert(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping | Decimal | dt.date) or callable(value):
        return value
    if isinstance(value, list):
        return value
    if isinstance(value, Sequence | set | frozenset):
        return list(value)
    return str(value)


_ATOMS = frozenset({Decimal, str, bool, type(None)})


def settle(value: Any) -> Any:
    """Return a value whose contents are FEEL values too; the same object if nothing had to change."""
    if type(value) in _ATOMS:
        return from_plain(value)
    if isinstance(value, list):
        parts.enter(len(value))
        try:
            changed = [_settle_part(item) for item in value]
        finally:
            parts.leave()
        return changed if any(a is not b for a, b in zip(changed, value, strict=True)) else value
    if isinstance(value, Mapping):
        parts.enter(len(value))
        try:
            entries = {key: _settle_part(item) for key, item in value.items()}
        finally:
            parts.leave()
        same = isinstance(value, dict) and all(entries[key] is value[key] for key in entries)
        return value if same else entries
    return from_plain(value)


def _settle_part(item: Any) -> Any:
    if type(item) is str:
        parts.characters(len(item))
        return item
    return item if type(item) is bool or item is None else settle(item)


def to_plain(value: Any) -> Any:
    """Return a FEEL value in a form that JSON can hold: numbers stay ``Decimal``, temporal values become ISO 8601
    texts.

    Ranges become text as in FEEL, functions the text ``function``. Raises InvalidInput for a number that is not finite.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal | float):
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            raise InvalidInput(
                Said(N_("{value} is not a number that can be kept: it is not finite."), value=value),
                remedy=Said(N_("Give a number, or null where there is none.")),
            )
        return value
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return text_of(from_plain(value))


def to_python(value: Any, zone: dt.tzinfo | None = None) -> Any:
    """Return a FEEL value as Python's own types: ``datetime``, ``time`` and ``timedelta`` where they fit.

    Used for the arguments of Python functions. Lists and contexts stay as they are, and so does a years and months
    duration. ``zone`` is given to date-times that have none.
    """
    try:
        if isinstance(value, DateTime):
            return value.to_datetime(zone)
        if isinstance(value, Time):
            return value.to_time()
        if isinstance(value, DaysDuration):
            return value.to_timedelta()
    except (ValueError, OverflowError):
        return value
    return value


def number_text(value: Decimal) -> str:
    """Return a number without an exponent."""
    return format(value, "f")


def text_of(value: Any, *, inside: bool = False) -> str:
    """Return the text of a value as the function ``string`` gives it; strings inside lists are quoted.

    Raises ``FeelError`` for a value with too many parts.

    Source: DMN 1.5, table 75.
    """
    text = _text(value, inside)
    parts.characters(len(text))
    return text


def _text(value: Any, inside: bool) -> str:
    value = from_plain(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if inside else value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, dt.date | FarDate):
        return temporal.format_date(value)
    if isinstance(value, list | Mapping):
        parts.enter(len(value))
        try:
            if isinstance(value, list):
                return "[" + ", ".join([text_of(item, inside=True) for item in value]) + "]"
            return "{" + ", ".join([f"{_key(key)}: {text_of(item, inside=True)}" for key, item in value.items()]) + "}"
        finally:
            parts.leave()
    if isinstance(value, Range):
        return _range_text(value)
    if isinstance(value, Function) or callable(value):
        return "function"
    return str(value)


def _key(name: Any) -> str:
    text = str(name)
    plain = text and all(part.replace("_", "a").isalnum() for part in text.split(" "))
    return text if plain else text_of(text, inside=True)


def _range_text(value: Range) -> str:
    def end(bound: Any) -> str:
        if isinstance(bound, str | Decimal) or bound is None:
            return text_of(bound, inside=True)
        return f'@"{text_of(bound)}"'

    if value.low is None and value.high is not None:
        return f"({'<=' if value.high_included else '<'} {end(value.high)})"
    if value.high is None and value.low is not None:
        return f"({'>=' if value.low_included else '>'} {end(value.low)})"
    opening, closing = "[" if value.low_included else "(", "]" if value.high_included else ")"
    return f"{opening}{end(value.low)}..{end(value.high)}{closing}"


# ─── comparison ───


def equal(left: Any, right: Any) -> bool | None:
    """Compare with ``=``: None if the two are of different kinds.

    Source: DMN 1.5, table 53.
    """
    left_type, right_type = type(left), type(right)
    if left_type is right_type and left_type in (Decimal, str, bool):
        return bool(left == right)
    if left is None or right is None:
        return left is right
    left, right = from_plain(left), from_plain(right)
    what = kind(left)
    if what != kind(right):
        return None
    if what in ("list", "context"):
        parts.enter(len(left))
        try:
            return _equal_lists(left, right) if what == "list" else _equal_contexts(left, right)
        finally:
            parts.leave()
    if what == "date and time":
        if (left.zone is None) != (right.zone is None):
            return False
        return bool(left.instant == right.instant)
    if what == "time":
        if (left.zone is None) != (right.zone is None):
            return False
        return _clock_instant(left) == _clock_instant(right)
    if what == "range":
        return (
            (left.low is None or left.low_included == right.low_included)  # an end that is missing is neither open nor closed
            and (left.high is None or left.high_included == right.high_included)
            and equal(left.low, right.low) is True
            and equal(left.high, right.high) is True
        )
    if what == "function":
        return left is right
    return bool(left == right)


def _equal_lists(left: Sequence[Any], right: Sequence[Any]) -> bool | None:
    if len(left) != len(right):
        return False
    for one, other in zip(left, right, strict=True):
        found = equal(one, other)
        if found is not True:
            return found
    return True


def _equal_contexts(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool | None:
    if left.keys() != right.keys():
        return False
    for name in left:
        found = equal(left[name], right[name])
        if found is not True:
            return found
    return True


def identity(value: Any) -> Any:
    """Return something hashable that is the same for two values exactly when ``equal`` says true.

    Raises ``RecursionError`` for what is nested too deeply.
    """
    value = from_plain(value)
    what = kind(value)
    if what in ("list", "context"):
        parts.enter(len(value))
        try:
            if what == "list":
                return what, tuple([identity(item) for item in value])
            return what, frozenset([(name, identity(item)) for name, item in value.items()])
        finally:
            parts.leave()
    if what == "date and time":
        return what, value.zone is None, value.instant
    if what == "time":
        return what, value.zone is None, _clock_instant(value)
    if what == "range":
        return what, identity(value.low), identity(value.high), value.low_included, value.high_included
    return what, id(value) if what == "function" else value


def _clock_instant(time: Time) -> int:
    return time.nanos - (time.offset or 0) * temporal.SECOND


def compare(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1, or None if the two cannot be ordered.

    Source: DMN 1.5, table 54.
    """
    what = kind(left)
    if what != kind(right):
        return None
    if what in ("number", "string"):
        return -1 if left < right else 1 if left > right else 0
    if what == "date":
        one, other = (left.year, left.month, left.day), (right.year, right.month, right.day)
        return -1 if one < other else 1 if one > other else 0
    if what in ("date and time", "time"):
        if (left.zone is None) != (right.zone is None):
            return None
        first, second = (
            (left.instant, right.instant) if what == "date and time" else (_clock_instant(left), _clock_instant(right))
        )
    elif what == "days and time duration":
        first, second = left.nanos, right.nanos
    elif what == "years and months duration":
        first, second = left.months, right.months
    else:
        return None
    return -1 if first < second else 1 if first > second else 0


def within(value: Any, interval: Range) -> bool | None:
    """Say whether a value lies in a range; None if it cannot be compared with an end."""
    if interval.low is None and interval.high is None:
        return None
    if interval.low is not None:
        order = compare(value, interval.low)
        if order is None:
            return None
        if order < 0 or (order == 0 and not interval.low_included):
            return False
    if interval.high is not None:
        order = compare(value, interval.high)
        if order is None:
            return None
        if order > 0 or (order == 0 and not interval.high_included):
            return False
    return True


class NotOrderedError(Exception):
    """Items of one list cannot be put in order: they are of these kinds, or of one kind that has no order."""

    def __init__(self, *kinds: str, is_mixed_by_zone: bool = False) -> None:
        super().__init__(*kinds)
        self.kinds = kinds
        self.is_mixed_by_zone = is_mixed_by_zone


_KEYS: dict[str, Callable[[Any], Any]] = {
    "number": lambda value: value,
    "string": lambda value: value,
    "date": lambda value: (value.year, value.month, value.day),
    "date and time": lambda value: value.instant,
    "time": lambda value: _clock_instant(value),
    "days and time duration": lambda value: value.nanos,
    "years and months duration": lambda value: value.months,
}


def sort_key(items: Sequence[Any]) -> Callable[[Any], Any]:
    """Return the key by which these items are ordered; raises ``NotOrderedError`` if they cannot be."""
    kinds = {kind(item) for item in items}
    if len(kinds) > 1:
        raise NotOrderedError(*sorted(kinds))
    what = next(iter(kinds), "number")
    if what not in _KEYS:
        raise NotOrderedError(what)
    if what in ("time", "date and time") and len({item.zone is None for item in items}) > 1:
        raise NotOrderedError(what, is_mixed_by_zone=True)
    return _KEYS[what]
