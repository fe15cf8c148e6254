"""Folders for sandboxes: each is held by its process, so that what a killed one left behind is found and removed."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from inburgering_flow.clock import real_now

try:
    import fcntl
except ImportError:  # a system without this lock: there the age of a folder decides
    fcntl = None  # type: ignore[assignment]

PREFIX = "inburgering-flow-sandbox-"
HELD = "held"
"""The file in a folder that its process has locked for as long as it lives, however it ends."""
FRESH = 60.0
"""Seconds in which a folder may not be held yet."""
OLD = 2 * 24 * 3600.0
"""Seconds after which nobody uses a folder any more, where no lock says so."""


class Folder:
    """A folder of this process for as long as it is open."""

    def __init__(self, around: Path | None = None) -> None:
        if around is None:
            forget_abandoned(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=around))
        self._held = _lock(self.path / HELD)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        if self._held is not None:
            self._held.close()
        with suppress(OSError):
            shutil.rmtree(self.path)


def _lock(file: Path) -> IO[bytes] | None:
    """Return a file that is locked by this process; None where another one has it."""
    held = file.open("ab")
    try:
        if fcntl is not None:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        return None
    return held


@cache
def forget_abandoned(around: Path) -> int:
    """Remove the folders of processes that ended without doing so, once in each process; return how many."""
    removed = 0
    for folder in around.glob(f"{PREFIX}*"):
        with suppress(OSError):  # of somebody else, or removed meanwhile
            if _is_abandoned(folder):
                shutil.rmtree(folder)
                removed += 1
    return removed


def _is_abandoned(folder: Path) -> bool:
    age = real_now().timestamp() - folder.stat().st_mtime
    if fcntl is None or not (folder / HELD).exists():
        return age > OLD
    if age < FRESH:
        return False
    held = _lock(folder / HELD)
    if held is None:
        return False
    held.close()
    return True
