"""Files that are not in force yet, as the engine would see them if they were: on top of what is deployed, never stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.port import Process
from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.services.catalog import data_types, definitions_in
from inburgering_flow.services.context import Context
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Unit
from inburgering_flow.store.definitions import DefinitionRow

if TYPE_CHECKING:
    from inburgering_flow.dmn import Model


class Candidates:
    """The engine's catalog with some files put in force: the processes in them have the keys -1, -2, … in order."""

    def __init__(self, context: Context, unit: Unit, resources: Sequence[Resource]) -> None:
        self._catalog = context.catalog
        self._compile = context.catalog.compile
        self._found: dict[int, tuple[ProcessDefinition, DefinitionRow, dict[str, str]]] = {}
        self._processes: dict[int, CompiledProcess] = {}  # those that were asked for
        self._models: dict[str, Model] = {}
        self._forms: set[str] = set()
        data = {PurePosixPath(r.name).parent: r.content for r in resources if r.kind == "data"}
        for resource in resources:
            if resource.kind == "bpmn":
                self._read(context, unit, resource, data)
            elif resource.kind == "dmn":
                self._decide(resource)
            elif resource.kind == "form":
                self._forms.add(str(json.loads(resource.content).get("id") or PurePosixPath(resource.name).stem))
        self._by_id = {row.id: key for key, (_definition, row, _types) in self._found.items()}

    def _read(self, context: Context, unit: Unit, resource: Resource, data: dict[PurePosixPath, bytes]) -> None:
        folder = PurePosixPath(resource.name).parent
        content = data.get(folder)
        if content is None:
            known = definitions.latest_data(unit, folder.as_posix())
            content = None if known is None else definitions.content(unit, known[0])[1]
        for definition in definitions_in(resource.content, resource.name):
            key = -1 - len(self._found)
            before = definitions.latest(unit, "process", definition.process_id)
            row = DefinitionRow(
                key, "process", definition.process_id, before.version + 1 if before else 1, definition.name,
                definition.version_tag, 0, 0, None, "",
            )  # fmt: skip
            self._found[key] = (definition, row, data_types(content))

    def _decide(self, resource: Resource) -> None:
        from inburgering_flow.dmn import parse_model

        model = parse_model(resource.content, name=resource.name)
        self._models.update(dict.fromkeys(model.decisions, model))

    @property
    def ids(self) -> dict[int, str]:
        """Return the ids of the processes of the files, by key."""
        return {key: id for id, key in self._by_id.items()}

    def process(self, key: int) -> CompiledProcess:
        """Return a process of the files or a deployed one; raises NotFound."""
        if key >= 0:
            return self._catalog.process(key)
        if key not in self._found:
            raise NotFound(_("These files hold no such process."), remedy=_("Begin the rehearsal again."))
        if key not in self._processes:
            self._processes[key] = self._compile(*self._found[key])
        return self._processes[key]

    def latest_process(
        self, process_id: str, near: Process | None = None, binding: str = "latest", version_tag: str = ""
    ) -> CompiledProcess:
        """Return what a call would get: the process of the files where the newest one is wanted."""
        own = self._by_id.get(process_id)
        if own is not None and self._is_wanted(near, binding, version_tag, self._found[own][1].version_tag):
            return self.process(own)
        return self._catalog.latest_process(process_id, near, binding, version_tag)

    def decision(
        self, decision_id: str, near: Process | None = None, binding: str = "latest", version_tag: str = ""
    ) -> Model:
        """Return what a business rule task would get."""
        own = self._models.get(decision_id)
        if own is not None and self._is_wanted(near, binding, version_tag, ""):
            return own
        return self._catalog.decision(decision_id, near, binding, version_tag)

    def has_form(self, form_id: str, near: Process, binding: str = "latest", version_tag: str = "") -> bool:
        """Tell whether a task would have its form."""
        return form_id in self._forms or self._catalog.has_form(form_id, near, binding, version_tag)

    @staticmethod
    def _is_wanted(near: Process | None, binding: str, wanted: str, tag: str) -> bool:
        if binding == "versionTag":
            return bool(tag) and wanted == tag
        return binding == "latest" or (near is not None and near.key < 0)
