"""Reassessing what was computed from facts that were corrected since: shown old beside new, then stored with a reason.

Both do the same: ``_Round`` goes through a case once, the oldest process first, and computes each result again with what was
corrected and what has been computed again before it. To show is to do it for everything in a run whose step is thrown away; to
store is to do it for what was chosen, where each outcome has to be the one that was shown.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from inburgering_flow import forms
from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import commands, reassessment
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.reassessment import Change
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import names_in, read
from inburgering_flow.engine.waiting import follows
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.feel import to_plain
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.audit import derived_key
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE, COMPLETED, CREATED, SUSPENDED, JobRow, ProcessInstance, UserTask
from inburgering_flow.services.again import again
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.decisions import DecisionView, views
from inburgering_flow.services.duties import performer_variables
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.open_parts import OpenParts, open_parts
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.services.steps import Steps, TooMuchWork
from inburgering_flow.store import audit, decisions, instances, jobs, tasks
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import RowState

COPY, DECISION, TASK, TIMER = "copy", "decision", "task", "timer"
BY_HAND, SET_SINCE, OVER, GONE, REPEATED, FAILED = "by_hand", "set_since", "over", "gone", "repeated", "failed"
"""Why a result stays: answered in a form since; no longer what was decided; its process has ended; its step is not in this
version; it was decided for each of a list; there is no outcome with the values of now."""


@dataclass(frozen=True)
class Result:
    """One value that changes, old and new; ``hidden`` where the actor may not see it, and then both are None."""

    name: str
    before: Any
    after: Any
    hidden: bool = False


@dataclass(frozen=True)
class Outcome:
    """Something that would be different if it were computed now.

    ``mark`` is that of these outcomes and no others. ``by_itself``: it follows what is stored with it and is not chosen.
    ``is_past``: a timer that fires as soon as it is stored. Only of a decision: what the history has of it and would have, and
    which version the model binds to (latest, deployment, versionTag with its ``tag``).
    """

    id: str
    kind: str
    title: str
    results: list[Result]
    mark: str = ""
    by_itself: bool = False
    is_past: bool = False
    old: DecisionView | None = None
    new: DecisionView | None = None
    binding: str = ""
    tag: str = ""

    @property
    def choice(self) -> str:
        """What a page sends back to choose this outcome."""
        return f"{self.id} {self.mark}"


@dataclass(frozen=True)
class Reassessment:
    """What would be different now, and what stays as it is: (name, why)."""

    outcomes: list[Outcome]
    kept: list[tuple[str, str]]
    is_corrected: bool
    """Whether anything was corrected in what is open to the actor."""
    is_suspended: bool


@dataclass
class _Stored:
    """A line of the log for something that was stored."""

    action: str
    subject_key: int
    detail: dict[str, Any] = field(default_factory=dict)


class Reassessments:
    """Use cases about results of facts that were corrected."""

    def __init__(self, context: Context, steps: Steps, access: CaseAccess) -> None:
        self.context = context
        self.steps = steps
        self.access = access
        self._key = derived_key(context.secret, "reassessment")

    def of_case(self, root_key: int, actor: Actor) -> Reassessment:
        """Return what would be different now in the parts of a case that are open to the actor; nothing is stored.

        The look is logged. Raises Forbidden, NotFound, or TooMuchWork where computing takes more than one step may.
        """
        actor.require(permissions.CASE_CORRECT)
        self.access.check(root_key, actor)
        self.access.log_look(actor, "case.look", root_key, root_key)
        context = self.context
        with context.db.read() as unit, context.catalog.within(unit):
            run = Run(context.env, RowState(unit), context.clock.now(), actor.username)
            found = _Round(context, unit, run, root_key, actor, self._mark)
            found.go()
            if run.total.is_exceeded:
                raise TooMuchWork(
                    _("This cannot be shown: computing it again takes too much work."),
                    remedy=_("Report this to the administrator: the model has to be changed."),
                )
            case = instances.get(unit, root_key)
            return Reassessment(found.outcomes, found.kept, bool(found.changed), case.state == SUSPENDED)

    @again
    def store(self, root_key: int, chosen: Collection[str], *, reason: str, actor: Actor) -> int:
        """Store the outcomes that were chosen (``Outcome.choice``), in one transaction; return how many.

        Each variable that changes is a correction in the log, with old and new value and, of a decision, its key; each date has a
        line too. Raises Forbidden, NotFound, InvalidInput without a reason or a choice, and Conflict where the case stands still
        or has ended, or an outcome is another one than was shown.
        """
        actor.require(permissions.CASE_CORRECT)
        why = checked_reason(reason)
        wanted = dict(one.partition(" ")[::2] for one in chosen)
        if not wanted:
            raise InvalidInput(_("Nothing was chosen."), remedy=_("Choose at least one outcome, or go back to the case."))
        self.access.check(root_key, actor)
        with self.context.db.write() as unit:
            self.steps.lock(unit, root_key)

            def command(run: Run) -> list[_Stored]:
                run.must_move(run.instance(root_key))
                made = _Round(self.context, unit, run, root_key, actor, self._mark, wanted)
                made.go()
                shown = {one.id: one.mark for one in made.outcomes if not one.by_itself}
                if any(shown.get(id) != mark for id, mark in wanted.items()):
                    raise Conflict(
                        _("An outcome is another one than was shown, or the case has moved on."),
                        remedy=_("Look at the outcomes of now, and choose again."),
                    )
                return made.stored

            for line in self.steps.run(unit, command, root_key=root_key, user=actor.username):
                self.context.log(
                    unit, actor.username, line.action, root_key=root_key, subject_key=line.subject_key,
                    detail={**line.detail, "reason": why},
                )  # fmt: skip
        return len(wanted)

    def _mark(self, *said: Any) -> str:
        """Return the mark of an outcome: with a key, as values that are hidden from the reader are in it."""
        return hmac.new(self._key, repr(to_plain(said)).encode(), hashlib.sha256).hexdigest()[:32]


class _Round:
    """One round through a case; of what is ``wanted`` (None: everything) the outcome is kept in the run for what follows."""

    def __init__(
        self, context: Context, unit: Unit, run: Run, root_key: int, actor: Actor, mark: Callable[..., str],
        wanted: Collection[str] | None = None,
    ) -> None:  # fmt: skip
        self.context, self.unit, self.run, self.actor, self.mark, self.wanted = context, unit, run, actor, mark, wanted
        self.catalog = context.catalog
        self.parts: OpenParts = open_parts(unit, self.catalog, root_key, actor)
        self.family = {i.key: i for i in self.parts.family}
        self.live = {key: i for key, i in self.family.items() if i.state in (ACTIVE, SUSPENDED)}
        self.tasks = tasks.of_case(unit, root_key)
        self.changed: set[tuple[int, str]] = set()
        self.olds: dict[tuple[int, str], list[Any]] = {}
        self.outcomes: list[Outcome] = []
        self.kept: list[tuple[str, str]] = []
        self.stored: list[_Stored] = []
        self.performers = performer_variables(unit, self.catalog, root_key)
        for line in audit.corrections(unit, root_key):
            detail, key = line["detail"] or {}, line["subject_key"]
            if key in self.live and "name" in detail:
                one = key, str(detail["name"])
                self.changed.add(one)
                self.olds.setdefault(one, []).append(detail.get("before"))
        self.root_key = root_key

    def go(self) -> None:
        """Compute everything again that was computed from what was corrected, or from what this round has changed."""
        if not self.changed:
            return
        rows = self._newest(decisions.of_case(self.unit, self.root_key))
        for instance in self.live.values():
            self._copies(instance)
            own = [row for row in rows if row.instance_key == instance.key]
            for row in own:
                self._decision(row, [later for later in own if later.key > row.key])
        self._over(rows)
        for task in self.tasks:
            if task.state == CREATED and task.instance_key in self.live:
                self._task(task)
        for job in jobs.of_instances(self.unit, self.root_key):
            if job.kind == "TIMER" and job.instance_key in self.live:
                self._timer(job)

    def _is_wanted(self, id: str) -> bool:
        return self.wanted is None or id in self.wanted

    def _element(self, instance_key: int, element_id: str) -> Element | None:
        return self.catalog.process(self.family[instance_key].definition_key).elements.get(element_id)

    def _newest(self, rows: list[DecisionRow]) -> list[DecisionRow]:
        """Return of each step the decision that was taken last, the oldest first: each has its own where it still runs inside a
        scope of its own.
        """
        newest: dict[tuple[int, int, str], DecisionRow] = {}
        for row in rows:
            if row.instance_key in self.family:
                scope = self.run.element(row.element_key).scope_key
                is_own = scope != row.instance_key and self.run.scope(scope).state == ACTIVE
                newest.setdefault((row.instance_key, scope if is_own else 0, row.element_id), row)
        return sorted(newest.values(), key=lambda row: row.key)

    # -- each kind ---------------------------------------------------------------------------------------------------

    def _copies(self, instance: ProcessInstance) -> None:
        """A called process keeps what it was started with: the old value, of a variable that was corrected where it came from."""
        for scope_key, name in sorted(self.changed):
            if scope_key != instance.parent_key or name not in names_in(self.run, instance.key) or name in self.performers:
                continue
            before, after = read(self.run, instance.key, name), read(self.run, scope_key, name)
            if before != after and before in self.olds.get((scope_key, name), ()):
                change = Change(instance.key, instance.key, name, before, after)
                outcome = Outcome(f"c{instance.key}:{name}", COPY, instance.process_id, [self._result(change)])
                self._add(outcome, [change], (before, after))

    def _decision(self, old: DecisionRow, later: list[DecisionRow]) -> None:
        run, element = self.run, self._element(old.instance_key, old.element_id)
        name = old.decision_name or old.decision_id
        if element is None or element.called_decision is None:
            if any((old.instance_key, one) in self.changed for one in old.inputs):
                self.kept.append((name, GONE))
            return
        row = run.element(old.element_key)
        if not reassessment.is_read(run, run.scope(row.scope_key), reassessment.inputs(run, row, old), self.changed):
            return
        if element.loop is not None:
            self.kept.append((name, REPEATED))
            return
        by_hand = self._answered_since(old.evaluated)
        fixed = by_hand | self.performers
        for one in later:
            found = self._element(one.instance_key, one.element_id)
            fixed |= reassessment.targets(found) if found is not None else set()
        try:
            found_again = reassessment.decide_again(run, old, fixed)
        except Trouble:
            self.kept.append((name, FAILED))
            return
        new = found_again.decision
        if dict(new.inputs) == dict(old.inputs):  # taken after the correction; another outcome would be that of another day
            return
        self.kept.extend((self._named(old.instance_key, one), BY_HAND if one in by_hand else SET_SINCE)
                         for one in found_again.kept if one in by_hand or one not in fixed)  # fmt: skip
        shown = views([old, new], self.family, self.catalog, self.actor)
        outcome = Outcome(
            f"d{old.key}", DECISION, name, [self._result(one) for one in found_again.changes], old=shown[0], new=shown[1],
            binding=element.binding, tag=element.version_tag,
        )  # fmt: skip
        said = new.version, new.output, [(c.scope_key, c.name, c.before, c.after) for c in found_again.changes]
        self._add(outcome, found_again.changes, said, new)

    def _over(self, rows: list[DecisionRow]) -> None:
        """Name what was decided with the old value in a process that has ended."""
        for row in rows:
            if row.instance_key not in self.live and any(
                name in row.inputs and row.inputs[name] in olds for (_key, name), olds in self.olds.items()
            ):
                self.kept.append((row.decision_name or row.decision_id, OVER))

    def _task(self, task: UserTask) -> None:
        run, element = self.run, self._element(task.instance_key, task.element_id)
        if element is None:
            return
        process, row = self.catalog.process(task.definition_key), run.element(task.element_key)
        texts = {"due": element.due_date, "follow_up": element.follow_up_date}
        read_ = {what for what, text in texts.items() if reassessment.is_read(run, row, process.reads(text), self.changed)}
        if not read_:
            return
        try:
            dates = reassessment.dates_again(run, row)
        except Trouble:
            self.kept.append((task.name, FAILED))
            return
        before = {"due": task.due, "follow_up": task.follow_up}
        moved = {what: dates[what] for what in sorted(read_) if dates[what] != before[what]}
        if not moved:
            return
        results = [Result(what, before[what], moment) for what, moment in moved.items()]
        outcome = Outcome(f"t{task.key}", TASK, task.name, results, by_itself=follows(element))
        self._add(outcome, (), [(what, before[what], moment) for what, moment in moved.items()])
        if self.wanted is not None and not outcome.by_itself and self._is_wanted(outcome.id):
            commands.change_task(run, task.element_key, "updating", moved)
            for what, moment in moved.items():
                self._store("task.recompute", task.key, what, before[what], moment)

    def _timer(self, job: JobRow) -> None:
        run, element = self.run, self._element(job.instance_key, job.element_id)
        part = int((job.payload or {}).get("part", 0))
        if element is None or element.event is None or part >= len(element.event.all):
            return
        process, owner = self.catalog.process(self.family[job.instance_key].definition_key), run.scope(job.element_key)
        if not reassessment.is_read(run, owner, process.reads(element.event.all[part].expression), self.changed):
            return
        try:
            moment, payload = reassessment.timer_again(run, job)
        except Trouble:
            self.kept.append((element.name or element.id, FAILED))
            return
        if moment == job.due:
            return
        outcome = Outcome(
            f"w{job.key}", TIMER, element.name or element.id, [Result("due", job.due, moment)], by_itself=bool(job.watches),
            is_past=moment <= run.now,
        )  # fmt: skip
        self._add(outcome, (), (job.due, moment))
        if self.wanted is not None and not outcome.by_itself and self._is_wanted(outcome.id):
            self._store("timer.recompute", job.instance_key, outcome.title, job.due, moment)
            run.step.changed_jobs.append(replace(job, due=moment, payload=payload))

    # -- what they share ---------------------------------------------------------------------------------------------

    def _add(self, outcome: Outcome, changes: Collection[Change], said: Any, decision: DecisionRow | None = None) -> None:
        """Show an outcome; where it is wanted, keep it for what is computed after it."""
        self.outcomes.append(replace(outcome, mark=self.mark(outcome.id, said)))
        if not self._is_wanted(outcome.id):
            return
        reassessment.keep(self.run, changes, decision)
        for one in changes:
            self.changed.add((one.scope_key, one.name))
            self.olds.setdefault((one.scope_key, one.name), []).append(one.before)
            detail = {"name": one.name, "before": one.before, "after": one.after}
            more = {"decision": decision.key} if decision is not None else {}
            self.stored.append(_Stored(audit.CORRECTED, one.instance_key, {**detail, **more}))
        if decision is not None and not changes:
            self.stored.append(_Stored("decision.again", decision.instance_key, {"decision": decision.key}))

    def _store(self, action: str, subject_key: int, name: str, before: datetime | None, after: datetime | None) -> None:
        told = {"before": before and before.isoformat(), "after": after and after.isoformat()}
        self.stored.append(_Stored(action, subject_key, {"name": name, **told}))

    def _result(self, change: Change) -> Result:
        definition_key = self.family[change.instance_key].definition_key
        if may_read(self.catalog, definition_key, change.name, self.actor):
            return Result(change.name, change.before, change.after)
        return Result("", None, None, hidden=True)

    def _named(self, instance_key: int, name: str) -> str:
        """Return the name of a variable for who may see it; empty for others."""
        return name if may_read(self.catalog, self.family[instance_key].definition_key, name, self.actor) else ""

    def _answered_since(self, moment: datetime) -> set[str]:
        """Return what was asked in forms that were answered after a moment: somebody has decided it since, by hand."""
        found: set[str] = set()
        for task in self.tasks:
            if task.state != COMPLETED or not task.form_id or task.completed is None or task.completed < moment:
                continue
            process = self.catalog.process(task.definition_key)
            element = process.elements.get(task.element_id)
            binding, tag = (element.binding, element.version_tag) if element is not None else ("latest", "")
            schema: Mapping[str, Any] | None = self.catalog.form(task.form_id, process, binding, tag)
            found |= forms.names(schema) if schema is not None else set()
        return found
