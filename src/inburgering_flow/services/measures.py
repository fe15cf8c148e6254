"""Single figures out of those that *Inzicht* and *Regie* show: the same numbers, for the same people.

Each is read from what its own page reads, so that what is not shown there is not shown anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.boards import Boards
from inburgering_flow.services.insight import Grid, Insight

COUNT, DAYS, PER_CENT, EUROS = "", "days", "per cent", "euros"
YEAR = "12"
"""The name of the period of the latest twelve months."""


@dataclass(frozen=True)
class Reading:
    """A figure: what it is of in the words of a model, and its value; None where there is none, or ``is_hidden``."""

    words: str
    value: int | Decimal | None
    is_hidden: bool = False


@dataclass(frozen=True)
class Readings:
    """What a measure says of each thing that it is of, by what that is called in a choice; ``counted`` is when."""

    of: Mapping[str, Reading]
    counted: datetime

    def reading(self, subject: str, *, is_count: bool) -> Reading:
        """Return what it says of one thing: nothing of what is not there, which is none where it counts."""
        return self.of.get(subject, Reading("", 0 if is_count else None))


@dataclass(frozen=True)
class Sources:
    """The services whose pages show the figures."""

    insight: Insight
    boards: Boards


@dataclass(frozen=True)
class Measure:
    """A kind of figure; ``is_one``: it is of everything, so that nothing has to be chosen. ``permissions`` are all needed."""

    id: str
    unit: str
    read: Callable[[Sources, Actor], Readings]
    permissions: tuple[str, ...] = (permissions.FIGURES,)
    is_one: bool = False
    is_of_board: bool = False

    def is_for(self, actor: Actor) -> bool:
        """Tell whether somebody may see it."""
        return all(actor.may(one) for one in self.permissions)

    def of(self, sources: Sources, actor: Actor) -> Readings:
        """Return it as an actor may see it; raises Forbidden."""
        for one in self.permissions:
            actor.require(one)
        return self.read(sources, actor)


def _of_grid(grid: Grid, at: int, named: int = 1) -> Readings:
    """Return the column ``at`` of a table whose first ``named`` columns are words."""
    found = {}
    for number, row in enumerate(grid.rows):
        words = ": ".join(str(cell) for cell in row[:named] if cell)
        value = row[at]
        key = grid.keys[number] if grid.keys else words
        found[key] = Reading(words, value if isinstance(value, int | Decimal) else None, is_hidden=value is None)
    return Readings(found, grid.counted)


def _running(sources: Sources, actor: Actor) -> Readings:
    now = sources.insight.now(actor)
    return Readings({"": Reading("", now.active, is_hidden=now.active is None)}, now.counted)


def _steps(at: int) -> Callable[[Sources, Actor], Readings]:
    return lambda s, actor: _of_grid(s.insight.steps(s.insight.period(YEAR, actor), actor), at, 2)


def _parts(at: int) -> Callable[[Sources, Actor], Readings]:
    return lambda s, actor: _of_grid(s.insight.parts(s.insight.period(YEAR, actor), actor), at)


def _terms(at: int) -> Callable[[Sources, Actor], Readings]:
    return lambda s, actor: _of_grid(s.insight.terms(s.insight.period(YEAR, actor), actor), at, 2)


def _board(read: Callable[[Boards, Actor], tuple[Mapping[str, int], datetime]]) -> Callable[[Sources, Actor], Readings]:
    def found(sources: Sources, actor: Actor) -> Readings:
        counts, moment = read(sources.boards, actor)
        return Readings({key: Reading(key, count) for key, count in counts.items()}, moment)

    return found


def _all_cases(boards: Boards, actor: Actor) -> tuple[Mapping[str, int], datetime]:
    counts = boards.counts(actor)
    return {"": counts.total}, counts.moment


def _late_cases(boards: Boards, actor: Actor) -> tuple[Mapping[str, int], datetime]:
    counts = boards.counts(actor)
    return {"": counts.late}, counts.moment


def _unled(boards: Boards, actor: Actor) -> tuple[Mapping[str, int], datetime]:
    counts = boards.counts(actor)
    return {"": sum(one.cases for one in counts.load if not one.name)}, counts.moment


def _untaken(boards: Boards, actor: Actor) -> tuple[Mapping[str, int], datetime]:
    counts = boards.counts(actor)
    return {"": sum(one.tasks for one in counts.load if not one.name)}, counts.moment


def _in_phase(boards: Boards, actor: Actor) -> tuple[Mapping[str, int], datetime]:
    counts = boards.counts(actor)
    return {one.name: one.cases for one in counts.phases if one.name}, counts.moment


def _late_in_phase(boards: Boards, actor: Actor) -> tuple[Mapping[str, int], datetime]:
    counts = boards.counts(actor)
    return {one.name: one.late for one in counts.phases if one.name}, counts.moment


_REGIE = (permissions.BOARD,)
MEASURES: Mapping[str, Measure] = {one.id: one for one in (
    Measure("running", COUNT, _running, is_one=True),
    Measure("phase", COUNT, lambda s, actor: _of_grid(s.insight.now(actor).phases, 1)),
    Measure("open", COUNT, lambda s, actor: _of_grid(s.insight.now(actor).open, 1)),
    Measure("late", COUNT, lambda s, actor: _of_grid(s.insight.now(actor).late, 1)),
    Measure("step", DAYS, _steps(6)),
    Measure("wait", DAYS, _steps(3)),
    Measure("process", DAYS, _parts(2)),
    Measure("missed", COUNT, _terms(3)),
    Measure("kept", PER_CENT, _terms(6)),
    Measure("money", EUROS, lambda s, actor: _of_grid(s.insight.money(actor), 5, 2),
            (permissions.FIGURES, permissions.MONEY_READ)),
    Measure("board", COUNT, _board(_all_cases), _REGIE, is_one=True, is_of_board=True),
    Measure("board-late", COUNT, _board(_late_cases), _REGIE, is_one=True, is_of_board=True),
    Measure("board-unled", COUNT, _board(_unled), _REGIE, is_one=True, is_of_board=True),
    Measure("board-untaken", COUNT, _board(_untaken), _REGIE, is_one=True, is_of_board=True),
    Measure("board-phase", COUNT, _board(_in_phase), _REGIE, is_of_board=True),
    Measure("board-phase-late", COUNT, _board(_late_in_phase), _REGIE, is_of_board=True),
)}  # fmt: skip
