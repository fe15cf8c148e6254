"""Lists of cases: what somebody searches for, and the board for whoever leads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from inburgering_flow.clock import end_of_day, legal_day, running_seconds, start_of_day
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_names
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.outlooks import Outlook, Outlooks
from inburgering_flow.services.people import People
from inburgering_flow.services.phases import phases_of
from inburgering_flow.services.sheets import too_many
from inburgering_flow.store import boards, cases, incidents, terms
from inburgering_flow.store.audit import CASE_SEARCH
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit

SIZE = 50  # rows on a page
COUNTED = 1_000  # how far a list counts
SLOW, WORTH, LONGEST_KEPT = 0.3, 50, 300.0
"""Seconds; counts that took longer than the first are shown again for so many times as long as they took, at most the third."""


@dataclass(frozen=True)
class BoardRow:
    """A case in a list."""

    case: CaseItem
    person: str
    phase: str
    due: datetime | None
    """When the first running term of the organisation itself is over (the register of terms)."""
    outcome: str = ""
    """Of a case that has completed: the name of the end that it reached."""
    outlook: Outlook | None = None
    """On the board: what is to be expected of its first term."""

    @property
    def key(self) -> int:
        """The key of the case."""
        return self.case.key

    @property
    def business_key(self) -> str:
        """The name of the case."""
        return self.case.business_key


@dataclass(frozen=True)
class Board:
    """Cases by phase, owner and lateness."""

    page: Page[BoardRow]
    """Of those that fit what was chosen."""
    phases: Mapping[str, int]
    owners: Mapping[str, int]
    late: int
    total: int
    counted: datetime | None = None
    """When the counts were made; None: just now."""


@dataclass(frozen=True)
class _Counts:
    """What a board counts of all cases that somebody sees."""

    phases: Mapping[str, int]
    places: Mapping[str, list[tuple[int, str]]]
    everywhere: list[tuple[int, str]]
    owners: Mapping[str, int]
    late: int
    total: int
    moment: datetime

    def hold(self, now: datetime) -> bool:
        """Tell whether they may be shown again at a moment: not on another day, on which other cases are late."""
        return self.moment <= now and legal_day(self.moment) == legal_day(now)


@dataclass(frozen=True)
class CasePage:
    """A page of cases; ``count`` beyond 1,000 means "more"; ``before`` starts the next page."""

    rows: list[BoardRow]
    count: int
    before: int | None
    following: int | None = None
    """At which row the next page begins of a list that is sorted by a column."""
    is_sorted: bool = True
    """Not where more than 10,000 cases fit: the newest stand first, whatever was asked."""

    @property
    def has_more_than_counted(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.count > COUNTED


class CaseLists:
    """Reading many cases as an actor."""

    def __init__(self, context: Context, people: People, outlooks: Outlooks) -> None:
        self.context = context
        self.people = people
        self.outlooks = outlooks
        self._counting = threading.Lock()
        self._kept: dict[tuple[Any, ...], tuple[_Counts, float]] = {}

    def search(
        self, actor: Actor, *, text: str = "", state: str = "", dossier: str = "", before: int | None = None,
        filters: Mapping[str, Any] | None = None, by: str = "", is_descending: bool = False, start: int = 0, size: int = SIZE,
    ) -> CasePage:  # fmt: skip
        """Return a page of the cases that the actor sees, newest first, those that have ended too unless ``state`` says.

        ``text`` is what somebody looks for: words of a name, the beginning of the name of a case, or an identifying number;
        ``dossier`` is the name of a case as it is, ``filters`` are those of ``narrowed``. ``by`` is a name in
        ``store.cases.ORDERS``: then a page begins at the row ``start``. Raises InvalidInput for a text that says too little.
        """
        sought = self.people.sought(text) if text.strip() else None
        with self.context.db.read() as unit:
            limit = cases.COUNT_LIMIT if by else COUNTED
            count = cases.count(unit, actor, state=state, sought=sought, limit=limit, filters=filters)
            is_sorted = bool(by) and count <= limit
            if is_sorted:
                found = cases.sorted_page(
                    unit, actor, by, start, size + 1, state=state, sought=sought, is_descending=is_descending,
                    filters=filters or {},
                )  # fmt: skip
            else:
                found = cases.search(
                    unit, actor, state=state, dossier=dossier.strip(), sought=sought, before=before, most=size + 1,
                    filters=filters,
                )  # fmt: skip
            rows = self._rows(unit, found[:size], actor)
        self._log(actor, "cases", rows, self.people.number_in(text) or f"{text} {dossier}")
        is_more = len(found) > size
        return CasePage(
            rows, min(count, COUNTED + 1), rows[-1].case.key if is_more and not is_sorted else None,
            start + size if is_more and is_sorted else None, is_sorted or not by,
        )  # fmt: skip

    def narrowed(
        self, *, process_id: str = "", owner: str = "", is_unowned: bool = False, location: str = "",
        since: date | None = None, until: date | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Return filters of a list: of a process, an owner or none, a location, begun since and until a day."""
        return {
            "process_id": process_id, "owner": "" if is_unowned else owner, "unowned": is_unowned, "location": location,
            "since": None if since is None else start_of_day(since), "until": None if until is None else end_of_day(until),
        }  # fmt: skip

    def taken(
        self, actor: Actor, state: str, filters: Mapping[str, Any], what: str, *, by: str = "", is_descending: bool = False
    ) -> CasePage:
        """Return all cases of a list for a file, and log that they were taken; raises InvalidInput for more than 10,000."""
        found = self.search(
            actor, state=state, filters=filters, by=by, is_descending=is_descending, size=cases.COUNT_LIMIT
        )
        if found.before is not None:
            raise too_many()
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, "export.file", detail={"what": what})
        return found

    def board(self, actor: Actor, *, phase: str | None = None, owner: str | None = None, start: int = 0) -> Board:
        """Return a page of the running cases, what is due first at the top, and how many there are by phase and owner.

        Counts are of all cases that the actor sees, one in two phases counts in both; ``phase`` and ``owner`` choose what
        is listed, empty ones the cases without. Raises Forbidden for an actor who may not see it.
        """
        actor.require(permissions.BOARD)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            counted, is_kept = self._counted(unit, actor)
            where = None
            if phase is not None:
                where = boards.In(counted.places.get(phase, [])) if phase else boards.In(counted.everywhere, without=True)
            if where is not None:
                fitting = boards.count(unit, actor, where, owner)
            elif owner is not None and is_kept:
                fitting = boards.count(unit, actor, None, owner)
            else:
                fitting = counted.total if owner is None else counted.owners.get(owner, 0)
            left = max(0, min(SIZE, fitting - start))  # nothing is looked for that is not there
            rows = self._rows(unit, boards.page(unit, actor, where, owner, start, left), actor) if left else []
        outlooks = self.outlooks.of_cases([r.case.key for r in rows if r.due is not None], actor)
        rows = [replace(r, outlook=outlooks.get(r.case.key)) for r in rows]
        self._log(actor, "board", rows)
        return Board(
            Page(rows, start, fitting, SIZE), counted.phases, counted.owners, counted.late, counted.total,
            counted.moment if is_kept else None,
        )  # fmt: skip

    def _counted(self, unit: Unit, actor: Actor) -> tuple[_Counts, bool]:
        """Return the counts of the board, and whether they are of earlier: what took long to count is shown for a while."""
        key = (actor.roles, actor.sees, *(() if permissions.ALL in actor.sees else (actor.username, actor.location)))
        with self._counting:
            kept = self._kept.get(key)
            if kept is not None and kept[1] > running_seconds() and kept[0].hold(self.context.clock.now()):
                return kept[0], True
            began = running_seconds()
            found = self._count(unit, actor)
            spent = running_seconds() - began
            if spent > SLOW:
                self._kept[key] = (found, running_seconds() + min(LONGEST_KEPT, spent * WORTH))
            else:
                self._kept.pop(key, None)
        return found, False

    def _count(self, unit: Unit, actor: Actor) -> _Counts:
        places: dict[str, list[tuple[int, str]]] = {}
        phases: Counter[str] = Counter()
        for definition, element_id, called, count in boards.by_phase(unit, actor):
            if called is None or not actor.closed(self.context.catalog.family_of(called)):
                name = self.context.catalog.process(definition).elements[element_id].name
                phases[name] += count
                places.setdefault(name, []).append((definition, element_id))
        owners = boards.by_owner(unit, actor)
        total = sum(owners.values())
        everywhere = [place for found in places.values() for place in found]
        if without := total - boards.count(unit, actor, boards.In(everywhere)):
            phases[""] = without
        now = self.context.clock.now()
        return _Counts(phases, places, everywhere, owners, boards.late(unit, actor, now), total, now)

    def _log(self, actor: Actor, name: str, rows: list[BoardRow], searched: str = "") -> None:
        log_list(
            self.context, actor, name, sum(1 for r in rows if r.person), search=CASE_SEARCH, searched=searched,
            cases=[r.case.key for r in rows],
        )  # fmt: skip

    def _rows(self, unit: Unit, found: list[CaseItem], actor: Actor) -> list[BoardRow]:
        keys = [c.key for c in found]
        outcomes = self._outcomes(unit, found)
        names = shown_names(unit, actor, ((c.key, c) for c in found))
        phases = phases_of(unit, self.context.catalog, keys, actor)
        due = terms.next_by_case(unit, keys)
        stuck = incidents.stuck_roots(unit, keys)
        return [
            BoardRow(
                replace(c, has_incident=c.key in stuck), names.get(c.key, ""), ", ".join(phases.get(c.key, [])),
                due.get(c.key), outcomes.get(c.key, ""),
            )
            for c in found
        ]  # fmt: skip

    def _outcomes(self, unit: Unit, found: list[CaseItem]) -> dict[int, str]:
        ended = [c.key for c in found if c.end is not None]
        if not ended:
            return {}
        with self.context.catalog.within(unit):
            reached = {
                key: self.context.catalog.process(definition).elements.get(element)
                for key, (definition, element) in cases.endings(unit, ended).items()
            }
        return {key: element.name for key, element in reached.items() if element is not None}
