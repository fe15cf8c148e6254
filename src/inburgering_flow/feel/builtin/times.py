"""Functions on dates and times.

Source: DMN 1.5, tables 86 to 88; Camunda 8 documentation, expressions (cycle).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import temporal
from inburgering_flow.feel.builtin.signature import Row, with_run
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.temporal import DateTime, FarDate
from inburgering_flow.i18n import N_

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _day(value: Any) -> Any:
    return value.day if isinstance(value, DateTime) else value


def _now(run: Any) -> DateTime:
    return temporal.from_datetime(run.context.now)


def _today(run: Any) -> dt.date:
    moment: dt.datetime = run.context.now
    return moment.date()


def _day_of_year(value: Any) -> Decimal:
    day = _day(value)
    return Decimal(temporal.day_number(day) - temporal.day_number(temporal.make_date(day.year, 1, 1)) + 1)


def _week_of_year(value: Any) -> Decimal:
    """The ISO week: the one that contains the year's first Thursday is week 1."""
    day = _day(value)
    number = temporal.day_number(day)
    thursday = temporal.from_day_number(number - temporal.weekday(day) + 4)
    first = temporal.day_number(temporal.make_date(thursday.year, 1, 1))
    return Decimal((temporal.day_number(thursday) - first) // 7 + 1)


def _last_day(value: Any) -> Any:
    day = _day(value)
    last = temporal.make_date(day.year, day.month, temporal.month_length(day.year, day.month))
    return DateTime(last, value.nanos, value.zone) if isinstance(value, DateTime) else last


def _day_of_week(value: Any) -> str:
    day: dt.date | FarDate = _day(value)
    return DAYS[temporal.weekday(day) - 1]


def _cycle(repetitions: Decimal | None, interval: Any) -> str:
    """A repeating interval as the ISO 8601 text that a timer takes; without a number it repeats for ever."""
    if repetitions is not None and (repetitions < 0 or repetitions != repetitions.to_integral_value()):
        raise NullError(N_("the repetitions are not a whole number of zero or more"))
    return f"R{'' if repetitions is None else int(repetitions)}/{interval}"


TABLE: list[Row] = [
    ("now", "", with_run(_now)),
    ("today", "", with_run(_today)),
    ("day of year", "date: day", _day_of_year),
    ("day of week", "date: day", _day_of_week),
    ("month of year", "date: day", lambda value: MONTHS[_day(value).month - 1]),
    ("week of year", "date: day", _week_of_year),
    ("last day of month", "date: day", _last_day),
    ("cycle", "interval: duration", lambda interval: _cycle(None, interval)),
    ("cycle", "repetitions: number?, interval: duration", _cycle),
]
