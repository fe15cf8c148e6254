"""From a finished case to a scenario: what people, partners and time did, by role, without what anybody wrote."""

from __future__ import annotations

import mimetypes
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from inburgering_flow import forms
from inburgering_flow.clock import LEGAL_ZONE
from inburgering_flow.errors import Conflict
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import COMPLETED, ElementInstance, ProcessInstance
from inburgering_flow.services import Services
from inburgering_flow.services.context import Context
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import decisions, instances, replays
from inburgering_flow.store.database import Unit
from inburgering_flow.store.replays import DoneTask, HeardMessage, Stood
from inburgering_flow.workbench.invented import FILE
from inburgering_flow.workbench.scenarios import FROM, Scenario
from inburgering_flow.workbench.standins import StandIns, person, words_of

CASE = "ZAAK-1"
NOBODY = "medewerker"


class NotReplayable(Conflict):
    """Something was done to the case that no step of a scenario does."""

    code = "NOT_REPLAYABLE"


@dataclass(frozen=True)
class Recorded:
    """A case as a scenario, with the files of the versions that it went by."""

    scenario: Scenario
    resources: Sequence[Resource]


@dataclass(frozen=True)
class Deed:
    """What somebody outside the process did, as a step of a scenario, and when."""

    moment: datetime
    step: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """A case as far as it has come: how it began, as a scenario without steps, and what was done since. ``end`` is None while it
    runs.
    """

    content: Mapping[str, Any]
    start: datetime
    deeds: Sequence[Deed]
    end: datetime | None


@dataclass(frozen=True)
class _Case:
    """What was read of a case."""

    root: ProcessInstance
    family: Sequence[ProcessInstance]
    path: Sequence[tuple[str, ElementInstance]]
    tasks: Sequence[DoneTask]
    stood: Sequence[Stood]
    messages: Sequence[HeardMessage]
    variables: Mapping[int, Mapping[str, Any]]
    first: Mapping[str, tuple[datetime, Any]]
    """What each variable was when a decision of the case first read it, and when."""


def record(services: Services, root_key: int, actor: Actor) -> Recorded:
    """Return a finished case that the actor sees as a scenario without personal data; the look at it is logged.

    Raises NotFound or ReasonNeeded for a case that is not the actor's, Conflict for one that has not finished, and NotReplayable
    with the reason where no scenario can do what was done to it.
    """
    actor.require(permissions.SIMULATE)
    services.case_access.check(root_key, actor)
    services.case_access.log_look(actor, "case.look", root_key, root_key)
    with services.context.db.read() as unit, services.context.catalog.within(unit):
        case = _read(unit, root_key)
        if case.root.state != COMPLETED:
            raise Conflict(_("This case has not finished."), remedy=_("Choose one that has."))
        files = replays.files_at(unit, case.root.end or case.root.start, [one.definition_key for one in case.family])
        resources = [Resource(name, content) for name, content in files]
        return Recorded(_Writer(services.context, case, words_of(resources)).scenario(), resources)


def story(context: Context, unit: Unit, root_key: int, words: frozenset[str]) -> Story:
    """Return what was done to a case so far, without personal data: texts stay only where they are among the ``words``.

    It is not asked who wants to know. Raises NotReplayable as ``record`` does.
    """
    case = _read(unit, root_key)
    writer = _Writer(context, case, words)
    ended = case.root.end if case.root.state == COMPLETED else None
    return Story(writer.content(), case.root.start, writer.deeds(), ended)


def _read(unit: Unit, root_key: int) -> _Case:
    family = instances.family(unit, root_key)
    root = next(one for one in family if one.key == root_key)
    others = replays.other_deeds(unit, root_key)
    if others:
        raise NotReplayable(
            _("Somebody did something to this case that a scenario cannot do: {what}.").format(what=others[0].action),
            remedy=_("Choose another case."),
        )
    tasks = replays.tasks_done(unit, root_key)
    scopes = [one.key for one in family] + [task.element_key for task in tasks]
    first: dict[str, tuple[datetime, Any]] = {}
    for row in reversed(decisions.of_case(unit, root_key)):
        for name, value in row.inputs.items():
            first.setdefault(name, (row.evaluated, value))
    return _Case(
        root, family, instances.path_of(unit, root_key), tasks, replays.tasks_stood(unit, root_key),
        replays.messages_heard(unit, root_key), replays.variables_of(unit, scopes), first,
    )  # fmt: skip


class _Writer:
    """Writes one case down."""

    def __init__(self, context: Context, case: _Case, words: frozenset[str]) -> None:
        self.context = context
        self.case = case
        self.roles = self._roles()
        number = case.root.business_key
        keys = self._waited_by()
        held = {value: self._held(value, keys) for value in self._texts() if number and number in value and value != number}
        made = {value: {FROM: where.pop("name"), **where} for value, where in held.items() if where}
        self.standins = StandIns(words, {**self.roles, **({number: CASE} if number else {})}, made)

    def _roles(self) -> dict[str, str]:
        """Return for each account that did something what it is called by its role: jurist-1, jurist-2."""
        found: dict[str, str] = {}
        counted: dict[str, int] = {}
        for task in self.case.tasks:
            if task.completed_by not in found:
                role = task.group or NOBODY
                counted[role] = counted.get(role, 0) + 1
                found[task.completed_by] = f"{role}-{counted[role]}"
        return found

    def scenario(self) -> Scenario:
        """Return the case as a scenario."""
        root, content = self.case.root, dict(self.content())
        content["stappen"] = [*self._steps(), {"tot": _written(root.end or root.start)}, {"verwacht": self._expected()}]
        return Scenario(Path(f"{root.process_id}.yaml"), content)

    def content(self) -> dict[str, Any]:
        """Return how the case began, as a scenario without steps."""
        root, context = self.case.root, self.context
        content: dict[str, Any] = {
            "naam": f"Uit de praktijk: {root.process_id}, versie {root.version}",
            "klok": _written(root.start),
            "proces": root.process_id,
        }
        if root.person_key is not None and context.domain.person is not None:
            content["persoon"] = person(context.domain.person)
        content["gegevens"] = self._stand_ins(self._start())
        return content

    def _stand_ins(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: _files(value) or self.standins.of(value) for name, value in values.items()}

    def _start(self) -> dict[str, Any]:
        """Return the variables with which the case began, as far as they can be known: what was written later hides them."""
        root, domain = self.case.root, self.context.domain
        values = self.case.variables.get(root.key, {})
        form = next((one for one in domain.start_forms if one.process_id == root.process_id), None)
        if form is not None:
            names = {f.name for f in form.fields if not f.is_location} | {form.starter_variable}
        else:
            names = set(values) - self._written_by_process()
        if domain.case_name is not None:
            names.add(domain.case_name.variable)
        required = set() if form is None else {f.name for f in form.fields if f.missing}
        changed = self._changed()
        found = {}
        for name in sorted(names & set(values)):
            known = self.case.first.get(name)
            if name not in changed:
                found[name] = values[name]
            elif known is not None and known[0] <= changed[name]:
                found[name] = known[1]
            else:
                found[name] = values[name] if name in required else None
        return found

    def _changed(self) -> dict[str, datetime]:
        """Return when each variable was first written in the course of the case: by a message, an answer or a mapping."""
        brought: list[tuple[datetime, set[str]]] = [(one.published, set(one.variables)) for one in self.case.messages]
        brought += [(task.completed, set(self._answers(task))) for task in self.case.tasks]
        versions = {one.process_id: one.definition_key for one in self.case.family}
        for process, row in self.case.path:
            element = self.context.catalog.process(versions[process]).elements.get(row.element_id)
            if element is not None and row.end is not None:
                brought.append((row.end, {one.target.partition(".")[0] for one in element.outputs}))
        changed: dict[str, datetime] = {}
        for moment, names in sorted(brought, key=lambda one: one[0]):
            for name in names:
                changed.setdefault(name, moment)
        return changed

    def _written_by_process(self) -> set[str]:
        """Return the names that the process itself writes."""
        found: set[str] = set()
        for element in self.context.catalog.process(self.case.root.definition_key).elements.values():
            found |= {one.target.partition(".")[0] for one in element.outputs} | {element.result_variable}
            found |= set(element.data)
            if element.form_id and not element.outputs:
                found |= self._form_names(self.case.root.definition_key, element.id, element.form_id)
            if element.loop is not None:
                found.add(element.loop.output_collection)
        return found

    def _form_names(self, definition_key: int, element_id: str, form_id: str) -> set[str]:
        catalog = self.context.catalog
        process = catalog.process(definition_key)
        element = process.elements[element_id]
        schema = catalog.form(form_id, process, element.binding, element.version_tag)
        return set() if schema is None else forms.names(schema)

    def _answers(self, task: DoneTask) -> dict[str, Any]:
        """Return what was answered: it stands in the task's own scope, or around it where the task maps nothing out."""
        names = self._form_names(task.definition_key, task.element_id, task.form_id) if task.form_id else set()
        element = self.context.catalog.process(task.definition_key).elements[task.element_id]
        own = self.case.variables.get(task.element_key, {})
        if not element.outputs:
            own = {**self.case.variables.get(task.instance_key, {}), **own}
        inside = names if names else set(own) - {one.target for one in element.inputs}
        return {name: value for name, value in own.items() if name in inside and value is not None}

    def deeds(self) -> list[Deed]:
        """Return what was done to the case, in order."""
        found = [(task.logged, Deed(task.completed, self._task(task))) for task in self.case.tasks]
        found += [(message.key, Deed(message.published, self._message(message))) for message in self.case.messages]
        return [deed for _key, deed in sorted(found, key=lambda one: one[0])]

    def _steps(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        now = self.case.root.start
        for deed in self.deeds():
            if deed.moment > now:
                found.append({"tot": _written(deed.moment)})
                now = deed.moment
            found.append(deed.step)
        return found

    def _task(self, task: DoneTask) -> dict[str, Any]:
        before = [
            one for one in self.case.stood
            if one.element_id == task.element_id and one.key < task.key and (one.end is None or one.end > task.completed)
        ]  # fmt: skip
        step: dict[str, Any] = {"taak": task.element_id, "door": self.roles[task.completed_by]}
        answers = self._stand_ins(self._answers(task))
        if answers:
            step["met"] = answers
        if before:
            step["de"] = len(before) + 1
        return step

    def _message(self, message: HeardMessage) -> dict[str, Any]:
        step: dict[str, Any] = {"bericht": message.name}
        if message.variables:
            step["met"] = self.standins.of(dict(message.variables))
        if message.correlation_key != self.case.root.business_key:
            step |= self._key(message)
        return step

    def _key(self, message: HeardMessage) -> dict[str, Any]:
        """Return by which variable of the case a message found it, and the how manyeth of its values."""
        where = self._held(message.correlation_key, self._waited_by(message.name))
        if where is None:
            raise NotReplayable(
                _("It is not known by what the message {name} found this case.").format(name=message.name),
                remedy=_("Choose another case."),
            )
        return {"sleutel": where.pop("name"), **where}

    def _texts(self) -> set[str]:
        """Return the texts among the variables of the case and of what it called."""
        values = (value for one in self.case.family for value in self.case.variables.get(one.key, {}).values())
        return {value for value in values if isinstance(value, str)}

    def _held(self, text: str, likely: Collection[str]) -> dict[str, Any] | None:
        """Return which variable of the case holds a text, one of the ``likely`` ones or else the one that had it first: its name,
        and which of its different values it is, if not the first.
        """
        seen: dict[str, list[str]] = {}
        for one in sorted(self.case.family, key=lambda one: one.key):
            for name, value in sorted(self.case.variables.get(one.key, {}).items()):
                if value is not None and str(value) not in seen.setdefault(name, []):
                    seen[name].append(str(value))
        for name, values in sorted(seen.items(), key=lambda one: one[0] not in likely):
            if text in values:
                place = values.index(text) + 1
                return {"name": name, **({"de": place} if place > 1 else {})}
        return None

    def _waited_by(self, message: str = "") -> set[str]:
        """Return the variables by which the processes of the case wait for a message, or for any."""
        catalog = self.context.catalog
        return {
            event.correlation_key.source.strip()
            for one in self.case.family
            for element in catalog.process(one.definition_key).elements.values() if element.event is not None
            for event in element.event.all
            if event.kind == "message" and event.correlation_key is not None and event.name is not None
            and message in ("", event.name.source)
        }  # fmt: skip

    def _expected(self) -> dict[str, Any]:
        return {"toestand": COMPLETED, "pad": [row.element_id for _process, row in self.case.path]}


def _written(moment: datetime) -> str:
    return moment.astimezone(LEGAL_ZONE).isoformat()


def _files(value: Any) -> dict[str, Any] | None:
    """Return what stands for an answer that is files: as many of those kinds that nobody wrote; None for any other answer."""
    if not isinstance(value, list) or not value or not all(isinstance(one, Mapping) and "documentId" in one for one in value):
        return None
    endings = [PurePosixPath(str((one.get("metadata") or {}).get("fileName", ""))).suffix.lower() for one in value]
    return {FILE: ["voorbeeld" + (ending if ending in mimetypes.types_map else "") for ending in endings]}
