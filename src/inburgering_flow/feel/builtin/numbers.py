"""Functions on numbers, and ``not``.

Source: DMN 1.5, tables 76 and 79.
"""

from __future__ import annotations

import decimal
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from inburgering_flow.feel.builtin.signature import Row
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.operators import whole
from inburgering_flow.feel.temporal import DaysDuration, MonthsDuration
from inburgering_flow.feel.values import NUMBERS
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import N_

MAX_SCALE, MIN_SCALE = 6176, -6111


def rounded(mode: str) -> Callable[..., Decimal]:
    """Return a function that rounds to a scale (digits after the point, 0 if missing) in a rounding mode."""

    def run_it(number: Decimal, scale: Decimal | None = None) -> Decimal:
        digits = whole(scale) if scale is not None else 0
        if not MIN_SCALE <= digits <= MAX_SCALE:
            said = N_("the scale must lie between {least} and {most}")
            raise NullError(said, "OUT_OF_RANGE", least=MIN_SCALE, most=MAX_SCALE)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent <= digits:
            return number
        try:
            return number.quantize(Decimal(1).scaleb(-digits, NUMBERS), rounding=mode, context=NUMBERS)
        except decimal.DecimalException:
            raise NullError(N_("the number has no value at this scale"), "OUT_OF_RANGE") from None

    return run_it


def _abs(value: Any) -> Any:
    if isinstance(value, Decimal):
        return NUMBERS.abs(value)
    if isinstance(value, DaysDuration):
        return DaysDuration(abs(value.nanos))
    if isinstance(value, MonthsDuration):
        return MonthsDuration(abs(value.months))
    raise NullError(N_("'n' is {kind}, not a number"), "INVALID_TYPE", kind=a_kind(value))


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """``dividend - divisor * floor(dividend / divisor)``: the sign is the divisor's."""
    if not divisor:
        raise NullError(N_("division by zero"), "DIVISION_BY_ZERO")
    if dividend.adjusted() - divisor.adjusted() > 33:
        raise NullError(N_("the quotient is too large"), "OUT_OF_RANGE")
    rest = NUMBERS.remainder(dividend, divisor)
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else NUMBERS.plus(rest)


def _safely(operate: Callable[[Decimal], Decimal]) -> Callable[..., Decimal]:
    def run_it(number: Decimal) -> Decimal:
        try:
            return operate(number)
        except decimal.DecimalException:
            raise NullError(N_("the result is not a number that FEEL can hold"), "OUT_OF_RANGE") from None

    return run_it


def _sqrt(number: Decimal) -> Decimal:
    return NUMBERS.sqrt(number)


def _log(number: Decimal) -> Decimal:
    if number <= 0:
        raise NullError(N_("'number' must be greater than 0"), "OUT_OF_RANGE")
    return NUMBERS.ln(number)


def _exp(number: Decimal) -> Decimal:
    return NUMBERS.exp(number)


def _is_even(number: Decimal) -> bool:
    return not NUMBERS.remainder(number, Decimal(2)) if number.adjusted() < 33 else True


def _is_odd(number: Decimal) -> bool:
    return number.adjusted() < 33 and abs(NUMBERS.remainder(number, Decimal(2))) == 1


def _not(value: Any) -> bool:
    if isinstance(value, bool):
        return not value
    raise NullError(N_("'negand' is {kind}, not a boolean"), "INVALID_TYPE", kind=a_kind(value))


def _random() -> Decimal:
    return Decimal(repr(random.random()))  # noqa: S311 a function of the language, not for secrets


_FLOOR, _CEILING = rounded(decimal.ROUND_FLOOR), rounded(decimal.ROUND_CEILING)

TABLE: list[Row] = [
    ("not", "negand: any", _not),
    ("decimal", "n: number, scale: number", rounded(decimal.ROUND_HALF_EVEN)),
    ("floor", "n: number, scale: number=", _FLOOR),
    ("ceiling", "n: number, scale: number=", _CEILING),
    ("round up", "n: number, scale: number=", rounded(decimal.ROUND_UP)),
    ("round down", "n: number, scale: number=", rounded(decimal.ROUND_DOWN)),
    ("round half up", "n: number, scale: number=", rounded(decimal.ROUND_HALF_UP)),
    ("round half down", "n: number, scale: number=", rounded(decimal.ROUND_HALF_DOWN)),
    ("abs", "n: any", _abs),
    ("abs", "number: any", _abs),
    ("modulo", "dividend: number, divisor: number", _modulo),
    ("sqrt", "number: number", _safely(_sqrt)),
    ("log", "number: number", _safely(_log)),
    ("exp", "number: number", _safely(_exp)),
    ("odd", "number: number", _is_odd),
    ("even", "number: number", _is_even),
    ("random number", "", _random),
]
