"""Measures due work over the queue beside the embedded executor and beside Procrastinate alone, all on one PostgreSQL server.

Run: python bench/nodes.py [JOBS]. A rate is that between the first and the last piece of work, so that no start is in it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
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

JOBS = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
THREADS = 4
WORK = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t" id="d"><process id="p" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="w"/><serviceTask id="w"><extensionElements>
<zeebe:taskDefinition type="werk"/></extensionElements></serviceTask></process></definitions>"""
TIMER = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d">
<process id="t" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="w"/>
<intermediateCatchEvent id="w"><timerEventDefinition><timeDuration>PT3S</timeDuration></timerEventDefinition>
</intermediateCatchEvent></process></definitions>"""
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
def workers(url: str, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run workers as processes of their own, as an operator would."""
    given = {"DATABASE_URL": url, "SECRET": "bench", "PLUGINS": "busywork"}
    environment = os.environ | {f"INBURGERING_FLOW_{name}": value for name, value in given.items()}
    environment["PYTHONPATH"] = str(Path(__file__).parent)
    command = [str(Path(sys.executable).with_name("inburgering-flow")), "worker", "--concurrency", str(THREADS)]
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


def wait(done: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + 300
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


def queued(url: str, number: int) -> tuple[float, float]:
    """Return the jobs a second of several workers, and the megabytes that one of them uses."""
    with prepared(url, "queue") as platform, workers(url, number) as running:
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

        asyncio.run(defer())
        running = [subprocess.Popen([sys.executable, "-c", RAW, conninfo, str(THREADS)]) for _ in range(number)]
        try:
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


def main() -> None:
    """Print the rates and ratios with their targets."""
    head(f"{JOBS} jobs that do nothing, on one PostgreSQL server; {os.cpu_count()} cores for all of it")
    with server() as new_url:
        alone = embedded(new_url())
        print(f"       embedded executor in one process: {alone:.0f} jobs/s")
        for number in (1, 2):
            plain = raw(new_url(), number)
            mine, used = queued(new_url(), number)
            print(f"       {number} worker(s): {mine:.0f} jobs/s over the queue, {plain:.0f}/s of Procrastinate with empty jobs")
            say(f"{number} worker(s), beside Procrastinate alone", mine / plain, 3, least=True)
            say(f"{number} worker(s), beside the embedded executor", mine / alone, 1, least=True)
            say("jobs a second", mine, 500, "/s", least=True)
            say("memory of a worker", used, 200, " MB")
        late = lateness(new_url())
        print(f"       300 timers beside 200,000 future ones: late by {late[150]:.2f} s (median), {late[-1]:.2f} s (most)")
        say("lateness of 95 % of the timers", late[int(len(late) * 0.95)], 1, " s")


if __name__ == "__main__":
    main()
