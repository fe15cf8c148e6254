"""Scenarios: what happens in a case, step by step, as YAML next to the processes. Test, documentation and demo in one.

Steps (one key each): ``taak`` (complete a task, ``door`` a user, ``met`` answers; of several with that id the oldest, or the one
whose place ``de`` says), ``bericht`` (publish a message),
``werk`` (answer an open job that nobody does here, by its type: ``met`` variables, a BPMN ``fout`` or a ``storing``),
``signaal`` (broadcast within the case: its number follows the name, unless the case waits for the name alone),
``tot`` (let time pass, from due moment to due moment), ``gegevens`` (change variables of the case, or with ``bij`` of a process
that it called), ``nabootsen`` (answer from now on in place of others), ``verwacht`` (compare), ``geweigerd`` (an act that must be
refused, with a part of the reason). A message is correlated by the number of the case, or with ``sleutel`` by the value of
that variable: of several different ones in the case the first, or the one whose place ``de`` says; with ``op`` by that text. An
answer ``{$van: NAME}`` is likewise the value that the variable has in the case by then, and ``{$bestand: NAME}`` a file.
What may stand in them: ``vocabulary.py`` and docs/scenarios.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from inburgering_flow.clock import LEGAL_ZONE, ManualClock, legal_last_day, monotonic
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.executor.embedded import run_until
from inburgering_flow.i18n import LANGUAGES, OUTSIDE_PAGES, _, speaking
from inburgering_flow.model.runtime import ElementInstance, JobRow, UserTask
from inburgering_flow.platform import Platform
from inburgering_flow.services.attachments import Attachment, attached
from inburgering_flow.services.processes import InstanceView
from inburgering_flow.store import instances, jobs
from inburgering_flow.workbench import invented
from inburgering_flow.workbench.invented import FILE
from inburgering_flow.workbench.mocks import Mocks
from inburgering_flow.workbench.sandbox import TrialPlatform
from inburgering_flow.workbench.vocabulary import STEPS, check, unreadable

MAX_MOMENTS = 10_000
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C where PyYAML was built with it
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
WIDTH = 130
OWNER = "scenario"
"""Who has the lease on work that a step answers."""
FROM = "$van"
"""The key of an answer that is the value of a variable of the case."""


class ScenarioFailed(Exception):  # it is the outcome of a comparison
    """What was expected, what was found, and at which step; step 0 is what goes before the first."""

    def __init__(self, name: str, step: int, expected: str, found: Any) -> None:
        super().__init__(f"{name}, step {step}: expected {expected}, found {found}")
        self.step = step
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class Scenario:
    """One story; ``path`` is its file, or what it is called where it is in none."""

    path: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return the scenario's own name."""
        return str(self.content["naam"])

    @property
    def clock(self) -> datetime:
        """When it begins."""
        return moment(self.content["klok"])

    @property
    def mocks(self) -> Mocks:
        """What is answered in place of workers, called processes and decisions from the beginning."""
        return Mocks.of(_plain(self.content.get("nabootsen") or {}))

    @property
    def imitated(self) -> set[str]:
        """The processes that it answers for, from the beginning or later."""
        later = (step.get("nabootsen") or {} for step in self.content["stappen"])
        return {name for one in (self.content.get("nabootsen") or {}, *later) for name in one.get("processen") or {}}


def load(path: Path) -> Scenario:
    """Read one scenario; raises InvalidInput with the lines that say what no scenario can."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            _("{name} cannot be read: {reason}.").format(name=path.name, reason=error), remedy=_("Save it as UTF-8 text.")
        ) from None
    return read(text, path)


def read(text: str, path: Path) -> Scenario:
    """Return the scenario that a text says; ``path`` is what it is called."""
    loader = LOADER(text)
    try:
        root = loader.get_single_node()
        check(root, path.name)
        content = loader.construct_document(root)
    except yaml.YAMLError as error:
        raise unreadable(path.name, error) from None
    except (ValueError, RecursionError) as error:  # a date that does not exist, or too many brackets
        raise InvalidInput(
            _("{name} cannot be read: {reason}.").format(name=path.name, reason=error), remedy=_("Write dates like 2026-03-02.")
        ) from None
    finally:
        loader.dispose()
    try:
        moment(content["klok"])
    except (ValueError, TypeError):
        raise InvalidInput(
            _("{name}: klok is not a moment.").format(name=path.name), remedy=_("Write it like 2026-03-02T09:00:00+01:00.")
        ) from None
    return Scenario(path, content)


def dump(content: Mapping[str, Any]) -> str:
    """Return a scenario as YAML, which ``read`` reads back as it was."""
    text: str = yaml.dump(dict(content), Dumper=DUMPER, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=None)
    return text


def moment(value: Any) -> datetime:
    """Return a moment that is written; without a zone it is that of the law."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=LEGAL_ZONE)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value


class Runner:
    """Plays one scenario, as a whole or step by step, on a platform with a manual clock on which its processes are deployed.

    ``seconds`` is how long it may take in real time; without it, as long as it takes.
    """

    def __init__(self, platform: Platform, scenario: Scenario, *, seconds: float | None = None) -> None:
        self.platform = platform
        self.scenario = scenario
        self.key = 0
        self.step = 0
        self.number = ""
        self.touched = 0
        """The task, job or message of the last step that had one."""
        self.within(seconds)

    def within(self, seconds: float | None) -> None:
        """Say how long what follows may take in real time."""
        self._ends = None if seconds is None else monotonic() + seconds

    def run(self, *, owner: str | None = None, location: str | None = None) -> int:
        """Play the whole story and return the key of its case; raises ScenarioFailed, or FlowError for a refused act."""
        self.begin(owner=owner, location=location)
        for step in self.scenario.content["stappen"]:
            self.do(step)
        self.end()
        return self.key

    def begin(self, *, owner: str | None = None, location: str | None = None) -> None:
        """Start the case."""
        content = self.scenario.content
        self._clock().set(self.scenario.clock)
        values = _plain(content.get("gegevens") or {})
        named = self.platform.context.domain.case_name
        self.number = str(values.get(named.variable) or "") if named else ""
        for early in content.get("vooraf") or ():
            self.platform.publish(early["bericht"], correlation_key=self.number, variables=_plain(early.get("met") or {}))
        person = self.platform.register_person(_plain(content["persoon"])) if content.get("persoon") else None
        begins = _plain(content.get("begint") or {})
        if begins:
            self.key = self._begun_by(begins, values, person)
        else:
            attachments: list[Attachment] = []
            self.key = self.platform.services.processes.start(
                content["proces"], self._with_files(values, attachments), person_key=person, business_key=self.number,
                owner=owner, location=location, attachments=attachments,
            )  # fmt: skip
        self._run_due()

    def _with_files(self, value: Any, attachments: list[Attachment]) -> Any:
        """Return start variables with the descriptions of their files, which are added to ``attachments``."""
        if isinstance(value, dict):
            if FILE in value:
                found = attached(self.platform.context, invented.files(value[FILE]))
                attachments.extend(found)
                return [one.described for one in found]
            return {name: self._with_files(one, attachments) for name, one in value.items()}
        return [self._with_files(one, attachments) for one in value] if isinstance(value, list) else value

    def _begun_by(self, begins: Mapping[str, Any], values: Mapping[str, Any], person: int | None) -> int:
        """Let happen what begins the case, and return its key."""
        platform, process = self.platform, self.scenario.content["proces"]
        before = {one.key for one in platform.instances(process)}
        if "bericht" in begins:
            self.number = str(begins.get("sleutel", self.number))
            platform.publish(str(begins["bericht"]), correlation_key=self.number, variables=values, person=person)
        elif "signaal" in begins:
            platform.broadcast(str(begins["signaal"]), values)
        elif "voorwaarde" in begins:
            platform.evaluate_conditionals(values, process)
        else:
            self._start_timer(str(begins["tijd"]))
        found = [one.key for one in platform.instances(process) if one.key not in before and one.parent_key is None]
        wanted = begins.get("voorwaarde")
        begun = [key for key in found if wanted in (None, *(one.element_id for one in platform.instance(key).elements[:1]))]
        if not begun:
            raise self._failed(
                _("that {event} begins the process {process}").format(event=" ".join(map(str, begins.values())), process=process),
                _("no case; look whether the condition is true, and whether it needs other events too")
                if "voorwaarde" in begins else _("no case"),
            )  # fmt: skip
        return begun[0]

    def _start_timer(self, element_id: str) -> None:
        """Let the timer of a start event go off now, whenever it would."""
        with self.platform.context.db.write() as unit:
            found = jobs.start_timers(unit, self.scenario.content["proces"], element_id)
            taken = [one for one in found if jobs.take(unit, one.key, OWNER)]
        for one in taken:
            self.platform.services.jobs.do(one, OWNER)

    def end(self) -> None:
        """Raise ScenarioFailed where there are more incidents than the story last spoke of; where it never did, none."""
        expected = [step["verwacht"] for step in self.scenario.content["stappen"] if "verwacht" in step]
        told = [one["storingen"] for one in expected if "storingen" in one]
        stuck = [i for i in self.platform.instances() if i.root_key == self.key and i.has_incident]
        found = [x.message for i in map(self._full, stuck) for x in i.incidents if x.state == "ACTIVE"]
        if len(found) > (told[-1] if told else 0):
            raise self._failed(_("{count} incidents").format(count=told[-1] if told else 0), found)

    def do(self, step: Mapping[str, Any]) -> None:
        """Do the next step; raises ScenarioFailed where it cannot be done or something is not as it says."""
        self.step += 1
        kind = next((key for key in step if key in STEPS), None)
        if kind is None:
            raise self._failed(_("one of {steps}").format(steps=", ".join(STEPS)), ", ".join(sorted(step)))
        DEEDS[kind](self, step)
        self._run_due()

    # -- what can be seen of it -----------------------------------------------------------------------------------------

    def open_tasks(self) -> list[UserTask]:
        """Return the open tasks of the case, oldest first."""
        return sorted(self.platform.tasks(state="CREATED", instance=self.key), key=lambda task: task.key)

    def waiting(self) -> list[tuple[str, str]]:
        """Return what the case waits for besides tasks: (element, message, signal or condition), by element."""
        with self.platform.context.db.read() as unit:
            return sorted(instances.waiting_of(unit, self.key))

    def open_jobs(self) -> list[JobRow]:
        """Return the work of the case that is due and that nobody does here, oldest first."""
        now = self.platform.clock.now()
        return sorted(
            (job for job in self.work() if job.kind == "JOB" and job.type not in self.platform.context.handlers
             and job.retries > 0 and job.due <= now),
            key=lambda job: job.key,
        )  # fmt: skip

    def work(self) -> list[JobRow]:
        """Return the jobs and timers of the case, those due first."""
        with self.platform.context.db.read() as unit:
            return jobs.of_instances(unit, self.key)

    def variables(self) -> dict[str, Any]:
        """Return the variables of the case itself."""
        return dict(self.platform.instance(self.key).variables)

    def path(self) -> list[tuple[str, ElementInstance]]:
        """Return every element that the case has entered, in order, each with its process."""
        with self.platform.context.db.read() as unit:
            return instances.path_of(unit, self.key)

    # -- steps ----------------------------------------------------------------------------------------------------------

    def _complete(self, step: Mapping[str, Any]) -> None:
        self._do_task(self._task(step["taak"], int(step.get("de", 1))), step)

    def _do_task(self, task: UserTask, step: Mapping[str, Any]) -> None:
        self.touched = task.key
        self.platform.services.user_tasks.complete(
            task.key, self._given(step, of_form=True), user=step.get("door", "medewerker"),
            files=invented.sent_by(step.get("met") or {}),
        )  # fmt: skip

    def _publish(self, step: Mapping[str, Any]) -> None:
        key = str(step.get("op", self.number))
        if "sleutel" in step:
            key = str(self._value(step["sleutel"], int(step.get("de", 1))))
        self.touched = self.platform.publish(step["bericht"], correlation_key=key, variables=self._given(step)).key

    def _broadcast(self, step: Mapping[str, Any]) -> None:
        name = str(step["signaal"])
        alone = not self.number or any(waited == name for _element, waited in self.waiting())
        self.platform.broadcast(name if alone else f"{name} {self.number}", self._given(step))

    def _answer(self, step: Mapping[str, Any]) -> None:
        """Do an open job once, as a worker who answers what the step says."""
        name, place = str(step["werk"]), int(step.get("de", 1))
        found = [job for job in self.open_jobs() if job.type == name]
        if len(found) < place:
            raise self._failed(_("open work {name}").format(name=name), sorted(job.type for job in self.open_jobs()))
        self.touched = found[place - 1].key
        answer = {key: step[key] for key in ("fout", "storing") if key in step} | {"met": self._given(step)}
        context = self.platform.context
        handlers = context.handlers
        context.handlers = {**handlers, **Mocks(jobs={name: answer}).handlers()}
        try:
            self.platform.services.jobs.run(self.touched, OWNER)
        finally:
            context.handlers = handlers

    def _change(self, step: Mapping[str, Any]) -> None:
        """Change variables of the case, or of the newest process of that id that it called."""
        wanted = step.get("bij")
        found = [one for one in self.family() if wanted in (None, one.process_definition_id)]
        if not found:
            raise self._failed(_("a process {process} in the case").format(process=wanted), self._processes())
        changed = found[0] if wanted is None else found[-1]
        self.platform.services.processes.set_variables(changed.key, self._given({"met": step["gegevens"]}))

    def _processes(self) -> list[str]:
        return sorted({one.process_definition_id for one in self.family()})

    def _imitate(self, step: Mapping[str, Any]) -> None:
        """Answer from now on in place of workers, processes that have not begun, and decisions."""
        if not isinstance(self.platform, TrialPlatform):
            raise InvalidInput(_("Only in a sandbox something can be imitated."), remedy=_("Play it with the command test."))
        self.platform.imitate(Mocks.of(_plain(step["nabootsen"])))

    def _until(self, step: Mapping[str, Any]) -> None:
        run_until(
            self.platform.services.jobs, self._clock(), moment(step["tot"]), most=MAX_MOMENTS, ran=self._run_due
        )  # fmt: skip

    def _refused(self, step: Mapping[str, Any]) -> None:
        """Do what must be refused: the reason may be written in any language of the interface, whoever plays it."""
        act = step["geweigerd"]
        task = self._task(act["taak"], 1)
        said = []
        for language in (OUTSIDE_PAGES, *LANGUAGES):
            with speaking(language):
                try:
                    self._do_task(task, act)
                except FlowError as error:
                    said.append(str(error))
                    if act["reden"] in said[-1]:
                        return
                    continue
            raise self._failed(_("a refusal with '{reason}'").format(reason=act["reden"]), _("it was accepted"))
        raise self._failed(_("a refusal with '{reason}'").format(reason=act["reden"]), said[0])

    def _compare(self, step: Mapping[str, Any]) -> None:
        expected = step["verwacht"]
        read = {"gegevens", "toestand", "einde", "storingen"} & set(expected)
        family = [self._full(i) for i in self.platform.instances() if i.root_key == self.key] if read else []
        if "taken" in expected and sorted(expected["taken"]) != self._open():
            raise self._failed(_("tasks {tasks}").format(tasks=sorted(expected["taken"])), self._open())
        for element_id, day in (expected.get("uiterlijk") or {}).items():
            due = self._task(element_id, 1).due
            found = None if due is None else legal_last_day(due).isoformat()
            if found != _plain(day):
                raise self._failed(_("{task} due {day}").format(task=element_id, day=_plain(day)), found)
        for element_id, groups in (expected.get("groepen") or {}).items():
            wanted, given = sorted([groups] if isinstance(groups, str) else groups), self._task(element_id, 1).candidate_groups
            if wanted != sorted(given):
                raise self._failed(
                    _("{task} for {groups}").format(task=element_id, groups=", ".join(wanted)), ", ".join(given) or _("nobody")
                )
        for name, value in (expected.get("gegevens") or {}).items():
            values = [i.variables[name] for i in family if name in i.variables]
            if _plain(value) not in values:
                raise self._failed(f"{name} = {value}", values or _("not set"))
        if "documenten" in expected:
            kinds = sorted(d.title for d in self.platform.documents(self.key))
            if sorted(expected["documenten"]) != kinds:
                raise self._failed(_("documents {titles}").format(titles=sorted(expected["documenten"])), kinds)
        for root in (i for i in family if i.key == self.key and i.state != expected.get("toestand", i.state)):
            raise self._failed(_("state {state}").format(state=expected["toestand"]), f"{root.state}, {self._open()}")
        if "einde" in expected:
            ends = [e.element_id for i in family for e in i.elements if e.element_type == "END_EVENT"]
            if expected["einde"] not in ends:
                raise self._failed(_("end {element}").format(element=expected["einde"]), ends)
        if "storingen" in expected:
            count = sum(1 for i in family for x in i.incidents if x.state == "ACTIVE")
            if count != expected["storingen"]:
                raise self._failed(
                    _("{count} incidents").format(count=expected["storingen"]), [x.message for i in family for x in i.incidents]
                )
        if "wacht" in expected:
            waits = [element_id for element_id, _name in self.waiting()]
            if sorted(expected["wacht"]) != waits:
                raise self._failed(_("waiting events {events}").format(events=sorted(expected["wacht"])), waits)
        if "pad" in expected:
            self._same_path(expected["pad"])

    def _same_path(self, expected: list[str]) -> None:
        """Compare the elements that were entered, in order; only those that are drawn count."""
        found = [row.element_id for _process, row in self.path()]
        for place, (wanted, there) in enumerate(zip([*expected, _("the end")], [*found, _("the end")], strict=False), 1):
            if wanted != there:
                raise self._failed(_("{element} as element {place} of the path").format(element=wanted, place=place), there)

    # -- small things -----------------------------------------------------------------------------------------------------

    def _clock(self) -> ManualClock:
        assert isinstance(self.platform.clock, ManualClock)
        return self.platform.clock

    def _run_due(self) -> int:
        if self._ends is not None and monotonic() > self._ends:
            raise self._failed(_("an end"), _("it goes on and on"))
        return self.platform.run_due()

    def _given(self, step: Mapping[str, Any], *, of_form: bool = False) -> dict[str, Any]:
        """Return what a step gives, with what it takes from the case. Raises InvalidInput for files outside a form."""

        def filled(value: Any) -> Any:
            if isinstance(value, dict):
                if FROM in value:
                    return self._value(str(value[FROM]), int(value.get("de", 1)))
                if FILE in value and not of_form:
                    remedy = _("Give {key} with a task, or at the start.").format(key=FILE)
                    raise InvalidInput(_("Only the answers of a form can be files."), remedy=remedy)
                if FILE in value:
                    return invented.reference(value[FILE])
                return {name: filled(one) for name, one in value.items()}
            return [filled(one) for one in value] if isinstance(value, list) else value

        return {name: filled(value) for name, value in _plain(step.get("met") or {}).items()}

    def _task(self, element_id: str, place: int) -> UserTask:
        found = [task for task in self.open_tasks() if task.element_id == element_id]
        if len(found) < place:
            raise self._failed(_("open task {element}").format(element=element_id), self._open())
        return found[place - 1]

    def values(self, name: str) -> dict[str, Any]:
        """Return the different values that a variable has in the case, by their text, the oldest first."""
        found: dict[str, Any] = {}
        for one in self.family():
            if one.variables.get(name) is not None:
                found.setdefault(str(one.variables[name]), one.variables[name])
        return found

    def family(self) -> list[InstanceView]:
        """Return the case and what it called, the oldest first."""
        found = [self.platform.instance(one.key) for one in self.platform.instances() if one.root_key == self.key]
        return sorted(found, key=lambda one: one.key)

    def _value(self, name: str, place: int) -> Any:
        """Return a value that a variable has in the case: of several different ones the oldest first."""
        found = self.values(name)
        if len(found) < place:
            raise self._failed(_("at least {number} values of {name}").format(number=place, name=name), sorted(found))
        return list(found.values())[place - 1]

    def _full(self, listed: Any) -> Any:
        return self.platform.instance(listed.key)

    def _open(self) -> list[str]:
        return sorted(t.element_id for t in self.open_tasks())

    def _failed(self, expected: str, found: Any) -> ScenarioFailed:
        return ScenarioFailed(self.scenario.path.name, self.step, expected, found)


DEEDS: Mapping[str, Callable[[Runner, Mapping[str, Any]], None]] = {
    "taak": Runner._complete,
    "bericht": Runner._publish,
    "signaal": Runner._broadcast,
    "werk": Runner._answer,
    "tot": Runner._until,
    "gegevens": Runner._change,
    "nabootsen": Runner._imitate,
    "geweigerd": Runner._refused,
    "verwacht": Runner._compare,
}


def find(folder: Path) -> list[Path]:
    """Return every scenario below a folder."""
    return sorted(folder.glob("*/scenarios/*.yaml"))
