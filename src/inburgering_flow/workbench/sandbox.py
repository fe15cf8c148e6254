"""A platform apart, in which models are tried: a database file of its own, a clock that moves when told to, no effect outside.

What is deployed is compiled once; each trial begins with the database as it was after the deployment, which takes milliseconds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from xml.sax.saxutils import quoteattr

from inburgering_flow import settings
from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import Flow, ProcessDefinition
from inburgering_flow.clock import ManualClock
from inburgering_flow.dmn.decisions import Model
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.port import Process
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.platform import Platform, load_plugins
from inburgering_flow.services import Services
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.http_calls import HANDLED
from inburgering_flow.services.resources import Resource
from inburgering_flow.settings import Settings
from inburgering_flow.store import definitions, migrations
from inburgering_flow.store.database import Database
from inburgering_flow.store.dialects import kept_in_memory, put_back, url_of
from inburgering_flow.workbench.folders import Folder
from inburgering_flow.workbench.mocks import Mocks, stub

BEGINNING = "2000-01-03T09:00:00+01:00"
"""When a sandbox is made: no trial begins before it."""
ID = re.compile(r"[A-Za-z_][\w.-]*")


class TrialCatalog(StoredCatalog):
    """The deployed definitions, some of them replaced for one trial: by what a scenario says, or by a mutant."""

    processes: Mapping[int, CompiledProcess] = {}
    models: Mapping[str, Model] = {}
    changed: Mapping[int, Model] = {}

    def process(self, key: int) -> CompiledProcess:
        """Return a definition, or what takes its place."""
        found = super().process(key)
        return self.processes.get(key, found)

    def decision(
        self, decision_id: str, near: Process | None = None, binding: str = "latest", version_tag: str = ""
    ) -> Model:
        """Return the model of a decision, or what takes its place."""
        fixed = self.models.get(decision_id)
        return super().decision(decision_id, near, binding, version_tag) if fixed is None else fixed

    def _model(self, resource_key: int) -> Model:
        found = self.changed.get(resource_key)
        return super()._model(resource_key) if found is None else found

    def replaced(self, definition: ProcessDefinition, key: int) -> CompiledProcess:
        """Return a definition made ready to run in the place of a deployed one."""
        now = super().process(key)
        return CompiledProcess(
            definition, key=key, version=now.version, deployment_key=now.deployment_key, types=now.types, functions=self.functions
        )


@dataclass(frozen=True)
class Change:
    """What takes the place of deployed definitions in a trial: processes by id, decision models by the name of their file."""

    processes: Mapping[str, ProcessDefinition] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)


NOTHING = Change()


class TrialPlatform(Platform):
    """A platform in a sandbox, on which something can be imitated while a trial goes on."""

    def __init__(self, services: Services, sandbox: Sandbox, imitated: Iterable[str]) -> None:
        super().__init__(services)
        self._sandbox = sandbox
        self._imitated = set(imitated)

    def imitate(self, mocks: Mocks) -> None:
        """Answer from now on in place of what the mocks name. Raises InvalidInput for a process that is not deployed, or that the
        trial has begun already: it goes on as it began.
        """
        begun = {one.process_id for one in self.instances()} & (set(mocks.processes) - self._imitated)
        if begun:
            raise InvalidInput(
                _("The process {id} has begun in this trial, and can no longer be imitated.").format(id=min(begun)),
                remedy=_("Go back to before it began."),
            )
        self._sandbox.imitate(mocks)
        self.context.handlers = {**self.context.handlers, **mocks.handlers()}
        self._imitated |= set(mocks.processes)


class Sandbox:
    """Resources that are deployed apart, to try them again and again; close it, or use it in ``with``. One trial at a time."""

    def __init__(self, platform: Platform, folder: Folder) -> None:
        self._opened = platform
        self._folder = folder
        self._file = folder.path / "flow.db"
        self._kept = kept_in_memory(self._file)
        context = platform.context
        self._catalog = TrialCatalog(context.db, context.catalog.functions)
        self._stubs: dict[str, ProcessDefinition] = {}
        self.flows: Counter[tuple[str, str]] = Counter()
        """Process and sequence flow, of each over which tokens went since the trial began: how many."""
        self._keys: dict[str, int] = {}
        self._files: dict[str, int] = {}
        self._look()

    def _look(self) -> None:
        with self._opened.context.db.read() as unit:
            self._keys = {row.id: row.key for row in definitions.newest(unit, "process")}
            rows = definitions.newest(unit, "decision")
            self._files = {definitions.content(unit, row.resource_key)[0]: row.resource_key for row in rows}

    @classmethod
    def open(
        cls, resources: Sequence[Resource], *, stubs: Iterable[str] = (), plugins: Sequence[Plugin] | None = None
    ) -> Self:
        """Deploy resources in a new sandbox, with the plug-ins that the settings name where none are given.

        ``stubs`` are ids of processes that no trial runs: they need not be among the resources. Raises DeploymentRejected with
        findings, and InvalidInput where there is nothing to deploy.
        """
        return cls._new(resources, stubs, plugins)

    def deploy(self, resources: Sequence[Resource], platform: Platform) -> None:
        """Deploy newer versions where a trial stands now: what runs keeps its own. Raises DeploymentRejected with findings."""
        platform.deployments.deploy(resources)
        self._look()

    def keep(self) -> None:
        """Let each trial from now on begin with what the last one has come to."""
        self._kept.close()
        self._kept = kept_in_memory(self._file)

    def copy_to(self, file: Path) -> None:
        """Write what trials begin with to a file, with which another program can open the same."""
        put_back(self._kept, file)

    @classmethod
    def again(cls, file: Path, *, plugins: Sequence[Plugin] | None = None) -> Self:
        """Open a sandbox on a copy of what ``copy_to`` has written, in the same folder: whoever removes that removes it too."""
        return cls._new((), (), plugins, file)

    @classmethod
    def _new(
        cls, resources: Sequence[Resource], stubs: Iterable[str], plugins: Sequence[Plugin] | None, file: Path | None = None
    ) -> Self:
        folder = Folder(None if file is None else file.parent)
        try:
            (folder.path / "flow.db").write_bytes(_tables() if file is None else file.read_bytes())
            platform = _opened(folder.path, plugins)
            try:
                if resources:
                    platform.deployments.deploy([*resources, *_missing(resources, stubs)])
                return cls(platform, folder)
            except BaseException:
                platform.close()
                raise
        except BaseException:
            folder.close()
            raise

    def fresh(
        self, clock: datetime, mocks: Mocks | None = None, change: Change = NOTHING,
        choose: Callable[[str, str], str | None] | None = None,
    ) -> TrialPlatform:  # fmt: skip
        """Return a platform with what is deployed and no case, on a clock that stands at an aware moment. The one of the trial
        before must not be used any more. ``choose`` says for a process and an exclusive gateway which flow is taken, or None
        where its conditions do. Raises InvalidInput for a mock of something that is not deployed.
        """
        put_back(self._kept, self._file)
        self.flows = Counter()
        mocks = mocks or Mocks()
        catalog = self._catalog
        catalog.models, catalog.changed = {}, {}
        catalog.processes = self._replaced(change.processes)
        self.imitate(mocks)
        catalog.changed = {self._files[name]: model for name, model in change.models.items()}
        before = self._opened.context
        env = replace(before.env, catalog=catalog, took=self._took, choose=choose)
        context = replace(
            before, clock=ManualClock(clock), catalog=catalog, env=env,
            handlers={**before.handlers, **HANDLED, **mocks.handlers()}, on_work=[], is_apart=True,
        )  # fmt: skip
        return TrialPlatform(Services(context), self, mocks.processes)

    def imitate(self, mocks: Mocks) -> None:
        """Let answers take the place of called processes and decisions, besides those that have already. Raises InvalidInput for
        one that is not deployed.
        """
        catalog = self._catalog
        catalog.processes = {**catalog.processes, **self._replaced({id: self._stub(id) for id in mocks.processes})}
        catalog.models = {**catalog.models, **mocks.models()}

    def _replaced(self, definitions: Mapping[str, ProcessDefinition]) -> dict[int, CompiledProcess]:
        return {self._key(id): self._catalog.replaced(one, self._key(id)) for id, one in definitions.items()}

    def _took(self, process_id: str, flow: Flow) -> None:
        self.flows[process_id, flow.id] += 1

    def _key(self, process_id: str) -> int:
        if process_id not in self._keys:
            raise InvalidInput(
                _("The process {id}, which the scenario imitates, is not among the models.").format(id=process_id),
                remedy=_("Processes that are: {ids}.").format(ids=", ".join(sorted(self._keys))),
            )
        return self._keys[process_id]

    def _stub(self, process_id: str) -> ProcessDefinition:
        if process_id not in self._stubs:
            self._stubs[process_id] = reader.read(stub(process_id), name=f"{process_id}.bpmn").processes[0]
        return self._stubs[process_id]

    @property
    def processes(self) -> list[str]:
        """The ids of the deployed processes."""
        return sorted(self._keys)

    def definition(self, process_id: str) -> ProcessDefinition | None:
        """Return a deployed process as it is drawn; None where there is no such process."""
        key = self._keys.get(process_id)
        return None if key is None else StoredCatalog.process(self._catalog, key).definition

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._opened.close()
        self._kept.close()
        self._folder.close()


@cache
def _tables() -> bytes:
    """Return a database file with the tables of this program and nothing in them, made once: change by change takes 0.25 s."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "flow.db"
        db = Database(url_of(file), synchronous="OFF")
        try:
            migrations.upgrade(db.engine)
        finally:
            db.close()
        return file.read_bytes()


def _opened(folder: Path, plugins: Sequence[Plugin] | None) -> Platform:
    """Open a platform that the settings here say nothing about, but for what models may use."""
    here = settings.read()
    chosen = Settings(
        database_url=url_of(folder / "flow.db"), secret="sandbox", synchronous="OFF", password_memory=64, four_eyes=False,  # noqa: S106
        zone=here.zone, rules=here.rules, organisation=here.organisation, plugins=here.plugins, node=0,
    )  # fmt: skip
    known = load_plugins(here.plugins) if plugins is None else plugins
    return Platform.open(settings_=chosen, clock=ManualClock(BEGINNING), plugins=known)


def _missing(resources: Sequence[Resource], stubs: Iterable[str]) -> list[Resource]:
    """Return diagrams of the processes that are not run and not there."""
    wanted = sorted(set(stubs))
    there = {
        process.process_id
        for one in resources if wanted and one.kind == "bpmn"
        for process in reader.read(one.content, name=one.name).processes
    }  # fmt: skip
    for id in wanted:
        if not ID.fullmatch(id):
            raise InvalidInput(
                _("{id} is not the id of a process.").format(id=quoteattr(id)), remedy=_("Mend it under nabootsen: processen.")
            )
    return [Resource(f"nabootsing/{id}.bpmn", stub(id)) for id in wanted if id not in there]
