"""Every difference between SQLite and PostgreSQL. All other code asks a dialect for what it needs, not which one it is.

SQLite is a file in WAL mode, with foreign keys and ``synchronous=FULL`` unless told otherwise; its write units begin
IMMEDIATE under one process-wide lock. PostgreSQL is a server: READ COMMITTED for writes, REPEATABLE READ for reads.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from enum import Enum, auto
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, BigInteger, Connection, Integer, String, Table, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine, create_engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from inburgering_flow.errors import InvalidInput

REST = 5.0  # seconds after which a pooled connection to a server may have been lost unnoticed
REACHED = {
    "application_name": "inburgering-flow",
    "target_session_attrs": "primary", "connect_timeout": "5",
    "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "15000",
}  # fmt: skip
"""How a server is reached where the URL says nothing else: by this name, no replica, and not one that fell silent."""

STANDS_STILL = 30.0
"""Seconds without a word after which a server ends the transaction of a process, and with it the locks for which others wait: it
stands still, or its machine is gone. Less than a lease lasts.
"""

SYNCHRONOUS = ("FULL", "NORMAL", "OFF", "EXTRA")
_FILE = "sqlite:///"


class Trouble(Enum):
    """What a driver's error means to the caller, where it is no fault of ours."""

    TAKEN = auto()  # somebody else has stored the same thing
    LOST = auto()  # the connection is gone
    COLLIDED = auto()  # rolled back, because another transaction stood in its way
    BUSY = auto()  # it waited too long for another one
    UNFIT = auto()  # a value that no column takes
    FULL = auto()  # no room to store anything, or not allowed to
    DAMAGED = auto()  # what is stored cannot be read
    STANDBY = auto()  # the server at the other end may only be read: another one has its place, or will have


class Dialect(Protocol):
    """What a kind of database has to answer."""

    one_writer: bool
    """Only one unit writes at a time, so nothing can come between what it reads and writes, and no row needs a lock."""

    keeps_connections: bool
    """Each thread keeps its connection: fetching one from the pool costs as much as four statements."""

    most_kept: int
    """The connections that threads may keep, for ever or for a block; further threads take one for each transaction."""

    may_store_unheard: bool
    """A unit that fails while committing may have been stored, with only the answer lost on its way."""

    moments_are_text: bool
    """The driver gives moments as the text that is stored, in UTC."""

    begin_to_read: str
    """The statement that begins a unit; empty where the driver begins at the first statement."""

    begin_to_write: str

    read_isolation: str
    """The isolation level that a connection has to be given before it reads a snapshot; empty if it has it already."""

    write_isolation: str
    """The level that a connection which has read has to be given before it writes."""

    clock: Any
    """The time that leases go by, in SQL: a server's, so that nodes with different clocks agree; None if it is the
    machine's.
    """

    def engine(self, url: URL, synchronous: str, lock_seconds: float) -> Engine:
        """Return the engine that makes, sets up and pools connections; they wait ``lock_seconds`` for another's lock."""
        ...

    def survives_power_cut(self, synchronous: str) -> bool:
        """Tell whether what has been committed survives a power cut."""
        ...

    def at_once(self, driver: Any) -> AbstractContextManager[Any]:
        """Send the statements of a block without waiting for each; errors are raised at its end."""
        ...

    def hold(self, connection: Connection, number: int, *, shared: bool = False) -> None:
        """Make units that hold the same number wait until this one ends; those that share it do not wait for each other."""
        ...

    def try_hold(self, connection: Connection, number: int) -> bool:
        """Hold a number as ``hold`` does if that is possible at once; tell whether it was."""
        ...

    def end_still(self, connection: Connection, seconds: float) -> int:
        """End the transactions of this program's processes that have not said a word for some seconds; return how many."""
        ...

    def add_or_replace(self, table: Table, same: tuple[str, ...], replaced: str) -> Any:
        """Return an insert that replaces one column where a row with the ``same`` columns exists."""
        ...

    def add_new(self, table: Table, same: str) -> Any:
        """Return an insert that leaves existing rows alone: two nodes may store the same thing at the same moment."""
        ...

    def add_unless_taken(self, table: Table) -> Any:
        """Return an insert that leaves out a row which would break any of the table's unique indexes."""
        ...

    def trouble(self, error: Any, dbapi: Any, *, is_lost: bool) -> Trouble | None:
        """Return what an error of the driver means; None where it has to be raised as it is."""
        ...

    def copy(self, url: str, part: str) -> None:
        """Write a consistent copy of a database that is in use, and read it through.

        Raises InvalidInput if this program cannot do that, or there is no database; OSError if it fails.
        """
        ...


class _Sqlite(Dialect):
    one_writer = True
    keeps_connections = True
    most_kept = 64
    moments_are_text = True
    may_store_unheard = False
    begin_to_read, begin_to_write = "BEGIN", "BEGIN IMMEDIATE"
    read_isolation = write_isolation = ""
    clock = None

    def engine(self, url: URL, synchronous: str, lock_seconds: float) -> Engine:
        if url.database in (None, "", ":memory:"):
            raise InvalidInput(
                "A database in memory is lost with the process and cannot be shared by threads.",
                remedy="Give a file: sqlite:///flow.db.",
            )
        _for_its_owner(Path(str(url.database)))
        engine = create_engine(
            url, connect_args={"timeout": lock_seconds, "check_same_thread": False}, pool_size=16, max_overflow=-1,
            hide_parameters=True,
        )  # fmt: skip

        def set_up(connection: Any, _record: ConnectionPoolEntry) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute(f"PRAGMA synchronous={synchronous}")
            cursor.execute(f"PRAGMA busy_timeout={int(lock_seconds * 1000)}")
            cursor.execute("PRAGMA temp_store=MEMORY")
            cursor.close()

        event.listen(engine, "connect", set_up)
        event.listen(engine, "begin", self._begin)
        return engine

    def _begin(self, connection: Connection) -> None:
        """Begin when SQLAlchemy does, unless a unit has begun already: then SQLAlchemy joins it."""
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:
            is_write = connection.get_execution_options().get("flow_write", False)
            driver.execute(self.begin_to_write if is_write else self.begin_to_read)

    def survives_power_cut(self, synchronous: str) -> bool:
        return synchronous in ("FULL", "EXTRA")

    def at_once(self, driver: Any) -> AbstractContextManager[Any]:
        return nullcontext()

    def hold(self, connection: Connection, number: int, *, shared: bool = False) -> None:
        pass  # the one writer holds everything

    def try_hold(self, connection: Connection, number: int) -> bool:
        return True

    def end_still(self, connection: Connection, seconds: float) -> int:
        return 0

    def add_or_replace(self, table: Table, same: tuple[str, ...], replaced: str) -> Any:
        added = sqlite.insert(table)
        return added.on_conflict_do_update(index_elements=same, set_={replaced: added.excluded[replaced]})

    def add_new(self, table: Table, same: str) -> Any:
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=[same])

    def add_unless_taken(self, table: Table) -> Any:
        return sqlite.insert(table).on_conflict_do_nothing()

    def trouble(self, error: Any, dbapi: Any, *, is_lost: bool) -> Trouble | None:
        said = str(error)
        if isinstance(error, dbapi.IntegrityError) and said.startswith("UNIQUE"):
            return Trouble.TAKEN
        if is_lost:
            return Trouble.LOST
        if "locked" in said or "busy" in said:
            return Trouble.BUSY
        if "is full" in said or "disk I/O" in said or "readonly" in said or "unable to open" in said:
            return Trouble.FULL
        if "malformed" in said or "not a database" in said:
            return Trouble.DAMAGED
        return Trouble.UNFIT if isinstance(error, dbapi.DataError) else None

    def copy(self, url: str, part: str) -> None:
        source = file_of(url)
        if source is None or not source.is_file():
            raise InvalidInput("There is no database yet.", remedy="Check INBURGERING_FLOW_DATABASE_URL.")
        try:
            with closing(sqlite3.connect(source, timeout=30)) as original, closing(sqlite3.connect(part)) as copy:
                original.backup(copy)
                found = [row[0] for row in copy.execute("PRAGMA quick_check(1)")]
        except sqlite3.Error as error:
            raise OSError(str(error)) from error
        if found != ["ok"]:
            raise OSError(found[0])


class _Postgresql(Dialect):
    one_writer = False
    keeps_connections = False
    most_kept = 16  # half of what the pool gives
    moments_are_text = False
    may_store_unheard = True
    begin_to_read, begin_to_write = "", ""
    read_isolation, write_isolation = "REPEATABLE READ", "READ COMMITTED"
    clock = func.clock_timestamp()

    def engine(self, url: URL, synchronous: str, lock_seconds: float) -> Engine:
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        url = url.update_query_dict({name: value for name, value in REACHED.items() if name not in url.query})
        given = url.query.get("options", ())  # what the URL asks of the server comes last, so that it counts
        own = f"-c lock_timeout={int(lock_seconds * 1000)} -c idle_in_transaction_session_timeout={int(STANDS_STILL * 1000)}"
        options = " ".join((own, *((given,) if isinstance(given, str) else given)))
        engine = create_engine(
            url, connect_args={"options": options}, pool_size=8, max_overflow=24, pool_timeout=lock_seconds,
            hide_parameters=True,
        )  # fmt: skip

        def rests(_connection: Any, record: ConnectionPoolEntry) -> None:
            record.info["since"] = time.monotonic()

        def look_after_rest(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
            """Ask the server whether it is still there before using a connection that has rested for a while.

            Asking each time would cost every unit a round trip; a connection lost a moment ago is reported as ``LOST``.
            """
            if time.monotonic() - record.info.get("since", time.monotonic()) < REST:
                return
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError("the connection was lost while it was idle") from error

        event.listen(engine, "checkout", look_after_rest)
        event.listen(engine, "checkin", rests)
        return engine

    def survives_power_cut(self, synchronous: str) -> bool:
        return True  # the server's own setting

    def at_once(self, driver: Any) -> AbstractContextManager[Any]:
        pipeline: AbstractContextManager[Any] = driver.pipeline()
        return pipeline

    def hold(self, connection: Connection, number: int, *, shared: bool = False) -> None:
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        connection.execute(select(lock(number)))

    def try_hold(self, connection: Connection, number: int) -> bool:
        return bool(connection.execute(select(func.pg_try_advisory_xact_lock(number))).scalar_one())

    def end_still(self, connection: Connection, seconds: float) -> int:
        """The server's own timeout does not see who stands still after several statements that were sent at once. Others, such
        as a dump that holds its snapshot, are left alone.
        """
        still = text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = current_setting('application_name') AND usename = current_user "
            "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND wait_event = 'ClientRead' "
            "AND state_change < clock_timestamp() - make_interval(secs => :seconds)"
        )
        return int(connection.execute(still, {"seconds": seconds}).scalar_one())

    def add_or_replace(self, table: Table, same: tuple[str, ...], replaced: str) -> Any:
        added = postgresql.insert(table)
        return added.on_conflict_do_update(index_elements=same, set_={replaced: added.excluded[replaced]})

    def add_new(self, table: Table, same: str) -> Any:
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=[same])

    def add_unless_taken(self, table: Table) -> Any:
        return postgresql.insert(table).on_conflict_do_nothing()

    def trouble(self, error: Any, dbapi: Any, *, is_lost: bool) -> Trouble | None:
        state = getattr(error, "sqlstate", None) or ""
        if isinstance(error, dbapi.IntegrityError) and state == "23505":
            return Trouble.TAKEN
        if is_lost or (isinstance(error, dbapi.OperationalError) and state[:2] in ("", "08", "57")) or state == "25P03":
            return Trouble.LOST
        if state in ("40001", "40P01"):  # cannot be serialized; deadlock
            return Trouble.COLLIDED
        if state == "55P03" or (state[:2] == "53" and state != "53100"):  # a lock; memory, connections or another limit
            return Trouble.BUSY
        if state == "25006":
            return Trouble.STANDBY
        if state in ("53100", "58030", "XX001", "XX002"):  # disk full, input or output failed; damaged data, damaged index
            return Trouble.DAMAGED if state[:2] == "XX" else Trouble.FULL
        return Trouble.UNFIT if isinstance(error, dbapi.DataError) or state in ("42883", "42846") else None

    def copy(self, url: str, part: str) -> None:
        raise InvalidInput("Only SQLite is copied by this command.", remedy="Use pg_dump for PostgreSQL.")



def _for_its_owner(file: Path) -> None:
    """Let nobody but the owner read a database, or what SQLite makes beside it with the same mode."""
    with suppress(OSError):  # what cannot be made or changed is told when it is opened
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        for part in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            if part.exists() and part.stat().st_mode & 0o077:
                part.chmod(0o600)


SQLITE, POSTGRESQL = _Sqlite(), _Postgresql()
BY_BACKEND: Mapping[str, Dialect] = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def dialect_of(url: str | URL) -> Dialect:
    """Return the dialect of a database; raises InvalidInput if it is another product."""
    backend = make_url(url).get_backend_name()
    if backend not in BY_BACKEND:
        raise InvalidInput(
            f"A {backend} database cannot be used.",
            remedy="Give sqlite:///file.db or postgresql+psycopg://user@host/name.",
        )
    return BY_BACKEND[backend]


def file_of(url: str) -> Path | None:
    """Return the file of a database, next to which others may be kept; None if it is a server."""
    return Path(url.removeprefix(_FILE)) if url.startswith(_FILE) else None


def read_only(file: Path) -> sqlite3.Connection:
    """Open a SQLite file past the platform, to look only; rows are found by name. For a database that a simulation made."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def kept_in_memory(file: Path) -> sqlite3.Connection:
    """Return a copy of a SQLite file that only this process has, to put back later, by any thread."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(file)) as original:
        original.backup(kept)
    return kept


def put_back(kept: sqlite3.Connection, file: Path) -> None:
    """Let a SQLite file hold again what a copy of it holds; nothing may be written to it meanwhile."""
    with closing(sqlite3.connect(file)) as target:
        target.execute("PRAGMA synchronous=OFF")
        kept.backup(target)


def url_of(file: str | Path) -> str:
    """Return the URL of a database that is a file."""
    return f"{_FILE}{file}"


# SQLite makes a key the row's own id only where its type is INTEGER, which has 64 bits there.
Key = BigInteger().with_variant(Integer, "sqlite")
# Sorted and compared by code point in every database, whatever language the server was set up for.
SortedText = String(255).with_variant(String(255, collation="C"), "postgresql")


def only(condition: str) -> dict[str, Any]:
    """Return what limits an index to the rows for which a condition holds that both dialects read the same way."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def only_without(*marks: str) -> dict[str, Any]:
    """Return what makes an index leave out rows with any of these marks, as each dialect negates a Boolean in a query."""
    return {
        "sqlite_where": text(" AND ".join(f"{mark} = 0" for mark in marks)),
        "postgresql_where": text(" AND ".join(f"NOT {mark}" for mark in marks)),
    }
