"""Measures the sweep for due work with 0 and 200,000 pending timers, on both databases. Run: python bench/timers.py"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from measuring import Platform, head, open_at, say, server
from sqlalchemy import insert, text

from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import SQLITE

PENDING = 200_000


def fill(platform: Platform, count: int) -> None:
    """Write timers due next year."""
    now, keys = platform.clock.now(), platform.context.keys
    with platform.context.db.write() as unit:
        for begin in range(0, count, 10_000):
            unit.connection.execute(insert(t.job), [
                {"key": keys.next(), "root_key": 1, "kind": "TIMER", "type": "", "instance_key": n, "element_key": n,
                 "element_id": "t", "due": now + timedelta(days=300, seconds=n), "retries": 0, "watches": ()}
                for n in range(begin, begin + 10_000)
            ])  # fmt: skip
        unit.connection.exec_driver_sql("ANALYZE")


def sweep(platform: Platform) -> float:
    """Return the median seconds of one idle sweep."""
    times = []
    for _ in range(200):
        before = time.perf_counter()
        assert platform.services.jobs.due() == []
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def plan(platform: Platform) -> str:
    """Return how the database looks for due work, with one due timer among those pending."""
    seen: list[tuple[str, Any]] = []
    with platform.context.db.watched(lambda sql, given: seen.append((sql, given))):
        platform.services.jobs.due()
    sql, given = next(s for s in seen if "FROM job" in s[0])
    with platform.context.db.read() as unit:
        how = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN "
        rows = unit.connection.exec_driver_sql(how + sql, given if isinstance(given, dict) else tuple(given)).all()
    return "\n".join(f"         {row[-1]}" for row in rows)


def measure(name: str, new_url: Callable[[], str]) -> None:
    """Print the ratio and the plan for one database."""
    with open_at(new_url()) as none, open_at(new_url()) as many:
        fill(many, PENDING)
        idle, busy = [], []
        for _ in range(5):
            idle.append(sweep(none))
            busy.append(sweep(many))
        one, other = statistics.median(idle), statistics.median(busy)
        say(
            f"{name}: an idle sweep with {PENDING:,} timers ({one * 1e6:.0f} → {other * 1e6:.0f} µs)",
            other / one,
            1.2,
        )
        with many.context.db.write() as unit:
            unit.connection.execute(text("UPDATE job SET due = :now WHERE instance_key = 77"),
                                    {"now": "2026-01-01 00:00:00.000000"})  # fmt: skip
        before = time.perf_counter()
        assert len(many.services.jobs.due()) == 1
        print(f"       the due one is found in {(time.perf_counter() - before) * 1e6:.0f} µs:\n{plan(many)}")


def main() -> None:
    head("The sweep for due work")
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(9))
        measure("SQLite", lambda: f"sqlite:///{folder}/{next(numbers)}.db")
    with server() as new_database:
        measure("PostgreSQL", new_database)


if __name__ == "__main__":
    main()
