"""Use cases of one user task: claim, release, assign, draft, complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from inburgering_flow import forms
from inburgering_flow.clock import legal_day
from inburgering_flow.engine import commands
from inburgering_flow.engine.bookkeeping import Denied, Listening
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import visible_variables
from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, InvalidSubmission, Problem
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import variables_given
from inburgering_flow.feel.stored import LONGEST_NAME
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import CREATED, TASK_MOVES, UserTask, moved, stands_still
from inburgering_flow.services import duties, task_listeners
from inburgering_flow.services.again import again
from inburgering_flow.services.attachments import Files, attach, keep
from inburgering_flow.services.context import Context
from inburgering_flow.services.steps import Steps
from inburgering_flow.services.task_access import TaskAccess, may_do
from inburgering_flow.services.uploads import check_clean
from inburgering_flow.store import absences, accounts, tasks
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.database import Unit


@dataclass
class Asked:
    """The form of a task and what it is opened with; no ``schema``: the task has no form."""

    schema: Mapping[str, Any] | None
    load: Callable[[], Mapping[str, Any]]

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """The variables that the task sees; to be asked while the unit is open in which this was made."""
        return self.load()

    def is_same(self, other: Asked) -> bool:
        """Tell whether the same is asked."""
        return self.schema == other.schema and self.variables == other.variables


class _CheckFirst(Exception):
    """The form has to be computed, which is not done while others wait for the database."""

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked


Answers = Callable[[Asked], Mapping[str, Any]]
"""Reads what was submitted, given the form that it answers."""


class SeparationOfDuties(Forbidden):
    """The same person did an earlier step that this task judges (``nietDoor``)."""


class DutyUnknown(Forbidden):
    """Who may not do this task cannot be computed (``nietDoor``)."""


class Unconfirmed(Conflict):
    """What this task brings about cannot be undone; it is completed once somebody has seen that and says so."""

    code = "UNCONFIRMED"

    def __init__(self, task: UserTask) -> None:
        super().__init__(
            _("Completing task {key} cannot be undone.").format(key=task.key),
            remedy=_("Look at what it brings about, and confirm it."),
        )
        self.task = task


IRREVERSIBLE = "onomkeerbaar"
"""The property of a user task that cannot be taken back: a sentence that says what it brings about."""


def has_or_leads(task: UserTask, actor: Actor) -> bool:
    """Tell whether somebody has a task, or may assign it: who says when and by whom it is done."""
    return task.assignee == actor.username or actor.may(permissions.CASE_ASSIGN)


def _check_user(user: Any) -> None:
    if not isinstance(user, str) or not user or len(user) > LONGEST_NAME:
        raise InvalidInput(
            _("Whoever works on a task needs a name."),
            remedy=_("Give one of 1 to {most} characters.").format(most=LONGEST_NAME),
        )


def _legal(moment: datetime | None) -> str | None:
    """Return the legal day of a moment as it is written in the log."""
    return None if moment is None else legal_day(moment).isoformat()


class Tasks:
    """Use cases about user tasks."""

    def __init__(self, context: Context, steps: Steps, access: TaskAccess) -> None:
        self.context = context
        self.steps = steps
        self.access = access

    @again
    def claim(self, key: int, user: str, actor: Actor | None = None) -> bool:
        """Take a task for oneself: a free one, or as the deputy of a colleague who is away. False if listeners of the task
        decide first. Raises Conflict when somebody else was first.
        """
        _check_user(user)
        actor = actor or Actor(user, is_system=True)
        with self.context.db.write() as unit:
            task = self.opened_in(unit, key, actor, "assign", doing=True)
            self.not_excluded_in(unit, task, user)
            if task.assignee == user:
                return self.has_moved_in(unit, task)
            absent = self.absent_in(unit, task, user)
            if (task.assignee is not None and absent is None) or not self.assign_in(unit, task, user, actor):
                raise Conflict(
                    _("{assignee} was first with task {key}.").format(
                        assignee=task.assignee or _("Somebody else"), key=key
                    ),
                    remedy=_("Choose another task, or ask a colleague to release it."),
                )
            as_deputy = None if absent is None else {"user": user, "from": absent, "deputy_of": absent}
            self._log(unit, actor, "task.claim", task, as_deputy)
            return self.has_moved_in(unit, task)

    def absent_in(self, unit: Unit, task: UserTask, user: str) -> str | None:
        """Return whose open task this is, if that colleague is away today and somebody is the deputy for it; else None."""
        if task.assignee in (None, user):
            return None
        away = absences.of_today(unit, task.assignee or "", legal_day(self.context.clock.now()))
        is_theirs = away is not None and away.deputy_for(task.process_id, task.candidate_group) == user
        return task.assignee if is_theirs else None

    @again
    def release(self, key: int, actor: Actor = SYSTEM) -> bool:
        """Give a task back to its group; only its assignee or somebody who may assign cases can do that. False if listeners
        of the task decide first.
        """
        with self.context.db.write() as unit:
            task = self.opened_in(unit, key, actor, "unassign")
            if task.assignee is None:
                return self.has_moved_in(unit, task)
            if task.assignee != actor.username and not actor.may(permissions.CASE_ASSIGN):
                raise Forbidden(
                    _("Task {key} is {assignee}'s.").format(key=key, assignee=task.assignee),
                    remedy=_("Ask the colleague or the teammanager."),
                )
            self.assign_in(unit, task, None, actor)
            self._log(unit, actor, "task.release", task)
            return self.has_moved_in(unit, task)

    @again
    def assign(self, key: int, user: str, actor: Actor = SYSTEM) -> bool:
        """Give a task to somebody who may do it: one with an account, a role that the task is for, and no earlier part in it.
        False if listeners of the task decide first.

        The program itself (SYSTEM) may name anybody: its users need no account. Raises InvalidInput, or SeparationOfDuties.
        """
        actor.require(permissions.CASE_ASSIGN)
        _check_user(user)
        with self.context.db.write() as unit:
            task = self.opened_in(unit, key, actor, "assign")
            self.check_can_do(unit, task, user, actor)
            if not self.assign_in(unit, task, user, actor):
                raise Conflict(_("Task {key} was changed meanwhile.").format(key=key), remedy=_("Look at it again."))
            self._log(unit, actor, "task.assign", task, {"user": user})
            return self.has_moved_in(unit, task)

    def check_can_do(self, unit: Unit, task: UserTask, user: str, actor: Actor) -> None:
        """Raise InvalidInput or SeparationOfDuties unless somebody can be given a task; the program itself names anybody."""
        self.not_excluded_in(unit, task, user)
        if not actor.is_system and not self._is_for(task, accounts.get(unit, user)):
            raise InvalidInput(
                _("{user} cannot do task {key}.").format(user=user[:60], key=task.key),
                remedy=_("Choose somebody with an active account and one of the roles {roles}.").format(
                    roles=", ".join(task.candidate_groups)
                ),
            )

    def assignable(self, key: int, actor: Actor) -> list[AccountRow]:
        """Return the accounts to which a task can be given, by name, without whoever has it; nobody for who neither has it nor
        may assign.
        """
        with self.context.db.read() as unit:
            task = tasks.get(unit, key)
            if not has_or_leads(task, actor):
                return []
            self.access.check(unit, task, actor)
            return self._for_task(unit, task, accounts.all_accounts(unit))

    def a_few_assignable(self, key: int, actor: Actor, most: int) -> list[AccountRow] | None:
        """Return what ``assignable`` does, but None where more than ``most`` may be asked: those are not all read."""
        with self.context.db.read() as unit:
            task = tasks.get(unit, key)
            if not has_or_leads(task, actor):
                return []
            self.access.check(unit, task, actor)
            roles = task.candidate_groups if task.candidate_groups or task.candidate_users else None
            asked = accounts.open_with(unit, roles, most + 1)
            if len(asked) > most:
                return None
            named = [one for name in task.candidate_users if (one := accounts.get(unit, name)) is not None]
            everybody = {one.username: one for one in [*asked, *named]}
            return self._for_task(unit, task, [everybody[name] for name in sorted(everybody)])

    def _for_task(self, unit: Unit, task: UserTask, people: Iterable[AccountRow]) -> list[AccountRow]:
        barred = self.excluded_in(unit, task)
        return [a for a in people if self._is_for(task, a) and a.username not in barred and a.username != task.assignee]

    def workers(self, actor: Actor) -> list[AccountRow]:
        """Return the open accounts to which tasks can be given, by name; nobody where the actor may not assign."""
        if not actor.may(permissions.CASE_ASSIGN):
            return []
        with self.context.db.read() as unit:
            return [account for account in accounts.all_accounts(unit) if account.active and account.roles]

    def _is_for(self, task: UserTask, account: AccountRow | None) -> bool:
        if account is None or not account.active:
            return False
        return may_do(task, Actor(account.username, account.roles, account.location, table=self.context.roles))

    @again
    def update(self, key: int, actor: Actor = SYSTEM, **fields: Any) -> None:
        """Change candidate_groups, candidate_users, due, follow_up or priority of a task, when its listeners agree.

        Moments are ISO 8601 texts, dates or None. Raises InvalidInput for a field or value that is not valid, Conflict
        if the task has ended or its listeners are at work.
        """
        actor.require(permissions.CASE_ASSIGN)
        if "assignee" in fields:
            raise InvalidInput(
                _("The assignee is not updated like this."), remedy=_("Assign, claim or release the task.")
            )
        changes = task_listeners.checked(fields, self.context.env.zone)
        with self.context.db.write() as unit:
            task = self.opened_in(unit, key, actor, "update")
            self._update(unit, task, changes, actor)
            self._log(unit, actor, "task.update", task, {"fields": sorted(changes)})

    @again
    def plan(self, key: int, actor: Actor, *, priority: int, follow_up: date | None) -> bool:
        """Say how much haste a task has (0 to 100) and when somebody will look at it again; for who has it or leads.

        False if that is how it was. Raises InvalidInput for a value that does not fit, Forbidden, or Conflict if the task has
        ended or its listeners are at work. The log keeps what it was and became.
        """
        wanted = {"priority": priority, "follow_up": follow_up}
        changes = task_listeners.checked(wanted, self.context.env.zone)
        with self.context.db.write() as unit:
            task = self.opened_in(unit, key, actor, "update")
            if not has_or_leads(task, actor):
                raise Forbidden(
                    _("Task {key} is planned by who has it.").format(key=key),
                    remedy=_("Take the task first, or ask the teammanager."),
                )
            was = {"priority": task.priority, "follow_up": _legal(task.follow_up)}
            now = {"priority": priority, "follow_up": None if follow_up is None else follow_up.isoformat()}
            changed = {name: value for name, value in now.items() if value != was[name]}
            if not changed:
                return False
            self._update(unit, task, {name: changes[name] for name in changed}, actor)
            self._log(unit, actor, "task.plan", task, {"was": {name: was[name] for name in changed}, "now": changed})
            return True

    def _update(self, unit: Unit, task: UserTask, changes: Mapping[str, Any], actor: Actor) -> None:
        self.steps.run(
            unit, lambda run: commands.change_task(run, task.element_key, "updating", changes), root_key=task.root_key,
            user=actor.username,
        )  # fmt: skip

    def assign_in(self, unit: Unit, task: UserTask, user: str | None, actor: Actor) -> bool:
        """Set the assignee by compare-and-set, or let the task's listeners decide first; False if changed meanwhile."""
        if not self.context.catalog.process(task.definition_key).elements[task.element_id].task_listeners:
            given = tasks.assign(unit, task.key, user, task.assignee)
            if given and user is not None and user not in (actor.username, task.assignee):
                self.steps.telling.assigned(unit, task, user)
            return given
        changes = {"assignee": user}
        self.steps.run(
            unit, lambda run: commands.change_task(run, task.element_key, "assigning", changes), root_key=task.root_key,
            user=actor.username,
        )  # fmt: skip
        return True

    def give_in(self, unit: Unit, task: UserTask, user: str | None, actor: Actor) -> bool:
        """Give a task to somebody inside an open unit, or to nobody where they may not do it; tell whether it was given."""
        account = None if user is None else accounts.get(unit, user)
        given = self._is_for(task, account) and user not in self._excluded(unit, task)
        self.assign_in(unit, task, user if given else None, actor)
        self._log(unit, actor, "task.assign" if given else "task.release", task, {"user": user} if given else None)
        return given

    @again
    def complete(
        self, key: int, given: Mapping[str, Any] | Answers | None = None, *, user: str, actor: Actor | None = None,
        files: Files | None = None, confirmed: bool = True,
    ) -> bool:  # fmt: skip
        """Complete a task; the form's answers are checked first and every problem is reported at once. ``given`` are
        the answers, or a function that reads them. ``files`` that answer a question become documents of the case.
        Returns False if listeners of the task decide first. Raises InvalidSubmission, Forbidden (not this user's, or
        excluded by ``nietDoor``), Conflict (already done), or Unconfirmed where the answers are right, what follows cannot be
        undone, and it is not ``confirmed``.
        """
        _check_user(user)
        actor = actor or Actor(user, is_system=True)
        check_clean(self.context, (file for found in (files or {}).values() for file in found))
        try:
            return self._complete(key, given, user, actor, files or {}, None, confirmed)
        except _CheckFirst as first:
            checked = first.asked, self._answered(first.asked, given, files)  # nobody waits meanwhile
        return self._complete(key, given, user, actor, files or {}, checked, confirmed)

    def _complete(
        self, key: int, given: Mapping[str, Any] | Answers | None, user: str, actor: Actor, files: Files,
        checked: tuple[Asked, forms.Outcome] | None, confirmed: bool,
    ) -> bool:  # fmt: skip
        with self.context.db.write() as unit, self.context.catalog.within(unit):
            task = tasks.get_locked(unit, key)
            absent = self._may_complete(unit, task, user, actor)

            def command(run: Run) -> bool:
                row = run.element(task.element_key)
                self._check_duty(unit, run, task, user)
                asked = Asked(self.form(task), lambda: visible_variables(run, row))
                if checked is None and forms.has_expressions(asked.schema):
                    asked.variables  # noqa: B018  # read while the unit is open
                    raise _CheckFirst(asked)
                is_known = checked is not None and checked[0].is_same(asked)
                answered = checked[1] if checked and is_known else self._answered(asked, given, files)
                sent = {name: answered.variables.get(name) for name in answered.submitted}
                said = self.context.out_of_range(task.definition_key, sent)
                if said:
                    raise InvalidSubmission([Problem(name, sentence) for name, sentence in said.items()])
                if not confirmed and IRREVERSIBLE in run.element_of(row).properties:
                    raise Unconfirmed(task)
                keep(self.context, unit, attach(self.context, answered, files), task.root_key, task.instance_key)
                commands.complete(run, task.element_key, answered.variables)
                return Listening.of(row) is None

            done = self.steps.run(unit, command, root_key=task.root_key, user=user)
            self._log(unit, actor, "task.complete", task, None if absent is None else {"deputy_of": absent})
        return done

    def _check_duty(self, unit: Unit, run: Run, task: UserTask, user: str) -> None:
        if duties.EXCLUDES in self.context.catalog.process(task.definition_key).elements[task.element_id].properties:
            performed = tasks.performers(unit, [task.root_key])[task.root_key]
            excluded = duties.excluded(self.context.catalog, run, run.element(task.element_key), performed)
            if user in excluded:
                self._refuse(user, task.key, excluded)

    def tried(
        self, unit: Unit, run: Run, task: UserTask, answers: Answers, actor: Actor, files: Files | None = None
    ) -> Mapping[str, Any]:
        """Return the answers with which this actor could complete a task; nothing is stored. Raises as ``complete`` does."""
        self._may_complete(unit, task, actor.username, actor)
        self._check_duty(unit, run, task, actor.username)
        answered = self._answered(self.asked(unit, task), answers, files)
        sent = {name: answered.variables.get(name) for name in answered.submitted}
        said = self.context.out_of_range(task.definition_key, sent)
        if said:
            raise InvalidSubmission([Problem(name, sentence) for name, sentence in said.items()])
        attach(self.context, answered, files or {})
        return answered.variables

    def _may_complete(self, unit: Unit, task: UserTask, user: str, actor: Actor) -> str | None:
        """Raise unless somebody may complete a task now; return as whose deputy, if it is a colleague's who is away."""
        self.access.check_may_do(unit, task, actor)
        moved(TASK_MOVES, _("Task {key}").format(key=task.key), task.state, "complete")
        absent = self.absent_in(unit, task, user)
        if task.assignee not in (None, user, absent):
            raise Conflict(
                _("Task {key} is {assignee}'s.").format(key=task.key, assignee=task.assignee),
                remedy=_("Ask the colleague to release it, or choose another task."),
            )
        return absent

    def asked(self, unit: Unit, task: UserTask) -> Asked:
        """Return the form of a task with the variables that it is opened with, read inside an open unit."""
        from inburgering_flow.store.runtime import RowState

        def load() -> Mapping[str, Any]:
            if task.state != CREATED:
                return {}
            run = Run(self.context.env, RowState(unit), self.context.clock.now())
            return visible_variables(run, run.element(task.element_key))

        return Asked(self.form(task), load)

    def _answered(
        self, asked: Asked, given: Mapping[str, Any] | Answers | None, files: Files | None
    ) -> forms.Outcome:
        values = variables_given(given(asked) if callable(given) else given)
        if asked.schema is None:
            return forms.Outcome(values, values, {})
        context = FeelContext(self.context.clock.now(), self.context.env.zone)
        return forms.submit(asked.schema, values, asked.variables, context=context, files=files)

    def denial(self, key: int) -> tuple[str, str] | None:
        """Return which move of a task (assigning, updating, completing) its listener denied last and why, if any."""
        with self.context.db.read() as unit:
            return self.standing_in(unit, tasks.get(unit, key))[0]

    def busy(self, key: int) -> bool:
        """Tell whether listeners of an open task are at work: the last request has not been carried out yet."""
        with self.context.db.read() as unit:
            return self.standing_in(unit, tasks.get(unit, key))[1]

    @staticmethod
    def standing_in(unit: Unit, task: UserTask) -> tuple[tuple[str, str] | None, bool]:
        """Return the last denial of a task, None once it has moved on, and whether its listeners are at work, so that it
        cannot be moved now; read inside an open unit.
        """
        from inburgering_flow.store.runtime import RowState

        if task.state != CREATED:
            return None, False
        element = RowState(unit).element(task.element_key)
        denied = Denied.of(element)
        return None if denied is None else (denied.on, denied.reason), Listening.of(element) is not None

    def has_moved_in(self, unit: Unit, task: UserTask) -> bool:
        """Tell whether a task has moved as asked; False where its listeners decide first."""
        element = self.context.catalog.process(task.definition_key).elements[task.element_id]
        return not element.task_listeners or not self.standing_in(unit, tasks.get(unit, task.key))[1]

    def excluded(self, key: int) -> list[str]:
        """Return the users who may not do a task because of what they did before (``nietDoor``)."""
        with self.context.db.read() as unit:
            return sorted(self._excluded(unit, tasks.get(unit, key)))

    # -- inside ----------------------------------------------------------------------------------------------------

    def opened_in(self, unit: Unit, key: int, actor: Actor, move: str, *, doing: bool = False) -> UserTask:
        """Return a task, locked, that the actor reaches (or may do) and to which a move can be made; raises NotFound, Forbidden
        or Conflict.
        """
        task = tasks.get_locked(unit, key)
        if doing:
            self.access.check_may_do(unit, task, actor)
        else:
            self.access.check(unit, task, actor)
        moved(TASK_MOVES, _("Task {key}").format(key=key), task.state, move)
        if move != "complete" and tasks.of_suspended_case(unit, task):  # completing asks the engine, which checks
            raise stands_still(task.root_key)
        return task

    def excluded_in(self, unit: Unit, task: UserTask) -> set[str]:
        """Return the users who may not do a task, read inside an open unit; nobody for a task that has ended."""
        return self._excluded(unit, task) if task.state == CREATED else set()

    def _excluded(self, unit: Unit, task: UserTask) -> set[str]:
        catalog = self.context.catalog
        if duties.EXCLUDES not in catalog.process(task.definition_key).elements[task.element_id].properties:
            return set()
        from inburgering_flow.store.runtime import RowState

        with catalog.within(unit):
            run = Run(self.context.env, RowState(unit), self.context.clock.now())
            performed = tasks.performers(unit, [task.root_key])[task.root_key]
            return duties.excluded(catalog, run, run.element(task.element_key), performed)

    def excluded_of(self, unit: Unit, many: Sequence[UserTask]) -> dict[int, set[str]]:
        """Return for each of these open tasks the users who may not do it, read in a few statements for all of them."""
        from inburgering_flow.store.ahead import RowsAhead

        state = RowsAhead(unit, [task.element_key for task in many])
        performed = tasks.performers(unit, [task.root_key for task in many])
        found = {}
        with self.context.catalog.within(unit):
            for task in many:  # each with a budget of its own
                run = Run(self.context.env, state, self.context.clock.now())
                row = run.element(task.element_key)
                found[task.key] = duties.excluded(self.context.catalog, run, row, performed[task.root_key])
        return found

    def not_excluded_in(self, unit: Unit, task: UserTask, user: str) -> None:
        """Raise SeparationOfDuties or DutyUnknown where somebody may not do a task because of an earlier step."""
        excluded = self._excluded(unit, task)
        if user in excluded:
            self._refuse(user, task.key, excluded)

    @staticmethod
    def _refuse(user: str, key: int, excluded: set[str]) -> None:
        if isinstance(excluded, duties.Everybody):
            raise DutyUnknown(
                _("Who may not do task {key} cannot be computed, so nobody may do it now.").format(key=key),
                remedy=_("Correct the facts of the case from which it follows, or let the model be corrected."),
            )
        raise SeparationOfDuties(
            _("{user} may not do task {key}: the same person did an earlier step that it judges.").format(
                user=user, key=key
            ),
            remedy=_("Let a colleague do it (separation of duties)."),
        )

    def asked_of(self, key: int, actor: Actor, *, doing: bool = False) -> Asked:
        """Return the form of a task that the actor may see, or may work on where ``doing``. Raises NotFound or Forbidden."""
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            task = tasks.get(unit, key)
            (self.access.check_may_do if doing else self.access.check)(unit, task, actor)
            asked = self.asked(unit, task)
            asked.variables  # noqa: B018  # read while the unit is open
            return asked

    def form(self, task: UserTask) -> Mapping[str, Any] | None:
        """Return the form of a task: the one deployed with its process where there is one, else the newest."""
        if not task.form_id:
            return None
        process = self.context.catalog.process(task.definition_key)
        element = process.elements[task.element_id]
        return self.context.catalog.form(task.form_id, process, element.binding, element.version_tag)

    def _log(
        self, unit: Unit, actor: Actor, action: str, task: UserTask, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.context.log(
            unit, actor.username, action, root_key=task.root_key, subject_key=task.key,
            detail={"element": task.element_id, **(detail or {})},
        )  # fmt: skip
