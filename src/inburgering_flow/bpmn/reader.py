"""Reads a BPMN file into definition values and says everything it cannot take, element by element.

SpiffWorkflow's own parser is not used: see docs/decisions.md, decision 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Element, Event, Flow, IoMapping, Loop, ProcessDefinition, Text
from inburgering_flow.errors import Finding, InvalidInput
from inburgering_flow.feel import FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.i18n import N_, _

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA7 = ("http://camunda.org/schema/1.0/bpmn", "http://operaton.org/schema/1.0/bpmn")

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
    "eventBasedGateway": "EVENT_BASED_GATEWAY",
    "subProcess": "SUB_PROCESS",
    "callActivity": "CALL_ACTIVITY",
    "startEvent": "START_EVENT",
    "endEvent": "END_EVENT",
    "intermediateCatchEvent": "INTERMEDIATE_CATCH_EVENT",
    "intermediateThrowEvent": "INTERMEDIATE_THROW_EVENT",
    "boundaryEvent": "BOUNDARY_EVENT",
}
ACTIVITIES = frozenset(
    (
        "task",
        "manualTask",
        "userTask",
        "scriptTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "subProcess",
        "callActivity",
    )
)
EVENTS_ALLOWED: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset(("none", "message", "timer")),
    "eventSubprocessStart": frozenset(("message", "timer", "error", "escalation")),
    "endEvent": frozenset(("none", "terminate", "error", "escalation", "message")),
    "intermediateCatchEvent": frozenset(("message", "timer")),
    "intermediateThrowEvent": frozenset(("none", "message", "escalation")),
    "boundaryEvent": frozenset(("message", "timer", "error", "escalation")),
}
INSTEAD: Mapping[str, str] = {
    "inclusiveGateway": N_("Draw a parallel gateway with exclusive gateways behind it."),
    "complexGateway": N_("Draw exclusive and parallel gateways that say the same."),
    "transaction": N_("Draw an embedded sub-process with an error boundary event."),
    "adHocSubProcess": N_("Draw an embedded sub-process with a parallel gateway."),
    "signal": N_("Use a message with a correlation key."),
    "conditional": N_("Use a message, or ask the question at an exclusive gateway."),
    "link": N_("Draw the sequence flow."),
    "compensate": N_("Draw the undoing activity behind an error or escalation boundary event."),
    "cancel": N_("Use an error event."),
}
ELSE = N_("Draw it with the elements of the element table in the documentation.")
ELSE_EVENT = N_("Choose a message, timer, error or escalation event.")
IGNORED = frozenset(
    ("incoming", "outgoing", "documentation", "extensionElements", "sequenceFlow", "laneSet", "dataObject", "association",
     "dataObjectReference", "dataStoreReference", "textAnnotation", "group", "property", "ioSpecification", "category",
     "multiInstanceLoopCharacteristics", "script", "dataInputAssociation", "dataOutputAssociation", "auditing",
     "monitoring", "artifact", "supportedInterfaceRef", "correlationSubscription")
)  # fmt: skip


class _Reader:
    def __init__(self, root: xml.Element, name: str) -> None:
        self.root = root
        self.name = name
        self.findings: list[Finding] = []
        self.named: dict[str, xml.Element] = {e.get("id", ""): e for e in root if e.get("id")}
        self.ids: set[str] = set()

    # -- saying what is wrong ------------------------------------------------------------------------------------

    def error(self, rule: str, element_id: str, message: str, remedy: str) -> None:
        self.findings.append(Finding("error", rule, self.name, element_id, message, remedy))

    def feel(self, text: str, element_id: str, what: str) -> str:
        try:
            compile_feel(text)
        except FeelError as error:
            self.error(
                "feel-syntax",
                element_id,
                _("The {what} is not FEEL: {message}").format(what=what, message=error.message),
                _("Mend the expression."),
            )
        return text

    def text(self, value: str | None, element_id: str, what: str) -> Text | None:
        if value is None or not value.strip():
            return None
        value = value.strip()
        if value.startswith("="):
            return Text(self.feel(value[1:].strip(), element_id, what), True)
        return Text(value, False)

    def expression(self, value: str | None, element_id: str, what: str) -> str | None:
        if value is None or not value.strip():
            return None
        value = value.strip()
        if value.startswith(("${", "#{")):
            self.error("camunda7-expression", element_id, _("The {what} is a Camunda 7 expression.").format(what=what),
                       _("Write it in FEEL with a leading =, for example = bedrag > 250."))  # fmt: skip
            return None
        return self.feel(value.removeprefix("=").strip(), element_id, what)

    # -- reading --------------------------------------------------------------------------------------------------

    def processes(self) -> list[ProcessDefinition]:
        found: list[ProcessDefinition] = []
        processes = [e for e in self.root if xml.local(e) == "process" and xml.namespace(e) == BPMN]
        if xml.namespace(self.root) != BPMN or xml.local(self.root) != "definitions":
            self.error("not-bpmn", "", _("The file is not a BPMN 2.0 diagram."), _("Save it as BPMN in the modeler."))
            return []
        executable = [p for p in processes if p.get("isExecutable") == "true"]
        if not executable:
            self.error("not-executable", "", _("No process of the file is marked executable."),
                       _("Set Executable in the properties of the process."))  # fmt: skip
        for process in executable:
            elements: dict[str, Element] = {}
            self.scope(process, None, elements)
            process_id = process.get("id", "")
            if process_id in elements:
                tag = self.extension(process, "versionTag")
                found.append(
                    ProcessDefinition(process_id, process.get("name") or process_id,
                                      tag.get("value", "") if tag is not None else "", elements)
                )  # fmt: skip
        return found

    def scope(self, node: xml.Element, parent: str | None, elements: dict[str, Element]) -> None:
        scope_id = node.get("id", "")
        if not scope_id:
            self.error(
                "missing-id", parent or "", _("A {tag} has no id.").format(tag=xml.local(node)), _("Give it an id.")
            )
            return
        flows: list[Flow] = []
        children: list[str] = []
        here: dict[str, xml.Element] = {}
        for child in node:
            tag = xml.local(child)
            if xml.namespace(child) != BPMN:
                continue
            if tag == "sequenceFlow":
                flows.append(self.flow(child))
            elif tag in TYPES:
                child_id = child.get("id", "")
                if not child_id:
                    self.error("missing-id", scope_id, _("A {tag} has no id.").format(tag=tag), _("Give it an id."))
                elif child_id in self.ids:
                    self.error(
                        "duplicate-id", child_id, _("Two elements have this id."), _("Give each element its own id.")
                    )
                else:
                    self.ids.add(child_id)
                    here[child_id] = child
                    children.append(child_id)
            elif tag not in IGNORED and "LoopCharacteristics" not in tag:
                self.error("unsupported-element", child.get("id", scope_id),
                           _("A {tag} cannot be executed yet.").format(tag=tag),
                           _(INSTEAD.get(tag, ELSE)))  # fmt: skip
        incoming: dict[str, list[Flow]] = {}
        outgoing: dict[str, list[Flow]] = {}
        for flow in flows:
            if flow.source not in here or flow.target not in here:
                self.error("flow-ends", flow.id, _("The sequence flow does not join two elements of one scope."),
                           _("Connect both ends inside the same process or sub-process."))  # fmt: skip
                continue
            outgoing.setdefault(flow.source, []).append(flow)
            incoming.setdefault(flow.target, []).append(flow)
        boundary: dict[str, list[str]] = {}
        event_subprocesses: list[str] = []
        for child_id, child in here.items():
            element = self.element(
                child, scope_id, tuple(incoming.get(child_id, ())), tuple(outgoing.get(child_id, ()))
            )
            elements[child_id] = element
            if element.kind == "boundaryEvent":
                if element.attached_to not in here:
                    self.error("boundary-host", child_id, _("The boundary event is not attached to an activity."),
                               _("Drag it onto the border of an activity."))  # fmt: skip
                else:
                    boundary.setdefault(element.attached_to or "", []).append(child_id)
            if element.triggered_by_event:
                event_subprocesses.append(child_id)
            if element.kind == "subProcess":
                self.scope(child, scope_id, elements)
        for host, events in boundary.items():
            elements[host] = replace(elements[host], boundary=tuple(events))
        own = elements.get(scope_id)
        if own is None:
            own = Element(scope_id, node.get("name") or scope_id, "process", "PROCESS", parent,
                          documentation=self.documentation(node))  # fmt: skip
        elements[scope_id] = replace(own, children=tuple(children), event_subprocesses=tuple(event_subprocesses))
        self.check_scope(elements[scope_id], elements)

    def check_scope(self, scope: Element, elements: Mapping[str, Element]) -> None:
        starts = [elements[c] for c in scope.children if elements[c].kind == "startEvent"]
        what = (
            N_("event sub-process")
            if scope.triggered_by_event
            else N_("sub-process")
            if scope.kind == "subProcess"
            else N_("process")
        )
        if not starts:
            self.error(
                "start-event",
                scope.id,
                _("The {what} has no start event.").format(what=_(what)),
                _("Draw one start event."),
            )
        if what != "process" and len(starts) > 1:
            self.error(
                "start-event", scope.id, _("The {what} has several start events.").format(what=_(what)), _("Keep one.")
            )
        for start in starts:
            kind = start.event.kind if start.event else "none"
            if what == "sub-process" and kind != "none":
                self.error("start-event", start.id, _("An embedded sub-process starts with a plain start event."),
                           _("Remove the event definition, or make it an event sub-process."))  # fmt: skip
        if what == "process" and sum(1 for s in starts if s.event and s.event.kind == "none") > 1:
            self.error("start-event", scope.id, _("The process has several plain start events."), _("Keep one."))
        if scope.triggered_by_event and (scope.incoming or scope.outgoing):
            self.error(
                "event-subprocess-flow", scope.id, _("An event sub-process has no sequence flows."), _("Remove them.")
            )
        for child in (elements[c] for c in scope.children):
            unreachable = not child.incoming and child.kind not in ("startEvent", "boundaryEvent")
            if unreachable and not child.triggered_by_event:
                self.error("unreachable", child.id, _("No sequence flow leads here, so it would never run."),
                           _("Connect it, or remove it."))  # fmt: skip
            if child.kind in ("startEvent", "boundaryEvent") and child.incoming:
                self.error("incoming", child.id, _("No sequence flow may lead into this event."), _("Remove the flow."))
            if child.kind == "endEvent" and child.outgoing:
                self.error("outgoing", child.id, _("No sequence flow may leave an end event."), _("Remove the flow."))
            if child.kind == "exclusiveGateway" and len(child.outgoing) > 1:
                for flow in child.outgoing:
                    if flow.condition is None and flow.id != child.default_flow:
                        self.error("condition", flow.id, _("A flow out of an exclusive gateway has no condition."),
                                   _("Give it a condition, or make it the default flow."))  # fmt: skip
            if child.kind == "eventBasedGateway":
                for flow in child.outgoing:
                    if elements[flow.target].kind not in ("intermediateCatchEvent", "receiveTask"):
                        self.error("event-gateway", child.id, _("Behind an event-based gateway stand only catching events."),
                                   _("Put a message or timer event behind it."))  # fmt: skip

    def flow(self, node: xml.Element) -> Flow:
        flow_id = node.get("id") or f"{node.get('sourceRef')}_{node.get('targetRef')}"
        condition = next((e.text for e in node if xml.local(e) == "conditionExpression"), None)
        return Flow(flow_id, node.get("name") or "", node.get("sourceRef", ""), node.get("targetRef", ""),
                    self.expression(condition, flow_id, _("condition")))  # fmt: skip

    def documentation(self, node: xml.Element) -> str:
        return next((e.text or "" for e in node if xml.local(e) == "documentation"), "").strip()

    def extensions(self, node: xml.Element) -> Iterable[xml.Element]:
        for child in node:
            if xml.local(child) == "extensionElements" and xml.namespace(child) == BPMN:
                yield from (e for e in child if xml.namespace(e) == ZEEBE)

    def extension(self, node: xml.Element, name: str) -> xml.Element | None:
        return next((e for e in self.extensions(node) if xml.local(e) == name), None)

    def element(
        self, node: xml.Element, parent: str, incoming: tuple[Flow, ...], outgoing: tuple[Flow, ...]
    ) -> Element:
        kind, element_id = xml.local(node), node.get("id", "")
        triggered = node.get("triggeredByEvent") == "true"
        default = node.get("default")
        if default and default not in {f.id for f in outgoing}:
            self.error("default-flow", element_id,
                       _("The default flow {flow} does not leave this element.").format(flow=default),
                       _("Choose one of its outgoing flows."))  # fmt: skip
        fields: dict[str, object] = {"properties": {}, "headers": {}}
        for extension in self.extensions(node):
            self.read_extension(extension, element_id, fields)
        self.camunda7(node, fields)
        event = self.event(node, kind, element_id)
        interrupting = node.get("cancelActivity" if kind == "boundaryEvent" else "isInterrupting", "true") != "false"
        element = Element(
            id=element_id, name=node.get("name") or "", kind=kind,
            type="EVENT_SUB_PROCESS" if triggered else TYPES[kind], parent=parent,
            documentation=self.documentation(node), incoming=incoming, outgoing=outgoing, default_flow=default,
            event=event, interrupting=interrupting, attached_to=node.get("attachedToRef"), triggered_by_event=triggered,
            loop=self.loop(node, element_id), **fields,  # type: ignore[arg-type]  # values typed in read_extension
        )  # fmt: skip
        self.check_element(element)
        return element

    def check_element(self, e: Element) -> None:
        if e.kind in ("serviceTask", "sendTask") and e.job_type is None:
            self.error("job-type", e.id, _("The task has no job type, so nothing would do its work."),
                       _("Set Task definition, Type in the properties."))  # fmt: skip
        if e.kind == "scriptTask" and e.script is None and e.job_type is None:
            self.error("script", e.id, _("The script task has no FEEL expression."), _("Set its script expression."))
        if e.kind == "businessRuleTask" and e.called_decision is None and e.job_type is None:
            self.error(
                "called-decision", e.id, _("The business rule task calls no decision."), _("Set its called decision.")
            )
        if e.kind == "callActivity" and e.called_process is None:
            self.error("called-process", e.id, _("The call activity calls no process."), _("Set its called element."))

    def read_extension(self, node: xml.Element, element_id: str, fields: dict[str, object]) -> None:
        def value(attribute: str, what: str) -> Text | None:
            return self.text(node.get(attribute), element_id, what)

        match xml.local(node):
            case "taskDefinition":
                fields["job_type"] = value("type", _("job type"))
                fields["retries"] = value("retries", _("number of retries"))
            case "taskHeaders":
                fields["headers"] = {h.get("key", ""): h.get("value", "") for h in node}
            case "properties":
                fields["properties"] = {p.get("name", ""): p.get("value", "") for p in node}
                for name in ("nietDoor",):
                    raw = dict(fields["properties"]).get(name)  # type: ignore[call-overload]  # a dict, made above
                    if raw:
                        self.expression(raw, element_id, _("property {name}").format(name=name))
            case "ioMapping":
                inputs: list[IoMapping] = []
                outputs: list[IoMapping] = []
                for mapping in node:
                    source = self.text(mapping.get("source"), element_id, _("mapping")) or Text("null", True)
                    (inputs if xml.local(mapping) == "input" else outputs).append(
                        IoMapping(source, mapping.get("target", ""))
                    )
                fields["inputs"], fields["outputs"] = tuple(inputs), tuple(outputs)
            case "assignmentDefinition":
                fields["assignee"] = value("assignee", _("assignee"))
                fields["candidate_groups"] = value("candidateGroups", _("candidate groups"))
                fields["candidate_users"] = value("candidateUsers", _("candidate users"))
            case "formDefinition":
                fields["form_id"] = node.get("formId", "")
                fields["external_form"] = node.get("externalReference", "") or node.get("formKey", "")
                fields["binding"] = node.get("bindingType", "latest")
            case "taskSchedule":
                fields["due_date"] = value("dueDate", _("due date"))
                fields["follow_up_date"] = value("followUpDate", _("follow-up date"))
            case "priorityDefinition":
                fields["priority"] = value("priority", _("priority"))
            case "script":
                fields["script"] = self.expression(node.get("expression"), element_id, _("script"))
                fields["result_variable"] = node.get("resultVariable", "")
            case "calledElement":
                fields["called_process"] = value("processId", _("called process"))
                fields["propagate_all_child"] = node.get("propagateAllChildVariables", "true") == "true"
                fields["propagate_all_parent"] = node.get("propagateAllParentVariables", "true") == "true"
                fields["binding"] = node.get("bindingType", "latest")
                fields["version_tag"] = node.get("versionTag", "")
            case "calledDecision":
                fields["called_decision"] = value("decisionId", _("called decision"))
                fields["result_variable"] = node.get("resultVariable", "")
                fields["binding"] = node.get("bindingType", "latest")
            case "executionListeners" | "taskListeners" if len(node):
                self.error("unsupported-listener", element_id, _("Listeners cannot be executed yet."),
                           _("Draw the work as a service task."))  # fmt: skip

    def camunda7(self, node: xml.Element, fields: dict[str, object]) -> None:
        """Read what Camunda 7 and Operaton write on user tasks, as far as it is no code."""
        names = {"assignee": "assignee", "candidateGroups": "candidate_groups", "candidateUsers": "candidate_users",
                 "dueDate": "due_date", "followUpDate": "follow_up_date", "priority": "priority"}  # fmt: skip
        for space in CAMUNDA7:
            for attribute, name in names.items():
                raw = node.get(f"{{{space}}}{attribute}")
                if raw is None:
                    continue
                if raw.startswith(("${", "#{")):
                    self.error("camunda7-expression", node.get("id", ""),
                               _("{attribute} is a Camunda 7 expression.").format(attribute=attribute),
                               _("Write it in FEEL with a leading =."))  # fmt: skip
                else:
                    fields.setdefault(name, Text(raw, False))
            form = node.get(f"{{{space}}}formRef")
            if form:
                fields.setdefault("form_id", form)
            for attribute in ("class", "delegateExpression", "expression"):
                if node.get(f"{{{space}}}{attribute}") is not None:
                    self.error("camunda7-code", node.get("id", ""),
                               _("{attribute} would run code, which is not done.").format(attribute=attribute),
                               _("Set a job type instead and let a worker do it."))  # fmt: skip

    def loop(self, node: xml.Element, element_id: str) -> Loop | None:
        for child in node:
            tag = xml.local(child)
            if tag == "standardLoopCharacteristics":
                self.error("unsupported-loop", element_id, _("A standard loop cannot be executed yet."),
                           _("Draw the loop with an exclusive gateway."))  # fmt: skip
            if tag != "multiInstanceLoopCharacteristics":
                continue
            zeebe = self.extension(child, "loopCharacteristics")
            condition = next((e.text for e in child if xml.local(e) == "completionCondition"), None)
            collection = self.expression(zeebe.get("inputCollection") if zeebe is not None else None, element_id,
                                         _("input collection"))  # fmt: skip
            if zeebe is None or collection is None:
                self.error("input-collection", element_id, _("The multi-instance activity has no input collection."),
                           _("Set its input collection to a FEEL list."))  # fmt: skip
                return None
            return Loop(
                child.get("isSequential") == "true", collection, zeebe.get("inputElement", ""),
                zeebe.get("outputCollection", ""),
                self.expression(zeebe.get("outputElement"), element_id, _("output element")) or "",
                self.expression(condition, element_id, _("completion condition")) or "",
            )  # fmt: skip
        return None

    def event(self, node: xml.Element, kind: str, element_id: str) -> Event | None:
        if kind == "receiveTask":
            return self.message_event(node, node.get("messageRef"), element_id, catching=True)
        if not kind.endswith("Event"):
            return None
        definitions = [e for e in node if xml.local(e).endswith("EventDefinition")]
        catching = kind in ("startEvent", "intermediateCatchEvent", "boundaryEvent")
        if len(definitions) > 1:
            self.error("multiple-events", element_id, _("An event with several definitions cannot be executed yet."),
                       _("Draw one event for each."))  # fmt: skip
            return None
        event_kind = xml.local(definitions[0]).removesuffix("EventDefinition") if definitions else "none"
        parent = node.getparent()
        in_event_subprocess = parent is not None and parent.get("triggeredByEvent") == "true"
        place = "eventSubprocessStart" if kind == "startEvent" and in_event_subprocess else kind
        if event_kind not in EVENTS_ALLOWED[place]:
            what = _("A {kind} event cannot be executed here ({place}).")
            if event_kind == "none":
                what = _("An event without a definition cannot be executed here ({place}).")
            self.error("unsupported-event", element_id, what.format(kind=event_kind, place=place),
                       _(INSTEAD.get(event_kind, ELSE_EVENT)))  # fmt: skip
            return None
        if not definitions:
            return Event("none")
        definition = definitions[0]
        if event_kind == "message":
            in_process = parent is not None and xml.local(parent) == "process"
            return self.message_event(node, definition.get("messageRef"), element_id, catching=catching,
                                      is_start=kind == "startEvent" and in_process)  # fmt: skip
        if event_kind == "timer":
            return self.timer(definition, element_id)
        if event_kind in ("error", "escalation"):
            target = self.named.get(definition.get(f"{event_kind}Ref", ""))
            code = (target.get(f"{event_kind}Code") or "") if target is not None else ""
            if not catching and not code:
                self.error(f"{event_kind}-code", element_id,
                           _("The {kind} that is thrown has no code.").format(kind=event_kind),
                           _("Choose one with a code."))  # fmt: skip
            return Event(event_kind, code=code)
        return Event(event_kind)

    def message_event(
        self, node: xml.Element, reference: str | None, element_id: str, *, catching: bool, is_start: bool = False
    ) -> Event | None:
        message = self.named.get(reference or "")
        if message is None:
            if not catching and self.extension(node, "taskDefinition") is not None:
                return Event("message")
            self.error("message-ref", element_id, _("The event names no message."), _("Choose a message with a name."))
            return None
        name = self.text(message.get("name"), element_id, _("message name"))
        subscription = self.extension(message, "subscription")
        key = self.text(subscription.get("correlationKey") if subscription is not None else None, element_id,
                        _("correlation key"))  # fmt: skip
        if name is None:
            self.error(
                "message-name", element_id, _("The message has no name."), _("Give it the name <partner>.<event>.")
            )
        if catching and not is_start and key is None:
            self.error("correlation-key", element_id, _("The message has no subscription correlation key."),
                       _("Set it, for example to =dossiernummer."))  # fmt: skip
        return Event("message", name=name, correlation_key=key)

    def timer(self, definition: xml.Element, element_id: str) -> Event | None:
        for child in definition:
            kind = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}.get(xml.local(child))
            if kind:
                expression = self.text(child.text, element_id, _("timer"))
                if expression is not None:
                    return Event("timer", timer=kind, expression=expression)
        self.error(
            "timer", element_id, _("The timer says neither date, duration nor cycle."), _("Set one of the three.")
        )
        return None


def read(content: bytes, *, name: str) -> tuple[list[ProcessDefinition], list[Finding]]:
    """Return the executable processes of a BPMN file and everything that is wrong with it.

    Findings of severity ``error`` mean that the definitions must not be run.
    """
    try:
        root = xml.parse(content, name=name)
    except InvalidInput as error:
        return [], [Finding("error", error.code.lower().replace("_", "-"), name, "", error.message, error.remedy)]
    reader = _Reader(root, name)
    definitions = reader.processes()
    return definitions, reader.findings
