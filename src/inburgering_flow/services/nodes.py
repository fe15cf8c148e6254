"""This process as a node: its number, which is in the keys that it makes, is leased in the database and given back."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import socket
import threading
import uuid
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from inburgering_flow.clock import ServerClock, running_seconds
from inburgering_flow.errors import Busy, FlowError, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.keys import MAX_NODE
from inburgering_flow.services.context import Context
from inburgering_flow.store import keys as stored_keys
from inburgering_flow.store import migrations, nodes
from inburgering_flow.store.database import Unit
from inburgering_flow.store.nodes import NodeRow

log = logging.getLogger(__name__)
RENEWED = nodes.LEASE.total_seconds() / 3
KEPT = nodes.LEASE.total_seconds() - 5  # after which a lease is taken for lost, by this machine's count of seconds


def own_name() -> str:
    """Return the name of this process: its machine and number."""
    return f"{socket.gethostname()[:200]}:{os.getpid()}"


def is_dead(name: str) -> bool:
    """Tell whether a process of this machine is known not to run any more, by its name."""
    machine, _colon, number = name.rpartition(":")
    if machine != socket.gethostname()[:200] or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class Node:
    """The lease on a number. It is renewed by whoever makes a key when a third of it has passed, and by ``keep`` in a thread.

    A process that was stopped longer than its lease lasts makes no key with its old number: it leases another one first.
    """

    def __init__(
        self, context: Context, *, role: str = "command", wanted: int | None = None,
        seconds: Callable[[], float] = running_seconds,
    ) -> None:  # fmt: skip
        self.context = context
        self.owner = uuid.uuid4().hex
        self.role = role
        self._wanted = wanted
        self._seconds = seconds
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._told: dict[str, Any] = {}
        self._renewed = 0.0
        self.number = -1
        self._lease()
        context.keys.before = self.check
        kept = weakref.WeakMethod(self._forked)
        os.register_at_fork(after_in_child=lambda: (kept() or (lambda: None))())

    def _forked(self) -> None:
        """Leave the number to the parent process: the child leases another one before it makes its first key."""
        self.owner, self._wanted, self._renewed = uuid.uuid4().hex, None, float("-inf")
        self._lock, self._stop, self._thread = threading.RLock(), threading.Event(), None

    def _lease(self) -> None:
        began = self._seconds()
        with self.context.db.write() as unit:
            self._look_at_clock(unit)
            nodes.hold_joining(unit)
            self._look_at_schema(unit)
            number = nodes.lease(
                unit, self.owner, wanted=self._wanted, most=MAX_NODE, name=own_name(),
                is_dead=is_dead, role=self.role, version=importlib.metadata.version("inburgering-flow"),
                schema_version=migrations.head(),
            )  # fmt: skip
            newest = stored_keys.newest(unit)
        if number is None and self._wanted is not None:
            raise InvalidInput(
                _("Node number {number} is in use by another process on this database.").format(number=self._wanted),
                remedy=_("Stop that process, or leave out the setting NODE: then a free number is leased."),
            )
        if number is None:
            raise Busy(
                _("All {count} node numbers are in use.").format(count=MAX_NODE + 1),
                remedy=_("Stop processes that are not needed, and try again in a minute."),
            )
        self.number, self._renewed = number, began
        self.context.keys.use(number)
        self.context.keys.go_beyond(newest)

    def _look_at_schema(self, unit: Unit) -> None:
        """Raise Busy where the database has been changed in a way that this program cannot work with: what it has begun is
        another node's to do again.
        """
        try:
            migrations.check_fit(unit.connection)
        except FlowError as error:
            self.context.is_outdated = True
            raise Busy(error.message, remedy=error.remedy, code=error.code) from None

    def _look_at_clock(self, unit: Unit) -> None:
        """Let the clock of processes go by the server's."""
        clock = self.context.clock
        if isinstance(clock, ServerClock):
            began = running_seconds()
            clock.tell(nodes.now(unit), began)

    def check(self) -> None:
        """Renew the lease if that is needed, before a key is made with its number. Raises Busy where that cannot be done."""
        if self._seconds() - self._renewed < RENEWED:
            return
        with self._lock:
            if self._seconds() - self._renewed >= RENEWED:
                self.renew()

    def renew(self) -> None:
        """Extend the lease; where it was lost, lease another number. Raises Busy where the database cannot be reached."""
        with self._lock:
            began, changed = self._seconds(), dict(self._told)
            is_ours = began - self._renewed < KEPT
            with self.context.db.write() as unit:
                self._look_at_clock(unit)
                is_ours = nodes.renew(unit, self.number, self.owner, changed) and is_ours
                if not is_ours:
                    nodes.give_back(unit, self.number, self.owner)
            if is_ours:
                self._renewed = began
            else:
                log.warning("the lease on node number %s was lost", self.number)
                self._wanted = None  # somebody else may have it by now, and any other will do
                self._lease()

    def tell(self, **changed: Any) -> None:
        """Store what others may know of this node: ``role``, ``is_draining``, ``facts``."""
        with self._lock:
            self._told.update(changed)
            self.role = str(self._told.get("role", self.role))
            self.renew()

    def keep(self, facts: Callable[[], Mapping[str, Any]] = dict) -> None:
        """Extend the lease in a thread from now on, with ``facts`` as they are each time."""

        def renew() -> None:
            while not self._stop.wait(RENEWED / 2):
                try:
                    self.tell(facts=dict(facts()))
                except Exception as error:  # noqa: BLE001  # tried again; no key is made with a number that was lost
                    log.warning("the lease on node number %s could not be extended: %s", self.number, type(error).__name__)

        if self._thread is None:
            self._thread = threading.Thread(target=renew, name="node", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Give the number back."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        with self._lock:
            try:
                with self.context.db.write() as unit:
                    nodes.give_back(unit, self.number, self.owner)
            except Exception as error:  # noqa: BLE001  # it runs out by itself
                log.warning("node number %s could not be given back: %s", self.number, type(error).__name__)

    def is_of_newest(self, unit: Unit) -> bool:
        """Tell whether every node that works on this database now has this program's version."""
        version = importlib.metadata.version("inburgering-flow")
        return all(row.version == version for row in nodes.every(unit))

    def every(self) -> list[NodeRow]:
        """Return the nodes that work on this database now."""
        with self.context.db.read() as unit:
            return nodes.every(unit)

