"""64-bit keys that grow with time and carry the node that made them; no round trip to the database."""

from __future__ import annotations

import os
import random
import secrets
import threading
import weakref
from collections.abc import Callable

from inburgering_flow.clock import real_milliseconds

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
NODE_BITS = 10
SEQUENCE_BITS = 12
MAX_NODE = (1 << NODE_BITS) - 1
DRAWN = -1  # instead of a node's number: draw a random one


class Keys:
    """Makes keys: 41 bits of milliseconds, 10 bits of node, 12 bits of sequence.

    A call never returns a key at or below an earlier one of the same object, even when the machine's clock is set back;
    more than 4,096 keys in a millisecond borrow from the next.

    Without a node number a random one is drawn, again in a forked process, and each millisecond's sequence begins at a
    random number: two that make keys for one database must not make the same key. A key is not secret.
    """

    def __init__(self, node: int = DRAWN, milliseconds: Callable[[], int] = real_milliseconds) -> None:
        if not DRAWN <= node <= MAX_NODE:
            raise ValueError(f"A node number lies between 0 and {MAX_NODE}, not at {node}.")
        self._draws = node == DRAWN
        self._lock = threading.Lock()
        self._node = node << SEQUENCE_BITS
        if self._draws:
            self._draw()
            kept = weakref.WeakMethod(self._draw)
            os.register_at_fork(after_in_child=lambda: (kept() or (lambda: None))())
        self._milliseconds = milliseconds
        self.before: Callable[[], None] = lambda: None  # called before each key: to see that the number is still this node's
        self._last = 0
        self._sequence = 0

    def _draw(self) -> None:
        self._node = secrets.randbelow(MAX_NODE + 1) << SEQUENCE_BITS
        self._lock = threading.Lock()  # another thread may have held the old one when the process forked

    def _first(self) -> int:
        return random.getrandbits(SEQUENCE_BITS - 1) if self._draws else 0

    def use(self, node: int) -> None:
        """Make keys with this node's number from now on, which nobody else has as long as this node leases it."""
        if not 0 <= node <= MAX_NODE:
            raise ValueError(f"A node number lies between 0 and {MAX_NODE}, not at {node}.")
        with self._lock:
            self._draws, self._node = False, node << SEQUENCE_BITS

    def go_beyond(self, key: int) -> None:
        """Give no key at or below ``key``: one made before the machine's clock was set back, or by a node that is ahead."""
        with self._lock:
            moment = key >> (NODE_BITS + SEQUENCE_BITS)
            if moment >= self._last:
                self._last, self._sequence = moment + 1, self._first() - 1

    def next(self) -> int:
        """Return a key greater than each one before it."""
        self.before()
        with self._lock:
            moment = self._milliseconds() - EPOCH_MS
            if moment > self._last:
                self._last, self._sequence = moment, self._first()
            else:
                self._sequence += 1
                if self._sequence >> SEQUENCE_BITS:
                    self._last, self._sequence = self._last + 1, 0
            return self._last << (NODE_BITS + SEQUENCE_BITS) | self._node | self._sequence
