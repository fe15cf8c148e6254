"""Diagrams as other modelers and engines write them: read as drawn, or refused in a sentence. Each was once done otherwise here."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from engine.test_elements import deploy
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform


def data_object(diagram: Diagram, id: str, name: str = "") -> Diagram:
    named = f' name="{name}"' if name else ""
    return diagram.add(f'<bpmn:dataObject id="{id}"{named}/><bpmn:dataObjectReference id="ref" dataObjectRef="{id}"/>')


# -- data ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["brief-2", "ID document [scanned]", "Naam (oud)", "Data Object", "if"])
def test_a_data_object_is_read_by_its_name_whatever_that_looks_like(platform: Platform, name: str) -> None:
    body = (
        '<bpmn:ioSpecification><bpmn:dataInput id="in" name="invoer"/></bpmn:ioSpecification><bpmn:dataInputAssociation>'
        "<bpmn:sourceRef>ref</bpmn:sourceRef><bpmn:targetRef>in</bpmn:targetRef></bpmn:dataInputAssociation>"
    )
    script = '<zeebe:script expression="= invoer" resultVariable="gelezen"/>'
    d = data_object(Diagram(), "d1", name).start().node("scriptTask", "t", script, body).end().path("start", "t", "end")
    deploy(platform, d)

    assert platform.instance(platform.start("p", {name: "hallo", "brief": 9})).variables["gelezen"] == "hallo"


def test_a_data_object_without_a_name_goes_by_its_id(platform: Platform) -> None:
    body = (
        '<bpmn:ioSpecification><bpmn:dataOutput id="out-1"/></bpmn:ioSpecification><bpmn:dataOutputAssociation>'
        "<bpmn:sourceRef>out-1</bpmn:sourceRef><bpmn:targetRef>ref</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    d = data_object(Diagram(), "sid-12CF").start().user("a", body=body).end().path("start", "a", "end")
    deploy(platform, d)
    key = platform.start("p")
    platform.complete(platform.tasks(instance=key)[0].key, {"out-1": "klaar"})

    assert platform.instance(key).variables["sid-12CF"] == "klaar"


def test_a_multi_instance_activity_reads_and_gathers_data_of_any_name(platform: Platform) -> None:
    body = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>ref</bpmn:loopDataInputRef>"
        '<bpmn:loopDataOutputRef>uit</bpmn:loopDataOutputRef><bpmn:inputDataItem id="item"/>'
        '<bpmn:outputDataItem id="o" name="uit-item"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    script = '<zeebe:script expression="= item * 2" resultVariable="uit-item"/>'
    d = data_object(Diagram(), "d1", "te doen (lijst)").add('<bpmn:dataObject id="uit" name="gedaan-lijst"/>')
    deploy(platform, d.start().node("scriptTask", "t", script, body).end().path("start", "t", "end"))

    assert platform.instance(platform.start("p", {"te doen (lijst)": [1, 2]})).variables["gedaan-lijst"] == [2, 4]


def test_a_shape_with_the_id_of_what_it_shows_is_not_taken_for_it(platform: Platform) -> None:
    body = "<bpmn:dataOutputAssociation><bpmn:sourceRef>uit</bpmn:sourceRef><bpmn:targetRef>ref</bpmn:targetRef></bpmn:dataOutputAssociation>"
    d = data_object(Diagram(), "d1", "besluit").add('<bpmn:dataObject id="uit"/>').start().user("a", body=body)
    shape = '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNShape id="ref" bpmnElement="ref"/></di:BPMNDiagram>'
    content = d.end().path("start", "a", "end").xml().replace("</bpmn:definitions>", f"{shape}</bpmn:definitions>")
    platform.deploy_content("p.bpmn", content)
    key = platform.start("p")
    platform.complete(platform.tasks(instance=key)[0].key, {"uit": "ja"})

    assert platform.instance(key).variables["besluit"] == "ja"


# -- attributes of other engines -----------------------------------------------------------------------------------------

ENGINES = [
    "http://camunda.org/schema/1.0/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
    "http://activiti.org/bpmn",
    "http://flowable.org/bpmn",
]


def written_for(namespace: str, diagram: Diagram) -> str:
    return diagram.xml().replace("<bpmn:definitions ", f'<bpmn:definitions xmlns:x="{namespace}" ', 1)


@pytest.mark.parametrize("namespace", ENGINES)
def test_who_does_a_task_is_read_from_every_engine_of_that_family(platform: Platform, namespace: str) -> None:
    loop = '<bpmn:multiInstanceLoopCharacteristics x:collection="${dossiers}" x:elementVariable="dossier"/>'
    d = Diagram().start().node("userTask", "a", body=loop, **{"x:assignee": "${dossier}", "x:candidateGroups": "team"})
    platform.deploy_content("p.bpmn", written_for(namespace, d.end().path("start", "a", "end")))
    tasks = platform.tasks(instance=platform.start("p", {"dossiers": ["anna", "bert"]}))

    assert [(t.assignee, t.candidate_groups) for t in tasks] == [("anna", ("team",)), ("bert", ("team",))]


@pytest.mark.parametrize("namespace", ENGINES)
def test_what_would_run_code_in_such_an_engine_is_refused(platform: Platform, namespace: str) -> None:
    d = Diagram().start().user("a", '<x:taskListener event="create" class="org.X"/>').end().path("start", "a", "end")

    with pytest.raises(DeploymentRejected) as caught:
        platform.deploy_content("p.bpmn", written_for(namespace, d))

    assert [(f.rule, f.element_id) for f in caught.value.findings] == [("camunda7-code", "a")]
