"""A process that is told to stop finishes the current job and leaves no lease behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from diagrams import Diagram
from sqlalchemy import select

from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t

PLUGIN = """
import time
from pathlib import Path
from inburgering_flow.model.plugin import Plugin

def work(job, work):
    with open(Path(__file__).with_name("begun"), "a") as file:
        file.write("x")
    time.sleep(1)

def plugin():
    return Plugin(name="traag", job_types={"werk": work})
"""


def test_told_to_end_by_the_system_a_server_finishes_the_job_at_hand(tmp_path: Path) -> None:
    (tmp_path / "traag.py").write_text(PLUGIN)
    url, begun = f"sqlite:///{tmp_path / 'flow.db'}", tmp_path / "begun"
    with Platform.open(url, plugins=[], settings_=Settings(secret="t")) as platform, socket.socket() as probe:
        platform.deploy_content("p.bpmn", Diagram().start().service("s", "werk").user("a").path("start", "s", "a").xml())
        platform.start("p")
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {"DATABASE_URL": url, "SECRET": "t" * 40, "PLUGINS": "traag", "PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-c", "from inburgering_flow.cli import main; main(['serve'])"], stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tmp_path), **{f"INBURGERING_FLOW_{k}": v for k, v in given.items()}},
    )  # fmt: skip
    with server:
        deadline = time.monotonic() + 30
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=30)

    assert b"Traceback" not in errors, errors.decode()
    with Platform.open(url, plugins=[], settings_=Settings(secret="t")) as platform:
        assert [task.element_id for task in platform.tasks(state="CREATED")] == ["a"]
        with platform.context.db.read() as unit:
            assert unit.connection.execute(select(t.job.c.key)).all() == []
    assert begun.read_text() == "x"


def test_a_worker_told_to_end_finishes_the_job_at_hand_gives_back_the_others_and_its_number(
    make_database: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "traag.py").write_text(PLUGIN)
    url, begun = make_database("postgresql"), tmp_path / "begun"
    settings = Settings(secret="t" * 40, executor="queue", password_memory=64)
    with (
        Platform.open(url, plugins=[], settings_=settings, handlers={"werk": lambda _job, _work: None}) as platform,
        socket.socket() as probe,
    ):
        platform.deploy_content("p.bpmn", Diagram().start().service("s", "werk").user("a").path("start", "s", "a").xml())
        for _ in range(3):
            platform.start("p")
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {"DATABASE_URL": url, "SECRET": "t" * 40, "PLUGINS": "traag"}
    program = f"from inburgering_flow.cli import main; main(['worker', '--concurrency', '1', '--metrics-port', '{port}'])"
    worker = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tmp_path), **{f"INBURGERING_FLOW_{k}": v for k, v in given.items()}},
    )  # fmt: skip
    with worker:
        deadline = time.monotonic() + 30
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
        worker.send_signal(signal.SIGTERM)
        _, errors = worker.communicate(timeout=30)

    assert worker.returncode == 0
    assert b"Traceback" not in errors, errors.decode()
    assert 'flow_leased_jobs{type="werk"}' in metrics
    with Platform.open(url, plugins=[], settings_=Settings(secret="t" * 40)) as platform:
        assert len(platform.tasks(state="CREATED")) == len(begun.read_text()) == 1
        with platform.context.db.read() as unit:
            assert unit.connection.execute(select(t.job.c.lease_owner)).all() == [(None,), (None,)]
            assert len(unit.connection.execute(select(t.node.c.number)).all()) == 1  # this platform's own
