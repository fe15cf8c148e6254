"""Handing a task over to a colleague with a word, and taking it back while nobody has moved it since."""

from __future__ import annotations

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.open_parts import open_parts
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.tasks import Tasks, has_or_leads
from inburgering_flow.store import audit, cases
from inburgering_flow.store.database import Unit

GIVEN = frozenset(("task.hand_over", "task.assign"))
MOVES = GIVEN | {"task.claim", "task.release", "task.take_back"}
"""What of the log moves a task from one person to another."""
LONGEST_WORD = 2_000


class Handovers:
    """Use cases about who has a task."""

    def __init__(self, context: Context, user_tasks: Tasks) -> None:
        self.context = context
        self.user_tasks = user_tasks

    @again
    def hand_over(self, key: int, user: str, actor: Actor, *, word: str = "", once: str = "") -> bool:
        """Give a task to a colleague who may do it; who has it may do this, and who may assign. False if listeners of the task
        decide first.

        ``word`` becomes a note of the task that says whom it is for; one about a guarded part of the case is only for who may
        see that part. ``once`` is the form's token. Raises InvalidInput for who cannot do the task, SeparationOfDuties,
        Forbidden, or Conflict if somebody else was first.
        """
        said = word.strip()
        if len(said) > LONGEST_WORD:
            raise InvalidInput(
                _("What you want to say is too long."), remedy=_("Use at most {most} characters.").format(most=LONGEST_WORD)
            )
        with self.context.db.write() as unit:
            task = self.user_tasks.opened_in(unit, key, actor, "assign")
            if not once or not self._is_given(unit, task, user, actor):
                self._check(unit, task, user, actor)
            made_once(self.context, unit, "hand over", once, actor, lambda: self._give(unit, task, user, actor, said))
            return self.user_tasks.has_moved_in(unit, task)

    def _check(self, unit: Unit, task: UserTask, user: str, actor: Actor) -> None:
        if not has_or_leads(task, actor):
            raise Forbidden(
                _("Task {key} is not yours to give.").format(key=task.key),
                remedy=_("Take the task first, or ask the teammanager."),
            )
        if user == task.assignee:
            raise InvalidInput(_("{user} has this task already.").format(user=user[:60]), remedy=_("Choose somebody else."))
        self.user_tasks.check_can_do(unit, task, user, actor)

    @staticmethod
    def _is_given(unit: Unit, task: UserTask, user: str, actor: Actor) -> bool:
        """Tell whether this actor gave the task to this colleague last: the same form sent twice."""
        line = audit.newest_about(unit, task.key, MOVES)
        return line is not None and line["actor"] == actor.username and (line["detail"] or {}).get("user") == user

    def _give(self, unit: Unit, task: UserTask, user: str, actor: Actor, word: str) -> int:
        if not self.user_tasks.assign_in(unit, task, user, actor):
            raise _changed(task)
        note = self.context.keys.next()
        detail: dict[str, object] = {"element": task.element_id, "user": user, "from": task.assignee}
        if word:
            family = self.context.catalog.family_of(task.definition_key)
            guarded = open_parts(unit, self.context.catalog, task.root_key, actor).guarded
            cases.add_note(
                unit, note, task.root_key, actor.username, self.context.clock.now(), word, family if family in guarded else "",
                task_key=task.key, addressee=user,
            )  # fmt: skip
            detail |= {"note": note}
        action = "task.hand_over" if task.assignee == actor.username else "task.assign"
        self.context.log(
            unit, actor.username, action, root_key=task.root_key, subject_key=task.key, detail=detail
        )
        return note

    @again
    def take_back(self, key: int, actor: Actor) -> bool:
        """Undo the last giving of a task, or taking it as a deputy: it goes back to who had it, or is free again. False if
        listeners decide first.

        Only who gave it can, and only while nobody has moved it since; raises Conflict otherwise.
        """
        with self.context.db.write() as unit:
            task = self.user_tasks.opened_in(unit, key, actor, "assign")
            line = audit.newest_about(unit, key, MOVES)
            detail = (line["detail"] or {}) if line is not None else {}
            moved = line is not None and (line["action"] in GIVEN or "deputy_of" in detail)
            given = moved and line is not None and line["actor"] == actor.username
            if not given or detail.get("user") != task.assignee:
                raise _changed(task)
            before = detail.get("from")
            if before is not None:
                self.user_tasks.check_can_do(unit, task, before, actor)
            if not self.user_tasks.assign_in(unit, task, before, actor):
                raise _changed(task)
            self.context.log(
                unit, actor.username, "task.take_back", root_key=task.root_key, subject_key=key,
                detail={"element": task.element_id, "from": task.assignee},
            )  # fmt: skip
            return self.user_tasks.has_moved_in(unit, task)


def _changed(task: UserTask) -> Conflict:
    return Conflict(_("Task {key} was changed meanwhile.").format(key=task.key), remedy=_("Look at it again."))
