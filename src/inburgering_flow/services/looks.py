"""Looks are logged in groups: whoever looks while another look is being stored is stored with the next group."""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow.errors import FlowError
from inburgering_flow.store.database import Database, Unit, busy


@dataclass(frozen=True)
class Look:
    """A line of the log about what somebody saw, or was refused; ``detail`` holds no personal data."""

    who: str
    action: str
    root_key: int | None = None
    subject_key: int | None = None
    detail: Mapping[str, Any] | None = None


@dataclass
class _Waiting:
    """The looks of one request, and what became of them."""

    looks: tuple[Look, ...]
    is_stored: bool = False
    is_tried: bool = False
    error: Exception | None = None


class Looks:
    """Stores looks, those of several requests in one transaction.

    A commit that survives a power cut costs more than the rest of a look, and there are three looks to each deed. The first of
    several threads stores for all that wait by then; each goes on when its own lines are stored for good.
    """

    def __init__(self, db: Database, write: Callable[[Unit, Look], None]) -> None:
        self._db = db
        self._write = write
        self._waiting: deque[_Waiting] = deque()
        self._storing = threading.Lock()

    def log(self, *looks: Look) -> None:
        """Store lines, before what they are about is shown; raises what storing them raises, and Busy after a bounded wait."""
        mine = _Waiting(looks)
        self._waiting.append(mine)
        with self._db.waiting_for(self._storing):
            if not mine.is_tried:
                group = [self._waiting.popleft() for _ in range(len(self._waiting))]
                self._store(group)
        if not mine.is_stored:
            raise mine.error or busy()

    def _store(self, group: list[_Waiting]) -> None:
        for one in group:
            one.is_tried = True
        try:
            with self._db.write() as unit:
                for one in group:
                    for look in one.looks:
                        self._write(unit, look)
        except FlowError as error:
            for one in group:
                one.error = copy.copy(error)
            return
        for one in group:
            one.is_stored = True
