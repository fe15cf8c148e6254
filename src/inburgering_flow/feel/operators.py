"""Arithmetic on FEEL values. Each function raises ``NullError`` for kinds that do not go together.

Source: DMN 1.5, 10.3.2.3 and tables 55 to 60.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.temporal import (
    DAY,
    SECOND,
    DateTime,
    DaysDuration,
    FarDate,
    MonthsDuration,
    Time,
    add_months,
    add_nanos,
    day_number,
)
from inburgering_flow.feel.values import NUMBERS
from inburgering_flow.feel.words import a_kind, unfit
from inburgering_flow.i18n import N_

MAX_NANOS = 10**30


def _wrong(sign: str, left: Any, right: Any) -> NullError:
    return NullError(unfit(sign, left, right), "INVALID_TYPE")


def _days(nanos: int) -> DaysDuration:
    if abs(nanos) > MAX_NANOS:
        raise NullError(N_("the duration is too long"), "OUT_OF_RANGE")
    return DaysDuration(nanos)


def _number(operate: Callable[[], Decimal]) -> Decimal:
    try:
        return operate()
    except decimal.DivisionByZero:
        raise NullError(N_("division by zero"), "DIVISION_BY_ZERO") from None
    except decimal.DecimalException:
        raise NullError(N_("the number has no value or is too large"), "OUT_OF_RANGE") from None


def whole(value: Decimal) -> int:
    """Return a number cut off to an integer; raises ``NullError`` if it is too large for any use as one."""
    if value.adjusted() > 30:
        raise NullError(N_("the number is too large"), "OUT_OF_RANGE")
    return int(value)


def shift(value: Any, duration: Any, sign: int) -> Any:
    """Return a date, time or date-time moved by a duration."""
    try:
        if isinstance(duration, MonthsDuration):
            if isinstance(value, DateTime):
                return DateTime(add_months(value.day, sign * duration.months), value.nanos, value.zone)
            if isinstance(value, dt.date | FarDate):
                return add_months(value, sign * duration.months)
        if isinstance(duration, DaysDuration):
            if isinstance(value, DateTime):
                return add_nanos(value, sign * duration.nanos)
            if isinstance(value, Time):
                return Time((value.nanos + sign * duration.nanos) % DAY, value.zone)
            if isinstance(value, dt.date | FarDate):
                return add_nanos(DateTime(value, 0), sign * duration.nanos).day
    except (ValueError, OverflowError):
        raise NullError(N_("the date lies outside what FEEL can hold"), "OUT_OF_RANGE") from None
    raise _wrong("+" if sign > 0 else "-", value, duration)


_DURATIONS = (DaysDuration, MonthsDuration)


def add(left: Any, right: Any) -> Any:
    """``left + right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return _number(lambda: NUMBERS.add(left, right))
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, DaysDuration) and isinstance(right, DaysDuration):
        return _days(left.nanos + right.nanos)
    if isinstance(left, MonthsDuration) and isinstance(right, MonthsDuration):
        return MonthsDuration(left.months + right.months)
    if isinstance(right, _DURATIONS):
        if isinstance(left, _DURATIONS) or left is None:
            raise _wrong("+", left, right)
        return shift(left, right, 1)
    if isinstance(left, _DURATIONS) and right is not None:
        return shift(right, left, 1)
    raise _wrong("+", left, right)


def _moment(value: Any) -> DateTime | None:
    if isinstance(value, DateTime):
        return value
    return DateTime(value, 0, 0) if isinstance(value, dt.date | FarDate) else None


def subtract(left: Any, right: Any) -> Any:
    """``left - right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return _number(lambda: NUMBERS.subtract(left, right))
    if isinstance(left, DaysDuration) and isinstance(right, DaysDuration):
        return _days(left.nanos - right.nanos)
    if isinstance(left, MonthsDuration) and isinstance(right, MonthsDuration):
        return MonthsDuration(left.months - right.months)
    if isinstance(left, Time) and isinstance(right, Time):
        if (left.zone is None) != (right.zone is None):
            raise NullError(N_("'-' does not work on a time with and one without zone"), "INVALID_TYPE")
        return _days(left.nanos - right.nanos - ((left.offset or 0) - (right.offset or 0)) * SECOND)
    first, second = _moment(left), _moment(right)
    if first is not None and second is not None:
        if not isinstance(left, DateTime) and not isinstance(right, DateTime):
            return _days((day_number(left) - day_number(right)) * DAY)
        if (first.zone is None) != (second.zone is None):
            raise NullError(N_("'-' does not work on a date and time with and one without zone"), "INVALID_TYPE")
        return _days(first.instant - second.instant)
    if isinstance(right, _DURATIONS) and left is not None and not isinstance(left, _DURATIONS):
        return shift(left, right, -1)
    raise _wrong("-", left, right)


def multiply(left: Any, right: Any) -> Any:
    """``left * right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return _number(lambda: NUMBERS.multiply(left, right))
    if type(left) is Decimal and isinstance(right, _DURATIONS):
        left, right = right, left
    if isinstance(left, DaysDuration) and type(right) is Decimal:
        return _days(_product(left.nanos, right))
    if isinstance(left, MonthsDuration) and type(right) is Decimal:
        return MonthsDuration(_product(left.months, right))
    raise _wrong("*", left, right)


def _product(amount: int, factor: Decimal) -> int:
    if factor.adjusted() > 30:
        raise NullError(N_("the duration is too long"), "OUT_OF_RANGE")
    return whole(_number(lambda: NUMBERS.multiply(Decimal(amount), factor)))


def divide(left: Any, right: Any) -> Any:
    """``left / right``."""
    if type(left) is Decimal and type(right) is Decimal:
        if not right:
            raise NullError(N_("division by zero"), "DIVISION_BY_ZERO")
        return _number(lambda: NUMBERS.divide(left, right))
    if isinstance(left, DaysDuration):
        if isinstance(right, DaysDuration):
            return _ratio(left.nanos, right.nanos)
        if type(right) is Decimal:
            return _days(_quotient(left.nanos, right))
    if isinstance(left, MonthsDuration):
        if isinstance(right, MonthsDuration):
            return _ratio(left.months, right.months)
        if type(right) is Decimal:
            return MonthsDuration(_quotient(left.months, right))
    raise _wrong("/", left, right)


def _ratio(left: int, right: int) -> Decimal:
    if right == 0:
        raise NullError(N_("division by zero"), "DIVISION_BY_ZERO")
    return _number(lambda: NUMBERS.divide(Decimal(left), Decimal(right)))


def _quotient(amount: int, divisor: Decimal) -> int:
    if not divisor:
        raise NullError(N_("division by zero"), "DIVISION_BY_ZERO")
    return whole(_number(lambda: NUMBERS.divide(Decimal(amount), divisor)))


def power(left: Any, right: Any) -> Any:
    """``left ** right``."""
    if type(left) is not Decimal or type(right) is not Decimal:
        raise _wrong("**", left, right)
    if not left and not right:
        return Decimal(1)
    if not left and right < 0:
        raise NullError(N_("division by zero"), "DIVISION_BY_ZERO")
    return _number(lambda: NUMBERS.power(left, right))


def negate(value: Any) -> Any:
    """``-value``."""
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if isinstance(value, DaysDuration):
        return DaysDuration(-value.nanos)
    if isinstance(value, MonthsDuration):
        return MonthsDuration(-value.months)
    raise NullError(N_("{sign!r} does not work on {kind}"), "INVALID_TYPE", sign="-", kind=a_kind(value))


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}
