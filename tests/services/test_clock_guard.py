"""A wrong clock fires no legal timer: due work stands still, and says why, until the clock is right."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from diagrams import Diagram, timer
from postgres import until
from sqlalchemy import text

from inburgering_flow.app import create_app
from inburgering_flow.clock import ServerClock, SystemClock
from inburgering_flow.doctor import examine
from inburgering_flow.executor.embedded import EmbeddedExecutor
from inburgering_flow.keys import EPOCH_MS
from inburgering_flow.platform import Platform
from inburgering_flow.services.clock_guard import ClockWrong
from inburgering_flow.settings import Settings


class Machine(SystemClock):
    """The machine's clock as somebody sets it, and the seconds that nobody can set."""

    def __init__(self) -> None:
        self.off = timedelta()
        self.ran = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off + timedelta(seconds=self.ran)

    def seconds(self) -> float:
        return datetime.now(UTC).timestamp() + self.ran

    def passes(self, **time: float) -> None:
        self.ran += timedelta(**time).total_seconds()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def node(open_platform: Callable[..., Platform], machine: Machine) -> Platform:
    """A case that waits for a term of a week, on a machine whose clock is right."""
    platform = open_platform(clock=machine)
    platform.services.clock_guard._seconds = machine.seconds
    waits = Diagram().start().node("intermediateCatchEvent", "t", body=timer("timeDuration", "P7D")).end()
    platform.deploy_content("p.bpmn", waits.path("start", "t", "end").xml())
    platform.start("p")
    assert platform.run_due() == 0
    return platform


def open_cases(platform: Platform) -> int:
    return len(platform.instances("p", "ACTIVE"))


def test_a_clock_that_jumps_ahead_fires_no_term_and_says_so_everywhere(
    node: Platform, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.off = timedelta(days=400)

    with pytest.raises(ClockWrong, match=r"Due work does not run\. Set the clock right"):
        node.run_due()

    assert open_cases(node) == 1
    with caplog.at_level(logging.ERROR):
        assert "The clock of this machine" in caplog.text
    (told,) = [check for check in examine(node) if check.name == "clock"]
    assert told.remedy.startswith("Set the clock right")
    page = create_app(node.services).test_client().get("/healthz")
    assert page.status_code == 200
    assert "Due work does not run" in page.json["due_work"]

    machine.off = timedelta()
    assert node.run_due() == 0, "it goes on by itself"
    assert create_app(node.services).test_client().get("/healthz").json == {"status": "ok"}


def test_a_jump_between_looking_for_work_and_doing_it_is_refused_too(node: Platform, machine: Machine) -> None:
    with node.context.db.read() as unit:
        from inburgering_flow.store import jobs

        key = jobs.due(unit, machine.now() + timedelta(days=8), (), 10)[0]
    machine.off = timedelta(days=8)

    with pytest.raises(ClockWrong):
        node.services.jobs.run(key, "node 1")

    assert open_cases(node) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_time_that_passes_while_the_machine_runs_or_sleeps_is_no_jump(node: Platform, machine: Machine) -> None:
    machine.passes(days=8)

    assert node.run_due() == 1
    assert open_cases(node) == 0


def test_a_small_difference_is_no_trouble(node: Platform, machine: Machine) -> None:
    for seconds in (20, -9, 15, -25):
        machine.off = timedelta(seconds=seconds)
        assert node.run_due() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_program_that_starts_far_behind_what_was_written_waits_for_a_right_clock(
    node: Platform, open_platform: Callable[..., Platform], machine: Machine
) -> None:
    late = Machine()
    late.off = timedelta(days=-3)
    other = open_platform(clock=late)

    with pytest.raises(ClockWrong, match="the newest line of the log was written at"):
        other.run_due()

    late.off = timedelta()
    assert other.run_due() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("days", [-3, 3])
def test_a_servers_clock_decides_from_the_start(node: Platform, open_platform: Callable[..., Platform], days: int) -> None:
    wrong = Machine()
    wrong.off = timedelta(days=days)

    with pytest.raises(ClockWrong, match="that of the database"):
        open_platform(clock=wrong).run_due()


def test_a_clock_that_is_moved_on_purpose_is_never_wrong(platform: Platform) -> None:
    platform.clock.advance(days=4000)
    assert platform.run_due() == 0
    platform.clock.advance(days=-8000)
    assert platform.run_due() == 0
    assert platform.services.clock_guard.trouble() == ""


def test_the_executor_stands_still_without_a_word_of_its_own(
    node: Platform, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.off = timedelta(days=400)
    kept: list[int] = []
    executor = EmbeddedExecutor(node.services.jobs, [lambda: kept.append(1)])
    executor.start()
    executor.wake()
    while "Due work does not run" not in caplog.text:
        pass
    executor.stop()

    assert kept == [], "upkeep forgets by the clock, so it waits too"
    assert open_cases(node) == 1
    assert "executor:" not in caplog.text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_whose_clock_goes_wrong_leaves_what_is_in_the_queue_to_others_until_it_is_right(
    open_platform: Callable[..., Platform], machine: Machine
) -> None:
    done: list[str] = []
    settings = Settings(secret="only for tests", password_memory=64, executor="queue", drain_seconds=1)

    def opened(name: str, clock: SystemClock) -> Platform:
        return open_platform(clock=clock, handlers={"werk": lambda _job, _work: done.append(name)}, settings_=settings)

    wrong, right = opened("wrong", machine), opened("right", SystemClock())
    wrong.deploy_content("p.bpmn", Diagram().start().service("s", "werk").end().path("start", "s", "end").xml())
    wrong.start_executor()
    wrong.start("p")
    until(lambda: done == ["wrong"], "it did not work while its clock was right")

    def count(table: str) -> int:
        with right.context.db.read() as unit:
            return int(unit.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    machine.off = timedelta(minutes=5)
    until(lambda: count("procrastinate_workers") == 0, "it went on fetching")
    right.start("p")
    time.sleep(0.5)
    assert count("procrastinate_jobs") == 1, "it took what it does not do"
    right.start_executor()
    until(lambda: done == ["wrong", "right"], "nobody did it")
    right.drain()

    right.start("p")
    machine.off = timedelta()
    until(lambda: done == ["wrong", "right", "wrong"], "it did not go on when its clock was right")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nodes_go_by_the_clock_of_the_server_and_say_where_theirs_is_wrong(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(minutes=5)

    monkeypatch.setattr("inburgering_flow.clock.datetime", Ahead)
    platform = open_platform(clock=None)
    assert platform.node is not None
    off = [abs((now() - datetime.now(UTC)).total_seconds()) for now in (platform.clock.now, platform.context.real)]
    assert max(off) < 60, "by its own clock it would be five minutes"
    assert abs(platform.context.keys.next() / 2**22 + EPOCH_MS - datetime.now(UTC).timestamp() * 1000) < 60_000

    platform.keep_node("serve")
    platform.node.tell(facts=dict(platform._facts()))
    (row,) = platform.node.every()
    assert row.facts is not None
    assert 299 <= row.facts["clock_off"] <= 301
    client = create_app(platform.services).test_client()
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "The clock of this machine" in answer.json["due_work"]


def test_a_clock_that_goes_by_a_server_heeds_what_is_more_than_the_way_there() -> None:
    ran = [1_000.0]
    clock = ServerClock(lambda: ran[0])
    said = datetime(2026, 3, 1, 12, tzinfo=UTC)

    clock.tell(said, since=1_000.0)
    assert clock.now() == said
    ran[0] = 1_010.0
    assert clock.now() == said + timedelta(seconds=10)
    clock.tell(said + timedelta(seconds=9.6), since=1_009.0)  # it was a second under way
    assert clock.now() == said + timedelta(seconds=10)
    clock.tell(said + timedelta(seconds=12), since=1_010.0)  # another server, after a failover
    assert clock.now() == said + timedelta(seconds=12)
