"""What a process is, for whoever has to read and sign it: its steps in reading order with all that the models say of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from inburgering_flow.bpmn import reader, reading
from inburgering_flow.bpmn.definition import Element, ProcessDefinition, written_names
from inburgering_flow.bpmn.variables import expressions_of, written_by
from inburgering_flow.dmn import parse_model
from inburgering_flow.dmn.boxed import Table
from inburgering_flow.dmn.graph import Decision, Graph
from inburgering_flow.dmn.tables import tables
from inburgering_flow.errors import FlowError, InvalidInput, NotFound
from inburgering_flow.feel import FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.forms.tree import tree
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.projects import Projects
from inburgering_flow.services.term_entries import Term, data_terms
from inburgering_flow.store import definitions

UNSURE = "te controleren"
CODE = re.compile(r"\b[A-Z]\d\d\b")
SINCE, UNTIL, SOURCE = "Geldig van", "Geldig tot", "Bron"
"""The columns of a decision table that say from when, until when and by what each rule holds."""


@dataclass(frozen=True)
class TableFacts:
    """A decision table: how many rules, which of them counts, and the days from and until which rules hold (ISO texts)."""

    name: str
    hit_policy: str
    rules: int
    since: tuple[str, ...]
    until: tuple[str, ...]
    sources: tuple[str, ...]
    unsure: int


@dataclass(frozen=True)
class DecisionFacts:
    """A decision that a step asks; ``version`` is 0 where it is not deployed; it has no tables where it is a formula."""

    name: str
    question: str
    version: int
    tables: tuple[TableFacts, ...]


@dataclass(frozen=True)
class StepFacts:
    """A step with what other models say of it: questions of its form, its decision, the process that it calls, its letter."""

    step: reading.Step
    roles: tuple[str, ...]
    questions: tuple[str, ...]
    decision: DecisionFacts | None
    called: str
    letter: str
    term: Term | None
    source: str

    @property
    def element(self) -> Element:
        """Return the element."""
        return self.step.element

    @property
    def is_unsure(self) -> bool:
        """Tell whether the model says that it is still to be confirmed."""
        return UNSURE in self.element.properties.get("zekerheid", "")


@dataclass(frozen=True)
class DataFacts:
    """A variable of the data dictionary that a process reads or makes."""

    name: str
    meaning: str
    category: str
    source: str
    is_read: bool
    is_made: bool


@dataclass(frozen=True)
class Description:
    """A whole process. ``version`` is 0 and ``deployed`` None for a file of a project."""

    definition: ProcessDefinition
    version: int
    deployed: datetime | None
    steps: tuple[StepFacts, ...]
    data: tuple[DataFacts, ...]
    sources: tuple[str, ...]
    meanings: Mapping[str, str]

    @property
    def numbers(self) -> dict[str, str]:
        """Return the number of each step by the id of its element."""
        return {one.element.id: one.step.number for one in self.steps}

    @property
    def unsure(self) -> list[StepFacts]:
        """Return the steps of which something is still to be confirmed."""
        return [one for one in self.steps if one.is_unsure or (one.decision and any(t.unsure for t in one.decision.tables))]


@dataclass(frozen=True)
class _Around:
    """The models beside a diagram; what is not there is looked for among what is deployed."""

    context: Context
    forms: Mapping[str, dict[str, Any]]
    models: Mapping[str, Graph]
    processes: Mapping[str, str]
    titles: Mapping[str, str]
    """What a source calls a file of decisions (``D00``, of ``d00-termijnen.dmn``) → its name."""

    def in_words(self, source: str) -> str:
        """Return a source with the names of the files of decisions that it refers to."""
        return CODE.sub(lambda found: f"‘{self.titles[found[0]]}’" if found[0] in self.titles else found[0], source)

    def form(self, id: str) -> Mapping[str, Any] | None:
        row = None if id in self.forms else self._latest("form", id)
        return self.forms[id] if id in self.forms else None if row is None else json.loads(row[1])

    def decision(self, id: str) -> tuple[Graph, int] | None:
        if id in self.models:
            return self.models[id], 0
        try:
            model = self.context.catalog.decision(id)
        except NotFound:
            return None
        return model, model.versions.get(id, 0)

    def process(self, id: str) -> str:
        row = None if id in self.processes else self._latest("process", id)
        return self.processes.get(id) or ("" if row is None else row[0])

    def _latest(self, kind: str, id: str) -> tuple[str, bytes] | None:
        with self.context.db.read() as unit:
            row = definitions.latest(unit, kind, id)
            return None if row is None else (row.name, definitions.content(unit, row.resource_key)[1])


class Descriptions:
    """Use cases of whoever reads a process as a text."""

    def __init__(self, context: Context, projects: Projects) -> None:
        self.context = context
        self.projects = projects

    def of_definition(self, key: int, actor: Actor) -> Description:
        """Return the description of a deployed version of a process; raises NotFound for what is none."""
        if not actor.may(permissions.BOARD):
            actor.require(permissions.DEFINITION_READ)
        process = self.context.catalog.process(key)
        with self.context.db.read() as unit:
            row = definitions.by_key(unit, key)
            assert row is not None  # the catalog has just read it
            data = definitions.content(unit, row.data_resource_key)[1] if row.data_resource_key else None
            stored = next(one for one in definitions.history(unit, "process", row.id) if one.row.key == key)
            drawn = reading.heights(definitions.content(unit, row.resource_key)[1])
        around = _Around(self.context, {}, {}, {}, self._titles())
        return self._described(process.definition, drawn, data, around, row.version, stored.deployed_at)

    def of_file(self, project: int, path: str, actor: Actor) -> list[Description]:
        """Return the descriptions of the processes in a file of a project, as it is saved; raises InvalidInput for another
        kind of file, or one that cannot be read.
        """
        found = dict(self.projects.contents(project, actor))
        if path not in found:
            raise NotFound(_("There is no file '{path}' in this project.").format(path=path), remedy=_("Look at the project."))
        if not path.lower().endswith(".bpmn"):
            raise InvalidInput(_("Only diagrams have a description."), remedy=_("Choose a diagram."))
        processes = reader.read(found[path], name=path).processes
        data = found.get((PurePosixPath(path).parent / "gegevens.json").as_posix())
        around = self._around(found)
        drawn = reading.heights(found[path])
        return [self._described(one, drawn, data, around, 0, None) for one in processes]

    def _around(self, found: Mapping[str, bytes]) -> _Around:
        forms: dict[str, dict[str, Any]] = {}
        models: dict[str, Graph] = {}
        names: dict[str, str] = {}
        files: dict[str, Graph] = {}
        for path, content in found.items():
            try:
                match PurePosixPath(path.lower()).suffix:
                    case ".form":
                        schema = json.loads(content)
                        forms[str(schema["id"])] = schema
                    case ".dmn":
                        model = files[path] = parse_model(content, name=path)
                        models |= {id: model for id, one in model.elements.items() if isinstance(one, Decision)}
                    case ".bpmn":
                        names |= {one.process_id: one.name for one in reader.read(content, name=path).processes}
            except (FlowError, ValueError, KeyError, TypeError, RecursionError):
                continue  # its own editor says what is wrong with it
        titles = {_code(path): _title(model) for path, model in files.items()}
        return _Around(self.context, forms, models, names, self._titles() | titles)

    def _titles(self) -> dict[str, str]:
        """Return the names of the deployed files of decisions by what sources call them."""
        found = {}
        with self.context.db.read() as unit:
            rows = {row.resource_key: row for row in definitions.newest(unit, "decision")}
            for key, row in rows.items():
                path = definitions.content(unit, key)[0]
                found[_code(path)] = _title(self.context.catalog.decision(row.id))
        return found

    def _described(
        self, definition: ProcessDefinition, drawn: Mapping[str, float], data: bytes | None, around: _Around, version: int,
        deployed: datetime | None,
    ) -> Description:  # fmt: skip
        entries = _entries(data)
        terms = data_terms(data, definition.process_id) if entries else {}
        found = tuple(self._step(one, around, terms) for one in reading.steps(definition, drawn))
        said = [one.source for one in found]
        said += [source for one in found if one.decision for t in one.decision.tables for source in t.sources]
        root = around.in_words(definition.root.properties.get("bron", ""))
        return Description(
            definition, version, deployed, found, tuple(_data(definition, entries, self.context.functions, around)),
            tuple(dict.fromkeys(filter(None, [root, *said]))),
            {name: around.in_words(str(entry.get("meaning") or "")) for name, entry in entries.items()},
        )  # fmt: skip

    def _step(self, step: reading.Step, around: _Around, terms: Mapping[str, Term]) -> StepFacts:
        element = step.element
        groups = element.candidate_groups
        decided = element.called_decision
        due = element.due_date
        called = element.called_process
        return StepFacts(
            step,
            tuple(written_names(groups.source)) if groups is not None and not groups.is_expression else (),
            tuple(_questions(around.form(element.form_id))) if element.form_id and not element.form_id.startswith("=") else (),
            self._decision(decided.source, around) if decided is not None and not decided.is_expression else None,
            around.process(called.source) if called is not None and not called.is_expression else "",
            self.context.domain.letters.get(element.job_type.source, "") if element.job_type is not None else "",
            terms.get(due.source) if due is not None and due.is_expression else None,
            around.in_words(element.properties.get("bron", "")),
        )  # fmt: skip

    def _decision(self, id: str, around: _Around) -> DecisionFacts | None:
        found = around.decision(id)
        if found is None:
            return None
        model, version = found
        decision = model.elements.get(id)
        if not isinstance(decision, Decision):
            return None
        needed = _needed(model, decision)
        facts = tuple(_table(owner.name, table) for owner, table in tables(model) if owner.id in needed)
        return DecisionFacts(decision.name, decision.question or decision.description, version, facts)


def _code(path: str) -> str:
    return PurePosixPath(path).stem.partition("-")[0].upper()


def _title(model: Graph) -> str:
    """Return the name of a file of decisions, without the number that some begin with."""
    return re.sub(r"^[A-Z]\d\d ", "", model.name)


def _needed(model: Graph, decision: Decision) -> set[str]:
    """Return the ids of a decision and of what it needs in its own file."""
    found: set[str] = set()
    waiting = [decision.id]
    while waiting:
        id = waiting.pop()
        if id in found:
            continue
        found.add(id)
        one = model.elements.get(id)
        references = (*getattr(one, "decisions", ()), *getattr(one, "knowledge", ()))
        waiting += [reference.removeprefix("#") for reference in references if reference.startswith("#")]
    return found


def _table(name: str, table: Table) -> TableFacts:
    def column(wanted: str) -> tuple[str, ...]:
        places = [n for n, label in enumerate(table.annotations) if label.strip().lower() == wanted.lower()]
        texts = [rule.annotations[n].strip() for rule in table.rules for n in places if n < len(rule.annotations)]
        return tuple(sorted({text for text in texts if text and text != "-"}))

    unsure = sum(any(UNSURE in text for text in rule.annotations) for rule in table.rules)
    policy = f"{table.hit_policy} {table.aggregation}".strip()
    return TableFacts(name, policy, len(table.rules), column(SINCE), column(UNTIL), column(SOURCE), unsure)


def _questions(schema: Mapping[str, Any] | None) -> Iterable[str]:
    """Yield the labels of what a form asks, in its order."""
    if schema is None:
        return
    for component in tree(schema).all():
        if component.is_keyed and not component.disabled and not component.label.startswith("="):
            yield component.label


def _entries(data: bytes | None) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(data) if data else []
    except (ValueError, RecursionError):
        return {}
    return {str(one["name"]): one for one in found if isinstance(one, dict) and "name" in one} if isinstance(found, list) else {}


def _data(
    definition: ProcessDefinition, entries: Mapping[str, Mapping[str, Any]], functions: Iterable[str], around: _Around
) -> Iterable[DataFacts]:
    read: set[str] = set()
    made: set[str] = set()
    for element in definition.elements.values():
        made |= written_by(element)
        for text in expressions_of(element):
            try:
                read |= compile_feel(text, functions=functions).variables
            except FeelError:
                continue  # the check of the diagram says so
    for name, entry in entries.items():
        if name in read or name in made:
            yield DataFacts(
                name, str(entry.get("meaning") or ""), str(entry.get("category") or "none"),
                around.in_words(str(entry.get("source") or "")), name in read, name in made,
            )  # fmt: skip
