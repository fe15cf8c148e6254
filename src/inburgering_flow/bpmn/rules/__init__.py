"""What can be wrong with a diagram: one file per rule, all of them in the tables below.

A new rule is a file here, a line in a table, and fixtures in ``tests/bpmn/rules``.
"""

from __future__ import annotations

from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.around import NOTHING, Around
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.rules import (
    activation,
    ad_hoc,
    behavior,
    binding,
    boundary_host,
    called_decision,
    called_process,
    camunda7_attribute,
    camunda7_code,
    camunda7_error,
    camunda7_expression,
    camunda7_payload,
    cancel,
    caught_twice,
    compensation_flow,
    compensation_handler,
    compensation_ref,
    compensation_start,
    condition,
    conditional_filter,
    correlation_key,
    date,
    default_flow,
    duplicate_id,
    error_code,
    error_ref,
    escalation_code,
    escalation_ref,
    event_definition_ref,
    event_gateway,
    event_subprocess_flow,
    expression_language,
    feel_syntax,
    flow_ends,
    id_length,
    incoming,
    input_collection,
    interrupting,
    job_type,
    link_flow,
    link_name,
    link_target,
    listener,
    loop,
    loop_data,
    message_name,
    message_ref,
    missing_form,
    missing_id,
    not_bpmn,
    not_executable,
    other_form,
    outgoing,
    priority,
    publish_message,
    quantity,
    script,
    script_language,
    signal_ref,
    start,
    start_event,
    start_name,
    timer,
    unknown_function,
    unknown_variable,
    unreachable,
    unsupported_element,
    unsupported_event,
    variable_name,
    xml_doctype,
    xml_syntax,
    xml_too_deep,
    xml_too_large,
)
from inburgering_flow.errors import Finding
from inburgering_flow.model.lint import Rule, findings

# What is in the file.
DRAWING: tuple[Rule, ...] = (
    xml_syntax.RULE,
    xml_doctype.RULE,
    xml_too_deep.RULE,
    xml_too_large.RULE,
    not_bpmn.RULE,
    not_executable.RULE,
    duplicate_id.RULE,
    missing_id.RULE,
    unsupported_element.RULE,
    flow_ends.RULE,
    default_flow.RULE,
    condition.RULE,
    activation.RULE,
    event_gateway.RULE,
    incoming.RULE,
    outgoing.RULE,
    unreachable.RULE,
    start_event.RULE,
    event_subprocess_flow.RULE,
    ad_hoc.RULE,
    boundary_host.RULE,
    interrupting.RULE,
    caught_twice.RULE,
    cancel.RULE,
    compensation_start.RULE,
    compensation_ref.RULE,
    compensation_handler.RULE,
    compensation_flow.RULE,
    link_target.RULE,
    link_flow.RULE,
    link_name.RULE,
    event_definition_ref.RULE,
    unsupported_event.RULE,
    error_ref.RULE,
    escalation_ref.RULE,
    error_code.RULE,
    escalation_code.RULE,
    signal_ref.RULE,
    conditional_filter.RULE,
    message_ref.RULE,
    message_name.RULE,
    publish_message.RULE,
    correlation_key.RULE,
    timer.RULE,
    loop.RULE,
    input_collection.RULE,
    loop_data.RULE,
    behavior.RULE,
    priority.RULE,
    binding.RULE,
    other_form.RULE,
    listener.RULE,
    camunda7_code.RULE,
    camunda7_attribute.RULE,
    camunda7_error.RULE,
    camunda7_payload.RULE,
    camunda7_expression.RULE,
    feel_syntax.RULE,
    expression_language.RULE,
    quantity.RULE,
    script_language.RULE,
    script.RULE,
    job_type.RULE,
    called_decision.RULE,
    called_process.RULE,
    id_length.RULE,
    variable_name.RULE,
)

# What it means together with what is around it: checked only if nothing above is an error. A timer is checked twice:
# whether it says one thing, and whether that can be read.
MEANING: tuple[Rule, ...] = (
    timer.RULE,
    date.RULE,
    start_name.RULE,
    start.RULE,
    unknown_function.RULE,
    missing_form.RULE,
    unknown_variable.RULE,
)

RULES: tuple[Rule, ...] = tuple(dict.fromkeys((*DRAWING, *MEANING)))


def check(diagram: Diagram, around: Around = NOTHING, rules: tuple[Rule, ...] = DRAWING) -> list[Finding]:
    """Return what is wrong with a diagram, in the order of the file."""
    places = {element_id: place for place, element_id in enumerate(diagram.named)}
    return sorted(findings(rules, diagram.name, diagram, around), key=lambda f: places.get(f.element_id, -1))


def read(content: bytes, *, name: str) -> tuple[list[ProcessDefinition], list[Finding]]:
    """Return the executable processes of a file, and what is wrong with how it is drawn."""
    diagram = reader.read(content, name=name)
    return list(diagram.processes), check(diagram)
