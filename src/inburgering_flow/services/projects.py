"""Projects: what designers work on before anything is deployed. Their files are in the database or in a folder of the server."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath

from inburgering_flow.bpmn import element_templates
from inburgering_flow.errors import Conflict, DeploymentRejected, Finding, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.project import (
    MAX_FILES,
    FileLock,
    FileVersion,
    Project,
    ProjectFile,
    checked_content,
    checked_path,
    deployed_kind,
    kind_of,
    sum_of,
)
from inburgering_flow.services import new_files
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.deployments import Deployed, Deployments
from inburgering_flow.services.portions import in_portions
from inburgering_flow.services.proposals import Proposals
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import definitions, projects
from inburgering_flow.store.database import Unit
from inburgering_flow.store.working_copies import WorkingCopy

LOCKED_FOR = timedelta(seconds=60)
"""How long a window that fell silent keeps a file: it says every twenty seconds that it is there."""
APART = timedelta(minutes=10)
"""Between two automatic saves of the same person that are kept apart, to go back to."""
MOST_VERSIONS = 100
MAX_ARCHIVE = 50_000_000


@dataclass(frozen=True)
class ProjectView:
    """A project with its files, by path; ``locks`` says who has one open now, ``deleted`` what can be brought back."""

    project: Project
    files: list[ProjectFile]
    locks: dict[str, FileLock]
    deleted: list[FileVersion]


@dataclass(frozen=True)
class OpenFile:
    """A file with its content, who has it open, and what it was before, newest first."""

    project: Project
    file: ProjectFile
    content: bytes
    lock: FileLock | None
    versions: list[FileVersion]


class Projects:
    """Use cases of designers about their files; each asks for the right to deploy."""

    def __init__(self, context: Context, deployments: Deployments, proposals: Proposals) -> None:
        self.context = context
        self.deployments = deployments
        self.proposals = proposals

    # -- projects --------------------------------------------------------------------------------------------------------

    def every(self, actor: Actor) -> list[tuple[Project, int]]:
        """Return each project with how many files it has, by name; folders that the settings name come along by themselves."""
        actor.require(permissions.DEPLOY)
        self._open_folders(actor)
        with self.context.db.read() as unit:
            counted = projects.counts(unit)
            named = set(self._folders().values())
            return [(p, WorkingCopy(p.folder).count() if p.folder else counted.get(p.key, 0))
                    for p in projects.every(unit) if not p.folder or p.folder in named]  # fmt: skip

    def removed(self, actor: Actor) -> list[Project]:
        """Return the projects that were removed and can be brought back."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            return projects.every(unit, removed=True)

    @again
    def create(self, name: str, actor: Actor) -> int:
        """Begin a project and return its key; raises InvalidInput without a name, Conflict where there is one of that name."""
        actor.require(permissions.DEPLOY)
        with self.context.db.write() as unit:
            return self._create(unit, name, "", actor)

    @again
    def rename(self, key: int, name: str, actor: Actor) -> None:
        """Give a project another name."""
        actor.require(permissions.DEPLOY)
        with self.context.db.write() as unit:
            self._project(unit, key)
            projects.change(unit, key, name=_free_name(unit, name, key))
            self.context.log(unit, actor.username, "project.rename", subject_key=key)

    @again
    def remove(self, key: int, actor: Actor) -> None:
        """Put a project away with all that is in it; what was deployed from it goes on. Raises Conflict while one is open."""
        actor.require(permissions.DEPLOY)
        with self.context.db.write() as unit:
            project = self._project(unit, key)
            if project.folder:
                raise InvalidInput(
                    _("This project is a folder of the server."), remedy=_("Take the folder out of the setting PROJECT_FOLDERS.")
                )
            for lock in projects.locks(unit, key, self.context.real()).values():
                if lock.holder != actor.username:
                    raise _open_elsewhere(lock)
            projects.change(unit, key, removed=self.context.clock.now())
            self.context.log(unit, actor.username, "project.remove", subject_key=key)

    @again
    def bring_back(self, key: int, actor: Actor) -> None:
        """Undo the removal of a project."""
        actor.require(permissions.DEPLOY)
        with self.context.db.write() as unit:
            project = projects.get(unit, key)
            if project is None:
                raise _no_project()
            projects.change(unit, key, removed=None, name=_free_name(unit, project.name, key, number=True))
            self.context.log(unit, actor.username, "project.bring_back", subject_key=key)

    def view(self, key: int, actor: Actor) -> ProjectView:
        """Return a project with its files; raises NotFound for one that is not there (any more)."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            project = self._project(unit, key)
            found = _shelf(unit, project).files()
            locks = projects.locks(unit, key, self.context.real())
            return ProjectView(project, found, locks, projects.deleted(unit, key, [f.path for f in found]))

    def resources(self, key: int, actor: Actor) -> list[Resource]:
        """Return what can be deployed of a project: the same files, under the same names, as the command ``deploy`` finds
        in a folder with the same content.
        """
        return [Resource(path, content) for path, content in self.contents(key, actor) if deployed_kind(path)]

    def contents(self, key: int, actor: Actor) -> list[tuple[str, bytes]]:
        """Return path and content of each file of a project, by path."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            return _shelf(unit, self._project(unit, key)).contents()

    def element_templates(self, key: int, actor: Actor) -> list[element_templates.Template]:
        """Return what the editor of diagrams offers in a project: the platform's templates, those of the plug-ins, and its own.

        A file that is not sound is left out here; its own editor says what is wrong with it.
        """
        found = [content for path, content in self.contents(key, actor) if kind_of(path) == "template"]
        own = [one for content in found for one in element_templates.read(content)[0]]
        folders = [element_templates.SHIPPED, *self.context.domain.element_templates]
        return element_templates.together(element_templates.of_folders(folders), own)

    def archive(self, key: int, actor: Actor) -> tuple[str, bytes]:
        """Return the name of a project and its files as a ZIP."""
        found = self.contents(key, actor)
        with self.context.db.read() as unit:
            name = self._project(unit, key).name
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for path, content in found:
                file.writestr(path, content)
        return name, packed.getvalue()

    @again
    def take_in(self, key: int, sent: Sequence[tuple[str, bytes]], actor: Actor, *, folder: str = "") -> list[str]:
        """Put files into a project, those in a ZIP too; return their paths. What was there under a path is kept as an earlier
        version. All of it or nothing: raises InvalidInput with every name that a project does not hold, Conflict where
        somebody has one of the files open.
        """
        actor.require(permissions.DEPLOY)
        unpacked = [one for name, content in sent for one in _unpacked(name, content)]
        if not unpacked:
            raise InvalidInput(_("No file was sent."), remedy=_("Choose a file first."))
        found = {}
        for name, content in unpacked:
            path = checked_path(f"{folder}/{name}" if folder else name)
            if path in found:
                raise InvalidInput(_("'{path}' occurs twice.").format(path=path), remedy=_("Send it once."))
            found[path] = checked_content(path, content)
        with self._changing(key) as (unit, project):
            locks = projects.locks(unit, key, self.context.real())
            for path in found:
                if path in locks:
                    raise _open_elsewhere(locks[path])
            for path, content in found.items():
                self._put(unit, project, path, content, actor, note="")
            self._check_count(unit, project)
            self.context.log(unit, actor.username, "file.upload", subject_key=key, detail={"count": len(found)})
        return sorted(found)

    @again
    def of_deployed(self, definition_key: int, actor: Actor) -> tuple[int, str]:
        """Return project and path at which a deployed definition can be changed. Where no project has its file, all that is
        deployed now goes into a new one.
        """
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            row = definitions.by_key(unit, definition_key)
            if row is None:
                raise NotFound(_("There is no such version."), remedy=_("Look at the list of processes."))
            name, content = definitions.content(unit, row.resource_key)
            best = None
            for project in projects.every(unit):
                for path, kept in _shelf(unit, project).contents():
                    if kept == content:
                        return project.key, path
                    same = PurePosixPath(path).name == PurePosixPath(name).name and kind_of(path) == deployed_kind(name)
                    if same and row.id.encode() in kept:
                        best = best or (project.key, path)
        if best is not None:
            return best
        files = dict(self.deployments.newest_files())
        files.setdefault(name, content)
        with self.context.db.write() as unit:
            key = self._create(unit, _free_name(unit, _("What is deployed now"), 0, number=True), "", actor)
            project = self._project(unit, key)
            for path, kept in files.items():
                self._put(unit, project, path, kept, actor, note="")
        return key, name

    # -- check and deploy ------------------------------------------------------------------------------------------------

    def check(self, key: int, actor: Actor, *, path: str = "", content: bytes | None = None) -> list[Finding]:
        """Return everything that is wrong with a project, as the shell and the API say it. With ``content`` one file counts
        as if it had been saved so, and only what is wrong with that file is returned.
        """
        found = {r.name: r for r in self.resources(key, actor)}
        if content is not None and not deployed_kind(path):
            return []
        if content is not None:
            found[path] = Resource(path, content)
        findings = self.deployments.check(list(found.values())) if found else []
        return [f for f in findings if f.resource == path] if content is not None else findings

    def deploy(self, key: int, actor: Actor, *, reason: str = "") -> list[Deployed]:
        """Deploy what changed in a project, and why; where a second person must approve, propose it and return nothing.

        Raises DeploymentRejected with every finding.
        """
        resources = self.resources(key, actor)
        if self.context.settings.second_person:
            self.proposals.propose(self._changed(resources), actor, reason=reason)
            return []
        return self.deployments.deploy(resources, actor, reason=reason)

    def _changed(self, resources: list[Resource]) -> list[Resource]:
        """Return the files that are not deployed as they are, with the data dictionaries beside them: what a colleague looks at.

        Raises DeploymentRejected where the whole is not sound, InvalidInput where nothing changed.
        """
        findings = self.deployments.check(resources)
        if any(f.severity == "error" for f in findings):
            raise DeploymentRejected(findings)
        known = {sum_of(content) for _name, content in self.deployments.newest_files()}
        changed = {r.name for r in resources if sum_of(r.content) not in known}
        folders = {PurePosixPath(name).parent for name in changed}
        beside = {r.name for r in resources if r.is_data and PurePosixPath(r.name).parent in folders}
        if not changed:
            raise InvalidInput(_("Nothing has changed since the last time."), remedy=_("Change a file first."))
        return [r for r in resources if r.name in changed | beside]

    # -- files -----------------------------------------------------------------------------------------------------------

    def read(self, key: int, path: str, actor: Actor) -> OpenFile:
        """Return a file to look at or to change; raises NotFound where there is none."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            project = self._project(unit, key)
            found = _shelf(unit, project).read(path)
            if found is None:
                raise _no_file(path)
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
        with self._changing(key) as (unit, project):
            shelf = _shelf(unit, project)
            found = shelf.contents()
            id = new_files.unique(new_files.slug(title), self._taken(unit, found))
            paths = {path.lower() for path, _content in found}
            ending = new_files.ENDINGS[kind]
            path = ending if kind == "data" else id + ending
            path = checked_path(f"{folder.strip('/ ')}/{path}" if folder.strip("/ ") else path)
            if path.lower() in paths:
                raise _is_there(path)
            today = self.context.clock.now().astimezone(self.context.env.zone).date()
            content = new_files.content_of(kind, process_id or id, title, today, self._origin)
            self._write(unit, project, path, content, actor)
            self._check_count(unit, project)
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
        with self._changing(key) as (unit, project):
            self._hold(unit, key, path, token, actor)
            found = _shelf(unit, project).read(path)
            if found is None:
                raise _no_file(path)
            before, old = found
            if before.checksum != base and old != content:
                raise Conflict(
                    _("Something else has changed this file meanwhile."),
                    remedy=_("Keep your work as a copy and open the file again."), code="FILE_CHANGED",
                )  # fmt: skip
            if old != content:
                recent = self.context.clock.now() - before.changed < APART and before.changed_by == actor.username
                if by_hand or not recent:
                    self._keep(unit, key, before, old)
                self._write(unit, project, path, content, actor)
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
        with self._changing(key) as (unit, project):
            self._untouched(unit, key, path, actor)
            shelf = _shelf(unit, project)
            found = shelf.read(path)
            if found is None:
                raise _no_file(path)
            if kind_of(to) != kind_of(path):
                raise InvalidInput(
                    _("A file stays of its kind."), remedy=_("Leave the end of its name as it was.")
                )
            if to == path:
                return path
            if any(f.path.lower() == to.lower() for f in shelf.files() if f.path != path):
                raise _is_there(to)
            shelf.remove(path)
            projects.let_go(unit, key, path)
            projects.rename(unit, key, path, to)
            self._write(unit, project, to, found[1], actor)
            self.context.log(unit, actor.username, "file.move", subject_key=key)
            return to

    @again
    def copy(self, key: int, path: str, name: str, actor: Actor, *, content: bytes | None = None) -> str:
        """Copy a file beside itself under a new name, with new ids in it; return its path. ``content`` is what an editor holds
        that could not be saved.
        """
        actor.require(permissions.DEPLOY)
        with self._changing(key) as (unit, project):
            shelf = _shelf(unit, project)
            all_files = shelf.contents()
            found = dict(all_files).get(path) if content is None else checked_content(path, content)
            kind = kind_of(path)
            if found is None or kind is None:
                raise _no_file(path)
            if kind == "data":
                to = checked_path(f"{new_files.slug(name)}/{new_files.ENDINGS[kind]}")
            else:
                to = checked_path(new_files.path_beside(path, name))
            if any(p.lower() == to.lower() for p, _content in all_files):
                raise _is_there(to)
            self._write(unit, project, to, new_files.copy_of(kind, found, name.strip(), self._taken(unit, all_files)), actor)
            self._check_count(unit, project)
            self.context.log(unit, actor.username, "file.copy", subject_key=key)
            return to

    @again
    def delete(self, key: int, path: str, actor: Actor) -> int:
        """Delete a file and return the key of the version by which it can be brought back."""
        actor.require(permissions.DEPLOY)
        with self._changing(key) as (unit, project):
            self._untouched(unit, key, path, actor)
            shelf = _shelf(unit, project)
            found = shelf.read(path)
            if found is None:
                raise _no_file(path)
            version = self._keep(unit, key, *found)
            shelf.remove(path)
            projects.let_go(unit, key, path)
            self.context.log(unit, actor.username, "file.delete", subject_key=key)
            return version

    @again
    def restore(self, key: int, version_key: int, actor: Actor) -> str:
        """Let a file be what it once was, also a deleted one; what it is now is kept. Return its path."""
        actor.require(permissions.DEPLOY)
        with self._changing(key) as (unit, project):
            found = projects.version(unit, key, version_key)
            if found is None:
                raise NotFound(_("There is no such version."), remedy=_("Look at the list of earlier versions."))
            version, content = found
            self._untouched(unit, key, version.path, actor)
            self._put(unit, project, version.path, content, actor, note="")
            self.context.log(unit, actor.username, "file.restore", subject_key=key)
            return version.path

    def version(self, key: int, version_key: int, actor: Actor) -> tuple[FileVersion, bytes]:
        """Return what a file once was."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            self._project(unit, key)
            found = projects.version(unit, key, version_key)
        if found is None:
            raise NotFound(_("There is no such version."), remedy=_("Look at the list of earlier versions."))
        return found

    # -- who has one open ------------------------------------------------------------------------------------------------

    @again
    def open(self, key: int, path: str, token: str, actor: Actor, *, take_over: bool = False) -> FileLock | None:
        """Let a window have a file, and keep it while it says so; return None when it has it, or who else has it.

        With ``take_over`` it gets the file whoever has it; the other hears so at the next save.
        """
        actor.require(permissions.DEPLOY)
        if not token or len(token) > 64:
            raise InvalidInput(_("This window has no mark of its own."), remedy=_("Load the page again."))
        with self._changing(key) as (unit, project):
            if _shelf(unit, project).read(path) is None:
                raise _no_file(path)
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

    # -- inside ----------------------------------------------------------------------------------------------------------

    @property
    def _origin(self) -> str:
        return f"urn:inburgering-flow:{new_files.slug(self.context.organisation or 'organisatie')}"

    def _folders(self) -> dict[str, str]:
        """Return the folders that the settings name, by the names of their projects."""
        given = [one.strip() for one in self.context.settings.project_folders.split(",") if one.strip()]
        pairs = [one.partition("=") if "=" in one else (PurePosixPath(one).name, "=", one) for one in given]
        return {name.strip(): place.strip() for name, _is, place in pairs}

    def _open_folders(self, actor: Actor) -> None:
        wanted = self._folders()
        if not wanted:
            return
        with self.context.db.read() as unit:
            known = {p.folder for p in projects.every(unit)}
        if set(wanted.values()) <= known:
            return
        with self.context.db.write() as unit:
            known = {p.folder for p in projects.every(unit)}
            for name, place in wanted.items():
                if place not in known:
                    self._create(unit, _free_name(unit, name, 0, number=True), place, SYSTEM if actor.is_system else actor)

    def _create(self, unit: Unit, name: str, folder: str, actor: Actor) -> int:
        key = self.context.keys.next()
        now = self.context.clock.now()
        projects.add(unit, Project(key, _free_name(unit, name, 0), folder, now, actor.username))
        self.context.log(unit, actor.username, "project.create", subject_key=key)
        return key

    def _project(self, unit: Unit, key: int) -> Project:
        found = projects.get(unit, key)
        if found is None or found.removed is not None:
            raise _no_project()
        return found

    @contextmanager
    def _changing(self, key: int) -> Iterator[tuple[Unit, Project]]:
        """Open a write unit in which nobody else changes the files of a project."""
        with self.context.db.write() as unit:
            projects.lock(unit, key)
            yield unit, self._project(unit, key)

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

    def _untouched(self, unit: Unit, key: int, path: str, actor: Actor) -> None:
        """Raise Conflict where somebody else has a file open."""
        lock = projects.locks(unit, key, self.context.real()).get(path)
        if lock is not None and lock.holder != actor.username:
            raise _open_elsewhere(lock)

    def _taken(self, unit: Unit, found: Sequence[tuple[str, bytes]]) -> Callable[[str], bool]:
        stands = new_files.named_in(content for _path, content in found)
        paths = {PurePosixPath(path).name.split(".")[0].lower() for path, _content in found}
        kinds = ("process", "decision", "form")
        return lambda one: (
            one in paths or stands(one) or any(definitions.latest(unit, kind, one) is not None for kind in kinds)
        )

    def _put(self, unit: Unit, project: Project, path: str, content: bytes, actor: Actor, *, note: str) -> None:
        """Write a file and keep what was there, if it was something else."""
        found = _shelf(unit, project).read(path)
        if found is not None and found[1] != content:
            self._keep(unit, project.key, *found, note=note)
        if found is None or found[1] != content:
            self._write(unit, project, path, content, actor)

    def _write(self, unit: Unit, project: Project, path: str, content: bytes, actor: Actor) -> None:
        if project.folder:
            WorkingCopy(project.folder).write(path, content)
        else:
            projects.write(unit, project.key, path, content, self.context.clock.now(), actor.username)

    def _keep(self, unit: Unit, key: int, file: ProjectFile, content: bytes, note: str = "") -> int:
        number = self.context.keys.next()
        projects.keep(unit, number, key, file.path, content, file.changed, file.changed_by, note)
        projects.thin(unit, key, file.path, MOST_VERSIONS)
        return number

    def _check_count(self, unit: Unit, project: Project) -> None:
        if len(_shelf(unit, project).files()) > MAX_FILES:
            raise InvalidInput(
                _("A project has at most {count} files.").format(count=MAX_FILES),
                remedy=_("Begin a second project."),
            )


class _Drawer:
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


def _shelf(unit: Unit, project: Project) -> _Drawer | WorkingCopy:
    return WorkingCopy(project.folder) if project.folder else _Drawer(unit, project.key)


def _free_name(unit: Unit, name: str, key: int, *, number: bool = False) -> str:
    """Return the name of a project; one that another project has gets a number, or is refused."""
    plain = " ".join(name.split())
    if not plain or len(plain) > 100 or not plain.isprintable():
        raise InvalidInput(_("A project needs a name."), remedy=_("Choose a name of at most 100 letters."))
    taken = {p.name.lower() for p in projects.every(unit) if p.key != key}
    if plain.lower() in taken and not number:
        raise Conflict(
            _("There is a project called {name} already.").format(name=plain), remedy=_("Choose another name.")
        )
    found, count = plain, 1
    while found.lower() in taken:
        count += 1
        found = f"{plain} {count}"
    return found


def _unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, or the files in a ZIP; hidden ones and folders in it are left out."""
    if not name.lower().endswith(".zip"):
        yield name, content
        return
    wrong = InvalidInput(_("'{name}' is not a ZIP that can be read.").format(name=name), remedy=_("Make it again."))
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
        listed = [i for i in packed.infolist() if not i.is_dir() and not _is_hidden(i.filename)]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise wrong from None
    if len(listed) > MAX_FILES or sum(i.file_size for i in listed) > MAX_ARCHIVE:
        raise InvalidInput(
            _("There is too much in '{name}': at most 2,000 files and 50 MB.").format(name=name), remedy=_("Divide it.")
        )
    room = MAX_ARCHIVE
    for info in listed:
        try:
            with packed.open(info) as file:
                found = file.read(room + 1)  # what the archive says of its sizes need not be true
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError, EOFError):
            raise wrong from None
        except Exception as error:
            if type(error).__module__ in ("zlib", "lzma", "_lzma"):
                raise wrong from None
            raise
        room -= len(found)
        if room < 0:
            raise InvalidInput(
                _("There is too much in '{name}': at most 2,000 files and 50 MB.").format(name=name), remedy=_("Divide it.")
            )
        yield info.filename, found


def _is_hidden(path: str) -> bool:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)


def _no_project() -> NotFound:
    return NotFound(_("There is no such project."), remedy=_("Look at the list of projects."))


def _no_file(path: str) -> NotFound:
    return NotFound(_("'{path}' is not there (any more).").format(path=path), remedy=_("Look at the list of files."))


def _is_there(path: str) -> Conflict:
    return Conflict(_("'{path}' is there already.").format(path=path), remedy=_("Choose another name."))


def _open_elsewhere(lock: FileLock) -> Conflict:
    return Conflict(
        _("{name} has '{path}' open.").format(name=lock.holder, path=lock.path),
        remedy=_("Ask whether it can be closed, or take the file over."),
    )
