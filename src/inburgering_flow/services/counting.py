"""Counting a month of history: what was done, how long it took, which terms were kept, which cases ended and how.

Each function returns a plain value that is kept (``figures.py``); none of it names a case. Places are written
``process/element``, cohorts ``2026-1`` (the quarter in which a case began).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from inburgering_flow.analysis.durations import Durations
from inburgering_flow.clock import legal_day
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.runtime import COMPLETED
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.ledger import SOURCE, SPENT, TIED
from inburgering_flow.store import boards, figures, ledger, reports
from inburgering_flow.store.database import Unit
from inburgering_flow.store.figures import Day, DoneTask, Ended, Stay
from inburgering_flow.store.terms import KEPT as ROW_KEPT
from inburgering_flow.store.terms import MOVED

HOUR = timedelta(hours=1)
GOES_ON = timedelta(days=1)
"""Within so long after a row of the register ended, the next one of the same name is of the same term."""
MOST_WAYS = 50
"""Orders of steps that are kept of a process and a month; the rest counts as others."""
MOST_STAYS = 100
"""Stays at a place that are kept of a month, as examples of what followed."""
LONGEST_WAY = 12
"""Steps of a way; what follows is left out."""
TASKS, PARTS, TERMS, CASES, STAYS, MONEY, STANDING = "tasks", "parts", "terms", "cases", "stays", "money", "standing"
MONTHLY = (TASKS, PARTS, TERMS, CASES, STAYS, MONEY)
KEPT, MISSED, WAS_MOVED, FELL_AWAY = "kept", "missed", "moved", "ended"
OTHERS, STOPPED = "…", "stopped"
AMOUNTS = (SOURCE, TIED, SPENT)
"""The accounts of what was awarded, committed and spent."""


def place(process_id: str, element_id: str) -> str:
    """Return how a step of a process is written."""
    return f"{process_id}/{element_id}"


def cohort_of(moment: datetime) -> str:
    """Return the quarter in which a case began."""
    day = legal_day(moment)
    return f"{day.year}-{(day.month + 2) // 3}"


@dataclass
class Step:
    """What is known of a step: how often it was done, how often again in the same case, and how long that took."""

    done: int = 0
    again: int = 0
    taken: int = 0
    """How often it is known when somebody took it."""
    wait: Durations = field(default_factory=Durations)
    """Until somebody took it."""
    work: Durations = field(default_factory=Durations)
    """From then on."""
    whole: Durations = field(default_factory=Durations)

    def add(self, task: DoneTask) -> None:
        """Count a task."""
        self.done += 1
        self.again += task.is_again
        self.whole.add(task.completed - task.created)
        if task.taken is not None:
            self.taken += 1
            self.wait.add(task.taken - task.created)
            self.work.add(task.completed - task.taken)

    def merge(self, other: Step) -> None:
        """Add what another month counted."""
        self.done, self.again, self.taken = self.done + other.done, self.again + other.again, self.taken + other.taken
        for mine, others in ((self.wait, other.wait), (self.work, other.work), (self.whole, other.whole)):
            mine.merge(others)

    def as_json(self) -> list[Any]:
        """Return a plain value."""
        return [self.done, self.again, self.taken, self.wait.as_json(), self.work.as_json(), self.whole.as_json()]

    @classmethod
    def read(cls, plain: Sequence[Any]) -> Step:
        """Return what ``as_json`` gave."""
        return cls(*plain[:3], *(Durations.read(one) for one in plain[3:]))


def tasks(unit: Unit, begin: datetime, end: datetime) -> dict[str, Any]:
    """Count the tasks that were completed, by place."""
    found: dict[str, Step] = defaultdict(Step)
    for task in figures.done_tasks(unit, begin, end):
        found[place(task.process_id, task.element_id)].add(task)
    return {name: step.as_json() for name, step in found.items()}


def shortened(way: Iterable[str]) -> tuple[str, ...]:
    """Return the steps of a way without what follows itself, at most ``LONGEST_WAY``."""
    found: list[str] = []
    for step in way:
        if not found or found[-1] != step:
            found.append(step)
    return tuple(found[:LONGEST_WAY])


def parts(unit: Unit, begin: datetime, end: datetime) -> dict[str, Any]:
    """Count the processes that ended: how long they took, on which end they came, and which way they went."""
    by_process: dict[str, list[Ended]] = defaultdict(list)
    for one in figures.ended(unit, begin, end):
        by_process[one.process_id].append(one)
    found = {}
    for process_id, group in by_process.items():
        took, ends, ways = Durations(), Counter[str](), Counter[tuple[str, ...]]()
        done = [one for one in group if one.state == COMPLETED]
        gone = figures.ways(unit, [one.key for one in done])
        again = 0
        for one in done:
            took.add(one.end - one.start)
            ends[one.outcome or ""] += 1
            way = shortened(gone.get(one.key, ()))
            ways[way] += 1
            again += len(set(way)) < len(way)
        common = ways.most_common(MOST_WAYS)
        found[process_id] = {
            "took": took.as_json(), "ends": dict(ends), "stopped": len(group) - len(done), "again": again,
            "ways": [[list(way), count] for way, count in common], "other": len(done) - sum(count for _way, count in common),
        }  # fmt: skip
    return found


class Ours:
    """Tells whether a term is one that the organisation itself has to keep, as its dictionary says."""

    def __init__(self, catalog: StoredCatalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[int, str], bool] = {}

    def __call__(self, definition_key: int, name: str) -> bool:
        key = definition_key, name
        if key not in self._known:
            term = self._catalog.terms_of(definition_key).get(name)
            self._known[key] = term is not None and not term.whose
        return self._known[key]


def fate(day: Day, known: datetime) -> str:
    """Return what became of a last day that lies behind, as it was known at a moment."""
    over = day.over if day.over is not None and day.over <= known else None
    if over is None or over > day.due:
        return MISSED
    return KEPT if day.state == ROW_KEPT else WAS_MOVED if day.state == MOVED else FELL_AWAY


class Standing:
    """Where cases stood, to find what a term waited for at a moment."""

    def __init__(self, unit: Unit, root_keys: Sequence[int], *, only_now: bool = False) -> None:
        self._parents = figures.parents(unit, root_keys)
        self._by_root: dict[int, list[Stay]] = defaultdict(list)
        for stay in figures.stays(unit, root_keys, only_now=only_now):
            self._by_root[stay.root_key].append(stay)

    def under(self, root_key: int, *instance_keys: int) -> list[Stay]:
        """Return the stays of instances and of what they called, in the order in which they began."""
        return [stay for stay in self._by_root.get(root_key, ()) if self._is_under(stay.instance_key, instance_keys)]

    def at(self, root_key: int, instance_key: int, moment: datetime) -> Stay | None:
        """Return the stay that began last of those that went on at a moment: under an instance, else anywhere in the case."""
        everywhere = self._by_root.get(root_key, ())
        for stays in (self.under(root_key, instance_key), everywhere):
            there = [s for s in stays if s.start <= moment and (s.end is None or s.end > moment)]
            if there:
                return max(there, key=lambda s: (s.start, s.key))
        return None

    def _is_under(self, key: int | None, wanted: Collection[int]) -> bool:
        while key is not None and key not in wanted:
            key = self._parents.get(key)
        return key is not None


def terms(
    unit: Unit, begin: datetime, end: datetime, known: datetime, is_ours: Ours, process_of: Callable[[int], str]
) -> dict[str, Any]:  # fmt: skip
    """Count what became of last days, and where the case stood on the days that passed."""
    found: dict[str, dict[str, Any]] = {}
    days = [one for one in figures.days(unit, begin, min(end, known)) if is_ours(one.definition_key, one.name)]
    had = {(one.root_key, one.name, one.due) for one in days if one.begun <= one.due}
    # One that goes on in another process after its day has been counted where it ran on that day.
    days = [one for one in days if one.begun <= one.due or (one.root_key, one.name, one.due) not in had]
    missed = [one for one in days if fate(one, known) == MISSED]
    standing = Standing(unit, sorted({one.root_key for one in missed}))
    for day in days:
        counts = found.setdefault(place(process_of(day.definition_key), day.name), {"causes": {}})
        what = fate(day, known)
        counts[what] = counts.get(what, 0) + 1
        if what == MISSED:
            stay = standing.at(day.root_key, day.instance_key, day.due)
            cause = place(stay.process_id, stay.element_id) if stay is not None else ""
            counts["causes"][cause] = counts["causes"].get(cause, 0) + 1
    return found


@dataclass(frozen=True)
class Course:
    """A term of a case from its begin until it is over, through the days that it was moved to and the processes that it went
    on in: a register has a row for each. ``over`` is None while it runs.
    """

    root_key: int
    name: str
    due: datetime
    begun: datetime
    over: datetime | None
    instances: tuple[int, ...]
    """The last one is where it runs, or ran."""

    @property
    def is_missed(self) -> bool:
        """Whether its last day passed before it was over; of one that runs, only where that day lies behind."""
        return self.over is None or self.over > self.due


def courses(days: Iterable[Day], known: datetime) -> list[Course]:
    """Return the terms that rows of the register are about, as they were known at a moment."""
    found: list[Course] = []
    last: dict[tuple[int, str], int] = {}
    kept: set[tuple[int, str]] = set()
    for day in sorted(days, key=lambda one: one.key):
        if day.begun > known:
            continue
        over = day.over if day.over is not None and day.over <= known else None
        key = day.root_key, day.name
        before = found[last[key]] if key in last else None
        if before is not None and key not in kept and (before.over is None or day.begun - before.over <= GOES_ON):
            instances = (*before.instances, day.instance_key)
            found[last[key]] = Course(day.root_key, day.name, day.due, before.begun, over, instances)
        else:
            last[key] = len(found)
            found.append(Course(day.root_key, day.name, day.due, day.begun, over, (day.instance_key,)))
        (kept.add if day.state == ROW_KEPT and over is not None else kept.discard)(key)
    return found


def stays(unit: Unit, begin: datetime, end: datetime, known: datetime, is_ours: Ours) -> dict[str, list[list[int]]]:
    """Return how the terms of this time went on from the places that they passed: of some stays at each the hours that it lasted,
    -1 where it goes on, the hours from its begin until the term was over, and until its last day was, as ``lateness.Example`` has
    them.
    """
    there = {one.root_key for one in figures.days(unit, begin, min(end, known)) if is_ours(one.definition_key, one.name)}
    days = [one for one in figures.days_of(unit, sorted(there)) if is_ours(one.definition_key, one.name)]
    found = [one for one in courses(days, known) if begin <= one.due < min(end, known)]
    return examples(found, Standing(unit, sorted({one.root_key for one in found})), known)


def examples(
    found: Iterable[Course], standing: Standing, known: datetime, most: int = MOST_STAYS
) -> dict[str, list[list[int]]]:
    """Return what ``stays`` does, of these terms."""
    kept: dict[str, list[list[int]]] = defaultdict(list)
    seen: Counter[str] = Counter()
    draw = random.Random(1)  # noqa: S311  # which examples are kept is no secret
    for course in found:
        for stay in standing.under(course.root_key, *course.instances):
            if stay.start > known or (course.over is not None and stay.start >= course.over):
                continue
            name = stay_name(course.name, stay)
            lasted = -1 if stay.end is None or stay.end > known else int((stay.end - stay.start) / HOUR)
            until = -1 - int((known - stay.start) / HOUR) if course.over is None else int((course.over - stay.start) / HOUR)
            due = int((course.due - stay.start) / HOUR)
            seen[name] += 1
            if len(kept[name]) < most:
                kept[name].append([lasted, until, due])
            elif (slot := draw.randrange(seen[name])) < most:  # each has the same chance to stay
                kept[name][slot] = [lasted, until, due]
    return dict(kept)


def stay_name(term: str, stay: Stay) -> str:
    """Return under what the stays of a term at a step are kept."""
    return f"{term}:{place(stay.process_id, stay.element_id)}"


def cases(unit: Unit, begin: datetime, end: datetime, names: Sequence[str], is_ours: Ours) -> dict[str, Any]:
    """Count the cases that ended: by cohort, process, values of these variables, outcome, and whether a term was missed."""
    done = [one for one in figures.ended(unit, begin, end) if one.key == one.root_key]
    keys = [one.key for one in done]
    values = figures.values(unit, keys, names)
    late = {
        day.root_key for day in figures.days_of(unit, keys)
        if is_ours(day.definition_key, day.name) and day.due < end and fate(day, end) == MISSED
    }  # fmt: skip
    found = Counter(
        (cohort_of(one.start), one.process_id, one.outcome or "" if one.state == COMPLETED else STOPPED, one.key in late,
         *(values.get(one.key, {}).get(name, "") for name in names))
        for one in done
    )  # fmt: skip
    return {"names": list(names), "rows": [[*key, count] for key, count in sorted(found.items())]}


def money(unit: Unit, begin: datetime, end: datetime, *, of_persons: bool) -> dict[str, dict[str, list[int]]]:
    """Count what entries for cases moved: cohort → account → [cents, cases of which this is the first on that account]. The
    cohort of cases that are gone is empty. ``of_persons``: see ``ledger.moved``.
    """
    found: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for row in ledger.moved(unit, begin, end, AMOUNTS, of_persons=of_persons):
        sums = found[cohort_of(row.begun) if row.begun is not None else ""].setdefault(row.account, [0, 0])
        sums[0] += row.cents
        sums[1] += row.is_first
    return dict(found)


def standing(unit: Unit, now: datetime, names: Sequence[str], is_ours: Ours) -> Mapping[str, Any]:
    """Count what stands at a moment: cases by phase, cohort and value, open tasks by process."""
    roots = figures.running_roots(unit)
    values = figures.values(unit, [key for key, _process, _start in roots], names)
    late = {key for key, definition, name in figures.late_running(unit, now) if is_ours(definition, name)}
    cohorts = Counter(
        (cohort_of(start), process_id, key in late, *(values.get(key, {}).get(name, "") for name in names))
        for key, process_id, start in roots
    )  # fmt: skip
    return {
        "active": len(roots), "phases": [
            [*one.spot, one.cases] for one in boards.by_phase(unit, SYSTEM, now) if one.spot[1] is not None
        ],
        "elements": [list(row) for row in figures.standing_at(unit)],
        "open": reports.tasks_by_process(unit, now, late=False), "late": reports.tasks_by_process(unit, now, late=True),
        "names": list(names), "cohorts": [[*key, count] for key, count in sorted(cohorts.items())],
    }  # fmt: skip
