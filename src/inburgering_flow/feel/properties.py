"""``value.name``: entries of contexts, and the properties of dates, times, durations and ranges.

Source: DMN 1.5, tables 64 to 66.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from inburgering_flow.feel.scope import MISSING
from inburgering_flow.feel.temporal import (
    SECOND,
    DateTime,
    DaysDuration,
    FarDate,
    MonthsDuration,
    Time,
    weekday,
)
from inburgering_flow.feel.values import Range, from_plain


def _offset(seconds: int | None) -> DaysDuration | None:
    return None if seconds is None else DaysDuration(seconds * SECOND)


def _zone(value: Any) -> str | None:
    return value.zone if isinstance(value.zone, str) else None


_DATE: dict[str, Callable[[Any], Any]] = {
    "year": lambda d: Decimal(d.year),
    "month": lambda d: Decimal(d.month),
    "day": lambda d: Decimal(d.day),
    "weekday": lambda d: Decimal(weekday(d)),
}
_TIME: dict[str, Callable[[Any], Any]] = {
    "hour": lambda t: Decimal(t.hour),
    "minute": lambda t: Decimal(t.minute),
    "second": lambda t: Decimal(t.second),
    "time offset": lambda t: _offset(t.offset),
    "timezone": _zone,
}
_DATE_TIME: dict[str, Callable[[Any], Any]] = {
    "year": lambda m: Decimal(m.day.year),
    "month": lambda m: Decimal(m.day.month),
    "day": lambda m: Decimal(m.day.day),
    "weekday": lambda m: Decimal(weekday(m.day)),
    "hour": lambda m: Decimal(m.time.hour),
    "minute": lambda m: Decimal(m.time.minute),
    "second": lambda m: Decimal(m.time.second),
    "time offset": lambda m: _offset(m.offset),
    "timezone": _zone,
}
_DAYS: dict[str, Callable[[Any], Any]] = {
    "days": lambda d: Decimal(d.parts()[0]),
    "hours": lambda d: Decimal(d.parts()[1]),
    "minutes": lambda d: Decimal(d.parts()[2]),
    "seconds": lambda d: Decimal(d.parts()[3]),
}
_MONTHS: dict[str, Callable[[Any], Any]] = {
    "years": lambda d: Decimal(d.years),
    "months": lambda d: Decimal(d.rest),
}
_RANGE: dict[str, Callable[[Any], Any]] = {
    "start": lambda r: r.low,
    "end": lambda r: r.high,
    "start included": lambda r: r.low_included,
    "end included": lambda r: r.high_included,
}
PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    dt.date: _DATE,
    FarDate: _DATE,
    Time: _TIME,
    DateTime: _DATE_TIME,
    DaysDuration: _DAYS,
    MonthsDuration: _MONTHS,
    Range: _RANGE,
}


def read(value: Any, name: str) -> Any:
    """Return a property or entry as a FEEL value, or ``MISSING`` if there is none."""
    if isinstance(value, Mapping):
        found = value.get(name, MISSING)
        return found if found is MISSING else from_plain(found)
    known = PROPERTIES.get(type(value))
    if known is not None:
        getter = known.get(name)
        if getter is not None:
            return getter(value)
    return MISSING
