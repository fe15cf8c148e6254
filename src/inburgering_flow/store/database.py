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
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry

from inburgering_flow.errors import Busy, Collided, Conflict, FlowError, InvalidInput
from inburgering_flow.i18n import _

MOST_KEPT = 64  # connections that threads keep on SQLite; more threads take one for each transaction
REST = 5.0  # seconds after which a pooled connection may have been lost unnoticed
Watcher = Callable[[str, Any], None]


class Unit:
    """One transaction. ``after_commit`` work runs only once everything is durable."""

    def __init__(self, connection: Connection, watchers: Sequence[Watcher] = ()) -> None:
        self.connection = connection
        self.locked: set[int] = set()  # families that this transaction holds already
        self.is_sqlite = connection.dialect.name == "sqlite"  # which of the two databases this is
        self.watchers = watchers
        self._after: list[Callable[[], None]] = []
        self._cursor: Any = None

    def cursor(self) -> Any:
        """Return the driver's own cursor in this transaction, for prepared statements only."""
        if self._cursor is None:
            self._cursor = self.connection.connection.cursor()
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
        self._after.append(work)


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
        self._begins = _Begins()
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
        write = self._begins.write or connection.get_execution_options().get("flow_write", False)
        begin = "BEGIN IMMEDIATE" if write else "BEGIN"
        for watcher in self._watchers:
            watcher(begin, ())
        driver: Any = connection.connection.dbapi_connection  # a whole SQLAlchemy execution costs six times the BEGIN
        try:
            driver.execute(begin)
        except self.engine.dialect.loaded_dbapi.OperationalError as error:
            raise OperationalError(begin, (), error) from error

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """Open a write unit: everything in the block becomes durable together, or nothing does."""
        lock = self._writer if self.is_sqlite else _NoLock()
        with lock:
            unit = yield from self._transaction({}, write=True)
        for work in unit._after:
            work()

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """Open a read unit: a snapshot that sees no later change."""
        yield from self._transaction({} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"})

    def _transaction(self, options: dict[str, Any], *, write: bool = False) -> Any:
        try:
            with self._connection() as raw:
                connection = raw.execution_options(**options) if options else raw
                self._begins.write = write  # heard by the listener that begins the transaction, in this same call
                with connection.begin():
                    unit = Unit(connection, self._watchers)
                    yield unit
            return unit
        except NoConnection as error:
            raise Busy(_("The database is busy."), remedy=_("Try again in a moment; nothing was changed.")) from error
        except DBAPIError as error:
            raise self._said(error.orig, error.connection_invalidated) or error from error
        except self.engine.dialect.loaded_dbapi.Error as error:  # of a prepared statement
            raise self._said(error, False) or error from error
        except (UnicodeEncodeError, OverflowError) as error:  # of a value that the driver cannot write
            raise self._unfit() from error

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """Lend a connection for one transaction.

        On SQLite the thread keeps its own: fetching one from the pool costs as much as four statements. A second one at
        the same time (a read inside a write) comes from the pool, and what has seen trouble is not kept.
        """
        connection = self._lend()
        if connection is None:
            with self.engine.connect() as pooled:
                yield pooled
            return
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        finally:
            self._kept.lent = False
            with self._lending:
                self._lent.discard(connection)
                is_closed = self._is_closed
            if is_closed:
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


class _Begins(threading.local):
    """Whether the transaction that this thread begins will write."""

    write = False


class _Kept(threading.local):
    """The connection that a thread keeps, and whether a transaction has it now."""

    connection: Connection | None = None
    lent = False


class _NoLock:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...
