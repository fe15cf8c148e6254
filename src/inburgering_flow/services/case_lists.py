"""Lists of cases: what somebody searches for, and the board for whoever leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.people import search_name
from inburgering_flow.services.phases import phases_of
from inburgering_flow.store import cases, incidents, people
from inburgering_flow.store.audit import CASE_SEARCH
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class BoardRow:
    """A case on the board."""

    case: CaseItem
    person: str
    phase: str
    due: datetime | None


@dataclass(frozen=True)
class Board:
    """Cases by phase, owner and lateness."""

    rows: list[BoardRow]
    phases: Mapping[str, int]
    owners: Mapping[str, int]
    late: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


class CaseLists:
    """Reading many cases as an actor."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def search(self, actor: Actor, *, state: str = "", dossier: str = "", name: str = "") -> list[BoardRow]:
        """Return cases that the actor sees."""
        with self.context.db.read() as unit:
            keys = cases.people_named(unit, search_name(name)) if name.strip() else None
            found = cases.search(unit, actor, state=state, dossier=dossier.strip(), people=keys)
            rows = self._rows(unit, found, actor)
        self._log(actor, "cases", rows, f"{name} {dossier}")
        return rows

    def board(self, actor: Actor) -> Board:
        """Return every running case by phase and owner; raises Forbidden for an actor who may not see it."""
        actor.require(permissions.BOARD)
        now = self.context.clock.now()
        with self.context.db.read() as unit:
            rows = self._rows(unit, cases.search(unit, actor, state=cases.RUNNING, most=1000), actor)
        self._log(actor, "board", rows)
        rows.sort(key=lambda r: (r.due is None, r.due or now, r.case.key))
        return Board(
            rows, Counter(r.phase for r in rows), Counter(r.case.owner or "" for r in rows),
            sum(1 for r in rows if r.due is not None and r.due <= now),
        )  # fmt: skip

    def _log(self, actor: Actor, name: str, rows: list[BoardRow], searched: str = "") -> None:
        log_list(
            self.context, actor, name, sum(1 for r in rows if r.person), search=CASE_SEARCH, searched=searched,
            cases=[r.case.key for r in rows],
        )  # fmt: skip

    def _rows(self, unit: Unit, found: list[CaseItem], actor: Actor) -> list[BoardRow]:
        keys = [c.key for c in found]
        names = people.names(unit, [c.person_key for c in found if c.person_key])
        phases = phases_of(unit, self.context.catalog, keys, actor)
        due = cases.next_due_by_case(unit, keys)
        stuck = incidents.stuck_roots(unit, keys)
        return [
            BoardRow(
                replace(c, has_incident=c.key in stuck), names.get(c.person_key or 0, ""), ", ".join(phases.get(c.key, [])),
                d if (d := due.get(c.key)) is not None and d.year < 9000 else None,
            )
            for c in found
        ]  # fmt: skip
