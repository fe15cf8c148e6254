"""Copying a SQLite database while it is in use: the copy is there whole, or not at all."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from inburgering_flow.errors import InvalidInput


def write(source: Path, target: Path) -> None:
    """Write a consistent copy that only its owner may read; it gets its name when it has been read through.

    Raises InvalidInput, and leaves nothing, where ``target`` exists, cannot be written, or ``source`` is no sound database.
    A copy cut short by the end of the process or a full disk would open as an empty database.
    """
    if target.exists():
        raise InvalidInput(f"{target} exists already.", remedy="Name another file; a backup is never overwritten.")
    part = None
    try:
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
        os.close(handle)
        _copy(source, part)
        os.rename(part, target)
    except (sqlite3.Error, OSError) as error:
        raise InvalidInput(
            f"{target} could not be written: {error}.",
            remedy="Check the folder, its free space, and the database with doctor; no copy was made.",
        ) from None
    finally:
        for left in (part, f"{part}-journal") if part is not None else ():
            Path(left).unlink(missing_ok=True)


def _copy(source: Path, part: str) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as original, closing(sqlite3.connect(part)) as copy:
        original.backup(copy)
        found = [row[0] for row in copy.execute("PRAGMA quick_check(1)")]
        if found != ["ok"]:
            raise sqlite3.DatabaseError(found[0])
