"""The only reader of the machine's clock. Process time is injected; leases and sessions use real time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

LEGAL_ZONE = ZoneInfo("Europe/Amsterdam")
UNNOTICED = 0.02  # seconds by which a clock may be off


class Clock(Protocol):
    """Process time: aware and in UTC."""

    def now(self) -> datetime:
        """Return the moment that processes take as now."""
        ...


class SystemClock:
    """Process time is the machine's time."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


    def machine(self) -> datetime:
        """Return what the machine's own clock says, in UTC."""
        return self.now()


class ServerClock(SystemClock):
    """Process time is a database server's, so that machines whose clocks differ agree: what the server said last, and the
    seconds since then by a clock that nobody sets.
    """

    def __init__(self, seconds: Callable[[], float] | None = None) -> None:
        self._seconds = seconds or running_seconds
        self._ahead = self.machine().timestamp() - self._seconds()  # until the server has said something
        self._is_told = False

    def now(self) -> datetime:
        """Return the server's time in UTC."""
        return datetime.fromtimestamp(self._ahead + self._seconds(), UTC)

    def machine(self) -> datetime:
        """Return what the machine's own clock says, in UTC."""
        return datetime.now(UTC)

    def milliseconds(self) -> int:
        """Return the server's time in milliseconds since 1970."""
        return int((self._ahead + self._seconds()) * 1000)

    def tell(self, moment: datetime, since: float) -> None:
        """Hear what the server's clock said, at some moment since ``since`` in running seconds. What differs by no more than the
        answer may have been under way changes nothing, so that time does not jump to and fro.
        """
        ended = self._seconds()
        ahead = moment.timestamp() - (since + ended) / 2
        if not self._is_told or abs(ahead - self._ahead) > (ended - since) / 2 + UNNOTICED:
            self._ahead, self._is_told = ahead, True


class ManualClock:
    """Process time that moves only when told to: for tests, demonstrations and simulation."""

    def __init__(self, start: str | datetime) -> None:
        """Begin at ``start``: an aware datetime or its ISO 8601 text with offset."""
        moment = datetime.fromisoformat(start) if isinstance(start, str) else start
        if moment.tzinfo is None:
            raise ValueError("A clock needs a time zone; write for example 2026-01-05T09:00:00+01:00.")
        self._now = moment.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the moment set last."""
        return self._now

    def set(self, moment: str | datetime) -> None:
        """Move to ``moment`` (aware, or ISO 8601 text with offset)."""
        value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone; write for example 2026-01-05T09:00:00+01:00.")
        with self._lock:
            self._now = value.astimezone(UTC)

    def advance(
        self, *, weeks: float = 0, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Move forward; whole days keep the wall-clock time of Europe/Amsterdam across a change to or from summer time."""
        with self._lock:
            if weeks or days:  # else the hour that comes twice would begin again: adding forgets which one it is
                local = self._now.astimezone(LEGAL_ZONE) + timedelta(weeks=weeks, days=days)
                self._now = local.astimezone(UTC)
            self._now += timedelta(hours=hours, minutes=minutes, seconds=seconds)


class ShiftedClock:
    """Process time that runs with the machine's, moved forward by somebody: for demonstrations only.

    ``file`` keeps how far, so that a demonstration that is started again goes on where it was.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._ahead = timedelta()
        if file is not None and file.exists():
            self._ahead = timedelta(seconds=float(file.read_text()))

    def now(self) -> datetime:
        """Return the machine's time and what it was moved by."""
        return datetime.now(UTC) + self._ahead

    def set(self, moment: datetime) -> None:
        """Move forward to an aware ``moment``; one that has passed changes nothing."""
        self._ahead = max(self._ahead, moment - datetime.now(UTC))
        if self._file is not None:
            self._file.write_text(str(self._ahead.total_seconds()))


def legal_day(moment: datetime) -> date:
    """Return the day in Europe/Amsterdam on which an aware ``moment`` falls."""
    return moment.astimezone(LEGAL_ZONE).date()


def legal_last_day(due: datetime) -> date:
    """Return the last day that a due moment at the end of a legal day represents."""
    local = due.astimezone(LEGAL_ZONE)
    ends_a_day = (local.hour, local.minute, local.second) == (0, 0, 0)
    return date.fromordinal(local.date().toordinal() - 1) if ends_a_day else local.date()


def start_of_day(day: date) -> datetime:
    """Return the moment in UTC at which a day begins in Europe/Amsterdam; of the first day that there is, the first moment."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)  # in Amsterdam it began in the year before
    return datetime(day.year, day.month, day.day, tzinfo=LEGAL_ZONE).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return the moment in UTC at which a day is over in Europe/Amsterdam."""
    return start_of_day(date.fromordinal(min(day.toordinal(), date.max.toordinal() - 1) + 1))


def real_now() -> datetime:
    """Return the machine's time: for leases, sessions and attempts to log in, never for what a process decides."""
    return datetime.now(UTC)


def real_milliseconds() -> int:
    """Return the machine's time in milliseconds since 1970: for keys only."""
    return time.time_ns() // 1_000_000


def running_seconds() -> float:
    """Return the seconds of a clock that nobody sets, and that counts a sleep of the machine where the system can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def computing() -> float:
    """Return seconds that the processor has worked for this thread: waiting for others does not count."""
    return time.thread_time()


def monotonic() -> float:
    """Return the seconds of a clock that never goes back: for waiting and measuring only."""
    return time.monotonic()
