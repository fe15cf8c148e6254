"""Gateways. Source: BPMN 2.0.2, section 13.4."""

from __future__ import annotations

from inburgering_flow.bpmn.definition import Flow
from inburgering_flow.engine import arrivals, catching, expressions, joins, waiting
from inburgering_flow.engine.nodes.base import Node
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run, Token
from inburgering_flow.engine.variables import local_variables


class ExclusiveGateway(Node):
    """The first flow whose condition holds, in the order drawn in the file; else the default flow."""

    def choose(self, run: Run, token: Token) -> tuple[Flow, ...]:
        """Return exactly one flow."""
        flows = self.element.outgoing
        if (len(flows) == 1 and flows[0].condition is None) or not flows:
            return flows
        drawn = None if run.env.choose is None else run.env.choose(token.workflow.process.process_id, self.element.id)
        if drawn is not None:
            return tuple(flow for flow in flows if flow.id == drawn)
        for flow in flows:
            if flow.id == self.element.default_flow or flow.condition is None:
                continue
            if expressions.condition(
                run, token.instance, flow.condition, f"condition of flow '{flow.name or flow.id}'"
            ):
                return (flow,)
        default = tuple(f for f in flows if f.id == self.element.default_flow)
        if not default:
            raise Trouble(
                "CONDITION_ERROR",
                f"No condition after gateway '{self.element.name or self.element.id}' holds, and it has no default flow."
                + expressions.none_holds(run, token.instance, [f.condition for f in flows if f.condition is not None]),
            )
        return default


class ParallelGateway(Node):
    """Waits for one token on each incoming flow; takes every outgoing flow."""

    def arrive(self, run: Run, token: Token) -> bool:
        """Count the arrival; the last of a round lets one token in."""
        incoming = self.element.incoming
        if len(incoming) > 1 and token.flow is not None:
            scope_key = token.workflow.scope_key
            counts = arrivals.add(run, scope_key, self.element.id, token.flow.id)
            if not all(counts.get(f.id, 0) > 0 for f in incoming):
                return self.counted(run, token)
            arrivals.take(run, scope_key, self.element.id, [f.id for f in incoming])
        return super().arrive(run, token)

    def choose(self, run: Run, token: Token) -> tuple[Flow, ...]:
        """Return every outgoing flow."""
        return self.element.outgoing


class EventBasedGateway(Node):
    """Waits for the first of the events that follow it."""

    def enter(self, run: Run, token: Token) -> bool:
        """Open a subscription or timer for each event after the gateway."""
        catching.open_events(run, waiting.prepare(run, token.instance, tuple(f.target for f in self.element.outgoing)))
        return False


class InclusiveGateway(Node):
    """Takes every outgoing flow whose condition holds; waits for each token that may still come."""

    def arrive(self, run: Run, token: Token) -> bool:
        """Count the arrival; whether the gateway fires is decided when every token stands still."""
        if len(self.element.incoming) > 1 and token.flow is not None:
            arrivals.add(run, token.workflow.scope_key, self.element.id, token.flow.id)
            return self.counted(run, token)
        return super().arrive(run, token)


class ComplexGateway(Node):
    """Fires when its activation condition holds, then waits for what is still on its way before it can fire again."""

    def arrive(self, run: Run, token: Token) -> bool:
        """Count the arrival and look at the activation condition."""
        if self.element.waits_for_tokens and token.flow is not None:
            joins.arrived(run, token.workflow.scope_key, self.element, token.flow.id)
            return self.counted(run, token)
        return super().arrive(run, token)

    def choose(self, run: Run, token: Token) -> tuple[Flow, ...]:
        """Return the flows whose condition holds; once started, only those that ask for ``waitingForStart``."""
        if local_variables(run, token.instance.key).get("waitingForStart") is not False:
            return super().choose(run, token)
        return tuple(
            f for f in self.element.outgoing
            if f.condition is not None and "waitingForStart" in self.process.feel(f.condition).variables
            and expressions.condition(run, token.instance, f.condition, f"condition of flow '{f.name or f.id}'")
        )  # fmt: skip
