"""Copying a database while it is in use: the copy is complete, or not there at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from inburgering_flow.errors import InvalidInput
from inburgering_flow.store.dialects import dialect_of


def write(url: str, target: Path) -> None:
    """Write a consistent copy that only its owner may read; it gets its name after it has been read through and
    checked. Raises InvalidInput, and leaves nothing behind, if ``target`` exists or cannot be written, or if the
    database at ``url`` is not sound or not one that this program copies. A copy cut short by the end of the process or
    a full disk would open as an empty database.
    """
    dialect = dialect_of(url)
    if target.exists():
        raise InvalidInput(f"{target} exists already.", remedy="Name another file; a backup is never overwritten.")
    part = None
    try:
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
        os.close(handle)
        dialect.copy(url, part)
        os.rename(part, target)
    except OSError as error:
        raise InvalidInput(
            f"{target} could not be written: {error}.",
            remedy="Check the folder, its free space, and the database with doctor; no copy was made.",
        ) from None
    finally:
        for left in (part, f"{part}-journal") if part is not None else ():
            Path(left).unlink(missing_ok=True)
