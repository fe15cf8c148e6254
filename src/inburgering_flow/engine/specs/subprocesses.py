"""Embedded, event and ad-hoc sub-processes, transactions. Source: BPMN 2.0.2, sections 10.3.5, 10.7 and 13.3.4–13.3.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inburgering_flow.bpmn.definition import Flow
from inburgering_flow.engine.bookkeeping import AdHocQueue
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.specs.base import Activity, Token

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run


class SubProcess(Activity):
    """A scope of its own: its variables live and end with it. A transaction is one that can also be cancelled."""

    def work(self, run: Run, token: Token) -> bool:
        """Make its data objects, open its event sub-processes and start it."""
        given = run.local_variables(token.instance.key)
        for name in self.element.data:
            if name not in given:
                run.set_local(token.instance, name, None)
        run.open_scope(token.instance.key, self.element, token.instance)
        return self.begin(run, token)

    def begin(self, run: Run, token: Token) -> bool:
        """Start at the plain start event or, where there is none, at every element that no flow leads to."""
        for start_id in self.process.beginnings[self.element.id]:
            run.start_inside(token.instance.key, self.element, start_id)
        return False

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Go on; a sub-process that was only entered again to be undone does not."""
        return () if self.entered_again(run, token) else super().leave(run, token)

    def entered_again(self, run: Run, token: Token) -> bool:
        """Tell whether the sub-process was entered only to undo what is inside."""
        return not self.element.is_for_compensation and run.is_undoing(token.instance)

    def after(self, run: Run, token: Token) -> None:
        """Close its event sub-processes' starts and its boundary events."""
        run.close_scope_events(token.instance.key, self.element)
        if self.entered_again(run, token):
            run.undone(token.instance)
        else:
            super().after(run, token)


class EventSubProcess(SubProcess):
    """Started by its event, never by a flow."""

    def begin(self, run: Run, token: Token) -> bool:
        """Start at the event that happened."""
        start = self.process.definition.start_events(self.element.id)[0]
        run.start_inside(token.instance.key, self.element, start.id, token.variables)
        token.variables = {}
        return False


class AdHocSubProcess(SubProcess):
    """Activities without a fixed order: those named, or all that no flow leads to, at once or one by one."""

    def begin(self, run: Run, token: Token) -> bool:
        """Start what begins; with activation from outside it waits for that."""
        assert self.element.ad_hoc is not None
        chosen = self.chosen(run, token)
        row = token.instance
        if self.element.ad_hoc.output_collection:
            run.set_local(row, self.element.ad_hoc.output_collection, [])
        AdHocQueue(chosen if self.element.ad_hoc.sequential else ()).keep(row)
        run.touched(row)
        if self.element.ad_hoc.sequential:
            run.next_ad_hoc(row, self.element)
        else:
            for element_id in chosen:
                run.place(row.key, element_id, {})
        return not chosen and not self.element.ad_hoc.from_outside

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Hand the gathered outputs outwards."""
        flows = super().leave(run, token)
        name = self.element.ad_hoc.output_collection if self.element.ad_hoc is not None else ""
        if name:
            run.propagate(token.instance.scope_key, {name: run.local_variables(token.instance.key).get(name)})
        return flows

    def chosen(self, run: Run, token: Token) -> list[str]:
        """Return the ids of the activities to start, checked."""
        assert self.element.ad_hoc is not None
        text = self.element.ad_hoc.active_elements
        if not text:
            return [] if self.element.ad_hoc.from_outside else list(self.process.beginnings[self.element.id])
        value = run.evaluate(token.instance, text, "collection of active elements")
        if not isinstance(value, list):
            said = run.unfit(token.instance, text, "collection of active elements", "a list", value)
            raise Trouble("EXTRACT_VALUE_ERROR", said)
        wrong = [str(v) for v in value if v not in self.element.children]
        if wrong:
            raise Trouble(
                "EXTRACT_VALUE_ERROR",
                f"The ad-hoc sub-process has no activity {', '.join(wrong)}; it has {', '.join(self.element.children)}.",
            )
        return [str(v) for v in value]
