"""Broadcasting: signals to everything that waits for one or is started by one, and conditions that start processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import variables_given
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.steps import Steps


class Signals:
    """Use cases about signals."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self.context = context
        self.steps = steps

    @again
    def broadcast(
        self, name: str, variables: Mapping[str, Any] | None = None, *, actor: Actor = SYSTEM
    ) -> tuple[int, ...]:
        """Let everything catch a signal; return the instances that caught it, or were started by it, at once. A signal
        is not kept: what does not wait for it now never catches it. At most a hundred catch it in this transaction; a
        job goes on with the others, in batches that may safely be repeated.
        """
        actor.require(permissions.PROCESS_MANAGE)
        if not name:
            raise InvalidInput(_("A signal needs a name."), remedy=_("Write the name that the diagram uses."))
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            reached = self.steps.signal(unit, name, variables_given(variables), now)
            self.context.log(unit, actor.username, "signal.broadcast", detail={"name": name})
        return tuple(reached)

    @again
    def evaluate_conditionals(
        self, variables: Mapping[str, Any], process_id: str | None = None, *, actor: Actor = SYSTEM
    ) -> tuple[int, ...]:
        """Start each process whose conditional start event is true for these variables; return the instances.

        Nothing watches the outside world for such an event: whoever knows that something has changed calls this.
        ``process_id`` narrows it to one process. Raises InvalidInput if a condition gives anything but true, false or
        null.

        Source: BPMN 2.0.2, section 10.5.2 (conditional start event); Camunda, evaluate conditional start events.
        """
        actor.require(permissions.PROCESS_MANAGE)
        now, values = self.context.clock.now(), variables_given(variables)
        with self.context.db.write() as unit:
            reached = self.steps.start_conditionally(unit, values, process_id, now)
            self.context.log(
                unit, actor.username, "condition.evaluate",
                detail={"names": sorted(values), "started": len(reached)},
            )  # fmt: skip
        return tuple(reached)
