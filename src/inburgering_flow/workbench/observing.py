"""Cases of the past played together again, to see how long each step and each partner took, and to stand where they stand now.

They are the stories of ``record``: what was done, by role and without what anybody wrote. The engine plays them; nothing is
guessed of what it would do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from inburgering_flow.analysis.calendar import Calendar
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import FlowError
from inburgering_flow.platform import Platform
from inburgering_flow.store import observed
from inburgering_flow.store.observed import SeenJob, SeenTask, SeenWait
from inburgering_flow.workbench.record import CASE, NOBODY, Deed, Story
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Runner, Scenario, ScenarioFailed

DAY = re.compile(r"(\d{4}-\d\d-\d\d)(T.*)?", re.DOTALL)
NEAR = timedelta(days=3 * 366)
"""How far from the moment of an answer a day may lie that goes along with it: a day of birth does not."""
WORK = "work:"


@dataclass(frozen=True)
class Answer:
    """What was done, as a step of a scenario, so long after it was asked: ``moment`` is when that was."""

    seconds: float
    moment: datetime
    step: Mapping[str, Any]


@dataclass(frozen=True)
class Fate:
    """What became of a task, or of an event that waits: its answers, none if it was withdrawn or still stands.

    ``length`` is how long it took, or at least: minutes of work for a task, seconds for an event.
    """

    story: int
    opened: datetime
    length: float
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Standing:
    """A task or an event that was open when the past ended, in the running case of a story."""

    key: int
    root_key: int
    place: str


@dataclass
class Observed:
    """What was seen: ``fates`` of each place (process and element) in order, and those of each story and place."""

    stories: Sequence[Story]
    until: datetime
    fates: dict[str, list[Fate]] = field(default_factory=dict)
    own: dict[tuple[int, str], list[Fate]] = field(default_factory=dict)
    tasks: list[Standing] = field(default_factory=list)
    roles: set[str] = field(default_factory=set)
    """The groups that tasks were for."""
    waits: list[Standing] = field(default_factory=list)
    jobs: list[Standing] = field(default_factory=list)
    roots: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Running case of the sandbox → its story, and its name there."""
    astray: dict[int, str] = field(default_factory=dict)
    """Story → why it does not go on as it went: it is not among the running cases."""

    def add(self, place: str, fate: Fate) -> None:
        """Note what became of something."""
        self.fates.setdefault(place, []).append(fate)
        self.own.setdefault((fate.story, place), []).append(fate)


def place_of(seen: SeenTask | SeenWait | SeenJob) -> str:
    """Return where something stands: the process and the element; of a program's work its type."""
    return f"{WORK}{seen.type}" if isinstance(seen, SeenJob) else f"{seen.process_id}/{seen.element_id}"


def shifted(value: Any, days: int, moment: datetime) -> Any:
    """Return a value with its days so many later, as far as they lie near a moment."""
    if isinstance(value, Mapping):
        return {name: shifted(one, days, moment) for name, one in value.items()}
    if isinstance(value, list):
        return [shifted(one, days, moment) for one in value]
    found = DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None or not days:
        return value
    try:
        day = date.fromisoformat(found[1])
        later = day + timedelta(days=days)
    except (ValueError, OverflowError):
        return value
    return later.isoformat() + (found[2] or "") if abs(day - legal_day(moment)) < NEAR else value


def numbered(value: Any, number: str) -> Any:
    """Return what a story says with another name of the case."""
    if isinstance(value, Mapping):
        return {name: numbered(one, number) for name, one in value.items()}
    if isinstance(value, list):
        return [numbered(one, number) for one in value]
    return number if value == CASE else value


class World:
    """Cases that run in a sandbox, and what in them is new since somebody looked."""

    def __init__(self, platform: Platform, numbers: int = 0) -> None:
        """Begin after so many numbers of cases that are in use."""
        self.platform = platform
        self.runners: dict[int, Runner] = {}
        self._task = self._wait = self._job = 0
        self._number = numbers

    def begin(self, content: Mapping[str, Any], start: datetime) -> int:
        """Begin a case with the next number; return its key."""
        self._number += 1
        number, name = f"SIM-{self._number}", self.platform.context.domain.case_name
        told = numbered({**content, "klok": start.isoformat(), "stappen": []}, number)
        if name is not None and name.variable in (told.get("gegevens") or {}):
            told["gegevens"] = {**told["gegevens"], name.variable: number}  # it may not be known how it began
        runner = Runner(self.platform, Scenario(Path("story.yaml"), told))
        runner.begin()
        self.runners[runner.key] = runner
        return runner.key

    def adopt(self, root_key: int, number: str) -> None:
        """Take over a case that stands in the sandbox already."""
        runner = Runner(self.platform, Scenario(Path("story.yaml"), {}))
        runner.key, runner.number = root_key, number
        self.runners[root_key] = runner

    def do(self, root_key: int, step: Mapping[str, Any]) -> int:
        """Do a step in a case; return the key of its task or message. Raises ScenarioFailed or FlowError where that fails."""
        runner = self.runners[root_key]
        runner.do(numbered(step, runner.number))
        return runner.touched

    def new_tasks(self) -> list[SeenTask]:
        """Return the tasks that have come since this was asked last, and are still open."""
        with self.platform.context.db.read() as unit:
            found = observed.tasks_after(unit, self._task)
        self._task = max([self._task, *(one.key for one in found)])
        return found

    def new_jobs(self) -> list[SeenJob]:
        """Return the work of programs that has come since this was asked last, and that nothing here does."""
        with self.platform.context.db.read() as unit:
            found = observed.jobs_after(unit, self._job)
        self._job = max([self._job, *(one.key for one in found)])
        return [one for one in found if one.type not in self.platform.context.handlers]

    def new_waits(self) -> list[SeenWait]:
        """Return the events that wait for a message since this was asked last."""
        with self.platform.context.db.read() as unit:
            found = observed.waits_after(unit, self._wait)
        self._wait = max([self._wait, *(one.key for one in found)])
        return found


def observe(
    sandbox: Sandbox, process_id: str, stories: Sequence[Story], until: datetime, calendar: Callable[[str], Calendar]
) -> Observed:
    """Play stories of one process together up to a moment, and let trials in the sandbox begin with what they have come to.

    ``calendar`` is that of a role: only on its days does a task take time. Stories that do not go as they went are left out of
    the running cases, with the reason.
    """
    began = min((one.start for one in stories), default=until)
    watched = _Watched(World(sandbox.fresh(began)), stories, until)
    watched.play()
    found = watched.account(process_id, calendar)
    sandbox.keep()
    return found


class _Watched:
    """The stories, and what was seen while they were played."""

    def __init__(self, world: World, stories: Sequence[Story], until: datetime) -> None:
        self.world = world
        self.stories = stories
        self.until = until
        self.roots: dict[int, int] = {}
        self.done: dict[int, Answer] = {}
        self.sent: dict[int, Deed] = {}
        self.waits: list[SeenWait] = []
        self.jobs: list[SeenJob] = []
        self.astray: dict[int, str] = {}

    def _deeds(self) -> Iterator[tuple[datetime, int, Deed | None]]:
        for number, story in enumerate(self.stories):
            now = story.start
            yield now, number, None
            for deed in story.deeds:
                now = max(now, deed.moment)
                if now >= self.until:
                    break
                yield now, number, deed

    def play(self) -> None:
        """Do everything at its moment."""
        roots: dict[int, int] = {}
        for moment, number, deed in sorted(self._deeds(), key=lambda one: one[0]):
            if number in self.astray:
                continue
            self.world.platform.run_until(moment)
            try:
                if deed is None:
                    roots[number] = self.world.begin(self.stories[number].content, moment)
                else:
                    self._do(roots[number], deed)
            except (ScenarioFailed, FlowError) as problem:
                self.astray[number] = str(problem)
            self._look()
        self.world.platform.run_until(self.until)
        self._look()
        self.roots = {key: number for number, key in roots.items()}

    def _look(self) -> None:
        self.waits += self.world.new_waits()
        self.jobs += self.world.new_jobs()

    def _do(self, root_key: int, deed: Deed) -> None:
        touched = self.world.do(root_key, deed.step)
        if "taak" in deed.step or "werk" in deed.step:
            self.done[touched] = Answer(0, deed.moment, deed.step)
        elif "bericht" in deed.step:
            self.sent[touched] = deed

    def account(self, process_id: str, calendar: Callable[[str], Calendar]) -> Observed:
        """Return what was seen, and end the cases that went astray."""
        found = Observed(self.stories, self.until)
        with self.world.platform.context.db.read() as unit:
            tasks = observed.tasks(unit, process_id, min((one.start for one in self.stories), default=self.until))
            heard, ends = observed.heard(unit), observed.ends(unit)
        running = {key: number for key, number in self.roots.items() if key not in ends}
        for number in running.values():
            end = self.stories[number].end
            if end is not None and end < self.until:
                self.astray.setdefault(number, "It has not ended.")
        for task in tasks:
            if task.root_key not in self.roots:
                continue
            number = self.roots[task.root_key]
            found.roles.update(task.groups)
            answer = self.done.get(task.key)
            length = calendar(task.groups[0] if task.groups else NOBODY).between(task.opened, task.closed or self.until)
            found.add(place_of(task), Fate(number, task.opened, length, () if answer is None else (answer,)))
            if task.closed is None and number not in self.astray:
                found.tasks.append(Standing(task.key, task.root_key, place_of(task)))
        for job in self.jobs:
            number, answer = self.roots.get(job.root_key, -1), self.done.get(job.key)
            if number >= 0 and answer is not None:
                took = (answer.moment - job.opened).total_seconds()
                found.add(place_of(job), Fate(number, job.opened, took, (Answer(took, answer.moment, answer.step),)))
            elif number >= 0 and number not in self.astray:
                found.jobs.append(Standing(job.key, job.root_key, place_of(job)))
        self._account_waits(found, heard, ends)
        for key, number in running.items():
            if number in self.astray:
                self.world.platform.cancel(key)
            else:
                found.roots[key] = (number, self.world.runners[key].number)
        found.astray = self.astray
        return found

    def _account_waits(
        self, found: Observed, heard: Iterable[tuple[int, int, str, datetime]], ends: Mapping[int, datetime]
    ) -> None:
        by: dict[tuple[int, str], list[SeenWait]] = {}
        for wait in self.waits:
            by.setdefault((wait.instance_key, wait.name), []).append(wait)
        answers: dict[int, list[Answer]] = {}
        for message, instance, name, moment in heard:
            if message not in self.sent:
                continue
            for wait in by.get((instance, name), ()):
                if wait.opened <= moment and ends.get(wait.owner_key, moment) >= moment:
                    step = self.sent[message].step
                    answers.setdefault(wait.key, []).append(Answer((moment - wait.opened).total_seconds(), moment, step))
                    break
        for wait in self.waits:
            if wait.root_key not in self.roots:
                continue
            number, end = self.roots[wait.root_key], ends.get(wait.owner_key)
            own = tuple(answers.get(wait.key, ()))
            last = own[-1].moment if own else end or self.until
            found.add(place_of(wait), Fate(number, wait.opened, (last - wait.opened).total_seconds(), own))
            if end is None and not own and number not in self.astray:
                found.waits.append(Standing(wait.key, wait.root_key, place_of(wait)))
