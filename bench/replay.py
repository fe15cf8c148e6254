"""Measures durable completions beside the same SQL statements without the engine. Run: python bench/replay.py

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

CASES, COUNT = 120, 5
Transactions = list[list[tuple[str, Any]]]


def prepare(platform: Platform) -> list[int]:
    """Start cases; return the task of each."""
    platform.deploy_content("rij.bpmn", row_of_tasks(COUNT).xml())
    keys = [platform.start(f"rij{COUNT}", {"a": 1}) for _ in range(CASES)]
    return [platform.tasks(state="CREATED", instance=key)[0].key for key in keys]


def record(platform: Platform, tasks: list[int]) -> tuple[list[float], Transactions]:
    """Complete the tasks; return the seconds and the statements of each."""
    times, transactions = [], []
    for number, task in enumerate(tasks):
        seen: list[tuple[str, Any]] = []
        if number % 2:  # watching costs a little: what is measured is not watched
            before = time.perf_counter()
            platform.complete(task, {"a": number}, user="anna")
            times.append(time.perf_counter() - before)
            continue
        with platform.context.db.watched(lambda sql, given, seen=seen: seen.append((sql, given))):
            platform.complete(task, {"a": number}, user="anna")
        transactions.append([(sql, given) for sql, given in seen if sql != "COMMIT" and not sql.startswith("BEGIN")])
    return times, transactions


def replay(connection: Any, transactions: Transactions, begin: str) -> list[float]:
    """Run recorded statements over a driver's connection; return the seconds of each transaction."""
    times = []
    for statements in transactions:
        before = time.perf_counter()
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
        times.append(time.perf_counter() - before)
    return times


def on_sqlite() -> float:
    """Return the time of a completion over the time of its statements alone."""
    ratios = []
    for _ in range(3):
        with fresh() as platform, tempfile.TemporaryDirectory() as folder:
            tasks = prepare(platform)
            with platform.context.db.engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copy(str(platform.context.db.engine.url.database), f"{folder}/copy.db")
            ours, transactions = record(platform, tasks)
            bare = sqlite3.connect(f"{folder}/copy.db", isolation_level=None)
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "temp_store=MEMORY"):
                bare.execute(f"PRAGMA {pragma}")
            alone = replay(bare, transactions, "BEGIN IMMEDIATE")
            bare.close()
        print(f"       SQLite: {statistics.median(ours) * 1000:.2f} ms, its statements alone "
              f"{statistics.median(alone) * 1000:.2f} ms")  # fmt: skip
        ratios.append(statistics.median(ours) / statistics.median(alone))
    return statistics.median(ratios)


def on_postgresql() -> float:
    """Return the same on PostgreSQL."""
    import psycopg

    ratios = []
    with server() as new_database:
        for _ in range(3):
            url = new_database()
            with open_at(url) as platform:
                tasks = prepare(platform)
            address = url.replace("+psycopg", "")
            copy = address.rsplit("/", 1)[-1] + "_copy"
            with psycopg.connect(address.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {copy} TEMPLATE {address.rsplit('/', 1)[-1]}")
            with open_at(url) as platform:
                ours, transactions = record(platform, tasks)
            with psycopg.connect(address.rsplit("/", 1)[0] + "/" + copy, autocommit=True) as bare:
                alone = replay(bare, transactions, "BEGIN")
            print(f"       PostgreSQL: {statistics.median(ours) * 1000:.2f} ms, its statements alone "
                  f"{statistics.median(alone) * 1000:.2f} ms")  # fmt: skip
            ratios.append(statistics.median(ours) / statistics.median(alone))
    return statistics.median(ratios)


def main() -> None:
    head("A durable completion beside its own SQL statements replayed without the engine")
    say("SQLite", on_sqlite(), 1 / 0.6)
    say("PostgreSQL", on_postgresql(), 1 / 0.6)


if __name__ == "__main__":
    main()
