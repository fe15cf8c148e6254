"""Suspending, resuming and modifying a case: for the functioneel-beheerder."""

from __future__ import annotations

from inburgering_flow.engine import commands
from inburgering_flow.feel import variables_given
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.changes import Activate, Modification, Move, SetVariables
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import INSTANCE_MOVES, SUSPENDED, ProcessInstance, moved, stands_still
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.steps import Steps
from inburgering_flow.store import changes, instances
from inburgering_flow.store.database import Unit


class Changes:
    """Use cases that change how a case runs; each also works in a unit that is already open, for batches."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self.context = context
        self.steps = steps

    @again
    def suspend(self, key: int, actor: Actor = SYSTEM) -> None:
        """Let the whole family of an instance stand still; raises Conflict where it is not active.

        Its tasks cannot be worked on, its jobs and timers stay due but do not run, messages wait for their time to
        live, signals pass it by. It can be cancelled and its variables can be set. The result of a worker that is busy
        with one of its jobs is ignored: the job runs again, with the same key, when the case goes on.
        """
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.write() as unit:
            self.suspend_in(unit, key, actor)

    def suspend_in(self, unit: Unit, key: int, actor: Actor) -> None:
        """Suspend inside an open unit."""
        root = self._locked_root(unit, key)
        moved(INSTANCE_MOVES, _("Process instance {key}").format(key=root.key), root.state, "suspend")
        changes.suspend(unit, root.key)
        self._log(unit, actor, "process.suspend", root.key, key)

    @again
    def resume(self, key: int, actor: Actor = SYSTEM) -> None:
        """Let a suspended family go on: what became due runs, messages that are still alive are delivered."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.write() as unit:
            self.resume_in(unit, key, actor)

    def resume_in(self, unit: Unit, key: int, actor: Actor) -> None:
        """Resume inside an open unit."""
        root = self._locked_root(unit, key)
        moved(INSTANCE_MOVES, _("Process instance {key}").format(key=root.key), root.state, "resume")
        changes.resume(unit, root.key)
        self._log(unit, actor, "process.resume", root.key, key)
        waiting = changes.subscriptions(unit, root.key)
        conditional = dict.fromkeys(s.instance_key for s in waiting if s.kind == "condition")
        if conditional:
            self.steps.run(unit, lambda run: commands.look_at_conditions(run, conditional), root_key=root.key)
        self.steps.deliver_buffered(unit, waiting)
        unit.after_commit(self.context.work_appeared)

    @again
    def modify(self, key: int, wanted: Modification, actor: Actor = SYSTEM) -> None:
        """Activate, terminate and move tokens of one instance: all of it or nothing.

        Raises ModificationRefused with a sentence per element, or Conflict if the instance is not active.
        """
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.write() as unit:
            self.modify_in(unit, key, wanted, actor)

    def modify_in(self, unit: Unit, key: int, wanted: Modification, actor: Actor) -> None:
        """Modify inside an open unit."""
        wanted = plain(wanted)
        found = self.running(unit, key, "modify")
        self.steps.run(unit, lambda run: commands.modify(run, key, wanted), root_key=found.root_key, user=actor.username)
        detail = {
            "activate": [a.element_id for a in wanted.activate],
            "terminate": [x.element_id or x.element_key for x in wanted.terminate],
            "move": [[m.source_id or m.source_key, m.target_id] for m in wanted.move],
        }
        self.context.log(
            unit, actor.username, "process.modify", root_key=found.root_key, subject_key=key, detail=detail,
        )  # fmt: skip

    def running(self, unit: Unit, key: int, move: str) -> ProcessInstance:
        """Return an instance whose family is locked; raises Conflict if it has ended or stands still."""
        self._locked_root(unit, key)
        found = instances.get(unit, key)
        if found.state == SUSPENDED:
            raise stands_still(found.root_key)
        moved(INSTANCE_MOVES, _("Process instance {key}").format(key=key), found.state, move)
        return found

    def _locked_root(self, unit: Unit, key: int) -> ProcessInstance:
        root_key = instances.get(unit, key).root_key
        self.steps.lock(unit, root_key)
        return instances.get(unit, root_key)

    def _log(self, unit: Unit, actor: Actor, action: str, root_key: int, key: int) -> None:
        self.context.log(unit, actor.username, action, root_key=root_key, subject_key=key)


def plain(wanted: Modification) -> Modification:
    """Return the same modification with its variables as the engine stores them."""

    def values(given: SetVariables) -> SetVariables:
        return SetVariables(variables_given(given.values), given.scope_id)

    return Modification(
        [Activate(a.element_id, [values(v) for v in a.variables], a.ancestor_key) for a in wanted.activate],
        wanted.terminate,
        [
            Move(m.target_id, m.source_id, m.source_key, [values(v) for v in m.variables], m.ancestor_key)
            for m in wanted.move
        ],
    )
