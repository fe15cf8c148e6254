"""Changes of what runs: break the N-th statement, for every N, or kill the process; each is done once or not at all."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from diagrams import Diagram, message_event, timer
from invariants import assert_sound
from sqlalchemy import update
from test_statements import Broken, break_each_statement
from test_two_actors import at_once
from variants import examples

from inburgering_flow.errors import Conflict
from inburgering_flow.model import batches as kinds
from inburgering_flow.model.batches import Filter
from inburgering_flow.model.changes import Activate, Modification, Move, SetVariables, Terminate
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t


def diagram(*, later: bool = False) -> Diagram:
    """A task with a timer and a message, a branch that waits at a join, a gateway that is stuck, a called process."""
    found = (
        Diagram().message("m", "bericht").start().both("g").user("a").boundary("t", "a", timer("timeDuration", "P1D"))
        .boundary("b", "a", message_event("m")).script("snel", "1", "s").both("j").xor("x", "x_klaar").user("nooit")
        .call("c", "kind").end("klaar")
        .path("start", "g", "a", "j", "klaar").path("g", "snel", "j").path("g", "x|u > 1", "nooit", "klaar")
        .path("x", "klaar").path("g", "c", "klaar").path("t", "klaar").path("b", "klaar")
    )  # fmt: skip
    return found.boundary("nieuw", "a", timer("timeDuration", "P2D")).path("nieuw", "klaar") if later else found


@pytest.fixture
def started(open_platform: Callable[..., Platform]) -> tuple[Platform, int]:
    platform = open_platform()
    kind = Diagram("kind").start().user("k").end().path("start", "k", "end")
    platform.deploy_content("kind.bpmn", kind.xml())
    platform.deploy_content("p.bpmn", diagram().xml())
    return platform, platform.start("p", {"sleutel": "1"})


def test_suspending_and_resuming_are_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, key = started

    assert break_each_statement(platform, lambda: platform.suspend(key)) >= 4
    platform.publish("bericht", correlation_key="1")
    assert break_each_statement(platform, lambda: platform.resume(key)) >= 8

    assert ("b", "COMPLETED") in [(e.element_id, e.state) for e in platform.instance(key).elements]
    assert_sound(platform)


def test_a_modification_is_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, key = started

    def act() -> None:
        platform.modify(
            key, activate=[Activate("nooit", [SetVariables({"u": 2})])], terminate=[Terminate(element_id="c")],
            move=[Move("a", source_id="a")],
        )  # fmt: skip

    assert break_each_statement(platform, act) >= 10

    assert sorted(x.element_id for x in platform.tasks(state="CREATED")) == ["a", "nooit"]
    assert_sound(platform)


def test_a_migration_is_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, key = started
    new = diagram(later=True)
    target = next(d.key for d in platform.deploy_content("p.bpmn", new.xml()) if d.kind == "process")

    assert break_each_statement(platform, lambda: platform.migrate(key, target, same_ids=True)) >= 12

    assert platform.instance(key).version == 2
    assert_sound(platform)


def test_resolving_all_incidents_and_deleting_are_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, key = started
    platform.services.processes.set_variables(key, {"u": 2})

    assert break_each_statement(platform, lambda: platform.resolve_all(key)) >= 6
    assert not platform.instance(key).has_incident
    platform.cancel(key)
    assert break_each_statement(platform, lambda: platform.delete(key)) >= 15

    assert platform.instances() == []


def test_beginning_pausing_and_giving_up_a_batch_are_all_or_nothing(started: tuple[Platform, int]) -> None:
    platform, _ = started
    keys: list[int] = []

    def create() -> None:
        keys.append(platform.services.batches.create(kinds.CANCEL, filter=Filter(process_id="p")))

    assert break_each_statement(platform, create) >= 5
    assert break_each_statement(platform, lambda: platform.services.batches.suspend(keys[0])) >= 3
    assert break_each_statement(platform, lambda: platform.services.batches.resume(keys[0])) >= 3
    assert break_each_statement(platform, lambda: platform.services.batches.cancel(keys[0])) >= 4
    assert platform.run_due() == 0


def activation() -> Modification:
    """Not safe to repeat: each time that it is done there is one more task."""
    return Modification(activate=[Activate("b")])


def simple() -> Diagram:
    return Diagram().start().user("a").user("b").end().path("start", "a", "b", "end")


def test_wherever_a_batch_breaks_each_item_is_done_once(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    platform.deploy_content("p.bpmn", simple().xml())
    keys = [platform.start("p") for _ in range(12)]
    batch = platform.services.batches.create(kinds.MODIFY, keys=keys, modification=activation())
    countdown, broke = [0], 0

    def strike(*_: object) -> None:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise Broken

    with platform.context.db.watched(strike):
        for n in range(1, 200):
            countdown[0] = -1
            with platform.context.db.write() as unit:
                unit.connection.execute(update(t.job).values(lease_until=None, lease_owner=None))
            countdown[0] = n
            try:
                platform.run_due()
                break
            except Broken:
                broke += 1
                countdown[0] = -1
                assert_sound(platform)

    assert broke >= 20
    done = platform.services.batches.get(batch)
    assert (done.state, done.completed, done.failed) == ("COMPLETED", 12, 0)
    assert Counter(x.element_id for x in platform.tasks(state="CREATED")) == {"a": 12, "b": 12}


def test_two_executors_do_each_item_of_a_batch_once(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    platform.deploy_content("p.bpmn", simple().xml())
    keys = [platform.start("p") for _ in range(30)]
    batch = platform.services.batches.create(kinds.MODIFY, keys=keys, modification=activation())
    job = platform.services.jobs.due()[0]
    with platform.context.db.read() as unit:
        from inburgering_flow.store import jobs

        row = jobs.get(unit, job)
    assert row is not None

    assert not platform.services.batches.work(row, "who lost the lease")
    assert platform.services.jobs.due() == [job]

    results = at_once(*(lambda n=n: platform.services.batches.work(row, f"executor {n}") for n in range(3)))
    platform.run_due()

    assert results == [None] * 3
    assert platform.services.batches.get(batch).completed == 30
    assert Counter(x.element_id for x in platform.tasks(state="CREATED")) == {"a": 30, "b": 30}


@pytest.mark.parametrize("round", range(examples(2, 4)))
def test_suspending_and_completing_at_once_leave_either_done_or_conflict(platform: Platform, round: int) -> None:
    platform.deploy_content("p.bpmn", simple().xml())
    key = platform.start("p")
    task = platform.tasks(state="CREATED")[0].key

    suspended, completed = at_once(lambda: platform.suspend(key), lambda: platform.complete(task, {}, user="anna"))

    assert suspended is None
    assert completed is None or isinstance(completed, Conflict)
    assert [x.element_id for x in platform.tasks(state="CREATED")] == (["b"] if completed is None else ["a"])
    assert platform.instance(key).state == "SUSPENDED"
    assert_sound(platform)


PROGRAM = textwrap.dedent("""
    import sys
    from inburgering_flow.platform import Platform
    from inburgering_flow.settings import Settings

    platform = Platform.open(sys.argv[1], plugins=[], settings_=Settings(secret="t"))
    print("ready", flush=True)
    while True:
        platform.run_due()
""")
CASES, ROUNDS = examples(16, 120), examples(1, 6)


def test_killed_at_random_moments_a_batch_still_does_each_item_once(
    open_platform: Callable[..., Platform], database_url: str, tmp_path: Path
) -> None:
    platform = open_platform()
    platform.deploy_content("p.bpmn", simple().xml())
    keys = [platform.start("p") for _ in range(CASES)]
    batch = platform.services.batches.create(kinds.MODIFY, keys=keys, modification=activation())
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    chance = random.Random(11)
    seen = [0]

    for round in range(ROUNDS + 1):
        process = subprocess.Popen(
            [sys.executable, str(program), database_url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            if round < ROUNDS:
                deadline = time.monotonic() + 60  # it is killed soon after it has done something more, however busy the machine is
                while time.monotonic() < deadline and platform.services.batches.get(batch).completed in (seen[-1], CASES):
                    if platform.services.batches.get(batch).state != "ACTIVE":
                        break
                    threading.Event().wait(0.002)
                threading.Event().wait(round * chance.uniform(0, 0.02))
            else:
                deadline = time.monotonic() + 60
                while time.monotonic() < deadline and platform.services.batches.get(batch).state == "ACTIVE":
                    threading.Event().wait(0.1)
            os.kill(process.pid, signal.SIGKILL)
        seen.append(platform.services.batches.get(batch).completed)
        with platform.context.db.write() as unit:  # instead of waiting a minute for the dead process's lease
            unit.connection.execute(update(t.job).values(lease_until=None, lease_owner=None))

    done = platform.services.batches.get(batch)
    assert (done.state, done.total, done.completed, done.failed) == ("COMPLETED", CASES, CASES, 0)
    assert any(0 < n < CASES for n in seen), seen
    assert Counter(x.element_id for x in platform.tasks(state="CREATED")) == {"a": CASES, "b": CASES}
    assert_sound(platform)
