"""The disk of the database server is full: writers are told, readers go on, no work uses up its retries; and all goes on by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from diagrams import Diagram
from invariants import assert_sound
from postgres import PostgresServer, until
from sqlalchemy import func, select
from variants import ALL
from volume import Unsupported

from inburgering_flow.app import create_app
from inburgering_flow.errors import Busy
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import jobs
from inburgering_flow.store import tables as t

SETTINGS = Settings(secret="only for tests", password_memory=64, executor="queue", concurrency=2, drain_seconds=2)
LARGE = "".join(f"{number:x}" for number in range(60_000))  # more than the room that a page of a table has left


@pytest.mark.parametrize("log_elsewhere", [True, False] if ALL else [True])
def test_a_full_disk_stops_writers_only_and_for_as_long_as_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_elsewhere: bool
) -> None:
    """With the log that the server writes ahead on another disk it goes on; with both on one it may end, and is started again."""
    server = PostgresServer(tmp_path, disk="160m", log_elsewhere=log_elsewhere)
    try:
        server.start()
    except Unsupported as reason:
        pytest.skip(f"NOT TESTED, a full disk of the server: {reason}")
    try:
        _test(server, monkeypatch, is_always_up=log_elsewhere)
    finally:
        server.stop()


def _test(server: PostgresServer, monkeypatch: pytest.MonkeyPatch, *, is_always_up: bool) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1))  # instead of a minute
    assert server.volume is not None
    volume, tried = server.volume, []

    def work(job: Any, tools: Any) -> dict[str, Any]:
        if not tried:
            volume.fill()
        tried.append(job.retries)
        tools.add_document(name="b", title="b", kind="brief", content=LARGE.encode())
        return {}

    with Platform.open(server.new_database(), plugins=[], handlers={"werk": work}, settings_=SETTINGS) as platform:
        case = Diagram().start().service("s", "werk").user("a").end().path("start", "s", "a", "end")
        platform.deploy_content("p.bpmn", case.xml())
        key = platform.start("p")
        platform.start_executor()
        try:
            until(lambda: len(tried) >= 2 or not server.is_running, "the work was not tried again")
            assert set(tried) == {3}
            with pytest.raises(Busy):
                platform.start("p", {"groot": LARGE})
            if is_always_up:
                with pytest.raises(Busy, match="disk is full"):
                    platform.start("p", {"groot": LARGE})
                assert [element.element_id for element in platform.instance(key).elements][-1] == "s"
                assert create_app(platform.services).test_client().get("/readyz").status_code == 200
        finally:
            volume.free()
            if not server.is_running:
                server.begin()

        def has_gone_on() -> bool:
            with suppress(Busy):
                return [one.element_id for one in platform.tasks(state="CREATED")] == ["a"]
            return False

        until(has_gone_on, "it did not go on by itself")
        assert set(tried) == {3}
        with platform.context.db.read() as unit:
            assert unit.connection.execute(select(func.count()).select_from(t.incident)).scalar_one() == 0
            assert unit.connection.execute(select(func.count()).select_from(t.document)).scalar_one() == 1
        assert_sound(platform)


@pytest.mark.parametrize(
    ("state", "said"), [("53100", "disk is full"), ("58030", "disk is full"), ("53200", "database is busy")]
)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_refused_while_it_was_stored_is_known_not_to_be_stored(
    open_platform: Callable[..., Platform], state: str, said: str
) -> None:
    """A server that answers has not stored it; only where no answer came it may have."""
    platform = open_platform()

    def refuse(sql: str, _: object) -> None:
        if sql == "COMMIT":
            raise psycopg.errors.lookup(state)("refused by the server")

    with platform.context.db.watched(refuse), pytest.raises(Busy) as raised, platform.context.db.write():
        pass
    assert said in str(raised.value)
    assert "Check first" not in str(raised.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_trouble_of_the_database_within_a_handler_is_no_failure_of_the_handler(open_platform: Callable[..., Platform]) -> None:
    def refuse(_sql: str, _: object) -> None:
        raise psycopg.errors.DiskFull("no space left on device for a sort")

    def work(_job: Any, tools: Any) -> dict[str, Any]:
        with platform.context.db.watched(refuse):
            list(tools.instances("p", ()))
        return {}

    platform = open_platform(handlers={"werk": work})
    platform.deploy_content("p.bpmn", Diagram().start().service("s", "werk", retries="1").end().path("start", "s", "end").xml())
    platform.start("p")
    with pytest.raises(Busy, match="disk is full"):
        platform.run_due()
    with platform.context.db.read() as unit:
        assert unit.connection.execute(select(t.job.c.retries, t.job.c.failed)).one() == (1, False)
        assert unit.connection.execute(select(func.count()).select_from(t.incident)).scalar_one() == 0
