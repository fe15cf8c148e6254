"""The migrations make exactly the tables of the program, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, insert, text

from inburgering_flow.errors import FlowError
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether a table is ours: a queue that an earlier test used has its own in the same database."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def test_the_newest_migration_and_the_tables_are_the_same(platform: Platform) -> None:
    with platform.context.db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        found = compare_metadata(context, tables.metadata)

    # PostgreSQL reflects the default of a text column with its type; nothing else may differ.
    assert [d for d in found if isinstance(d, tuple)] == []


def test_opening_twice_changes_nothing(open_platform: Callable[..., Platform]) -> None:
    open_platform()
    open_platform()


@pytest.mark.parametrize(("oldest", "is_refused"), [("9999", True), (None, True), ("0020", False), ("0018", False)])
def test_a_database_of_a_newer_program_is_refused_unless_that_says_that_this_one_can_work_with_it(
    open_platform: Callable[..., Platform], oldest: str | None, is_refused: bool
) -> None:
    platform = open_platform()
    with platform.context.db.write() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        unit.connection.execute(delete(tables.oldest_program))
        if oldest is not None:
            unit.connection.execute(insert(tables.oldest_program), {"schema_version": oldest})

    if is_refused:
        with pytest.raises(FlowError, match="does not know"):
            open_platform()
    else:
        assert open_platform().instances() == []
