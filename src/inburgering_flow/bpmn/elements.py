"""Which elements and events of BPMN are supported: tables that the reader, the rules and the documentation share."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.bpmn.definition import SCOPES
from inburgering_flow.i18n import N_

# BPMN tag → Camunda's name; the element table of the documentation is made from this.
TYPES: Mapping[str, str] = {
    "task": "TASK",
    "manualTask": "MANUAL_TASK",
    "userTask": "USER_TASK",
    "scriptTask": "SCRIPT_TASK",
    "serviceTask": "SERVICE_TASK",
    "sendTask": "SEND_TASK",
    "receiveTask": "RECEIVE_TASK",
    "businessRuleTask": "BUSINESS_RULE_TASK",
    "exclusiveGateway": "EXCLUSIVE_GATEWAY",
    "parallelGateway": "PARALLEL_GATEWAY",
    "inclusiveGateway": "INCLUSIVE_GATEWAY",
    "complexGateway": "COMPLEX_GATEWAY",
    "eventBasedGateway": "EVENT_BASED_GATEWAY",
    "subProcess": "SUB_PROCESS",
    "transaction": "TRANSACTION",
    "adHocSubProcess": "AD_HOC_SUB_PROCESS",
    "callActivity": "CALL_ACTIVITY",
    "startEvent": "START_EVENT",
    "endEvent": "END_EVENT",
    "intermediateCatchEvent": "INTERMEDIATE_CATCH_EVENT",
    "intermediateThrowEvent": "INTERMEDIATE_THROW_EVENT",
    "boundaryEvent": "BOUNDARY_EVENT",
}
GLOBAL: Mapping[str, str] = {
    "globalTask": "task",
    "globalManualTask": "manualTask",
    "globalUserTask": "userTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
ACTIVITIES = frozenset(k for k in TYPES if k.endswith("Task") or k in ("task", "callActivity") or k in SCOPES)

# Which event definitions are allowed where; the element table of the documentation is made from this.
EVENTS_ALLOWED: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset(("none", "message", "timer", "signal", "conditional", "multiple")),
    "eventSubprocessStart": frozenset(
        ("message", "timer", "error", "escalation", "signal", "conditional", "compensate", "multiple")
    ),
    "intermediateCatchEvent": frozenset(("message", "timer", "signal", "conditional", "link", "multiple")),
    "boundaryEvent": frozenset(
        ("message", "timer", "error", "escalation", "signal", "conditional", "compensate", "cancel", "multiple")
    ),
    "intermediateThrowEvent": frozenset(("none", "message", "escalation", "signal", "link", "compensate", "multiple")),
    "endEvent": frozenset(
        ("none", "terminate", "error", "escalation", "message", "signal", "compensate", "cancel", "multiple")
    ),
}
NOT_IN_MULTIPLE = frozenset(("none", "link", "cancel", "multiple"))
PLACES: Mapping[str, str] = {
    "startEvent": N_("start of a process"),
    "eventSubprocessStart": N_("start of an event sub-process"),
    "intermediateCatchEvent": N_("intermediate, catching"),
    "boundaryEvent": N_("boundary"),
    "intermediateThrowEvent": N_("intermediate, throwing"),
    "endEvent": N_("end"),
}
