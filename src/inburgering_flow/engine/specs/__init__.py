"""One file per element family: Spiff task specs whose hooks speak to the run."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.specs.base import Node
from inburgering_flow.engine.specs.calls import CallActivity
from inburgering_flow.engine.specs.events import (
    BoundaryEvent,
    CatchEvent,
    EndEvent,
    ReceiveTask,
    SendTask,
    StartEvent,
    ThrowEvent,
)
from inburgering_flow.engine.specs.gateways import (
    ComplexGateway,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
)
from inburgering_flow.engine.specs.subprocesses import AdHocSubProcess, EventSubProcess, SubProcess
from inburgering_flow.engine.specs.tasks import BusinessRuleTask, JobTask, PlainTask, ScriptTask, UserTaskNode

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


def node_class(element: Element) -> type[Node]:
    """Return the task spec class that runs an element."""
    if element.triggered_by_event:
        return EventSubProcess
    if element.kind == "sendTask" and element.job_type is None:
        return SendTask
    if element.kind in ("scriptTask", "businessRuleTask") and element.job_type is not None:
        return JobTask
    return NODES[element.kind]
