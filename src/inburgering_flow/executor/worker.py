"""Takes due work from the queue, on any machine: Procrastinate brings the keys, ``services/jobs.py`` does the work.

An event loop in a thread of its own fetches messages; the work itself runs in threads. The engine's own work (timers, signals)
has threads that no handler can take. A message whose job lasts long gives the others that it carries back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from procrastinate import App, JobContext, PsycopgConnector

from inburgering_flow.errors import Busy, FlowError
from inburgering_flow.executor.queue import ENGINE, TASK, Carried, Queue, libpq, queue_of
from inburgering_flow.model.runtime import JobRow
from inburgering_flow.services.clock_guard import ClockWrong
from inburgering_flow.services.jobs import Jobs
from inburgering_flow.store.database import Appeared, without_values

log = logging.getLogger(__name__)
SWEEP_SECONDS, BUSY_SECONDS = 1.0, 0.1  # between two looks for what no message carries, and after one that found something
THOROUGH_SECONDS = 5.0
UPKEEP_SECONDS = 600.0
PATIENCE = 0.5  # seconds that a job may last before what waits behind it is given back
MOST_FOLLOWING = 200  # pieces of work that may follow within one message; more are sent to others
ENGINE_THREADS = 2
AGAIN_SECONDS = 2.0  # before the next try, when the database cannot be reached
HEARTBEAT_SECONDS = 10


@dataclass
class _Doing:
    """A message that a thread is working on."""

    carried: Carried
    owner: str
    waiting: deque[JobRow]
    begun: float = 0.0


class QueueExecutor:
    """Runs due work of some types until it is stopped.

    ``types`` are those of jobs that are done here, besides the engine's own work; all that have a handler where None is given.
    ``concurrency`` is how many of them are done at once.
    """

    def __init__(
        self, jobs: Jobs, queue: Queue, upkeep: Sequence[Callable[[], object]] = (), *, types: Sequence[str] | None = None,
        concurrency: int = 4, drain_seconds: float = 30,
    ) -> None:  # fmt: skip
        known = tuple(jobs.context.handlers)
        self.types = known if types is None else tuple(types)
        self.concurrency = concurrency
        self._jobs, self._queue, self._upkeep = jobs, queue, upkeep
        self._drain_seconds = drain_seconds
        self._lanes: dict[str, tuple[list[str], int]] = {ENGINE: (self._queues([("TIMER", "")]), ENGINE_THREADS)}
        if self.types:
            of_types = [("JOB", name) for name in self.types]
            self._lanes["jobs"] = (self._queues([("BATCH", ""), *of_types]), concurrency)
        self._threads = {name: ThreadPoolExecutor(lane[1], f"{name}-work") for name, lane in self._lanes.items()}
        self._own = ThreadPoolExecutor(3, thread_name_prefix="queue")
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._fetching: set[asyncio.Future[None]] = set()
        self._doing: dict[int, _Doing] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="executor", daemon=True)

    def _queues(self, work: Sequence[tuple[str, str]]) -> list[str]:
        """Return the queues for work of some (kind, type), of every tenant whose work is done here."""
        return [queue_of(kind, name, tenant) for tenant in self._queue.tenants for kind, name in work]

    # -- from other threads ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Do nothing: the queue itself wakes whoever is free."""

    def stop(self) -> None:
        """Take nothing more, finish what has begun within the time to drain, give the rest back, and end."""
        self._stopping.set()
        if self._loop is not None and self._stopped is not None:
            with contextlib.suppress(RuntimeError):  # it ended by itself a moment ago
                self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(timeout=self._drain_seconds + 10)
        for pool in self._threads.values():
            pool.shutdown(wait=False, cancel_futures=True)
        self._own.shutdown(cancel_futures=True)  # a sweep that has begun ends before the database is closed

    def doing(self) -> int:
        """Return how many messages are being worked on."""
        return len(self._doing)

    # -- the loop --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        if self._stopping.is_set():
            return
        sweeping = asyncio.create_task(self._sweep())
        lanes = [asyncio.create_task(self._lane(name)) for name in self._lanes]
        await self._stopped.wait()
        for task in lanes:
            task.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)

    async def _lane(self, name: str) -> None:
        """Work on the messages of a lane; begin again for as long as the database cannot be reached."""
        queues, threads = self._lanes[name]
        given = libpq(self._jobs.context.db.engine)
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            if await loop.run_in_executor(self._own, self._may_not_work):  # what it took it would not do, nor would others
                await asyncio.sleep(SWEEP_SECONDS)
                continue
            try:
                app = App(connector=PsycopgConnector(conninfo="", kwargs=given, min_size=1, max_size=max(2, threads)))

                async def due(context: JobContext, keys: list[int]) -> None:
                    await self._work(name, int(context.job.id or 0), keys)

                app.task(name=TASK, pass_context=True)(due)
                async with app.open_async():
                    fetching = asyncio.ensure_future(app.run_worker_async(
                        queues=queues, concurrency=threads, name=name, delete_jobs="always", install_signal_handlers=False,
                        shutdown_graceful_timeout=self._drain_seconds, update_heartbeat_interval=HEARTBEAT_SECONDS,
                        fetch_job_polling_interval=SWEEP_SECONDS,
                    ))  # fmt: skip
                    self._fetching.add(fetching)
                    try:
                        await fetching
                    finally:
                        self._fetching.discard(fetching)
            except asyncio.CancelledError:
                if self._stopped is not None and self._stopped.is_set():
                    raise
                continue  # it may not work any more, or not now
            except Exception as error:  # noqa: BLE001  # told, and tried again
                log.error("executor: the queue cannot be reached; trying again: %s", type(error).__name__)
            if not self._stopping.is_set():
                await asyncio.sleep(AGAIN_SECONDS)

    async def _work(self, lane: str, message: int, keys: list[int]) -> None:
        def takes(one: Appeared) -> bool:
            if one.tenant not in self._queue.tenants:
                return False
            if lane == ENGINE:
                return one.kind not in ("JOB", "BATCH")
            return one.kind == "BATCH" or (one.kind == "JOB" and one.type in self.types)

        doing = _Doing(Carried(message, takes, MOST_FOLLOWING), uuid.uuid4().hex, deque())
        loop = asyncio.get_running_loop()
        self._doing[message] = doing
        try:
            work = loop.run_in_executor(self._threads[lane], self._do, doing, keys)
            while not work.done():
                await asyncio.wait([work], timeout=PATIENCE)
                if not work.done() and doing.begun and time.monotonic() - doing.begun > PATIENCE:
                    await loop.run_in_executor(self._own, self._pass_on, doing)
            await work
        finally:
            del self._doing[message]

    # -- in a thread of a lane -------------------------------------------------------------------------------------

    def _do(self, doing: _Doing, keys: list[int]) -> None:
        """Do what a message carries, and what comes up meanwhile; whatever is left undone is found by the sweep."""
        try:
            with self._queue.carrying(doing.carried), self._jobs.context.db.keeping():
                while keys and not self._stopping.is_set():
                    taken = self._jobs.take(keys, doing.owner)
                    with self._lock:
                        doing.waiting.extend(taken)
                    while (job := self._next(doing)) is not None:
                        self._one(doing, job)
                    keys = [one.key for one in doing.carried.pop()]
                self._pass_on(doing)
                self._queue.done(doing.carried.message)
        except ClockWrong:
            self._leave(doing)
        except Exception as error:  # noqa: BLE001  # told; the leases run out, and the sweep sends what is left again
            self._told(error)

    def _leave(self, doing: _Doing) -> None:
        """Leave what a message carries to others: the next sweep sends it again."""
        self._pass_on(doing)
        try:
            self._queue.done(doing.carried.message)
        except Exception as error:  # noqa: BLE001  # a thorough sweep finds it
            self._told(error)

    def _may_not_work(self) -> bool:
        try:
            return self._jobs.context.is_outdated or bool(self._jobs.guard.trouble())
        except Exception as error:  # noqa: BLE001  # the database is away: that shows when something is fetched
            self._told(error)
            return False

    def _next(self, doing: _Doing) -> JobRow | None:
        with self._lock:
            if self._stopping.is_set() or not doing.waiting:
                doing.begun = 0.0
                return None
            doing.begun = time.monotonic()
            return doing.waiting.popleft()

    def _one(self, doing: _Doing, job: JobRow) -> None:
        try:
            self._jobs.do(job, doing.owner)
        except Exception as error:  # noqa: BLE001  # one job's trouble is not that of the others
            self._told(error)

    def _told(self, error: Exception) -> None:
        if isinstance(error, FlowError):
            log.error("executor: %s", error if isinstance(error, Busy) else error.code)
        else:
            log.error("executor: due work could not be run; trying again in a moment: %s", without_values(error))

    def _pass_on(self, doing: _Doing) -> None:
        """Give back what the message carries and was not begun, and send it to others."""
        doing.carried.close()
        with self._lock:
            waiting, doing.waiting = list(doing.waiting), deque()
        left = [Appeared(job.key, job.kind, job.type, job.due, job.tenant_id) for job in waiting] + doing.carried.pop()
        if not left:
            return
        try:
            self._queue.give_back(left, doing.owner)
        except Exception as error:  # noqa: BLE001  # the leases run out
            self._told(error)

    # -- the sweep -------------------------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        thorough_due = upkeep_due = 0.0
        while True:
            now = time.monotonic()
            found = await loop.run_in_executor(self._own, self._swept, now >= thorough_due)
            is_wrong = await loop.run_in_executor(self._own, self._may_not_work)
            for fetching in list(self._fetching) if is_wrong else ():
                fetching.cancel()
            if now >= thorough_due:
                thorough_due = now + THOROUGH_SECONDS
            if now >= upkeep_due:
                upkeep_due = now + UPKEEP_SECONDS
                await loop.run_in_executor(self._own, self._keep_up)
            await asyncio.sleep(BUSY_SECONDS if found else SWEEP_SECONDS)

    def _swept(self, thorough: bool) -> int:
        try:
            self._jobs.guard.check()
            return self._queue.sweep(thorough=thorough) or 0
        except ClockWrong:
            return 0
        except Exception as error:  # noqa: BLE001  # told, and tried again
            self._told(error)
            return 0

    def _keep_up(self) -> None:
        for task in self._upkeep:
            if self._stopping.is_set():
                return
            try:
                self._jobs.guard.check()
                task()
            except ClockWrong:
                return  # the guard has told
            except Exception as error:  # noqa: BLE001  # told; the others are done
                self._told(error)

