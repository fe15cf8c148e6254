"""Lists of user tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CANCELED, COMPLETED, CREATED, UserTask
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_names
from inburgering_flow.services.list_looks import log_list, log_lists
from inburgering_flow.services.people import People
from inburgering_flow.store import task_lists
from inburgering_flow.store.audit import TASK_SEARCH
from inburgering_flow.store.task_lists import TaskItem

SIZE = 50  # rows on a page
WORK = {"mijn": 100, "rollen": 8}  # rows of each list on the page with one's work
BADGE = 1_000  # how far a page counts at first; a list goes on to 10,000 after it is shown


@dataclass(frozen=True)
class TaskRows:
    """One page of tasks; ``count`` beyond 1,000 means "more"; ``after`` starts the next page; ``names`` are of persons, by
    the key of their case.
    """

    items: list[TaskItem]
    count: int
    after: str | None
    names: Mapping[int, str]

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
        self, actor: Actor, view: str = "rollen", filters: Mapping[str, str] | None = None, after: str | None = None,
        size: int = SIZE, text: str = "",
    ) -> TaskRows:  # fmt: skip
        """Return a page of open tasks by legal date: ``mijn``, ``rollen`` (free ones of my roles) or ``alle``.

        ``text`` is what somebody looks for, as in ``CaseLists.search``.
        """
        chosen: dict[str, Any] = dict(filters or {})
        if chosen.get("late"):
            chosen["late"] = self.context.clock.now().isoformat()
        cursor = _cursor(after)
        if text.strip():
            chosen["sought"] = self.persons.sought(text)
        with self.context.db.read() as unit:
            items = task_lists.page(unit, actor, view, chosen, cursor, size + 1)
            count = task_lists.count(unit, actor, view, chosen, BADGE)
            names = shown_names(unit, actor, ((i.root_key, i) for i in items))
        more = len(items) > size
        items = items[:size]
        log_list(
            self.context, actor, f"tasks.{view}", sum(1 for i in items if i.person_key), search=TASK_SEARCH,
            searched=self.persons.number_in(text) or text, cases=[i.root_key for i in items],
        )  # fmt: skip
        next_after = f"{items[-1].sort_due.isoformat()}~{items[-1].key}" if more and items else None
        return TaskRows(items, count, next_after, names)

    def count(self, actor: Actor, view: str, filters: Mapping[str, str] | None = None) -> int:
        """Count the tasks of a list exactly to 10,000; 10,001 means more."""
        chosen = dict(filters or {})
        if chosen.get("late"):
            chosen["late"] = self.context.clock.now().isoformat()
        with self.context.db.read() as unit:
            return task_lists.count(unit, actor, view, chosen)

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
                    late += task_lists.count(unit, actor, view, {"late": now.isoformat()}, BADGE)
            names = shown_names(unit, actor, ((i.root_key, i) for items in found.values() for i in items))
        pages = {view: TaskRows(items[: WORK[view]], counts[view], None, names) for view, items in found.items()}
        log_lists(self.context, actor, {
            f"tasks.{view}": sum(1 for i in page.items if i.person_key) for view, page in pages.items()
        })  # fmt: skip
        return pages["mijn"], pages["rollen"], {**counts, "laat": late}


def _cursor(after: str | None) -> tuple[datetime, int] | None:
    if not after:
        return None
    moment, _tilde, key = after.partition("~")
    try:
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None or not (key.isascii() and key.isdigit() and len(key) < 20 and int(key) < 2**63):
            raise ValueError(after)
        return found.astimezone(UTC), int(key)
    except (ValueError, OverflowError):  # no moment, or one before or after all years in UTC
        raise InvalidInput(_("There is no such page."), remedy=_("Start again at the first page.")) from None
