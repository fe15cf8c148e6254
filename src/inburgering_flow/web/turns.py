"""Who works on which request: one thread at a time while requests are short, as many as there are when one takes long.

For a database that is a file of this machine, which lets go of the interpreter with each row: Python computes in one thread at a
time whatever their number, and eight threads at work then hand it to each other hundreds of times for one completed task. Threads
that wait for a server's answers work side by side.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from waitress.task import ThreadedTaskDispatcher

PATIENCE = 0.05  # seconds that the others leave to who is at work; ten times what an ordinary page takes


class Turns(ThreadedTaskDispatcher):
    """Threads of which one does what comes in, request after request. When a request takes longer than ``PATIENCE`` another
    takes its place and goes on with what waits; the slow one is worked on beside it, and its thread joins the others afterwards.
    """

    queue: deque[Any]

    def __init__(self) -> None:
        super().__init__()
        self._turn: int | None = None  # whose turn it is
        self._since = 0.0  # since when it works on the request at hand
        self._is_watched = False  # whether a thread waits no longer than that request may take

    def handler_thread(self, thread_no: int) -> None:
        """Work until there is to be one thread less."""
        while (task := self._next(thread_no)) is not None:
            try:
                task.service()
            except BaseException:  # as Waitress does: a thread outlives whatever a request raises, also what would end a program
                self.logger.exception("Exception when servicing %r", task)

    def add_task(self, task: Any) -> None:
        """Have a request done."""
        with self.lock:
            self.queue.append(task)
            if self._turn is None or not self._is_watched:
                self.queue_cv.notify()

    def _next(self, me: int) -> Any:
        """Return what this thread is to do, as soon as there is something; None when it is to end."""
        with self.lock:
            while not self.stop_count:
                left = self._since + PATIENCE - time.monotonic()
                if self.queue and (self._turn in (None, me) or left <= 0):
                    return self._taken(me)
                if self._turn == me:
                    self._turn = None
                self.active_count -= 1
                if self.queue and not self._is_watched:
                    self._is_watched = True
                    self.queue_cv.wait(left)
                    self._is_watched = False
                else:
                    self.queue_cv.wait()
                self.active_count += 1
            self.stop_count -= 1
            self.active_count -= 1
            self.threads.discard(me)
            self.thread_exit_cv.notify()
            return None

    def _taken(self, me: int) -> Any:
        self._turn, self._since = me, time.monotonic()
        task = self.queue.popleft()
        if self.queue and not self._is_watched:
            self.queue_cv.notify()  # for somebody who looks whether this takes long
        return task
