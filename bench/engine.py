"""Measures the engine against a peer and a floor in one run and prints ratios. Run: python bench/engine.py [--rounds N]

Peer: raw SpiffWorkflow, its state as JSON in one SQLite row. Floor: a bare read-update-insert-commit.
All three on SQLite files with synchronous=FULL.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import tempfile
import time

from measuring import fresh, head, in_turn, row_of_tasks, say

from diagrams import Diagram, loop  # isort: skip


def ours(count: int, seconds: float) -> float:
    """Return durable completions per second in cases of ``count`` user tasks in a row."""
    with fresh() as platform:
        platform.deploy_content("rij.bpmn", row_of_tasks(count).xml())
        done, spent = 0, 0.0
        while spent < seconds:
            key = platform.start(f"rij{count}", {"a": 1})
            for _ in range(count):
                task = platform.tasks(state="CREATED", instance=key)[0]
                before = time.perf_counter()
                platform.complete(task.key, {"a": done}, user="anna")
                spent += time.perf_counter() - before
                done += 1
        return done / spent


def raw_spiff(count: int, seconds: float) -> float:
    """Return durable completions per second of raw SpiffWorkflow with its JSON in one row."""
    from io import BytesIO

    from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
    from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(row_of_tasks(count).xml().encode()))
    spec = parser.get_spec(f"rij{count}")
    serializer = BpmnWorkflowSerializer()
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(f"{folder}/spiff.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE workflow (key INTEGER PRIMARY KEY, state TEXT)")
        done, spent, key = 0, 0.0, 0
        while spent < seconds:
            workflow = BpmnWorkflow(spec)
            workflow.do_engine_steps()
            key += 1
            db.execute("INSERT INTO workflow VALUES (?, ?)", (key, serializer.serialize_json(workflow)))
            for _ in range(count):
                before = time.perf_counter()
                db.execute("BEGIN IMMEDIATE")
                text = db.execute("SELECT state FROM workflow WHERE key = ?", (key,)).fetchone()[0]
                workflow = serializer.deserialize_json(text)
                task = workflow.get_next_task(state=TaskState.READY, manual=True)
                task.data["a"] = done
                task.run()
                workflow.do_engine_steps()
                db.execute("UPDATE workflow SET state = ? WHERE key = ?", (serializer.serialize_json(workflow), key))
                db.execute("COMMIT")
                spent += time.perf_counter() - before
                done += 1
        db.close()
        return done / spent


def floor(seconds: float) -> float:
    """Return bare read-update-insert-commits per second."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(f"{folder}/floor.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE a (key INTEGER PRIMARY KEY, v TEXT)")
        db.execute("CREATE TABLE b (key INTEGER PRIMARY KEY, v TEXT)")
        db.execute("INSERT INTO a VALUES (1, '{}')")
        done, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            db.execute("BEGIN IMMEDIATE")
            value = db.execute("SELECT v FROM a WHERE key = 1").fetchone()[0]
            db.execute("UPDATE a SET v = ? WHERE key = 1", (value,))
            db.execute("INSERT INTO b VALUES (?, ?)", (done, json.dumps({"a": done})))
            db.execute("COMMIT")
            done += 1
        db.close()
        return done / seconds


def statements() -> int:
    """Return how many SQL statements one completion costs, including BEGIN but not COMMIT."""
    with fresh() as platform:
        platform.deploy_content("rij.bpmn", row_of_tasks(5).xml())
        key = platform.start("rij5", {"a": 1})
        platform.complete(platform.tasks(state="CREATED", instance=key)[0].key, {"a": 2}, user="anna")
        task = platform.tasks(state="CREATED", instance=key)[0]
        seen: list[str] = []
        with platform.context.db.watched(lambda sql, _: seen.append(sql)):
            platform.complete(task.key, {"a": 3}, user="anna")
        return len(seen) - 1


def one_of(count: int, samples: int) -> float:
    """Return the median seconds of completing one of ``count`` parallel tasks."""
    with fresh() as platform:
        diagram = Diagram("veel").start().user("t", body=loop("items", "item")).end().path("start", "t", "end")
        platform.deploy_content("veel.bpmn", diagram.xml())
        times: list[float] = []
        while len(times) < samples:
            key = platform.start("veel", {"items": list(range(count))})
            tasks = platform.tasks(state="CREATED", instance=key)
            for task in tasks[: max(1, min(count - 1, samples - len(times)))]:
                before = time.perf_counter()
                platform.complete(task.key, {}, user="anna")
                times.append(time.perf_counter() - before)
        return statistics.median(times)


def loop_rounds(rounds: int) -> tuple[float, float]:
    """Return the median seconds per round at the beginning and at the end of a loop with a user task."""
    with fresh() as platform:
        diagram = (
            Diagram("lus").start().user("t").xor("g", "g_t").end().path("start", "t", "g|klaar", "end").path("g", "t")
        )
        platform.deploy_content("lus.bpmn", diagram.xml())
        key = platform.start("lus", {"klaar": False})
        times: list[float] = []
        for i in range(rounds):
            task = platform.tasks(state="CREATED", instance=key)[0]
            before = time.perf_counter()
            platform.complete(task.key, {"klaar": i == rounds - 1}, user="anna")
            times.append(time.perf_counter() - before)
        assert platform.instance(key).state == "COMPLETED"
        part = rounds // 10
        return statistics.median(times[:part]), statistics.median(times[-part:])


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=1.5)
    given = arguments.parse_args()
    head(
        "Durable completions compared with raw SpiffWorkflow, SQLite, synchronous=FULL for all "
        f"(medians of {given.rounds} in turn)"
    )
    say("SQL statements per completion", statements(), 12, "")
    speed: dict[int, float] = {}
    for count, least in ((5, 1), (20, 2), (70, 5)):
        speed[count], spiff = in_turn(
            given.rounds,
            lambda count=count: ours(count, given.seconds),
            lambda count=count: raw_spiff(count, given.seconds),
        )
        say(
            f"{count} tasks in a row ({speed[count]:.0f}/s, raw Spiff {spiff:.0f}/s)",
            speed[count] / spiff,
            least,
            least=True,
        )
    print(f"       floor (read, update, insert, commit): {floor(given.seconds):.0f}/s")
    say("time at 70 / time at 5", speed[5] / speed[70], 1.3)
    two, many = in_turn(given.rounds, lambda: one_of(2, 60), lambda: one_of(2000, 60))
    say(f"one of 2,000 parallel tasks instead of 2 ({two * 1000:.2f} → {many * 1000:.2f} ms)", many / two, 1.5)
    begin, end = loop_rounds(3000)
    say(f"a loop's last rounds of 3,000 over its first ({begin * 1000:.2f} → {end * 1000:.2f} ms)", end / begin, 1.2)


if __name__ == "__main__":
    main()
