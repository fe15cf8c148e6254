"""Kill the processes at any moment: after restart nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from diagrams import Diagram, loop, message_event, timer
from invariants import assert_sound
from sqlalchemy import func, select, update
from variants import examples

from inburgering_flow.platform import Platform, SystemClock
from inburgering_flow.store import tables as t

CASES, ROUNDS, JOBS = examples(20, 200), examples(1, 5), 6  # six jobs a case

PROGRAM = textwrap.dedent("""
    import random, sys
    from sqlalchemy import select
    from inburgering_flow.errors import Busy, Conflict, NotFound
    from inburgering_flow.platform import Platform
    from inburgering_flow.settings import Settings
    from inburgering_flow.store import tables as t

    url, effects, node = sys.argv[1], sys.argv[2], int(sys.argv[3])

    def effect(job, work):
        with open(effects, "a") as file:
            file.write(f"{job.key}\\n")
        work.add_document(name="b", title="b", kind="brief", content=b"b")
        return {"stap": (job.variables.get("stap") or 0) + 1} if job.type == "werk" else {}

    platform = Platform.open(
        url, plugins=[], handlers={"werk": effect, "per_stuk": effect}, settings_=Settings(secret="t", node=node)
    )
    print("ready", flush=True)
    while True:
        try:
            platform.run_due()
        except (Busy, Conflict):
            pass
        with platform.context.db.read() as unit:
            waiting = [r[0] for r in unit.connection.execute(
                select(t.subscription.c.correlation_key).where(t.subscription.c.name == "bericht"))]
        tasks = platform.tasks(state="CREATED")
        random.shuffle(tasks)
        for task in tasks[:40]:
            try:
                platform.complete(task.key, {task.element_id: True}, user="anna")
            except (Busy, Conflict):
                pass  # the other process was first
        random.shuffle(waiting)
        for key in waiting[:40]:
            try:
                platform.correlate("bericht", correlation_key=key, variables={"gehoord": key})
            except (Busy, Conflict, NotFound):
                pass
""")

PATH = Counter({"start": 1, "s1": 1, "split": 1, "sub": 1, "sub_start": 1, "a": 1, "s2": 1, "sub_end": 1, "wacht": 1,
                "bericht": 1, "join": 1, "veel": 4, "s3": 1, "end": 1})  # fmt: skip


def case() -> Diagram:
    """Jobs, a timer, a message, a sub-process with a boundary timer that never fires, a join, a repeated job."""
    inside = (
        Diagram()
        .start("sub_start")
        .user("a")
        .service("s2", "werk")
        .end("sub_end")
        .path("sub_start", "a", "s2", "sub_end")
    )
    return (
        Diagram().message("m", "bericht").start().service("s1", "werk").both("split")
        .sub("sub", inside).boundary("laat", "sub", timer("timeDuration", "P1D"))
        .node("intermediateCatchEvent", "wacht", body=timer("timeDuration", "PT0.05S"))
        .node("intermediateCatchEvent", "bericht", body=message_event("m"))
        .both("join")
        .node("serviceTask", "veel", '<zeebe:taskDefinition type="per_stuk"/>', loop("[1, 2, 3]", "n", output="n", collect="uit"))
        .service("s3", "werk").end().end("te_laat")
        .path("start", "s1", "split", "sub", "join", "veel", "s3", "end").path("split", "wacht", "bericht", "join")
        .path("laat", "te_laat")
    )  # fmt: skip


def free_leases(platform: Platform) -> None:
    """Take the leases from dead processes now, instead of waiting a minute."""
    with platform.context.db.write() as unit:
        unit.connection.execute(update(t.job).values(lease_until=None, lease_owner=None))


def begin(program: Path, url: str, effects: Path, node: int, log: Path) -> subprocess.Popen[bytes]:
    """Start one node; its complaints go to ``log``."""
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, str(program), url, str(effects), str(node)], stdout=subprocess.PIPE, stderr=errors
        )


def test_two_processes_killed_at_random_moments_leave_each_case_to_end_with_each_effect_once(
    open_platform: Callable[..., Platform], database_url: str, tmp_path: Path
) -> None:
    platform = open_platform(clock=SystemClock())
    platform.deploy_content("p.bpmn", case().xml())
    for n in range(CASES):
        platform.start("p", {"sleutel": f"zaak {n}"})
    program, effects = tmp_path / "program.py", tmp_path / "effects"
    program.write_text(PROGRAM)
    effects.touch()
    chance = random.Random(7)

    for round in range(ROUNDS + 1):
        logs = [tmp_path / f"errors {round} {node}" for node in (1, 2)]
        processes = [begin(program, database_url, effects, node + 1, log) for node, log in enumerate(logs)]
        try:
            for process in processes:
                assert process.stdout is not None
                said = process.stdout.readline()
                assert said == b"ready\n", b"".join(log.read_bytes() for log in logs).decode()
            if round < ROUNDS:
                time.sleep(chance.uniform(0.1, 0.5))
            else:
                deadline = time.monotonic() + 50
                while time.monotonic() < deadline and platform.instances("p", "ACTIVE"):
                    time.sleep(0.1)
                    assert [p.poll() for p in processes] == [None, None]
        finally:
            for process in processes:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
        errors = b"".join(log.read_bytes() for log in logs)
        assert errors == b"", errors.decode()
        free_leases(platform)
        assert_sound(platform)

    assert {i.state for i in platform.instances("p")} == {"COMPLETED"}
    assert len(platform.instances("p")) == CASES
    for n, instance in enumerate(platform.instances("p")):
        view = platform.instance(instance.key)
        assert Counter(e.element_id for e in view.elements) == PATH
        assert {e.state for e in view.elements} == {"COMPLETED"}
        assert view.variables == {
            "sleutel": f"zaak {n}",
            "stap": 3,
            "a": True,
            "gehoord": f"zaak {n}",
            "uit": [1, 2, 3],
        }
    with platform.context.db.read() as unit:
        ended = select(t.job_history.c.kind, func.count()).group_by(t.job_history.c.kind)
        assert dict(map(tuple, unit.connection.execute(ended))) == {"JOB": CASES * JOBS, "TIMER": CASES}
        by_job = select(func.count(), func.count(t.document.c.job_key.distinct())).select_from(t.document)
        assert tuple(unit.connection.execute(by_job).one()) == (CASES * JOBS, CASES * JOBS)
        assert unit.connection.execute(select(func.count()).select_from(t.message_correlation)).scalar_one() == CASES
    ran = Counter(effects.read_text().split())
    assert len(ran) == CASES * JOBS
    assert sum(n - 1 for n in ran.values()) <= 2 * ROUNDS
