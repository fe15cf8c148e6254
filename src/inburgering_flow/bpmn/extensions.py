"""Extension elements: Camunda 8 (``zeebe:``), and what Camunda 7 and Operaton write, except code."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import EMBEDDED, Element, IoMapping, Listener, Text
from inburgering_flow.bpmn.notes import CAMUNDA7, Notes
from inburgering_flow.i18n import N_

ATTRIBUTES7: Mapping[str, tuple[str, str]] = {
    "assignee": ("assignee", N_("assignee")),
    "candidateGroups": ("candidate_groups", N_("candidate groups")),
    "candidateUsers": ("candidate_users", N_("candidate users")),
    "dueDate": ("due_date", N_("due date")),
    "followUpDate": ("follow_up_date", N_("follow-up date")),
    "priority": ("priority", N_("priority")),
    "topic": ("job_type", N_("job type")),
    "decisionRef": ("called_decision", N_("called decision")),
}
PLAIN7: Mapping[str, str] = {"formRef": "form_id", "resultVariable": "result_variable"}
CODE7 = ("class", "delegateExpression", "expression", "variableMappingClass", "variableMappingDelegateExpression")
NOT_DONE7 = ("initiator", "skipExpression", "terminateAll", "terminateMultiInstance")  # what no engine here does
COUNTERPARTS = {"inputOutput": "ioMapping", "properties": "properties", "errorEventDefinition": "…"}  # of extension elements
WORK = ("job_type", "script", "called_process", "called_decision")
BOUND7 = ("calledElement", "decisionRef", "formRef")  # what has …Binding and …VersionTag beside it
READ_ELSEWHERE = frozenset(("userTask", "adHoc", "publishMessage", "subscription"))
OF_PROCESS = frozenset(("executionListeners", "properties", "userTaskForm", "versionTag"))
_SECRET = re.compile(r"\bsecrets\.(\w+)")
EXECUTION = frozenset(("start", "end"))
TASK = frozenset(("creating", "assigning", "updating", "completing", "canceling"))
EARLIER = {"create": "creating", "assignment": "assigning", "update": "updating", "complete": "completing", "cancel": "canceling"}
"""What Camunda 8.6 and 8.7 called the events of tasks; files written with them still say so."""


def secrets_of(element: Element) -> frozenset[str]:
    """Return the names of the secrets that an element's mappings and headers mention."""
    texts = [mapping.source.source for mapping in element.inputs] + list(element.headers.values())
    return frozenset(name for text in texts for name in _SECRET.findall(text))


class Extensions(Notes):
    """Reads the extension elements of one BPMN element into the fields of its definition."""

    def read_extensions(self, node: xml.Element, element_id: str) -> dict[str, object]:
        """Return the fields that extension elements and attributes give."""
        fields: dict[str, object] = {"properties": {}, "headers": {}}
        for extension in self.extensions(node):
            self.read_zeebe(extension, element_id, fields)
        self.camunda7(node, element_id, fields)
        return fields

    def read_zeebe(self, node: xml.Element, element_id: str, fields: dict[str, object]) -> None:
        """Read one ``zeebe:`` extension element."""

        def value(attribute: str, what: str) -> Text | None:
            return self.text(node.get(attribute), element_id, what)

        match xml.local(node):
            case "taskDefinition":
                fields["job_type"] = value("type", N_("job type"))
                fields["retries"] = value("retries", N_("number of retries"))
            case "taskHeaders":
                fields["headers"] = {h.get("key", ""): h.get("value", "") for h in node}
            case "properties":
                fields["properties"] = {p.get("name", ""): p.get("value", "") for p in node}
                raw = dict(fields["properties"]).get("nietDoor")  # type: ignore[call-overload]  # a dict, made above
                self.expression(raw, element_id, N_("property nietDoor"))
            case "ioMapping":
                inputs: list[IoMapping] = []
                outputs: list[IoMapping] = []
                for mapping in node:
                    source = self.text(mapping.get("source"), element_id, N_("mapping")) or Text("null", True)
                    (inputs if xml.local(mapping) == "input" else outputs).append(
                        IoMapping(source, mapping.get("target", ""))
                    )
                fields["inputs"], fields["outputs"] = tuple(inputs), tuple(outputs)
            case "assignmentDefinition":
                fields["assignee"] = value("assignee", N_("assignee"))
                fields["candidate_groups"] = value("candidateGroups", N_("candidate groups"))
                fields["candidate_users"] = value("candidateUsers", N_("candidate users"))
            case "formDefinition":
                form = self.text(node.get("formId"), element_id, N_("form"))
                fields["form_id"] = "" if form is None else f"= {form.source}" if form.is_expression else form.source
                embedded = node.get("formKey", "")
                if embedded.startswith(EMBEDDED) and form is None:
                    fields["form_id"] = embedded
                else:
                    self.other_form(node.get("externalReference") or embedded, element_id)
                fields["binding"], fields["version_tag"] = self.binding(node)
            case "taskSchedule":
                fields["due_date"] = value("dueDate", N_("due date"))
                fields["follow_up_date"] = value("followUpDate", N_("follow-up date"))
            case "priorityDefinition":
                fields["priority"] = value("priority", N_("priority"))
            case "script":
                fields["script"] = self.expression(node.get("expression"), element_id, N_("script"))
                fields["result_variable"] = node.get("resultVariable", "")
            case "calledElement":
                fields["called_process"] = value("processId", N_("called process"))
                if node.get("businessId"):
                    self.unread("businessId", element_id)
                fields["propagate_all_child"] = node.get("propagateAllChildVariables", "true") == "true"
                fields["propagate_all_parent"] = node.get("propagateAllParentVariables", "true") == "true"
                fields["binding"], fields["version_tag"] = self.binding(node)
            case "calledDecision":
                fields["called_decision"] = value("decisionId", N_("called decision"))
                fields["result_variable"] = node.get("resultVariable", "")
                fields["binding"], fields["version_tag"] = self.binding(node)
            case "executionListeners":
                fields["execution_listeners"] = self.listeners(node, element_id, EXECUTION)
            case "taskListeners":
                fields["task_listeners"] = self.listeners(node, element_id, TASK)
            case other if other not in READ_ELSEWHERE:
                self.unread(other, element_id)

    def unread(self, name: str, element_id: str) -> None:
        """Note something of ``zeebe:`` that nothing here does."""
        self.note("extension that nothing reads", element_id, name=name)

    @staticmethod
    def binding(node: xml.Element) -> tuple[str, str]:
        """Return which version of a process, decision or form is meant, and its tag if it is chosen by tag."""
        return node.get("bindingType", "latest"), node.get("versionTag", "")

    def other_form(self, form: str | None, element_id: str) -> None:
        """Note a form that is not a deployed one."""
        if form:
            self.note("form of elsewhere", element_id, form=form)

    def listeners(self, node: xml.Element, element_id: str, events: Collection[str]) -> tuple[Listener, ...]:
        """Return the execution or task listeners of an element, in order."""
        found = []
        for listener in node:
            said = listener.get("eventType", "")
            on = EARLIER.get(said, said) if events is TASK else said
            kind = self.text(listener.get("type"), element_id, N_("job type"))
            if on not in events or kind is None:
                self.note("unfit listener", element_id, events=", ".join(sorted(events)), on=said)
                continue
            if len(listener):
                self.unread("taskHeaders", element_id)
            found.append(Listener(on, kind, self.text(listener.get("retries"), element_id, N_("number of retries"))))
        return tuple(found)

    # -- Camunda 7 and Operaton ------------------------------------------------------------------------------------

    def camunda7(self, node: xml.Element, element_id: str, fields: dict[str, object]) -> None:
        """Read the attributes and extension elements of Camunda 7, and note what would run code."""
        definitions = [e for e in node if xml.local(e).endswith("EventDefinition")]  # an event says there what does its work
        if self.is_complete(node, fields):
            self.left_over(node, definitions, element_id, fields)
            return
        for part in (node, *definitions):
            there = {str(name).rpartition("}")[0][1:] for name in part.attrib}
            for space in CAMUNDA7:
                if space in there:  # few elements have any: looking for each attribute costs a third of the reading time
                    self.attributes7(part, space, element_id, fields)
            for extension in self.extensions(part, *CAMUNDA7):
                self.read_camunda7(extension, element_id, fields)

    def is_complete(self, node: xml.Element, fields: Mapping[str, object]) -> bool:
        """Tell whether ``zeebe:`` says already what the element does, or who does it."""
        return any(fields.get(name) is not None for name in WORK) or self.extension(node, "assignmentDefinition") is not None

    def left_over(
        self, node: xml.Element, definitions: Iterable[xml.Element], element_id: str, fields: dict[str, object]
    ) -> None:
        """Note what an earlier version of a diagram has left beside ``zeebe:``; only what that says nothing of is read."""
        names = []
        for part in (node, *definitions):
            there = (str(name).rpartition("}") for name in part.attrib)
            names += [name for space, _brace, name in there if space[1:] in CAMUNDA7]
            for extension in self.extensions(part, *CAMUNDA7):
                counterpart = COUNTERPARTS.get(xml.local(extension))
                if counterpart is None or self.extension(node, counterpart) is not None:
                    names.append(xml.local(extension))
                else:
                    self.read_camunda7(extension, element_id, fields)
        if names:
            self.note("left over of Camunda 7", element_id, names=", ".join(dict.fromkeys(names)))

    def attributes7(self, node: xml.Element, space: str, element_id: str, fields: dict[str, object]) -> None:
        """Read the attributes of one namespace."""

        def given(attribute: str) -> str | None:
            return node.get(f"{{{space}}}{attribute}")

        for attribute, (name, what) in ATTRIBUTES7.items():
            if (raw := given(attribute)) is not None:
                fields.setdefault(name, self.text(raw, element_id, what))
        for attribute, name in PLAIN7.items():
            if raw := given(attribute):
                fields.setdefault(name, raw)
        for attribute in BOUND7:
            binding = given(f"{attribute}Binding")
            if binding and "binding" not in fields:
                tag = given(f"{attribute}VersionTag") or ""
                fields["binding"], fields["version_tag"] = binding, tag
        for attribute in CODE7:
            if given(attribute) is not None:
                self.note("code of Camunda 7", element_id, attribute=attribute)
        for attribute in NOT_DONE7:
            if given(attribute) not in (None, "", "false"):
                self.note("attribute of Camunda 7", element_id, attribute=attribute)
        if not fields.get("form_id"):
            self.other_form(given("formKey"), element_id)

    def read_camunda7(self, node: xml.Element, element_id: str, fields: dict[str, object]) -> None:
        """Read one ``camunda:`` or ``operaton:`` extension element."""
        match xml.local(node):
            case "inputOutput":
                inputs: list[IoMapping] = []
                outputs: list[IoMapping] = []
                for parameter in node:
                    if len(parameter):
                        self.note("parameter of Camunda 7", element_id, name=parameter.get("name", ""))
                        continue
                    source = self.text(parameter.text, element_id, N_("mapping")) or Text("null", True)
                    (inputs if xml.local(parameter) == "inputParameter" else outputs).append(
                        IoMapping(source, parameter.get("name", ""))
                    )
                fields["inputs"], fields["outputs"] = tuple(inputs), tuple(outputs)
            case "properties":
                fields["properties"] = {p.get("name", ""): p.get("value", "") for p in node}
            case "formData" | "formProperty":
                self.other_form(xml.local(node), element_id)
            case "in" | "out":
                self.variable_of_call(node, element_id, fields)
            case "errorEventDefinition":
                self.note("error of a failed job", element_id)
            case "executionListener" | "taskListener" | "connector" | "script":
                self.note("code of Camunda 7", element_id, attribute=xml.local(node))

    def variable_of_call(self, node: xml.Element, element_id: str, fields: dict[str, object]) -> None:
        """Read what a call activity or a signal of Camunda 7 hands over; without any such elements, nothing is."""
        inward = xml.local(node) == "in"
        flag, mappings = ("propagate_all_parent", "inputs") if inward else ("propagate_all_child", "outputs")
        if node.get("variables") == "all":
            fields[flag] = True
            if any(xml.local(e) == "signalEventDefinition" for e in node.iterancestors()):
                self.note("all variables in a signal", element_id)
            return
        fields.setdefault(flag, False)
        source = node.get("sourceExpression") or (f"={node.get('source')}" if node.get("source") else None)
        given = self.text(source, element_id, N_("mapping"))
        if given is not None and node.get("target"):
            before = fields.get(mappings, ())
            assert isinstance(before, tuple)
            fields[mappings] = (*before, IoMapping(given, node.get("target", "")))
