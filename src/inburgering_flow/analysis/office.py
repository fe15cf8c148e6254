"""People who work through queues of tasks, on the clock of SimPy: who does what when, and what waits."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import simpy

from inburgering_flow.analysis.calendar import A_WEEK, Calendar
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _

Steps = Generator[simpy.Event, Any, None]
MOST_PEOPLE = 1000


@dataclass(frozen=True)
class Group:
    """So many people with the same roles, who each work so many hours a week. Raises InvalidInput where nobody can."""

    roles: tuple[str, ...]
    people: int
    hours: float = 36.0

    def __post_init__(self) -> None:
        if not self.roles or not 0 < self.people <= MOST_PEOPLE:
            raise InvalidInput(
                _("A group of staff has a role, and from 1 to {most} people.").format(most=MOST_PEOPLE),
                remedy=_("Leave out a group in which nobody works."),
            )
        Calendar(self.hours / A_WEEK)  # refuses hours that no day has


@dataclass(order=True)
class Work:
    """A task that waits for somebody: those with the lowest ``rank`` go first, of these the one that came first."""

    rank: float
    number: int
    role: str = field(compare=False)
    minutes: float = field(compare=False)
    is_wanted: Callable[[], bool] = field(compare=False)
    """Asked when somebody takes it: nobody works on what has been withdrawn."""
    done: Callable[[datetime, datetime], None] = field(compare=False)
    """Told when it is done: when somebody began it, and now."""


class Queue(simpy.FilterStore):
    """Work in the order in which it is taken; each person takes the first that has one of their roles."""

    def _do_put(self, event: Any) -> bool | None:
        insort(self.items, event.item)
        event.succeed()
        return None


class Office:
    """People at work from a moment on; ``env`` counts seconds from it."""

    def __init__(self, env: simpy.Environment, begin: datetime, groups: Sequence[Group], calendar: Calendar) -> None:
        self.env = env
        self.begin = begin
        self.busy: list[tuple[str, datetime, float]] = []
        """Each piece of work done: its role, when it began, its minutes."""
        self._queue = Queue(env)
        self._staffed: set[str] = set()
        for group in groups:
            self._staffed.update(group.roles)
            own = Calendar(group.hours / A_WEEK, calendar.opens, calendar.free)
            for _person in range(group.people):
                env.process(self._person(frozenset(group.roles), own))

    @property
    def now(self) -> datetime:
        """The moment of the clock."""
        return self.begin + timedelta(seconds=self.env.now)

    def seconds(self, moment: datetime) -> float:
        """Return how long it is until a moment, 0 where it has passed."""
        return max(0.0, (moment - self.now).total_seconds())

    def give(self, work: Work) -> None:
        """Let work wait for somebody. Work of a role that nobody here has is done at once: it is nobody's burden here."""
        if work.role in self._staffed:
            self._queue.put(work)
        elif work.is_wanted():
            work.done(self.now, self.now)

    def waiting(self) -> list[Work]:
        """Return the work that nobody has taken, as it would be taken; what was withdrawn is not among it."""
        return [work for work in self._queue.items if work.is_wanted()]

    def _person(self, roles: frozenset[str], calendar: Calendar) -> Steps:
        while True:
            yield self.env.timeout(self.seconds(calendar.opening(self.now)))
            work = yield self._queue.get(lambda one: one.role in roles)
            if not calendar.is_open(self.now):  # it came in the evening: whoever begins first in the morning takes it
                self._queue.put(work)
                continue
            if not work.is_wanted():
                continue
            begun = self.now
            yield self.env.timeout(self.seconds(calendar.after(begun, work.minutes)))
            self.busy.append((work.role, begun, work.minutes))
            if work.is_wanted():
                work.done(begun, self.now)
