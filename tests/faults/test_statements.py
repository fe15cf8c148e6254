"""Break the N-th SQL statement of a use case, for every N: the database is as before, or as after, never in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from diagrams import Diagram, message_event, timer
from sqlalchemy import event, select

from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t


class Broken(Exception):
    """The fault that the test puts in."""


def snapshot(platform: Platform) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, leases aside: they are meant to survive a failed attempt."""
    with platform.context.db.read() as unit:
        found = {}
        for table in t.metadata.sorted_tables:
            columns = [c for c in table.c if c.name not in ("lease_until", "lease_owner")]
            found[table.name] = sorted(map(tuple, unit.connection.execute(select(*columns))), key=repr)
        return found


def break_each_statement(platform: Platform, act: Callable[[], object]) -> int:
    """Run ``act`` with the 1st, 2nd, … statement failing until it succeeds; return how many statements it has."""
    before = snapshot(platform)
    countdown = [0]

    def strike(*_: object) -> None:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise Broken

    event.listen(platform.context.db.engine, "before_cursor_execute", strike)
    try:
        for n in range(1, 200):
            countdown[0] = n
            try:
                act()
            except Broken:
                countdown[0] = -1
                assert snapshot(platform) == before, f"statement {n} left something behind"
                continue
            return n - 1
    finally:
        event.remove(platform.context.db.engine, "before_cursor_execute", strike)
    raise AssertionError("the use case never succeeded")


def diagram() -> Diagram:
    """A task with a timer and a message boundary event, a parallel split, a job: rows of every kind change."""
    return (
        Diagram().message("m", "bericht").start().user("a").boundary("t", "a", timer("timeDuration", "P1D"))
        .boundary("b", "a", message_event("m")).xor("merge").both("g").user("x").service("s", "werk").both("j").end()
        .path("start", "a", "merge", "g", "x", "j", "end").path("g", "s", "j").path("t", "merge").path("b", "merge")
    )  # fmt: skip


@pytest.fixture
def started(open_platform: Callable[..., Platform]) -> tuple[Platform, int]:
    platform = open_platform(handlers={"werk": lambda job, work: {"gedaan": True}})
    platform.deploy_content("p.bpmn", diagram().xml())
    return platform, platform.start("p", {"sleutel": "1"})


def test_completing_a_task_is_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, key = started
    task = platform.tasks(state="CREATED", instance=key)[0]

    statements = break_each_statement(platform, lambda: platform.complete(task.key, {"a": 1}, user="anna"))

    assert statements >= 8
    assert [x.element_id for x in platform.tasks(state="CREATED")] == ["x"]


def test_a_job_is_all_or_nothing_and_runs_again_after_its_lease(started: tuple[Platform, int]) -> None:
    platform, key = started
    platform.complete(platform.tasks(state="CREATED", instance=key)[0].key, {}, user="anna")
    job = platform.jobs.due()[0]
    owner = [0]

    def run() -> None:
        with platform.context.db.write() as unit:  # the lease of the failed attempt has run out
            unit.connection.execute(t.job.update().values(lease_until=None, lease_owner=None))
        owner[0] += 1
        assert platform.jobs.run(job, f"owner {owner[0]}")

    before = [x.element_id for x in platform.tasks(state="CREATED")]
    statements = break_each_statement(platform, run)

    assert statements >= 8
    assert [x.element_id for x in platform.tasks(state="CREATED")] == before
    assert platform.jobs.due() == []
    assert platform.instance(key).variables["gedaan"] is True


def test_publishing_a_message_is_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, key = started

    assert break_each_statement(platform, lambda: platform.publish("bericht", correlation_key="1")) >= 8

    assert ("a", "TERMINATED") in [(e.element_id, e.state) for e in platform.instance(key).elements]


def test_starting_deploying_and_cancelling_are_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, _ = started
    keys: list[int] = []

    assert break_each_statement(platform, lambda: platform.deploy_content("q.bpmn", diagram().xml() + " ")) >= 3
    assert break_each_statement(platform, lambda: keys.append(platform.start("p", {"sleutel": "2"}))) >= 4
    assert break_each_statement(platform, lambda: platform.cancel(keys[0])) >= 4


def test_an_undelivered_timer_fires_later_and_once(started: tuple[Platform, int]) -> None:
    platform, key = started
    platform.clock.advance(days=1)
    job = platform.jobs.due()[0]
    owner = [0]

    def run() -> None:
        with platform.context.db.write() as unit:
            unit.connection.execute(t.job.update().values(lease_until=None, lease_owner=None))
        owner[0] += 1
        assert platform.jobs.run(job, f"owner {owner[0]}")

    break_each_statement(platform, run)

    assert [e.element_id for e in platform.instance(key).elements].count("t") == 1
    assert not platform.jobs.run(job, "too late")
