"""Lists of user tasks."""

from __future__ import annotations

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import CANCELED, COMPLETED, CREATED, UserTask
from inburgering_flow.services.context import Context
from inburgering_flow.store import task_lists


class TaskLists:
    """Reading tasks."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def find(
        self, *, state: str | None = None, candidate_group: str | None = None, assignee: str | None = None,
        instance_key: int | None = None, element_id: str | None = None, most: int = 10_000,
    ) -> list[UserTask]:  # fmt: skip
        """Return tasks, the most urgent first: by due date, then oldest."""
        if state not in (None, CREATED, COMPLETED, CANCELED):
            raise InvalidInput(
                _("A task is never in the state {state}.").format(state=repr(state)),
                remedy=_("Ask for CREATED, COMPLETED or CANCELED."),
            )
        with self.context.db.read() as unit:
            return task_lists.find(
                unit, state=state, candidate_group=candidate_group, assignee=assignee, instance_key=instance_key,
                element_id=element_id, most=most,
            )  # fmt: skip
