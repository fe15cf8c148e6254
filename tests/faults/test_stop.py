"""A server that is told to stop finishes the current job and leaves no lease behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
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
