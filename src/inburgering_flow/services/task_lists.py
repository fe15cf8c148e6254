"""Lists of user tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from inburgering_flow.clock import end_of_day, legal_day
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CANCELED, COMPLETED, CREATED, UserTask
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_names
from inburgering_flow.services.list_looks import log_list, log_lists
from inburgering_flow.services.people import People
from inburgering_flow.services.places import place_in
from inburgering_flow.services.sheets import too_many
from inburgering_flow.store import absences, task_lists
from inburgering_flow.store.audit import TASK_SEARCH
from inburgering_flow.store.case_facts import Wanted
from inburgering_flow.store.database import Unit
from inburgering_flow.store.task_lists import TaskItem

SIZE = 50  # rows on a page
WORK = {"mijn": 100, "rollen": 8}  # rows of each list on the page with one's work
BADGE = 1_000  # how far a page counts at first; a list goes on to 10,000 after it is shown


@dataclass(frozen=True)
class TaskRows:
    """One page of tasks; ``count`` beyond 1,000 means "more"; ``names`` are of persons, by the key of their case."""

    items: list[TaskItem]
    count: int
    after: str | None
    """Where the next page begins of a list by legal date."""
    names: Mapping[int, str]
    following: int | None = None
    """At which row the next page begins of a list that is sorted by a column."""
    absent: Mapping[str, date] = field(default_factory=dict)
    """Who of those who have a task is away today, and until which day."""
    is_sorted: bool = True
    """Not where more than 10,000 tasks fit: those stand by legal date, whatever was asked."""

    @property
    def has_more_than_counted(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.count > BADGE


class TaskLists:
    """Reading many tasks: of all cases, and as an actor."""

    def __init__(self, context: Context, persons: People) -> None:
        self.context = context
        self.persons = persons

    def find(
        self, *, state: str | None = None, candidate_group: str | None = None, assignee: str | None = None,
        instance_key: int | None = None, element_id: str | None = None, most: int = 10_000,
    ) -> list[UserTask]:  # fmt: skip
        """Return tasks, the most urgent first: by due date, then the oldest."""
        if state not in (None, CREATED, COMPLETED, CANCELED):
            raise InvalidInput(
                _("A task has no state {state}.").format(state=repr(state)),
                remedy=_("Ask for CREATED, COMPLETED or CANCELED."),
            )
        with self.context.db.read() as unit:
            return task_lists.find(
                unit, state=state, candidate_group=candidate_group, assignee=assignee, instance_key=instance_key,
                element_id=element_id, most=most,
            )  # fmt: skip

    def page(
        self, actor: Actor, view: str = "rollen", filters: Mapping[str, Any] | None = None, after: str | None = None,
        size: int = SIZE, text: str = "", *, by: str = "", is_descending: bool = False, start: int = 0,
    ) -> TaskRows:  # fmt: skip
        """Return a page of open tasks: ``mijn``, ``rollen`` (free ones of my roles) or ``alle``.

        They stand by legal date, and a page begins ``after`` the last row of the one before; or ``by`` a name in
        ``store.task_lists.ORDERS``, from the row ``start``. ``filters`` are those of ``narrowed``, ``text`` is what somebody
        looks for, as in ``CaseLists.search``. Raises InvalidInput for a page that is none.
        """
        chosen: dict[str, Any] = dict(filters or {})
        cursor = place_in(after)
        if text.strip():
            chosen["sought"] = self.persons.sought(text)
        with self.context.db.read() as unit:
            count, is_sorted = 0, True
            if by:
                count = task_lists.count(unit, actor, view, chosen)
                is_sorted = count <= task_lists.COUNT_LIMIT
            if by and is_sorted:
                found = task_lists.sorted_page(
                    unit, actor, view, chosen, by, start, size + 1, is_descending=is_descending
                )
            else:
                found = task_lists.page(unit, actor, view, chosen, cursor, size + 1)
                count = count or task_lists.count(unit, actor, view, chosen, BADGE)
            names = shown_names(unit, actor, ((i.root_key, i) for i in found))
            absent = self._absent(unit, actor, found)
        items = found[:size]
        self._log(actor, view, items, text)
        is_more, next_after, following = len(found) > size, None, None
        if is_more and by and is_sorted:
            following = start + size
        elif is_more:
            next_after = f"{items[-1].sort_due.isoformat()}~{items[-1].key}"
        return TaskRows(items, min(count, BADGE + 1), next_after, names, following, absent, is_sorted)

    def _absent(self, unit: Unit, actor: Actor, items: Sequence[TaskItem]) -> dict[str, date]:
        """Return which colleagues who have these tasks are away today; asks only where somebody else has one."""
        others = {i.assignee for i in items if i.assignee not in (None, actor.username)}
        today = legal_day(self.context.clock.now())
        return {name: one.until for name, one in absences.away(unit, today, {o for o in others if o}).items()}

    def _log(self, actor: Actor, view: str, items: Sequence[TaskItem], text: str) -> None:
        named = [i.root_key for i in items if i.person_key]
        log_list(
            self.context, actor, f"tasks.{view}", len(named), search=TASK_SEARCH,
            searched=self.persons.number_in(text) or text, cases=[i.root_key for i in items], rows=named,
        )  # fmt: skip

    def narrowed(
        self, *, process_id: str = "", name: str = "", group: str = "", assignee: str = "", is_free: bool = False,
        owner: str = "", is_late: bool = False, before: date | None = None, priority: int | None = None,
        is_wanted: bool = False, facts: Sequence[Wanted] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """Return filters of a list: of a process; with a question; for a group; of an assignee, or free; of cases of an owner;
        late; due before the end of a day; of at least a priority; without those of which the follow-up date is still to come; of
        cases with these facts (``CaseFacts.wanted``).
        """
        now = self.context.clock.now()
        return {
            "process_id": process_id, "name": name, "group": group, "assignee": "" if is_free else assignee, "free": is_free,
            "owner": owner, "late": now if is_late else None,
            "before": None if before is None else end_of_day(before),
            "priority": priority, "wanted_by": now if is_wanted else None, "facts": tuple(facts),
        }  # fmt: skip

    def taken(
        self, actor: Actor, view: str, filters: Mapping[str, Any], what: str, *, by: str = "", is_descending: bool = False,
        only: Sequence[int] | None = None,
    ) -> TaskRows:  # fmt: skip
        """Return all tasks of a list for a file, or ``only`` these of what the actor sees, and log that they were taken; raises
        InvalidInput for more than 10,000.
        """
        if only is not None:
            rows = self._ticked(actor, only, by, is_descending=is_descending)
        else:
            rows = self.page(actor, view, filters, size=task_lists.COUNT_LIMIT, by=by, is_descending=is_descending)
        if rows.after is not None:
            raise too_many()
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, "export.file", detail={"what": what})
        return rows

    def _ticked(self, actor: Actor, keys: Sequence[int], by: str, *, is_descending: bool) -> TaskRows:
        with self.context.db.read() as unit:
            items = task_lists.by_keys(unit, actor, keys, by, is_descending=is_descending)
            names = shown_names(unit, actor, ((i.root_key, i) for i in items))
        self._log(actor, "alle", items, "")
        return TaskRows(items, len(items), None, names)

    def count(self, actor: Actor, view: str, filters: Mapping[str, Any] | None = None) -> int:
        """Count the tasks of a list exactly to 10,000; 10,001 means more."""
        with self.context.db.read() as unit:
            return task_lists.count(unit, actor, view, dict(filters or {}))

    def work(self, actor: Actor) -> tuple[TaskRows, TaskRows, dict[str, int]]:
        """Return the first page of somebody's own tasks and that of the free ones, and how many there are: mine, free for my
        roles, and late; beyond 1,000 each means "more". One look: both lists are logged together.
        """
        now = self.context.clock.now()
        with self.context.db.read() as unit:
            found = {view: task_lists.page(unit, actor, view, {}, None, size + 1) for view, size in WORK.items()}
            counts, late = {}, 0
            for view, items in found.items():
                is_whole = len(items) <= WORK[view]
                counts[view] = len(items) if is_whole else task_lists.count(unit, actor, view, {}, BADGE)
                if is_whole or items[-1].sort_due > now:  # all that are late are here: they come first
                    late += sum(i.sort_due <= now for i in items)
                else:
                    late += task_lists.count(unit, actor, view, {"late": now}, BADGE)
            names = shown_names(unit, actor, ((i.root_key, i) for items in found.values() for i in items))
            absent = self._absent(unit, actor, found["mijn"])
        pages = {
            view: TaskRows(items[: WORK[view]], counts[view], None, names, absent=absent) for view, items in found.items()
        }
        log_lists(self.context, actor, {
            f"tasks.{view}": [i.root_key for i in page.items if i.person_key] for view, page in pages.items()
        })  # fmt: skip
        return pages["mijn"], pages["rollen"], {**counts, "laat": late}
