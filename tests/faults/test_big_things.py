"""One thing that concerns many cases: cut into transactions of bounded size that go on, over the queue, after every kill."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from diagrams import Diagram
from faults.town import OFF, SHORTER, WORKER
from invariants import assert_sound
from postgres import PostgresServer, until
from sqlalchemy import func, select, text
from variants import ALL, examples

from inburgering_flow.model import batches
from inburgering_flow.platform import Platform, SystemClock
from inburgering_flow.services.steps import SIGNAL_BATCH
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t

SIGNAL = (
    Diagram().start().node("intermediateCatchEvent", "wait", body='<bpmn:signalEventDefinition signalRef="sig"/>')
    .service("work", "werk").end().path("start", "wait", "work", "end")
)  # fmt: skip
SIGNAL.definitions.append('<bpmn:signal id="sig" name="iedereen"/>')
TASK = Diagram("t").start().user("u").end().path("start", "u", "end")
CASES, KILLS = examples(3 * SIGNAL_BATCH + 20, 1_500), examples(1, 5)


class Nodes:
    """Workers, all of which are killed at once in the middle of what they do."""

    def __init__(self, folder: Path, url: str, number: int = 2) -> None:
        self._folder, self._url, self._number = folder, url, number
        (folder / "worker.py").write_text(OFF + SHORTER + WORKER)
        (folder / "effects").touch()
        self._running: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        command = [sys.executable, str(self._folder / "worker.py"), self._url, str(self._folder / "effects"), "0"]
        with (self._folder / "worker.log").open("ab") as log:
            started = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log) for _ in range(self._number)]
        self._running += started

    def kill(self) -> None:
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait()
        self._running = []

    def work_through(self, done: Callable[[], int], most: int, times: int) -> None:
        """Kill all of them so many times while ``done`` grows, and let others finish until it is ``most``.

        Near the end they may be ready before they are killed, for the machine has more to do: more than half of the kills
        have to be in the middle of what they do.
        """
        hit = 0
        for time_ in range(times):
            self.begin()
            before = done()
            self._wait(done, before + (most - before) // (times - time_ + 1), 60)
            self.kill()
            if done() >= most:
                break
            hit += 1
        assert 2 * hit > times, "it was over before anybody was killed"
        self.begin()
        self._wait(done, most, 120)

    def _wait(self, done: Callable[[], int], at_least: int, seconds: float) -> None:
        until(lambda: done() >= at_least, f"less than {at_least} were done", seconds)


@pytest.fixture
def nodes(serving: Platform, tmp_path: Path) -> Iterator[Nodes]:
    found = Nodes(tmp_path, serving.context.settings.database_url)
    yield found
    found.kill()


@pytest.fixture
def serving(postgres: PostgresServer) -> Iterator[Platform]:
    handlers: Any = {"werk": print, "per_stuk": print}
    chosen = Settings(secret="t", executor="queue")
    with Platform.open(
        postgres.new_database(), plugins=[], clock=SystemClock(), handlers=handlers, settings_=chosen
    ) as platform:
        yield platform


def states(platform: Platform, process: str) -> dict[str, int]:
    i = t.process_instance.c
    with platform.context.db.read() as unit:
        query = select(i.state, func.count()).where(i.process_id == process).group_by(i.state)
        return {str(state): int(number) for state, number in unit.connection.execute(query)}


def rows(platform: Platform, query: Any) -> Sequence[Any]:
    with platform.context.db.read() as unit:
        return unit.connection.execute(query).all()


@pytest.mark.skipif(not ALL, reason="seconds of workers that are killed; a batch over the queue is killed in the same way below")
def test_a_signal_to_many_cases_reaches_each_once_whoever_is_killed(serving: Platform, nodes: Nodes, tmp_path: Path) -> None:
    serving.deploy_content("p.bpmn", SIGNAL.xml())
    for _ in range(CASES):
        serving.start("p")

    reached = serving.services.signals.broadcast("iedereen")
    assert len(reached) == SIGNAL_BATCH, "the rest is left to others, a hundred in a transaction"
    nodes.work_through(lambda: states(serving, "p").get("COMPLETED", 0), CASES, KILLS)

    # each transaction has a number, and the rows that it wrote bear it
    sizes = rows(
        serving,
        text(
            "SELECT count(*) FROM element_instance WHERE element_id = 'wait' AND state = 'COMPLETED' "
            "GROUP BY xmin::text ORDER BY 1 DESC"
        ),
    )
    assert sum(size for (size,) in sizes) == CASES
    assert sizes[0][0] <= SIGNAL_BATCH
    went_on = rows(serving, select(func.count()).where(t.job_history.c.kind == "SIGNAL"))
    assert went_on[0][0] == CASES // SIGNAL_BATCH
    done = rows(serving, select(func.count(), func.count(t.document.c.job_key.distinct())).select_from(t.document))
    assert tuple(done[0]) == (CASES, CASES)
    ran = (tmp_path / "effects").read_text().splitlines()
    assert len(set(ran)) == CASES
    assert_sound(serving)


@pytest.mark.skipif(not ALL, reason="the signal shows the same of the same queue; make test-all plays both")
def test_a_batch_over_many_cases_does_each_once_whoever_is_killed(serving: Platform, nodes: Nodes) -> None:
    many = examples(120, 1_500)
    serving.deploy_content("t.bpmn", TASK.xml())
    keys = [serving.start("t") for _ in range(many)]

    batch = serving.services.batches.create(batches.CANCEL, keys=keys)
    nodes.work_through(lambda: states(serving, "t").get("TERMINATED", 0), many, KILLS)
    until(lambda: serving.services.batches.get(batch).state == "COMPLETED", "the batch does not end")

    found = serving.services.batches.get(batch)
    assert (found.total, found.completed, found.failed) == (many, many, 0)
    assert states(serving, "t") == {"TERMINATED": many}
    logged = rows(serving, select(func.count()).where(t.audit.c.action == "process.cancel"))
    assert logged[0][0] == many, "each was done by one transaction"
    assert_sound(serving)
