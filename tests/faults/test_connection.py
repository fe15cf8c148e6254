"""A database that is locked or has gone away is an answer that can be tried again, never half a change."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from diagrams import Diagram
from invariants import assert_sound
from sqlalchemy import text

from inburgering_flow.errors import Busy
from inburgering_flow.platform import Platform
from inburgering_flow.store import audit
from inburgering_flow.store.dialects import STANDS_STILL
from inburgering_flow.store.jobs import LEASE


def a_case(platform: Platform) -> int:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").user("b").end().path("start", "a", "b", "end").xml())
    platform.start("p")
    return platform.tasks(state="CREATED")[0].key


def cut(platform: Platform) -> None:
    """End every other connection to the PostgreSQL database, as a restart of the server does."""
    with platform.context.db.engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )  # fmt: skip


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("nth", [1, 2, 4, 7, 9])
def test_a_connection_lost_within_a_step_changes_nothing_and_the_next_try_works(
    open_platform: Callable[..., Platform], nth: int
) -> None:
    platform, other = open_platform(), open_platform()
    task = a_case(platform)
    count = [0]

    def cut_at(sql: str, _: object) -> None:
        count[0] += 1
        if count[0] == nth:
            cut(other)

    with platform.context.db.watched(cut_at), pytest.raises(Busy):
        platform.complete(task, {"x": 1}, user="anna")

    assert [t.element_id for t in platform.tasks(state="CREATED")] == ["a"]
    platform.complete(task, {"x": 1}, user="anna")
    assert [t.element_id for t in platform.tasks(state="CREATED")] == ["b"]
    assert_sound(platform)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("prepared", [True, False])
def test_a_connection_lost_while_it_commits_does_not_claim_that_nothing_was_changed(
    open_platform: Callable[..., Platform], prepared: bool
) -> None:
    """The server may have stored it and only the answer was lost."""
    platform, other = open_platform(), open_platform()

    def cut_at_commit(sql: str, _: object) -> None:
        if sql == "COMMIT":
            cut(other)

    def store() -> None:
        with platform.context.db.write() as unit:
            if prepared:
                audit.add(unit, b"key", 1, platform.clock.now(), "anna", "test")
            else:
                unit.connection.execute(text("SELECT 1"))

    with platform.context.db.watched(cut_at_commit), pytest.raises(Busy) as raised:
        store()

    assert "nothing was changed" not in str(raised.value)
    assert "Check first" in str(raised.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_lost_while_it_rested_is_not_noticed_by_anybody(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, other = open_platform(), open_platform()
    task = a_case(platform)
    cut(other)
    monkeypatch.setattr("inburgering_flow.store.dialects.REST", 0.0)  # it has rested for long enough

    platform.complete(task, {"x": 1}, user="anna")

    assert [t.element_id for t in platform.tasks(state="CREATED")] == ["b"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_lost_a_moment_ago_is_busy_once(open_platform: Callable[..., Platform]) -> None:
    platform, other = open_platform(), open_platform()
    task = a_case(platform)
    cut(other)

    with pytest.raises(Busy):
        platform.complete(task, {"x": 1}, user="anna")
    platform.complete(task, {"x": 1}, user="anna")
    assert_sound(platform)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_stands_still_within_a_step_does_not_hold_others_up_for_longer_than_that_may_last(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LEASE.total_seconds() > STANDS_STILL
    other = open_platform()
    monkeypatch.setattr("inburgering_flow.store.dialects.STANDS_STILL", 0.3)
    platform = open_platform()
    task = a_case(platform)
    done: list[str] = []

    def stand_still(sql: str, _: object) -> None:
        if sql.startswith("SELECT user_task") and not done:  # it has locked the case by now
            done.append("begun")
            bob = threading.Thread(target=other.complete, args=(task, {"x": 2}), kwargs={"user": "bob"})
            bob.start()  # waits for the lock of the case, as long as one may
            bob.join()
            done.append("by another")

    with platform.context.db.watched(stand_still), pytest.raises(Busy):
        platform.complete(task, {"x": 1}, user="anna")

    assert done == ["begun", "by another"]
    (open_task,) = platform.tasks(state="CREATED")
    assert open_task.element_id == "b"
    assert platform.instance(open_task.instance_key).variables["x"] == 2
    assert_sound(platform)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_stands_still_when_it_has_sent_several_statements_at_once_is_ended_by_others(
    open_platform: Callable[..., Platform]
) -> None:
    platform, other = open_platform(), open_platform()
    task = a_case(platform)
    ended: list[int] = []

    def stand_still(sql: str, _: object) -> None:
        if sql == "COMMIT" and not ended:
            time.sleep(0.2)
            with other.context.db.write() as unit:
                ended.append(other.context.db.dialect.end_still(unit.connection, 60))
                ended.append(other.context.db.dialect.end_still(unit.connection, 0.1))

    dump = psycopg.connect(platform.context.settings.database_url.replace("+psycopg", ""), application_name="pg_dump")
    with closing(dump), platform.context.db.watched(stand_still):
        dump.execute("SELECT 1")  # it holds its snapshot, and says nothing
        with pytest.raises(Busy):
            platform.complete(task, {"x": 1}, user="anna")

    assert ended == [0, 1], "its own only, and not the dump"
    other.complete(task, {"x": 2}, user="bob")
    assert_sound(platform)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_locked_by_another_program_is_busy_not_a_traceback(
    open_platform: Callable[..., Platform], tmp_path: Path
) -> None:
    platform = open_platform()
    task = a_case(platform)
    other = sqlite3.connect(tmp_path / "flow.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with platform.context.db.read() as unit:  # on the connection that this thread keeps
        unit.connection.exec_driver_sql("PRAGMA busy_timeout=50")  # instead of half a minute

    with pytest.raises(Busy):
        platform.complete(task, {}, user="anna")

    other.execute("ROLLBACK")
    other.close()
    platform.complete(task, {}, user="anna")
    assert_sound(platform)
