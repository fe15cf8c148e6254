"""Embedded and event sub-processes. Source: BPMN 2.0.2, sections 10.3.5 and 13.3.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inburgering_flow.engine.specs.base import Activity, Token

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run


class SubProcess(Activity):
    """A scope of its own: its variables live and end with it."""

    def work(self, run: Run, token: Token) -> bool:
        """Open its event sub-processes and start its plain start event."""
        run.open_scope(token.instance.key, self.element, token.instance)
        run.start_inside(token.instance.key, self.element, self.process.definition.start_events(self.element.id)[0].id)
        return False

    def after(self, run: Run, token: Token) -> None:
        """Close its event sub-processes' starts and its boundary events."""
        super().after(run, token)
        run.close_scope_events(token.instance.key, self.element)


class EventSubProcess(SubProcess):
    """Started by its event, never by a flow."""

    def work(self, run: Run, token: Token) -> bool:
        """Start at the event that happened."""
        run.open_scope(token.instance.key, self.element, token.instance)
        start = self.process.definition.start_events(self.element.id)[0]
        run.start_inside(token.instance.key, self.element, start.id, token.variables)
        token.variables = {}
        return False
