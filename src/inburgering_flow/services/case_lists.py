"""Lists of cases: what somebody searches for, and the board for whoever leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from inburgering_flow.clock import end_of_day, start_of_day
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.case_places import closed_families, phase_of
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_names
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.outlooks import Outlook
from inburgering_flow.services.people import People
from inburgering_flow.services.sheets import too_many
from inburgering_flow.store import cases, incidents
from inburgering_flow.store.audit import CASE_SEARCH
from inburgering_flow.store.case_facts import Wanted
from inburgering_flow.store.cases import CaseItem, PlacedCase
from inburgering_flow.store.database import Unit

SIZE = 50  # rows on a page
COUNTED = 1_000  # how far a list counts


@dataclass(frozen=True)
class BoardRow:
    """A case in a list."""

    case: CaseItem
    person: str
    phase: str
    """The name of the main phase, empty where there is none or it is closed to the reader."""
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

    def __init__(self, context: Context, people: People) -> None:
        self.context = context
        self.people = people

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
            rows = rows_of(unit, self.context, found[:size], actor)
        self._log(actor, "cases", rows, self.people.number_in(text) or f"{text} {dossier}")
        is_more = len(found) > size
        return CasePage(
            rows, min(count, COUNTED + 1), rows[-1].case.key if is_more and not is_sorted else None,
            start + size if is_more and is_sorted else None, is_sorted or not by,
        )  # fmt: skip

    def narrowed(
        self, *, process_id: str = "", owner: str = "", is_unowned: bool = False, location: str = "",
        since: date | None = None, until: date | None = None, facts: Sequence[Wanted] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """Return filters of a list: of a process, an owner or none, a location, begun since and until a day, with these facts
        (``CaseFacts.wanted``).
        """
        return {
            "process_id": process_id, "owner": "" if is_unowned else owner, "unowned": is_unowned, "location": location,
            "since": None if since is None else start_of_day(since), "until": None if until is None else end_of_day(until),
            "facts": tuple(facts),
        }  # fmt: skip

    def taken(
        self, actor: Actor, state: str, filters: Mapping[str, Any], what: str, *, by: str = "", is_descending: bool = False,
        only: Sequence[int] | None = None,
    ) -> CasePage:  # fmt: skip
        """Return all cases of a list for a file, or ``only`` these of what the actor sees, and log that they were taken; raises
        InvalidInput for more than 10,000.
        """
        if only is not None:
            state, filters = "", {"keys": tuple(only)}
        found = self.search(
            actor, state=state, filters=filters, by=by, is_descending=is_descending, size=cases.COUNT_LIMIT
        )
        if found.before is not None:
            raise too_many()
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, "export.file", detail={"what": what})
        return found

    def _log(self, actor: Actor, name: str, rows: list[BoardRow], searched: str = "") -> None:
        named = [r.key for r in rows if r.person]
        log_list(
            self.context, actor, name, len(named), search=CASE_SEARCH, searched=searched, cases=[r.key for r in rows],
            rows=named,
        )  # fmt: skip


def rows_of(unit: Unit, context: Context, found: Sequence[PlacedCase], actor: Actor) -> list[BoardRow]:
    """Return cases as rows of a list, with what the actor may know of each."""
    outcomes = _outcomes(unit, context, found)
    names = shown_names(unit, actor, ((c.key, c) for c in found))
    stuck = incidents.stuck_roots(unit, [c.key for c in found])
    closed = closed_families(actor)
    with context.catalog.within(unit):
        return [
            BoardRow(
                c.shown(c.key in stuck), names.get(c.key, ""), phase_of(context.catalog, c, closed), c.due,
                outcomes.get(c.key, ""),
            )
            for c in found
        ]  # fmt: skip


def _outcomes(unit: Unit, context: Context, found: Sequence[CaseItem]) -> dict[int, str]:
    ended = [c.key for c in found if c.end is not None]
    if not ended:
        return {}
    with context.catalog.within(unit):
        reached = {
            key: context.catalog.process(definition).elements.get(element)
            for key, (definition, element) in cases.endings(unit, ended).items()
        }
    return {key: element.name for key, element in reached.items() if element is not None}
