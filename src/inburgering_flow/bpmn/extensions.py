"""Extension elements: Camunda 8 (``zeebe:``), and what Camunda 7 and Operaton write as far as it is no code."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import IoMapping, Listener, Text
from inburgering_flow.bpmn.notes import CAMUNDA7, Notes
from inburgering_flow.i18n import N_, _

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
_SCOPE_ONLY = (
    N_("A terminate event ends its own scope only."),
    N_("Throw an error out of the scope, and catch it where all of it is to end."),
)
NOT_DONE7: Mapping[str, tuple[str, str]] = {  # attribute → what would be otherwise than it says, and what to do
    "initiator": (
        N_("Who started the process is not kept in a variable."),
        N_("Give it as a variable when the process is started."),
    ),
    "skipExpression": (N_("A task is not skipped by an expression."), N_("Draw an exclusive gateway in front of it.")),
    "terminateAll": _SCOPE_ONLY,
    "terminateMultiInstance": _SCOPE_ONLY,
}
BOUND7 = ("calledElement", "decisionRef", "formRef")  # what has …Binding and …VersionTag beside it
EXECUTION = frozenset(("start", "end"))
TASK = frozenset(("creating", "assigning", "updating", "completing", "canceling"))


def _is_priority(text: str) -> bool:
    return text.isdecimal() and int(text) <= 100


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
                form = self.text(node.get("formId"), element_id, _("form"))
                fields["form_id"] = "" if form is None else f"= {form.source}" if form.is_expression else form.source
                self.other_form(node.get("externalReference") or node.get("formKey"), element_id)
                fields["binding"], fields["version_tag"] = self.binding(node, element_id)
            case "taskSchedule":
                fields["due_date"] = value("dueDate", _("due date"))
                fields["follow_up_date"] = value("followUpDate", _("follow-up date"))
            case "priorityDefinition":
                priority = fields["priority"] = value("priority", _("priority"))
                if priority is not None and not priority.is_expression and not _is_priority(priority.source):
                    self.error("priority", element_id, _("The priority is no number from 0 to 100."), _("Write such a number."))
            case "script":
                fields["script"] = self.expression(node.get("expression"), element_id, _("script"))
                fields["result_variable"] = node.get("resultVariable", "")
            case "calledElement":
                fields["called_process"] = value("processId", _("called process"))
                fields["propagate_all_child"] = node.get("propagateAllChildVariables", "true") == "true"
                fields["propagate_all_parent"] = node.get("propagateAllParentVariables", "true") == "true"
                fields["binding"], fields["version_tag"] = self.binding(node, element_id)
            case "calledDecision":
                fields["called_decision"] = value("decisionId", _("called decision"))
                fields["result_variable"] = node.get("resultVariable", "")
                fields["binding"], fields["version_tag"] = self.binding(node, element_id)
            case "executionListeners":
                fields["execution_listeners"] = self.listeners(node, element_id, EXECUTION)
            case "taskListeners":
                fields["task_listeners"] = self.listeners(node, element_id, TASK)

    def binding(self, node: xml.Element, element_id: str) -> tuple[str, str]:
        """Return which version of a process, decision or form is meant, and its tag where it is meant by one."""
        return self.bound(node.get("bindingType", "latest"), node.get("versionTag", ""), element_id)

    def bound(self, given: str, tag: str, element_id: str) -> tuple[str, str]:
        """Return a binding and its tag, checked."""
        if given not in ("latest", "deployment", "versionTag") or (given == "versionTag" and not tag):
            self.error("binding", element_id, _("The binding says no version: {binding}.").format(binding=given),
                       _("Choose latest, deployment, or versionTag with a tag."))  # fmt: skip
        return given, tag

    def other_form(self, form: str | None, element_id: str) -> None:
        """Say that a form which is no deployed one is not shown."""
        if form:
            self.warning("other-form", element_id,
                         _("The form '{form}' is not shown: it is not a deployed one.").format(form=form),
                         _("Deploy it as a form file, and choose it by its id."))  # fmt: skip

    def listeners(self, node: xml.Element, element_id: str, events: Collection[str]) -> tuple[Listener, ...]:
        """Return the execution or task listeners of an element, in order."""
        found = []
        for listener in node:
            on = listener.get("eventType", "")
            kind = self.text(listener.get("type"), element_id, _("job type"))
            if on not in events or kind is None:
                self.error("listener", element_id,
                           _("A listener needs a job type and one of these events: {events}.").format(
                               events=", ".join(sorted(events))),
                           _("Set both in its properties."))  # fmt: skip
                continue
            found.append(Listener(on, kind, self.text(listener.get("retries"), element_id, _("number of retries"))))
        return tuple(found)

    # -- Camunda 7 and Operaton ------------------------------------------------------------------------------------

    def camunda7(self, node: xml.Element, element_id: str, fields: dict[str, object]) -> None:
        """Read the attributes and extension elements of Camunda 7, and refuse what would run code."""
        definitions = (e for e in node if xml.local(e).endswith("EventDefinition"))  # an event says there what does its work
        for part in (node, *definitions):
            there = {str(name).rpartition("}")[0][1:] for name in part.attrib}
            for space in CAMUNDA7:
                if space in there:  # few elements have any: looking for each attribute costs a third of the reading
                    self.attributes7(part, space, element_id, fields)
            for extension in self.extensions(part, *CAMUNDA7):
                self.read_camunda7(extension, element_id, fields)

    def attributes7(self, node: xml.Element, space: str, element_id: str, fields: dict[str, object]) -> None:
        """Read the attributes of one namespace."""

        def given(attribute: str) -> str | None:
            return node.get(f"{{{space}}}{attribute}")

        for attribute, (name, what) in ATTRIBUTES7.items():
            if (raw := given(attribute)) is not None:
                fields.setdefault(name, self.text(raw, element_id, _(what)))
        for attribute, name in PLAIN7.items():
            if raw := given(attribute):
                fields.setdefault(name, raw)
        for attribute in BOUND7:
            binding = given(f"{attribute}Binding")
            if binding and "binding" not in fields:
                tag = given(f"{attribute}VersionTag") or ""
                fields["binding"], fields["version_tag"] = self.bound(binding, tag, element_id)
        for attribute in CODE7:
            if given(attribute) is not None:
                self.error("camunda7-code", element_id,
                           _("{attribute} would run code, which is not done.").format(attribute=attribute),
                           _("Set a job type instead and let a worker do it."))  # fmt: skip
        for attribute, (message, remedy) in NOT_DONE7.items():
            if given(attribute) not in (None, "", "false"):
                self.error("camunda7-attribute", element_id, _(message), _(remedy))
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
                        self.error("camunda7-code", element_id,
                                   _("The parameter {name} is a script, list or map of Camunda 7.").format(
                                       name=parameter.get("name", "")),
                                   _("Write it as one FEEL expression."))  # fmt: skip
                        continue
                    source = self.text(parameter.text, element_id, _("mapping")) or Text("null", True)
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
                self.error("camunda7-error", element_id, _("An error is not made of a failed job here."),
                           _("Let the worker throw the BPMN error."))  # fmt: skip
            case "executionListener" | "taskListener" | "connector" | "script":
                self.error("camunda7-code", element_id,
                           _("{attribute} would run code, which is not done.").format(attribute=xml.local(node)),
                           _("Set a job type instead and let a worker do it."))  # fmt: skip

    def variable_of_call(self, node: xml.Element, element_id: str, fields: dict[str, object]) -> None:
        """Read what a call activity or a signal of Camunda 7 hands over; without any, nothing is."""
        inward = xml.local(node) == "in"
        flag, mappings = ("propagate_all_parent", "inputs") if inward else ("propagate_all_child", "outputs")
        if node.get("variables") == "all":
            fields[flag] = True
            if any(xml.local(e) == "signalEventDefinition" for e in node.iterancestors()):
                self.error("camunda7-payload", element_id, _("A signal hands over only the variables that it names."),
                           _("Name each of them in an input mapping."))  # fmt: skip
            return
        fields.setdefault(flag, False)
        source = node.get("sourceExpression") or (f"={node.get('source')}" if node.get("source") else None)
        given = self.text(source, element_id, _("mapping"))
        if given is not None and node.get("target"):
            before = fields.get(mappings, ())
            assert isinstance(before, tuple)
            fields[mappings] = (*before, IoMapping(given, node.get("target", "")))
