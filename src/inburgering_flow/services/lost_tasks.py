"""The standing proof that no task is lost: each open task is seen, and can be done, by somebody with an open account."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import LOCATION, SYSTEM, Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services import duties
from inburgering_flow.services.context import Context
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.tasks import Tasks
from inburgering_flow.store import accounts, cases, tasks, unreachable
from inburgering_flow.store.database import Unit
from inburgering_flow.store.unreachable import LostTask

log = logging.getLogger(__name__)
SIZE = 100  # rows on a page
AT_ONCE = 2_000  # tasks whose excluded are read together


@dataclass(frozen=True)
class Lost:
    """A task that nobody can do, why, and what to do about it.

    ``is_open``: whoever asked sees its case. To others the task has neither the name nor the location of the case.
    """

    task: LostTask
    reason: str
    remedy: str
    is_open: bool = True


class LostTasks:
    """Looking for tasks that nobody can do."""

    def __init__(self, context: Context, user_tasks: Tasks) -> None:
        self.context = context
        self.user_tasks = user_tasks
        self.last = 0
        """How many were found when this program last looked."""
        self.open = 0
        """How many tasks were open then."""
        self.looked: datetime | None = None
        """When that was."""

    def find(self, actor: Actor = SYSTEM, start: int = 0, size: int = SIZE) -> Page[Lost]:
        """Return a page of the open tasks that nobody can do, with the reason.

        For who leads, for who keeps the platform going, and for the program itself. The look at names of cases is logged.
        """
        if not actor.may(permissions.INCIDENT):
            actor.require(permissions.BOARD)
        with self.context.db.read() as unit:
            open_accounts = [a for a in accounts.all_accounts(unit) if a.active]
            people: dict[Actor, list[str]] = {}
            for account in open_accounts:
                shared = Actor("", tuple(sorted(account.roles)), account.location, table=self.context.roles)
                people.setdefault(shared, []).append(account.username)
            actors = [Actor(a.username, a.roles, a.location, table=self.context.roles) for a in open_accounts]
            unseen = unreachable.find(unit, people)
            excluded = self._excluded(unit, actors)
            for key in unseen:
                excluded.pop(key, None)
            every = [*unseen, *excluded]
            count = tasks.count_open(unit)
            found = unreachable.described(unit, every[start : start + size])
            tasks_of = [found[key] for key in every[start : start + size] if key in found]
            seen = cases.seen(unit, actor, [task.root_key for task in tasks_of])
        lost = []
        for task in tasks_of:
            is_open = task.root_key in seen
            shown = task if is_open else replace(task, business_key="", location=None)
            is_barred = task.key in excluded
            why = _duties(is_unknown=excluded[task.key]) if is_barred else self._why(shown, actors)
            lost.append(Lost(shown, *why, is_open))
        self.last, self.open, self.looked = len(every), count, self.context.clock.now()
        log_list(self.context, actor, "lost", sum(1 for x in lost if x.task.business_key))
        return Page(lost, start, len(every), size)

    def _why(self, task: LostTask, actors: list[Actor]) -> tuple[str, str]:
        able = [a for a in actors if set(a.roles) & set(task.candidate_groups) or a.username in task.candidate_users]
        names = ", ".join((*task.candidate_groups, *task.candidate_users))
        if names and not able:
            return (
                _("Nobody with an open account is {whom}.").format(whom=names),
                _("Give somebody that role, or open an account again."),
            )
        if task.assignee is not None and task.assignee not in {a.username for a in able}:
            return (
                _("It is {assignee}'s, who may not do it or has no open account.").format(assignee=task.assignee),
                _("Assign it to somebody else."),
            )
        if able and all(p.cases == LOCATION for a in able for p in a.powers if p.name in task.candidate_groups):
            where = _("Nobody who may do it works at the location {location}.").format(location=task.location)
            return (
                where if task.location else _("Nobody who may do it works at the location of the case, or it has none."),
                _("Correct the location of the case."),
            )
        return (
            _("Nobody who may do it sees the case; it is led by {owner}.").format(owner=task.owner or "–"),
            _("Give the case to somebody else."),
        )

    def _excluded(self, unit: Unit, actors: list[Actor]) -> dict[int, bool]:
        """Return the keys of tasks that all who could do them may not do, because of an earlier step (``nietDoor``), and of
        each whether that is because it cannot be computed.
        """
        lost: dict[int, bool] = {}
        with self.context.catalog.within(unit):
            with_duty = [
                place for place in tasks.open_places(unit)
                if duties.EXCLUDES in self.context.catalog.process(place[0]).elements[place[1]].properties
            ]  # fmt: skip
            for many in tasks.open_at(unit, with_duty, AT_ONCE):
                lost.update(self._excluded_of(unit, many, actors))
        return lost

    def _excluded_of(self, unit: Unit, many: list[UserTask], actors: list[Actor]) -> Iterator[tuple[int, bool]]:
        """Yield the keys of those tasks that somebody sees and could do, and nobody of them may, and whether that is because
        nobody knows who may not.

        Whoever may is asked first, until somebody sees the task, so that few are asked where all is well.
        """
        excluded = self.user_tasks.excluded_of(unit, many)
        root_keys = {task.key: task.root_key for task in many}
        alike: dict[Any, set[str]] = {}  # who may do a task follows from its candidates alone
        able: dict[int, set[str]] = {}
        for task in many:
            whom = (task.candidate_groups, task.candidate_users)
            if whom not in alike:
                alike[whom] = {a.username for a in actors if may_do(task, a)}
            able[task.key] = alike[whom]

        def reached(among: dict[int, set[str]]) -> set[int]:
            left = {key for key, names in among.items() if names}
            found: set[int] = set()
            for actor in actors:
                theirs = [key for key in left if actor.username in among[key]]
                seen = cases.seen(unit, actor, [root_keys[key] for key in theirs])
                found.update(key for key in theirs if root_keys[key] in seen)
                left -= found
            return found

        unknown = {key for key, names in excluded.items() if isinstance(names, duties.Everybody)}
        free = reached({key: names - excluded[key] for key, names in able.items() if key not in unknown})
        barred = {key: names if key in unknown else names & excluded[key] for key, names in able.items() if key not in free}
        for key in sorted(reached(barred)):
            yield key, key in unknown

    def look(self) -> int:
        """Look, and leave a line in the program's log where a task is lost; return how many. Safe to run at any time."""
        found = self.find()
        if found.total:
            keys = ", ".join(str(x.task.key) for x in found.rows[:20])
            log.warning("%d open tasks can be done by nobody, among them: %s", found.total, keys)
        return found.total


def _duties(*, is_unknown: bool) -> tuple[str, str]:
    if is_unknown:
        return (
            _("Who may not do it cannot be computed (the property nietDoor), so nobody may."),
            _("Correct the facts of the case from which it follows, or let the model be corrected."),
        )
    return _("Everybody who could do it did an earlier step that it reviews."), _("Give somebody else the role.")
