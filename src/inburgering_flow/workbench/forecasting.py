"""Forecasts in the background: a process of their own computes them, with low priority, while the server goes on.

One at a time in each server. The row of the forecast says how far it has come; whoever stops it there ends the process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from inburgering_flow.errors import Busy, FlowError
from inburgering_flow.i18n import _, language, speaking
from inburgering_flow.services import Services
from inburgering_flow.services.resources import Resource
from inburgering_flow.workbench.forecasts import Assumptions, as_json, forecast
from inburgering_flow.workbench.histories import History

NICE = 10
BEAT = 5.0
"""Seconds between two looks at whether it is still wanted."""
LIMIT = 3600.0
"""Seconds that a forecast may take."""


@dataclass(frozen=True)
class Work:
    """What is computed: it is sent to another process."""

    past: History
    given: Assumptions
    models: tuple[Resource, ...]
    language: str


class Forecasting:
    """Computes forecasts for one server."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def require_free(self) -> None:
        """Raise Busy where this server computes one already."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise self._busy()

    def begin(self, key: int, past: History, given: Assumptions, models: Sequence[Resource]) -> None:
        """Compute the forecast ``key`` in the background. Where this server computes one already, which began since
        ``require_free`` was asked, the forecast says so.
        """
        work = Work(past, given, tuple(models), language())
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                busy = self._busy()
            else:
                busy = None
                self._thread = threading.Thread(target=self._run, args=(key, work), name="forecast", daemon=True)
                self._thread.start()
        if busy is not None:
            self.services.forecasts.end(key, {}, str(busy))

    @staticmethod
    def _busy() -> Busy:
        return Busy(_("Another forecast is being computed."), remedy=_("Wait until it is done, or stop it."))

    def wait(self, seconds: float) -> None:
        """Wait until nothing is computed any more, or so long: for tests."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, key: int, work: Work) -> None:
        context = get_context("spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=compute, args=(there, work), name="forecast", daemon=True)
        process.start()
        there.close()
        try:
            with suppress(FlowError):  # the row has gone, or the database: there is nobody to tell
                self._listen(key, here)
        finally:
            here.close()
            process.kill()
            process.join()

    def _listen(self, key: int, here: Connection) -> None:
        forecasts, played, waited = self.services.forecasts, 0, 0.0
        while True:
            if not here.poll(BEAT):
                waited += BEAT
                if waited > LIMIT or not forecasts.heard(key, played):
                    if waited > LIMIT:
                        forecasts.end(key, {}, _("It took longer than an hour."))
                    return
                continue
            try:
                said = here.recv()
            except EOFError:
                forecasts.end(key, {}, _("The process that computed it has ended."))
                return
            if isinstance(said, int):
                played = said
                if not forecasts.heard(key, played):
                    return
            else:
                outcome, problem = said
                forecasts.end(key, outcome, problem)
                return


def compute(there: Connection, work: Work) -> None:
    """Compute a forecast in this process and tell how far it is: numbers of futures, and at last (outcome, problem)."""
    with suppress(OSError):
        os.nice(NICE)
    found: dict[str, Any] = {}
    problem = ""
    with speaking(work.language):
        try:
            found = as_json(forecast(work.past, work.given, work.models, processes=1, told=there.send))
        except FlowError as error:
            problem = str(error)
    with suppress(BrokenPipeError):
        there.send((found, problem))
    there.close()
