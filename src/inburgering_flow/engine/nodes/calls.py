"""Call activities: a called process is an instance of its own, under one root. Source: BPMN 2.0.2, section 10.3.6."""

from __future__ import annotations

from typing import Any

from inburgering_flow.bpmn.definition import Flow
from inburgering_flow.engine import expressions, starting
from inburgering_flow.engine.nodes.base import Activity
from inburgering_flow.engine.run import Run, Token
from inburgering_flow.engine.variables import local_variables, visible_variables


class CallActivity(Activity):
    """Starts another process and waits for its end."""

    def work(self, run: Run, token: Token) -> bool:
        """Start the called process with the mapped or, by default, all visible variables."""
        e, row = self.element, token.instance
        process_id = expressions.value(run, row, e.called_process, "called process")
        if not process_id:
            expected = "the id of a process"
            raise expressions.wrong(
                run, row, e.called_process, "called process", expected, process_id, "CALLED_ELEMENT_ERROR"
            )
        called = starting.called_process(
            run, expressions.name(process_id, "called process"), self.process, e.binding, e.version_tag
        )
        variables: dict[str, Any] = local_variables(run, row.key)
        if e.propagate_all_parent:
            variables = visible_variables(run, row)
        starting.call(run, called, row, variables)
        return False

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Keep the called process's results only where the element asks for them."""
        if not self.element.outputs and not self.element.propagate_all_child:
            token.variables = {}
        return super().leave(run, token)
