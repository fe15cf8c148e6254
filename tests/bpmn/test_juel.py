"""Camunda 7 expressions are read where they only compare values; what would call code is not."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from inburgering_flow.bpmn import rules
from inburgering_flow.bpmn.definition import IoMapping, ProcessDefinition, Text
from inburgering_flow.bpmn.juel import to_feel
from inburgering_flow.feel import evaluate

VALUES = {"bedrag": 11, "klaar": False, "naam": "O'Brien", "groep": {"soort": "asiel"}, "leeg": None,
          "numberOfInstances": 2, "numberOfCompletedInstances": 1, "numberOfActiveInstances": 1, "loopCounter": 1}  # fmt: skip


@pytest.mark.parametrize(
    ("juel", "value"),
    [
        ("${bedrag > 10}", True),
        ("#{bedrag gt 10}", True),
        ("${bedrag > 10 && klaar}", False),
        ("${bedrag > 10 || klaar}", True),
        ("${bedrag > 10 and not klaar}", True),
        ("${!klaar}", True),
        ("${!(bedrag > 10)}", False),
        ("${!klaar == true}", True),
        ("${naam == 'O\\'Brien'}", True),
        ("${groep.soort != \"asiel\"}", False),
        ("${leeg == null}", True),
        ("${bedrag * 2 - 1}", 21),
        ('${naam != "zeg \\"ja\\""}', True),
        ("${nrOfCompletedInstances / nrOfInstances >= 0.5}", True),
        ("${nrOfActiveInstances == 1}", True),
        ("${loopCounter == 0}", True),
        ("${klaar}", False),
    ],
)
def test_what_only_compares_means_the_same_in_feel(juel: str, value: object) -> None:
    feel = to_feel(juel)

    assert feel is not None
    assert evaluate(feel, VALUES) == value


@pytest.mark.parametrize(
    "juel",
    ["${bean.doe()}", "${execution.getVariable('x')}", "${a ? b : c}", "${a[0]}", "${}", "geen", "${a} en ${b}", "${(a}",
     "${a > 1; b}", "${!}", "${empty a}", "${a mod b}", "${a b}", "${a (b)}", "${a !b}"],
)  # fmt: skip
def test_what_calls_code_or_has_no_counterpart_is_not_translated(juel: str) -> None:
    assert to_feel(juel) is None


@pytest.mark.parametrize("text", ["team-${soort}", "${a}-${b}", "Beste #{naam}"])
def test_a_text_with_an_expression_inside_is_refused(text: str) -> None:
    diagram = Diagram().start().add(f'<bpmn:userTask id="u" camunda:assignee="{text}"/>').path("start", "u")
    xml = diagram.xml().replace("xmlns:zeebe", 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe')

    findings = rules.read(xml.encode(), name="p.bpmn")[1]

    assert [(f.rule, f.element_id) for f in findings] == [("camunda7-expression", "u")]


def read(diagram: Diagram) -> ProcessDefinition:
    xml = diagram.xml().replace("xmlns:zeebe", 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe')
    found, findings = rules.read(xml.encode(), name="p.bpmn")
    assert findings == []
    return found[0]


def test_mappings_topics_and_user_task_attributes_of_camunda_7_are_read() -> None:
    diagram = Diagram().start().end()
    diagram.add(
        '<bpmn:serviceTask id="s" camunda:type="external" camunda:topic="brief"><bpmn:extensionElements><camunda:inputOutput>'
        '<camunda:inputParameter name="soort">vast</camunda:inputParameter>'
        '<camunda:outputParameter name="klaar">${bedrag &gt; 1}</camunda:outputParameter>'
        "</camunda:inputOutput></bpmn:extensionElements></bpmn:serviceTask>"
        '<bpmn:userTask id="u" camunda:assignee="${eigenaar}" camunda:candidateGroups="klantmanager" camunda:formRef="f"/>'
    )
    elements = read(diagram.path("start", "s", "u", "end")).elements

    assert elements["s"].job_type == Text("brief", False)
    assert elements["s"].inputs == (IoMapping(Text("vast", False), "soort"),)
    assert elements["s"].outputs == (IoMapping(Text("bedrag > 1", True), "klaar"),)
    assert elements["u"].assignee == Text("eigenaar", True)
    assert elements["u"].candidate_groups == Text("klantmanager", False)
    assert elements["u"].form_id == "f"


def test_a_call_activity_of_camunda_7_hands_over_only_what_it_names() -> None:
    diagram = Diagram().start().end()
    diagram.add(
        '<bpmn:callActivity id="c" calledElement="kind"><bpmn:extensionElements>'
        '<camunda:in source="a" target="b"/><camunda:out sourceExpression="${x + 1}" target="y"/>'
        "</bpmn:extensionElements></bpmn:callActivity>"
    )
    call = read(diagram.path("start", "c", "end")).elements["c"]

    assert call.called_process == Text("kind", False)
    assert call.inputs == (IoMapping(Text("a", True), "b"),)
    assert call.outputs == (IoMapping(Text("x + 1", True), "y"),)
    assert (call.propagate_all_parent, call.propagate_all_child) == (False, False)


@pytest.mark.parametrize(
    "part",
    ['<bpmn:serviceTask id="s" camunda:class="nl.Klasse"/>', '<bpmn:serviceTask id="s" camunda:expression="${bean.doe()}"/>'],
)
def test_code_of_camunda_7_is_refused_with_what_to_do(part: str) -> None:
    diagram = Diagram().start().end().add(part).path("start", "s", "end")
    xml = diagram.xml().replace("xmlns:zeebe", 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe')

    findings = rules.read(xml.encode(), name="p.bpmn")[1]

    assert "camunda7-code" in {f.rule for f in findings}
    assert all(f.remedy for f in findings)
