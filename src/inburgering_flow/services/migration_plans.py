"""Moving a running instance to another definition by a plan that is checked first."""

from __future__ import annotations

from inburgering_flow.engine import migration
from inburgering_flow.engine.run import Run
from inburgering_flow.model import permissions
from inburgering_flow.model.changes import Migration, MigrationPlan
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.changes import Changes
from inburgering_flow.services.context import Context
from inburgering_flow.services.steps import Steps
from inburgering_flow.store import changes, instances, runtime
from inburgering_flow.store.database import Unit


class MigrationPlans:
    """Use cases about plans to migrate."""

    def __init__(self, context: Context, steps: Steps, changes: Changes) -> None:
        self.context = context
        self.steps = steps
        self.changes = changes

    def check(self, key: int, plan: MigrationPlan, actor: Actor = SYSTEM) -> Migration:
        """Return what a plan would do to an instance, without doing it; raises MigrationRefused."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit:
            return self._checked(unit, key, plan)

    @again
    def migrate(self, key: int, plan: MigrationPlan, actor: Actor = SYSTEM, *, reason: str = "") -> None:
        """Move an instance to another definition: completely or not at all. Instances that it called keep theirs;
        migrate them by their own keys. The log keeps a ``reason``. Raises MigrationRefused with a sentence per element that
        prevents it, Conflict if the instance has ended or stands still.
        """
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.write() as unit:
            self.migrate_in(unit, key, plan, actor, reason=reason)

    def migrate_in(self, unit: Unit, key: int, plan: MigrationPlan, actor: Actor, *, reason: str = "") -> None:
        """Migrate inside an open unit."""
        before = self.changes.running(unit, key, "migrate")
        checked = self._checked(unit, key, plan)
        changes.migrate(unit, checked)
        self.steps.run(unit, lambda run: migration.settle(run, checked), root_key=before.root_key)
        self.steps.places.moved(unit, before.root_key)
        self.context.log(
            unit, actor.username, "process.migrate", root_key=before.root_key, subject_key=key,
            detail={"from": before.definition_key, "to": checked.definition_key, **({"reason": reason} if reason else {})},
        )  # fmt: skip

    def _checked(self, unit: Unit, key: int, plan: MigrationPlan) -> Migration:
        with self.context.catalog.within(unit):
            run = Run(self.context.env, runtime.RowState(unit), self.context.clock.now())
            target = self.context.catalog.process(plan.target_definition_key)
            return migration.check(run, instances.get(unit, key), target, plan)
