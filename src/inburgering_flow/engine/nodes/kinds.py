"""Which node runs which element: the table of what the engine knows."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.bpmn.definition import Element, Loop
from inburgering_flow.engine.nodes.base import Node
from inburgering_flow.engine.nodes.calls import CallActivity
from inburgering_flow.engine.nodes.events import (
    BoundaryEvent,
    CatchEvent,
    EndEvent,
    ReceiveTask,
    SendTask,
    StartEvent,
    ThrowEvent,
)
from inburgering_flow.engine.nodes.gateways import (
    ComplexGateway,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
)
from inburgering_flow.engine.nodes.multi_instance import Body, MultiInstanceBody, StandardLoopBody
from inburgering_flow.engine.nodes.subprocesses import AdHocSubProcess, EventSubProcess, SubProcess
from inburgering_flow.engine.nodes.tasks import BusinessRuleTask, JobTask, PlainTask, ScriptTask, UserTaskNode

NODES: Mapping[str, type[Node]] = {
    "task": PlainTask,
    "manualTask": PlainTask,
    "userTask": UserTaskNode,
    "scriptTask": ScriptTask,
    "serviceTask": JobTask,
    "sendTask": JobTask,
    "receiveTask": ReceiveTask,
    "businessRuleTask": BusinessRuleTask,
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "eventBasedGateway": EventBasedGateway,
    "inclusiveGateway": InclusiveGateway,
    "complexGateway": ComplexGateway,
    "subProcess": SubProcess,
    "transaction": SubProcess,
    "adHocSubProcess": AdHocSubProcess,
    "callActivity": CallActivity,
    "startEvent": StartEvent,
    "endEvent": EndEvent,
    "intermediateCatchEvent": CatchEvent,
    "intermediateThrowEvent": ThrowEvent,
    "boundaryEvent": BoundaryEvent,
}


def body_class(loop: Loop) -> type[Body]:
    """Return the task spec class of the outside of a repeated activity."""
    return StandardLoopBody if loop.standard else MultiInstanceBody


def node_class(element: Element) -> type[Node]:
    """Return the task spec class that runs an element."""
    if element.triggered_by_event:
        return EventSubProcess
    if element.kind == "sendTask" and element.job_type is None:
        return SendTask
    if element.kind in ("scriptTask", "businessRuleTask") and element.job_type is not None:
        return JobTask
    return NODES[element.kind]
