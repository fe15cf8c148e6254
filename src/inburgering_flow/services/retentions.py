"""How long closed cases are kept, what holds them, and destroying them with two people.

What the domain says of a case is asked when it ends and again before it goes: a fact may have been corrected, a rule may be
another one. Nothing is ever destroyed by the program itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, FlowError, InvalidInput, NotFound
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import to_plain
from inburgering_flow.i18n import N_, _
from inburgering_flow.i18n import day as said_day
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import Kept
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.deletions import Deletions
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.store import cases, instances, people, retention
from inburgering_flow.store.database import Unit
from inburgering_flow.store.retention import (
    DESTROYED,
    DUE,
    GONE,
    HELD,
    KEPT,
    PERSON,
    PROPOSED,
    PROPOSED_PERSON,
    VIEWS,
    RetentionRow,
)

log = logging.getLogger(__name__)
SIZE, PORTION, MOST = 50, 100, 200
NAMES: Mapping[str, str] = {
    DUE: N_("May go"), retention.WITHOUT_DAY: N_("Held"), retention.PROPOSALS: N_("Proposed"), retention.LATER: N_("Later"),
    GONE: N_("Destroyed"),
}  # fmt: skip


@dataclass(frozen=True)
class ClosedCase:
    """A closed case as a page shows it: without a name where the reader does not see it. ``own``: the reader proposed it."""

    row: RetentionRow
    name: str
    own: bool


class Retentions:
    """Use cases about closed cases."""

    def __init__(self, context: Context, deletions: Deletions) -> None:
        self.context = context
        self.deletions = deletions

    def judge(self) -> int:
        """Say of cases that have ended how long they are kept, a portion at a time; return how many.

        Safe at any time, by any node. What cannot be decided has no day: somebody has to look at it.
        """
        with self.context.db.read() as unit:
            found = retention.new(unit, PORTION)
        for row in found:
            with self.context.db.write() as unit:
                if self.context.domain.retention_of(row.process_id) is None:
                    retention.drop(unit, row.root_key)
                    continue
                retention.change(unit, row.root_key, (retention.NEW,), state=KEPT, **_values(self._kept(unit, row)))
        return len(found)

    def _kept(self, unit: Unit, row: RetentionRow) -> Kept:
        rule = self.context.domain.retention_of(row.process_id)
        if rule is None:
            return Kept(None, _("Nobody has said how long cases of this process are kept."), is_sure=False)
        try:
            with self.context.catalog.within(unit):
                return rule.judge(instances.variables(unit, row.root_key), self._decide)
        except FlowError as error:
            log.warning("The retention of case %s could not be decided: %s", row.root_key, error.code)
            return Kept(None, _("The rule could not be asked: somebody has to decide."), is_sure=False)

    def _decide(self, decision_id: str, inputs: Mapping[str, Any]) -> Any:
        context = FeelContext(self.context.clock.now(), ZoneInfo(self.context.settings.zone), self.context.functions)
        return to_plain(self.context.catalog.decision(decision_id).evaluate(decision_id, dict(inputs), context=context))

    def counts(self, actor: Actor) -> dict[str, int]:
        """Return how many closed cases there are in each view."""
        actor.require(permissions.RETENTION)
        with self.context.db.read() as unit:
            return retention.counts(unit, self._today())

    def find(self, actor: Actor, view: str = DUE, start: int = 0, size: int = SIZE) -> Page[ClosedCase]:
        """Return a page of a view (one of ``VIEWS``); the look at names is logged."""
        actor.require(permissions.RETENTION)
        if view not in VIEWS:
            raise NotFound(_("There is no list {view}.").format(view=view), remedy=_("Choose one of the page."))
        with self.context.db.read() as unit:
            total = retention.counts(unit, self._today())[view]
            rows = retention.page(unit, view, self._today(), start, size)
            names = cases.names(unit, sorted(cases.seen(unit, actor, [row.root_key for row in rows])))
        shown = [ClosedCase(row, names.get(row.root_key, ""), row.proposed_by == actor.username) for row in rows]
        log_list(self.context, actor, "retention", sum(1 for one in shown if one.name))
        return Page(shown, start, total, size)

    def one(self, key: int, actor: Actor) -> ClosedCase:
        """Return one closed case; raises NotFound."""
        actor.require(permissions.RETENTION)
        with self.context.db.read() as unit:
            row = retention.get(unit, key)
            if row is None:
                raise _unknown(key)
            names = cases.names(unit, sorted(cases.seen(unit, actor, [key])))
        shown = ClosedCase(row, names.get(key, ""), row.proposed_by == actor.username)
        log_list(self.context, actor, "retention", 1 if shown.name else 0)
        return shown

    def propose(self, keys: Sequence[int], actor: Actor) -> dict[int, str]:
        """Propose closed cases to be destroyed; return case → why not, for those that cannot be."""
        actor.require(permissions.RETENTION)
        return self._each(keys, actor, self._propose)

    def destroy(self, keys: Sequence[int], actor: Actor) -> dict[int, str]:
        """Destroy closed cases that somebody else proposed; return case → why not, for those that cannot be."""
        actor.require(permissions.RETENTION)
        return self._each(keys, actor, self._destroy)

    @again
    def hold(self, key: int, reason: str, actor: Actor) -> None:
        """Keep a closed case for a reason, until somebody lets go of it; also takes back a proposal."""
        actor.require(permissions.RETENTION)
        why = checked_reason(reason)
        with self.context.db.write() as unit:
            self._row(unit, key)
            states = (KEPT, PERSON, PROPOSED, PROPOSED_PERSON, HELD)
            if not retention.change(unit, key, states, state=HELD, why=why, proposed_by=None, **self._by(actor)):
                raise _gone()
            self.context.log(unit, actor.username, "retention.hold", root_key=key, detail={"reason": why})

    @again
    def let_go(self, key: int, reason: str, actor: Actor) -> None:
        """Let the rule decide again about a case that somebody held or proposed."""
        actor.require(permissions.RETENTION)
        why = checked_reason(reason)
        with self.context.db.write() as unit:
            row = self._row(unit, key)
            is_there = instances.exists(unit, key)
            values = _values(self._kept(unit, row)) if is_there else {}
            changed = retention.change(
                unit, key, (HELD, PROPOSED, PROPOSED_PERSON), state=KEPT if is_there else PERSON, why="", proposed_by=None,
                **values, **self._by(actor),
            )  # fmt: skip
            if not changed:
                raise Conflict(_("This case is not held."), remedy=_("Look at the list again."))
            self.context.log(unit, actor.username, "retention.release", root_key=key, detail={"reason": why})

    @again
    def decide_day(self, key: int, day: date, reason: str, actor: Actor) -> None:
        """Say until when a case is kept for which the rule gives no day.

        Raises InvalidInput for a day more than fifty years on, and Conflict where the rule gives a later one: a reason to hold a
        case is none to destroy it sooner.
        """
        actor.require(permissions.RETENTION)
        why = checked_reason(reason)
        today = self._today()
        if day > today.replace(year=today.year + 50, day=min(today.day, 28)):
            raise InvalidInput(_("No case is kept for more than fifty years."), remedy=_("Choose an earlier day."))
        with self.context.db.write() as unit:
            row = self._row(unit, key)
            is_there = instances.exists(unit, key)
            least = self._kept(unit, row).until if is_there else row.person_until
            is_open = row.state == HELD or (row.state == KEPT and row.until is None)
            if not is_open or (least is not None and day < least):
                raise Conflict(_("The rule gives this case a day."), remedy=_("Correct the facts of the case instead."))
            self._change(unit, row, KEPT if is_there else PERSON, until=day, is_sure=True, why=why, **self._by(actor))
            self.context.log(
                unit, actor.username, "retention.day", root_key=key, detail={"reason": why, "day": day.isoformat()}
            )

    def declaration(self, actor: Actor) -> list[RetentionRow]:
        """Return what was destroyed, when and by whom, for the declaration that the archive asks for: no personal data."""
        actor.require(permissions.RETENTION)
        with self.context.db.read() as unit:
            return retention.destroyed(unit)

    def _each(self, keys: Sequence[int], actor: Actor, one: Any) -> dict[int, str]:
        if len(keys) > MOST:
            raise InvalidInput(_("That is too many at once."), remedy=_("Choose at most {most}.").format(most=MOST))
        refused = {}
        for key in dict.fromkeys(keys):
            try:
                one(key, actor)
            except FlowError as error:
                refused[key] = f"{error.message} {error.remedy}".strip()
        return refused

    @again
    def _propose(self, key: int, actor: Actor) -> None:
        with self.context.db.write() as unit:
            row = self._row(unit, key)
            self._may_go(unit, row)
            state = {KEPT: PROPOSED, PERSON: PROPOSED_PERSON}.get(row.state)
            if state is None:
                raise Conflict(_("Somebody proposed or held this case already."), remedy=_("Look at the list again."))
            self._change(unit, row, state, proposed_by=actor.username, **self._by(actor))
            self.context.log(unit, actor.username, "retention.propose", root_key=key)

    @again
    def _destroy(self, key: int, actor: Actor) -> None:
        with self.context.db.write() as unit:
            row = self._row(unit, key)
            if row.state not in (PROPOSED, PROPOSED_PERSON):
                raise Conflict(_("Nobody has proposed this case."), remedy=_("Propose it first."))
            if row.proposed_by == actor.username:
                raise Conflict(_("You proposed this case yourself."), remedy=_("Somebody else has to destroy it."))
            self._may_go(unit, row)
            today = self._today()
            if row.state == PROPOSED:
                self.deletions.delete_in(unit, key, actor, by_retention=True)
            person_goes = row.person_key is None or row.person_until is None or row.person_until < today
            is_gone = person_goes and (row.person_key is None or people.remove(unit, row.person_key))
            if is_gone and row.person_key is not None:
                retention.unlink(unit, row.person_key)
            is_last = is_gone or row.person_until is None
            self._change(
                unit, row, DESTROYED if is_last else PERSON, until=row.until if is_last else row.person_until,
                remains=None if is_last else row.remains, person_key=None if is_last else row.person_key, **self._by(actor),
            )  # fmt: skip
            self.context.log(unit, actor.username, "retention.destroy", root_key=key, detail={"proposed": row.proposed_by})

    def _may_go(self, unit: Unit, row: RetentionRow) -> None:
        """Raise Conflict unless the case may be destroyed today; asks the rule again while there are facts to judge."""
        until, today = row.until, self._today()
        is_there = instances.exists(unit, row.root_key)
        if is_there and not (row.until and row.why):  # else: somebody decided the day
            until = self._kept(unit, row).until
        if until is None or until >= today:
            said = _("until {day}").format(day=said_day(until)) if until else _("without a day")
            raise Conflict(_("This case is kept {said}.").format(said=said), remedy=_("Look at its facts, or wait."))
        if row.person_key is not None and retention.has_running_case(unit, row.person_key):
            raise Conflict(_("Another case of the same person still runs."), remedy=_("Wait until that has ended."))
        if is_there and retention.has_unheard(unit, cases.names(unit, [row.root_key]).get(row.root_key, "")):
            raise Conflict(
                _("A message for this case waits for somebody."), remedy=_("Handle the message first: see Regie, messages.")
            )

    @staticmethod
    def _change(unit: Unit, row: RetentionRow, state: str, **values: Any) -> None:
        """Change a row; raises Conflict, so that all of it is undone, where somebody else changed it meanwhile."""
        if not retention.change(unit, row.root_key, (row.state,), state=state, **values):
            raise Conflict(_("Somebody proposed or held this case already."), remedy=_("Look at the list again."))

    def _row(self, unit: Unit, key: int) -> RetentionRow:
        row = retention.get(unit, key)
        if row is None:
            raise _unknown(key)
        if row.state == DESTROYED:
            raise _gone()
        return row

    def _by(self, actor: Actor) -> dict[str, Any]:
        return {"changed_by": actor.username, "changed": self.context.clock.now()}

    def _today(self) -> date:
        return legal_day(self.context.clock.now())


def _values(kept: Kept) -> dict[str, Any]:
    return {"until": kept.until, "reason": kept.reason, "is_sure": kept.is_sure, "person_until": kept.person_until,
            "remains": dict(kept.remains)}  # fmt: skip


def _unknown(key: int) -> NotFound:
    return NotFound(_("There is no closed case {key}.").format(key=key), remedy=_("Choose one from the list."))


def _gone() -> Conflict:
    return Conflict(_("This case was destroyed already."), remedy=_("Look at the list of what was destroyed."))
