"""Several nodes, and what befalls them: killed, stopped, cut off within a commit, their queue emptied, their server failed. Nothing
lost or doubled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.town import GENTLE, NEAR, Town, play
from postgres import Pair, PostgresServer, until
from sqlalchemy import text
from variants import ALL, examples
from volume import Unsupported

from inburgering_flow.store import tables as t


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two servers, one of them the replica of the other."""
    found = Pair(tmp_path)
    try:
        found.start()
        yield found
    finally:
        found.stop()


def test_faults_lose_nothing_and_double_nothing(pair: Pair, tmp_path: Path) -> None:
    town = Town(pair, tmp_path, workers=2, people=1, seed=examples(5, 6), clocks=NEAR)
    cases = examples(15, 100)
    try:
        said = play(
            town, cases=cases, injections=examples(12, 150), weights=GENTLE, pause=(0.05, 0.4), seconds=60,
            fixed={6: "fail_over", 90: "fail_over"},
        )  # fmt: skip

        assert said == []
        assert town.cut_commits > 0
        assert town.injected["fail_over"] == examples(1, 2)
    finally:
        town.close()


def test_nodes_whose_clocks_are_five_minutes_off_leave_due_work_to_others(postgres: PostgresServer, tmp_path: Path) -> None:
    """What people do there goes by the database's clock, so that no timer is stored, or fires, before its time."""
    clocks = (300, -300, 0, 300, -300) if ALL else (300, 0, -300)
    workers = examples(2, 3)
    town = Town(postgres, tmp_path, workers=workers, people=len(clocks) - workers, seed=1, clocks=clocks)
    try:
        assert play(town, cases=examples(2, 30), injections=0, weights=GENTLE, pause=(0, 0), seconds=30) == []
        assert {line.split()[1] for line in town.effects.read_text().splitlines()} == {"0"}
        assert (tmp_path / "worker.log").read_text().count("they may differ by 30 seconds. Due work does not run.") == workers - 1
    finally:
        town.close()


@pytest.mark.skipif(not ALL, reason="a minute and a half; the short one above has short leases")
def test_a_node_that_stands_still_for_ninety_seconds_stores_nothing_when_it_wakes(postgres: PostgresServer, tmp_path: Path) -> None:
    """With the leases and thresholds of the product: others do its work meanwhile, and it has a new number."""
    town = Town(postgres, tmp_path, workers=2, people=2, seed=1, is_real=True)
    try:
        starting = threading.Thread(target=town.start, args=(60, 0.2))
        starting.start()
        until(lambda: len(town.effects.read_text().splitlines()) > 30, "no work was done", seconds=60)
        for _name, _ahead, process in (town.nodes[0], town.nodes[2]):
            town.stand_still(process, 90)
        time.sleep(90)
        starting.join()
        assert town.left() == 0, "the others did not do all of its work"
        town.wake()
        town.settle(120)

        assert town.account(60) == []
        assert town.repeated > 0, "it held nothing when it stood still"
        for name in ("worker", "people"):
            until(lambda log=tmp_path / f"{name}.log": "node number" in log.read_text(), f"{name} kept its number", seconds=30)
    finally:
        town.close()


@pytest.mark.skipif(not ALL, reason="long; the soak plays it too")
def test_a_full_disk_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    pair = Pair(tmp_path, disk="300m")
    try:
        pair.start()
    except Unsupported as reason:
        pytest.skip(f"NOT TESTED, nodes at work while the disk of their server is full: {reason}")
    town = Town(pair, tmp_path, workers=2, people=1, seed=7)
    try:
        said = play(
            town, cases=150, injections=60, weights=GENTLE, pause=(0.05, 0.4), seconds=90,
            fixed=dict.fromkeys(range(5, 60, 9), "fill_disk"),
        )  # fmt: skip
        assert said == []
        assert town.injected["fill_disk"] == 7
    finally:
        town.close()
        pair.stop()


@pytest.mark.skipif(not ALL, reason="judges the judge of the soak, which does not change with the program")
def test_what_is_doubled_or_lost_is_seen(postgres: PostgresServer, tmp_path: Path) -> None:
    """The judge itself: a piece of work too many, and a document too few."""
    town = Town(postgres, tmp_path, workers=1, people=1, seed=1)
    columns = ", ".join(f'"{column.name}"' for column in t.job_history.columns if column.name != "key")
    doubled = f"INSERT INTO job_history (key, {columns}) SELECT key + 1, {columns} FROM job_history LIMIT 1"
    lost = "DELETE FROM document WHERE key = (SELECT min(key) FROM document)"
    try:
        assert play(town, cases=1, injections=0, weights=GENTLE, pause=(0, 0), seconds=30) == []
        for what, statement in (("work done", doubled), ("documents", lost)):
            with town.platform.context.db.write() as unit:
                unit.connection.execute(text(statement))
            assert any(sentence.startswith(what) for sentence in town.account(1))
    finally:
        town.close()
