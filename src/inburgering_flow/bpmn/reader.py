"""Reads a BPMN file into definition values and says everything it cannot take, element by element.

SpiffWorkflow's own parser is not used: see docs/decisions.md, decision 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import SCOPES, Element, Event, Flow, Listener, ProcessDefinition
from inburgering_flow.bpmn.extensions import EXECUTION
from inburgering_flow.bpmn.notes import BPMN, plain_id
from inburgering_flow.bpmn.structure import Structure
from inburgering_flow.errors import Finding, InvalidInput
from inburgering_flow.feel.stored import LONGEST_NAME
from inburgering_flow.i18n import N_, _

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
INSTEAD: Mapping[str, str] = {
    "choreographyTask": N_("Draw the messages between the participants as events."),
    "subChoreography": N_("Draw the messages between the participants as events."),
    "subConversation": N_("Draw the messages between the participants as events."),
}
ELSE = N_("Draw it with the elements of the element table in the documentation.")
IGNORED = frozenset(
    ("incoming", "outgoing", "documentation", "extensionElements", "sequenceFlow", "laneSet", "dataObject", "association",
     "dataObjectReference", "dataStoreReference", "textAnnotation", "group", "property", "ioSpecification", "category",
     "script", "dataInputAssociation", "dataOutputAssociation", "dataInput", "dataOutput", "inputSet", "outputSet",
     "auditing", "monitoring", "artifact", "supportedInterfaceRef", "correlationSubscription", "eventDefinitionRef",
     "completionCondition", "resourceRole", "performer", "humanPerformer", "potentialOwner", "supports",
     "ioBinding")
)  # fmt: skip
ALWAYS_INTERRUPT = ("error", "cancel")
CATCHES = ("intermediateCatchEvent", "receiveTask")


class _Reader(Structure):
    # -- processes -------------------------------------------------------------------------------------------------

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
            process_id = process.get("id", "")
            if process_id in self.ids:
                self.error("duplicate-id", process_id, _("Two elements have this id."), _("Give each element its own id."))
                continue
            self.ids.add(process_id)
            self.scope(process, None, elements)
            self.check_undoing(elements)
            if process_id in elements:
                self.check_names(elements[process_id])
                found.append(
                    ProcessDefinition(process_id, process.get("name") or process_id, self.version_tag(process), elements)
                )
        if executable:
            found.extend(self.global_task(e) for e in self.root if xml.local(e) in GLOBAL and e.get("id"))
        return found

    def version_tag(self, process: xml.Element) -> str:
        """Return the tag by which calls may choose this version; empty where there is none."""
        tag = self.extension(process, "versionTag")
        return self.camunda7_value(process, "versionTag") if tag is None else tag.get("value", "")

    def global_task(self, node: xml.Element) -> ProcessDefinition:
        """Return a global task as the process that a call activity calls: a start, the task, nothing else."""
        process_id = node.get("id", "")
        name = node.get("name") or process_id
        start_id, task_id = f"{process_id}.start", f"{process_id}.task"
        flow = Flow(f"{process_id}.flow", "", start_id, task_id)
        task = self.element(node, process_id, (flow,), (), kind=GLOBAL[xml.local(node)], element_id=task_id)
        start = Element(start_id, "", "startEvent", TYPES["startEvent"], process_id, outgoing=(flow,),
                        event=Event("none"))  # fmt: skip
        root = Element(process_id, name, "process", "PROCESS", None, children=(start_id, task_id))
        return ProcessDefinition(process_id, name, "", {process_id: root, start_id: start, task_id: task})

    def scope(self, node: xml.Element, parent: str | None, elements: dict[str, Element]) -> None:
        scope_id = node.get("id", "")
        if not scope_id:
            self.error(
                "missing-id", parent or "", _("A {tag} has no id.").format(tag=xml.local(node)), _("Give it an id.")
            )
            return
        here = self.nodes(node, scope_id)
        incoming, outgoing = self.flows(node, here)
        handlers = self.handlers(node, here)
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
            if element.kind in SCOPES:
                self.scope(child, scope_id, elements)
        for host, events in boundary.items():
            handler = next((handlers[e] for e in events if e in handlers), "")
            elements[host] = replace(elements[host], boundary=tuple(events), compensation_handler=handler)
        own = elements.get(scope_id)
        if own is None:
            own = Element(scope_id, node.get("name") or scope_id, "process", "PROCESS", parent,
                          documentation=self.documentation(node), data=self.data(node),
                          execution_listeners=self.process_listeners(node, scope_id))  # fmt: skip
        elements[scope_id] = replace(own, children=tuple(here), event_subprocesses=tuple(event_subprocesses))
        self.check_scope(elements[scope_id], elements, handlers)

    def process_listeners(self, node: xml.Element, scope_id: str) -> tuple[Listener, ...]:
        """Return the listeners on the process itself."""
        found = self.extension(node, "executionListeners")
        return () if found is None else self.listeners(found, scope_id, EXECUTION)

    def nodes(self, node: xml.Element, scope_id: str) -> dict[str, xml.Element]:
        """Return the flow nodes of a scope by id, in the order of the file."""
        here: dict[str, xml.Element] = {}
        for child in node:
            tag = xml.local(child)
            if xml.namespace(child) != BPMN:
                continue
            if tag in TYPES:
                child_id = child.get("id", "")
                if not child_id:
                    self.error("missing-id", scope_id, _("A {tag} has no id.").format(tag=tag), _("Give it an id."))
                elif child_id in self.ids or child_id in self.root_ids:
                    self.error(
                        "duplicate-id", child_id, _("Two elements have this id."), _("Give each element its own id.")
                    )
                else:
                    self.ids.add(child_id)
                    here[child_id] = child
            elif tag not in IGNORED and "LoopCharacteristics" not in tag and not tag.endswith("EventDefinition"):
                self.error("unsupported-element", child.get("id", scope_id),
                           _("A {tag} cannot be executed yet.").format(tag=tag),
                           _(INSTEAD.get(tag, ELSE)))  # fmt: skip
        return here

    def flows(
        self, node: xml.Element, here: Mapping[str, xml.Element]
    ) -> tuple[dict[str, list[Flow]], dict[str, list[Flow]]]:
        """Return the incoming and outgoing sequence flows by element; a link is a flow that is not drawn."""
        incoming: dict[str, list[Flow]] = {}
        outgoing: dict[str, list[Flow]] = {}
        drawn = [self.flow(child) for child in self.children(node, "sequenceFlow")]
        for flow in (*drawn, *self.links(here)):
            if flow.source not in here or flow.target not in here:
                self.error("flow-ends", flow.id, _("The sequence flow does not join two elements of one scope."),
                           _("Connect both ends inside the same process or sub-process."))  # fmt: skip
                continue
            outgoing.setdefault(flow.source, []).append(flow)
            incoming.setdefault(flow.target, []).append(flow)
        return incoming, outgoing

    def links(self, here: Mapping[str, xml.Element]) -> list[Flow]:
        """Return a flow from each link throw event to the link catch event of the same name in the scope."""
        targets: dict[str, str] = {}
        sources: list[tuple[str, str]] = []
        for child_id, child in here.items():
            for definition in self.event_definitions(child, child_id):
                name = definition.get("name", "").strip()
                if xml.local(definition) != "linkEventDefinition" or not name:
                    continue
                if xml.local(child) == "intermediateThrowEvent":
                    sources.append((name, child_id))
                elif name in targets:
                    self.error("link-target", child_id, _("Two link events catch '{name}'.").format(name=name),
                               _("Keep one of them."))  # fmt: skip
                else:
                    targets[name] = child_id
        found = []
        for name, source in sources:
            if name in targets:
                found.append(Flow(f"{source}.link", name, source, targets[name]))
            else:
                self.error("link-target", source, _("No link event of this scope catches '{name}'.").format(name=name),
                           _("Draw the catching link event, with the same name."))  # fmt: skip
        return found

    def handlers(self, node: xml.Element, here: Mapping[str, xml.Element]) -> dict[str, str]:
        """Return the compensation handler that each compensation boundary event is associated with."""
        found: dict[str, str] = {}
        for association in self.children(node, "association"):
            ends = (plain_id(association.get("sourceRef")), plain_id(association.get("targetRef")))
            for event, handler in (ends, ends[::-1]):
                if event not in here or handler not in here or xml.local(here[event]) != "boundaryEvent":
                    continue
                if found.setdefault(event, handler) != handler:
                    self.error("compensation-handler", event, _("The compensation event leads to several handlers."),
                               _("Keep one; a sub-process can hold several steps."))  # fmt: skip
        return found

    # -- checks ----------------------------------------------------------------------------------------------------

    def check_scope(self, scope: Element, elements: Mapping[str, Element], handlers: Mapping[str, str]) -> None:
        starts = [elements[c] for c in scope.children if elements[c].kind == "startEvent"]
        plain = [s for s in starts if s.event and s.event.kind == "none"]
        what = N_("process")
        if scope.triggered_by_event:
            what = N_("event sub-process")
        elif scope.kind != "process":
            what = N_("sub-process")
        begins = [c for c in scope.children if elements[c].begins]
        if scope.kind == "adHocSubProcess":
            self.check_ad_hoc(scope, starts, elements)
        elif not starts and (scope.triggered_by_event or not (begins or self.instantiates(scope, elements))):
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
            if what == "sub-process" and start not in plain:
                self.error("start-event", start.id, _("An embedded sub-process starts with a plain start event."),
                           _("Remove the event definition, or make it an event sub-process."))  # fmt: skip
        if what == "process" and len(plain) > 1:
            self.error("start-event", scope.id, _("The process has several plain start events."), _("Keep one."))
        if not (starts or scope.kind == "adHocSubProcess" or self.instantiates(scope, elements)):
            for end in (c for c in scope.children if elements[c].kind == "endEvent"):
                self.warning(
                    "start-event",
                    end,
                    _("The {what} has an end event, but no start event.").format(what=_(what)),
                    _("It begins with all that no flow leads to; draw a start event in front of what comes first."),
                )
        if scope.triggered_by_event and (scope.incoming or scope.outgoing):
            self.error(
                "event-subprocess-flow", scope.id, _("An event sub-process has no sequence flows."), _("Remove them.")
            )
        self.check_catchers(
            elements[c] for e in scope.event_subprocesses for c in elements[e].children if elements[c].kind == "startEvent"
        )
        for child in (elements[c] for c in scope.children):
            self.check_catchers(elements[b] for b in child.boundary)
            if starts and child.begins and scope.kind != "adHocSubProcess":
                self.error("unreachable", child.id, _("No sequence flow leads here, so it would never run."),
                           _("Connect it, or remove it."))  # fmt: skip
            self.check_flows(child, elements)
            self.check_structure(child, elements)
            self.check_event(child, scope, elements)
            self.check_compensation(child, scope, elements, handlers)

    def instantiates(self, scope: Element, elements: Mapping[str, Element]) -> bool:
        return scope.kind == "process" and any(elements[c].instantiate for c in scope.children)

    def check_ad_hoc(self, scope: Element, starts: list[Element], elements: Mapping[str, Element]) -> None:
        if scope.job_type is not None:
            self.error("ad-hoc", scope.id, _("A job cannot choose the activities of an ad-hoc sub-process."),
                       _("Name them in activeElementsCollection, or activate them over the API."))  # fmt: skip
        for start in starts:
            self.error("ad-hoc", start.id, _("An ad-hoc sub-process has no start event."), _("Remove it."))
        for end in (c for c in scope.children if elements[c].kind == "endEvent"):
            self.error("ad-hoc", end, _("An ad-hoc sub-process has no end event."),
                       _("Remove it: a path ends with its last activity."))  # fmt: skip
        if not any(elements[c].begins for c in scope.children):
            self.error("ad-hoc", scope.id, _("The ad-hoc sub-process has no activity that could begin."),
                       _("Draw at least one activity in it that no flow leads to."))  # fmt: skip

    def check_flows(self, child: Element, elements: Mapping[str, Element]) -> None:
        if child.kind in ("startEvent", "boundaryEvent") and child.incoming:
            self.error("incoming", child.id, _("No sequence flow may lead into this event."), _("Remove the flow."))
        if child.kind == "endEvent" and child.outgoing:
            self.error("outgoing", child.id, _("No sequence flow may leave an end event."), _("Remove the flow."))
        if child.kind == "exclusiveGateway" and len(child.outgoing) > 1:
            for flow in child.outgoing:
                if flow.condition is None and flow.id != child.default_flow:
                    self.error("condition", flow.id, _("A flow out of an exclusive gateway has no condition."),
                               _("Give it a condition, or make it the default flow."))  # fmt: skip
        if child.kind == "parallelGateway":
            for flow in child.outgoing:
                if flow.condition is not None:
                    self.warning("condition", flow.id, _("A flow out of a parallel gateway has a condition."),
                                 _("It is not looked at; remove it, or draw an inclusive gateway."))  # fmt: skip
        if child.kind == "complexGateway" and len(child.incoming) > 1 and not child.activation_condition:
            self.error("activation", child.id, _("The complex gateway has no activation condition."),
                       _("Write one in FEEL, for example = activationCount >= 2."))  # fmt: skip
        if child.kind == "eventBasedGateway":
            for flow in child.outgoing:
                target = elements[flow.target]
                if target.kind not in CATCHES or (target.event is not None and target.event.has("link")):
                    self.error("event-gateway", child.id, _("Behind an event-based gateway stand only catching events."),
                               _("Put a message or timer event behind it."))  # fmt: skip
            if not child.incoming and not child.instantiate:
                self.error("event-gateway", child.id, _("No sequence flow leads here, so it would never run."),
                           _("Connect it, or set it to start the process."))  # fmt: skip

    def check_event(self, child: Element, scope: Element, elements: Mapping[str, Element]) -> None:
        """Refuse what BPMN 2.0.2 (table 10.93) does not have: such an event would happen otherwise than drawn, or never."""
        event, host = child.event, elements.get(child.attached_to or "")
        if child.kind == "boundaryEvent" and host is not None and (
            host.kind not in ACTIVITIES or host.triggered_by_event
        ):  # fmt: skip
            self.error("boundary-host", child.id, _("The boundary event is not attached to an activity."),
                       _("Drag it onto the border of an activity."))  # fmt: skip
        if event is None:
            return
        for kind in ALWAYS_INTERRUPT:
            if event.has(kind) and not child.interrupting and child.kind in ("boundaryEvent", "startEvent"):
                self.error("interrupting", child.id, _("An event of kind {kind} always interrupts.").format(kind=kind),
                           _("Make it interrupting, or throw and catch an escalation."))  # fmt: skip
        if child.kind == "startEvent" and event.has("compensate") and self.tag(scope.parent) == "process":
            self.error("compensation-start", child.id, _("A process as a whole is not compensated."),
                       _("Draw the compensation event sub-process inside a sub-process."))  # fmt: skip
        for part in event.all:
            if part.activity and self.tag(part.activity) not in ACTIVITIES:
                self.error("compensation-ref", child.id, _("There is no activity {id} to compensate.").format(id=part.activity),
                           _("Choose an activity, or none to compensate all that is done."))  # fmt: skip

    def check_catchers(self, catchers: Iterable[Element]) -> None:
        """Refuse two events of one place that catch the same error or escalation: only one of them could ever have it."""
        known: set[tuple[str, str]] = set()
        for catcher in catchers:
            for part in catcher.event.all if catcher.event is not None else ():
                if part.kind not in ("error", "escalation"):
                    continue
                if (part.kind, part.code) in known:
                    self.error("caught-twice", catcher.id,
                               _("Another event here catches the same {kind}.").format(kind=part.kind),
                               _("Keep one of them, or give them different codes."))  # fmt: skip
                known.add((part.kind, part.code))

    def check_compensation(
        self, child: Element, scope: Element, elements: Mapping[str, Element], handlers: Mapping[str, str]
    ) -> None:
        event = child.event
        if child.is_for_compensation and (child.incoming or child.outgoing):
            self.error("compensation-flow", child.id, _("A compensation handler has no sequence flows."),
                       _("Remove them; the association with the boundary event is enough."))  # fmt: skip
        if child.kind == "boundaryEvent" and event is not None and event.has("compensate"):
            if child.outgoing:
                self.error("compensation-flow", child.id, _("A sequence flow leaves a compensation event."),
                           _("Remove it; the association with the handler is enough."))  # fmt: skip
            handler = elements.get(handlers.get(child.id, ""))
            if handler is None:
                self.error("compensation-handler", child.id, _("The compensation event leads to no handler."),
                           _("Connect it with an association to an activity that is for compensation."))  # fmt: skip
            elif not handler.is_for_compensation:
                self.error("compensation-handler", handler.id, _("This activity is not marked for compensation."),
                           _("Set it as the compensation activity in its properties."))  # fmt: skip
        if event is None or not event.has("cancel"):
            return
        host = elements.get(child.attached_to or "") if child.kind == "boundaryEvent" else scope
        if host is None or host.kind != "transaction":
            self.error("cancel", child.id, _("A cancel event belongs to a transaction only."),
                       _("Make the sub-process a transaction, or use an error event."))  # fmt: skip

    # -- elements --------------------------------------------------------------------------------------------------

    def flow(self, node: xml.Element) -> Flow:
        flow_id = node.get("id") or f"{node.get('sourceRef')}_{node.get('targetRef')}"
        condition = self.body(node, "conditionExpression")
        if self.children(node, "conditionExpression") and not (condition or "").strip():
            self.error("condition", flow_id, _("The condition of the sequence flow is empty."),
                       _("Write one in FEEL, or remove it."))  # fmt: skip
        return Flow(flow_id, node.get("name") or "", node.get("sourceRef", ""), node.get("targetRef", ""),
                    self.expression(condition, flow_id, _("condition")))  # fmt: skip

    def element(
        self, node: xml.Element, parent: str, incoming: tuple[Flow, ...], outgoing: tuple[Flow, ...], *, kind: str = "",
        element_id: str = "",
    ) -> Element:  # fmt: skip
        kind, element_id = kind or xml.local(node), element_id or node.get("id", "")
        triggered = node.get("triggeredByEvent") == "true"
        default = node.get("default")
        if default and default not in {f.id for f in outgoing}:
            self.error("default-flow", element_id,
                       _("The default flow {flow} does not leave this element.").format(flow=default),
                       _("Choose one of its outgoing flows."))  # fmt: skip
        fields = self.read_extensions(node, element_id)
        self.bpmn_fields(node, kind, element_id, fields)
        interrupting = node.get("cancelActivity" if kind == "boundaryEvent" else "isInterrupting", "true") != "false"
        element = Element(
            id=element_id, name=node.get("name") or "", kind=kind,
            type="EVENT_SUB_PROCESS" if triggered else TYPES[kind], parent=parent,
            documentation=self.documentation(node), incoming=incoming, outgoing=outgoing, default_flow=default,
            event=self.event(node, kind, element_id), interrupting=interrupting,
            attached_to=plain_id(node.get("attachedToRef")) or None,
            triggered_by_event=triggered, loop=self.loop(node, element_id),
            instantiate=node.get("instantiate") == "true" and not incoming,
            parallel_events=node.get("eventGatewayType") == "Parallel",
            is_for_compensation=node.get("isForCompensation") == "true",
            **fields,  # type: ignore[arg-type]  # values typed where they are read
        )  # fmt: skip
        self.check_element(element)
        return element

    def bpmn_fields(self, node: xml.Element, kind: str, element_id: str, fields: dict[str, object]) -> None:
        """Read what BPMN itself says of an element, where no extension has said it."""
        if kind in ACTIVITIES:
            fields["start_quantity"] = self.number(node, "startQuantity", element_id)
            fields["completion_quantity"] = self.number(node, "completionQuantity", element_id)
            fields["data"] = self.data(node)
        if kind in ACTIVITIES or kind.endswith("Event"):
            fields["data_inputs"] = self.associations(node, element_id, "dataInputAssociation")
            fields["data_outputs"] = self.associations(node, element_id, "dataOutputAssociation")
        if kind == "userTask":
            for name, value in self.people(node, element_id).items():
                fields.setdefault(name, value)
        if kind == "complexGateway":
            condition = self.expression(self.body(node, "activationCondition"), element_id, _("activation condition"))
            fields["activation_condition"] = condition or ""
        if kind == "adHocSubProcess":
            fields["ad_hoc"] = self.ad_hoc(node, element_id)
        if kind == "callActivity" and fields.get("called_process") is None and node.get("calledElement"):
            called = plain_id(node.get("calledElement"))
            fields["called_process"] = self.text(called, element_id, _("called process"))
        script = self.body(node, "script")
        if kind == "scriptTask" and fields.get("script") is None and script and script.strip():
            language = node.get("scriptFormat", "").lower()
            if not (language or script.strip().startswith("=")):
                self.warning("script-language", element_id, _("The script does not say its language; it is read as FEEL."),
                             _("Set its format to feel, or begin it with =."))  # fmt: skip
            if not language or "feel" in language or script.strip().startswith("="):
                fields["script"] = self.expression(script, element_id, _("script"))
            else:
                self.error("script-language", element_id, _("A script in {language} cannot be executed.").format(
                    language=language), _("Write it in FEEL, or set a job type and let a worker do it."))  # fmt: skip

    def check_names(self, e: Element) -> None:
        """Say where an id is too long to be stored, and where a result would be written to no variable of the case."""
        if len(e.id) > LONGEST_NAME:
            self.error("id-length", e.id[:40], _("The id has more than {most} characters.").format(most=LONGEST_NAME),
                       _("Give it a shorter id."))  # fmt: skip
        loop, ad_hoc = e.loop, e.ad_hoc
        names = [e.result_variable, *e.data, *((loop and (loop.input_element, loop.output_collection)) or ()),
                 ad_hoc.output_collection if ad_hoc else ""]  # fmt: skip
        targets = [m.target for m in (*e.inputs, *e.outputs)]
        for name in (*filter(None, names), *targets):
            good = 0 < len(name) <= LONGEST_NAME and name[0] != "$" and (name not in targets or all(name.split(".")))
            if not good:
                self.error("variable-name", e.id, _("'{name}' cannot be the name of a variable.").format(name=name[:60]),
                           _("Use 1 to {most} characters, not $ as the first, and a name on each side of a dot.").format(
                               most=LONGEST_NAME))  # fmt: skip

    def check_element(self, e: Element) -> None:
        self.check_names(e)
        if e.kind in ("serviceTask", "sendTask") and e.job_type is None and e.event is None:
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
