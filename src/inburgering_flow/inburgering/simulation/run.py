"""The days of a simulation, one after the other: what is due, what comes in, what staff do, and what must then be true."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from inburgering_flow.clock import LEGAL_ZONE, ManualClock
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.inburgering.simulation.invariants import INVARIANTS, Broken, Judged
from inburgering_flow.inburgering.simulation.outside import Outside
from inburgering_flow.inburgering.simulation.population import population
from inburgering_flow.inburgering.simulation.rows import Rows
from inburgering_flow.inburgering.simulation.staff import Staff
from inburgering_flow.inburgering.termijnen import free_day
from inburgering_flow.settings import Settings
from inburgering_flow.store.dialects import file_of, url_of

FIRST_DAY = date(2026, 1, 5)
OPENS, CLOSES = time(9), time(22)
FRIDAY = 4


class InvariantBroken(FlowError):
    """Something was not as it must be after a day; the message says how to see it again."""

    code = "INVARIANT_BROKEN"


def settings_of(file: Path) -> Settings:
    """Return the settings of a simulation in a new file: the example municipality, whatever the environment says.

    Raises InvalidInput for a file that is there already: what it holds may be real.
    """
    if file.exists():
        raise InvalidInput(
            f"A simulation makes its own database, and {file} is there already.",
            remedy="Name a file that does not exist yet, or remove this one if it holds nothing that you need.",
        )
    return Settings(database_url=url_of(file), synchronous="OFF", password_memory=64, four_eyes=False)


def clock() -> ManualClock:
    """Return the clock of a simulation, on the evening before its first day."""
    return ManualClock(_at(FIRST_DAY - timedelta(days=1), CLOSES))


class Simulation:
    """Plays days on a platform with a clock that it moves, in a file of its own."""

    def __init__(self, platform: Any, *, newcomers: int, days: int, seed: int) -> None:
        file = file_of(platform.context.settings.database_url)
        if file is None or not isinstance(platform.clock, ManualClock) or platform.instances():
            raise InvalidInput(
                "A simulation needs an empty database file and a clock that it can move.", remedy="Open one with settings_of()."
            )
        self.platform = platform
        self.rows = Rows(file)
        self.days = days
        self.seed = seed
        self.newcomers = {n.case: n for n in population(newcomers, seed, FIRST_DAY, days)}
        self.staff = Staff(platform, self.rows, seed, self.newcomers)
        self.outside = Outside(platform, self.rows, self.staff, seed)
        self.began = platform.clock.now()
        self.played = 0
        self.handled = 0
        """Messages that no case heard and the regievoerder dealt with."""

    def run(self, until: int | None = None, told: Callable[[int, date], None] | None = None) -> None:
        """Play every day, or the days up to and with number ``until``; raises InvariantBroken."""
        if not self.rows.number("SELECT count(*) FROM definition"):
            self.platform.deploy(*(path for plugin in self.platform.context.domain.plugins for path in plugin.resources))
        self.staff.hire()
        for number in range(1, min(self.days, until or self.days) + 1):
            today = FIRST_DAY + timedelta(days=number - 1)
            self.day(today)
            self.judge(number, today)
            self.played = number
            if told is not None:
                told(number, today)
        self.audit()

    def day(self, today: date) -> None:
        """Play one day."""
        self._wait_until(_at(today, OPENS))
        at_work = not free_day(today)
        if at_work:
            for newcomer in self.newcomers.values():
                if newcomer.arrives == today or (newcomer.arrives < today and newcomer.case not in self.outside.known):
                    self.staff.begin(newcomer, today)
                    self.outside.expect(newcomer, self._root(newcomer.case))
        self.outside.listen(today)
        self.outside.act(today)
        if at_work:
            for unanswered in self.staff.work(today):
                raise self._broken(
                    Broken(str(unanswered.task), f"Form {unanswered.form} cannot be answered: {unanswered.says}"), today
                )
            if today.weekday() == FRIDAY:
                self.handled += self.staff.clear_unheard(today)
        for keep in self.platform.services.upkeep:
            if keep != self.platform.services.lost_tasks.look:  # a rule looks for lost tasks
                keep()
        self._wait_until(_at(today, CLOSES))

    def _root(self, number: str) -> int:
        return self.rows.number("SELECT key FROM process_instance WHERE business_key = ? AND key = root_key", number)

    def _wait_until(self, target: datetime) -> None:
        """Let time pass from due moment to due moment."""
        self.platform.run_until(target)
        self.platform.run_due()

    def judge(self, number: int, today: date) -> None:
        """Raise InvariantBroken where something is not as it must be."""
        platform = self.platform
        at = Judged(
            self.rows, platform.clock.now(), platform.context.domain.is_from_partner, platform.services.lost_tasks.find
        )
        for invariant in INVARIANTS:
            for broken in invariant(at):
                raise self._broken(broken, today, invariant.__name__, number)

    def _broken(self, broken: Broken, today: date, name: str = "form", number: int | None = None) -> InvariantBroken:
        day = number or (today - FIRST_DAY).days + 1
        return InvariantBroken(
            f"Day {day} ({today.isoformat()}), seed {self.seed}, case {broken.case}, {name}: {broken.says}",
            remedy=f"See it again: inburgering-flow simulate --newcomers {len(self.newcomers)} --days {self.days}"
            f" --seed {self.seed} --until-day {day} --database FILE",
        )

    def audit(self) -> None:
        """Raise InvariantBroken unless every line of the audit log follows the one before it."""
        for fault in self.platform.services.audit_chain.check():
            if not fault.is_remark:
                raise InvariantBroken(f"Seed {self.seed}: the audit log: {fault}")

    def close(self) -> None:
        """Give back the database."""
        self.rows.close()


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, LEGAL_ZONE)


def progress(number: int, today: date) -> None:
    """Say on standard error how far it is, every thirtieth day."""
    if number % 30 == 0:
        sys.stderr.write(f"{today.isoformat()} (day {number})\n")
