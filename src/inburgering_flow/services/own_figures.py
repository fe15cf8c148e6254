"""The page of figures that somebody has chosen, in their own order, and the watch that tells when one passes a threshold."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from inburgering_flow.errors import Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.alerts import FIGURE, THRESHOLD, Fact
from inburgering_flow.model.own_figures import ABOVE, DIRECTIONS, NOT, OwnFigure
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.acting import acting
from inburgering_flow.services.again import again
from inburgering_flow.services.boards import Boards
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.counts import counts_names
from inburgering_flow.services.insight import Insight
from inburgering_flow.services.measures import COUNT, MEASURES, Measure, Reading, Readings, Sources
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.telling import Telling
from inburgering_flow.store import accounts, own_figures
from inburgering_flow.store.database import Unit

MOST = 30  # of one person
LARGEST = 1e12
UP, DOWN = -1, 1


@dataclass(frozen=True)
class Shown:
    """A figure of the page; without a ``reading`` its reader may not see it any more."""

    row: OwnFigure
    measure: Measure | None
    reading: Reading | None
    counted: datetime | None


class OwnFigures:
    """Use cases about one's own figures."""

    def __init__(self, context: Context, insight: Insight, boards: Boards) -> None:
        self.context = context
        self.sources = Sources(insight, boards)
        self.telling = Telling(context)

    # -- the page ------------------------------------------------------------------------------------------------------

    def offered(self, actor: Actor) -> list[Measure]:
        """Return what somebody can choose from; raises Forbidden for who may see no figure at all."""
        found = [one for one in MEASURES.values() if one.is_for(actor)]
        if not found:
            raise Forbidden(_("There are no figures for your role."), remedy=_("Ask the functional administrator for one."))
        return found

    def subjects(self, measure_id: str, actor: Actor) -> Readings:
        """Return what a measure can be chosen of; raises NotFound, Forbidden."""
        return _measure(measure_id).of(self.sources, actor)

    def listed(self, actor: Actor) -> list[Shown]:
        """Return one's own figures in order, each as one may see it now."""
        self.offered(actor)
        with self.context.db.read() as unit:
            rows = own_figures.of(unit, actor.username)
        known: dict[str, Readings] = {}
        return [self._shown(row, actor, known) for row in rows]

    def _shown(self, row: OwnFigure, actor: Actor, known: dict[str, Readings]) -> Shown:
        measure = MEASURES.get(row.measure)
        if measure is None or not measure.is_for(actor):
            return Shown(row, measure, None, None)
        if measure.id not in known:
            known[measure.id] = measure.of(self.sources, actor)
        found = known[measure.id]
        return Shown(row, measure, found.reading(row.subject, is_count=measure.unit == COUNT), found.counted)

    @again
    def add(self, measure_id: str, subject: str, actor: Actor, *, once: str = "") -> int:
        """Put a figure at the end of one's page; return its key.

        Raises InvalidInput for a thing that the measure is not of, for one that is there already, and where the page is full.
        """
        measure = _measure(measure_id)
        found = measure.of(self.sources, actor)
        if subject not in found.of:
            raise InvalidInput(_("This figure cannot be chosen."), remedy=_("Choose one from the list."))
        with self.context.db.write() as unit:

            def make() -> int:
                mine = own_figures.of(unit, actor.username)
                if any((one.measure, one.subject) == (measure_id, subject) for one in mine):
                    raise InvalidInput(_("This figure stands on your page already."), remedy=_("Choose another one."))
                if len(mine) >= MOST:
                    raise InvalidInput(
                        _("Your page has {most} figures, which is the most.").format(most=MOST),
                        remedy=_("Take one away that you do not use."),
                    )
                key = self.context.keys.next()
                place = max((one.place for one in mine), default=0) + 1
                own_figures.add(unit, OwnFigure(
                    key, actor.username, measure_id, subject, found.of[subject].words, place, self.context.clock.now()
                ))  # fmt: skip
                return key

            return made_once(self.context, unit, "own figure", once, actor, make)

    @again
    def move(self, key: int, by: int, actor: Actor) -> None:
        """Move a figure one place up (-1) or down (1); at the edge it stays. Raises NotFound."""
        with self.context.db.write() as unit:
            rows = own_figures.of(unit, actor.username)
            at = next((number for number, row in enumerate(rows) if row.key == key), None)
            if at is None:
                raise _gone()
            rows.insert(max(0, min(len(rows) - 1, at + by)), rows.pop(at))
            for place, row in enumerate(rows, 1):
                if row.place != place:
                    own_figures.change(unit, row.key, place=place)

    @again
    def remove(self, key: int, actor: Actor) -> None:
        """Take a figure away from one's page; raises NotFound."""
        with self.context.db.write() as unit:
            own_figures.remove(unit, self._mine(unit, key, actor).key)

    @again
    def watch_for(self, key: int, direction: str, threshold: float | None, actor: Actor) -> None:
        """Say beyond which number one wants to be told; without a direction never. Raises NotFound, InvalidInput."""
        self.offered(actor)
        if direction not in DIRECTIONS:
            raise InvalidInput(_("This cannot be chosen."), remedy=_("Choose above, below or never."))
        if direction != NOT and (threshold is None or not math.isfinite(threshold) or abs(threshold) > LARGEST):
            raise InvalidInput(_("A threshold is a number."), remedy=_("Write one, such as 25 or 4.5."))
        with self.context.db.write() as unit:
            mine = self._mine(unit, key, actor)
            wanted = (direction, threshold if direction != NOT else None)
            if (mine.direction, mine.threshold) != wanted:
                own_figures.change(unit, mine.key, direction=wanted[0], threshold=wanted[1], is_passed=False)

    def _mine(self, unit: Unit, key: int, actor: Actor) -> OwnFigure:
        found = own_figures.several(unit, [key]).get(key)
        if found is None or found.username != actor.username:
            raise _gone()
        return found

    # -- the watch -----------------------------------------------------------------------------------------------------

    def watch(self) -> int:
        """Tell people of figures that have passed their threshold since the last watch, once until it has been back; return of
        how many. Read as each person may see it now; what is not shown to them is told to nobody. Safe to run at any time and by
        several nodes.
        """
        if self.context.is_apart:
            return 0
        with self.context.db.read() as unit:
            rows = own_figures.watched(unit)
        known: dict[tuple[object, ...], Readings] = {}
        return sum(self._watched(name, mine, known) for name, mine in groupby(rows, key=lambda row: row.username))

    def _watched(self, username: str, rows: Iterable[OwnFigure], known: dict[tuple[object, ...], Readings]) -> int:
        with self.context.db.read() as unit:
            account = accounts.get(unit, username)
            actor = None if account is None or not account.active else acting(self.context, unit, account)
        if actor is None:
            return 0
        told = 0
        for row in rows:
            reading = self._read(row, actor, known)
            if reading is not None and reading.value is not None:
                told += self._judge(row, reading.value)
        return told

    def _read(self, row: OwnFigure, actor: Actor, known: dict[tuple[object, ...], Readings]) -> Reading | None:
        """Return a figure as an actor may see it, read once for all who see the same."""
        measure = MEASURES.get(row.measure)
        if measure is None or not measure.is_for(actor):
            return None
        place: tuple[object, ...] = measure.id, counts_names(actor)
        if measure.is_of_board:
            place = measure.id, actor.roles, "" if permissions.ALL in actor.sees else actor.username
        if place not in known:
            known[place] = measure.of(self.sources, actor)
        return known[place].reading(row.subject, is_count=measure.unit == COUNT)

    @again
    def _judge(self, row: OwnFigure, value: int | Decimal) -> bool:
        threshold = Decimal(str(row.threshold))
        is_passed = value > threshold if row.direction == ABOVE else value < threshold
        if is_passed == row.is_passed:
            return False
        with self.context.db.write() as unit:
            if not own_figures.pass_over(unit, row, is_passed=is_passed) or not is_passed:
                return False
            self.telling.tell(unit, [row.username], Fact(THRESHOLD, 0, FIGURE, row.key, about=row.measure))
        return True


def _measure(measure_id: str) -> Measure:
    if measure_id not in MEASURES:
        raise NotFound(_("There is no such figure."), remedy=_("Choose one from the list."))
    return MEASURES[measure_id]


def _gone() -> NotFound:
    return NotFound(_("This figure does not stand on your page any more."), remedy=_("Look at your figures again."))
