"""Who reaches a task, and who may do it: two questions with one answer each, asked by every page and use case.

Reaching follows the case: whoever sees the case reaches its tasks, except those of processes that stay closed to the
role. Doing follows the candidates that the model names. Leading a case, or being given a task, changes neither.
"""

from __future__ import annotations

from inburgering_flow.errors import Forbidden, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import Admitted
from inburgering_flow.store import instances
from inburgering_flow.store.database import Unit


def may_do(task: UserTask, actor: Actor) -> bool:
    """Tell whether a task is for this actor: named as a candidate, or through one of the roles.

    A task without candidates is for anybody whose role sees cases. An assignee without the role may not do it either, nor
    may somebody who is named and has no role left.
    """
    if actor.is_system or (actor.roles and actor.username in task.candidate_users):
        return True
    if task.candidate_groups or task.candidate_users:
        return bool(set(task.candidate_groups) & set(actor.roles))
    return bool(actor.sees)


def _not_seen() -> NotFound:
    return NotFound(_("There is no such task, or it is not for you."), remedy=_("Look at your task list."))


class TaskAccess:
    """What is asked before a task is shown, moved or counted."""

    def __init__(self, context: Context, cases: CaseAccess) -> None:
        self.context = context
        self.cases = cases

    def check(self, unit: Unit, task: UserTask, actor: Actor) -> Admitted:
        """Raise NotFound where the task is out of the actor's reach, ReasonNeeded where a reason would open its case."""
        if actor.is_system:
            return Admitted(task.root_key, actor.username)
        try:
            admitted = self.cases.check_in(unit, task.root_key, actor)
        except NotFound:
            raise _not_seen() from None
        if may_do(task, actor):
            return admitted
        with self.context.catalog.within(unit):
            family = self.context.catalog.family_of(instances.get(unit, task.instance_key).definition_key)
        if actor.closed(family):
            raise _not_seen()
        return admitted

    def check_may_do(self, unit: Unit, task: UserTask, actor: Actor) -> None:
        """Raise as ``check`` does, and Forbidden where the actor reaches the task but it is for others."""
        self.check(unit, task, actor)
        if not may_do(task, actor):
            raise Forbidden(
                _("Task {key} is not offered to {username}.").format(key=task.key, username=actor.username),
                remedy=_("It is for {whom}.").format(whom=", ".join((*task.candidate_groups, *task.candidate_users))),
            )
