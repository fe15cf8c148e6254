"""Kill the process at any moment: after restart nothing is lost or doubled."""

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

from diagrams import Diagram
from sqlalchemy import update

from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t

CASES, ROUNDS = 40, 4

PROGRAM = textwrap.dedent("""
    import sys
    from inburgering_flow.platform import Platform
    from inburgering_flow.settings import Settings

    def effect(job, work):
        with open(sys.argv[2], "a") as file:
            file.write(f"{job.key}\\n")
        return {"stap": (job.variables.get("stap") or 0) + 1}

    platform = Platform.open(sys.argv[1], plugins=[], handlers={"werk": effect}, settings_=Settings(secret="t"))
    print("ready", flush=True)
    while True:
        platform.run_due()
        for task in platform.tasks(state="CREATED"):
            platform.complete(task.key, {}, user="anna")
""")


def test_killed_at_random_moments_every_case_still_ends_with_each_effect_once(
    open_platform: Callable[..., Platform], database_url: str, tmp_path: Path
) -> None:
    platform = open_platform()
    diagram = (
        Diagram().start().service("s1", "werk").user("a").service("s2", "werk").user("b").service("s3", "werk").end()
        .path("start", "s1", "a", "s2", "b", "s3", "end")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    for _ in range(CASES):
        platform.start("p", {})
    program, effects = tmp_path / "program.py", tmp_path / "effects"
    program.write_text(PROGRAM)
    effects.touch()
    chance = random.Random(7)

    for round in range(ROUNDS + 1):
        process = subprocess.Popen(
            [sys.executable, str(program), database_url, str(effects)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            if round < ROUNDS:
                time.sleep(chance.uniform(0.05, 0.35))
            else:
                deadline = time.monotonic() + 60
                while time.monotonic() < deadline and platform.instances("p", "ACTIVE"):
                    time.sleep(0.1)
            os.kill(process.pid, signal.SIGKILL)
        with platform.context.db.write() as unit:  # instead of waiting a minute for the dead process's leases
            unit.connection.execute(update(t.job).values(lease_until=None, lease_owner=None))

    assert {i.state for i in platform.instances("p")} == {"COMPLETED"}
    assert len(platform.instances("p")) == CASES
    for instance in platform.instances("p"):
        view = platform.instance(instance.key)
        assert [e.element_id for e in view.elements] == ["start", "s1", "a", "s2", "b", "s3", "end"]
        assert view.variables == {"stap": 3}
    ran = Counter(effects.read_text().split())
    assert len(ran) == CASES * 3
    assert sum(n - 1 for n in ran.values()) <= ROUNDS
