"""Due work over Procrastinate: messages that carry the keys of jobs, sent in the transaction that stores the jobs.

Nothing but keys travels, and nothing that is not due yet. The job table is the truth (``services/jobs.py``): a message that
comes twice does nothing the second time, and the sweep sends what no message carries.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Message
from procrastinate.schema import SchemaManager

from inburgering_flow.model.runtime import DEFAULT_TENANT
from inburgering_flow.services.context import Context
from inburgering_flow.store import jobs, queue
from inburgering_flow.store.database import Appeared, Unit

TASK = "due"
ENGINE, BATCH = "engine", "batch"
MOST_KEYS = 50  # in one message
MOST_WAITING = 40  # messages in a queue; what is due beyond them waits in the job table, and the queue stays short
SENT_AT_ONCE = 20.0  # messages a second that a node sends in the transactions of its steps; the sweep sends the rest
SHARED_BY = 8  # messages over which few keys are spread, so that several threads take them
LONGEST_NAME = 40  # bytes: names in a server have 63, and Procrastinate's channels put 22 before ours
SILENT_SECONDS = 30  # after which a worker of the queue that said nothing is taken for dead


def queue_of(kind: str, job_type: str, tenant: str = DEFAULT_TENANT) -> str:
    """Return the name of the queue for work of a kind and type of a tenant: the engine's own work is never behind a handler's,
    nor that of one tenant behind another's.
    """
    name = BATCH if kind == "BATCH" else ENGINE if kind != "JOB" else f"job:{job_type}"
    whole = job_type
    if tenant != DEFAULT_TENANT:
        name = whole = f"{quote(tenant, safe='')}/{name}"
    if len(name.encode()) <= LONGEST_NAME and name.isascii():
        return name
    short = name.encode("ascii", "replace").decode()[: LONGEST_NAME - 13]
    return f"{short}~{hashlib.sha256(whole.encode()).hexdigest()[:12]}"


class Carried:
    """What a thread is working on: the message, and the keys that have come up meanwhile and are done with it."""

    def __init__(self, message: int, takes: Callable[[Appeared], bool], most: int) -> None:
        self.message = message
        self._takes = takes
        self._left = most
        self._more: list[Appeared] = []
        self._is_open = True
        self._lock = threading.Lock()

    def accepts(self, one: Appeared) -> bool:
        """Tell whether what has come up can be done here and now, by this thread."""
        with self._lock:
            if not self._is_open or self._left <= 0 or not self._takes(one):
                return False
            self._left -= 1
            return True

    def add(self, found: Sequence[Appeared]) -> None:
        """Add what has come up, once it is stored."""
        with self._lock:
            self._more += found

    def pop(self) -> list[Appeared]:
        """Return what has come up since the last time."""
        with self._lock:
            found, self._more = self._more, []
            return found

    def close(self) -> None:
        """Accept nothing more."""
        with self._lock:
            self._is_open = False


class _Here(threading.local):
    carried: Carried | None = None


class Queue:
    """Sends messages within transactions, and sends again what got lost of ``tenants``."""

    def __init__(
        self, context: Context, tenants: Sequence[str] = (DEFAULT_TENANT,), seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.context = context
        self.tenants = tuple(tenants)
        self._app = App(connector=SyncPsycopgConnector())  # never opened: it works on a transaction's own connection
        self._here = _Here()
        self._seconds = seconds
        self._lock = threading.Lock()
        self._allowed, self._since = SENT_AT_ONCE, seconds()

    # -- tables ----------------------------------------------------------------------------------------------------

    def prepare(self, *, is_alone: Callable[[Unit], bool] = lambda _unit: True) -> None:
        """Make or change Procrastinate's own tables. What takes something away that an older version still uses waits until
        this version is the only one (``is_alone``).
        """
        folder = Path(SchemaManager.get_migrations_path())
        scripts = {path.name: path for path in sorted(folder.glob("*.sql"))}
        with self.context.db.write() as unit:
            queue.hold_preparing(unit)
            if not queue.has_queue(unit):
                queue.apply(unit, SchemaManager.get_schema(), scripts)
                return
            done = queue.applied(unit)
            for name, path in scripts.items():
                if name not in done and ("_post_" not in name or is_alone(unit)):
                    queue.apply(unit, path.read_text(encoding="utf-8"), [name])

    # -- sending ---------------------------------------------------------------------------------------------------

    def dispatch(self, unit: Unit) -> None:
        """Send what a transaction stored and is due, as the last thing before it commits."""
        now, here = self.context.clock.now(), self._here.carried
        carried: list[Appeared] = []
        others: list[Appeared] = []
        for one in unit.appeared:
            if one.due > now or (one.kind == "JOB" and one.type not in self.context.handlers):
                continue
            (carried if here is not None and here.accepts(one) else others).append(one)
        if here is not None and carried:
            queue.sent(unit, [(one.key, here.message) for one in carried])
            unit.after_commit(lambda: here.add(carried))
        if others and self._may_send():
            self.send(unit, others)

    def _may_send(self) -> bool:
        """Tell whether this node sends a message now: under load many keys travel in one, which the sweep sees to."""
        with self._lock:
            now = self._seconds()
            self._allowed = min(SENT_AT_ONCE, self._allowed + (now - self._since) * SENT_AT_ONCE)
            self._since = now
            if self._allowed < 1:
                return False
            self._allowed -= 1
            return True

    def send(self, unit: Unit, due: Sequence[Appeared], most: int = MOST_KEYS) -> None:
        """Send keys in messages of at most ``most``."""
        by_queue: dict[str, list[int]] = {}
        for one in due:
            by_queue.setdefault(queue_of(one.kind, one.type, one.tenant), []).append(one.key)
        portions = [(name, portion) for name, keys in by_queue.items() for portion in _portions(keys, most)]
        messages = [
            Message(id=None, queue=name, task_name=TASK, lock=None, queueing_lock=None, task_kwargs={"keys": list(portion)})
            for name, portion in portions
        ]
        try:
            stored = self._app.job_manager.batch_defer_jobs(messages, connection=unit.driver)
        except ConnectorException as error:
            raise error.__cause__ or error from None  # the driver's own error, whose meaning the database knows
        pairs = zip(stored, portions, strict=True)
        queue.sent(unit, [(key, int(message.id or 0)) for message, (_name, portion) in pairs for key in portion])

    # -- receiving -------------------------------------------------------------------------------------------------

    @contextmanager
    def carrying(self, carried: Carried) -> Iterator[None]:
        """Let what this thread's transactions bring up be done with the message that it is working on."""
        self._here.carried = carried
        try:
            yield
        finally:
            self._here.carried = None

    def give_back(self, due: Sequence[Appeared], owner: str) -> None:
        """Give up the leases of ``owner`` on jobs that were not begun, and send them to whoever is free."""
        with self.context.db.write() as unit:
            jobs.give_back(unit, [one.key for one in due], owner)
            self.send(unit, due, _share(len(due)))

    def done(self, message: int) -> None:
        """Forget what a message carries."""
        with self.context.db.write() as unit:
            queue.dealt_with(unit, message)

    # -- the sweep -------------------------------------------------------------------------------------------------

    def sweep(self, *, thorough: bool = False) -> int | None:
        """Send what is due, free and carried by no message; return how many keys, None where another node does this now.
        ``thorough`` also clears away what dead workers left.
        """
        now, types = self.context.clock.now(), tuple(self.context.handlers)
        with self.context.db.write() as unit:
            if not queue.has_sweep(unit):
                return None
            if thorough:
                queue.clean(unit, SILENT_SECONDS)
            depths = queue.depths(unit)
            room = {name: MOST_WAITING - depth for name, depth in depths.items()}

            def with_room(kind: str, job_type: str) -> list[str]:  # whose queue is full leaves the look to the others
                return [one for one in self.tenants if room.get(queue_of(kind, job_type, one), MOST_WAITING) > 0]

            by_queue: dict[str, list[Appeared]] = {}
            for one in queue.undispatched(unit, now, types, MOST_KEYS * MOST_WAITING, with_room):
                by_queue.setdefault(queue_of(one.kind, one.type, one.tenant), []).append(one)
            found = 0
            for name, due in by_queue.items():
                chosen = due[: room.get(name, MOST_WAITING) * MOST_KEYS]
                self.send(unit, chosen, _share(len(chosen)))
                found += len(chosen)
            return found


def _share(keys: int) -> int:
    """Return how many keys a message gets, so that several threads share what is due."""
    return min(MOST_KEYS, max(1, keys // SHARED_BY))


def _portions(keys: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), most):
        yield keys[start : start + most]


def libpq(engine: Any) -> dict[str, Any]:
    """Return what the driver connects with, for a library that makes connections of its own."""
    _positional, given = engine.dialect.create_connect_args(engine.url)
    return dict(given)
