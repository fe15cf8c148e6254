"""Deleting finished cases for good; the audit log keeps that it was done, and by whom."""

from __future__ import annotations

from inburgering_flow.errors import Conflict
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.steps import Steps
from inburgering_flow.store import changes, instances, retention
from inburgering_flow.store.database import Unit


class Deletions:
    """Use cases about cases that may go."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self.context = context
        self.steps = steps

    @again
    def delete(self, key: int, actor: Actor = SYSTEM) -> None:
        """Delete a finished case: history, variables, tasks, documents, notes, and all that it called.

        The person stays: other cases may be about the same one. Raises Conflict if any of it still runs.
        """
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.write() as unit:
            self.delete_in(unit, key, actor)

    def delete_in(self, unit: Unit, key: int, actor: Actor, *, by_retention: bool = False) -> None:
        """Delete inside an open unit; ``by_retention``: whoever calls keeps the row of the closed case itself."""
        now = self.context.clock.now()
        found = instances.get(unit, key)
        if found.parent_key is not None:
            raise Conflict(
                _("Instance {key} was called by {parent_key}.").format(key=key, parent_key=found.parent_key),
                remedy=_("Delete the case at the top instead."),
            )
        self.steps.lock(unit, key)
        if changes.count_alive(unit, key):
            raise Conflict(_("Case {key} has not ended.").format(key=key), remedy=_("Cancel it first, or wait."))
        changes.remove(unit, key, now)
        if not by_retention:
            retention.change(unit, key, retention.THERE, state=retention.DESTROYED, remains=None, person_key=None,
                             changed_by=actor.username, changed=now)  # fmt: skip
        self.context.log(unit, actor.username, "process.delete", root_key=key, subject_key=key)
