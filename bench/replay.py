"""Measures durable completions against the same SQL statements without the engine. Run: python bench/replay.py

The statements and parameters of each completion are recorded; a copy of the database, taken before, gets exactly the same
ones over the bare driver, in equal transactions. On SQLite (synchronous=FULL) and on PostgreSQL (fsync as the tests' server
has it: off, for both).
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import tempfile
import time
from typing import Any

from measuring import Platform, fresh, head, open_at, row_of_tasks, say, server

CASES, COUNT = 200, 5


def prepare(platform: Platform) -> list[int]:
    """Start cases; return the task of each."""
    platform.deploy_content("rij.bpmn", row_of_tasks(COUNT).xml())
    keys = [platform.start(f"rij{COUNT}", {"a": 1}) for _ in range(CASES)]
    return [platform.tasks(state="CREATED", instance=key)[0].key for key in keys]


def side_by_side(platform: Platform, tasks: list[int], bare: Any, begin: str, name: str) -> float:
    """Return the time of a completion divided by that of its statements alone.

    In turn: one completion is watched, its statements run on the copy; the next is measured, unwatched.
    """
    ours, alone = [], []
    for watched, measured in zip(tasks[::2], tasks[1::2], strict=True):
        seen: list[tuple[str, Any]] = []
        with platform.context.db.watched(lambda sql, given, seen=seen: seen.append((sql, given))):
            platform.complete(watched, {"a": watched % 9}, user="anna")
        statements = [(sql, given) for sql, given in seen if sql != "COMMIT" and not sql.startswith("BEGIN")]
        before = time.perf_counter()
        replay(bare, statements, begin)
        alone.append(time.perf_counter() - before)
        before = time.perf_counter()
        platform.complete(measured, {"a": measured % 9}, user="anna")
        ours.append(time.perf_counter() - before)
    # The lower quartile: other work on the machine only ever adds time, most of all to a client that waits for a
    # server.
    one, other = (statistics.quantiles(found[5:], n=4)[0] for found in (ours, alone))
    print(f"       {name}: {one * 1000:.2f} ms, its statements alone {other * 1000:.2f} ms")
    return one / other


def replay(connection: Any, statements: list[tuple[str, Any]], begin: str) -> None:
    """Run recorded statements over a driver's connection in one transaction."""
    cursor = connection.cursor()
    cursor.execute(begin)
    for sql, given in statements:
        if isinstance(given, list) and given and isinstance(given[0], (list, tuple, dict)):
            cursor.executemany(sql, given)
        else:
            cursor.execute(sql, given)
        if cursor.description is not None:
            cursor.fetchall()
    cursor.execute("COMMIT")
    cursor.close()


def on_sqlite() -> float:
    """Return the time of a completion divided by the time of its statements alone."""
    ratios = []
    for _ in range(5):
        with fresh() as platform, tempfile.TemporaryDirectory() as folder:
            tasks = prepare(platform)
            with platform.context.db.engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copy(str(platform.context.db.engine.url.database), f"{folder}/copy.db")
            bare = sqlite3.connect(f"{folder}/copy.db", isolation_level=None)
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY"):
                bare.execute(f"PRAGMA {pragma}")
            ratios.append(side_by_side(platform, tasks, bare, "BEGIN IMMEDIATE", "SQLite"))
            bare.close()
    return statistics.median(ratios)


def on_postgresql() -> float:
    """Return the same for PostgreSQL."""
    import psycopg

    ratios = []
    with server() as new_database:
        for _ in range(5):
            url = new_database()
            with open_at(url) as platform:
                tasks = prepare(platform)
            address = url.replace("+psycopg", "")
            copy = address.rsplit("/", 1)[-1] + "_copy"
            with psycopg.connect(address.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {copy} TEMPLATE {address.rsplit('/', 1)[-1]}")
            there = address.rsplit("/", 1)[0] + "/" + copy
            with open_at(url) as platform, psycopg.connect(there, autocommit=True) as bare:
                ratios.append(side_by_side(platform, tasks, bare, "BEGIN", "PostgreSQL"))
    return statistics.median(ratios)


def main() -> None:
    head("A durable completion compared with its own SQL statements replayed without the engine")
    say("SQLite", on_sqlite(), 1 / 0.6)
    say("PostgreSQL", on_postgresql(), 1 / 0.6)


if __name__ == "__main__":
    main()
