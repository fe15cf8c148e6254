"""The board for whoever leads: every running case once, by its main phase, and how much work each person has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inburgering_flow.analysis.pace import MINUTES, minutes_of
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.case_lists import SIZE, BoardRow, rows_of
from inburgering_flow.services.case_parts import Waiting
from inburgering_flow.services.case_places import CasePlaces, closed_families, name_of
from inburgering_flow.services.context import Context
from inburgering_flow.services.kept_counts import KeptCounts
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.outlooks import Outlooks
from inburgering_flow.services.waiting import waits_of
from inburgering_flow.store import boards, definitions, observed
from inburgering_flow.store.boards import Choice, Spot
from inburgering_flow.store.database import Unit

CARDS = 6  # in a column; the rest is one click away
SEEN = 5_000
"""So many tasks that were completed last say how long people work on one."""


@dataclass(frozen=True)
class Phase:
    """A column of the board: the cases whose main phase has this name, in whatever version; without a name, those in none."""

    name: str
    cases: int
    late: int
    spots: Sequence[Spot]


@dataclass(frozen=True)
class Card:
    """A case on the board, and what it waits for."""

    row: BoardRow
    waits: Waiting | None


@dataclass(frozen=True)
class Load:
    """What one person has to do: the cases that they lead, and the tasks that they have taken. Without a name: what nobody leads
    and nobody has taken.
    """

    name: str
    cases: int
    tasks: int
    late: int
    """Tasks of which the last day is over."""
    hours: float
    """That these tasks will take, as long as people worked on tasks of the same roles lately."""


@dataclass(frozen=True)
class Counts:
    """What a board counts of all cases that somebody sees."""

    phases: Sequence[Phase]
    load: Sequence[Load]
    total: int
    late: int
    moment: datetime

    def at(self, phase: str) -> Sequence[Spot]:
        """Return where the cases of a phase are."""
        return next((one.spots for one in self.phases if one.name == phase), ())


@dataclass(frozen=True)
class Board:
    """Counts, and the cases that are due first of each phase; ``counted`` is when, None for just now."""

    counts: Counts
    cards: Mapping[str, Sequence[Card]]
    counted: datetime | None


@dataclass(frozen=True)
class Chosen:
    """A page of the running cases of a phase or an owner, of what is counted in ``counts``."""

    counts: Counts
    page: Page[BoardRow]


class Boards:
    """Reading the board as an actor."""

    def __init__(self, context: Context, places: CasePlaces, outlooks: Outlooks) -> None:
        self.context = context
        self.places = places
        self.outlooks = outlooks
        self._kept = KeptCounts[Counts](context.clock)
        self._pace: tuple[datetime, Mapping[str, float]] | None = None

    def board(self, actor: Actor) -> Board:
        """Return the running cases that the actor sees by main phase, those that are due first as cards.

        Raises Forbidden for an actor who may not see it.
        """
        actor.require(permissions.BOARD)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            counts, counted = self._counted(unit, actor)
            found = boards.first_of(unit, actor, [phase.spots for phase in counts.phases], CARDS)
            rows = {row.key: row for row in rows_of(unit, self.context, [case for column in found for case in column], actor)}
            waits = waits_of(unit, self.context.catalog, actor, rows)
        rows = {row.key: row for row in self._with_outlooks(list(rows.values()), actor)}
        self._log(actor, list(rows.values()))
        cards = {
            phase.name: [Card(rows[case.key], waits.get(case.key)) for case in column]
            for phase, column in zip(counts.phases, found, strict=True)
        }
        return Board(counts, cards, counted)

    def counts(self, actor: Actor) -> Counts:
        """Return what the board counts, without a case; raises Forbidden for who may not see it."""
        actor.require(permissions.BOARD)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            return self._counted(unit, actor)[0]

    def cases(
        self, actor: Actor, *, phase: str | None = None, owner: str | None = None, is_late: bool = False,
        step: tuple[str, str] | None = None, start: int = 0, size: int | None = None,
    ) -> Chosen:  # fmt: skip
        """Return a page of the running cases, what is due first at the top; ``phase`` and ``owner`` choose, empty ones the cases
        without, ``is_late`` those of which the organisation has let a term pass, ``step`` (process, element) those that are at
        a step. Raises Forbidden for who may not see it, NotFound for a step that is not there or closed to the actor.
        """
        actor.require(permissions.BOARD)
        size = size or SIZE
        if step is not None:
            self.name_of(step, actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            counts, counted = self._counted(unit, actor)
            late_at = self.context.clock.now() if is_late else None
            chosen = Choice(None if phase is None else counts.at(phase), owner, late_at, step)
            is_all = chosen == Choice() and counted is None
            fitting = counts.total if is_all else boards.count(unit, actor, chosen)
            left = max(0, min(size, fitting - start))  # nothing is looked for that is not there
            found = boards.page(unit, actor, chosen, start, left) if left else []
            rows = rows_of(unit, self.context, found, actor)
        rows = self._with_outlooks(rows, actor)
        self._log(actor, rows)
        return Chosen(counts, Page(rows, start, fitting, size))

    def name_of(self, step: tuple[str, str], actor: Actor) -> str:
        """Return what a step (process, element) is called; raises NotFound for one that is not there or closed to the actor."""
        catalog = self.context.catalog
        process_id, element_id = step
        with self.context.db.read() as unit, catalog.within(unit):
            row = definitions.latest(unit, "process", process_id)
            element = None if row is None else catalog.process(row.key).elements.get(element_id)
            if row is None or element is None or actor.closed(catalog.family_of(row.key)):
                raise NotFound(_("There is no such step."), remedy=_("Choose one in the diagram."))
        return element.name or element_id

    def _with_outlooks(self, rows: Sequence[BoardRow], actor: Actor) -> list[BoardRow]:
        """Return rows with how probable it is that their first term will be missed."""
        found = self.outlooks.of_cases([row.key for row in rows if row.due is not None], actor)
        return [replace(row, outlook=found.get(row.key)) for row in rows]

    def _log(self, actor: Actor, rows: Sequence[BoardRow]) -> None:
        named = [row.key for row in rows if row.person]
        log_list(self.context, actor, "board", len(named), cases=[row.key for row in rows], rows=named)

    def _counted(self, unit: Unit, actor: Actor) -> tuple[Counts, datetime | None]:
        """Return the counts of the board, and when they were counted if that was earlier."""
        key = (actor.roles, actor.sees, *(() if permissions.ALL in actor.sees else (actor.username, actor.location)))
        return self._kept.get(key, lambda: self._count(unit, actor))

    def _count(self, unit: Unit, actor: Actor) -> Counts:
        now = self.context.clock.now()
        counted = boards.by_phase(unit, actor, now)
        return Counts(
            self._phases(counted, actor), self._load(unit, actor, now), sum(one.cases for one in counted),
            sum(one.late for one in counted), now,
        )  # fmt: skip

    def _phases(self, counted: Sequence[boards.Count], actor: Actor) -> list[Phase]:
        """Return the columns: those of the process with the most cases first, each process's in the order in which it draws
        them; cases in a phase that is closed to the actor stand with those in none.
        """
        catalog, closed = self.context.catalog, closed_families(actor)
        found: dict[str, list[boards.Count]] = {}
        size: dict[str, int] = {}
        place: dict[str, tuple[int, str, int]] = {}
        for one in counted:
            process_id = catalog.process(one.spot[0]).definition.process_id
            size[process_id] = size.get(process_id, 0) + one.cases
        for one in counted:
            definition, element_id = one.spot
            process = catalog.process(definition).definition
            name = name_of(catalog, definition, element_id, closed)
            if name:
                drawn = [e.id for e in self.places.phases(definition)]
                order = drawn.index(element_id) if element_id in drawn else len(drawn)
                mine = -size[process.process_id], process.process_id, order
                place[name] = min(place.get(name, mine), mine)
            found.setdefault(name, []).append(one)
        return [
            Phase(name, sum(one.cases for one in some), sum(one.late for one in some), [one.spot for one in some])
            for name, some in sorted(found.items(), key=lambda one: (not one[0], place.get(one[0], ())))
        ]

    def _load(self, unit: Unit, actor: Actor, now: datetime) -> list[Load]:
        led, work, pace = boards.by_owner(unit, actor), boards.open_tasks(unit, actor, now), self._minutes(unit, now)
        return [
            Load(
                name, led.get(name, 0), sum(one.tasks for one in work if one.assignee == name),
                sum(one.late for one in work if one.assignee == name),
                sum(one.tasks * pace.get(one.role, MINUTES) for one in work if one.assignee == name) / 60,
            )
            for name in sorted({*led, *(one.assignee for one in work)}, key=lambda one: (not one, one))
        ]  # fmt: skip

    def _minutes(self, unit: Unit, now: datetime) -> Mapping[str, float]:
        """Return how long people work on a task of each role, measured once a day."""
        kept = self._pace
        if kept is None or legal_day(kept[0]) != legal_day(now):
            kept = self._pace = now, minutes_of(observed.latest_done(unit, SEEN))
        return kept[1]
