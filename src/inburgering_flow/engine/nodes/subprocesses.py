"""Embedded, event and ad-hoc sub-processes, transactions. Source: BPMN 2.0.2, sections 10.3.5, 10.7 and 13.3.4–13.3.5."""

from __future__ import annotations

from inburgering_flow.bpmn.definition import Flow
from inburgering_flow.engine import adhoc, catching, compensation, expressions, moving, waiting
from inburgering_flow.engine.bookkeeping import AdHocQueue
from inburgering_flow.engine.nodes.base import Activity
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run, Token
from inburgering_flow.engine.variables import local_variables, propagate, set_local
from inburgering_flow.model.runtime import ElementInstance


class SubProcess(Activity):
    """A scope of its own: its variables live and end with it. A transaction is one that can also be cancelled."""

    def work(self, run: Run, token: Token) -> bool:
        """Make its data objects, open its event sub-processes and start it."""
        given = local_variables(run, token.instance.key)
        for name in self.element.data:
            if name not in given:
                set_local(run, token.instance, name, None)
        catching.open_scope(run, token.instance, self.element)
        return self.begin(run, token)

    def begin(self, run: Run, token: Token) -> bool:
        """Start at the plain start event or, where there is none, at every element that no flow leads to."""
        for start_id in self.process.beginnings[self.element.id]:
            moving.place(run, token.instance.key, start_id, {})
        return False

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Go on, unless the sub-process was entered again only to be undone."""
        return () if self.entered_again(run, token) else super().leave(run, token)

    def entered_again(self, run: Run, token: Token) -> bool:
        """Tell whether the sub-process was entered only to undo what is inside."""
        return not self.element.is_for_compensation and compensation.is_undoing(run, token.instance)

    def after(self, run: Run, token: Token) -> None:
        """Close its event sub-processes' starts and its boundary events."""
        waiting.close_scope(run, token.instance.key, self.element)
        if self.entered_again(run, token):
            compensation.undone(run, token.instance)
        else:
            super().after(run, token)


class EventSubProcess(SubProcess):
    """Started by its event, never by a flow."""

    def begin(self, run: Run, token: Token) -> bool:
        """Start at the event that happened."""
        start = self.process.definition.start_events(self.element.id)[0]
        moving.place(run, token.instance.key, start.id, token.variables, triggered=bool(token.variables))
        token.variables = {}
        return False


class AdHocSubProcess(SubProcess):
    """Activities without a fixed order: those named, or all that no flow leads to, at once or one by one."""

    def begin(self, run: Run, token: Token) -> bool:
        """Start the first activities; where activation comes from outside, wait for it."""
        assert self.element.ad_hoc is not None
        row = token.instance
        asks = self.element.job_type is not None
        chosen = [] if asks else self.chosen(run, token)
        if self.element.ad_hoc.output_collection:
            set_local(run, row, self.element.ad_hoc.output_collection, [])
        AdHocQueue(chosen if self.element.ad_hoc.sequential else ()).keep(row)
        run.touched(row)
        if self.element.ad_hoc.sequential:
            adhoc.start_next(run, row)
        else:
            for element_id in chosen:
                moving.place(run, row.key, element_id, {})
        if asks:
            adhoc.ask(run, row, self.element)
        return not (chosen or asks or self.element.ad_hoc.from_outside)

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Hand the gathered outputs outwards."""
        flows = super().leave(run, token)
        name = self.element.ad_hoc.output_collection if self.element.ad_hoc is not None else ""
        if name:
            propagate(run, token.instance.scope_key, {name: local_variables(run, token.instance.key).get(name)})
        return flows

    def after(self, run: Run, token: Token) -> None:
        """Close the job that chooses the activities."""
        super().after(run, token)
        run.step.close_jobs.add((token.instance.key, self.element.id))

    def is_done(self, run: Run, row: ElementInstance) -> bool:
        """Tell whether it is done, now that nothing in it is active."""
        return adhoc.is_done(run, row, self.element)

    def chosen(self, run: Run, token: Token) -> list[str]:
        """Return the ids of the activities to start, checked."""
        assert self.element.ad_hoc is not None
        text = self.element.ad_hoc.active_elements
        if not text:
            return [] if self.element.ad_hoc.from_outside else list(self.process.beginnings[self.element.id])
        value = expressions.evaluate(run, token.instance, text, "collection of active elements")
        if not isinstance(value, list):
            said = expressions.unfit(run, token.instance, text, "collection of active elements", "a list", value)
            raise Trouble("EXTRACT_VALUE_ERROR", said)
        wrong = [str(v) for v in value if v not in self.element.children]
        if wrong:
            raise Trouble(
                "EXTRACT_VALUE_ERROR",
                f"The ad-hoc sub-process has no activity {', '.join(wrong)}; it has {', '.join(self.element.children)}.",
            )
        return [str(v) for v in value]
