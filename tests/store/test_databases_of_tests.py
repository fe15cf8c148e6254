"""A database that a test gives back is as good as new for the next one."""

from __future__ import annotations

from postgres import PostgresServer

from inburgering_flow.store import migrations
from inburgering_flow.store.database import Database

STATISTICS = "SELECT count(*) FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid AND c.relname = 'account'"


def migrate(url: str) -> None:
    db = Database(url, synchronous="OFF")
    migrations.upgrade(db.engine)
    db.close()


def test_what_a_test_analysed_does_not_move_the_plans_of_the_next(postgres: PostgresServer) -> None:
    url = postgres.take(migrate)
    name = url.rpartition("/")[2]
    connection = postgres._connection(name)
    connection.execute(
        "INSERT INTO account (username, display_name, password_hash, roles, active)"
        " VALUES ('a', 'A', '', '[]', true)"
    )
    connection.execute("ANALYZE account")
    assert connection.execute(STATISTICS).fetchone() != (0,)

    postgres.give_back(url)

    connection = postgres._connection(name)
    assert connection.execute(STATISTICS).fetchone() == (0,)
    assert connection.execute("SELECT reltuples FROM pg_class WHERE relname = 'account'").fetchone() == (-1,)
