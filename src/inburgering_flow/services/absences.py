"""When colleagues are away, who does their tasks meanwhile, and what becomes of tasks that nobody does.

A deputy sees what an absent colleague has to do, during the period alone, and does it with the roles of their own: the candidates
of a task, its location, closed families and the separation of duties hold as always. Deputies of deputies are not followed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, FlowError, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.absences import DEPUTY_KINDS, GROUP, REST, Absence, Deputy
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import CREATED, UserTask
from inburgering_flow.services.acting import acting
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.handovers import MOVES
from inburgering_flow.services.portions import in_portions
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.tasks import Tasks
from inburgering_flow.services.telling import Telling
from inburgering_flow.store import absences, accounts, audit, cases, definitions, tasks
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.cases import root
from inburgering_flow.store.database import Unit
from inburgering_flow.store.visibility import visible_to

LONGEST = timedelta(days=731)
"""No period is longer: whoever is away for good has no account."""
MOST_DEPUTIES = 20
KEPT = timedelta(days=30)
"""How long a period is kept when it is over: it is about somebody who works here."""


@dataclass(frozen=True)
class Away:
    """Somebody who is away today, and what waits for them, as far as the reader sees it."""

    absence: Absence
    cases: int
    tasks: int

    @property
    def deputies(self) -> list[str]:
        """Return who stands in for them."""
        return sorted({one.username for one in self.absence.deputies})


@dataclass(frozen=True)
class Choices:
    """What can be chosen for a period of somebody: colleagues who share a role with them, their roles, and processes."""

    username: str
    colleagues: Sequence[AccountRow]
    roles: Sequence[str]
    processes: Mapping[str, str]


class Absences:
    """Use cases about periods in which people are away."""

    def __init__(self, context: Context, user_tasks: Tasks) -> None:
        self.context = context
        self.user_tasks = user_tasks
        self.telling = Telling(context)

    @property
    def today(self) -> date:
        """The day in the Netherlands."""
        return legal_day(self.context.clock.now())

    # -- reading -----------------------------------------------------------------------------------------------------

    def own(self, actor: Actor) -> list[Absence]:
        """Return one's own periods that are not over."""
        with self.context.db.read() as unit:
            return absences.to_come(unit, self.today, actor.username)

    def as_deputy(self, actor: Actor) -> list[Absence]:
        """Return the periods of colleagues that are not over in which one is a deputy."""
        with self.context.db.read() as unit:
            return absences.of_deputy(unit, actor.username, self.today)

    def of_all(self, actor: Actor) -> list[Absence]:
        """Return everybody's periods that are not over, for who assigns work; raises Forbidden."""
        actor.require(permissions.CASE_ASSIGN)
        with self.context.db.read() as unit:
            return absences.to_come(unit, self.today)

    def get(self, key: int, actor: Actor) -> Absence:
        """Return a period of one's own, or of anybody for who assigns work; raises NotFound."""
        with self.context.db.read() as unit:
            return self._found(unit, key, actor)

    def away(self, actor: Actor, usernames: Collection[str]) -> dict[str, date]:
        """Return who of these colleagues is away today, and until which day."""
        actor.require_role()
        with self.context.db.read() as unit:
            return {name: one.until for name, one in absences.away(unit, self.today, usernames).items()}

    def clashes(self, rows: Sequence[Absence], actor: Actor) -> dict[int, list[str]]:
        """Return of periods which of their deputies are away themselves on some day of it: nobody stands in for those."""
        actor.require_role()
        names = {one.username for row in rows for one in row.deputies}
        with self.context.db.read() as unit:
            others = absences.to_come_of(unit, self.today, names)
        found = {}
        for row in rows:
            theirs = {one.username for one in row.deputies}
            away = {o.username for o in others if o.username in theirs and o.since <= row.until and o.until >= row.since}
            if away:
                found[row.key] = sorted(away)
        return found

    def people(self, actor: Actor) -> list[AccountRow]:
        """Return for whom one may note a period: everybody who works here; raises Forbidden for who assigns no work."""
        actor.require(permissions.CASE_ASSIGN)
        with self.context.db.read() as unit:
            return [account for account in accounts.all_accounts(unit) if account.active and account.roles]

    def choices(self, username: str, actor: Actor) -> Choices:
        """Return what can be chosen for a period of somebody; raises Forbidden, or NotFound for who has no open account."""
        self._require(username, actor)
        with self.context.db.read() as unit:
            account = self._account(unit, username)
            everybody = [a for a in accounts.all_accounts(unit) if a.active and a.username != username]
            processes = {row.id: row.name or row.id for row in definitions.newest(unit, "process")}
        return Choices(username, [a for a in everybody if set(a.roles) & set(account.roles)], account.roles, processes)

    def board(self, actor: Actor) -> list[Away]:
        """Return who is away today, with their cases and open tasks, for who leads; raises Forbidden."""
        actor.require(permissions.BOARD)
        with self.context.db.read() as unit:
            found = absences.away(unit, self.today)
            counts = absences.counts(unit, sorted(found), visible_to(actor, root), root)
        return [Away(one, *counts[name]) for name, one in found.items()]

    def for_task(self, key: int, actor: Actor) -> tuple[Absence | None, bool]:
        """Return the period in which whoever has a task is away today, and whether the actor is the deputy for it."""
        with self.context.db.read() as unit:
            task = tasks.get(unit, key)
            self.user_tasks.access.check(unit, task, actor)
            away = None if task.assignee is None else absences.of_today(unit, task.assignee, self.today)
        if away is None or task.state != CREATED:
            return None, False
        return away, away.deputy_for(task.process_id, task.candidate_group) == actor.username and may_do(task, actor)

    # -- writing -----------------------------------------------------------------------------------------------------

    @again
    def note(
        self, username: str, since: date, until: date, deputies: Iterable[Deputy], actor: Actor, *, key: int | None = None,
        once: str = "",
    ) -> int:  # fmt: skip
        """Note that somebody is away, both days included, or change what period ``key`` says; return its key.

        One's own, or anybody's for who assigns work. Deputies hear of it. Raises InvalidInput for days or deputies that do not
        fit, Conflict where the person has another period on one of these days, Forbidden or NotFound.
        """
        named = tuple(deputies)
        with self.context.db.write() as unit:
            before = None if key is None else self._found(unit, key, actor)
            username = username if before is None else before.username
            self._require(username, actor)
            unit.dialect.hold(unit.connection, _number(username))
            self._check_days(since, until, before)
            self._check_deputies(unit, self._account(unit, username), named)
            if once and before is None:
                return made_once(self.context, unit, "absence", once, actor, lambda: self._save(
                    unit, before, username, since, until, named, actor
                ))  # fmt: skip
            return self._save(unit, before, username, since, until, named, actor)

    def _save(
        self, unit: Unit, before: Absence | None, username: str, since: date, until: date, named: tuple[Deputy, ...], actor: Actor
    ) -> int:
        others = absences.overlapping(unit, username, since, until, None if before is None else before.key)
        if others:
            raise Conflict(
                _("{username} has another period with one of these days: {since} to {until}.").format(
                    username=username, since=others[0].since.isoformat(), until=others[0].until.isoformat()
                ),
                remedy=_("Change that period, or choose other days."),
            )
        now = self.context.clock.now()
        row = Absence(
            self.context.keys.next() if before is None else before.key, username, since, until, now, actor.username, None, named
        )
        absences.save(unit, row)
        told = {one.username for one in named}
        if before is not None and (before.since, before.until) == (since, until):
            told ^= {one.username for one in before.deputies}  # the others know it already
        elif before is not None:
            told |= {one.username for one in before.deputies}
        self.telling.stands_in(unit, row, told - {actor.username})
        self._log(unit, actor, "absence.note" if before is None else "absence.change", row)
        return row.key

    @again
    def withdraw(self, key: int, actor: Actor) -> Absence:
        """Withdraw a period; what its deputies saw by it they see no longer. Raises NotFound."""
        with self.context.db.write() as unit:
            before = self._found(unit, key, actor)
            row = replace(before, withdrawn=self.context.clock.now())
            absences.save(unit, row)
            self.telling.stands_in(unit, row, {one.username for one in row.deputies} - {actor.username})
            self._log(unit, actor, "absence.withdraw", row)
        return row

    def _log(self, unit: Unit, actor: Actor, action: str, row: Absence) -> None:
        deputies = [{"kind": one.kind, "name": one.name, "user": one.username} for one in row.deputies]
        detail = {"user": row.username, "since": row.since.isoformat(), "until": row.until.isoformat(), "deputies": deputies}
        self.context.log(unit, actor.username, action, subject_key=row.key, detail=detail)

    @staticmethod
    def _require(username: str, actor: Actor) -> None:
        actor.require_role()
        if username != actor.username:
            actor.require(permissions.CASE_ASSIGN)

    def _found(self, unit: Unit, key: int, actor: Actor) -> Absence:
        row = absences.get(unit, key)
        is_theirs = row is not None and (row.username == actor.username or actor.may(permissions.CASE_ASSIGN))
        if row is None or not is_theirs or row.withdrawn is not None or row.until < self.today:
            raise NotFound(
                _("There is no such period of absence, or it is over."), remedy=_("Look at the list of absences again.")
            )
        return row

    @staticmethod
    def _account(unit: Unit, username: str) -> AccountRow:
        account = accounts.get(unit, username)
        if account is None or not account.active or not account.roles:
            raise NotFound(
                _("There is no open account {username}.").format(username=username[:60]),
                remedy=_("Choose a colleague from the list."),
            )
        return account

    def _check_days(self, since: date, until: date, before: Absence | None) -> None:
        if until < since:
            raise InvalidInput(_("The last day comes before the first."), remedy=_("Choose a last day that is not earlier."))
        if until < self.today or (since < self.today and (before is None or since != before.since)):
            raise InvalidInput(
                _("Days that are over cannot be noted any more."), remedy=_("Choose today or a later day.")
            )
        if until - since > LONGEST:
            raise InvalidInput(
                _("A period of absence lasts at most two years."),
                remedy=_("Ask the functional administrator to close the account."),
            )

    @staticmethod
    def _check_deputies(unit: Unit, absent: AccountRow, named: Sequence[Deputy]) -> None:
        if len(named) > MOST_DEPUTIES or len({(one.kind, one.name) for one in named}) != len(named):
            raise InvalidInput(_("A kind of task is named twice, or too many are."), remedy=_("Choose one deputy for each kind."))
        for one in named:
            account = accounts.get(unit, one.username)
            if one.kind not in DEPUTY_KINDS or (one.kind == REST) != (one.name == ""):
                raise InvalidInput(_("This kind of task is not known."), remedy=_("Choose it from the list."))
            if account is None or not account.active or one.username == absent.username:
                raise InvalidInput(
                    _("{user} cannot be a deputy of {username}.").format(user=one.username[:60], username=absent.username),
                    remedy=_("Choose a colleague with an open account."),
                )
            needed = {one.name} if one.kind == GROUP else set(absent.roles)
            if not needed & set(account.roles):
                raise InvalidInput(
                    _("{user} has none of the roles that these tasks ask for: {roles}.").format(
                        user=one.username, roles=", ".join(sorted(needed))
                    ),
                    remedy=_("Choose a colleague with such a role: a deputy gets no rights that they do not have."),
                )

    # -- what nobody does --------------------------------------------------------------------------------------------

    def sweep(self) -> int:
        """Give tasks back to their group that have stood on somebody who is away for more than a working day and that no deputy
        can do; return how many. Safe to run at any time and by several nodes: each task is looked at again before it goes.
        """
        if self.context.is_apart:
            return 0
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            stuck = self._stuck(unit)
        return sum(self._give_back(key, username) for key, username in stuck)

    def _stuck(self, unit: Unit) -> list[tuple[int, str]]:
        """Return the tasks that go back now, and who has them."""
        away = absences.away(unit, self.today)
        begun = [name for name, one in away.items() if self._is_over(one.since)]
        waiting = absences.tasks_of(unit, begun)
        if not waiting:
            return []
        deputies = {one.key: away[one.assignee or ""].deputy_for(one.process_id, one.candidate_group) for one in waiting}
        able = self._able(unit, waiting, {key: name for key, name in deputies.items() if name is not None and name not in away})
        left = [one for one in waiting if one.key not in able and _has_others(one)]
        return [(one.key, one.assignee or "") for one in left if self._is_over(self._given(unit, one))]

    def _able(self, unit: Unit, waiting: Sequence[UserTask], deputies: Mapping[int, str]) -> set[int]:
        """Return the keys of the tasks that their deputy, by key of the task, sees and may do."""
        found: set[int] = set()
        for username in sorted(set(deputies.values())):
            account = accounts.get(unit, username)
            if account is None or not account.active:
                continue
            actor = acting(self.context, unit, account)
            theirs = [one for one in waiting if deputies.get(one.key) == username and may_do(one, actor)]
            seen = cases.seen(unit, actor, [one.root_key for one in theirs])
            found.update(
                one.key for one in theirs
                if one.root_key in seen and username not in self.user_tasks.excluded_in(unit, one)
            )  # fmt: skip
        return found

    def _given(self, unit: Unit, task: UserTask) -> date:
        line = audit.newest_about(unit, task.key, MOVES)
        return legal_day(task.created if line is None else line["moment"])

    def _is_over(self, begun: date) -> bool:
        """Tell whether the first working day from a day on is over."""
        day = begun
        while day < self.today and self.context.domain.free_day(day):
            day += timedelta(days=1)
        return day < self.today

    @again
    def _give_back(self, key: int, username: str) -> int:
        with self.context.db.write() as unit:
            task = tasks.get_locked(unit, key)
            if task.state != CREATED or task.assignee != username or tasks.of_suspended_case(unit, task):
                return 0
            try:
                given = self.user_tasks.assign_in(unit, task, None, SYSTEM)
            except FlowError:  # its listeners are at work: the next time
                return 0
            if given:
                detail = {"element": task.element_id, "from": username, "absent": username}
                self.context.log(
                    unit, SYSTEM.username, "task.release", root_key=task.root_key, subject_key=key, detail=detail
                )
        return int(given)

    def forget(self) -> int:
        """Forget periods that were over some time ago; return how many."""
        before = self.today - KEPT
        return in_portions(self.context.db, lambda unit, most: absences.forget(unit, before, most))


def _has_others(task: UserTask) -> bool:
    """Tell whether a task is for anybody besides who has it."""
    if not (task.candidate_groups or task.candidate_users):
        return True
    return bool(task.candidate_groups or set(task.candidate_users) - {task.assignee})


def _number(username: str) -> int:
    digest = hashlib.blake2b(username.encode(), digest_size=8, person=b"absent").digest()
    return int.from_bytes(digest, signed=True)
