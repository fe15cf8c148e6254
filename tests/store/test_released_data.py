"""The data of each released schema version is migrated, and its cases go on to their end: for ever, on both databases."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from invariants import assert_sound
from sqlalchemy import MetaData, create_engine, insert
from variants import ALL

from inburgering_flow.store import migrations
from store.released import story

RELEASED = sorted((Path(__file__).parent / "released").glob("[0-9]*.json"))
WHERE = [("sqlite", released) for released in (RELEASED if ALL else (*RELEASED[:-2:6], *RELEASED[-2:]))] + [
    ("postgresql", released) for released in (RELEASED if ALL else (RELEASED[0], RELEASED[-1]))
]


def fill(url: str, version: str, tables: dict[str, Any]) -> None:
    """Make the tables of a version and put its rows in, as its own program left them."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = migrations.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    made = MetaData()
    made.reflect(engine)
    with engine.begin() as connection:
        for table in made.sorted_tables:  # what is referred to comes first
            content = tables.get(table.name)
            if content is None or table.name == "alembic_version":
                continue
            kinds = {c.name: c.type.python_type for c in table.c}
            rows = [
                {column: typed(value, kinds[column]) for column, value in zip(content["columns"], row, strict=True)}
                for row in content["rows"]
            ]
            connection.execute(insert(table), rows)
    engine.dispose()


def typed(value: Any, kind: type) -> Any:
    """Return a value as SQLite stored it in the type that the column has here."""
    if value is None:
        return None
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    if kind is bool:
        return bool(value)
    if kind.__name__ == "datetime":
        from datetime import UTC, datetime

        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if kind.__name__ == "date":
        from datetime import date

        return date.fromisoformat(value)
    return value


def test_there_is_data_of_every_version() -> None:
    assert [p.stem for p in RELEASED] == sorted(migrations._versions()[1]), (
        "A new schema version: run tests/store/released/story.py with the program that releases it."
    )


@pytest.mark.parametrize(("bare_database_url", "released"), WHERE, indirect=["bare_database_url"], ids=lambda p: getattr(p, "stem", p))
def test_the_cases_of_a_released_version_go_on_after_the_update(bare_database_url: str, released: Path) -> None:
    content = json.loads(released.read_text())
    assert content["tables"]["alembic_version"]["rows"] == [[released.stem]]
    fill(bare_database_url, released.stem, content["tables"])

    platform = story.open_platform(bare_database_url)
    platform.clock.set(content["moment"])
    assert_sound(platform)
    story.finish(platform)
    assert_sound(platform)
    platform.close()
