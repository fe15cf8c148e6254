"""Due work over the queue: sent with the step that stores it, done once, and never lost with the queue."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from diagrams import Diagram, timer
from hypothesis import given
from hypothesis import strategies as st
from invariants import assert_sound
from procrastinate.schema import SchemaManager
from sqlalchemy import func, select, text

from inburgering_flow.errors import InvalidInput
from inburgering_flow.executor import queue as queues
from inburgering_flow.executor.queue import BATCH, ENGINE, LONGEST_NAME, MOST_KEYS, MOST_WAITING, queue_of
from inburgering_flow.model.plugin import JobHandler
from inburgering_flow.model.runtime import DEFAULT_TENANT
from inburgering_flow.platform import Platform, SystemClock
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t

Open = Callable[..., Platform]
WORK = Diagram().start().service("s", "werk").end().path("start", "s", "end").xml()
TWO = Diagram().start().service("s", "werk").service("s2", "werk").end().path("start", "s", "s2", "end").xml()


class Effects:
    """Counts what handlers did, outside any database."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.threads: set[str] = set()

    def __call__(self, job: Any, _work: Any) -> None:
        self.keys.append(job.key)
        self.threads.add(threading.current_thread().name)


@pytest.fixture
def effects() -> Effects:
    return Effects()


@pytest.fixture
def node(make_database: Callable[[str], str], effects: Effects) -> Iterator[Open]:
    """Open nodes on one database that take due work from the queue, or only send it; closed at the end."""
    url, opened = make_database("postgresql"), []

    def open_one(
        *, works: bool = False, handlers: dict[str, JobHandler] | None = None, tenants: str = "", **given: Any
    ) -> Platform:
        chosen = Settings(
            secret="only for tests", password_memory=64, executor="queue", concurrency=2, drain_seconds=5, tenants=tenants
        )
        platform = Platform.open(
            url, plugins=[], clock=SystemClock(), settings_=chosen, handlers={"werk": effects, **(handlers or {})}, **given
        )
        opened.append(platform)
        if works:
            platform.start_executor()
        return platform

    yield open_one
    for platform in opened:
        platform.close()


def count(platform: Platform, table: str) -> int:
    with platform.context.db.read() as unit:
        return int(unit.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def until(what: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is true; fail if it does not become true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def sweep(platform: Platform, *, thorough: bool = False) -> int | None:
    assert platform._queue is not None
    return platform._queue.sweep(thorough=thorough)


def everyones(_kind: str, _type: str) -> list[str]:
    """Return whose work is wanted of a kind and type."""
    return [DEFAULT_TENANT]


def being_done(platform: Platform, *, heard: str) -> None:
    """Let a worker that was last heard at a moment be working on every message."""
    with platform.context.db.write() as unit:
        unit.connection.execute(text(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({heard})"))
        unit.connection.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)")
        )


def test_each_piece_of_work_is_done_once_by_some_node_and_leaves_nothing_behind(node: Open, effects: Effects) -> None:
    serving = node()
    serving.deploy_content("p.bpmn", TWO)
    for _ in range(60):
        serving.start("p")
    node(works=True)
    node(works=True)

    until(lambda: not serving.instances("p", "ACTIVE"))

    assert len(effects.keys) == len(set(effects.keys)) == 120
    until(lambda: count(serving, "dispatch") == count(serving, "procrastinate_jobs") == count(serving, "job") == 0)
    assert_sound(serving)


def test_a_message_goes_only_if_the_step_that_stores_the_work_is_stored(node: Open) -> None:
    serving = node()
    serving.deploy_content("p.bpmn", WORK)

    seen: list[str] = []

    def cut(sql: str, _parameters: Any) -> None:
        seen.append(sql)
        if sql == "COMMIT":
            raise RuntimeError

    with serving.context.db.watched(cut), pytest.raises(RuntimeError):
        serving.start("p")
    assert any("INTO dispatch" in sql for sql in seen)
    assert count(serving, "procrastinate_jobs") == count(serving, "dispatch") == 0

    serving.start("p")
    assert count(serving, "procrastinate_jobs") == count(serving, "dispatch") == 1


def test_future_work_never_enters_the_queue(node: Open) -> None:
    later = Diagram().start().node("intermediateCatchEvent", "w", body=timer("timeDuration", "P1D")).end()
    serving = node()
    serving.deploy_content("p.bpmn", later.path("start", "w", "end").xml())

    serving.start("p")
    sweep(serving, thorough=True)

    assert count(serving, "job") == 1
    assert count(serving, "procrastinate_jobs") == 0


def test_a_queue_that_is_emptied_by_hand_loses_nothing(node: Open, effects: Effects) -> None:
    serving = node()
    serving.deploy_content("p.bpmn", WORK)
    for _ in range(5):
        serving.start("p")
    with serving.context.db.write() as unit:
        unit.connection.execute(text("DELETE FROM procrastinate_jobs"))

    node(works=True)

    until(lambda: len(effects.keys) == 5)


def test_what_a_dead_worker_was_doing_is_sent_again_when_its_lease_has_run_out(node: Open, effects: Effects) -> None:
    serving = node()
    serving.deploy_content("p.bpmn", WORK)
    serving.start("p")
    being_done(serving, heard="now() - interval '1 hour'")
    with serving.context.db.write() as unit:
        unit.connection.execute(text("UPDATE job SET lease_owner = 'dead', lease_until = now() + interval '1 second'"))
    assert sweep(serving, thorough=True) == 0
    assert count(serving, "procrastinate_jobs") == 0

    node(works=True)

    until(lambda: len(effects.keys) == 1)


def test_what_a_living_worker_is_doing_stays_with_it(node: Open) -> None:
    serving = node()
    serving.deploy_content("p.bpmn", WORK)
    serving.start("p")
    being_done(serving, heard="now()")

    assert sweep(serving, thorough=True) == 0
    assert count(serving, "dispatch") == count(serving, "procrastinate_jobs") == 1


def test_under_load_many_keys_travel_in_one_message_and_the_queue_stays_short(node: Open) -> None:
    serving = node()
    assert serving._queue is not None
    serving._queue._seconds, serving._queue._since = lambda: 0.0, 0.0  # all of them within one second, however long it takes
    serving.deploy_content("p.bpmn", WORK)
    many = 200
    for _ in range(many):
        serving.start("p")
    at_once = count(serving, "procrastinate_jobs")
    assert 0 < at_once <= 20

    sweep(serving)

    assert count(serving, "dispatch") == many
    assert at_once < count(serving, "procrastinate_jobs") < at_once + many / 5
    assert sweep(serving) == 0  # nothing is sent twice


def test_no_more_is_sent_than_a_queue_should_hold(node: Open) -> None:
    serving = node()
    serving.deploy_content("p.bpmn", WORK)
    serving.start("p")
    with serving.context.db.write() as unit:
        unit.connection.execute(text("DELETE FROM dispatch"))
        copies = MOST_WAITING - count(serving, "procrastinate_jobs")
        unit.connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name) SELECT queue_name, task_name FROM procrastinate_jobs,"
                f" generate_series(1, {copies})"
            )
        )

    assert sweep(serving) == 0

    with serving.context.db.write() as unit:
        unit.connection.execute(text("DELETE FROM procrastinate_jobs"))
    assert sweep(serving) == 1


def test_only_one_node_sweeps_at_a_time(node: Open) -> None:
    first, second = node(), node()
    first.deploy_content("p.bpmn", WORK)
    with first.context.db.write() as unit:
        unit.connection.execute(text("SELECT pg_advisory_xact_lock(269)"))
        assert sweep(second) is None
    assert sweep(second) == 0


def test_a_slow_handler_holds_up_neither_timers_nor_what_waits_behind_it(node: Open, effects: Effects) -> None:
    may_end = threading.Event()

    def slow(job: Any, work: Any) -> None:
        if job.variables.get("traag"):
            may_end.wait(30)
        effects(job, work)

    soon = Diagram("t").start().node("intermediateCatchEvent", "w", body=timer("timeDuration", "PT0.1S")).end()
    serving = node(handlers={"werk": slow})
    serving.deploy_content("p.bpmn", WORK)
    serving.deploy_content("t.bpmn", soon.path("start", "w", "end").xml())
    first = serving.start("p", {"traag": True})
    others = [serving.start("p") for _ in range(9)]
    with serving.context.db.write() as unit:  # all of them in one message
        unit.connection.execute(text("DELETE FROM procrastinate_jobs"))
        unit.connection.execute(text("DELETE FROM dispatch"))
        assert serving._queue is not None
        from inburgering_flow.store import queue

        serving._queue.send(unit, queue.undispatched(unit, serving.clock.now(), ("werk",), 50, everyones))
    assert count(serving, "procrastinate_jobs") == 1
    try:
        node(works=True, handlers={"werk": slow})
        timers = [serving.start("t") for _ in range(5)]

        until(lambda: all(serving.instance(key).state == "COMPLETED" for key in [*others, *timers]))
        assert serving.instance(first).state == "ACTIVE"
    finally:
        may_end.set()
    until(lambda: serving.instance(first).state == "COMPLETED")
    assert Counter(effects.keys).most_common(1)[0][1] == 1


def test_a_worker_does_only_the_types_that_it_was_given(node: Open, effects: Effects) -> None:
    other: list[int] = []
    handlers: dict[str, JobHandler] = {"anders": lambda job, _work: other.append(job.key)}
    serving = node(handlers=handlers)
    serving.deploy_content("p.bpmn", WORK)
    serving.deploy_content("q.bpmn", Diagram("q").start().service("s", "anders").end().path("start", "s", "end").xml())
    serving.start("p")
    serving.start("q")

    worker = node(handlers=handlers)
    worker.start_executor(types=["anders"])

    until(lambda: len(other) == 1)
    time.sleep(0.3)
    assert effects.keys == []
    with pytest.raises(InvalidInput, match="no handler for jobs of type onbekend"):
        node().start_executor(types=["onbekend"])


def test_a_failing_job_is_tried_again_and_then_stands_still_with_an_incident(node: Open) -> None:
    tried: list[int] = []

    def fails(job: Any, _work: Any) -> None:
        tried.append(job.key)
        raise ValueError("no")

    serving = node(works=True, handlers={"werk": fails})
    serving.deploy_content("p.bpmn", WORK)
    key = serving.start("p")

    until(lambda: len(serving.instance(key).incidents) == 1)
    assert len(tried) == 3


def test_a_node_told_to_end_finishes_what_it_has_begun_and_gives_the_rest_back(node: Open, effects: Effects) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(job: Any, work: Any) -> None:
        begun.set()
        may_end.wait(10)
        effects(job, work)

    serving = node(handlers={"werk": slow})
    serving.deploy_content("p.bpmn", WORK)
    for _ in range(6):
        serving.start("p")
    worker = node(works=True, handlers={"werk": slow})
    assert begun.wait(10)
    ending = threading.Thread(target=worker.drain)
    ending.start()
    until(lambda: worker.context.is_draining)
    time.sleep(0.2)  # until its loop has heard it
    may_end.set()
    ending.join(10)

    assert not ending.is_alive()
    assert 1 <= len(effects.keys) < 6
    with serving.context.db.read() as unit:
        assert unit.connection.execute(select(func.count()).where(t.job.c.lease_owner.is_not(None))).scalar_one() == 0
    node(works=True)
    until(lambda: len(effects.keys) == 6)


def test_a_newer_queue_changes_its_tables_and_takes_nothing_away_that_an_older_node_still_uses(
    node: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = node()
    queue = serving._queue
    assert queue is not None
    known = Path(SchemaManager.get_migrations_path())
    for path in known.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "99.00.00_01_pre_add.sql").write_text("CREATE TABLE procrastinate_added (x int)")
    (tmp_path / "99.00.00_50_post_take.sql").write_text("DROP TABLE procrastinate_added")
    monkeypatch.setattr(SchemaManager, "get_migrations_path", staticmethod(lambda: str(tmp_path)))

    queue.prepare(is_alone=lambda _unit: False)
    queue.prepare(is_alone=lambda _unit: False)  # each change is made once
    assert count(serving, "procrastinate_added") == 0

    with serving.context.db.write() as unit:
        unit.connection.execute(text("UPDATE node SET version = '0.0.1'"))
        assert serving.node is not None
        assert not serving.node.is_of_newest(unit)
    queue.prepare(is_alone=lambda _unit: True)
    with serving.context.db.read() as unit:
        assert unit.connection.execute(text("SELECT to_regclass('procrastinate_added')")).scalar_one() is None
    with serving.context.db.write() as unit:
        unit.connection.execute(text("DELETE FROM queue_schema WHERE name LIKE '99.%'"))


def test_a_file_has_no_queue_and_says_so(tmp_path: Any) -> None:
    with pytest.raises(InvalidInput, match="needs a database server"):
        Platform.open(f"sqlite:///{tmp_path}/flow.db", plugins=[], settings_=Settings(secret="t", executor="queue"))


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=64)), unique=True, max_size=20),
    st.sampled_from(["a", "a/b", "a%2Fb", "a/job:b", DEFAULT_TENANT]),
)
def test_each_type_and_tenant_has_a_queue_of_its_own_whose_name_fits(pairs: list[tuple[str, str]], tenant: str) -> None:
    names = [queue_of("JOB", *one) for one in pairs]
    engines = {queue_of("TIMER", "", one) for one in (*(whose for _type, whose in pairs), tenant, DEFAULT_TENANT)}

    assert len({*names, ENGINE, BATCH}) == len(pairs) + 2
    assert len(engines) == len({*(whose for _type, whose in pairs), tenant, DEFAULT_TENANT})
    assert not engines & set(names)
    assert all(len(name.encode()) <= LONGEST_NAME for name in (*names, *engines))
    assert queue_of("TIMER", "x") == queue_of("SIGNAL", "y") == ENGINE
    assert queue_of("BATCH", "x") == BATCH


def of_tenant(platform: Platform, tenant: str, number: int) -> list[int]:
    """Return cases of another tenant whose work is due; they wait at a task first, since nothing but a row names a tenant yet."""
    keys = [platform.start("t") for _ in range(number)]
    with platform.context.db.write() as unit:
        unit.connection.execute(t.process_instance.update().where(t.process_instance.c.key.in_(keys)).values(tenant_id=tenant))
    for task in platform.tasks(state="CREATED"):
        platform.complete(task.key, {}, user="anna")
    return keys


def test_a_node_does_the_work_of_its_tenants_and_one_tenants_backlog_is_not_anothers(
    node: Open, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "MOST_KEYS", 1)
    monkeypatch.setattr(queues, "MOST_WAITING", 2)
    task = Diagram("t").start().user("u").service("s", "werk").end().path("start", "u", "s", "end").xml()
    serving = node(tenants="aa, bb")
    serving.deploy_content("t.bpmn", task)
    of_nobody, of_a, of_b = of_tenant(serving, "zz", 3), of_tenant(serving, "aa", 5), of_tenant(serving, "bb", 2)
    assert {queue_of("JOB", "werk", one) for one in ("zz", "aa", "bb")} == {"zz/job:werk", "aa/job:werk", "bb/job:werk"}
    with serving.context.db.write() as unit:  # the queue of one is full, with messages that nobody takes
        unit.connection.execute(text("DELETE FROM procrastinate_jobs"))
        unit.connection.execute(text("DELETE FROM dispatch"))
        unit.connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name) "
                f"SELECT 'aa/job:werk', 'due' FROM generate_series(1, {queues.MOST_WAITING})"
            )
        )

    assert sweep(serving) == len(of_b)

    with serving.context.db.write() as unit:
        unit.connection.execute(text("DELETE FROM procrastinate_jobs WHERE queue_name = 'aa/job:werk'"))
    node(works=True, tenants="aa, bb")
    until(lambda: all(serving.instance(key).state == "COMPLETED" for key in [*of_a, *of_b]))
    assert {serving.instance(key).state for key in of_nobody} == {"ACTIVE"}
    assert len(effects.keys) == len(of_a) + len(of_b)


def test_the_database_clock_decides_what_is_free(node: Open) -> None:
    """A lease that was given too far ahead, by a clock that was wrong, holds nothing."""
    serving = node()
    serving.deploy_content("p.bpmn", WORK)
    serving.start("p")
    with serving.context.db.write() as unit:
        unit.connection.execute(text("DELETE FROM dispatch"))
        for ahead, sent in ((timedelta(seconds=30), 0), (timedelta(hours=1), 1)):
            moment = unit.server_time()
            assert moment is not None
            unit.connection.execute(t.job.update().values(lease_owner="x", lease_until=moment + ahead))
            assert serving._queue is not None
            from inburgering_flow.store import queue

            assert len(queue.undispatched(unit, serving.clock.now(), ("werk",), MOST_KEYS, everyones)) == sent
