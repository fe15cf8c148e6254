"""What ``for x in a..b`` runs over.

Source: DMN 1.5, 10.3.2.14.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from inburgering_flow.feel.temporal import FarDate, day_number, from_day_number


def span(low: Any, high: Any) -> Iterator[Any] | None:
    """Return whole numbers or days from ``low`` to ``high``, downwards too; None for anything else."""
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        if low.adjusted() > 30 or high.adjusted() > 30:
            return None
        if low != low.to_integral_value() or high != high.to_integral_value():
            return None
        return (Decimal(number) for number in _numbers(int(low), int(high)))
    if isinstance(low, dt.date | FarDate) and isinstance(high, dt.date | FarDate):
        return (from_day_number(number) for number in _numbers(day_number(low), day_number(high)))
    return None


def _numbers(low: int, high: int) -> range:
    return range(low, high + 1) if low <= high else range(low, high - 1, -1)
