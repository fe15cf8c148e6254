"""The past of a process, read to forecast from: its cases as stories, and how often, by whom and how fast work was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from inburgering_flow.analysis.calendar import A_WEEK, Calendar
from inburgering_flow.analysis.office import Group
from inburgering_flow.analysis.pace import MINUTES, minutes_of
from inburgering_flow.analysis.weeks import WEEK, Case
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services import Services
from inburgering_flow.services.disclosure.counts import SMALLEST, counts_exactly
from inburgering_flow.store import observed as rows
from inburgering_flow.workbench import deployed
from inburgering_flow.workbench.record import NOBODY, Deed, NotReplayable, Story, story
from inburgering_flow.workbench.scenarios import Scenario, moment
from inburgering_flow.workbench.standins import words_of

MOST_CASES = 300
"""Cases of the past that are played: the newest."""
MOST_WEEKS = 52
"""Of a forecast."""
SINCE = timedelta(days=730)
"""How long ago a case may have ended to be an example still."""
ARRIVALS = 26
"""Weeks of which the arrivals count."""
STAFFED = timedelta(weeks=13)
"""How long ago somebody may have done a task last, to count as staff."""
HOURS = 36.0
"""Of somebody of whom nothing is said: a full week, which is an assumption."""
BUSY = 0.85
"""The part of a day's work from which on a role is busy: what waits then, waits for staff."""


@dataclass(frozen=True)
class FreeDays:
    """Days that are free, as a calendar asks; it can be sent to another process."""

    days: frozenset[date]

    def __call__(self, day: date) -> str:
        """Say that a day is free, or nothing."""
        return day.isoformat() if day in self.days else ""


@dataclass(frozen=True)
class History:
    """The past of a process up to a moment: its stories, and what was measured of arrivals, people and their work."""

    process_id: str
    until: datetime
    stories: Sequence[Story]
    unplayable: int
    arrivals: Sequence[int]
    groups: Sequence[Group]
    minutes: Mapping[str, float]
    free: FreeDays
    busy: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """Role → days on which all its people had as much work as they could do."""

    @property
    def calendar(self) -> Calendar:
        """The working days of everybody."""
        return Calendar(free=self.free)

    def calendar_of(self, role: str) -> Calendar:
        """Return the days on which somebody of a role had time."""
        return Calendar(free=FreeDays(self.free.days | self.busy.get(role, frozenset())))


@dataclass(frozen=True)
class Measured:
    """What was measured of a process: cases begun in each of the last weeks, who works on it, and how long on a task."""

    arrivals: Sequence[int]
    groups: Sequence[Group]
    minutes: Mapping[str, float]

    @property
    def a_week(self) -> float | None:
        """How many cases begin in a week on average; None where it is not known, or too few for the reader to know."""
        return sum(self.arrivals) / len(self.arrivals) if self.arrivals else None


def measure(services: Services, process_id: str, actor: Actor) -> Measured:
    """Return what was measured of a process until now, without reading one case."""
    actor.require(permissions.SIMULATE)
    until = services.context.clock.now()
    with services.context.db.read() as unit:
        begun = rows.cases(unit, process_id, until - ARRIVALS * WEEK)
        people = rows.people(unit, process_id, until - STAFFED, until)
    known = bool(begun) and (len(begun) >= SMALLEST or counts_exactly(actor))
    return Measured(_arrivals(begun, until) if known else (), _groups(people), minutes_of(_by_role(people)))


def history(services: Services, process_id: str, actor: Actor, until: datetime | None = None) -> History:
    """Read the past of a process, up to a moment. Nobody is shown whose cases they are: that it was read is logged.

    Raises InvalidInput where no case is there to learn from, or so few that what they did is not for everybody.
    """
    actor.require(permissions.SIMULATE)
    until = until or services.context.clock.now()
    words = words_of(deployed.models(services))
    stories: list[Story] = []
    unplayable = 0
    with services.context.db.read() as unit, services.context.catalog.within(unit):
        for key in rows.roots(unit, process_id, until - SINCE, until, MOST_CASES):
            try:
                stories.append(_before(story(services.context, unit, key, words), until))
            except NotReplayable:
                unplayable += 1
        begun = rows.cases(unit, process_id, until - ARRIVALS * WEEK)
        people = rows.people(unit, process_id, until - STAFFED, until)
        worked = rows.people(unit, process_id, until - SINCE, until)
    with services.context.db.write() as unit:
        services.context.log(unit, actor.username, "case.forecast", detail={"process": process_id, "cases": len(stories)})
    if not stories or (len(stories) < SMALLEST and not counts_exactly(actor)):
        raise InvalidInput(
            _("Too few cases of this process have been here that can be an example."),
            remedy=_("Give scenarios instead: each is an example of a case."),
        )
    groups, minutes = _groups(people), minutes_of(_by_role(worked))
    free = free_days(services.context.domain.free_day, min(one.start for one in stories), until + MOST_WEEKS * WEEK)
    return History(
        process_id, until, stories, unplayable, _arrivals(begun, until), groups, minutes, free,
        _busy(worked, groups, minutes),
    )  # fmt: skip


def examples(
    scenarios: Sequence[Scenario], begin: datetime, free: Callable[[date], str], groups: Sequence[Group]
) -> History:
    """Return scenarios as a past that ends where a forecast begins: of a process that no case has gone through."""
    stories = [_told(one) for one in scenarios if not one.content.get("nabootsen")]
    if not stories:
        raise InvalidInput(
            _("There is no scenario of this process in which nothing is imitated."), remedy=_("Record one in a trial run.")
        )
    until = max([begin, *(one.end for one in stories if one.end is not None)])
    days = free_days(free, min(one.start for one in stories), until + MOST_WEEKS * WEEK)
    return History(str(scenarios[0].content["proces"]), until, stories, len(scenarios) - len(stories), (), groups, {}, days)


def _told(scenario: Scenario) -> Story:
    """Return a scenario as a story: what is done in it, at the moments to which its clock goes."""
    now, deeds = scenario.clock, []
    for step in scenario.content["stappen"]:
        if "tot" in step:
            now = max(now, moment(step["tot"]))
        elif not {"verwacht", "geweigerd"} & set(step):
            deeds.append(Deed(now, step))
    content = {name: value for name, value in scenario.content.items() if name != "stappen"}
    return Story(content, scenario.clock, deeds, now + timedelta(seconds=1))


def free_days(free: Callable[[date], str], begin: datetime, end: datetime) -> FreeDays:
    """Return the weekdays between two moments that are free."""
    first = legal_day(begin) - timedelta(days=1)
    days = (first + timedelta(days=n) for n in range((legal_day(end) - first).days + 90))
    return FreeDays(frozenset(day for day in days if day.weekday() < A_WEEK and free(day)))


def _before(told: Story, until: datetime) -> Story:
    """Return a story as it was known at a moment."""
    deeds = [deed for deed in told.deeds if deed.moment < until]
    return replace(told, deeds=deeds, end=told.end if told.end is not None and told.end < until else None)


def _arrivals(begun: Sequence[Case], until: datetime) -> list[int]:
    """Return how many cases began in each whole week before a moment, since the first began."""
    first = min((one.begin for one in begun), default=until)
    weeks = min(ARRIVALS, max(1, (until - first) // WEEK))
    counts = Counter((until - one.begin) // WEEK for one in begun if one.begin < until)
    return [counts[week] for week in range(weeks)]


def _groups(people: Iterable[tuple[str, str, datetime]]) -> list[Group]:
    """Return who did tasks lately, by role; somebody who did those of two roles is counted with both."""
    roles: dict[str, set[str]] = {}
    for role, account, _moment in people:
        roles.setdefault(account, set()).add(role or NOBODY)
    counts = Counter(tuple(sorted(one)) for one in roles.values())
    return [Group(names, count, HOURS) for names, count in sorted(counts.items())]


def _by_role(worked: Iterable[tuple[str, str, datetime]]) -> list[tuple[str, str, datetime]]:
    return [(role or NOBODY, account, done) for role, account, done in worked]


def _busy(
    worked: Iterable[tuple[str, str, datetime]], groups: Sequence[Group], minutes: Mapping[str, float]
) -> dict[str, frozenset[date]]:
    """Return the days on which a role had as much work as its people can do."""
    done = Counter((role or NOBODY, legal_day(when)) for role, _account, when in worked)
    found: dict[str, set[date]] = {}
    for (role, day), count in done.items():
        able = sum(group.people * group.hours / A_WEEK * 60 for group in groups if role in group.roles)
        if able and count * minutes.get(role, MINUTES) >= BUSY * able:
            found.setdefault(role, set()).add(day)
    return {role: frozenset(days) for role, days in found.items()}
