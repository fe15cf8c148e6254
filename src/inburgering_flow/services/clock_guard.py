"""No due work on a wrong clock: a term that the clock lets pass too early cannot be taken back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from inburgering_flow.clock import SystemClock, running_seconds
from inburgering_flow.errors import FlowError
from inburgering_flow.services.context import Context
from inburgering_flow.store import audit

log = logging.getLogger(__name__)
EVERY = 1.0  # seconds for which an answer of the database holds


class ClockWrong(FlowError):
    """This machine's clock cannot be right, so nothing that is due by it may run; its message holds no personal data."""

    code = "CLOCK"
    status = 503


class ClockGuard:
    """Compares the machine's clock with the database's, and with how long this program has been running.

    A clock that is moved on purpose (``ManualClock``) is never wrong. A database server has a clock of its own, by which
    processes go, and from which the machine's may not differ: one of the two is wrong, and nobody knows which. Beside a file
    there is only what was written: a clock that lies behind the newest line of the log is refused. With both a clock is refused
    that jumped ahead since it was last found right: a server on the same machine jumps along. When it is set right again, due
    work goes on by itself.
    """

    def __init__(self, context: Context, seconds: Callable[[], float] = running_seconds) -> None:
        self.context = context
        self._seconds = seconds
        self._lock = threading.Lock()
        self._ahead: float | None = None  # the clock less the running seconds, when it was last found right
        self._asked = float("-inf")
        self._said = ""
        self._off = 0.0

    def check(self) -> None:
        """Raise ClockWrong, saying what the difference is and what to do, where due work may not run now."""
        said = self.trouble()
        if said:
            raise ClockWrong(said, remedy=REMEDY)

    def trouble(self) -> str:
        """Return what is wrong with the clock, as a sentence; empty if nothing is."""
        if not isinstance(self.context.clock, SystemClock):
            return ""
        with self._lock:
            seconds = self._seconds()
            ahead = self.context.clock.machine().timestamp() - seconds
            jumped = self._ahead is not None and abs(ahead - self._ahead) > self._bound.total_seconds()
            if jumped or self._said or seconds - self._asked >= EVERY:
                said = self._compared(ahead)
                if said and not self._said:
                    log.error("%s %s", said, REMEDY)
                self._said, self._asked = said, seconds
                if not said:
                    self._ahead = ahead
            return self._said

    def off(self) -> int:
        """Return by how many seconds the machine's clock is ahead of the database's, where that is too many; else 0."""
        return round(self._off) if self.trouble() else 0

    @property
    def _bound(self) -> timedelta:
        return timedelta(seconds=self.context.settings.clock_bound)

    def _compared(self, ahead: float) -> str:
        with self.context.db.read() as unit:
            server = unit.server_time()
            newest = audit.newest_moment(unit) if server is None else None
        assert isinstance(self.context.clock, SystemClock)
        now = self.context.clock.machine()
        self._off = 0.0 if server is None else (now - server).total_seconds()
        if server is not None and abs(now - server) > self._bound:
            return (
                f"The clock of this machine says {_said(now)}, that of the database {_said(server)}; "
                f"they may differ by {self.context.settings.clock_bound} seconds. Due work does not run."
            )
        if newest is not None and newest - now > self._bound:
            return (
                f"The clock of this machine says {_said(now)}, but the newest line of the log was written at {_said(newest)}. "
                "Due work does not run until the clock is past that, or a line is written on a right clock, such as by a login."
            )
        jump = 0.0 if self._ahead is None else ahead - self._ahead
        if jump > self._bound.total_seconds():
            return (
                f"The clock of this machine jumped ahead by {jump:.0f} seconds, to {_said(now)}, while the program ran. "
                "Due work does not run."
            )
        return ""


REMEDY = "Set the clock right, such as by NTP; due work then goes on by itself. If it is right now, restart this program."


def _said(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
