"""A server that fails, and its replica that takes its place: nodes go on with the other one, without being started again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from diagrams import Diagram
from invariants import assert_sound
from postgres import Pair, PostgresServer, until, url_of
from sqlalchemy import text

from inburgering_flow.errors import Busy, FlowError
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store.database import Database
from inburgering_flow.store.dialects import REACHED

SETTINGS = Settings(secret="only for tests", password_memory=64)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    found = Pair(tmp_path)
    found.start()
    yield found
    found.stop()


def a_case(platform: Platform) -> int:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").user("b").end().path("start", "a", "b", "end").xml())
    platform.start("p")
    return platform.tasks(state="CREATED")[0].key


def tried_until_done(act: Callable[[], object]) -> None:
    def done() -> bool:
        try:
            act()
        except Busy:
            return False
        return True

    until(done, "it did not succeed")


def test_a_platform_goes_on_with_the_replica_and_with_the_first_when_that_took_its_place_again(pair: Pair) -> None:
    with Platform.open(pair.new_database(), plugins=[], settings_=SETTINGS) as platform:
        task = a_case(platform)

        pair.fail_over()
        tried_until_done(lambda: platform.complete(task, {}, user="anna"))
        assert [one.element_id for one in platform.tasks(state="CREATED")] == ["b"]

        pair.replicate()
        pair.fail_over()
        tried_until_done(platform.context.db.ping)
        (second,) = platform.tasks(state="CREATED")
        platform.complete(second.key, {}, user="anna")
        assert {one.state for one in platform.instances("p")} == {"COMPLETED"}
        assert_sound(platform)


def test_a_replica_alone_is_not_worked_on(pair: Pair) -> None:
    db = Database(url_of("postgres", [pair.replica.port]))
    try:
        with pytest.raises(Busy, match="connection to the database was lost"):
            db.ping()  # which a replica could answer
    finally:
        db.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("prepared", [True, False])
def test_a_connection_to_a_server_that_may_only_be_read_is_given_up(
    open_platform: Callable[..., Platform], postgres: PostgresServer, prepared: bool
) -> None:
    platform = open_platform()
    task = a_case(platform)
    before = backends(platform)

    def strike() -> None:
        if prepared:
            platform.complete(task, {}, user="anna")
        else:
            with platform.context.db.write() as unit:
                unit.connection.execute(text("DELETE FROM document"))

    postgres.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    postgres.execute("SELECT pg_reload_conf()")
    try:
        until(lambda: is_read_only(platform), "the server did not become read-only")
        with pytest.raises(Busy, match="may only be read now"):
            strike()
        assert [one.element_id for one in platform.tasks(state="CREATED")] == ["a"]  # reading goes on
    finally:
        postgres.execute("ALTER SYSTEM RESET default_transaction_read_only")
        postgres.execute("SELECT pg_reload_conf()")

    until(lambda: not is_read_only(platform), "the server stayed read-only")
    assert backends(platform) != before
    platform.complete(task, {}, user="anna")
    assert_sound(platform)


def backends(platform: Platform) -> int:
    with platform.context.db.read() as unit:
        return int(unit.connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def is_read_only(platform: Platform) -> bool:
    with platform.context.db.read() as unit:
        return unit.connection.execute(text("SHOW default_transaction_read_only")).scalar_one() == "on"


def test_a_server_that_fell_silent_is_given_up_in_seconds_unless_the_url_says_otherwise(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    for given, wanted in (("", REACHED), ("?connect_timeout=60", {**REACHED, "connect_timeout": "60"})):
        db = Database(url + given)
        try:
            with db.read() as unit:
                used = unit.driver.info.get_parameters()
            assert {name: used.get(name) for name in wanted} == wanted
        finally:
            db.close()


def test_a_url_of_several_servers_that_do_not_answer_is_an_answer_in_a_sentence() -> None:
    with pytest.raises(FlowError, match="connection to the database was lost"):
        Platform.open(url_of("flow", [1, 2]), plugins=[], settings_=SETTINGS)
