"""Where the files of a project are, and how they are changed by one at a time, with what was there before kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.project import MAX_FILES, FileLock, Project, ProjectFile
from inburgering_flow.services.context import Context
from inburgering_flow.store import projects
from inburgering_flow.store.database import Unit
from inburgering_flow.store.working_copies import WorkingCopy

MOST_VERSIONS = 100


class Shelves:
    """The files of projects inside an open unit; whoever asks has been checked."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def project(self, unit: Unit, key: int) -> Project:
        """Return a project that is in use; raises NotFound."""
        found = projects.get(unit, key)
        if found is None or found.removed is not None:
            raise no_project()
        return found

    @contextmanager
    def changing(self, key: int) -> Iterator[tuple[Unit, Project]]:
        """Open a write unit in which nobody else changes the files of a project."""
        with self.context.db.write() as unit:
            projects.lock(unit, key)
            yield unit, self.project(unit, key)

    def untouched(self, unit: Unit, key: int, path: str, actor: Actor) -> None:
        """Raise Conflict where somebody else has a file open."""
        lock = projects.locks(unit, key, self.context.real()).get(path)
        if lock is not None and lock.holder != actor.username:
            raise open_elsewhere(lock)

    def put(self, unit: Unit, project: Project, path: str, content: bytes, actor: Actor) -> None:
        """Write a file and keep what was there, if it was something else."""
        found = shelf(unit, project).read(path)
        if found is not None and found[1] != content:
            self.keep(unit, project.key, *found)
        if found is None or found[1] != content:
            self.write(unit, project, path, content, actor)

    def write(self, unit: Unit, project: Project, path: str, content: bytes, actor: Actor) -> None:
        """Let a file have this content."""
        if project.folder:
            WorkingCopy(project.folder).write(path, content)
        else:
            projects.write(unit, project.key, path, content, self.context.clock.now(), actor.username)

    def keep(self, unit: Unit, key: int, file: ProjectFile, content: bytes) -> int:
        """Keep what a file was, and return the key by which it comes back."""
        number = self.context.keys.next()
        projects.keep(unit, number, key, file.path, content, file.changed, file.changed_by)
        projects.thin(unit, key, file.path, MOST_VERSIONS)
        return number

    def check_count(self, unit: Unit, project: Project) -> None:
        """Raise InvalidInput where a project has too many files."""
        if len(shelf(unit, project).files()) > MAX_FILES:
            raise InvalidInput(
                _("A project has at most {count} files.").format(count=MAX_FILES),
                remedy=_("Begin a second project."),
            )


class Drawer:
    """The files of a project in the database, as those of a folder are read."""

    def __init__(self, unit: Unit, key: int) -> None:
        self.unit = unit
        self.key = key

    def files(self) -> list[ProjectFile]:
        return projects.files(self.unit, self.key)

    def contents(self) -> list[tuple[str, bytes]]:
        return projects.contents(self.unit, self.key)

    def read(self, path: str) -> tuple[ProjectFile, bytes] | None:
        return projects.read(self.unit, self.key, path)

    def remove(self, path: str) -> None:
        projects.remove(self.unit, self.key, path)


def shelf(unit: Unit, project: Project) -> Drawer | WorkingCopy:
    """Return the files of a project: those in the database, or in the folder that it names."""
    return WorkingCopy(project.folder) if project.folder else Drawer(unit, project.key)


def no_project() -> NotFound:
    return NotFound(_("There is no such project."), remedy=_("Look at the list of projects."))


def no_file(path: str) -> NotFound:
    return NotFound(_("'{path}' is not there (any more).").format(path=path), remedy=_("Look at the list of files."))


def is_there(path: str) -> Conflict:
    return Conflict(_("'{path}' is there already.").format(path=path), remedy=_("Choose another name."))


def open_elsewhere(lock: FileLock) -> Conflict:
    return Conflict(
        _("{name} has '{path}' open.").format(name=lock.holder, path=lock.path),
        remedy=_("Ask whether it can be closed, or take the file over."),
    )
