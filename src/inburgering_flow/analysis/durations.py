"""How long things took, as counts by length: small, exact in number, and added up over months without the cases behind them.

Each length is counted in a class five per cent wide, so a quantile is right to 2.5 %. After the idea of DDSketch (Masson, Rim and
Lee, VLDB 2019).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

GROWTH = 1.05
SMALLEST = 60.0
"""Seconds; what is shorter took no time."""
_STEP = math.log(GROWTH)


class Durations:
    """Lengths of time, counted by class."""

    __slots__ = ("counts",)

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: Counter[int] = Counter(counts or {})

    def add(self, length: timedelta) -> None:
        """Count a length; one below zero counts as none."""
        seconds = length.total_seconds()
        self.counts[0 if seconds < SMALLEST else 1 + math.floor(math.log(seconds / SMALLEST) / _STEP)] += 1

    def merge(self, other: Durations) -> None:
        """Add what another one counted."""
        for number, count in other.counts.items():
            self.counts[number] += count

    @property
    def count(self) -> int:
        """How many lengths there are."""
        return sum(self.counts.values())

    def quantile(self, share: float) -> timedelta | None:
        """Return the length that so large a share of all do not exceed; None where there is none."""
        wanted, passed = share * self.count, 0
        for number in sorted(self.counts):
            passed += self.counts[number]
            if passed >= wanted:
                return _middle(number)
        return None

    @property
    def days(self) -> float:
        """How many days they took together, about."""
        return sum((_middle(number) / timedelta(days=1)) * count for number, count in self.counts.items())

    def as_json(self) -> list[int]:
        """Return a plain value: class, count, class, count …"""
        return [one for pair in sorted(self.counts.items()) for one in pair]

    @classmethod
    def read(cls, plain: Iterable[int]) -> Durations:
        """Return what ``as_json`` gave."""
        given = iter(plain)
        return cls(dict(zip(given, given, strict=True)))


def _middle(number: int) -> timedelta:
    return timedelta(seconds=SMALLEST * GROWTH ** (number - 0.5)) if number else timedelta()
