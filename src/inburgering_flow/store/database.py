"""Connections, transactions and the writer lock. A unit of work rolls back unless its block ends without an exception."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from threading import Lock
from traceback import format_tb
from typing import Any, NamedTuple
from weakref import WeakMethod, WeakSet

from sqlalchemy import Connection, event, make_url, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnection

from inburgering_flow.errors import Busy, Collided, Conflict, FlowError, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import DEFAULT_TENANT
from inburgering_flow.store import dialects
from inburgering_flow.store.dialects import SYNCHRONOUS, Dialect, Trouble, dialect_of

Watcher = Callable[[str, Any], None]


class Appeared(NamedTuple):
    """Work that was stored: a job, a timer or anything else that becomes due."""

    key: int
    kind: str
    type: str
    due: datetime
    tenant: str = DEFAULT_TENANT


class Unit:
    """One transaction. ``after_commit`` work runs only once everything is durable."""

    def __init__(self, connection: Connection, driver: Any, dialect: Dialect, watchers: Sequence[Watcher] = ()) -> None:
        self.connection = connection
        self.dialect = dialect
        self.locked: set[int] = set()  # families that this transaction has locked already
        self.watchers = watchers
        self.done: list[Callable[[], object]] = []  # what runs after the commit
        self.kept: dict[type, Any] = {}  # what others keep for as long as the transaction lasts
        self.appeared: list[Appeared] = []  # work that this transaction stored
        self.last: list[Callable[[], object]] = []  # what runs just before it
        self._driver = driver
        self._cursor: Any = None

    @property
    def driver(self) -> Any:
        """The driver's own connection, for a library that has to work in this transaction."""
        return self._driver

    def cursor(self) -> Any:
        """Return the driver's own cursor in this transaction, for prepared statements only."""
        if self._cursor is None:
            self._cursor = self._driver.cursor()
        return self._cursor

    def at_once(self) -> AbstractContextManager[Any]:
        """Send the prepared statements of a block to a server without waiting for each; errors are raised at its end.
        Only for changes whose row count nobody needs. Where there is no server each statement runs immediately.
        """
        return self.dialect.at_once(self._driver)

    def server_time(self) -> datetime | None:
        """Return what a server's clock says; None where the database is a file and has none."""
        clock = self.dialect.clock
        return None if clock is None else self.connection.execute(select(clock)).scalar_one()

    def look(self, sql: str, parameters: Any) -> None:
        """Show a statement to whoever watches, before it runs."""
        for watcher in self.watchers:
            watcher(sql, parameters)

    def before_commit(self, work: Callable[[], None]) -> None:
        """Run ``work`` as the last thing in the transaction: what others wait for is then held for the shortest time."""
        self.last.append(work)

    def after_commit(self, work: Callable[[], object]) -> None:
        """Run ``work`` when, and only when, the transaction has been committed."""
        self.done.append(work)


class Database:
    """A file or a server that stores everything; its dialect knows how."""

    def __init__(self, url: str, *, synchronous: str = "FULL", lock_seconds: float = 5) -> None:
        self.dialect = dialect_of(url)
        if synchronous not in SYNCHRONOUS:
            raise InvalidInput(f"'{synchronous}' is not a synchronous mode.", remedy="Use FULL, NORMAL or OFF.")
        self._lock_seconds = lock_seconds
        self._writer = threading.RLock()
        self._kept = _Kept()
        self._every_kept: WeakSet[Connection] = WeakSet()
        self._lending = threading.Lock()
        self._lent: set[Connection] = set()
        self._is_closed = False
        self._of_parent: list[object] = []
        self._watchers: list[Watcher] = []
        self.dispatch: Callable[[Unit], None] | None = None  # tells others of work, in the transaction that stores it
        self.engine: Engine = self.dialect.engine(make_url(url), synchronous, lock_seconds)
        kept = WeakMethod(self._forked)
        os.register_at_fork(after_in_child=lambda: (kept() or (lambda: None))())

    def _forked(self) -> None:
        """Leave the parent's connections to the parent process: a connection that two use at once is ruined for both."""
        self._of_parent += [self._kept, list(self._every_kept), self.engine.pool]  # none may be closed here
        self.engine.dispose(close=False)
        self._writer, self._lending = threading.RLock(), threading.Lock()
        self._kept, self._every_kept, self._lent = _Kept(), WeakSet(), set()

    def write(self) -> AbstractContextManager[Unit]:
        """Open a write unit: everything in the block becomes durable together, or nothing does."""
        return _Transaction(self, is_write=True)

    def read(self) -> AbstractContextManager[Unit]:
        """Open a read unit: a snapshot that sees no later change."""
        return _Transaction(self, is_write=False)

    @contextmanager
    def waiting_for(self, lock: Lock) -> Iterator[None]:
        """Hold a lock for a block; raises Busy where it is not free in the time that a unit waits for the writer's."""
        if not lock.acquire(timeout=self._lock_seconds):
            raise busy()
        try:
            yield
        finally:
            lock.release()

    def _meaning(self, error: BaseException) -> FlowError | None:
        """Return what trouble in a unit means to the caller; None where it has to be raised as it is."""
        if isinstance(error, NoConnection):
            return busy()
        if isinstance(error, DBAPIError | self.engine.dialect.loaded_dbapi.Error):
            trouble = self._trouble(error)
            return None if trouble is None else _SENTENCES[trouble]()
        cause = error.orig if isinstance(error, StatementError) else error
        if isinstance(cause, UnicodeEncodeError | OverflowError):  # from a value that cannot be written
            return _unfit()
        return None

    def _connect(self) -> tuple[Connection, bool]:
        """Return a connection for one transaction, and whether the thread keeps it.

        Where threads keep their own, a second one at the same time (a read inside a write) comes from the pool, and one
        that has seen trouble is not kept.
        """
        connection = self._lend()
        return (self.engine.connect(), False) if connection is None else (connection, True)

    def _give_back(self, connection: Connection, is_kept: bool, has_failed: bool) -> None:
        if self._is_closed and not connection.closed and not connection.invalidated:
            connection.invalidate()  # the pool that it came from takes nothing back any more
        if not is_kept:
            connection.close()
            return
        self._kept.lent, self._kept.since = False, time.monotonic()
        with self._lending:
            self._lent.discard(connection)
            is_closed = self._is_closed
        if is_closed or has_failed:
            connection.close()

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Let this thread's transactions within a block use one connection, where each would take its own."""
        kept = self._kept
        if self.dialect.keeps_connections or kept.is_asked:
            yield
            return
        kept.is_asked = True
        try:
            yield
        finally:
            kept.is_asked = False
            self._drop_kept()

    def _drop_kept(self) -> None:
        """Give the connection that this thread keeps back to the pool."""
        with self._lending:
            connection, self._kept.connection = self._kept.connection, None
            if connection is not None:
                self._every_kept.discard(connection)
        if connection is not None and not connection.closed:
            connection.close()

    def _lend(self) -> Connection | None:
        """Return the connection that this thread keeps; None if it has to take one from the pool."""
        kept = self._kept
        if not (self.dialect.keeps_connections or kept.is_asked) or kept.lent:
            return None
        if kept.is_asked and time.monotonic() - kept.since > dialects.REST:
            self._drop_kept()  # the pool asks the server whether the connection is still good
        with self._lending:  # closing the database leaves alone what is in use
            if kept.connection is None or kept.connection.closed:
                if self._is_closed or len(self._every_kept) >= self.dialect.most_kept:
                    return None
                kept.connection = self.engine.connect()
                self._every_kept.add(kept.connection)
            self._lent.add(kept.connection)
        kept.lent = True
        return kept.connection

    def _trouble(self, error: BaseException) -> Trouble | None:
        """Return what a driver's error means, where it is no fault of ours."""
        dbapi = self.engine.dialect.loaded_dbapi
        if isinstance(error, DBAPIError):
            return self.dialect.trouble(error.orig, dbapi, is_lost=error.connection_invalidated)
        if isinstance(error, dbapi.Error):  # from a prepared statement
            return self.dialect.trouble(error, dbapi, is_lost=False)
        return None

    def is_its_own(self, error: BaseException) -> bool:
        """Tell whether an error comes from the database or the connection to it, and not from what was asked of it."""
        return isinstance(error, SQLAlchemyError | OSError | self.engine.dialect.loaded_dbapi.Error)

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """Show ``watcher`` each statement with its parameters before it runs, and each commit; an exception from it
        stops them. For tests and measurements.
        """

        def statement(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool) -> None:
            watcher(sql, parameters)

        def commit(_connection: Any) -> None:
            watcher("COMMIT", ())

        self._watchers.append(watcher)
        event.listen(self.engine, "before_cursor_execute", statement)
        event.listen(self.engine, "commit", commit)
        try:
            yield
        finally:
            self._watchers.remove(watcher)
            event.remove(self.engine, "before_cursor_execute", statement)
            event.remove(self.engine, "commit", commit)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say in a sentence what trouble of the database means, outside a unit."""
        try:
            yield
        except Exception as error:
            meant = self._meaning(error)
            if meant is None:
                raise
            raise meant from None

    def ping(self) -> None:
        """Raise unless the database answers."""
        with self.read() as unit:
            unit.connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give back every connection; one in use goes when its transaction ends."""
        with self._lending:
            self._is_closed = True
            for connection in [c for c in self._every_kept if c not in self._lent]:
                connection.close()
        self.engine.dispose()


def _taken() -> FlowError:
    return Conflict(
        _("Somebody else stored the same thing at the same moment."), remedy=_("Look at it again; nothing was changed.")
    )


def _lost() -> FlowError:
    return Busy(_("The connection to the database was lost."), remedy=_("Try again; nothing was changed."))


def _collided() -> FlowError:
    return Collided(_("The database is busy."), remedy=_("Try again in a moment; nothing was changed."))


def busy() -> FlowError:
    """Return the error for what had to wait too long."""
    return Busy(_("The database is busy."), remedy=_("Try again in a moment; nothing was changed."))


def _unfit() -> FlowError:
    """Return the error for a value that no column takes and that nothing refused earlier."""
    return InvalidInput(
        _("A text or number cannot be stored or looked up: it is too long, too large, of another type or not Unicode."),
        remedy=_("Give names of at most 255 characters without NUL, and keys as whole numbers."),
    )


def _full() -> FlowError:
    return Busy(
        _("The database cannot store anything: its disk is full, or it may not be written."),
        remedy=_("Make room, or check who owns the file and its folder; nothing was changed."),
    )


def _standby() -> FlowError:
    return Busy(
        _("The database server may only be read now, such as while another one takes its place."),
        remedy=_("Try again in a moment; nothing was changed."),
    )


def _damaged() -> FlowError:
    return FlowError(
        _("The database is damaged, or is no database of this program."),
        remedy=_("Stop the program, keep the file as it is, and restore the newest backup with its key."),
        code="DAMAGED",
    )


def without_values(error: BaseException) -> str:
    """Return where an error came from without what it says: drivers quote the values of a statement, and other errors
    the value that they met, and nobody may log those.
    """
    told: list[str] = []
    at: BaseException | None = error
    while at is not None and len(told) < 10:
        told.append(f"{type(at).__name__} {getattr(at, 'sqlstate', None) or ''}\n{''.join(format_tb(at.__traceback__))}")
        at = at.__cause__ or at.__context__
    return "\n".join(told)


_SENTENCES: Mapping[Trouble, Callable[[], FlowError]] = {
    Trouble.TAKEN: _taken,
    Trouble.LOST: _lost,
    Trouble.COLLIDED: _collided,
    Trouble.BUSY: busy,
    Trouble.UNFIT: _unfit,
    Trouble.FULL: _full,
    Trouble.DAMAGED: _damaged,
    Trouble.STANDBY: _standby,
}


class _Transaction:
    """The block of a unit: a connection is fetched, a transaction begun, and at the end committed or rolled back.

    It calls the driver directly, since SQLAlchemy's begin and commit cost as much as the statements of a short unit.
    Once the block uses SQLAlchemy's connection, that joins the transaction and has to end it.
    """

    __slots__ = ("_connection", "_database", "_driver", "_is_kept", "_is_write", "_unit")

    def __init__(self, database: Database, *, is_write: bool) -> None:
        self._database = database
        self._is_write = is_write

    def __enter__(self) -> Unit:
        database = self._database
        self._lock()
        try:
            self._connection, self._is_kept = database._connect()
        except BaseException as error:
            self._unlock()
            self._tell(error)
            raise
        try:
            dialect = database.dialect
            if dialect.read_isolation and (self._is_kept or not self._is_write):
                level = dialect.write_isolation if self._is_write else dialect.read_isolation
                self._connection = self._connection.execution_options(isolation_level=level)
            driver: Any = self._connection.connection.dbapi_connection
            self._driver = driver
            self._unit = Unit(self._connection, driver, dialect, database._watchers)
            begin = dialect.begin_to_write if self._is_write else dialect.begin_to_read
            if begin:
                self._unit.look(begin, ())
                driver.execute(begin)
        except BaseException as error:
            database._give_back(self._connection, self._is_kept, has_failed=True)
            self._unlock()
            self._tell(error)
            raise
        return self._unit

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            self._end(error)
            return
        is_committing = False
        try:
            for work in self._unit.last:
                work()
            if self._unit.appeared and self._database.dispatch is not None:
                self._database.dispatch(self._unit)
            is_committing = True
            self._commit()
        except BaseException as failed:
            self._end(failed, is_committing=is_committing)
            raise
        self._end(None)
        for work in self._unit.done:
            work()

    def _end(self, failed: BaseException | None, *, is_committing: bool = False) -> None:
        """Give back what the transaction had; after trouble roll back its changes, and raise what the trouble means."""
        try:
            if failed is not None:
                self._roll_back(failed)
        finally:
            self._database._give_back(self._connection, self._is_kept, has_failed=failed is not None)
            self._unlock()
        if failed is not None:
            self._tell(failed, is_committing)

    def _lock(self) -> None:
        if self._is_write and self._database.dialect.one_writer:
            database = self._database
            if not database._writer.acquire(timeout=database._lock_seconds):
                raise busy()

    def _unlock(self) -> None:
        if self._is_write and self._database.dialect.one_writer:
            self._database._writer.release()

    def _commit(self) -> None:
        if self._connection.in_transaction():
            self._connection.commit()
        else:
            self._unit.look("COMMIT", ())
            self._driver.commit()

    def _roll_back(self, failed: BaseException) -> None:
        """Roll everything back; a connection that cannot is given up, and the database rolls back by itself. So is one to a
        server that takes nothing any more: the next one goes to the server that does.
        """
        try:
            if self._connection.in_transaction():
                self._connection.rollback()
            else:
                self._driver.rollback()
            if self._database._trouble(failed) is Trouble.STANDBY:
                self._connection.invalidate()
        except (SQLAlchemyError, self._database.engine.dialect.loaded_dbapi.Error):
            self._connection.invalidate()

    def _tell(self, error: BaseException, is_committing: bool = False) -> None:
        """Raise what an error means to the caller, where that differs from what it says."""
        meant = self._database._meaning(error)
        is_unheard = is_committing and self._database.dialect.may_store_unheard and self._database._trouble(error) is Trouble.LOST
        if is_unheard and self._is_write:
            meant = Busy(
                _("The connection to the database was lost while it stored this."),
                remedy=_("Check first whether it was done, and only then try again."),
            )
        if meant is not None:
            raise meant from error


class _Kept(threading.local):
    """The connection that a thread keeps, and whether a transaction has it now.

    It keeps one for ever, or for a block that asked for it; ``since`` is when the last transaction gave it back.
    """

    connection: Connection | None = None
    lent = is_asked = False
    since = 0.0

