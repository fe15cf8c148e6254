"""Schema changes while nodes of an earlier version work: what only adds is made, what takes away waits, nothing is taken from under
anybody's feet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from next_schema import HEAD, adds, takes_away
from sqlalchemy import inspect, select, text

from inburgering_flow.app import create_app
from inburgering_flow.errors import Busy, FlowError
from inburgering_flow.platform import Platform
from inburgering_flow.store import migrations
from inburgering_flow.store import tables as t

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let this process become a program with more schema versions, or the old one again."""
    found = migrations.configuration

    def become(*changes: str) -> None:
        for number, change in enumerate(changes):
            (tmp_path / f"900{number + 1}_next.py").write_text(change)

        def configuration() -> Config:
            config = found()
            config.set_main_option("version_locations", f"{Path(migrations.__file__).parent / 'versions'}:{tmp_path}")
            return config

        monkeypatch.setattr(migrations, "configuration", configuration if changes else found)
        migrations._changes.cache_clear()
        migrations._versions.cache_clear()

    yield become
    become()


def version(platform: Platform) -> str:
    with platform.context.db.read() as unit:
        return str(unit.connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def columns(platform: Platform) -> set[str]:
    return {column["name"] for column in inspect(platform.context.db.engine).get_columns("job_history")}


def a_done_job(platform: Platform, key: int) -> None:
    row = {"key": key, "root_key": 0, "kind": "JOB", "type": "werk", "instance_key": 0, "element_id": "s", "state": f"S{key}"}
    with platform.context.db.write() as unit:
        unit.connection.execute(t.job_history.insert(), row | {"ended": platform.clock.now()})


def test_what_only_adds_is_made_and_what_takes_away_waits_until_no_older_node_works(
    open_platform: Callable[..., Platform], next_version: Callable[..., None]
) -> None:
    old = open_platform()
    for key in range(1, 6):
        a_done_job(old, key)

    next_version(adds(), takes_away(2))
    new = open_platform()
    assert version(new) == "9001"
    a_done_job(old, 6)  # the older program goes on, and does not know the column

    next_version()
    restarted = open_platform()  # so does one that is started again
    restarted.close()

    next_version(adds(), takes_away(2))
    migrations.upgrade(new.context.db.engine)
    assert version(new) == "9001", "a node of the older version works still"
    old.close()
    migrations.upgrade(new.context.db.engine)
    assert version(new) == "9002"
    assert "state" not in columns(new)
    with new.context.db.read() as unit:
        found = unit.connection.execute(text("SELECT outcome FROM job_history ORDER BY key")).scalars().all()
    assert list(found) == [f"S{key}" for key in range(1, 7)]

    next_version()
    with pytest.raises(FlowError, match="schema version 9002, which this program does not know"):
        open_platform()


def test_a_change_with_which_older_nodes_cannot_go_on_is_refused_while_one_works(
    open_platform: Callable[..., Platform], next_version: Callable[..., None]
) -> None:
    old = open_platform()
    assert old.node is not None

    next_version(adds(oldest="9001"))
    with pytest.raises(FlowError, match=f"could not go on after the change to 9001: .*node {old.node.number}.*Stop them"):
        open_platform()
    assert version(old) == HEAD
    old.close()
    assert version(open_platform()) == "9001"


def test_a_node_that_wakes_after_the_database_has_left_it_behind_takes_nothing_and_says_why(
    open_platform: Callable[..., Platform], next_version: Callable[..., None]
) -> None:
    sleeper = open_platform()
    assert sleeper.node is not None
    client = create_app(sleeper.services).test_client()
    with sleeper.context.db.write() as unit:
        unit.connection.execute(text("UPDATE node SET lease_until = lease_until - interval '2 minutes'"))
    next_version(adds(), takes_away(2))
    assert version(open_platform()) == "9002"

    next_version()
    assert client.get("/readyz").status_code == 200
    with pytest.raises(Busy, match="schema version 9002, which this program does not know") as told:
        sleeper.node.renew()
    assert told.value.code == "SCHEMA_TOO_NEW"
    assert client.get("/readyz").json == {"status": "outdated"}
    with sleeper.context.db.read() as unit:
        assert sleeper.node.owner not in unit.connection.execute(select(t.node.c.owner)).scalars().all()
