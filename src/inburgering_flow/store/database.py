"""Connections, transactions and the writer lock. A unit of work rolls back unless its block ends well."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from weakref import WeakMethod, WeakSet

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry

from inburgering_flow.errors import Busy, Collided, Conflict, FlowError, InvalidInput
from inburgering_flow.i18n import _

MOST_KEPT = 64  # connections that threads keep on SQLite; more threads take one for each transaction
REST = 5.0  # seconds after which a pooled connection may have been lost unnoticed
BEGIN_TO_READ, BEGIN_TO_WRITE = "BEGIN", "BEGIN IMMEDIATE"  # SQLite's
Watcher = Callable[[str, Any], None]


class Unit:
    """One transaction. ``after_commit`` work runs only once everything is durable."""

    def __init__(self, connection: Connection, driver: Any, watchers: Sequence[Watcher] = ()) -> None:
        self.connection = connection
        self.locked: set[int] = set()  # families that this transaction holds already
        self.is_sqlite = connection.dialect.name == "sqlite"  # which of the two databases this is
        self.watchers = watchers
        self.done: list[Callable[[], None]] = []  # what is run after the commit
        self._driver = driver
        self._cursor: Any = None

    def cursor(self) -> Any:
        """Return the driver's own cursor in this transaction, for prepared statements only."""
        if self._cursor is None:
            self._cursor = self._driver.cursor()
        return self._cursor

    def at_once(self) -> AbstractContextManager[Any]:
        """Send the prepared statements of a block to a server without waiting for each; trouble is raised at its end.

        Only for changes whose number of rows nobody asks for. SQLite is no server: there each statement is done at once.
        """
        return nullcontext() if self.is_sqlite else self.cursor().connection.pipeline()

    def look(self, sql: str, parameters: Any) -> None:
        """Show a statement to whoever watches, before it runs."""
        for watcher in self.watchers:
            watcher(sql, parameters)

    def after_commit(self, work: Callable[[], None]) -> None:
        """Run ``work`` when, and only when, the transaction has been committed."""
        self.done.append(work)


class Database:
    """A SQLite file or a PostgreSQL server.

    SQLite: WAL, foreign keys, ``synchronous=FULL`` unless told otherwise, write units begin IMMEDIATE under one
    process-wide lock. PostgreSQL: READ COMMITTED for writes, REPEATABLE READ for reads.
    """

    def __init__(self, url: str, *, synchronous: str = "FULL") -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise InvalidInput(
                f"A {parsed.get_backend_name()} database cannot be used.",
                remedy="Give sqlite:///file.db or postgresql+psycopg://user@host/name.",
            )
        if synchronous not in ("FULL", "NORMAL", "OFF", "EXTRA"):
            raise InvalidInput(f"'{synchronous}' is no synchronous mode.", remedy="Use FULL, NORMAL or OFF.")
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.synchronous = synchronous
        self._writer = threading.RLock()
        self._kept = _Kept()
        self._every_kept: WeakSet[Connection] = WeakSet()
        self._lending = threading.Lock()
        self._lent: set[Connection] = set()
        self._is_closed = False
        self._of_parent: list[object] = []
        self._watchers: list[Watcher] = []
        options: dict[str, Any] = {}
        if self.is_sqlite:
            if parsed.database in (None, "", ":memory:"):
                raise InvalidInput(
                    "A database in memory is lost with the process and cannot be shared by threads.",
                    remedy="Give a file: sqlite:///flow.db.",
                )
            options = {"connect_args": {"timeout": 30, "check_same_thread": False}, "pool_size": 16, "max_overflow": -1}
        else:
            options = {"pool_size": 8, "max_overflow": 24}
        self.engine: Engine = create_engine(parsed, **options)
        if self.is_sqlite:
            event.listen(self.engine, "connect", self._configure_sqlite)
            event.listen(self.engine, "begin", self._begin_sqlite)
        else:
            event.listen(self.engine, "checkout", self._look_after_rest)
            event.listen(self.engine, "checkin", self._rests)
        kept = WeakMethod(self._forked)
        os.register_at_fork(after_in_child=lambda: (kept() or (lambda: None))())

    def _forked(self) -> None:
        """Leave to the parent process what is its own: connections that two use at once are ruined for both."""
        self._of_parent += [self._kept, list(self._every_kept), self.engine.pool]  # none may be closed here
        self.engine.dispose(close=False)
        self._writer, self._lending = threading.RLock(), threading.Lock()
        self._kept, self._every_kept, self._lent = _Kept(), WeakSet(), set()

    @staticmethod
    def _rests(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["since"] = time.monotonic()

    def _look_after_rest(self, connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        """Ask the server whether it is still there before a connection is used that has rested for a while.

        Asking each time would cost every unit a round trip; a connection lost a moment ago is told as ``Busy``.
        """
        if time.monotonic() - record.info.get("since", time.monotonic()) < REST:
            return
        try:
            self.engine.dialect.do_ping(connection)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("the connection was lost while it rested") from error

    def _configure_sqlite(self, connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA synchronous={self.synchronous}")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    def _begin_sqlite(self, connection: Connection) -> None:
        """Begin where SQLAlchemy begins: a unit has begun already, and SQLAlchemy joins it."""
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:
            is_write = connection.get_execution_options().get("flow_write", False)
            driver.execute(BEGIN_TO_WRITE if is_write else BEGIN_TO_READ)

    def write(self) -> AbstractContextManager[Unit]:
        """Open a write unit: everything in the block becomes durable together, or nothing does."""
        return _Transaction(self, is_write=True)

    def read(self) -> AbstractContextManager[Unit]:
        """Open a read unit: a snapshot that sees no later change."""
        return _Transaction(self, is_write=False)

    def _meaning(self, error: BaseException) -> FlowError | None:
        """Return what trouble in a unit means to who asked; None where it has to be told as it is."""
        if isinstance(error, NoConnection):
            return Busy(_("The database is busy."), remedy=_("Try again in a moment; nothing was changed."))
        if isinstance(error, DBAPIError):
            return self._said(error.orig, error.connection_invalidated)
        if isinstance(error, self.engine.dialect.loaded_dbapi.Error):  # of a prepared statement
            return self._said(error, False)
        if isinstance(error, UnicodeEncodeError | OverflowError):  # of a value that the driver cannot write
            return self._unfit()
        return None

    def _connect(self) -> tuple[Connection, bool]:
        """Return a connection for one transaction, and whether the thread keeps it.

        On SQLite the thread keeps its own: fetching one from the pool costs as much as four statements. A second one at
        the same time (a read inside a write) comes from the pool, and what has seen trouble is not kept.
        """
        connection = self._lend()
        return (self.engine.connect(), False) if connection is None else (connection, True)

    def _give_back(self, connection: Connection, is_kept: bool, has_failed: bool) -> None:
        if not is_kept:
            connection.close()
            return
        self._kept.lent = False
        with self._lending:
            self._lent.discard(connection)
            is_closed = self._is_closed
        if is_closed or has_failed:
            connection.close()

    def _lend(self) -> Connection | None:
        """Return the connection that this thread keeps; None where it has to take one from the pool."""
        kept = self._kept
        if not self.is_sqlite or kept.lent:
            return None
        with self._lending:  # closing the database leaves alone what is lent
            if kept.connection is None or kept.connection.closed:
                if self._is_closed or len(self._every_kept) >= MOST_KEPT:
                    return None
                kept.connection = self.engine.connect()
                self._every_kept.add(kept.connection)
            self._lent.add(kept.connection)
        kept.lent = True
        return kept.connection

    def _said(self, error: Any, is_lost: bool) -> FlowError | None:
        """Return what a driver's error means to who asked, where it is no fault of ours."""
        dbapi: Any = self.engine.dialect.loaded_dbapi
        state, text = getattr(error, "sqlstate", None) or "", str(error)
        if isinstance(error, dbapi.IntegrityError) and (state == "23505" or text.startswith("UNIQUE")):
            return Conflict(
                _("Somebody else stored the same at the same moment."), remedy=_("Look at it again; nothing was changed.")
            )
        if is_lost or (isinstance(error, dbapi.OperationalError) and not self.is_sqlite and state[:2] in ("", "08", "57")):
            return Busy(
                _("The connection to the database was lost."), remedy=_("Try again; nothing was changed.")
            )
        if state in ("40001", "40P01"):
            return Collided(_("The database is busy."), remedy=_("Try again in a moment; nothing was changed."))
        if state == "55P03" or (self.is_sqlite and ("locked" in text or "busy" in text)):
            return Busy(_("The database is busy."), remedy=_("Try again in a moment; nothing was changed."))
        if isinstance(error, dbapi.DataError) or state in ("42883", "42846"):
            return self._unfit()
        return None

    @staticmethod
    def _unfit() -> FlowError:
        """Return what is said of a value that no column takes and that nobody has refused before."""
        return InvalidInput(
            _("A text or number cannot be stored or looked up: it is too long, too large, of another kind or no Unicode."),
            remedy=_("Give names of at most 255 characters without NUL, and keys as whole numbers."),
        )

    def is_its_own(self, error: BaseException) -> bool:
        """Tell whether trouble comes from the database or the way to it, and not from what was asked of it."""
        return isinstance(error, SQLAlchemyError | OSError | self.engine.dialect.loaded_dbapi.Error)

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """Show ``watcher`` each statement with its parameters before it runs, and each commit; what it raises stops them.

        For tests and measurements.
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


class _Transaction:
    """The block of a unit: a connection is fetched, a transaction begun, and at the end committed or rolled back.

    It asks the driver itself, since SQLAlchemy's begin and commit cost as much as the statements of a short unit. Once the
    block uses SQLAlchemy's connection, that takes part in the transaction and has to end it.
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
            if not (self._is_write or database.is_sqlite):
                self._connection = self._connection.execution_options(isolation_level="REPEATABLE READ")
            driver: Any = self._connection.connection.dbapi_connection
            self._driver = driver
            self._unit = Unit(self._connection, driver, database._watchers)
            if database.is_sqlite:  # the other driver begins at the first statement
                begin = BEGIN_TO_WRITE if self._is_write else BEGIN_TO_READ
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
        try:
            self._commit()
        except BaseException as failed:
            self._end(failed, is_committing=True)
            raise
        self._end(None)
        for work in self._unit.done:
            work()

    def _end(self, failed: BaseException | None, *, is_committing: bool = False) -> None:
        """Give back what the transaction had; after trouble take back its changes, and tell what the trouble means."""
        try:
            if failed is not None:
                self._roll_back()
        finally:
            self._database._give_back(self._connection, self._is_kept, has_failed=failed is not None)
            self._unlock()
        if failed is not None:
            self._tell(failed, is_committing)

    def _lock(self) -> None:
        if self._is_write and self._database.is_sqlite:
            self._database._writer.acquire()

    def _unlock(self) -> None:
        if self._is_write and self._database.is_sqlite:
            self._database._writer.release()

    def _commit(self) -> None:
        if self._connection.in_transaction():
            self._connection.commit()
        else:
            self._unit.look("COMMIT", ())
            self._driver.commit()

    def _roll_back(self) -> None:
        """Take everything back; a connection that cannot is given up, and the database takes it back without it."""
        try:
            if self._connection.in_transaction():
                self._connection.rollback()
            else:
                self._driver.rollback()
        except (SQLAlchemyError, self._database.engine.dialect.loaded_dbapi.Error):
            self._connection.invalidate()

    def _tell(self, error: BaseException, is_committing: bool = False) -> None:
        """Raise what an error means to who asked, where it means something else than it says."""
        meant = self._database._meaning(error)
        if is_committing and self._is_write and not self._database.is_sqlite and type(meant) is Busy:
            meant = Busy(  # the server may have stored it, and only its answer was lost
                _("The connection to the database was lost while it stored this."),
                remedy=_("Look first whether it was done, and only then try again."),
            )
        if meant is not None:
            raise meant from error


class _Kept(threading.local):
    """The connection that a thread keeps, and whether a transaction has it now."""

    connection: Connection | None = None
    lent = False

