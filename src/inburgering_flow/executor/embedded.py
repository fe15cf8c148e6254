"""The embedded executor: a loop that runs what is due, and a thread that keeps it running."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from inburgering_flow.errors import Busy, FlowError
from inburgering_flow.services.clock_guard import ClockWrong
from inburgering_flow.services.jobs import Jobs
from inburgering_flow.store.database import without_values

log = logging.getLogger(__name__)
SWEEP_SECONDS = 1.0
UPKEEP_SECONDS = 600.0
MOST_FOLLOWING = 10_000
MOST_STOPS = 1_000_000
PORTION = 200  # pieces of work between two looks at whether to stop, and whether upkeep is due


def run_due(jobs: Jobs, *, most: int | None = None) -> int:
    """Run what is due now and what follows from it, in order of due, until nothing is left that can run.

    Returns how many ran. What always makes new work does not keep it for ever: ``MOST_FOLLOWING`` pieces of work may follow
    from what was due; the rest stays due.
    """
    owner = uuid.uuid4().hex
    ran = 0
    if most is None:
        most = jobs.count_due() + MOST_FOLLOWING
    while True:
        progressed = False
        for key in jobs.due():
            if jobs.run(key, owner):
                ran += 1
                progressed = True
                if ran >= most:
                    return ran
        if not progressed:
            return ran


def run_until(
    jobs: Jobs, clock: Any, target: datetime, *, most: int = MOST_STOPS, ran: Callable[[], int] | None = None
) -> int:
    """Move a clock that can be moved to a moment, stopping wherever something is due; return how many pieces of work ran.

    It never goes back. ``ran`` does what is due at a stop, as ``run_due`` does. After ``most`` stops, or where what is due cannot
    run, the rest of the time passes at once.
    """
    happened = 0
    for _stop in range(most):
        due = jobs.next_due()
        if due is None or due > target:
            break
        if due > clock.now():
            clock.set(due)
        done = run_due(jobs) if ran is None else ran()
        happened += done
        if not done:
            break
    clock.set(max(target, clock.now()))
    return happened


class EmbeddedExecutor:
    """A thread that runs due work until it is stopped; ``upkeep`` (each safe to repeat) runs at once and then every ten
    minutes."""

    def __init__(self, jobs: Jobs, upkeep: Sequence[Callable[[], object]] = ()) -> None:
        self._jobs = jobs
        self._upkeep = upkeep
        self._upkeep_due = 0.0
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="executor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due work at once: called after a commit that created some."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the current job and end."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=30)

    def _loop(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            ran = 0
            try:
                ran = run_due(self._jobs, most=PORTION)
                if time.monotonic() >= self._upkeep_due:
                    self._upkeep_due = time.monotonic() + UPKEEP_SECONDS
                    for task in self._upkeep:
                        task()
            except ClockWrong:
                pass  # the guard has told; looking again in a moment
            except FlowError as error:
                log.error("executor: %s", error if isinstance(error, Busy) else error.code)
            except Exception as error:  # noqa: BLE001  # told, and the thread goes on
                log.error("executor: due work could not be run; trying again in a moment: %s", without_values(error))
            if ran < PORTION:  # else there may be more
                self._wake.wait(SWEEP_SECONDS)
