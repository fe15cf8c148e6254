"""Events: start, end, intermediate, boundary. Source: BPMN 2.0.2, sections 10.5 and 13.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inburgering_flow.bpmn.definition import Flow
from inburgering_flow.engine.specs.base import Activity, Node, Token
from inburgering_flow.engine.specs.tasks import open_job

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run


class EventNode(Node):
    """An event with output mappings."""

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Map what the event brought."""
        run.map_outputs(token.instance, self.element, token.variables)
        return self.choose(run, token)


class StartEvent(EventNode):
    """Where a scope begins; at the top it opens what may start the process's event sub-processes."""

    def enter(self, run: Run, token: Token) -> bool:
        """Open the scope's event sub-processes before anything else runs."""
        row = token.instance
        if row.scope_key == row.instance_key:
            run.open_scope(row.instance_key, self.process.definition.root, run.instance(row.instance_key))
        return True


class BoundaryEvent(EventNode):
    """Has happened when its token arrives; waiting was a subscription of the host."""


class CatchEvent(EventNode):
    """Waits for a message or a timer."""

    def enter(self, run: Run, token: Token) -> bool:
        """Open the subscription; a token that the event itself has brought here goes on at once."""
        if token.triggered_by_event:
            return True
        run.map_inputs(token.instance, self.element)
        run.open_events(run.prepare_events(token.instance, (self.element.id,)))
        return False

    def after(self, run: Run, token: Token) -> None:
        """Close the subscription."""
        if not token.triggered_by_event:
            run.close_events(token.instance.key, (self.element.id,))


class ReceiveTask(Activity):
    """A task that waits for a message."""

    def enter(self, run: Run, token: Token) -> bool:
        """Open the subscription beside the boundary events."""
        return True if token.triggered_by_event else super().enter(run, token)

    def work(self, run: Run, token: Token) -> bool:
        """Wait for the message."""
        run.open_events(run.prepare_events(token.instance, (self.element.id,)))
        return False

    def after(self, run: Run, token: Token) -> None:
        """Close everything that waited."""
        run.close_events(token.instance.key, (self.element.id, *self.boundary()))


class ThrowEvent(EventNode):
    """Throws a message or an escalation, or only marks that a point was reached."""

    def enter(self, run: Run, token: Token) -> bool:
        """Throw."""
        event = self.element.event
        if event is None or event.kind == "none":
            return True
        run.map_inputs(token.instance, self.element)
        if event.kind == "message":
            if self.element.job_type is not None:
                open_job(run, token)
                return False
            run.throw_message(token.instance, event)
        elif event.kind == "escalation":
            run.throw_escalation(token.instance, event.code)
        return True

    def after(self, run: Run, token: Token) -> None:
        """Close the job, where the message was one."""
        if self.element.job_type is not None:
            run.step.close_jobs.add((token.instance.key, self.element.id))


class EndEvent(ThrowEvent):
    """Ends its token; a terminate end ends its scope, an error end leaves it by the error."""

    def enter(self, run: Run, token: Token) -> bool:
        """Throw, or end the scope."""
        event = self.element.event
        if event is not None and event.kind == "error":
            run.map_inputs(token.instance, self.element)
            run.throw_error(token.instance, event.code, {}, "")
            return False
        if event is not None and event.kind == "terminate":
            run.terminate_siblings(token.instance)
            return True
        return super().enter(run, token)
