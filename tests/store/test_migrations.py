"""The migrations make exactly the tables of the program, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from inburgering_flow.errors import FlowError
from inburgering_flow.platform import Platform
from inburgering_flow.store import migrations
from inburgering_flow.store.tables import metadata


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether a table is ours: a queue that an earlier test used has its own in the same database."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def test_the_newest_migration_and_the_tables_are_the_same(platform: Platform) -> None:
    with platform.context.db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        found = compare_metadata(context, metadata)

    # PostgreSQL reflects the default of a text column with its type; nothing else may differ.
    assert [d for d in found if isinstance(d, tuple)] == []


def test_opening_twice_changes_nothing(open_platform: Callable[..., Platform]) -> None:
    open_platform()
    open_platform()


def test_a_database_of_a_newer_program_is_refused(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    with platform.context.db.write() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(FlowError, match="does not know"):
        migrations.upgrade(platform.context.db.engine)
