"""The files of projects: opened by one window at a time, saved, moved, copied, deleted, and brought back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath

from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.project import (
    FileLock,
    FileVersion,
    Project,
    ProjectFile,
    checked_content,
    checked_path,
    kind_of,
    sum_of,
)
from inburgering_flow.services import new_files
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.portions import in_portions
from inburgering_flow.services.shelves import MOST_VERSIONS, Shelves, is_there, no_file, shelf
from inburgering_flow.store import definitions, projects
from inburgering_flow.store.database import Unit

LOCKED_FOR = timedelta(seconds=60)
"""How long a window that fell silent keeps a file: it says every twenty seconds that it is there."""
APART = timedelta(minutes=10)
"""Between two automatic saves of the same person that are kept apart, to go back to."""


@dataclass(frozen=True)
class OpenFile:
    """A file with its content, who has it open, and what it was before, newest first."""

    project: Project
    file: ProjectFile
    content: bytes
    lock: FileLock | None
    versions: list[FileVersion]


class ProjectFiles:
    """Use cases of designers about one file; each asks for the right to deploy."""

    def __init__(self, context: Context, shelves: Shelves) -> None:
        self.context = context
        self.shelves = shelves

    def read(self, key: int, path: str, actor: Actor) -> OpenFile:
        """Return a file to look at or to change; raises NotFound where there is none."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            project = self.shelves.project(unit, key)
            found = shelf(unit, project).read(path)
            if found is None:
                raise no_file(path)
            lock = projects.locks(unit, key, self.context.real()).get(path)
            return OpenFile(project, *found, lock, projects.versions(unit, key, path, MOST_VERSIONS))

    @again
    def add(self, key: int, kind: str, name: str, actor: Actor, *, folder: str = "", process_id: str = "") -> str:
        """Begin a new file of a kind and return its path. Its path and the id in it come from the name, and nothing else in the
        project or among what is deployed has them. A scenario is about ``process_id``.
        """
        actor.require(permissions.DEPLOY)
        if kind not in new_files.ENDINGS:
            raise InvalidInput(_("There is no such kind of file."), remedy=_("Choose a kind from the list."))
        title = name.strip() or (_("data") if kind == "data" else "")
        with self.shelves.changing(key) as (unit, project):
            drawer = shelf(unit, project)
            found = drawer.contents()
            id = new_files.unique(new_files.slug(title), self._taken(unit, found))
            paths = {path.lower() for path, _content in found}
            ending = new_files.ENDINGS[kind]
            path = ending if kind == "data" else id + ending
            path = checked_path(f"{folder.strip('/ ')}/{path}" if folder.strip("/ ") else path)
            if path.lower() in paths:
                raise is_there(path)
            today = self.context.clock.now().astimezone(self.context.env.zone).date()
            content = new_files.content_of(kind, process_id or id, title, today, self._origin)
            self.shelves.write(unit, project, path, content, actor)
            self.shelves.check_count(unit, project)
            self.context.log(unit, actor.username, "file.add", subject_key=key)
            return path

    @again
    def save(
        self, key: int, path: str, content: bytes, actor: Actor, *, base: str, token: str, note: str = "", by_hand: bool = False
    ) -> ProjectFile:
        """Save what an editor holds. ``base`` is the checksum of what it began with, ``token`` names its window.

        What was there is kept: always when somebody saves by hand or it was another's work, else every ten minutes. Raises
        Conflict where another window has taken the file over, or the file has changed meanwhile; then nothing is changed.
        """
        actor.require(permissions.DEPLOY)
        checked_content(path, content)
        with self.shelves.changing(key) as (unit, project):
            self._hold(unit, key, path, token, actor)
            found = shelf(unit, project).read(path)
            if found is None:
                raise no_file(path)
            before, old = found
            if before.checksum != base and old != content:
                raise Conflict(
                    _("Something else has changed this file meanwhile."),
                    remedy=_("Keep your work as a copy and open the file again."), code="FILE_CHANGED",
                )  # fmt: skip
            if old != content:
                recent = self.context.clock.now() - before.changed < APART and before.changed_by == actor.username
                if by_hand or not recent:
                    self.shelves.keep(unit, key, before, old)
                self.shelves.write(unit, project, path, content, actor)
                if by_hand:
                    self.context.log(unit, actor.username, "file.save", subject_key=key)
            if note.strip():
                now, number = self.context.clock.now(), self.context.keys.next()
                projects.keep(unit, number, key, path, content, now, actor.username, note.strip()[:500])
            return ProjectFile(path, sum_of(content), self.context.clock.now(), actor.username)

    @again
    def move(self, key: int, path: str, to: str, actor: Actor) -> str:
        """Give a file another name or folder; what it was before goes along. Raises Conflict where there is one already."""
        actor.require(permissions.DEPLOY)
        to = checked_path(to)
        with self.shelves.changing(key) as (unit, project):
            self.shelves.untouched(unit, key, path, actor)
            drawer = shelf(unit, project)
            found = drawer.read(path)
            if found is None:
                raise no_file(path)
            if kind_of(to) != kind_of(path):
                raise InvalidInput(
                    _("A file stays of its kind."), remedy=_("Leave the end of its name as it was.")
                )
            if to == path:
                return path
            if any(f.path.lower() == to.lower() for f in drawer.files() if f.path != path):
                raise is_there(to)
            drawer.remove(path)
            projects.let_go(unit, key, path)
            projects.rename(unit, key, path, to)
            self.shelves.write(unit, project, to, found[1], actor)
            self.context.log(unit, actor.username, "file.move", subject_key=key)
            return to

    @again
    def copy(self, key: int, path: str, name: str, actor: Actor, *, content: bytes | None = None) -> str:
        """Copy a file beside itself under a new name, with new ids in it; return its path. ``content`` is what an editor holds
        that could not be saved.
        """
        actor.require(permissions.DEPLOY)
        with self.shelves.changing(key) as (unit, project):
            drawer = shelf(unit, project)
            all_files = drawer.contents()
            found = dict(all_files).get(path) if content is None else checked_content(path, content)
            kind = kind_of(path)
            if found is None or kind is None:
                raise no_file(path)
            if kind == "data":
                to = checked_path(f"{new_files.slug(name)}/{new_files.ENDINGS[kind]}")
            else:
                to = checked_path(new_files.path_beside(path, name))
            if any(p.lower() == to.lower() for p, _content in all_files):
                raise is_there(to)
            made = new_files.copy_of(kind, found, name.strip(), self._taken(unit, all_files))
            self.shelves.write(unit, project, to, made, actor)
            self.shelves.check_count(unit, project)
            self.context.log(unit, actor.username, "file.copy", subject_key=key)
            return to

    @again
    def delete(self, key: int, path: str, actor: Actor) -> int:
        """Delete a file and return the key of the version by which it can be brought back."""
        actor.require(permissions.DEPLOY)
        with self.shelves.changing(key) as (unit, project):
            self.shelves.untouched(unit, key, path, actor)
            drawer = shelf(unit, project)
            found = drawer.read(path)
            if found is None:
                raise no_file(path)
            version = self.shelves.keep(unit, key, *found)
            drawer.remove(path)
            projects.let_go(unit, key, path)
            self.context.log(unit, actor.username, "file.delete", subject_key=key)
            return version

    @again
    def restore(self, key: int, version_key: int, actor: Actor) -> str:
        """Let a file be what it once was, also a deleted one; what it is now is kept. Return its path."""
        actor.require(permissions.DEPLOY)
        with self.shelves.changing(key) as (unit, project):
            found = projects.version(unit, key, version_key)
            if found is None:
                raise NotFound(_("There is no such version."), remedy=_("Look at the list of earlier versions."))
            version, content = found
            self.shelves.untouched(unit, key, version.path, actor)
            self.shelves.put(unit, project, version.path, content, actor)
            self.context.log(unit, actor.username, "file.restore", subject_key=key)
            return version.path

    def version(self, key: int, version_key: int, actor: Actor) -> tuple[FileVersion, bytes]:
        """Return what a file once was."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            self.shelves.project(unit, key)
            found = projects.version(unit, key, version_key)
        if found is None:
            raise NotFound(_("There is no such version."), remedy=_("Look at the list of earlier versions."))
        return found

    @again
    def open(self, key: int, path: str, token: str, actor: Actor, *, take_over: bool = False) -> FileLock | None:
        """Let a window have a file, and keep it while it says so; return None when it has it, or who else has it.

        With ``take_over`` it gets the file whoever has it; the other hears so at the next save.
        """
        actor.require(permissions.DEPLOY)
        if not token or len(token) > 64:
            raise InvalidInput(_("This window has no mark of its own."), remedy=_("Load the page again."))
        with self.shelves.changing(key) as (unit, project):
            if shelf(unit, project).read(path) is None:
                raise no_file(path)
            now = self.context.real()
            lock = projects.locks(unit, key, now).get(path)
            if lock is not None and lock.token != token:
                if not take_over:
                    return replace(lock, token="")
                self.context.log(unit, actor.username, "file.take_over", subject_key=key)
            projects.take(unit, key, FileLock(path, actor.username, token, now + LOCKED_FOR))
            return None

    def close(self, key: int, path: str, token: str, actor: Actor) -> None:
        """Let a file go that this window has open."""
        actor.require(permissions.DEPLOY)
        if token:
            with self.context.db.write() as unit:
                projects.let_go(unit, key, path, token)

    def forget(self) -> int:
        """Forget who had a file open long ago; return how many. Safe to run at any time."""
        return in_portions(self.context.db, lambda unit, most: projects.forget_locks(unit, self.context.real() - APART, most))

    @property
    def _origin(self) -> str:
        return f"urn:inburgering-flow:{new_files.slug(self.context.organisation or 'organisatie')}"

    def _hold(self, unit: Unit, key: int, path: str, token: str, actor: Actor) -> None:
        """Make sure that a window has a file: the one that had it last, or any one where nobody has it."""
        now = self.context.real()
        lock = projects.locks(unit, key, now).get(path)
        if lock is not None and lock.token != token:
            raise Conflict(
                _("{name} has taken this file over from you.").format(name=lock.holder),
                remedy=_("Your work is still in this window: keep it as a copy."), code="TAKEN_OVER",
            )  # fmt: skip
        projects.take(unit, key, FileLock(path, actor.username, token[:64], now + LOCKED_FOR))

    def _taken(self, unit: Unit, found: Sequence[tuple[str, bytes]]) -> Callable[[str], bool]:
        stands = new_files.named_in(content for _path, content in found)
        paths = {PurePosixPath(path).name.split(".")[0].lower() for path, _content in found}
        kinds = ("process", "decision", "form")
        return lambda one: (
            one in paths or stands(one) or any(definitions.latest(unit, kind, one) is not None for kind in kinds)
        )
