"""Stepping into one running case: tokens moved, begun and ended, variables set, another version; always seen before it is done.

What is shown is what is done: the same command runs, and its step is thrown away. Whoever may do this need not see the case:
neither its person nor a value is shown, and each look is logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from inburgering_flow.bpmn.definition import SCOPES, Element
from inburgering_flow.engine import commands, migration
from inburgering_flow.engine.migrated import MigratedState
from inburgering_flow.engine.run import Run
from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel.scope import Total
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.changes import MigrationPlan, Modification
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import (
    COMPLETED,
    CREATED,
    INSTANCE_MOVES,
    SUSPENDED,
    TERMINATED,
    JobRow,
    ProcessInstance,
    moved,
    stands_still,
)
from inburgering_flow.model.step import Step
from inburgering_flow.services.again import again
from inburgering_flow.services.changes import Changes, plain
from inburgering_flow.services.context import Context
from inburgering_flow.services.corrections import read_fact
from inburgering_flow.services.disclosure.incidents import KINDS, OTHER
from inburgering_flow.services.duties import performer_variables
from inburgering_flow.services.looks import Look
from inburgering_flow.services.migration_plans import MigrationPlans
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.services.rehearsals import Choice, choices_between
from inburgering_flow.services.steps import Steps, TooMuchWork
from inburgering_flow.store import changes, definitions, instances, jobs
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import RowState

TASK, TIMER, WORK, WAIT, CALLED = "task", "timer", "work", "wait", "called"
NOT_BEGUN = frozenset(("startEvent", "boundaryEvent", "process"))  # kinds of elements that nobody can begin by hand


@dataclass(frozen=True)
class Standing:
    """Something active in a case: an element instance with the name of its element."""

    key: int
    element_id: str
    name: str
    type: str
    since: datetime


@dataclass(frozen=True)
class Thing:
    """Something that appears or vanishes; ``due`` is when a timer fires."""

    kind: str
    name: str
    due: datetime | None = None


@dataclass(frozen=True)
class Effect:
    """What a change of a case would do. ``becomes`` are names of steps, before and after; ``stops`` are (step, why) where it
    would stand still; ``ends`` says that the case, or this part of it, would be over.
    """

    appears: list[Thing] = field(default_factory=list)
    vanishes: list[Thing] = field(default_factory=list)
    becomes: list[tuple[str, str]] = field(default_factory=list)
    stops: list[tuple[str, str]] = field(default_factory=list)
    ends: bool = False


@dataclass(frozen=True)
class Opened:
    """A process of a case, to be changed; ``steps`` are those that may be begun, ``types`` the declared variables."""

    instance: ProcessInstance
    name: str
    family: list[tuple[int, str]]
    standing: list[Standing]
    steps: list[tuple[str, str]]
    types: Mapping[str, str]
    versions: list[tuple[int, int]]


class Interventions:
    """Use cases of whoever mends a single case."""

    def __init__(self, context: Context, steps: Steps, changes: Changes, plans: MigrationPlans) -> None:
        self.context = context
        self.steps = steps
        self.changes = changes
        self.plans = plans

    def open(self, key: int, actor: Actor) -> Opened:
        """Return where a process of a case stands, after the look is in the log; raises NotFound."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            instance = instances.get(unit, key)
            process = self.context.catalog.process(instance.definition_key)
            rows = RowState(unit).active_elements(key)
            family = [
                (one.key, self.context.catalog.process(one.definition_key).definition.name)
                for one in instances.family(unit, instance.root_key) if one.end is None
            ]  # fmt: skip
            versions = [(row.key, row.version) for row in definitions.versions(unit, "process", instance.process_id)]
        self.context.looks.log(Look(actor.username, "process.look", root_key=instance.root_key, subject_key=key))
        return Opened(
            instance, process.definition.name, family,
            [Standing(r.key, r.element_id, _called(process.elements[r.element_id]), r.element_type, r.start) for r in rows],
            [(e.id, e.name) for e in process.elements.values() if e.name and _may_begin(e)],
            process.types, [one for one in versions if one[0] != instance.definition_key],
        )  # fmt: skip

    def values(self, key: int, typed: Mapping[str, str]) -> dict[str, Any]:
        """Return variables as the data dictionary of a process types them. Raises InvalidInput for one that it does not declare,
        a text that does not fit, and what only the platform itself may say.
        """
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            instance = instances.get(unit, key)
            types = self.context.catalog.process(instance.definition_key).types
            kept = performer_variables(unit, self.context.catalog, instance.root_key) if typed else set()
        named = self.context.domain.case_name
        for name in typed:
            if name not in types:
                raise InvalidInput(
                    _("The data dictionary has no '{name}'.").format(name=name), remedy=_("Choose one from the list.")
                )
            if name in kept or (named is not None and name == named.variable):
                raise InvalidInput(
                    _("'{name}' is kept by the platform itself.").format(name=name), remedy=_("Nobody can change it here.")
                )
        found = {name: read_fact(text, types[name]) for name, text in typed.items()}
        self.context.check_ranges(instance.definition_key, found)
        return found

    def effect(self, key: int, wanted: Modification, values: Mapping[str, Any], actor: Actor) -> Effect:
        """Return what a change would do, without doing it; raises what doing it raises: ModificationRefused, Conflict, …"""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            instance = self._running(unit, key, "modify")
            run = self._run(RowState(unit), actor)
            self._command(key, wanted, values)(run)
            return self._effect(unit, instance, run, self._settled(run))

    @again
    def modify(self, key: int, wanted: Modification, values: Mapping[str, Any], reason: str, actor: Actor) -> None:
        """Do what ``effect`` shows, all of it or nothing, with a reason for the log."""
        actor.require(permissions.PROCESS_MANAGE)
        why = checked_reason(reason)
        with self.context.db.write() as unit:
            found = self.changes.running(unit, key, "modify")
            self.steps.run(unit, self._command(key, wanted, values), root_key=found.root_key, user=actor.username)
            detail = {
                "reason": why, "activate": [a.element_id for a in wanted.activate],
                "terminate": [x.element_id or x.element_key for x in wanted.terminate],
                "move": [[m.source_id or m.source_key, m.target_id] for m in wanted.move], "names": sorted(values),
            }  # fmt: skip
            self.context.log(
                unit, actor.username, "process.modify", root_key=found.root_key, subject_key=key, detail=detail
            )

    def choices(self, key: int, target_key: int, actor: Actor) -> list[Choice]:
        """Return the steps that another version does not have, with what each may become and probably has become."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            source = self.context.catalog.process(instances.get(unit, key).definition_key)
            return choices_between(source.definition, self.context.catalog.process(target_key).definition)

    def effect_of_migration(self, key: int, plan: MigrationPlan, actor: Actor) -> Effect:
        """Return what another version would do to a case, without doing it; raises MigrationRefused or Conflict as that does."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            instance = self._running(unit, key, "migrate")
            source = self.context.catalog.process(instance.definition_key)
            target = self.context.catalog.process(plan.target_definition_key)
            state = RowState(unit)
            checked = migration.check(self._run(state, actor), instance, target, plan)
            run = self._run(MigratedState(state, checked), actor)
            migration.settle(run, checked)
            found = self._effect(unit, instance, run, self._settled(run), checked.elements)
            closed = [j for j in jobs.of_instances(unit, instance.root_key) if (j.element_key, j.element_id) in checked.close]
            gone = [Thing(TIMER, _called(source.elements[j.element_id]), j.due) for j in closed]
            gone += [
                Thing(WAIT, _called(source.elements[s.element_id])) for s in changes.subscriptions(unit, instance.root_key)
                if (s.owner_key, s.element_id) in checked.close
            ]  # fmt: skip
            standing = dict.fromkeys(row.element_id for row in state.active_elements(key))
        pairs = [(source.elements[e], target.elements[checked.elements.get(e, e)]) for e in standing]
        becomes = [(_called(a), _called(b)) for a, b in pairs if (a.id, _called(a)) != (b.id, _called(b))]
        return replace(found, becomes=becomes, vanishes=[*found.vanishes, *gone])

    def migrate(self, key: int, plan: MigrationPlan, reason: str, actor: Actor) -> None:
        """Do what ``effect_of_migration`` shows, all of it or nothing, with a reason for the log."""
        actor.require(permissions.PROCESS_MANAGE)
        self.plans.migrate(key, plan, actor, reason=checked_reason(reason))

    # -- inside ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _running(unit: Unit, key: int, move: str) -> ProcessInstance:
        found = instances.get(unit, key)
        if found.state == SUSPENDED:
            raise stands_still(found.root_key)
        moved(INSTANCE_MOVES, _("Process instance {key}").format(key=key), found.state, move)
        return found

    def _run(self, state: Any, actor: Actor) -> Run:
        env = self.context.env
        return Run(env, state, self.context.clock.now(), actor.username, Total(env.step_rounds, env.step_seconds))

    @staticmethod
    def _settled(run: Run) -> Step:
        step = commands.settle(run)
        if run.total.is_exceeded:
            raise TooMuchWork(
                _("This cannot be done: what the process does next takes too much work."), remedy=_("Change the instructions.")
            )
        return step

    @staticmethod
    def _command(key: int, wanted: Modification, values: Mapping[str, Any]) -> Callable[[Run], None]:
        given = plain(wanted)
        moves = bool(given.activate or given.terminate or given.move)
        if not (moves or values):
            raise InvalidInput(_("Nothing was chosen."), remedy=_("Choose what has to change."))

        def command(run: Run) -> None:
            if values:
                commands.set_variables(run, key, key, values)
            if moves:
                commands.modify(run, key, given)

        return command

    def _effect(
        self, unit: Unit, instance: ProcessInstance, run: Run, step: Step, renamed: Mapping[str, str] | None = None
    ) -> Effect:
        """Return what a step makes and ends, in words."""

        def name(instance_key: int, element_id: str) -> str:
            elements = run.process_of(run.instance(instance_key)).elements
            return _called(elements[element_id]) if element_id in elements else element_id

        ids = renamed or {}
        before = jobs.of_instances(unit, instance.root_key)
        waits = changes.subscriptions(unit, instance.root_key)
        appears = [Thing(TASK, task.name) for task in step.new_tasks if task.state == CREATED]
        appears += [_job(job, name(job.instance_key, job.element_id)) for job in step.new_jobs]
        appears += [Thing(WAIT, name(s.instance_key, s.element_id)) for s in step.new_subscriptions]
        appears += [Thing(CALLED, run.process_of(i).definition.name) for i in step.new_instances]
        vanishes = [Thing(TASK, _called(run.element_of(run.element(key)))) for key in step.ended_tasks]
        vanishes += [
            _job(job, name(job.instance_key, ids.get(job.element_id, job.element_id))) for job in before
            if _closed(step.close_jobs, job.element_key, ids.get(job.element_id, job.element_id))
        ]  # fmt: skip
        vanishes += [
            Thing(WAIT, name(s.instance_key, ids.get(s.element_id, s.element_id))) for s in waits
            if _closed(step.close_subscriptions, s.owner_key, ids.get(s.element_id, s.element_id))
        ]  # fmt: skip
        stops = [(name(i.instance_key, i.element_id), _(KINDS.get(i.error_type, OTHER))) for i in step.new_incidents]
        over = step.changed_instances.get(instance.key)
        ends = over is not None and over.state in (COMPLETED, TERMINATED)
        return Effect(list(_each(appears)), list(_each(vanishes)), stops=stops, ends=ends)


def _called(element: Element) -> str:
    return element.name or element.id


def _may_begin(element: Element) -> bool:
    return not (
        element.kind in NOT_BEGUN or element.triggered_by_event or element.is_for_compensation
        or (element.kind in SCOPES and element.parent is None)
    )  # fmt: skip


def _job(job: JobRow, name: str) -> Thing:
    return Thing(TIMER, name, job.due) if job.kind == "TIMER" else Thing(WORK, name)


def _closed(closed: set[tuple[int, str | None]], owner: int, element_id: str) -> bool:
    return (owner, element_id) in closed or (owner, None) in closed


def _each(things: Sequence[Thing]) -> Iterator[Thing]:
    """Yield things by kind: what people do first, what only waits last."""
    order = (TASK, CALLED, WORK, TIMER, WAIT)
    yield from sorted(things, key=lambda thing: order.index(thing.kind))
