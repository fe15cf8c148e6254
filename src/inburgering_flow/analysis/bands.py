"""What lies between: the middle of many outcomes, and the band that holds a share of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHARE = 0.8
LEAST = 0.5
"""How far a bound at least counts to be from the middle where a band is widened: half of what is counted."""


@dataclass(frozen=True)
class Band:
    """The middle of outcomes, and the bounds between which the share of them lies."""

    low: float
    middle: float
    high: float

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in the band."""
        return self.low <= value <= self.high

    @property
    def is_certain(self) -> bool:
        """Tell whether all outcomes are the same."""
        return self.low == self.high

    def needs(self, value: float) -> float:
        """Return how many times as wide the band must be to hold a value."""
        width = self.high - self.middle if value > self.middle else self.middle - self.low
        return abs(value - self.middle) / max(width, LEAST)

    def widened(self, factor: float) -> Band:
        """Return a band so many times as wide; what is counted is not less than nothing."""
        low = self.middle - factor * (self.middle - self.low)
        return Band(low if self.low < 0 else max(0.0, low), self.middle, self.middle + factor * (self.high - self.middle))


def quantile(ordered: Sequence[float], part: float) -> float:
    """Return a quantile of values in order, between two of them where it falls between (Hyndman and Fan 1996, type 8: about
    unbiased whatever the distribution).
    """
    count = len(ordered)
    place = min(max((count + 1 / 3) * part + 1 / 3, 1.0), float(count))
    below = math.floor(place)
    above = min(below + 1, count)
    return ordered[below - 1] + (place - below) * (ordered[above - 1] - ordered[below - 1])


def band(values: Iterable[float], share: float = SHARE) -> Band | None:
    """Return the band of outcomes; None where there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    rest = (1 - share) / 2
    return Band(quantile(ordered, rest), quantile(ordered, 0.5), quantile(ordered, 1 - rest))


def factor_for(outcomes: Iterable[tuple[Band, float]], share: float = SHARE) -> float:
    """Return how many times as wide bands must be to hold their share of values that came true (less than 1: how narrow
    they may be); 1 where nothing is known.

    It is the conformal correction of quantile forecasts (Romano, Patterson and Candès 2019), as a factor.
    """
    needed = sorted(band.needs(value) for band, value in outcomes if not band.is_certain)
    return quantile(needed, share) if needed else 1.0
