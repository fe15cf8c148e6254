"""Functions that convert one kind of value to another.

Source: DMN 1.5, table 75.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import temporal
from inburgering_flow.feel.builtin.signature import Row
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.operators import whole
from inburgering_flow.feel.temporal import SECOND, DateTime, DaysDuration, FarDate, MonthsDuration, Time
from inburgering_flow.feel.values import NUMBERS, text_of
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import N_

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,6})?", re.ASCII)


def _integer(value: Decimal, what: str) -> int:
    if value != value.to_integral_value():
        raise NullError(N_("{name!r} is not a whole number"), name=what)
    return whole(value)


def _text_date(text: str) -> Any:
    try:
        return temporal.parse_date(text)
    except ValueError:
        raise NullError(N_("the text is not a date in the form 2026-01-31")) from None


def _date(value: Any) -> Any:
    if isinstance(value, str):
        return _text_date(value)
    if isinstance(value, DateTime):
        return value.day
    if isinstance(value, dt.date | FarDate):
        return value
    raise NullError(N_("{kind} is not a date"), "INVALID_TYPE", kind=a_kind(value))


def _date_of(year: Decimal, month: Decimal, day: Decimal) -> Any:
    try:
        return temporal.make_date(_integer(year, "year"), _integer(month, "month"), _integer(day, "day"))
    except (ValueError, OverflowError):
        raise NullError(N_("there is no such date")) from None


def _time(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return temporal.parse_time(value)
        except ValueError:
            raise NullError(N_("the text is not a time in the form 13:20:00")) from None
    if isinstance(value, DateTime):
        return value.time
    if isinstance(value, Time):
        return value
    if isinstance(value, dt.date | FarDate):
        return Time(0, 0)
    raise NullError(N_("{kind} is not a time"), "INVALID_TYPE", kind=a_kind(value))


def _time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: Any = None) -> Any:
    seconds = whole(second)
    fraction = NUMBERS.subtract(second, Decimal(seconds))
    if second < 0:
        raise NullError(N_("there is no such time"))
    zone: int | None = None
    if offset is not None:
        zone = offset.nanos // SECOND
        if abs(zone) > temporal.MAX_OFFSET:
            raise NullError(N_("an offset is at most 18 hours"))
    try:
        nanos = temporal.make_clock(_integer(hour, "hour"), _integer(minute, "minute"), seconds)
    except ValueError:
        raise NullError(N_("there is no such time")) from None
    return Time(nanos + int(fraction * SECOND), zone)


def _date_and_time(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return temporal.parse_date_time(value)
        except ValueError:
            raise NullError(N_("the text is not a date and time in the form 2026-01-31T13:20:00")) from None
    if isinstance(value, DateTime):
        return value
    if isinstance(value, dt.date | FarDate):
        return DateTime(value, 0, 0)
    raise NullError(N_("{kind} is not a date and time"), "INVALID_TYPE", kind=a_kind(value))


def _date_with_time(day: Any, time: Any) -> Any:
    if isinstance(day, DateTime):
        day = day.day
    return DateTime(day, time.nanos, time.zone)


def _moment_in_zone(moment: Any, zone: str) -> Any:
    try:
        temporal.zone_info(zone)
    except ValueError:
        raise NullError(N_("there is no such time zone")) from None
    try:
        return temporal.at_instant(moment.instant, zone)
    except ValueError:
        raise NullError(N_("the year does not fit the years 1 to 9999")) from None


def _moment_of(
    year: Decimal,
    month: Decimal,
    day: Decimal,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    zone: Any = None,
) -> Any:
    date = _date_of(year, month, day)
    if isinstance(zone, str):
        time = _time_of(hour, minute, second)
        try:
            known = temporal.parse_zone(zone if zone[:1] in "Z+-@" else f"@{zone}")
        except (ValueError, IndexError):
            raise NullError(N_("there is no such time zone")) from None
        return DateTime(date, time.nanos, known)
    if zone is not None and not isinstance(zone, DaysDuration):
        raise NullError(N_("'offset' is {kind}"), "INVALID_TYPE", kind=a_kind(zone))
    time = _time_of(hour, minute, second, zone)
    return DateTime(date, time.nanos, time.zone)


def _duration(value: Any) -> Any:
    if isinstance(value, DaysDuration | MonthsDuration):
        return value
    if not isinstance(value, str):
        raise NullError(N_("{kind} is not a duration"), "INVALID_TYPE", kind=a_kind(value))
    try:
        return temporal.parse_duration(value)
    except ValueError:
        raise NullError(N_("the text is not a duration in the form P1Y2M or P1DT2H30M")) from None


def _months_between(start: Any, end: Any) -> MonthsDuration:
    """Whole months from one date to another, cut off towards zero; the time of day does not count."""
    first = start.day if isinstance(start, DateTime) else start
    last = end.day if isinstance(end, DateTime) else end
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return MonthsDuration(months)


def _number(value: Any, grouping: Any = None, point: Any = None) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise NullError(N_("{kind} is not a number"), "INVALID_TYPE", kind=a_kind(value))
    if grouping is not None and grouping not in (" ", ",", "."):
        raise NullError(N_("'grouping separator' must be a space, a comma or a point"))
    if point is not None and point not in (",", "."):
        raise NullError(N_("'decimal separator' must be a comma or a point"))
    if grouping is not None and grouping == point:
        raise NullError(N_("both separators are the same"))
    text = value.replace(grouping, "") if grouping else value
    if point == ",":
        if "." in text:
            raise NullError(N_("the text is not a number"))
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise NullError(N_("the text is not a number"))
    try:
        return NUMBERS.create_decimal(text)
    except decimal.DecimalException:
        raise NullError(N_("the number is too large"), "OUT_OF_RANGE") from None


def _string(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return text_of(value)
    except RecursionError:
        raise NullError(N_("the value is nested too deeply"), "OUT_OF_RANGE") from None


TABLE: list[Row] = [
    ("date", "from: any", _date),
    ("date", "year: number, month: number, day: number", _date_of),
    ("time", "from: any", _time),
    ("time", "hour: number, minute: number, second: number, offset: days?=", _time_of),
    ("date and time", "from: any", _date_and_time),
    ("date and time", "date: day, time: time", _date_with_time),
    ("date and time", "date: moment, timezone: string", _moment_in_zone),
    (
        "date and time",
        "year: number, month: number, day: number, hour: number, minute: number, second: number, offset: any?=",
        _moment_of,
    ),
    (
        "date and time",
        "year: number, month: number, day: number, hour: number, minute: number, second: number, timezone: string",
        _moment_of,
    ),
    ("duration", "from: any", _duration),
    ("years and months duration", "from: day, to: day", _months_between),
    ("number", "from: any", _number),
    ("number", "from: string, grouping separator: string?, decimal separator: string?=", _number),
    ("string", "from: any?", _string),
]
