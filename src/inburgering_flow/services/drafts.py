"""Unfinished answers to a task: kept for whoever typed them, seen by nobody else."""

from __future__ import annotations

from inburgering_flow.feel import variables_given
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.portions import in_portions
from inburgering_flow.services.tasks import Answers, Tasks
from inburgering_flow.store import drafts, tasks


class Drafts:
    """Use cases about drafts."""

    def __init__(self, context: Context, user_tasks: Tasks) -> None:
        self.context = context
        self.user_tasks = user_tasks

    @again
    def save(self, key: int, actor: Actor, answers: Answers) -> None:
        """Keep what ``answers`` reads when given the schema of the task's form; none of it is checked.

        Raises NotFound for a task that the actor does not see, Forbidden for one that the actor may not work on.
        """
        with self.context.db.write() as unit, self.context.catalog.within(unit):
            task = tasks.get(unit, key)
            self.user_tasks.access.check_may_do(unit, task, actor)
            given = variables_given(answers(self.user_tasks.asked(unit, task)))
            drafts.save(unit, key, actor.username, self.context.clock.now(), given)

    def forget(self) -> int:
        """Forget unfinished answers to tasks that have ended; return how many. Safe to run at any time."""
        return in_portions(self.context.db, drafts.forget)
