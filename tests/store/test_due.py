"""Looking for due work touches what is due, whatever is pending; on both databases by the index alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from inburgering_flow.clock import real_now
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import SQLITE

PENDING = 20_000


def fill(platform: Platform, kind: str, count: int, *, type: str = "", **due: float) -> list[int]:
    now, keys = platform.clock.now(), platform.context.keys
    rows: list[dict[str, Any]] = [
        {"key": keys.next(), "root_key": 1, "kind": kind, "type": type, "instance_key": n, "element_key": n,
         "element_id": "t", "due": now + timedelta(**due) + timedelta(seconds=n), "retries": 0, "watches": ()}
        for n in range(count)
    ]  # fmt: skip
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.job), rows)
    return [row["key"] for row in rows]


def test_the_plan_searches_the_index_of_due_work_and_scans_no_table(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"werk": lambda job, work: None})
    fill(platform, "TIMER", PENDING, days=300)
    with platform.context.db.write() as unit:
        unit.connection.exec_driver_sql("ANALYZE")
    seen: list[tuple[str, Any]] = []
    with platform.context.db.watched(lambda sql, given: seen.append((sql, given))):
        assert platform.services.jobs.due() == []
    sql, given = next(s for s in seen if "FROM job" in s[0])

    with platform.context.db.read() as unit:
        how = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "
        given = given if isinstance(given, dict) else tuple(given)
        plan = [str(row[-1]) for row in unit.connection.exec_driver_sql(how + sql, given)]

    text = "\n".join(plan)
    assert "ix_job_due" in text
    assert "SCAN job" not in text, text
    assert "Seq Scan on job" not in text, text
    assert "Rows Removed by Filter" not in text, text


def test_due_work_comes_in_order_of_due_over_all_kinds_and_at_most_so_many(
    open_platform: Callable[..., Platform],
) -> None:
    platform = open_platform(handlers={"werk": lambda job, work: None, "meer": lambda job, work: None})
    timers = fill(platform, "TIMER", 40, hours=-2)
    jobs = fill(platform, "JOB", 40, type="meer", hours=-1)
    starts = fill(platform, "START", 40, hours=-3)
    fill(platform, "JOB", 5, type="van een ander", hours=-9)
    fill(platform, "TIMER", 5, hours=1)

    assert platform.services.jobs.due(1000) == [*starts, *timers, *jobs]
    assert platform.services.jobs.due(50) == [*starts, *timers[:10]]


def test_work_that_failed_or_is_leased_is_not_due(platform: Platform) -> None:
    first, second, third = fill(platform, "TIMER", 3, hours=-1)
    with platform.context.db.write() as unit:
        later = real_now() + timedelta(seconds=30)
        unit.connection.execute(update(t.job).where(t.job.c.key == first).values(lease_until=later, lease_owner="x"))
        unit.connection.execute(update(t.job).where(t.job.c.key == second).values(failed=True))

    assert platform.services.jobs.due() == [third]
