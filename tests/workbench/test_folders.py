"""What a killed process leaves behind of its sandboxes goes at the next start of another; what is used stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from variants import ALL

from inburgering_flow.workbench import folders
from inburgering_flow.workbench.folders import FRESH, HELD, OLD, PREFIX, Folder

PROGRAM = """
import sys
from inburgering_flow.workbench.folders import Folder
folder = Folder()
(folder.path / "flow.db").write_text("een zaak")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for temporary folders that nobody else uses."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folders.forget_abandoned.cache_clear()
    return tmp_path


def aged(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder, (then, then))


def test_what_is_held_stays_and_goes_when_nobody_holds_it_any_more(temporary: Path) -> None:
    held, left = Folder(), Folder()
    left._held.close()  # as the system does when a process ends
    for one in (held, left):
        aged(one.path, FRESH + 1)
    folders.forget_abandoned.cache_clear()
    assert folders.forget_abandoned(temporary) == 1
    assert (held.path.exists(), left.path.exists()) == (True, False)
    held.close()
    left.close()
    assert not held.path.exists()


@pytest.mark.skipif(not ALL, reason="it starts two programs; what a lock says is shown above")
def test_the_folder_of_a_killed_process_goes_and_that_of_a_living_one_stays() -> None:
    started = [subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        killed, living = (Path(one.stdout.readline().strip()) for one in started)  # type: ignore[union-attr]
        started[0].send_signal(signal.SIGKILL)
        started[0].wait()
        for folder in (killed, living):
            aged(folder, FRESH + 1)
        mine = Folder()
        assert (killed.exists(), living.exists(), mine.path.exists()) == (False, True, True)
        mine.close()
        assert not mine.path.exists()
    finally:
        for one in started:
            one.kill()
            one.communicate()


def test_a_folder_that_is_being_made_stays_and_one_without_a_lock_goes_when_it_is_old(temporary: Path) -> None:
    fresh, young, old = (temporary / f"{PREFIX}{name}" for name in ("fresh", "young", "old"))
    other = temporary / "sandbox-of-another-program"
    for folder, seconds in ((fresh, 0.0), (young, OLD / 2), (old, OLD + 1), (other, OLD + 1)):
        folder.mkdir()
        aged(folder, seconds)
    (fresh / HELD).touch()
    Folder().close()
    assert (fresh.exists(), young.exists(), old.exists(), other.exists()) == (True, True, False, True)
