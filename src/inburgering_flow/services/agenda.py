"""The agenda of a week: last days of terms, tasks that are due, and appointments, of oneself or of all whose cases one sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from inburgering_flow.clock import LEGAL_ZONE, legal_day, legal_last_day, start_of_day
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_names
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.store import absences, agenda
from inburgering_flow.store.agenda import MINE, OTHERS, TEAM, AgendaRow
from inburgering_flow.store.appointments import DONE
from inburgering_flow.store.database import Unit

APPOINTMENT, TERM, TASK = "APPOINTMENT", "TERM", "TASK"
MOST = 300  # of each kind in a week
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Item:
    """What stands on a day; ``title`` is the dictionary's, empty for a task, whose name is its element's. ``at`` is empty for a
    whole day.
    """

    kind: str
    row: AgendaRow
    day: date
    title: str
    at: datetime | None = None
    is_done: bool = False
    of: str | None = None
    """For whom the actor stands in, where it stands in the agenda by that alone; empty: for several, or it cannot be told."""


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday on, each with what stands on it; ``names`` are of persons, by the key of their case."""

    monday: date
    days: Mapping[date, list[Item]]
    names: Mapping[int, str]
    has_more: bool
    """There is more in it than is shown."""
    today: date


class Agenda:
    """Use cases about agendas."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def week(self, actor: Actor, day: date | None = None, *, of_team: bool = False) -> Week:
        """Return the week that a day lies in (today's where none is given); names stand in it, so the look is logged."""
        today = legal_day(self.context.clock.now())
        given = day or today
        monday = given - timedelta(days=given.weekday())
        with self.context.db.read() as unit:
            items, has_more = self.items_in(unit, actor, monday, monday + WEEK, of_team=of_team, most=MOST)
            names = shown_names(unit, actor, ((item.row.root_key, item.row) for item in items))
        log_list(self.context, actor, "agenda", len(names), rows=list(names))
        days: dict[date, list[Item]] = {monday + timedelta(days=number): [] for number in range(7)}
        for item in items:
            days[item.day].append(item)
        return Week(monday, days, names, has_more, today)

    def items_in(
        self, unit: Unit, actor: Actor, first: date, end: date, *, of_team: bool, most: int
    ) -> tuple[list[Item], bool]:  # fmt: skip
        """Return what stands on the days from the first up to the end, in order, and whether there is more; what is closed to the
        actor is left out. A deputy has those of the colleague too, up to the day on which that one is back.
        """
        since, until = start_of_day(first), start_of_day(end)
        with self.context.catalog.within(unit):
            found = [
                (kind, row)
                for kind, read in READ.items()
                for row in read(unit, actor, since, until, most + 1, whose=TEAM if of_team else MINE)
            ]
            items = [item for kind, row in found if (item := self._item(kind, row, actor)) is not None]
            counts = Counter(kind for kind, _row in found)
            if actor.stands_in is not None and not of_team:
                more = [
                    (kind, row) for kind, read in READ.items()
                    for row in read(unit, actor, since, until, most + 1, whose=OTHERS)
                ]  # fmt: skip
                items += self._for_others(unit, actor, {(item.kind, item.row.key) for item in items}, more)
                counts += Counter(kind for kind, _row in more)
        ordered = sorted(items, key=lambda item: (item.day, item.at is None, item.at or item.row.moment, ORDER[item.kind]))
        return ordered, max(counts.values(), default=0) > most

    def _for_others(
        self, unit: Unit, actor: Actor, own: Collection[tuple[str, int]], found: Sequence[tuple[str, AgendaRow]]
    ) -> list[Item]:
        """Return what stands in a deputy's agenda beside what is the deputy's own."""
        assert actor.stands_in is not None
        until = {one.username: one.until for one in absences.of_deputy(unit, actor.username, actor.stands_in)
                 if one.since <= actor.stands_in}  # fmt: skip
        items = []
        for kind, row in found:
            item = None if (kind, row.key) in own else self._item(kind, row, actor)
            of = next((name for name in (row.assignee, row.owner) if name in until), "")
            if item is not None and item.day <= (until[of] if of else max(until.values())):
                items.append(replace(item, of=of))
        return items

    def _item(self, kind: str, row: AgendaRow, actor: Actor) -> Item | None:
        catalog = self.context.catalog
        if actor.closed(catalog.family_of(row.definition_key)):
            return None
        if kind == TASK:
            return Item(kind, row, legal_last_day(row.moment), "")
        known = catalog.terms_of(row.definition_key) if kind == TERM else catalog.appointments_of(row.definition_key)
        if row.name not in known or not may_read(catalog, row.definition_key, row.name, actor):
            return None
        title = known[row.name].title
        if kind == TERM:
            return Item(kind, row, legal_last_day(row.moment), title)
        at = None if row.is_day else row.moment.astimezone(LEGAL_ZONE)
        return Item(kind, row, legal_day(row.moment), title, at, row.state == DONE)


READ = {APPOINTMENT: agenda.appointments, TERM: agenda.terms, TASK: agenda.tasks}
ORDER = {APPOINTMENT: 0, TERM: 1, TASK: 2}
