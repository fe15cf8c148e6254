"""What was counted of each month, kept: a month that is over is counted once, in the background, and never again.

What goes on now is counted when somebody looks, where that is quick; where it is not, the upkeep counts it from time to time and
a look shows the last count with its moment. So no page walks the history.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from inburgering_flow.clock import legal_day, running_seconds, start_of_day
from inburgering_flow.services import counting
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.counting import CASES, MONEY, MONTHLY, PARTS, STANDING, STAYS, TASKS, TERMS, Ours
from inburgering_flow.store import definitions, figures
from inburgering_flow.store.database import Unit
from inburgering_flow.store.figures import NOW, Kept

QUICK = 0.05
"""Seconds: what is counted within them is counted anew at each look."""
WORTH = 50
"""What took longer is shown again for so many times as long as it took, at least ``SHORTEST``."""
SHORTEST = timedelta(minutes=5)
SETTLED = timedelta(hours=1)
"""How long after its end a month is sealed: a step that was going on is in it then."""
AT_ONCE = 2.0
"""Seconds that the upkeep counts before it lets other work go first."""


def month_of(day: date) -> date:
    """Return the first day of a month."""
    return day.replace(day=1)


def following(month: date) -> date:
    """Return the first day of the month after one."""
    return month_of(month + timedelta(days=31))


def months_back(month: date, count: int) -> date:
    """Return the first day of the month that lies so many months before one."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Counted:
    """What was counted of some months: first day → content; ``missing`` are those that nobody has counted yet."""

    months: Mapping[date, Any]
    missing: int
    moment: datetime


class Figures:
    """Keeping and reading counts."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.names = tuple(dict.fromkeys(one.variable for one in context.domain.indicators))
        self._sealed: dict[tuple[str, date], Any] = {}
        self._counting = threading.Lock()
        self.sealed = 0
        """How often this program has sealed something: what was made of sealed months is old when it has changed."""

    # -- upkeep --------------------------------------------------------------------------------------------------------

    def keep(self) -> int:
        """Count what nobody has counted, seal months that are over, the newest first, and count again what is too long ago and
        takes long; return how many.
        Safe to repeat, and to run on several nodes: what another one sealed stays.
        """
        begun, count = running_seconds(), 0
        for kind, month in self._wanted():
            count += self._sealed_now(kind, month) if month != NOW else self._again(kind)
            if running_seconds() - begun > AT_ONCE:
                break
        return count

    def _wanted(self) -> list[tuple[str, date]]:
        now = self.context.clock.now()
        this = month_of(legal_day(now))
        last = this if now - start_of_day(this) >= SETTLED else months_back(this, 1)
        with self.context.db.read() as unit:
            first = figures.first_moment(unit)
            known = {kind: figures.marks(unit, kind) for kind in (*MONTHLY, STANDING)}
        if first is None:
            return []
        slow = [(kind, NOW) for kind in (STANDING, *MONTHLY) if self._is_old(known[kind].get(self._place(kind, this)), now)]
        months: list[tuple[str, date]] = []
        month = months_back(last, 1)
        while month >= month_of(legal_day(first)):
            months.extend((kind, month) for kind in MONTHLY if not known[kind].get(month, (False,))[0])
            month = months_back(month, 1)
        return slow + months

    @staticmethod
    def _place(kind: str, this: date) -> date:
        return NOW if kind == STANDING else this

    @staticmethod
    def _is_old(mark: tuple[bool, datetime, float] | None, now: datetime) -> bool:
        if mark is None:  # nobody has counted it yet: whoever looks first should not have to wait where it takes long
            return True
        if mark[2] <= QUICK:
            return False
        return now - mark[1] > max(SHORTEST, timedelta(seconds=WORTH * mark[2])) or mark[1] > now

    def _sealed_now(self, kind: str, month: date) -> int:
        done = self._store(self._count(kind, month, is_sealed=True))
        self.sealed += done
        return done

    def _again(self, kind: str) -> int:
        return self._store(self._count(kind, self._place(kind, month_of(legal_day(self.context.clock.now()))), is_sealed=False))

    @again
    def _store(self, found: Kept) -> int:
        with self.context.db.write() as unit:
            return int(figures.keep(unit, found))

    def _count(self, kind: str, month: date, *, is_sealed: bool) -> Kept:
        begun, now = running_seconds(), self.context.clock.now()
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            content = self._content(unit, kind, month, now)
        return Kept(kind, month, content, now, is_sealed, running_seconds() - begun)

    def _content(self, unit: Unit, kind: str, month: date, now: datetime) -> Any:
        begin, end = start_of_day(month), start_of_day(following(month))
        is_ours = Ours(self.context.catalog)
        counted: Mapping[str, Callable[[], Any]] = {
            TASKS: lambda: counting.tasks(unit, begin, end),
            PARTS: lambda: counting.parts(unit, begin, end),
            TERMS: lambda: counting.terms(unit, begin, end, now, is_ours, lambda k: self.context.catalog.process(k).process_id),
            CASES: lambda: counting.cases(unit, begin, min(end, now), self.names, is_ours),
            STAYS: lambda: counting.stays(unit, begin, end, now, is_ours),
            MONEY: lambda: counting.money(unit, begin, end, of_persons=self.context.domain.person is not None),
            STANDING: lambda: counting.standing(unit, now, self.names, is_ours),
        }  # fmt: skip
        return counted[kind]()

    # -- reading -------------------------------------------------------------------------------------------------------

    def standing(self) -> Kept:
        """Return what stands now, or stood when it was counted last."""
        with self.context.db.read() as unit:
            found = figures.kept(unit, [STANDING])
        return self._current(STANDING, found[0] if found else None)

    def _current(self, kind: str, known: Kept | None) -> Kept:
        """Return what is known where counting takes long, else count it."""
        now = self.context.clock.now()
        if known is not None and known.seconds > QUICK and known.counted <= now:
            return known
        with self._counting:  # one look counts; the others wait for it no longer than they would count
            found = self._count(kind, self._place(kind, month_of(legal_day(now))), is_sealed=False)
        if found.seconds > QUICK:
            self._store(found)
        return found

    def months(self, kind: str, since: date, until: date) -> Counted:
        """Return what was counted of the months from one on until another, the current one too if it lies within."""
        this = month_of(legal_day(self.context.clock.now()))
        with self.context.db.read() as unit:
            first = figures.first_moment(unit)
            marks = figures.marks(unit, kind)
            if any(since <= m < until and is_sealed and (kind, m) not in self._sealed for m, (is_sealed, *_r) in marks.items()):
                for one in figures.kept(unit, [kind], max(since, date(1971, 1, 1))):
                    if one.is_sealed:
                        self._sealed[kind, one.month] = one.content
            known = next(iter(figures.kept(unit, [kind], this)), None) if this in marks else None
        found = {m: self._sealed[kind, m] for m in marks if since <= m < until and (kind, m) in self._sealed}
        moment = self.context.clock.now()
        if since <= this < until:
            current = self._current(kind, known)
            found[this], moment = current.content, current.counted
        begin = max(since, month_of(legal_day(first))) if first is not None else this
        missing, month = 0, begin
        while first is not None and month < min(until, this):
            missing += month not in found
            month = following(month)
        return Counted(dict(sorted(found.items())), missing, moment)

    def years(self) -> Sequence[int]:
        """Return the years of which there are cases, the newest first."""
        with self.context.db.read() as unit:
            first = figures.first_moment(unit)
        this = legal_day(self.context.clock.now()).year
        return range(this, (legal_day(first).year if first is not None else this) - 1, -1)


class Names:
    """What people call processes and their steps, those of former versions too."""

    def __init__(self, context: Context, unit: Unit) -> None:
        self._context, self._unit = context, unit
        self._newest = {row.id: row for row in definitions.newest(unit, "process")}
        self._known: dict[tuple[str, str], str] = {}

    def process(self, process_id: str) -> str:
        """Return the name of a process."""
        row = self._newest.get(process_id)
        return row.name if row is not None and row.name else process_id

    def step(self, process_id: str, element_id: str) -> str:
        """Return the name of a step; that of an older version where the newest has it no more."""
        key = process_id, element_id
        if key not in self._known:
            self._known[key] = self._step(process_id, element_id)
        return self._known[key]

    def _step(self, process_id: str, element_id: str) -> str:
        row = self._newest.get(process_id)
        if row is None:
            return element_id
        found = self._context.catalog.process(row.key).definition.elements.get(element_id)
        if found is None:
            for older in definitions.versions(self._unit, "process", process_id):
                found = self._context.catalog.process(older.key).definition.elements.get(element_id)
                if found is not None:
                    break
        return (found.name if found is not None else "") or element_id

    def term(self, process_id: str, name: str) -> str:
        """Return the title of a term of a process."""
        row = self._newest.get(process_id)
        term = self._context.catalog.terms_of(row.key).get(name) if row is not None else None
        return term.title if term is not None else name

    def key(self, process_id: str) -> int | None:
        """Return the newest definition of a process."""
        row = self._newest.get(process_id)
        return row.key if row is not None else None
