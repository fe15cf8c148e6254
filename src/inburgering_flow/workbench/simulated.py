"""One future of a process: the engine plays the cases, SimPy the people, the partners and the clock.

Nothing here knows what a process does. A case begins as one of the past began. Where the engine opens a task, it is asked how
long it took in a case of the past before somebody could do it, who does it and what was answered; where it waits for a partner,
when that partner answered. Timers, rules and terms are the engine's own.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import simpy

from inburgering_flow.analysis.calendar import Calendar
from inburgering_flow.analysis.office import Group, Office, Steps, Work
from inburgering_flow.analysis.weeks import WEEK, Happened
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, FlowError
from inburgering_flow.platform import Platform
from inburgering_flow.store import observed as rows
from inburgering_flow.store.observed import SeenTask
from inburgering_flow.workbench.observing import WORK, Answer, Fate, Observed, World, place_of, shifted
from inburgering_flow.workbench.record import NOBODY
from inburgering_flow.workbench.scenarios import ScenarioFailed

OTHERS = 3
"""How many answers of other cases are tried where a form refuses that of the case's own example."""
LEAST_EXAMPLES = 50
"""Of how many cases of the past, drawn anew for each future, its cases take their example: of few scenarios each many times."""
REST = 3600.0
"""Seconds of the future after which what could not run is looked at again."""
FOREVER = float("inf")


@dataclass(frozen=True)
class Plan:
    """What a future is made of; ``arrivals`` are numbers of cases a week, of which each week gets one."""

    process_id: str
    weeks: int
    arrivals: Sequence[float]
    is_counted: bool
    """Whether arrivals are weeks of the past as they were, or means around which chance plays."""
    groups: Sequence[Group]
    minutes: Mapping[str, float]
    """How long somebody works on a task, by role, and by place where it differs."""
    calendar: Calendar

    def capacity(self, role: str) -> float:
        """Return the minutes a week in which somebody can do work of a role."""
        return sum(group.people * group.hours * 60 for group in self.groups if role in group.roles)

    def role_of(self, groups: Sequence[str]) -> str:
        """Return the role that does a task of these groups: the first that somebody here has."""
        staffed = {role for group in self.groups for role in group.roles}
        return next((one for one in groups if one in staffed), groups[0] if groups else NOBODY)

    def minutes_of(self, place: str, role: str) -> float:
        """Return how long somebody works on a task."""
        return self.minutes.get(place, self.minutes.get(role, 0.0))


class Past:
    """What became of tasks and waits, to draw from: what has not ended yet may end as any that took longer (the estimate of
    Kaplan and Meier, by the redistribution of Efron 1967).
    """

    def __init__(self, observed: Observed) -> None:
        self.observed = observed
        self._ordered = {place: sorted(fates, key=lambda one: one.length) for place, fates in observed.fates.items()}
        self._of_story: dict[int, dict[str, list[Fate]]] = {}
        for (story, place), fates in observed.own.items():
            self._of_story.setdefault(story, {})[place] = fates
        self._lengths = {place: [one.length for one in fates] for place, fates in self._ordered.items()}

    def own(self, story: int, place: str, time: int) -> Fate | None:
        """Return what became of it in one case, the how manyeth time; None where that case was not there so often."""
        fates = self.observed.own.get((story, place), ())
        return fates[time] if time < len(fates) else None

    def drawn(self, place: str, chance: random.Random, longer: float) -> Fate | None:
        """Return one that took longer than so long and was answered, with those withdrawn counted as unknown; None where all
        that took longer never were.
        """
        ordered = self._ordered.get(place, [])
        while True:
            first = bisect_right(self._lengths.get(place, []), longer)
            if first >= len(ordered):
                return None
            found = ordered[chance.randrange(first, len(ordered))]
            if found.answers:
                return found
            longer = found.length

    def before(self, story: int, moment: datetime) -> dict[str, int]:
        """Return how often a case had come to each place up to a moment."""
        return {
            place: sum(fate.opened <= moment for fate in fates)
            for place, fates in self._of_story.get(story, {}).items()
        }  # fmt: skip

    def answered(self, place: str) -> list[Fate]:
        """Return all that were answered."""
        return [one for one in self._ordered.get(place, ()) if one.answers]


@dataclass
class Shares:
    """Draws at gateways, in the place of their conditions: process and gateway → its flows with their weights."""

    weights: Mapping[tuple[str, str], Mapping[str, float]]
    chance: random.Random

    def choose(self, process_id: str, gateway: str) -> str | None:
        """Return the flow that is taken, None where the conditions say so."""
        found = self.weights.get((process_id, gateway))
        return None if found is None else self.chance.choices(list(found), list(found.values()))[0]


@dataclass
class Going:
    """A case of the future: its name, the story that it follows as long as it can, and how often it came to each place."""

    root_key: int
    name: str
    story: int
    times: dict[str, int] = field(default_factory=dict)
    drawn: int = 0
    """How often chance has decided something for it."""

    def follow(self, past: Past, fate: Fate) -> None:
        """Go on as another case did from where this happened to it."""
        self.story = fate.story
        self.times = past.before(fate.story, fate.opened)

    def come(self, place: str) -> int:
        """Return how often it was at a place before now."""
        before = self.times.get(place, 0)
        self.times[place] = before + 1
        return before


@dataclass
class Left:
    """What could not be played, by what it was: places and how often."""

    unanswered: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    never: dict[str, int] = field(default_factory=dict)


class Future:
    """Plays one future on a platform that stands where the past ended."""

    def __init__(self, platform: Platform, past: Past, plan: Plan, seed: int) -> None:
        self.past = past
        self.plan = plan
        self.seed = seed
        self.left = Left()
        self.begin = past.observed.until
        self.env = simpy.Environment()
        self.office = Office(self.env, self.begin, plan.groups, plan.calendar)
        self.world = World(platform, len(past.observed.stories))
        self.going: dict[int, Going] = {}
        stories = range(len(past.observed.stories))
        self._examples = self._chance("stories").choices(stories, k=max(len(stories), LEAST_EXAMPLES))
        self._armed = FOREVER
        self._rest = 0.0
        self._work = 0

    def play(self) -> Happened:
        """Play all weeks and return what happened in them."""
        end = self.begin + self.plan.weeks * WEEK
        for root, (story, name) in self.past.observed.roots.items():
            self.world.adopt(root, name)
            self.going[root] = Going(root, f"old {story}", story)
        self._take_over()
        for number, moment in enumerate(self._arrivals()):
            self.env.process(self._case(number, moment))
        self._arm()
        self.env.run(until=(end - self.begin).total_seconds())
        self._at_now()
        with self.world.platform.context.db.read() as unit:
            tasks = rows.tasks(unit, self.plan.process_id, self.begin)
            cases = rows.cases(unit, self.plan.process_id, self.begin)
            terms = rows.terms(unit, self.plan.process_id, self.begin)
        return Happened(
            cases, [rows.as_figures(one, self.plan.role_of(one.groups)) for one in tasks], terms, self.office.busy
        )

    # -- the clock -----------------------------------------------------------------------------------------------------

    def _at_now(self) -> datetime:
        now = self.office.now
        self.world.platform.clock.set(now)
        return now

    def _wait(self, moment: datetime) -> simpy.Event:
        return self.env.timeout(self.office.seconds(moment))

    def _arm(self) -> None:
        """See to it that what is due next is done then."""
        due = self.world.platform.next_due()
        if due is None:
            return
        at = max(self.env.now + self.office.seconds(due), self._rest)
        if at < self._armed:
            self._armed = at
            self.env.process(self._due(at))

    def _due(self, at: float) -> Steps:
        yield self.env.timeout(at - self.env.now)
        if self._armed != at:
            return
        self._armed = FOREVER
        self._at_now()
        if not self.world.platform.run_due():  # what is due and cannot run is not tried again at the same moment, for ever
            self._rest = self.env.now + REST
        self._look()

    def _look(self) -> None:
        """Let people and partners take up what the engine has opened."""
        for task in self.world.new_tasks():
            going = self.going.get(task.root_key)
            if going is not None:
                place = place_of(task)
                self.env.process(self._task(task, going, place, going.come(place)))
        for wait in self.world.new_waits():
            going = self.going.get(wait.root_key)
            if going is not None:
                place = place_of(wait)
                self.env.process(self._partner(wait.key, going, place, going.come(place)))
        for job in self.world.new_jobs():
            going = self.going.get(job.root_key)
            if going is not None:
                place = place_of(job)
                self.env.process(self._program(job.key, going, place, going.come(place)))
        self._arm()

    # -- cases ----------------------------------------------------------------------------------------------------------

    def _chance(self, *what: object) -> random.Random:
        """Return chances of their own for each thing, so that another staff meets the same cases."""
        return random.Random("|".join(map(str, (self.seed, *what))))  # noqa: S311

    def _next(self, going: Going) -> random.Random:
        going.drawn += 1
        return self._chance(going.name, going.drawn)

    def _arrivals(self) -> list[datetime]:
        found: list[datetime] = []
        # A past of a few weeks says only about what a mean is: each future has another, of weeks that could have been.
        known = self.plan.arrivals or (0,)
        weeks = self._chance("weeks").choices(known, k=len(known))
        for week in range(self.plan.weeks):
            chance = self._chance("week", week)
            rate = chance.choice(weeks)
            count = int(rate) if self.plan.is_counted else _poisson(chance, rate)
            begin = self.begin + week * WEEK
            length = self.plan.calendar.between(begin, begin + WEEK)
            for _case in range(count):
                at = chance.random()
                found.append(self.plan.calendar.after(begin, at * length) if length else begin + at * WEEK)
        return sorted(found)

    def _case(self, number: int, moment: datetime) -> Steps:
        yield self._wait(moment)
        now = self._at_now()
        story = self._chance("case", number).choice(self._examples)
        told = self.past.observed.stories[story]
        content = dict(told.content)
        days = (legal_day(now) - legal_day(told.start)).days
        content["gegevens"] = shifted(content.get("gegevens") or {}, days, told.start)
        try:
            root = self.world.begin(content, now)
        except (FlowError, ScenarioFailed):
            self.left.refused += 1
            return
        self.going[root] = Going(root, f"new {number}", story)
        self._look()

    def _take_over(self) -> None:
        """Go on with what stood open when the past ended: it takes longer than it has stood."""
        with self.world.platform.context.db.read() as unit:
            tasks = {one.key: one for one in rows.tasks(unit, self.plan.process_id, self.begin)}
        self.world.new_tasks()
        self.world.new_jobs()
        waits = {one.key: one for one in self.world.new_waits()}
        times: dict[tuple[int, str], int] = {}
        for (story, place), fates in self.past.observed.own.items():
            times[story, place] = len(fates)
        for going in self.going.values():
            going.times = {place: count for (story, place), count in times.items() if story == going.story}
        for one in self.past.observed.tasks:
            if one.root_key in self.going:
                stood = self.plan.calendar.between(tasks[one.key].opened, self.begin)
                self.env.process(self._task(tasks[one.key], self.going[one.root_key], one.place, None, stood))
        for one in self.past.observed.waits:
            if one.root_key in self.going and one.key in waits:
                stood = (self.begin - waits[one.key].opened).total_seconds()
                self.env.process(self._partner(one.key, self.going[one.root_key], one.place, None, stood))
        for one in self.past.observed.jobs:
            if one.root_key in self.going:
                going = self.going[one.root_key]
                self.env.process(self._program(one.key, going, one.place, going.come(one.place)))

    # -- people ---------------------------------------------------------------------------------------------------------

    def _task(self, task: SeenTask, going: Going, place: str, time: int | None, stood: float = 0.0) -> Steps:
        chance = self._next(going)
        fate = None if time is None else self.past.own(going.story, place, time)
        if fate is None or not fate.answers:
            fate = self.past.drawn(place, chance, max(stood, -1.0 if fate is None else fate.length))
            if fate is not None:
                going.follow(self.past, fate)
        if fate is None:  # it has never taken so long: whoever is asked again
            known = self.past.answered(place)
            fate = replace(chance.choice(known), length=stood) if known else None
        if fate is None:
            self.left.unanswered[place] = self.left.unanswered.get(place, 0) + 1
            return
        role = self.plan.role_of(task.groups)
        left = fate.length - stood - self.plan.minutes_of(place, role)  # the rest is the work itself
        if left > 0:
            yield self._wait(self.plan.calendar.after(self.office.now, left))
        self._work += 1
        self.office.give(Work(
            FOREVER if task.due is None else task.due.timestamp(), self._work, role, self.plan.minutes_of(place, role),
            lambda: self._is_open(task.key), lambda _begun, _now: self._done(going, place, task, fate, chance),
        ))  # fmt: skip

    def _is_open(self, task_key: int) -> bool:
        with self.world.platform.context.db.read() as unit:
            return rows.is_open(unit, task_key)

    def _done(self, going: Going, place: str, task: SeenTask, fate: Fate, chance: random.Random) -> None:
        now = self._at_now()
        element = place.partition("/")[2]
        runner = self.world.runners[going.root_key]
        open_now = [one.key for one in runner.open_tasks() if one.element_id == element]
        if task.key not in open_now:
            return
        position = open_now.index(task.key) + 1
        known = self.past.answered(place)
        others = chance.sample(known, min(OTHERS, len(known)))
        for answer, days in self._tries([fate, *others], now):
            step = {**answer.step, "de": position}
            if "met" in step:
                step["met"] = shifted(step["met"], days, answer.moment)
            try:
                self.world.do(going.root_key, step)
            except Conflict:
                break
            except (FlowError, ScenarioFailed):
                continue
            self._look()
            return
        self.left.unanswered[place] = self.left.unanswered.get(place, 0) + 1
        self._look()

    @staticmethod
    def _tries(fates: Sequence[Fate], now: datetime) -> list[tuple[Answer, int]]:
        """Return answers with by how many days theirs go along: to the day, and by whole weeks before and after."""
        found = []
        for fate in fates:
            answer = fate.answers[-1]
            days = (legal_day(now) - legal_day(answer.moment)).days
            found += [(answer, one) for one in dict.fromkeys((days, days // 7 * 7, -(-days // 7) * 7))]
        return found

    # -- partners -------------------------------------------------------------------------------------------------------

    def _partner(self, wait_key: int, going: Going, place: str, time: int | None, stood: float = 0.0) -> Steps:
        chance = self._next(going)
        fate = None if time is None else self.past.own(going.story, place, time)
        story = self.past.observed.stories[going.story]
        if fate is None or (not fate.answers and story.end is None):  # how it would have gone on is not known
            fate = self.past.drawn(place, chance, max(stood, -1.0 if fate is None else fate.length))
            if fate is not None:
                going.follow(self.past, fate)
        opened = self.office.now - timedelta(seconds=stood)
        for answer in () if fate is None else fate.answers:
            yield self._wait(opened + timedelta(seconds=answer.seconds))
            now = self._at_now()
            with self.world.platform.context.db.read() as unit:
                key = rows.waits_by(unit, wait_key)
            if key is None:
                return
            step: dict[str, Any] = {name: value for name, value in answer.step.items() if name not in ("sleutel", "de")}
            step["op"] = key
            if "met" in step:
                days = (legal_day(now) - legal_day(answer.moment)).days
                step["met"] = shifted(step["met"], days, answer.moment)
            try:
                self.world.do(going.root_key, step)
            except (FlowError, ScenarioFailed):
                self.left.never[place] = self.left.never.get(place, 0) + 1
                return
            self._look()

    # -- programs -------------------------------------------------------------------------------------------------------

    def _program(self, job_key: int, going: Going, place: str, time: int) -> Steps:
        fate = self.past.own(going.story, place, time) or self.past.drawn(place, self._next(going), -1.0)
        if fate is None:
            self.left.unanswered[place] = self.left.unanswered.get(place, 0) + 1
            return
        yield self._wait(self.office.now + timedelta(seconds=fate.length))
        self._at_now()
        name = place.removeprefix(WORK)
        jobs = [job.key for job in self.world.runners[going.root_key].open_jobs() if job.type == name]
        if job_key not in jobs:
            return
        try:
            self.world.do(going.root_key, {**fate.answers[-1].step, "de": jobs.index(job_key) + 1})
        except (FlowError, ScenarioFailed):
            self.left.never[place] = self.left.never.get(place, 0) + 1
        self._look()


def _poisson(chance: random.Random, rate: float) -> int:
    """Return a number of independent arrivals around a mean: as many as fit in a week with exponential times between."""
    count, at = 0, 0.0
    while rate > 0:
        at += chance.expovariate(rate)
        if at > 1:
            break
        count += 1
    return count


