"""Somebody's day: in which order their tasks press and why, and which of their cases wait for others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inburgering_flow.model.permissions import CASELOAD, Actor
from inburgering_flow.model.runtime import SUSPENDED, UserTask
from inburgering_flow.services.case_parts import Waiting
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_names
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.list_looks import log_lists
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.waiting import first_waits
from inburgering_flow.store import my_day
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit
from inburgering_flow.store.task_lists import TaskItem

LED, SHOWN = 200, 15  # cases that are looked at, and those that are shown
NEVER = 9000  # from this year on a day stands for none


@dataclass(frozen=True)
class Pressing:
    """When a task presses: the first statutory day of its case, or its own where that is earlier."""

    due: datetime
    term: str = ""
    """The title of the term of the case; empty: it is the task's own last day."""
    norm: str = ""
    """The norm that the term keeps, as the data dictionary names it."""


@dataclass(frozen=True)
class WaitingCase:
    """A case of somebody in which others have to do something first, and that which has waited longest."""

    case: CaseItem
    person: str
    waits: Waiting


class MyDay:
    """Reading what presses and what waits, as an actor."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def pressing(self, actor: Actor, items: Sequence[TaskItem]) -> dict[int, Pressing]:
        """Return of tasks that the actor sees when each presses and why, by key; those without any date are left out.

        Terms of parts that are closed to the actor, or that the data dictionary hides from them, do not count.
        """
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            first = self._first_terms(unit, actor, {item.root_key for item in items})
        found = {}
        for item in items:
            own = Pressing(item.due) if item.due is not None and item.due.year < NEVER else None
            days = [one for one in (first.get(item.root_key), own) if one is not None]
            if days:
                found[item.key] = min(days, key=lambda one: one.due)
        return found

    def _first_terms(self, unit: Unit, actor: Actor, root_keys: Collection[int]) -> Mapping[int, Pressing]:
        catalog, found = self.context.catalog, dict[int, Pressing]()
        for row in my_day.terms_of(unit, root_keys) if root_keys else ():
            term = catalog.terms_of(row.definition_key).get(row.name)
            is_open = not actor.closed(catalog.family_of(row.definition_key))
            if term is not None and is_open and may_read(catalog, row.definition_key, row.name, actor):
                found.setdefault(row.root_key, Pressing(row.due, term.title, term.norm))
        return found

    def waiting(self, actor: Actor) -> list[WaitingCase]:
        """Return running cases that the actor leads and in which there is nothing to do for them now, what has waited longest
        first, at most ``SHOWN``: the first task of somebody else in each, or the message that it stands at.
        """
        if CASELOAD not in actor.sees:
            return []
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            cases = {c.key: c for c in my_day.led_by(unit, actor.username, LED) if c.state != SUSPENDED}
            waits = self._waits(unit, actor, cases) if cases else {}
            shown = sorted(waits.items(), key=lambda one: (one[1].since is None, one[1].since, one[0]))[:SHOWN]
            names = shown_names(unit, actor, ((key, cases[key]) for key, _waits in shown))
        log_lists(self.context, actor, {"waiting": list(names)})
        return [WaitingCase(cases[key], names.get(key, ""), one) for key, one in shown]

    def _waits(self, unit: Unit, actor: Actor, cases: Mapping[int, CaseItem]) -> dict[int, Waiting]:
        others, busy = list[UserTask](), set[int]()
        for task in my_day.open_tasks(unit, cases):
            if task.assignee == actor.username or (task.assignee is None and may_do(task, actor)):
                busy.add(task.root_key)
            else:
                others.append(task)
        found = first_waits(unit, self.context.catalog, actor, cases, others)
        return {key: one for key, one in found.items() if key not in busy}
