"""Schema versions, by Alembic. Each released version stays: tests compare the newest with ``tables`` and update data of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from inburgering_flow.errors import FlowError
from inburgering_flow.store import nodes
from inburgering_flow.store.database import Database, Unit
from inburgering_flow.store.dialects import Trouble, dialect_of, file_of
from inburgering_flow.store.nodes import AtWork

ATTEMPTS, PAUSE = 12, 1.0  # times that a change is tried where others' work stands in its way, and seconds between them
_one = threading.Lock()  # Alembic does one thing at a time in a process


def configuration() -> Config:
    """Return Alembic's configuration for this folder."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


@dataclass(frozen=True)
class Change:
    """What one migration says of itself, in variables of its file.

    ``oldest`` is the oldest program, by its schema version, that works with what the migration makes: its own version unless it
    only adds. ``can_wait`` says that this program works without it too: what takes something away. ``portion`` does a portion of
    what has to be done before it, in a transaction of its own; it returns how much, 0 when all is done.
    """

    version: str
    oldest: str
    can_wait: bool = False
    portion: Callable[[Connection], int] | None = None


@cache
def _changes() -> tuple[Change, ...]:
    """Return every change that this program knows, in order; the files are read once."""
    scripts = ScriptDirectory.from_config(configuration())
    return tuple(
        Change(
            one.revision, getattr(one.module, "oldest", one.revision), getattr(one.module, "can_wait", False),
            getattr(one.module, "portion", None),
        )
        for one in reversed(list(scripts.walk_revisions()))
    )  # fmt: skip


@cache
def _versions() -> tuple[str, frozenset[str]]:
    """Return the newest schema version and all that this program knows."""
    versions = [change.version for change in _changes()]
    return versions[-1], frozenset(versions)


def head() -> str:
    """Return the newest schema version of this program."""
    return _versions()[0]


def is_newest(url: str) -> bool:
    """Tell whether there is a file with the newest version at a URL; makes nothing, and answers False for a server."""
    file = file_of(url)
    if file is None or not file.is_file():
        return False
    db = Database(url)
    try:
        with db.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == head()
    except SQLAlchemyError:  # damaged, or no database at all: whoever opens it says so
        return False
    finally:
        db.close()


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest version, as far as the nodes that work on it now allow. Safe at any time, by any node.

    A change with which a program that works on the database cannot go on is refused, or waits if this program works without it
    (``can_wait``). Raises FlowError where the database is newer than this program and no longer fit for it.
    """
    for _attempt in range(ATTEMPTS - 1):
        try:
            while _step(engine):
                pass
            return
        except DBAPIError as error:  # in the middle of others' work
            dialect, dbapi = dialect_of(engine.url), engine.dialect.loaded_dbapi
            trouble = dialect.trouble(error.orig, dbapi, is_lost=error.connection_invalidated)
            if trouble not in (Trouble.BUSY, Trouble.COLLIDED):
                raise
            time.sleep(PAUSE)
    while _step(engine):
        pass


def check_fit(connection: Connection) -> None:
    """Raise FlowError where another program has changed the database in a way that this one cannot work with."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None or current in _versions()[1]:
        return
    oldest = nodes.oldest_program(connection)
    if not oldest or oldest > head():
        raise FlowError(
            f"The database has schema version {current}, which this program does not know.",
            remedy="Start the newer program that made it, or restore a backup.",
            code="SCHEMA_TOO_NEW",
        )


def _step(engine: Engine) -> bool:
    """Make the changes that can be made in one transaction; tell whether there may be more."""
    with engine.connect() as connection:
        if not _pending(connection):
            return False
    with _one, engine.connect() as raw:
        connection = raw.execution_options(flow_write=True)
        with connection.begin():
            unit = Unit(connection, None, dialect_of(engine.url))
            nodes.hold_joining(unit)
            pending = _pending(connection)
            at_work = nodes.at_work(unit) if unit.dialect.clock is not None else []
            now: list[Change] = []
            for change in pending:
                hindered = [node for node in at_work if node.schema_version < change.oldest]
                if hindered and not change.can_wait and not now:
                    raise _in_use(hindered)
                if hindered or (now and change.portion is not None):
                    break
                now.append(change)
                if change.portion is not None:
                    break
            if not now:
                return False
            if now[-1].portion is not None and now[-1].portion(connection):
                return True
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, now[-1].version)
            oldest = max([nodes.oldest_program(connection), *(change.oldest for change in now)])
            nodes.oldest_program(connection, becomes=oldest)
            return now[-1] is not pending[-1]


def _pending(connection: Connection) -> list[Change]:
    """Return the changes that this program knows and the database does not have, in order."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None and "process_instance" in inspect(connection).get_table_names():
        raise FlowError(
            "The database has tables of this program but no schema version.",
            remedy="Restore a backup; do not make the tables by hand.",
        )
    check_fit(connection)
    every = _changes()
    versions = [change.version for change in every]
    if current is not None and current not in versions:
        return []
    return list(every[versions.index(current) + 1 if current is not None else 0 :])


def _in_use(hindered: Sequence[AtWork]) -> FlowError:
    names = ", ".join(f"{node.name} (node {node.number}, schema version {node.schema_version})" for node in hindered)
    return FlowError(
        f"Programs of an earlier version work on this database, and could not go on after the change to {head()}: {names}.",
        remedy="Stop them, wait a minute, and start this program again.",
        code="SCHEMA_IN_USE",
    )
