"""Schema versions, by Alembic. Each released version stays: tests compare the newest with ``tables`` and update data of each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from inburgering_flow.errors import FlowError
from inburgering_flow.store.database import Database
from inburgering_flow.store.dialects import file_of


def configuration() -> Config:
    """Return Alembic's configuration for this folder."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _versions() -> tuple[str, frozenset[str]]:
    """Return the newest schema version and all that this program knows; the files are read once."""
    scripts = ScriptDirectory.from_config(configuration())
    newest = scripts.get_current_head()
    assert newest is not None
    return newest, frozenset(s.revision for s in scripts.walk_revisions())


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
    """Bring a database to the newest version; raises FlowError where it is newer than this program."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is None and "process_instance" in inspect(connection).get_table_names():
            raise FlowError(
                "The database has tables of this program but no schema version.",
                remedy="Restore a backup; do not make the tables by hand.",
            )
    known = _versions()[1]
    if current is not None and current not in known:
        raise FlowError(
            f"The database has schema version {current}, which this program does not know.",
            remedy="Start the newer program that made it, or restore a backup.",
            code="SCHEMA_TOO_NEW",
        )
    if current == head():
        return
    with engine.connect() as raw:
        connection = raw.execution_options(flow_write=True)
        with connection.begin():
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
