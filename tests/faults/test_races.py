"""Two nodes at one instant: what one has not committed yet is not lost on the other, doubled, or left to a deadlock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from diagrams import Diagram, message_event, timer
from invariants import assert_sound
from sqlalchemy import func, select, text
from test_two_actors import at_once

from inburgering_flow.errors import Busy
from inburgering_flow.keys import Keys
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Open = Callable[..., Platform]


@contextmanager
def meanwhile(first: Platform, act: Callable[[], object], *, after: str = "INSERT") -> Iterator[list[object]]:
    """Let ``act`` run when the first node is about to commit what began ``after``; it is done, or waits for that commit.

    Yields what it returned; raises what it raised.
    """
    found: list[object] = []
    failed: list[BaseException] = []
    mine = threading.get_ident()
    others: list[threading.Thread] = []
    seen = [False]

    def run() -> None:
        try:
            found.append(act())
        except BaseException as error:  # noqa: BLE001  # raised again in the test
            failed.append(error)

    def at(sql: str, _parameters: object) -> None:
        if threading.get_ident() != mine or others:
            return
        seen[0] = seen[0] or sql.startswith(after)
        if sql == "COMMIT" and seen[0]:
            others.append(threading.Thread(target=run))
            others[0].start()
            until(lambda: not others[0].is_alive() or waits(first))

    with first.context.db.watched(at):
        yield found
    others[0].join(timeout=30)
    if failed:
        raise failed[0]


def waits(platform: Platform) -> bool:
    """Tell whether anything waits for a lock on the server."""
    with platform.context.db.engine.connect() as connection:
        return bool(
            connection.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            ).scalar()
        )


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "neither done nor waiting after 20 seconds"
        time.sleep(0.005)


def catch(diagram: Diagram, id: str) -> Diagram:
    return diagram.node("intermediateCatchEvent", id, body=message_event("m"))


@on_postgresql
def test_a_message_that_comes_while_somebody_begins_to_wait_for_it_is_heard(open_platform: Open) -> None:
    one, other = open_platform(), open_platform()
    d = catch(Diagram().message("m", "bericht").start().user("a"), "c").end().path("start", "a", "c", "end")
    one.deploy_content("p.bpmn", d.xml())
    key = one.start("p", {"sleutel": "1"})
    task = one.tasks(state="CREATED")[0].key

    with meanwhile(one, lambda: other.publish("bericht", correlation_key="1")):
        one.complete(task)

    assert one.instance(key).state == "COMPLETED"
    assert_sound(one)


@on_postgresql
def test_of_two_messages_at_once_the_second_is_heard_by_the_next_event(open_platform: Open) -> None:
    one, other = open_platform(), open_platform()
    d = catch(catch(Diagram().message("m", "bericht").start(), "c"), "d").end().path("start", "c", "d", "end")
    one.deploy_content("p.bpmn", d.xml())
    key = one.start("p", {"sleutel": "1"})

    with meanwhile(one, lambda: other.publish("bericht", correlation_key="1")):
        one.publish("bericht", correlation_key="1")

    assert one.instance(key).state == "COMPLETED"
    assert_sound(one)


@on_postgresql
def test_families_that_send_each_other_messages_both_go_on(open_platform: Open) -> None:
    nodes = open_platform(), open_platform()
    for process, mine, its in (("p1", "m1", "m2"), ("p2", "m2", "m1")):
        d = Diagram(process).message("m", mine, "= sleutel").message("o", its, "= ander").start().both("f").both("j").user("a")
        throw = (
            '<bpmn:messageEventDefinition messageRef="o"><bpmn:extensionElements>'
            '<zeebe:publishMessage correlationKey="= ander"/></bpmn:extensionElements></bpmn:messageEventDefinition>'
        )
        catch(d.node("intermediateThrowEvent", "t", body=throw), "c").end()
        d.path("start", "f", "a", "t", "j").path("f", "c", "j", "end")
        nodes[0].deploy_content(f"{process}.bpmn", d.xml())
    keys = [
        nodes[0].start("p1", {"sleutel": "a", "ander": "b"}), nodes[0].start("p2", {"sleutel": "b", "ander": "a"}),
    ]  # fmt: skip
    tasks = [nodes[0].tasks(instance=key, state="CREATED")[0].key for key in keys]
    both = threading.Barrier(2)
    met: set[int] = set()

    def meet(sql: str, _parameters: object) -> None:
        """Wait, the first time, until each has its own family and is about to look for the other's."""
        if sql.startswith("INSERT INTO message ") and threading.get_ident() not in met:
            met.add(threading.get_ident())
            both.wait(timeout=20)

    with nodes[0].context.db.watched(meet), nodes[1].context.db.watched(meet):
        results = at_once(*(lambda n=n: nodes[n].complete(tasks[n]) for n in range(2)))

    assert results == [None, None]
    assert [nodes[0].instance(key).state for key in keys] == ["COMPLETED", "COMPLETED"]
    assert_sound(nodes[0])


@on_postgresql
def test_of_two_who_deploy_the_same_at_once_the_second_finds_it_there(open_platform: Open) -> None:
    one, other = open_platform(), open_platform()
    xml = Diagram().start().user("a").end().path("start", "a", "end").xml()

    with meanwhile(one, lambda: other.deploy_content("p.bpmn", xml)) as found:
        first = one.deploy_content("p.bpmn", xml)

    [second] = found
    assert [(d.version, d.is_new) for d in first] == [(1, True)]
    assert [(d.version, d.is_new) for d in second] == [(1, False)]  # type: ignore[attr-defined]  # what deploying returns


@on_postgresql
def test_a_new_version_that_comes_while_a_timer_starts_the_old_one_has_the_only_timer(open_platform: Open) -> None:
    one, other = open_platform(), open_platform()
    d = Diagram().start(body=timer("timeCycle", "R/PT1H")).user("a").end().path("start", "a", "end")
    one.deploy_content("p.bpmn", d.xml())
    for node in (one, other):
        node.clock.advance(hours=1)

    with meanwhile(one, lambda: other.deploy_content("p.bpmn", d.user("b").path("a", "b").xml()), after="INSERT INTO process_instance"):
        assert one.services.jobs.run(one.services.jobs.due()[0], "one")

    with one.context.db.read() as unit:
        timers = unit.connection.execute(select(func.count()).select_from(t.job).where(t.job.c.kind == "START")).scalar()
    assert timers == 1
    assert [i.version for i in one.instances("p")] == [1]


def test_nodes_without_a_number_make_different_keys_in_the_same_millisecond() -> None:
    sources = [Keys(milliseconds=lambda: 2_000_000_000_000) for _ in range(8)]

    assert len({source.next() for source in sources}) == 8


def test_a_forked_process_and_its_parent_can_both_go_on(database_url: str) -> None:
    script = f"""
import os
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
platform = Platform.open({database_url!r}, settings_=Settings(secret="t", synchronous="OFF"), plugins=[])
platform.deploy_content("p.bpmn", {Diagram().start().user("a").end().path("start", "a", "end").xml()!r})
platform.start("p")
child = os.fork()
for _ in range(20):
    platform.start("p")
if child:
    assert os.waitpid(child, 0)[1] == 0
    assert len(platform.instances("p")) == 41
    platform.close()
else:
    os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60)

    assert done.returncode == 0, done.stderr.decode()


@on_sqlite
def test_more_threads_than_keep_a_connection_can_work(platform: Platform) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    done = threading.Barrier(81)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            platform.start("p")
        except BaseException as error:  # noqa: BLE001  # judged below
            failed.append(error)
        done.wait(timeout=60)  # each lives on, as a web server's threads do

    threads = [threading.Thread(target=work) for _ in range(80)]
    for thread in threads:
        thread.start()
    done.wait(timeout=60)
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(platform.instances("p")) == 80


@on_sqlite
def test_closing_leaves_a_transaction_of_another_thread_alone(platform: Platform) -> None:
    inside, closed = threading.Event(), threading.Event()
    found: list[object] = []

    def read() -> None:
        with platform.context.db.read() as unit:
            unit.connection.execute(text("SELECT 1"))
            inside.set()
            closed.wait(timeout=20)
            found.append(unit.connection.execute(text("SELECT 2")).scalar())

    thread = threading.Thread(target=read)
    thread.start()
    inside.wait(timeout=20)
    platform.close()
    closed.set()
    thread.join(timeout=20)

    assert found == [2]


def test_when_no_connection_is_free_for_long_the_answer_is_busy(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import TimeoutError as NoConnection

    def none() -> None:
        raise NoConnection("no connection is free")

    with platform.context.db.read():  # the connection that the thread keeps is in use
        monkeypatch.setattr(platform.context.db.engine, "connect", none)
        with pytest.raises(Busy), platform.context.db.read():
            pass
