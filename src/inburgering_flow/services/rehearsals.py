"""Rehearsals: every running case of older versions is moved to another on a copy of its state, in the background.

Nothing of a case is written. A portion reads as long as ``SECONDS`` at most and gives way to other work; whoever began it can
leave the page, and stop it.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.bpmn.renamed import Renamed, suggest
from inburgering_flow.engine import commands, migration
from inburgering_flow.engine.migrated import MigratedState
from inburgering_flow.engine.run import Run
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.feel.scope import Total
from inburgering_flow.i18n import _, language, speaking
from inburgering_flow.model import permissions
from inburgering_flow.model.changes import MigrationPlan, MigrationRefused, Refusal
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.rehearsals import DONE, REHEARSAL_MOVES, RUNNING, Group, Plan, Rehearsal
from inburgering_flow.model.runtime import SUSPENDED, JobRow, moved, stands_still
from inburgering_flow.services.candidates import Candidates
from inburgering_flow.services.context import KEPT, Context
from inburgering_flow.services.disclosure.counts import counts_exactly, hidden_in_lines
from inburgering_flow.services.disclosure.incidents import KINDS, OTHER
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.portions import PORTION, in_portions
from inburgering_flow.services.resources import Resource
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import cases, definitions, instances, jobs, runtime
from inburgering_flow.store import rehearsals as rows
from inburgering_flow.store.database import Unit

WORK = "REHEARSAL"  # the type of its job
CHUNK = 100  # cases of one look into the database
SECONDS = 2.0  # of one portion
NAMED = 5  # cases of each group that are kept to be looked at


@dataclass(frozen=True)
class Verdict:
    """What would happen to one case: ``refusals`` prevent it, ``stops`` are (element, kind of fault) where it would halt."""

    refusals: tuple[Refusal, ...] = ()
    stops: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Choice:
    """An element that the target does not have: what it may become as (id, name), and what it has probably become."""

    id: str
    name: str
    options: list[tuple[str, str]]
    suggested: Renamed | None


@dataclass(frozen=True)
class Source:
    """A version with running cases, as a plan may begin with it, with what is to be chosen; the plan takes what is suggested."""

    plan: Plan
    version: int
    target_version: int
    name: str
    choices: list[Choice]


@dataclass(frozen=True)
class Shown:
    """A rehearsal as somebody may see it; ``names`` are (case, its name) of those in the groups that the reader sees."""

    rehearsal: Rehearsal
    plans: list[Plan]
    versions: Mapping[int, int]
    groups: list[Group]
    names: Mapping[int, tuple[int, str]]


class Rehearsals:
    """Use cases about moving cases, before it is done."""

    def __init__(self, context: Context) -> None:
        self.context = context

    # -- for people ------------------------------------------------------------------------------------------------

    def sources(self, actor: Actor, *, resources: Sequence[Resource] = (), target_key: int | None = None) -> list[Source]:
        """Return the versions whose running cases could go to a process in ``resources``, or to a version in force."""
        _may(actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            catalog = Candidates(self.context, unit, resources)
            targets = catalog.ids if target_key is None else {target_key: catalog.process(target_key).process_id}
            found = []
            for target_key, process_id in targets.items():
                for key, version, _number in rows.versions_with_cases(unit, process_id):
                    if key == target_key:
                        continue
                    target = catalog.process(target_key)
                    choices = choices_between(catalog.process(key).definition, target.definition)
                    mapping = {one.id: one.suggested.after for one in choices if one.suggested is not None}
                    plan = Plan(key, target_key, process_id, mapping)
                    found.append(Source(plan, version, target.version, target.definition.name, choices))
        return found

    def begin(
        self, plans: Sequence[Plan], actor: Actor, *, resources: Sequence[Resource] = (), proposal_key: int | None = None,
        once: str = "",
    ) -> int:  # fmt: skip
        """Begin a rehearsal of these plans in the background; return its key. Raises InvalidInput where no case would move."""
        _may(actor)
        if not plans:
            raise InvalidInput(
                _("No running case has an older version of this."), remedy=_("There is nothing to rehearse: go on.")
            )
        now = self.context.clock.now()
        with self.context.db.write() as unit:

            def make() -> int:
                key = self.context.keys.next()
                content = {r.name: base64.b64encode(r.content).decode() for r in resources}
                target = plans[0].target_key if plans[0].target_key > 0 else None
                total = rows.count(unit, [plan.source_key for plan in plans])
                outcome = {"after": 0, "language": language(), "groups": []}
                rows.add(unit, Rehearsal(
                    key, now, actor.username, proposal_key, target, content, [asdict(p) for p in plans], RUNNING, total, 0,
                    outcome, None,
                ))  # fmt: skip
                self._enqueue(unit, key)
                self.context.log(unit, actor.username, "rehearsal.begin", subject_key=key)
                return key

            return made_once(self.context, unit, "rehearsal", once, actor, make)

    def get(self, key: int, actor: Actor) -> Shown:
        """Return a rehearsal with what it has found so far, the largest groups first; raises NotFound."""
        _may(actor)
        with self.context.db.read() as unit:
            found = rows.get(unit, key)
            plans = [Plan(**plan) for plan in found.plans]
            groups = [Group(**{**g, "keys": tuple(g["keys"])}) for g in found.outcome["groups"]]
            wanted = [k for group in groups for k in group.keys]
            roots = instances.roots_of(unit, wanted)
            seen = cases.seen(unit, actor, sorted(set(roots.values())))
            called = cases.names(unit, sorted(seen))
            versions = {p.source_key: row.version for p in plans if (row := definitions.by_key(unit, p.source_key)) is not None}
        names = {k: (root, called.get(root, "")) for k, root in roots.items() if root in seen}
        log_list(self.context, actor, "rehearsal", len(names))
        return Shown(found, plans, versions, _disclosed(groups, actor), names)

    def of_proposal(self, proposal_key: int, actor: Actor) -> Shown | None:
        """Return the newest rehearsal of a proposal; None where there is none."""
        _may(actor)
        with self.context.db.read() as unit:
            key = rows.newest_of(unit, proposal_key)
        return None if key is None else self.get(key, actor)

    def stop(self, key: int, actor: Actor) -> None:
        """Stop a rehearsal; what it has found stays. Raises Conflict where it is over."""
        _may(actor)
        with self.context.db.write() as unit:
            found = rows.get(unit, key, lock=True)
            state = moved(REHEARSAL_MOVES, _("The rehearsal"), found.state, "stop")
            now = self.context.clock.now()
            rows.update_progress(unit, key, checked=found.checked, outcome=found.outcome, state=state, ended=now)
            jobs.remove_of(unit, key)
            self.context.log(unit, actor.username, "rehearsal.stop", subject_key=key)

    def forget(self, most: int = PORTION) -> int:
        """Forget rehearsals that were begun longer than ``KEPT`` ago; return how many."""
        before = self.context.clock.now() - KEPT
        return in_portions(self.context.db, lambda unit, size: rows.forget(unit, before, size), most)

    # -- one case --------------------------------------------------------------------------------------------------

    def verdict(self, unit: Unit, instance_key: int, plan: Plan, catalog: Candidates) -> Verdict:
        """Return what a plan would do to one case, as it stands in this unit; nothing is written."""
        instance = instances.get(unit, instance_key)
        if instance.state == SUSPENDED:
            return Verdict((Refusal("", stands_still(instance.root_key).message),))
        wanted = MigrationPlan(plan.target_key, plan.mapping, same_ids=True)
        env, now = replace(self.context.env, catalog=catalog), self.context.clock.now()
        state, total = runtime.RowState(unit), Total(self.context.env.step_rounds, self.context.env.step_seconds)
        try:
            checked = migration.check(Run(env, state, now), instance, catalog.process(plan.target_key), wanted)
            run = Run(env, MigratedState(state, checked), now, None, total)
            migration.settle(run, checked)
            step = commands.settle(run)
        except MigrationRefused as error:
            return Verdict(error.refusals)
        if total.is_exceeded:
            return Verdict((Refusal("", _("This cannot be done: what the process does next takes too much work.")),))
        return Verdict(stops=tuple(dict.fromkeys((i.element_id, i.error_type) for i in step.new_incidents)))

    # -- for the executor ------------------------------------------------------------------------------------------

    def work(self, job: JobRow, owner: str) -> bool:
        """Look at the next cases under the lease of ``owner``; False where somebody else took over."""
        key = job.element_key
        with self.context.db.read() as unit:
            found = rows.get(unit, key)
        plans = {plan.source_key: plan for plan in (Plan(**p) for p in found.plans)}
        groups = {_place(g): g for g in map(dict, found.outcome["groups"])}
        after, checked = found.outcome["after"], found.checked
        until = time.monotonic() + SECONDS
        with self.context.db.read() as unit:
            catalog = Candidates(self.context, unit, _files(found))
        with speaking(found.outcome["language"]):
            while True:
                with self.context.db.read() as unit, self.context.catalog.within(unit):
                    some = rows.following(unit, list(plans), after, CHUNK)
                    for instance_key, source in some:
                        _add(groups, source, instance_key, self._safely(unit, instance_key, plans[source], catalog))
                        after, checked = instance_key, checked + 1
                is_over = len(some) < CHUNK
                if is_over or time.monotonic() >= until:
                    break
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if not jobs.remove_leased(unit, job.key, owner):
                return False
            if rows.get(unit, key, lock=True).state == RUNNING:
                outcome = {**found.outcome, "after": after, "groups": list(groups.values())}
                state = DONE if is_over else RUNNING
                rows.update_progress(
                    unit, key, checked=checked, outcome=outcome, state=state, ended=now if is_over else None
                )  # fmt: skip
                if not is_over:
                    self._enqueue(unit, key)
            jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", now)
        return True

    def _safely(self, unit: Unit, instance_key: int, plan: Plan, catalog: Candidates) -> Verdict:
        """Return the verdict on one case; one that this cannot tell is told as refused, so that the others are told too."""
        try:
            return self.verdict(unit, instance_key, plan, catalog)
        except FlowError as error:
            return Verdict((Refusal("", error.message),))

    def _enqueue(self, unit: Unit, key: int) -> None:
        now = self.context.clock.now()
        jobs.add(unit, JobRow(self.context.keys.next(), "BATCH", WORK, 0, 0, key, "", now, 0))
        unit.after_commit(self.context.work_appeared)


def _may(actor: Actor) -> None:
    if not actor.may(permissions.PROCESS_MANAGE):
        actor.require(permissions.DEPLOY)


def choices_between(before: ProcessDefinition, after: ProcessDefinition) -> list[Choice]:
    """Return the elements that are gone, each with the new ones of its kind."""
    suggested = {one.before: one for one in suggest(before, after)}
    fresh = [e for e in after.elements.values() if e.id not in before.elements]
    return [
        Choice(e.id, e.name or e.id, [(n.id, n.name or n.id) for n in fresh if n.type == e.type], suggested.get(e.id))
        for e in before.elements.values() if e.id not in after.elements
    ]  # fmt: skip


def _files(found: Rehearsal) -> list[Resource]:
    return [Resource(name, base64.b64decode(content)) for name, content in found.resources.items()]


def _place(group: Mapping[str, Any]) -> tuple[int, str, str, bool]:
    return group["source_key"], group["element_id"], group["message"], group["stops"]


def _add(groups: dict[tuple[int, str, str, bool], dict[str, Any]], source: int, key: int, verdict: Verdict) -> None:
    """Count a case among those with the same obstacles, with the same first stop, or that can be moved."""
    element_id, message, stops = "", "", False
    if verdict.refusals:
        said = dict.fromkeys(_(KINDS.get(r.trouble, OTHER)) if r.trouble else r.message for r in verdict.refusals)
        element_id, message = verdict.refusals[0].element_id, " ".join(said)
    elif verdict.stops:
        element_id, message, stops = verdict.stops[0][0], _(KINDS.get(verdict.stops[0][1], OTHER)), True
    new = {"source_key": source, "element_id": element_id, "message": message, "stops": stops, "count": 0, "keys": []}
    group = groups.setdefault((source, element_id, message, stops), new)
    group["count"] += 1
    if len(group["keys"]) < NAMED:
        group["keys"] = [*group["keys"], key]


def _disclosed(groups: Sequence[Group], actor: Actor) -> list[Group]:
    """Return the groups, the largest first, with counts hidden that are small or would tell a small one."""
    ordered = sorted(groups, key=lambda g: (-(g.count or 0), g.element_id, g.message))
    if counts_exactly(actor):
        return ordered
    counts = {place: group.count or 0 for place, group in enumerate(ordered)}
    hidden = hidden_in_lines(counts, [list(counts)])
    return [replace(group, count=None) if place in hidden else group for place, group in enumerate(ordered)]
