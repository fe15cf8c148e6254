"""Deployed definitions, compiled once per process and version and shared by all threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.port import Process
from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.services.again import first
from inburgering_flow.services.appointment_entries import Appointment, data_appointments
from inburgering_flow.services.ranges import Range, data_ranges
from inburgering_flow.services.searchable_entries import Searchable, data_searchable
from inburgering_flow.services.term_entries import Term, data_terms
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Database, Unit
from inburgering_flow.store.definitions import DefinitionRow

if TYPE_CHECKING:

    from inburgering_flow.dmn import Model


def data_types(content: bytes | None) -> dict[str, str]:
    """Return the declared types of a data dictionary: variable name → FEEL type."""
    if content is None:
        return {}
    return {e["name"]: e["type"] for e in json.loads(content) if isinstance(e, dict) and "name" in e and "type" in e}


def data_readers(content: bytes | None) -> dict[str, frozenset[str]]:
    """Return who may see a variable, for those that the data dictionary declares: variable name → roles."""
    if content is None:
        return {}
    return {e["name"]: frozenset(e["roles"]) for e in json.loads(content) if isinstance(e, dict) and e.get("roles")}


def data_meanings(content: bytes | None) -> dict[str, tuple[str, str]]:
    """Return what declared variables mean and where they come from: variable name → (meaning, source)."""
    if content is None:
        return {}
    return {
        e["name"]: (str(e.get("meaning") or ""), str(e.get("source") or ""))
        for e in json.loads(content)
        if isinstance(e, dict) and "name" in e
    }


@lru_cache(maxsize=256)
def definitions_in(content: bytes, name: str) -> tuple[ProcessDefinition, ...]:
    """Return the processes of a file, read once in this Python process for each content."""
    return reader.read(content, name=name).processes


class _Local(threading.local):
    """The unit that a thread has open, for its look-ups."""

    unit: Unit | None = None


class _Within:
    """The block in which look-ups use a unit: entered in each step, so not a generator."""

    __slots__ = ("_before", "_local", "_unit")

    def __init__(self, local: _Local, unit: Unit) -> None:
        self._local, self._unit, self._before = local, unit, local.unit

    def __enter__(self) -> None:
        self._local.unit = self._unit

    def __exit__(self, *_: object) -> None:
        self._local.unit = self._before


class StoredCatalog:
    """The engine's catalog over the definition tables.

    A version never changes, so what is compiled stays valid; only the newest version is looked up each time, and only
    where a process or decision is called by id.
    """

    def __init__(self, db: Database, functions: frozenset[str]) -> None:
        self._db = db
        self._functions = functions
        self._processes: dict[int, CompiledProcess] = {}
        self._decisions: dict[int, Model] = {}
        self._forms: dict[int, Mapping[str, Any]] = {}
        self._embedded: dict[tuple[int, str], Mapping[str, Any]] = {}
        self._with_form: set[tuple[str, str]] = set()  # id and version tag of forms that were seen to be there
        self._readers: dict[int, dict[str, frozenset[str]]] = {}
        self._meanings: dict[int, dict[str, tuple[str, str]]] = {}
        self._ranges: dict[int, dict[str, Range]] = {}
        self._terms: dict[int, dict[str, Term]] = {}
        self._appointments: dict[int, dict[str, Appointment]] = {}
        self._searchable: dict[int, dict[str, Searchable]] = {}
        self._families: dict[int, str] = {}
        self._lock = threading.RLock()
        self._local = _Local()

    def within(self, unit: Unit) -> AbstractContextManager[None]:
        """Let look-ups of this thread use a unit that is already open."""
        return _Within(self._local, unit)

    def _ask(self, look_up: Callable[[Unit], Any]) -> Any:
        unit = self._local.unit
        if unit is not None:
            return look_up(unit)
        with self._db.read() as unit:
            return look_up(unit)

    def process(self, key: int) -> CompiledProcess:
        """Return a compiled process definition; raises NotFound."""
        found = self._processes.get(key)
        if found is not None:
            return found
        if self._local.unit is not None:  # others may wait for the database meanwhile
            first(lambda: self.process(key))
        with self._lock:
            found = self._processes.get(key)
            if found is None:
                found = self._processes[key] = self._ask(lambda unit: self._compile(unit, key))
        return found

    def _compile(self, unit: Unit, key: int) -> CompiledProcess:
        row = definitions.by_key(unit, key)
        if row is None or row.kind != "process":
            raise NotFound(
                _("There is no process definition {key}.").format(key=key), remedy=_("Look at the list of processes.")
            )
        name, content = definitions.content(unit, row.resource_key)
        data = definitions.content(unit, row.data_resource_key)[1] if row.data_resource_key else None
        self._readers[key] = data_readers(data)
        self._meanings[key] = data_meanings(data)
        self._ranges[key] = data_ranges(data)
        self._terms[key] = data_terms(data, row.id)
        self._appointments[key] = data_appointments(data, row.id)
        self._searchable[key] = data_searchable(data)
        self._families[key] = PurePosixPath(name).parent.name
        definition = next(d for d in definitions_in(content, name) if d.process_id == row.id)
        return self.compile(definition, row, data_types(data))

    def compile(
        self, definition: ProcessDefinition, row: DefinitionRow | None = None, types: Mapping[str, str] | None = None
    ) -> CompiledProcess:
        """Make a definition ready to run; without a ``row``, only to see whether that can be done."""
        key, version, deployment_key = (row.key, row.version, row.deployment_key) if row else (0, 0, 0)
        return CompiledProcess(
            definition, key=key, version=version, deployment_key=deployment_key, types=types or {}, functions=self._functions
        )

    def latest_process(
        self, process_id: str, near: Process | None = None, binding: str = "latest", version_tag: str = ""
    ) -> CompiledProcess:
        """Return the newest version; with binding ``deployment`` the one that came with the caller, with ``versionTag``
        the newest one that has the tag."""

        def look_up(unit: Unit) -> int | None:
            if binding == "versionTag":
                tagged = definitions.tagged(unit, "process", process_id, version_tag)
                return None if tagged is None else tagged.key
            row = None
            if binding == "deployment" and near is not None:
                row = definitions.in_deployment(unit, "process", process_id, near.deployment_key)
            row = row or definitions.latest(unit, "process", process_id)
            return None if row is None else row.key

        key = self._ask(look_up)
        if key is None:
            raise NotFound(
                _("No process '{process_id}' is deployed.").format(process_id=process_id), remedy=_("Deploy it first.")
            )
        return self.process(key)

    def decision(
        self, decision_id: str, near: Process | None = None, binding: str = "latest", version_tag: str = ""
    ) -> Model:
        """Return the DMN model that holds the requested version of a decision; see ``latest_process``."""

        def look_up(unit: Unit) -> tuple[int, int] | None:
            row = None
            if binding == "versionTag":
                row = definitions.tagged(unit, "decision", decision_id, version_tag)
                return None if row is None else (row.resource_key, row.version)
            if binding == "deployment" and near is not None:
                row = definitions.in_deployment(unit, "decision", decision_id, near.deployment_key)
            row = row or definitions.latest(unit, "decision", decision_id)
            return None if row is None else (row.resource_key, row.version)

        found = self._ask(look_up)
        if found is None:
            raise NotFound(
                _("No decision '{decision_id}' is deployed.").format(decision_id=decision_id),
                remedy=_("Deploy its DMN file first."),
            )
        resource_key, version = found
        if self._local.unit is not None and resource_key not in self._decisions:
            first(lambda: self._model(resource_key))
        with self._lock:
            model = self._model(resource_key)
            model.versions[decision_id] = version
        return model

    def _model(self, resource_key: int) -> Model:
        with self._lock:
            model = self._decisions.get(resource_key)
            if model is None:
                from inburgering_flow.dmn import parse_model

                name, content = self._ask(lambda unit: definitions.content(unit, resource_key))
                model = self._decisions[resource_key] = parse_model(content, name=name)
        return model

    def form(
        self, form_id: str, near: CompiledProcess, binding: str = "latest", version_tag: str = ""
    ) -> Mapping[str, Any] | None:
        """Return the schema of the requested form, see ``latest_process``; None where none is deployed.

        Schemas are shared by all threads and must not be changed.
        """

        def look_up(unit: Unit) -> int | None:
            row = None
            if binding == "deployment":
                row = definitions.in_deployment(unit, "form", form_id, near.deployment_key)
            elif binding == "versionTag":
                row = definitions.tagged(unit, "form", form_id, version_tag)
            row = row or definitions.latest(unit, "form", form_id)
            return None if row is None else row.resource_key

        embedded = near.definition.embedded_form(form_id)
        if embedded is not None:
            found = self._embedded.get((near.key, form_id))
            if found is None:
                found = self._embedded[near.key, form_id] = json.loads(embedded)
            return found
        resource_key = self._ask(look_up)
        if resource_key is None:
            return None
        found = self._forms.get(resource_key)
        if found is None:
            found = json.loads(self._ask(lambda unit: definitions.content(unit, resource_key))[1])
            self._forms[resource_key] = found
        return found

    def has_form(self, form_id: str, near: Process, binding: str = "latest", version_tag: str = "") -> bool:
        """Tell whether there is such a form. The newest version of one that is there is never deleted while it is needed."""
        known = (form_id, version_tag if binding == "versionTag" else "")
        if known in self._with_form:
            return True
        if near.definition.embedded_form(form_id) is not None:
            return True
        row = self._ask(
            lambda unit: definitions.tagged(unit, "form", *known) if known[1] else definitions.latest(unit, "form", form_id)
        )
        if row is not None:
            self._with_form.add(known)
        return row is not None

    @property
    def functions(self) -> frozenset[str]:
        """Return the names of the plug-ins' FEEL functions."""
        return self._functions

    def readers_of(self, key: int) -> Mapping[str, frozenset[str]]:
        """Return who may see the declared variables of a process definition."""
        self.process(key)
        return self._readers[key]

    def meanings_of(self, key: int) -> Mapping[str, tuple[str, str]]:
        """Return (meaning, source) of the declared variables of a process definition."""
        self.process(key)
        return self._meanings[key]

    def ranges_of(self, key: int) -> Mapping[str, Range]:
        """Return what the declared variables of a process definition may be, of those that have a range."""
        self.process(key)
        return self._ranges[key]

    def terms_of(self, key: int) -> Mapping[str, Term]:
        """Return the terms that a process definition keeps, by the variable that holds the last day."""
        self.process(key)
        return self._terms[key]

    def appointments_of(self, key: int) -> Mapping[str, Appointment]:
        """Return the appointments of a process definition, by the variable that holds when they are."""
        self.process(key)
        return self._appointments[key]

    def searchable_of(self, key: int) -> Mapping[str, Searchable]:
        """Return the variables of a process definition by which lists can be narrowed, by name."""
        self.process(key)
        return self._searchable[key]

    def family_of(self, key: int) -> str:
        """Return the family of a process definition: the folder that it was deployed from."""
        self.process(key)
        return self._families[key]
