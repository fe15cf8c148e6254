"""The file outside the database in which the log's ends are anchored: lines are only ever added."""

from __future__ import annotations

import os
from pathlib import Path

from inburgering_flow.errors import InvalidInput


def read(path: Path) -> list[str]:
    """Return the lines of an anchor, none if there is no such file; raises InvalidInput where it cannot be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unusable(path, error) from None


def last(path: Path) -> str:
    """Return the newest line of an anchor, empty if there is none; only the end of the file is read."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - 4096, 0))
            lines = file.read().decode("ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _unusable(path, error) from None
    return lines[-1] if lines else ""


def append(path: Path, line: str) -> None:
    """Add a line for good, readable by its owner only where the file is new; raises InvalidInput where it cannot be written."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, f"{line}\n".encode("ascii"))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"The anchor of the log, {path}, cannot be used: {error.strerror or error}.",
        remedy="Make its folder, and let this program add to the file; it need not be able to change what is in it.",
        code="ANCHOR",
    )
