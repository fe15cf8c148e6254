"""Counts that take long: they are shown again for a while, with the moment of which they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar

from inburgering_flow.clock import Clock, legal_day, running_seconds

SLOW, WORTH, LONGEST_KEPT = 0.3, 50, 300.0
"""Seconds; counts that took longer than the first are shown again for so many times as long as they took, at most the third."""

T = TypeVar("T")


class KeptCounts(Generic[T]):
    """What was counted last of each key, where that took long; nobody counts what somebody else is counting just now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counting: dict[Hashable, threading.Lock] = {}
        self._kept: dict[Hashable, tuple[T, datetime, float]] = {}

    def get(self, key: Hashable, count: Callable[[], T]) -> tuple[T, datetime | None]:
        """Return what is counted, and when that was if it was not just now. What was counted on another day is counted again:
        other things are late then.
        """
        with self._counting.setdefault(key, threading.Lock()):
            now = self._clock.now()
            kept = self._kept.get(key)
            if kept is not None and kept[2] > running_seconds() and kept[1] <= now and legal_day(kept[1]) == legal_day(now):
                return kept[0], kept[1]
            began = running_seconds()
            found = count()
            spent = running_seconds() - began
            if spent > SLOW:
                self._kept[key] = (found, now, running_seconds() + min(LONGEST_KEPT, spent * WORTH))
            else:
                self._kept.pop(key, None)
        return found, None
