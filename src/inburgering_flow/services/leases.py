"""Leases of work in progress: extended for as long as the work lasts, so that nobody else begins it meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from inburgering_flow.store import jobs
from inburgering_flow.store.database import Database

log = logging.getLogger(__name__)


class Leases:
    """Extends what is held every third of a lease, in one thread that lives while there is anything to extend."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._held: set[tuple[int, str]] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        """Return how many leases are being extended."""
        return len(self._held)

    @contextmanager
    def held(self, key: int, owner: str) -> Iterator[None]:
        """Keep the lease that ``owner`` has on a job until the block ends."""
        with self._lock:
            self._held.add((key, owner))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._held.discard((key, owner))

    def stop(self) -> None:
        """Extend nothing any more: work in progress may be taken over when its lease has run out."""
        self._stop.set()

    def _keep(self) -> None:
        while not self._stop.wait(jobs.LEASE.total_seconds() / 3):
            with self._lock:
                held = set(self._held)
                if not held:
                    self._thread = None
                    return
            for key, owner in held:
                self._prolong(key, owner)

    def _prolong(self, key: int, owner: str) -> None:
        try:
            with self._db.write() as unit:
                jobs.renew(unit, key, owner)  # not ours any more: its completion will notice
        except Exception as error:  # noqa: BLE001  # the work goes on, and its lease has two more chances
            log.warning("the lease of job %s could not be extended: %s", key, type(error).__name__)
