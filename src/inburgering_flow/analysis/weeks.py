"""What a process did week by week: begun, finished, done and waiting by role, how long it took, what was late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)
BEGUN, FINISHED, RUNNING, DONE, OPEN, WAIT, LATE, MISSED, LOAD = (
    "begun", "finished", "running", "done", "open", "wait", "late", "missed", "load",
)  # fmt: skip
"""Cases begun, finished and running; tasks done, open at the end, their days from open to done on average, those done late or
open and late; terms of the law missed; share of the working hours in which somebody worked on tasks."""
BUSY_ENOUGH = 1.0
"""Tasks a week from which on the figures of a role can be forecast: of fewer nothing can be said but that they are few."""
COUNTED = (BEGUN, FINISHED, RUNNING, MISSED)
BY_ROLE = (DONE, OPEN, WAIT, LATE)


@dataclass(frozen=True)
class Case:
    """A case from its begin to its end, if it has one."""

    begin: datetime
    end: datetime | None


@dataclass(frozen=True)
class Task:
    """A task of a role that was opened, and ``closed`` because somebody did it, or because it was withdrawn."""

    role: str
    opened: datetime
    closed: datetime | None
    is_done: bool
    due: datetime | None


@dataclass(frozen=True)
class Term:
    """A last day of the organisation, ``over`` when it was kept, if late; ``is_moved`` if it became another day or fell away."""

    due: datetime
    over: datetime | None
    is_moved: bool


@dataclass(frozen=True)
class Happened:
    """All that a process did, or would do."""

    cases: Sequence[Case] = ()
    tasks: Sequence[Task] = ()
    terms: Sequence[Term] = ()
    busy: Sequence[tuple[str, datetime, float]] = field(default=())
    """Role, when somebody began, and the minutes that it took; only a simulation knows them."""


Figures = dict[str, list[float | None]]
"""Figure → its value for each week, None where there is none (no task was done, so none took long)."""


def name_of(figure: str, role: str = "") -> str:
    """Return the key of a figure, of a role if it is one of roles."""
    return f"{figure}:{role}" if role else figure


def weekly(happened: Happened, begin: datetime, weeks: int, roles: Sequence[str], minutes: Mapping[str, float]) -> Figures:
    """Return the figures of so many weeks; ``minutes`` is the working time that each role has in a week."""
    found: Figures = {}
    for number in range(weeks):
        for name, value in _of_week(happened, begin + number * WEEK, begin + (number + 1) * WEEK, roles, minutes):
            found.setdefault(name, []).append(value)
    return found


def _of_week(
    happened: Happened, begin: datetime, end: datetime, roles: Sequence[str], minutes: Mapping[str, float]
) -> Iterator[tuple[str, float | None]]:
    def within(moment: datetime | None) -> bool:
        return moment is not None and begin <= moment < end

    def stands(opened: datetime, closed: datetime | None) -> bool:
        return opened < end and (closed is None or closed >= end)

    yield BEGUN, sum(within(one.begin) for one in happened.cases)
    yield FINISHED, sum(within(one.end) for one in happened.cases)
    yield RUNNING, sum(stands(one.begin, one.end) for one in happened.cases)
    yield MISSED, sum(
        within(one.due) and not one.is_moved and (one.over is None or one.over > one.due) for one in happened.terms
    )  # fmt: skip
    for role in roles:
        own = [one for one in happened.tasks if one.role == role]
        done = [one for one in own if one.is_done and within(one.closed)]
        took = [(one.closed - one.opened) / DAY for one in done if one.closed is not None]
        yield name_of(DONE, role), len(done)
        yield name_of(OPEN, role), sum(stands(one.opened, one.closed) for one in own)
        yield name_of(WAIT, role), round(sum(took) / len(took), 1) if took else None  # nobody waits for minutes
        late = sum(one.due is not None and one.closed is not None and one.closed > one.due for one in done)
        overdue = sum(one.due is not None and one.due < end and stands(one.opened, one.closed) for one in own)
        yield name_of(LATE, role), late + overdue
        if minutes.get(role):
            busy = sum(spent for what, began, spent in happened.busy if what == role and within(began))
            yield name_of(LOAD, role), busy / minutes[role]


def totals(figures: Mapping[str, Sequence[float | None]]) -> dict[str, float | None]:
    """Return one value for the whole time: a sum of what is counted, the last of what stands, the mean of the rest."""
    found: dict[str, float | None] = {}
    for name, values in figures.items():
        known = [value for value in values if value is not None]
        figure = name.partition(":")[0]
        if not known:
            found[name] = None
        elif figure in (BEGUN, FINISHED, DONE, MISSED):
            found[name] = sum(known)
        elif figure in (RUNNING, OPEN, LATE):
            found[name] = known[-1]
        else:
            found[name] = sum(known) / len(known)
    return found
