"""A unit of work: everything or nothing, whichever way its statements went, and nothing stays locked behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared

PREPARED = Prepared(insert(t.audit), ("key", "moment", "actor", "action"))
MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def add(unit: Unit, key: int) -> None:
    PREPARED.run(unit, [{"key": key, "moment": MOMENT, "actor": "anna", "action": "test"}])


def add_by_sqlalchemy(unit: Unit, key: int) -> None:
    unit.connection.execute(insert(t.audit), {"key": key, "moment": MOMENT, "actor": "anna", "action": "test"})


def write(platform: Platform, key: int) -> None:
    with platform.context.db.write() as unit:
        add(unit, key)


def elsewhere(act: Callable[[], None]) -> None:
    """Do something in another thread, which a lock that was not released would block."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


def stored(platform: Platform) -> list[int]:
    with platform.context.db.read() as unit:
        return list(unit.connection.execute(select(t.audit.c.key).order_by(t.audit.c.key)).scalars())


@pytest.mark.parametrize("ways", [(add, add), (add, add_by_sqlalchemy), (add_by_sqlalchemy, add)])
def test_prepared_statements_and_sqlalchemys_own_share_one_transaction(platform: Platform, ways: tuple[Any, Any]) -> None:
    first, second = ways

    def fail() -> None:
        with platform.context.db.write() as unit:
            first(unit, 1)
            second(unit, 2)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    elsewhere(partial(write, platform, 9))
    assert stored(platform) == [9]

    with platform.context.db.write() as unit:
        first(unit, 3)
        second(unit, 4)
    assert stored(platform) == [3, 4, 9]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", [add, add_by_sqlalchemy])
def test_a_commit_that_the_database_refuses_takes_everything_back(platform: Platform, way: Any) -> None:
    done: list[str] = []

    def refused() -> None:
        with platform.context.db.write() as unit:
            unit.after_commit(lambda: done.append("after"))
            way(unit, 1)
            unit.cursor().execute("PRAGMA defer_foreign_keys=ON")  # looked at by the commit
            unit.cursor().execute("INSERT INTO resource (key, tenant_id, deployment_key, name, kind, checksum, content) "
                                  "VALUES (1, '', 404, 'a', 'bpmn', '', '')")  # fmt: skip  # of no deployment

    with pytest.raises((IntegrityError, platform.context.db.engine.dialect.loaded_dbapi.IntegrityError)):  # type: ignore[attr-defined]
        refused()

    assert (stored(platform), done) == ([], [])
    elsewhere(partial(write, platform, 2))
    assert stored(platform) == [2]


def test_work_for_after_the_commit_sees_it_done_and_others_may_write_meanwhile(platform: Platform) -> None:
    found: list[Any] = []

    def look() -> None:
        found.append(stored(platform))
        elsewhere(partial(write, platform, 2))
        found.append(stored(platform))

    with platform.context.db.write() as unit:
        unit.after_commit(look)
        add(unit, 1)
        assert stored(platform) == []  # a read inside it has a connection and a snapshot of its own

    assert found == [[1], [1, 2]]


def test_a_unit_that_was_never_used_leaves_nothing_open(platform: Platform) -> None:
    for _ in range(100):
        with platform.context.db.write(), platform.context.db.read():
            pass

    with platform.context.db.write() as unit:
        add(unit, 1)
    assert stored(platform) == [1]
