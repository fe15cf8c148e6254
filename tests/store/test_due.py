"""Looking for due work touches what is due, whatever is pending; on both databases by the index alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from diagrams import Diagram
from sqlalchemy import insert, update

from inburgering_flow.clock import real_now
from inburgering_flow.platform import Platform
from inburgering_flow.store import jobs, messages
from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import SQLITE

PENDING, CASES = 20_000, 5_000


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


def plan_of(platform: Platform, do: Callable[[], object], table: str) -> str:
    """Return how the database does the statement on a table that something sends, after checking that no table is read whole."""
    with platform.context.db.write() as unit:
        unit.connection.exec_driver_sql("ANALYZE")
    seen: list[tuple[str, Any]] = []
    with platform.context.db.watched(lambda sql, given: seen.append((sql, given))):
        do()
    sql, given = next(s for s in seen if f"FROM {table}" in s[0])

    with platform.context.db.read() as unit:
        how = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "
        given = given if isinstance(given, dict) else tuple(given)
        plan = [str(row[-1]) for row in unit.connection.exec_driver_sql(how + sql, given)]

    text = "\n".join(plan)
    assert f"SCAN {table}" not in text, text
    assert f"Seq Scan on {table}" not in text, text
    return text


def test_the_plan_searches_the_index_of_due_work_and_scans_no_table(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"werk": lambda job, work: None})
    fill(platform, "TIMER", PENDING, days=300)

    for ask in (platform.services.jobs.due, platform.services.jobs.count_due):
        text = plan_of(platform, ask, "job")
        assert "ix_job_due (" in text or "Index Cond: ((kind" in text or "Index Cond: (((kind" in text, text
        assert "Rows Removed by Filter" not in text, text


def test_what_a_case_waits_for_is_read_from_the_case_whatever_others_wait_for(platform: Platform) -> None:
    definition = platform.deploy_content("p.bpmn", Diagram("p").start().end().path("start", "end").xml())[0].key
    fill(platform, "TIMER", CASES, days=300)
    now, keys = platform.clock.now(), platform.context.keys
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.process_instance), [
            {"key": n, "root_key": n, "definition_key": definition, "process_id": "p", "version": 1, "state": "ACTIVE", "start": now,
             "has_incident": False}
            for n in range(1, CASES)
        ])  # fmt: skip
        unit.connection.execute(insert(t.subscription), [
            {"key": keys.next(), "root_key": n, "name": "m", "correlation_key": str(n), "instance_key": n, "process_id": "p",
             "owner_key": n, "element_id": "t", "interrupting": False, "created": now}
            for n in range(1, CASES)
        ])  # fmt: skip

    with platform.context.db.read() as unit:
        found = [job.instance_key for job in jobs.of_instances(unit, 77)], messages.waiting_in(unit, 77)
        plan_of(platform, lambda: jobs.of_instances(unit, 77), "job")
        plan_of(platform, lambda: messages.waiting_in(unit, 77), "subscription")
    assert found == ([77], [("m", "77", definition)])


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
