"""Diagrams as other modelers and engines write them: read as drawn, or refused in a sentence. Each was once done otherwise here."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from engine.test_elements import deploy
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
