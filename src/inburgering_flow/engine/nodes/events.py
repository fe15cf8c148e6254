"""Events: start, end, intermediate, boundary. Source: BPMN 2.0.2, sections 10.5 and 13.5."""

from __future__ import annotations

from functools import partial

from inburgering_flow.bpmn.definition import Flow
from inburgering_flow.engine import catching, compensation, ending, throwing, waiting
from inburgering_flow.engine.nodes.base import Activity, Node
from inburgering_flow.engine.run import Run, Token


class EventNode(Node):
    """An event with output mappings."""

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Map what the event brought."""
        self.hand_over(run, token)
        self.open_instance(run, token)
        return self.choose(run, token)


class StartEvent(EventNode):
    """Where a scope begins."""

    def brings_variables(self, token: Token) -> bool:
        """Event sub-processes open after a start event: they may read what it brings (as in Camunda 8)."""
        super().brings_variables(token)
        return True


class BoundaryEvent(EventNode):
    """Has already happened when its token arrives; the waiting was a subscription of the host."""


class CatchEvent(EventNode):
    """Waits for a message, a signal, a condition or a timer; a link only catches what was thrown to it."""

    def enter(self, run: Run, token: Token) -> bool:
        """Open the subscription; a token that the event itself has brought here goes on at once."""
        if token.triggered_by_event or (self.element.event is not None and self.element.event.kind == "link"):
            return True
        catching.open_events(run, waiting.prepare(run, token.instance, (self.element.id,)))
        return False

    def after(self, run: Run, token: Token) -> None:
        """Close the subscription."""
        if not token.triggered_by_event:
            waiting.close(run, token.instance.key, (self.element.id,))


class ReceiveTask(Activity):
    """A task that waits for a message."""

    def enter(self, run: Run, token: Token) -> bool:
        """Open the subscription along with the boundary events."""
        return True if token.triggered_by_event else super().enter(run, token)

    def work(self, run: Run, token: Token) -> bool:
        """Wait for the message."""
        catching.open_events(run, waiting.prepare(run, token.instance, (self.element.id,)))
        return False

    def after(self, run: Run, token: Token) -> None:
        """Close everything that waited."""
        waiting.close(run, token.instance.key, (self.element.id, *self.boundary()))


class SendTask(Activity):
    """A send task without a job type: the engine publishes its message itself."""

    def work(self, run: Run, token: Token) -> bool:
        """Publish the message."""
        assert self.element.event is not None
        return throwing.throw(run, token.instance, self.element.event)


class ThrowEvent(EventNode):
    """Throws its event, or only marks that a point was reached."""

    def _on_ready_hook(self, my_task: Token) -> None:
        """Let parallel branches begin to wait before a signal is thrown: the drawing order must not make one miss it."""
        run: Run = my_task.workflow.run
        if self.element.event is not None and self.element.event.has("signal"):
            run.queue(partial(run.queue, my_task.run))
        else:
            run.queue(my_task.run)

    def enter(self, run: Run, token: Token) -> bool:
        """Throw; return True when nothing has to be waited for."""
        if self.element.event is None:
            return True
        if self.element.job_type is not None and self.element.event.has("message"):
            waiting.open_job(run, token.instance, self.element)
            return False
        return throwing.throw(run, token.instance, self.element.event)

    def after(self, run: Run, token: Token) -> None:
        """Close the job, if the message was thrown by one."""
        if self.element.job_type is not None:
            run.step.close_jobs.add((token.instance.key, self.element.id))


class EndEvent(ThrowEvent):
    """Ends its token; a terminate end ends its scope, an error or cancel end leaves it."""

    def enter(self, run: Run, token: Token) -> bool:
        """Throw, or end the scope."""
        event = self.element.event
        if event is not None and event.has("terminate"):
            ending.terminate_siblings(run, token.instance)
        if event is not None and event.has("cancel"):
            ending.terminate_siblings(run, token.instance)
            return compensation.compensate(run, token.instance, "")
        return super().enter(run, token)

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """End here; a cancelled transaction is left by its boundary event."""
        event = self.element.event
        if event is not None and event.has("cancel"):
            ending.cancel_transaction(run, token.instance)
            return None
        return super().leave(run, token)
