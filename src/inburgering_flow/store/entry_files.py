"""Files of cases that are taken over, and their rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.entries import EntryFile
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

F, R = t.entry_file, t.entry_row
FILE_COLUMNS = [F.c[f.name] for f in dataclasses.fields(EntryFile)]


class StoredRow(NamedTuple):
    """A row as it is kept; ``content`` and ``found`` are encrypted, and gone when they are not needed any more."""

    number: int
    state: str
    content: bytes | None
    found: bytes | None
    case_key: int | None


ROW_COLUMNS = [R.c[name] for name in StoredRow._fields]


def add(unit: Unit, file: EntryFile, rows: Iterable[tuple[int, str, bytes, bytes | None]]) -> None:
    """Insert a file and its rows: number, state, content, what is known already."""
    unit.connection.execute(insert(F), {f.name: getattr(file, f.name) for f in dataclasses.fields(file)})
    names = ("number", "state", "content", "found")
    unit.connection.execute(insert(R), [{"file_key": file.key, **dict(zip(names, row, strict=True))} for row in rows])


def get(unit: Unit, key: int, owner: str | None = None, *, lock: bool = False) -> EntryFile:
    """Return a file, that of ``owner`` if one is given; raises NotFound."""
    query = select(*FILE_COLUMNS).where(F.c.key == key)
    if owner is not None:
        query = query.where(F.c.owner == owner)
    row = unit.connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(_("There is no such file."), remedy=_("It may have been deleted. Send it again."))
    return EntryFile(**row._mapping)


def of_owner(unit: Unit, owner: str) -> list[EntryFile]:
    """Return the files of somebody, the newest first."""
    query = select(*FILE_COLUMNS).where(F.c.owner == owner).order_by(F.c.key.desc())
    return [EntryFile(**row._mapping) for row in unit.connection.execute(query)]


def set_state(unit: Unit, key: int, state: str) -> None:
    """Say how far a file has come."""
    unit.connection.execute(update(F).where(F.c.key == key).values(state=state))


def counts(unit: Unit, key: int) -> dict[str, int]:
    """Return how many rows of a file are in each state."""
    query = select(R.c.state, func.count()).where(R.c.file_key == key).group_by(R.c.state)
    return {str(state): int(number) for state, number in unit.connection.execute(query)}


def rows(unit: Unit, key: int, states: Iterable[str], most: int, start: int = 0) -> list[StoredRow]:
    """Return rows in some states by number."""
    query = select(*ROW_COLUMNS).where(R.c.file_key == key, R.c.state.in_(list(states)))
    return [StoredRow(*row) for row in unit.connection.execute(query.order_by(R.c.number).offset(start).limit(most))]


def row_moved(unit: Unit, key: int, number: int, before: str, values: Mapping[str, Any]) -> bool:
    """Change a row that is in the state ``before``; False where somebody else has changed it."""
    found = update(R).where(R.c.file_key == key, R.c.number == number, R.c.state == before).values(**values)
    return unit.connection.execute(found).rowcount == 1


def remove(unit: Unit, key: int) -> None:
    """Delete a file with its rows."""
    unit.connection.execute(delete(R).where(R.c.file_key == key))
    unit.connection.execute(delete(F).where(F.c.key == key))


def expired(unit: Unit, moment: datetime, most: int) -> list[int]:
    """Return files that are kept no longer."""
    query = select(F.c.key).where(F.c.expires < moment).limit(most)
    return list(unit.connection.execute(query).scalars())
