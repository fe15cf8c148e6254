"""The same deed to many rows of a list: each is a use case of its own, with its own checks, outcome and line in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, FlowError, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.lists import DeedRow, ListDeed
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.case_leads import CaseLeads
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.incidents import ShownIncident, shown_refusal
from inburgering_flow.services.handovers import Handovers
from inburgering_flow.services.incidents import Incidents
from inburgering_flow.services.portions import in_portions
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.tasks import Tasks
from inburgering_flow.store import cases, incidents, list_deeds, task_lists, tasks
from inburgering_flow.store.task_lists import TaskItem

MOST = 200  # rows of one deed
KEPT = timedelta(days=1)
SILENT = timedelta(minutes=5)  # after so long without a note it is not being done any more
NOTED = 20  # rows, after which it is noted what became of them
CLAIM, RELEASE, ASSIGN, PRIORITY, FOLLOW_UP, HAND_OVER, RETRY = (
    "claim", "release", "assign", "priority", "follow_up", "hand_over", "retry"
)  # fmt: skip
TAKE_BACK = "take_back"
"""How taking a task as a deputy is undone; not to be chosen."""
ACTIONS: Mapping[str, str] = {
    CLAIM: "", RELEASE: "", ASSIGN: permissions.CASE_ASSIGN, PRIORITY: permissions.CASE_ASSIGN,
    FOLLOW_UP: permissions.CASE_ASSIGN, HAND_OVER: permissions.CASE_ASSIGN, RETRY: permissions.INCIDENT,
}  # fmt: skip
"""What can be done to many rows, and the permission that it needs besides access to each of them."""
CANNOT_BE_UNDONE = frozenset((RETRY,))
"""What has set a case going: there is no way back to where it stood."""
CHANGED = N_("It has been changed since then.")


@dataclass(frozen=True)
class Told:
    """A deed with what its rows are called, as far as the actor sees them."""

    deed: ListDeed
    tasks: Mapping[int, TaskItem]
    cases: Mapping[int, str]
    incidents: Mapping[int, ShownIncident] = field(default_factory=dict)
    is_broken_off: bool = False
    """Whether whoever did it stopped half-way: somebody has to go on with it."""


def _refused(action: str, error: FlowError) -> str:
    """Return why a row was refused; who tries steps again may not see the case, so nothing of it is quoted to them."""
    return shown_refusal(error) if action == RETRY else f"{error.message} {error.remedy}".strip()


def each_once(keys: Sequence[int]) -> list[int]:
    """Return the rows that were ticked, each once; raises InvalidInput for none and for more than ``MOST``."""
    keys = list(dict.fromkeys(keys))
    if not keys:
        raise InvalidInput(_("Nothing was chosen in the list."), remedy=_("Tick one or more rows first."))
    if len(keys) > MOST:
        raise InvalidInput(
            _("{count} rows were chosen; at most {most} can be done at once.").format(count=len(keys), most=MOST),
            remedy=_("Choose fewer rows, and do the others after that."),
        )
    return keys


class ListDeeds:
    """Use cases on many rows at once."""

    def __init__(
        self, context: Context, user_tasks: Tasks, handovers: Handovers, case_leads: CaseLeads, retrying: Incidents
    ) -> None:
        self.context = context
        self.user_tasks = user_tasks
        self.handovers = handovers
        self.case_leads = case_leads
        self.retrying = retrying

    def do(self, action: str, keys: Sequence[int], given: Any, actor: Actor, *, once: str = "") -> int:
        """Do one thing to each of these tasks, cases or incidents, and return the key of what became of each; a form that is sent
        twice does it once.

        ``given``: to whom (assign; hand_over, empty for nobody), a number (priority), a day as text or None (follow_up).
        A row that refuses stands in the outcome with the reason, and the others go on. Raises InvalidInput for no rows, more
        than ``MOST`` or an action that is none, Forbidden for one that the actor may not do at all.
        """
        keys = self.chosen(action, keys, actor)
        rows = [DeedRow(row, before=self._now(action, row), is_open=True) for row in keys]
        key, is_new = self._begun(action, given, actor, once, rows)
        if is_new:
            self._work(key, actor)
        return key

    def go_on(self, key: int, actor: Actor) -> None:
        """Go on with a deed that broke off half-way, with the rows to which nothing was done yet; what was done and could not be
        noted any more is not done again. Raises NotFound, or Conflict for one that is over or still being done.
        """
        told = self.told(key, actor)
        deed = told.deed
        if not told.is_broken_off or deed.rows is None:
            raise Conflict(_("This did not stop half-way."), remedy=_("Look at the list itself."))
        self.chosen(deed.action, [row.key for row in deed.rows], actor)
        self._take_up(deed)
        self._work(key, actor, is_again=True)

    @again
    def _take_up(self, deed: ListDeed) -> None:
        with self.context.db.write() as unit:
            if not list_deeds.take_up(unit, deed.key, deed.moment, self.context.clock.now()):
                raise Conflict(_("This is still being done."), remedy=_("Wait a moment, and look again."))

    def _work(self, key: int, actor: Actor, *, is_again: bool = False) -> None:
        """Do what is still open of a deed, and note it from time to time."""
        with self.context.db.read() as unit:
            deed = list_deeds.get(unit, key)
            assert deed is not None
            assert deed.rows is not None
            of = list_deeds.get(unit, int(deed.given["undone"])) if deed.is_undoing else None
        if deed.is_undoing and of is None:
            raise NotFound(_("What was done here is not known any more."), remedy=_("Look at the list itself."))
        before = {row.key: row for row in of.rows or ()} if of is not None else {}
        rows = list(deed.rows)
        for at, row in enumerate(rows):
            if not row.is_open:
                continue
            if of is not None:
                rows[at] = self._back(of, before[row.key], actor, is_again=is_again)
            elif is_again and self._is_done(deed, row, actor):
                rows[at] = DeedRow(row.key, before=row.before, after=self._now(deed.action, row.key))
            else:
                rows[at] = self._one(deed.action, row.key, deed.given, actor)
            if at % NOTED == NOTED - 1:
                self._note(key, rows)
        self._note(key, rows)

    def _is_done(self, deed: ListDeed, row: DeedRow, actor: Actor) -> bool:
        """Tell whether a row is as the deed would make it, and was not before."""
        now = self._now(deed.action, row.key)
        if deed.action == RETRY:
            return bool(now != row.key == row.before)
        if deed.action == FOLLOW_UP and now is not None:
            now = legal_day(datetime.fromisoformat(now)).isoformat()
        wanted = {CLAIM: actor.username, RELEASE: None}.get(deed.action, deed.given or None)
        return bool(now == wanted != row.before)

    @staticmethod
    def chosen(action: str, keys: Sequence[int], actor: Actor) -> list[int]:
        """Return the rows of a deed, each once, before anything is asked about it; raises what ``do`` raises of them."""
        actor.require_role()
        if action not in ACTIONS:
            raise InvalidInput(_("This cannot be done to a list."), remedy=_("Choose one of the buttons under the list."))
        if ACTIONS[action]:
            actor.require(ACTIONS[action])
        return each_once(keys)

    @again
    def _begun(self, action: str, given: Any, actor: Actor, once: str, rows: Sequence[DeedRow]) -> tuple[int, bool]:
        made: list[int] = []
        with self.context.db.write() as unit:

            def make() -> int:
                made.append(self.context.keys.next())
                now = self.context.clock.now()
                list_deeds.add(unit, ListDeed(made[-1], actor.username, action, given, tuple(rows), now, None))
                return made[-1]

            key = made_once(self.context, unit, "list deed", once, actor, make)
        return key, bool(made)

    @again
    def _note(self, key: int, rows: Sequence[DeedRow]) -> None:
        with self.context.db.write() as unit:
            list_deeds.note(unit, key, rows, self.context.clock.now())

    def _one(self, action: str, key: int, given: Any, actor: Actor) -> DeedRow:
        before = self._now(action, key)
        try:
            settled = self._acts(key, given, actor)[action]()
        except FlowError as error:
            return DeedRow(key, _refused(action, error))
        return DeedRow(key, before=before, after=self._now(action, key), waits=settled is False)

    def _acts(self, key: int, given: Any, actor: Actor) -> dict[str, Callable[[], object]]:
        return {
            CLAIM: lambda: self.user_tasks.claim(key, actor.username, actor),
            TAKE_BACK: lambda: self.handovers.take_back(key, actor),
            RELEASE: lambda: self.user_tasks.release(key, actor),
            ASSIGN: lambda: self.user_tasks.assign(key, str(given or ""), actor),
            PRIORITY: lambda: self.user_tasks.update(key, actor, priority=given),
            FOLLOW_UP: lambda: self.user_tasks.update(key, actor, follow_up=given),
            HAND_OVER: lambda: self.case_leads.hand_over(key, given or None, actor),
            RETRY: lambda: self.retrying.resolve(key, actor),
        }

    def _now(self, action: str, key: int) -> Any:
        """Return what a deed is about to change; None also where there is no such row, which the deed itself will say."""
        with self.context.db.read() as unit:
            if action == HAND_OVER:
                case = cases.get(unit, key)
                return None if case is None else case.owner
            if action == RETRY:
                return incidents.active_at_step_of(unit, key)
            try:
                task = tasks.get(unit, key)
            except NotFound:
                return None
        if action == FOLLOW_UP:
            return None if task.follow_up is None else task.follow_up.isoformat()
        return task.priority if action == PRIORITY else task.assignee

    def told(self, key: int, actor: Actor) -> Told:
        """Return what became of each row; raises NotFound for what is not the actor's, or more than a day ago."""
        with self.context.db.read() as unit:
            deed = list_deeds.get(unit, key)
            if deed is None or deed.username != actor.username:
                raise NotFound(_("What was done here is not known any more."), remedy=_("Look at the list itself."))
            if deed.rows is None or not deed.is_over:  # also of an older program
                return Told(deed, {}, {}, is_broken_off=deed.moment < self.context.clock.now() - SILENT)
            rows = [row.key for row in deed.rows]
            if deed.action == HAND_OVER:
                seen = sorted(cases.seen(unit, actor, rows))
                return Told(deed, {}, cases.names(unit, seen))
            if deed.action != RETRY:
                return Told(deed, {item.key: item for item in task_lists.by_keys(unit, actor, rows)}, {})
        return Told(deed, {}, {}, {one.key: one for one in self.retrying.several(rows, actor)})

    def undo(self, key: int, actor: Actor) -> int:
        """Put each row back as it was, where nobody changed it since; return the key of what became of that.

        Raises NotFound, or Conflict where it was undone before or is not finished.
        """
        deed = self.told(key, actor).deed
        if deed.action in CANNOT_BE_UNDONE:
            raise Conflict(_("This cannot be put back as it was."), remedy=_("Look at the list itself."))
        if not deed.is_over:
            raise Conflict(_("This is still being done."), remedy=_("Wait a moment, and look again."))
        self._note_undone(key)
        rows = [DeedRow(row.key, before=row.after, is_open=True) for row in deed.done]
        again_key, _new = self._begun(deed.action, {"undone": str(key)}, actor, "", rows)
        self._work(again_key, actor)
        return again_key

    @again
    def _note_undone(self, key: int) -> None:
        with self.context.db.write() as unit:
            if not list_deeds.undo(unit, key, self.context.clock.now()):
                raise Conflict(_("This was undone already."), remedy=_("Look at the list itself."))

    def _back(self, deed: ListDeed, row: DeedRow, actor: Actor, *, is_again: bool = False) -> DeedRow:
        now = self._now(deed.action, row.key)
        if is_again and now == row.before:
            return DeedRow(row.key, before=row.after, after=row.before)
        if now != row.after:
            return DeedRow(row.key, _(CHANGED))
        try:
            settled = self._acts(row.key, row.before, actor)[self._inverse(deed.action, row.before, actor)]()
        except FlowError as error:
            return DeedRow(row.key, f"{error.message} {error.remedy}".strip())
        return DeedRow(row.key, before=now, after=row.before, waits=settled is False)

    @staticmethod
    def _inverse(action: str, before: Any, actor: Actor) -> str:
        if action not in (CLAIM, RELEASE, ASSIGN):
            return action
        if before is None:
            return RELEASE
        if action == CLAIM and before != actor.username:  # taken as a deputy
            return TAKE_BACK
        return CLAIM if before == actor.username else ASSIGN

    def forget(self) -> int:
        """Forget what was done more than a day ago; return how many. Safe to run at any time."""
        before = self.context.clock.now() - KEPT
        return in_portions(self.context.db, lambda unit, most: list_deeds.forget(unit, before, most))
