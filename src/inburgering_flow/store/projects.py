"""Projects, their files in the database, what these were before, and who has one open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, tuple_, update

from inburgering_flow.model.project import FileLock, FileVersion, Project, ProjectFile, sum_of
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

_PROJECT: list[Any] = [t.project.c[n] for n in Project.__dataclass_fields__]
_FILE: list[Any] = [t.project_file.c[n] for n in ProjectFile.__dataclass_fields__]
_VERSION: list[Any] = [t.project_file_version.c[n] for n in FileVersion.__dataclass_fields__]
_LOCK: list[Any] = [t.file_lock.c[n] for n in FileLock.__dataclass_fields__]


def every(unit: Unit, *, removed: bool = False) -> list[Project]:
    """Return the projects by name, or those that were removed."""
    c = t.project.c
    wanted = c.removed.is_not(None) if removed else c.removed.is_(None)
    query = select(*_PROJECT).where(wanted).order_by(func.lower(c.name), c.key)
    return [Project(**row._mapping) for row in unit.connection.execute(query)]


def get(unit: Unit, key: int) -> Project | None:
    """Return one project."""
    found = unit.connection.execute(select(*_PROJECT).where(t.project.c.key == key)).first()
    return None if found is None else Project(**found._mapping)


def add(unit: Unit, project: Project) -> None:
    """Insert a project."""
    unit.connection.execute(insert(t.project), project.__dict__)


def change(unit: Unit, key: int, **fields: Any) -> None:
    """Change the name, or the moment of removal, of a project."""
    unit.connection.execute(update(t.project).where(t.project.c.key == key).values(**fields))


def lock(unit: Unit, key: int) -> None:
    """Let other changes of this project's files wait until this transaction has ended."""
    unit.connection.execute(select(t.project.c.key).where(t.project.c.key == key).with_for_update())


def counts(unit: Unit) -> dict[int, int]:
    """Return how many files each project has in the database."""
    c = t.project_file.c
    query = select(c.project_key, func.count()).group_by(c.project_key)
    return {row[0]: row[1] for row in unit.connection.execute(query)}


# -- files ---------------------------------------------------------------------------------------------------------------


def files(unit: Unit, key: int) -> list[ProjectFile]:
    """Return the files of a project by path, without their contents."""
    c = t.project_file.c
    query = select(*_FILE).where(c.project_key == key).order_by(c.path)
    return [ProjectFile(**row._mapping) for row in unit.connection.execute(query)]


def contents(unit: Unit, key: int) -> list[tuple[str, bytes]]:
    """Return path and content of every file of a project, by path."""
    c = t.project_file.c
    query = select(c.path, c.content).where(c.project_key == key).order_by(c.path)
    return [(path, content) for path, content in unit.connection.execute(query)]


def read(unit: Unit, key: int, path: str) -> tuple[ProjectFile, bytes] | None:
    """Return a file with its content."""
    c = t.project_file.c
    query = select(*_FILE, c.content).where(c.project_key == key, c.path == path)
    found = unit.connection.execute(query).first()
    if found is None:
        return None
    fields = dict(found._mapping)
    content = fields.pop("content")
    return ProjectFile(**fields), content


def write(unit: Unit, key: int, path: str, content: bytes, moment: datetime, who: str) -> None:
    """Let a file have this content, whether it exists or not."""
    c = t.project_file.c
    fields = {"content": content, "checksum": sum_of(content), "changed": moment, "changed_by": who}
    changed = unit.connection.execute(update(t.project_file).where(c.project_key == key, c.path == path).values(**fields))
    if not changed.rowcount:
        unit.connection.execute(insert(t.project_file), {"project_key": key, "path": path, **fields})


def remove(unit: Unit, key: int, path: str) -> None:
    """Delete a file."""
    c = t.project_file.c
    unit.connection.execute(delete(t.project_file).where(c.project_key == key, c.path == path))


def rename(unit: Unit, key: int, path: str, to: str) -> None:
    """Give what a file was before, and who has it open, its new path; the file itself is written anew."""
    for table in (t.project_file_version, t.file_lock):
        unit.connection.execute(update(table).where(table.c.project_key == key, table.c.path == path).values(path=to))


# -- what they were before -----------------------------------------------------------------------------------------------


def keep(
    unit: Unit, version_key: int, key: int, path: str, content: bytes, saved: datetime, saved_by: str, note: str = ""
) -> None:
    """Keep what a file was."""
    row = {
        "key": version_key, "project_key": key, "path": path, "content": content, "checksum": sum_of(content), "saved": saved,
        "saved_by": saved_by, "note": note,
    }  # fmt: skip
    unit.connection.execute(insert(t.project_file_version), row)


def versions(unit: Unit, key: int, path: str, most: int) -> list[FileVersion]:
    """Return what a file was before, newest first."""
    c = t.project_file_version.c
    query = select(*_VERSION).where(c.project_key == key, c.path == path).order_by(c.key.desc()).limit(most)
    return [FileVersion(**row._mapping) for row in unit.connection.execute(query)]


def version(unit: Unit, key: int, version_key: int) -> tuple[FileVersion, bytes] | None:
    """Return one of the things that a project's files once were, with its content."""
    c = t.project_file_version.c
    found = unit.connection.execute(select(*_VERSION, c.content).where(c.key == version_key, c.project_key == key)).first()
    if found is None:
        return None
    fields = dict(found._mapping)
    content = fields.pop("content")
    return FileVersion(**fields), content


def deleted(unit: Unit, key: int, present: Sequence[str]) -> list[FileVersion]:
    """Return the newest version of each path at which there is no file any more, newest first."""
    c = t.project_file_version.c
    newest = select(func.max(c.key)).where(c.project_key == key).group_by(c.path)
    query = select(*_VERSION).where(c.key.in_(newest)).order_by(c.key.desc())
    gone = set(present)
    return [FileVersion(**row._mapping) for row in unit.connection.execute(query) if row.path not in gone]


def thin(unit: Unit, key: int, path: str, most: int) -> None:
    """Forget all but the newest ``most`` things that a file was, of those that nobody gave a note."""
    c = t.project_file_version.c
    mine = (c.project_key == key, c.path == path, c.note == "")
    old = select(c.key).where(*mine).order_by(c.key.desc()).offset(most).limit(most)
    keys = [row.key for row in unit.connection.execute(old)]
    if keys:
        unit.connection.execute(delete(t.project_file_version).where(c.key.in_(keys)))


# -- who has one open ----------------------------------------------------------------------------------------------------


def locks(unit: Unit, key: int, now: datetime) -> dict[str, FileLock]:
    """Return who has which file open now, by path."""
    c = t.file_lock.c
    query = select(*_LOCK).where(c.project_key == key, c.until > now)
    return {row.path: FileLock(**row._mapping) for row in unit.connection.execute(query)}


def take(unit: Unit, key: int, wanted: FileLock) -> None:
    """Let somebody have a file open; whoever had it has it no longer."""
    c = t.file_lock.c
    fields = {"holder": wanted.holder, "token": wanted.token, "until": wanted.until}
    changed = unit.connection.execute(
        update(t.file_lock).where(c.project_key == key, c.path == wanted.path).values(**fields)
    )
    if not changed.rowcount:
        unit.connection.execute(insert(t.file_lock), {"project_key": key, "path": wanted.path, **fields})


def let_go(unit: Unit, key: int, path: str, token: str = "") -> None:
    """Let a file go that this window has open; without a token whoever has it."""
    c = t.file_lock.c
    mine = (c.token == token,) if token else ()
    unit.connection.execute(delete(t.file_lock).where(c.project_key == key, c.path == path, *mine))


def forget_locks(unit: Unit, before: datetime, most: int) -> int:
    """Delete up to ``most`` locks that ended before a moment; return how many there were."""
    c = t.file_lock.c
    old = select(c.project_key, c.path).where(c.until < before).limit(most)
    return unit.connection.execute(delete(t.file_lock).where(tuple_(c.project_key, c.path).in_(old))).rowcount
