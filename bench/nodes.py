"""Measures due work over the queue beside the embedded executor and beside Procrastinate alone, all on one PostgreSQL server.

Run: python bench/nodes.py [--jobs N] [--cases N]. A rate is that between the first and the last piece of work, all of which
becomes due when the workers are there. Procrastinate is measured twice: with our own jobs, one in each message, and with jobs
that do nothing at all.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import Platform, head, say, server
from procrastinate import App, PsycopgConnector
from procrastinate.schema import SchemaManager
from sqlalchemy import text
from timers import fill

from inburgering_flow.executor.queue import libpq
from inburgering_flow.settings import Settings

_arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
_arguments.add_argument("--jobs", type=int, default=6_000)
_arguments.add_argument("--cases", type=int, default=10_000)
GIVEN = _arguments.parse_args()
JOBS, CASES = GIVEN.jobs, GIVEN.cases
THREADS = 4
WORK = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t" id="d"><process id="p" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="w"/><serviceTask id="w"><extensionElements>
<zeebe:taskDefinition type="werk"/></extensionElements></serviceTask></process></definitions>"""
TIMER = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d">
<process id="t" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="w"/>
<intermediateCatchEvent id="w"><timerEventDefinition><timeDuration>PT3S</timeDuration></timerEventDefinition>
</intermediateCatchEvent></process></definitions>"""
WAITING = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t" id="d"><message id="m" name="aanmelding"/>
<signal id="g" name="iedereen"/><process id="w" isExecutable="true">
<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent><sequenceFlow id="f" sourceRef="s" targetRef="c"/>
<intermediateCatchEvent id="c"><signalEventDefinition signalRef="g"/></intermediateCatchEvent>
<sequenceFlow id="h" sourceRef="c" targetRef="w1"/><serviceTask id="w1"><extensionElements>
<zeebe:taskDefinition type="werk"/></extensionElements></serviceTask></process></definitions>"""
ONE_KEY = textwrap.dedent("""
    from inburgering_flow.executor import queue
    queue.MOST_KEYS, queue.MOST_WAITING = 1, 10_000
    from inburgering_flow.cli import main
    main()
""")
RAW = textwrap.dedent("""
    import asyncio, sys
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=sys.argv[1]))

    @app.task(name="nothing")
    async def nothing(key): pass

    async def main():
        async with app.open_async():
            await app.run_worker_async(concurrency=int(sys.argv[2]), delete_jobs="never", install_signal_handlers=False)

    asyncio.run(main())
""")


def settings(executor: str) -> Settings:
    """Return the settings of a node."""
    return Settings(secret="bench", password_memory=64, plugins="busywork", executor=executor, concurrency=THREADS)


@contextmanager
def workers(url: str, number: int, program: str = "") -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run workers as processes of their own, as an operator would, or by another program."""
    given = {"DATABASE_URL": url, "SECRET": "bench", "PLUGINS": "busywork"}
    environment = os.environ | {f"INBURGERING_FLOW_{name}": value for name, value in given.items()}
    environment["PYTHONPATH"] = str(Path(__file__).parent)
    start = [sys.executable, "-c", program] if program else [str(Path(sys.executable).with_name("inburgering-flow"))]
    command = [*start, "worker", "--concurrency", str(THREADS)]
    running = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(number)]
    try:
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def query(platform: Platform, sql: str) -> Any:
    """Return the first row of a query."""
    with platform.context.db.read() as unit:
        return unit.connection.execute(text(sql)).one()


def change(platform: Platform, sql: str) -> None:
    """Change rows by hand."""
    with platform.context.db.write() as unit:
        for statement in sql.split(";"):
            unit.connection.execute(text(statement))


def wait(done: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + 900
    while not done() and time.monotonic() < deadline:
        time.sleep(0.1)


def rate(platform: Platform) -> float:
    """Return the jobs a second between the first and the last of the history."""
    count, seconds = query(
        platform, "SELECT count(*), extract(epoch FROM max(ended) - min(ended)) FROM job_history WHERE state = 'COMPLETED'"
    )
    return float(count) / float(seconds)


def prepared(url: str, executor: str) -> Platform:
    """Return an open database with due jobs that nobody has begun."""
    platform = Platform.open(url, settings_=settings(executor))
    platform.deploy_content("p.bpmn", WORK)
    for _ in range(JOBS):
        platform.start("p")
    return platform


def embedded(url: str) -> float:
    """Return the jobs a second of one process with its own executor."""
    with prepared(url, "embedded") as platform:
        platform.start_executor()
        wait(lambda: query(platform, "SELECT count(*) FROM job")[0] == 0)
        return rate(platform)


def queued(url: str, number: int, program: str = "") -> tuple[float, float]:
    """Return the jobs a second of several workers, and the megabytes that one of them uses."""
    with prepared(url, "queue") as platform:
        change(platform, "UPDATE job SET due = now() + interval '1 hour'")
        change(platform, "DELETE FROM dispatch; DELETE FROM procrastinate_jobs")
        with workers(url, number, program) as running:
            wait(lambda: query(platform, "SELECT count(*) FROM node WHERE role = 'worker'")[0] == number)
            change(platform, "UPDATE job SET due = now()")
            wait(lambda: query(platform, "SELECT count(*) FROM job")[0] == 0)
            used = max(int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) for process in running)
        return rate(platform), used * os.sysconf("SC_PAGE_SIZE") / 1e6


def raw(url: str, number: int) -> float:
    """Return the jobs a second of Procrastinate with one job a message that does nothing, on workers of the same number."""
    with Platform.open(url, settings_=settings("embedded")) as platform:
        given = libpq(platform.context.db.engine)
        conninfo = " ".join(f"{name}={value}" for name, value in given.items() if name in ("host", "port", "user", "dbname"))
        with platform.context.db.write() as unit:
            unit.driver.execute(SchemaManager.get_schema())

        async def defer() -> None:
            app = App(connector=PsycopgConnector(conninfo=conninfo))
            task = app.configure_task("nothing", allow_unknown=True)
            async with app.open_async():
                await task.batch_defer_async(*({"key": key} for key in range(JOBS)))

        running = [subprocess.Popen([sys.executable, "-c", RAW, conninfo, str(THREADS)]) for _ in range(number)]
        try:
            wait(lambda: query(platform, "SELECT count(*) FROM procrastinate_workers")[0] == number)
            asyncio.run(defer())
            left = "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'"
            wait(lambda: query(platform, left)[0] == 0)
        finally:
            for process in running:
                process.kill()
                process.wait()
        count, seconds = query(
            platform,
            "SELECT count(*), extract(epoch FROM max(at) - min(at)) FROM procrastinate_events WHERE type = 'succeeded'",
        )
        return float(count) / float(seconds)


def lateness(url: str) -> list[float]:
    """Return by how many seconds each of 300 timers was late beside 200,000 that are due next year, in order."""
    with Platform.open(url, settings_=settings("queue")) as platform, workers(url, 1):
        fill(platform, 200_000)
        platform.deploy_content("t.bpmn", TIMER)
        for _ in range(300):
            platform.start("t")
            time.sleep(0.02)
        wait(lambda: query(platform, "SELECT count(*) FROM job WHERE root_key <> 1")[0] == 0)
        with platform.context.db.read() as unit:
            rows = unit.connection.execute(
                text('SELECT extract(epoch FROM "end" - start) - 3 FROM element_instance WHERE element_id = \'w\'')
            )
            return sorted(float(row[0]) for row in rows)


def many(url: str) -> None:
    """Print how fast cases are started by messages, and how one signal then reaches all of them over two workers."""
    with Platform.open(url, settings_=settings("queue")) as platform:
        platform.deploy_content("w.bpmn", WAITING)
        before = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(lambda number: platform.publish("aanmelding", correlation_key=f"zaak {number}"), range(CASES)))
        seconds = time.perf_counter() - before
        print(f"       {CASES:,} cases started by as many messages, in {THREADS} threads of one process: {CASES / seconds:.0f}/s")
        with workers(url, 2):
            before = time.perf_counter()
            platform.services.signals.broadcast("iedereen")
            first = time.perf_counter() - before
            wait(lambda: query(platform, "SELECT count(*) FROM process_instance WHERE state = 'ACTIVE'")[0] == 0)
            seconds = time.perf_counter() - before
        by_transaction = "SELECT count(*) AS n FROM element_instance WHERE element_id = 'c' GROUP BY xmin::text"
        most = query(platform, f"SELECT max(n) FROM ({by_transaction}) found")[0]
        print(
            f"       one signal to all of them: told after {first * 1000:.0f} ms; two workers heard it and did their jobs "
            f"at {CASES / seconds:.0f} cases/s"
        )
        say("cases in the largest transaction of it", most, 100)


def main() -> None:
    """Print the rates and ratios with their targets."""
    head(f"{JOBS} jobs that do nothing, on one PostgreSQL server; {os.cpu_count()} cores for all of it")
    with server() as new_url:
        alone = embedded(new_url())
        print(f"       embedded executor in one process: {alone:.0f} jobs/s")
        for number in (1, 2):
            plain, single = raw(new_url(), number), queued(new_url(), number, ONE_KEY)[0]
            mine, used = queued(new_url(), number)
            print(
                f"       {number} worker(s): {mine:.0f} jobs/s over the queue, {single:.0f}/s with one job a message; "
                f"{plain:.0f} empty jobs/s of Procrastinate ({mine / plain:.1f} times)"
            )
            say(f"{number} worker(s), beside one job a message", mine / single, 3, least=True)
            say(f"{number} worker(s), beside the embedded executor", mine / alone, 1, least=True)
            say(f"{number} worker(s), jobs a second", mine, 500, "/s", least=True)
            say(f"{number} worker(s), memory of one", used, 200, " MB")
        many(new_url())
        late = lateness(new_url())
        print(f"       300 timers beside 200,000 future ones: late by {late[150]:.2f} s (median), {late[-1]:.2f} s (most)")
        say("lateness of 95 % of the timers", late[int(len(late) * 0.95)], 1, " s")


if __name__ == "__main__":
    main()
