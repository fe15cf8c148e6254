"""Projects: what designers work on before anything is deployed. Their files are in the database or in a folder of the server."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from inburgering_flow.bpmn import element_templates
from inburgering_flow.errors import Conflict, DeploymentRejected, Finding, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.project import (
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
from inburgering_flow.services.again import again
from inburgering_flow.services.archives import left_out, unpacked
from inburgering_flow.services.context import Context
from inburgering_flow.services.deployments import Deployed, Deployments
from inburgering_flow.services.proposals import Proposals
from inburgering_flow.services.resources import Resource
from inburgering_flow.services.shelves import Shelves, no_project, open_elsewhere, shelf
from inburgering_flow.store import definitions, projects
from inburgering_flow.store.database import Unit
from inburgering_flow.store.working_copies import WorkingCopy


@dataclass(frozen=True)
class ProjectView:
    """A project with its files, by path; ``locks`` says who has one open now, ``deleted`` what can be brought back."""

    project: Project
    files: list[ProjectFile]
    locks: dict[str, FileLock]
    deleted: list[FileVersion]


class Projects:
    """Use cases of designers about whole projects; each asks for the right to deploy."""

    def __init__(self, context: Context, deployments: Deployments, proposals: Proposals, shelves: Shelves) -> None:
        self.context = context
        self.deployments = deployments
        self.proposals = proposals
        self.shelves = shelves

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
            self.shelves.project(unit, key)
            projects.change(unit, key, name=_free_name(unit, name, key))
            self.context.log(unit, actor.username, "project.rename", subject_key=key)

    @again
    def remove(self, key: int, actor: Actor) -> None:
        """Put a project away with all that is in it; what was deployed from it goes on. Raises Conflict while one is open."""
        actor.require(permissions.DEPLOY)
        with self.context.db.write() as unit:
            project = self.shelves.project(unit, key)
            if project.folder:
                raise InvalidInput(
                    _("This project is a folder of the server."), remedy=_("Take the folder out of the setting PROJECT_FOLDERS.")
                )
            for lock in projects.locks(unit, key, self.context.real()).values():
                if lock.holder != actor.username:
                    raise open_elsewhere(lock)
            projects.change(unit, key, removed=self.context.clock.now())
            self.context.log(unit, actor.username, "project.remove", subject_key=key)

    @again
    def bring_back(self, key: int, actor: Actor) -> None:
        """Undo the removal of a project."""
        actor.require(permissions.DEPLOY)
        with self.context.db.write() as unit:
            project = projects.get(unit, key)
            if project is None:
                raise no_project()
            projects.change(unit, key, removed=None, name=_free_name(unit, project.name, key, number=True))
            self.context.log(unit, actor.username, "project.bring_back", subject_key=key)

    def view(self, key: int, actor: Actor) -> ProjectView:
        """Return a project with its files; raises NotFound for one that is not there (any more)."""
        actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            project = self.shelves.project(unit, key)
            found = shelf(unit, project).files()
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
            return shelf(unit, self.shelves.project(unit, key)).contents()

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
            name = self.shelves.project(unit, key).name
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for path, content in found:
                file.writestr(path, content)
        return name, packed.getvalue()

    @again
    def take_in(self, key: int, sent: Sequence[tuple[str, bytes]], actor: Actor, *, folder: str = "") -> list[str]:
        """Put files into a project, those in a ZIP too; return their paths. What was there under a path is kept as an earlier
        version. All of it or nothing: raises InvalidInput for a name that a project does not hold, Conflict where somebody has
        one of the files open. What no project holds is left out of a ZIP (``archives.left_out``).
        """
        actor.require(permissions.DEPLOY)
        given = [one for name, content in sent for one in unpacked(name, content)]
        if not given:
            if any(left_out(name, content) for name, content in sent):
                raise InvalidInput(
                    _("There is nothing in the ZIP that belongs in a project."),
                    remedy=_("Let names end in .bpmn, .dmn, .form, .yaml, .typ or .json."),
                )
            raise InvalidInput(_("No file was sent."), remedy=_("Choose a file first."))
        found = {}
        for name, content in given:
            path = checked_path(f"{folder}/{name}" if folder else name)
            if path in found:
                raise InvalidInput(_("'{path}' occurs twice.").format(path=path), remedy=_("Send it once."))
            found[path] = checked_content(path, content)
        with self.shelves.changing(key) as (unit, project):
            locks = projects.locks(unit, key, self.context.real())
            for path in found:
                if path in locks:
                    raise open_elsewhere(locks[path])
            for path, content in found.items():
                self.shelves.put(unit, project, path, content, actor)
            self.shelves.check_count(unit, project)
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
                for path, kept in shelf(unit, project).contents():
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
            project = self.shelves.project(unit, key)
            for path, kept in files.items():
                self.shelves.put(unit, project, path, kept, actor)
        return key, name

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
