"""Reads a BPMN file into definition values, and notes what these cannot hold; ``bpmn/rules`` says what is wrong.

SpiffWorkflow's own parser is not used: see docs/decisions.md, decision 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inburgering_flow import xml
from inburgering_flow.bpmn.activities import Activities
from inburgering_flow.bpmn.definition import SCOPES, Element, Event, Flow, Listener, ProcessDefinition
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.elements import ACTIVITIES, GLOBAL, TYPES
from inburgering_flow.bpmn.extensions import EXECUTION, OF_PROCESS
from inburgering_flow.bpmn.notes import BPMN, plain_id
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_

IGNORED = frozenset(
    ("incoming", "outgoing", "documentation", "extensionElements", "sequenceFlow", "laneSet", "dataObject", "association",
     "dataObjectReference", "dataStoreReference", "textAnnotation", "group", "property", "ioSpecification", "category",
     "script", "dataInputAssociation", "dataOutputAssociation", "dataInput", "dataOutput", "inputSet", "outputSet",
     "auditing", "monitoring", "artifact", "supportedInterfaceRef", "correlationSubscription", "eventDefinitionRef",
     "completionCondition", "resourceRole", "performer", "humanPerformer", "potentialOwner", "supports",
     "ioBinding")
)  # fmt: skip


class _Reader(Activities):
    # -- processes -------------------------------------------------------------------------------------------------

    def processes(self) -> list[ProcessDefinition]:
        found: list[ProcessDefinition] = []
        executable = self.executable()
        for process in executable:
            elements: dict[str, Element] = {}
            process_id = process.get("id", "")
            if process_id in self.ids:
                continue
            self.ids.add(process_id)
            self.scope(process, None, elements)
            if process_id in elements:
                found.append(
                    ProcessDefinition(
                        process_id, process.get("name") or process_id, self.version_tag(process), elements, self.forms(process)
                    )
                )
        return found

    def forms(self, process: xml.Element) -> dict[str, str]:
        """Return the forms that stand in a process itself, as JSON text by id; what nothing reads beside them is noted."""
        for extension in self.extensions(process):
            if xml.local(extension) not in OF_PROCESS:
                self.unread(xml.local(extension), process.get("id", ""))
        found = (e for e in self.extensions(process) if xml.local(e) == "userTaskForm")
        return {e.get("id", ""): e.text or "" for e in found}

    def global_tasks(self) -> list[ProcessDefinition]:
        """Return the global tasks as processes."""
        return [self.global_task(e) for e in self.root if xml.local(e) in GLOBAL and e.get("id")]

    def executable(self) -> list[xml.Element]:
        """Return the processes that are marked as executable."""
        return [e for e in self.children(self.root, "process") if e.get("isExecutable") == "true"]

    def version_tag(self, process: xml.Element) -> str:
        """Return the tag by which calls may choose this version; empty if there is none."""
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
            self.note("no id", parent or "", tag=xml.local(node))
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
            if element.kind == "boundaryEvent" and element.attached_to in here:
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
        self.handler_of.update(handlers)

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
                    self.note("no id", scope_id, tag=tag)
                elif child_id not in self.ids and child_id not in self.root_ids:
                    self.ids.add(child_id)
                    here[child_id] = child
            elif tag not in IGNORED and "LoopCharacteristics" not in tag and not tag.endswith("EventDefinition"):
                self.note("unknown element", child.get("id", scope_id), tag=tag)
        return here

    def flows(
        self, node: xml.Element, here: Mapping[str, xml.Element]
    ) -> tuple[dict[str, list[Flow]], dict[str, list[Flow]]]:
        """Return the incoming and outgoing sequence flows by element; a link counts as a flow that is not drawn."""
        incoming: dict[str, list[Flow]] = {}
        outgoing: dict[str, list[Flow]] = {}
        drawn = [self.flow(child) for child in self.children(node, "sequenceFlow")]
        for flow in (*drawn, *self.links(here)):
            if flow.source not in here or flow.target not in here:
                self.note("loose flow", flow.id)
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
                    self.note("second link target", child_id, name=name)
                else:
                    targets[name] = child_id
        found = []
        for name, source in sources:
            if name in targets:
                found.append(Flow(self.free_id(f"{source}.link"), name, source, targets[name]))
            else:
                self.note("link to nowhere", source, name=name)
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
                    self.note("second handler", event)
        return found

    # -- elements --------------------------------------------------------------------------------------------------

    def flow(self, node: xml.Element) -> Flow:
        flow_id = node.get("id") or self.free_id(f"{node.get('sourceRef')}_{node.get('targetRef')}")
        condition = self.body(node, "conditionExpression")
        if self.children(node, "conditionExpression") and not (condition or "").strip():
            self.note("empty condition", flow_id)
        return Flow(flow_id, node.get("name") or "", node.get("sourceRef", ""), node.get("targetRef", ""),
                    self.expression(condition, flow_id, N_("condition")))  # fmt: skip

    def element(
        self, node: xml.Element, parent: str, incoming: tuple[Flow, ...], outgoing: tuple[Flow, ...], *, kind: str = "",
        element_id: str = "",
    ) -> Element:  # fmt: skip
        kind, element_id = kind or xml.local(node), element_id or node.get("id", "")
        triggered = node.get("triggeredByEvent") == "true"
        fields = self.read_extensions(node, element_id)
        self.bpmn_fields(node, kind, element_id, fields)
        interrupting = node.get("cancelActivity" if kind == "boundaryEvent" else "isInterrupting", "true") != "false"
        return Element(
            id=element_id, name=node.get("name") or "", kind=kind,
            type="EVENT_SUB_PROCESS" if triggered else TYPES[kind], parent=parent,
            documentation=self.documentation(node), incoming=incoming, outgoing=outgoing, default_flow=node.get("default"),
            event=self.event(node, kind, element_id), interrupting=interrupting,
            attached_to=plain_id(node.get("attachedToRef")) or None,
            triggered_by_event=triggered, loop=self.loop(node, element_id),
            instantiate=node.get("instantiate") == "true" and not incoming,
            parallel_events=node.get("eventGatewayType") == "Parallel",
            is_for_compensation=node.get("isForCompensation") == "true",
            **fields,  # type: ignore[arg-type]  # values typed where they are read
        )  # fmt: skip

    def bpmn_fields(self, node: xml.Element, kind: str, element_id: str, fields: dict[str, object]) -> None:
        """Read what BPMN itself says about an element, where no extension has said it."""
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
            condition = self.expression(self.body(node, "activationCondition"), element_id, N_("activation condition"))
            fields["activation_condition"] = condition or ""
        if kind == "adHocSubProcess":
            fields["ad_hoc"] = self.ad_hoc(node, element_id)
        if kind == "callActivity" and fields.get("called_process") is None and node.get("calledElement"):
            called = plain_id(node.get("calledElement"))
            fields["called_process"] = self.text(called, element_id, N_("called process"))
        script = self.body(node, "script")
        if kind == "scriptTask" and fields.get("script") is None and script and script.strip():
            language = node.get("scriptFormat", "").lower()
            if not (language or script.strip().startswith("=")):
                self.note("script without language", element_id)
            if not language or "feel" in language or script.strip().startswith("="):
                fields["script"] = self.expression(script, element_id, N_("script"))
            else:
                self.note("script in another language", element_id, language=language)

def read(content: bytes, *, name: str) -> Diagram:
    """Return the executable processes of a BPMN file, and what else was seen. They must not be run if a rule finds an
    error: see ``bpmn/rules``.
    """
    try:
        root = xml.parse(content, name=name)
    except InvalidInput as error:
        return Diagram(name, problem=error)
    if xml.namespace(root) != BPMN or xml.local(root) != "definitions":
        return Diagram(name)
    reader = _Reader(root)
    drawn = tuple(reader.processes())
    is_executable = bool(reader.executable())
    made = tuple(reader.global_tasks()) if is_executable else ()
    return Diagram(
        name, drawn, made, tuple(reader.seen), is_bpmn=True, is_executable=is_executable, named=reader.named,
        handlers=reader.handler_of,
    )  # fmt: skip
