"""Who does and sees what: that each open task can be done by somebody, in which order work stands, and what is hidden from whom.

All of it comes from what decides it: the standing look for lost tasks, the deployed processes and their data dictionaries, the
table of roles, and the accounts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from inburgering_flow.bpmn.definition import written_names
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.lost_tasks import LostTasks
from inburgering_flow.services.term_entries import Term, data_terms
from inburgering_flow.store import accounts, definitions

STALE = timedelta(minutes=15)
"""After this a look for lost tasks is repeated by whoever opens the page."""
GUARDED = ("special", "personal")


@dataclass(frozen=True)
class Proof:
    """How many tasks were open, how many of them nobody could do, and when that was looked at."""

    open: int
    lost: int
    looked: datetime


@dataclass(frozen=True)
class Hands:
    """A role: how many open accounts have it, and which steps of deployed processes (process → names of tasks) it does."""

    role: str
    people: int
    steps: Mapping[str, tuple[str, ...]]

    @property
    def count(self) -> int:
        """How many steps that are."""
        return sum(map(len, self.steps.values()))


@dataclass(frozen=True)
class Clock:
    """A statutory term by which work is ordered: of which family of processes, and which roles see it."""

    family: str
    term: Term
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Guarded:
    """Data of one kind that one set of roles may read: of which family, and what it means."""

    family: str
    category: str
    roles: tuple[str, ...]
    meanings: tuple[str, ...]


@dataclass(frozen=True)
class Assured:
    """What the page shows."""

    proof: Proof
    hands: tuple[Hands, ...]
    clocks: tuple[Clock, ...]
    guarded: tuple[Guarded, ...]


class Assurances:
    """Use cases of whoever has to know that nothing is lost and nobody sees too much: who leads, runs or audits the platform."""

    def __init__(self, context: Context, lost_tasks: LostTasks) -> None:
        self.context = context
        self.lost_tasks = lost_tasks

    def view(self, actor: Actor) -> Assured:
        """Return what the page shows; looks for lost tasks anew where the last look is old."""
        if not any(map(actor.may, (permissions.INCIDENT, permissions.BOARD))):
            actor.require(permissions.AUDIT)
        dictionaries = self._dictionaries()
        return Assured(self._proof(), self._hands(), tuple(_clocks(dictionaries)), tuple(_guarded(dictionaries)))

    def _proof(self) -> Proof:
        found = self.lost_tasks
        if found.looked is None or self.context.clock.now() - found.looked > STALE:
            found.look()
        assert found.looked is not None  # it has just looked
        return Proof(found.open, found.last, found.looked)

    def _hands(self) -> tuple[Hands, ...]:
        steps: dict[str, dict[str, list[str]]] = {name: {} for name in self.context.roles}
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            people = Counter(role for one in accounts.all_accounts(unit) if one.active for role in set(one.roles))
            for row in definitions.newest(unit, "process"):
                for element in self.context.catalog.process(row.key).elements.values():
                    groups = element.candidate_groups
                    for name in written_names(groups.source) if groups is not None and not groups.is_expression else ():
                        steps.setdefault(name, {}).setdefault(row.name, []).append(element.name or element.id)
        found = (Hands(role, people[role], {name: tuple(of) for name, of in their.items()}) for role, their in steps.items())
        return tuple(found)

    def _dictionaries(self) -> dict[str, bytes]:
        """Return the dictionary of the newest processes by family."""
        with self.context.db.read() as unit:
            keys = {row.data_resource_key for row in definitions.newest(unit, "process") if row.data_resource_key}
            contents = [definitions.content(unit, key) for key in sorted(keys)]
        return {PurePosixPath(name).parent.name: content for name, content in contents}


def _entries(content: bytes) -> list[dict[str, Any]]:
    return [entry for entry in json.loads(content) if isinstance(entry, dict)]


def _clocks(dictionaries: Mapping[str, bytes]) -> list[Clock]:
    found = []
    for family, content in sorted(dictionaries.items()):
        for entry in _entries(content):
            given = entry.get("term") or []
            for one in given if isinstance(given, list) else [given]:
                alone = json.dumps([{**entry, "term": one}]).encode()
                within = (one.get("in") or [""]) if isinstance(one, dict) else [""]
                term = data_terms(alone, within[0]).get(str(entry.get("name")))
                if term is not None:
                    found.append(Clock(family, term, tuple(entry.get("roles") or ())))
    return found


def _guarded(dictionaries: Mapping[str, bytes]) -> list[Guarded]:
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for family, content in sorted(dictionaries.items()):
        for entry in _entries(content):
            if entry.get("category") in GUARDED:
                key = (str(entry["category"]), family, tuple(sorted(entry.get("roles") or ())))
                groups.setdefault(key, []).append(str(entry.get("meaning") or entry.get("name")))
    found = [Guarded(family, category, roles, tuple(of)) for (category, family, roles), of in groups.items()]
    return sorted(found, key=lambda one: (GUARDED.index(one.category), one.family, one.roles))
