"""A unit of work: everything or nothing, whichever way its statements went, and nothing stays locked behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from inburgering_flow.errors import Busy
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


def backend(unit: Unit) -> tuple[int, str]:
    row = unit.connection.execute(text("SELECT pg_backend_pid(), current_setting('transaction_isolation')")).one()
    return int(row[0]), str(row[1])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_thread_that_asks_for_it_uses_one_connection_for_all_its_units(platform: Platform) -> None:
    db = platform.context.db
    seen: list[tuple[int, str]] = []
    with db.keeping():
        for unit in (db.read, db.write, db.read, db.write):
            with unit() as one:
                seen.append(backend(one))
        with db.keeping(), db.write() as outer:
            own = backend(outer)[0]
            with db.read() as inner:
                other = backend(inner)[0]

    assert {pid for pid, _level in seen} == {own}, "each unit had the same connection"
    assert [level for _pid, level in seen] == ["repeatable read", "read committed"] * 2
    assert other != own, "a unit within a unit is another transaction"
    assert db.engine.pool.checkedout() == 0, "it went back"  # type: ignore[attr-defined]
    with db.write() as unit:
        assert backend(unit)[1] == "read committed"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_kept_connection_that_was_lost_is_replaced_at_once_or_before_anybody_notices(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = platform.context.db

    def lose() -> None:
        with db.write() as unit:
            pid = backend(unit)[0]
        elsewhere(lambda: end(pid))

    def end(pid: int) -> None:
        with db.write() as unit:
            unit.connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    with db.keeping():
        lose()
        with pytest.raises(Busy):
            write(platform, 1)
        write(platform, 1)
        lose()
        monkeypatch.setattr("inburgering_flow.store.dialects.REST", 0.0)  # it has rested for long enough
        write(platform, 2)

    assert stored(platform) == [1, 2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_threads_that_keep_connections_leave_some_to_the_others(platform: Platform) -> None:
    db, most = platform.context.db, platform.context.db.dialect.most_kept
    all_there = threading.Barrier(most + 4)

    def keep(number: int) -> None:
        with db.keeping():
            write(platform, number + 1)
            all_there.wait(20)
            held.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
            all_there.wait(20)

    held: list[int] = []
    threads = [threading.Thread(target=keep, args=(number,), daemon=True) for number in range(most + 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert set(held) == {most}, "whoever came too late gave its connection back"
    assert len(stored(platform)) == most + 4
