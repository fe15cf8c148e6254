"""A called process, task, decision or form is found, is an instance of its own, and gives back what is mapped."""

from __future__ import annotations

import json

import pytest
from diagrams import Diagram

from engine.doing import deploy, do, finished, leftovers, open_tasks, refusals
from inburgering_flow.errors import Conflict
from inburgering_flow.platform import Platform

ZEEBE = "http://camunda.org/schema/zeebe/1.0"


def test_a_called_process_is_an_instance_of_its_own_that_gives_back_what_is_mapped(platform: Platform) -> None:
    child = Diagram("kind").start().user("vraag").end().path("start", "vraag", "end")
    io = (
        '<zeebe:ioMapping><zeebe:input source="= naam" target="wie"/>'
        '<zeebe:output source="= antwoord" target="uitkomst"/></zeebe:ioMapping>'
    )
    parent = Diagram().start().call("roep", "kind", io, 'propagateAllParentVariables="false"').user("na").end()
    deploy(platform, child, parent.path("start", "roep", "na", "end"))
    key = platform.start("p", {"naam": "x", "geheim": 1})
    called = platform.instances("kind")[0]
    assert platform.instance(called.key).variables == {"wie": "x"}
    assert called.root_key == key

    do(platform, key, "vraag", {"antwoord": 42, "overig": 1})

    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables == {"naam": "x", "geheim": 1, "uitkomst": 42}
    assert platform.instance(called.key).state == "COMPLETED"


def test_an_undeployed_called_process_is_an_incident_until_it_is_deployed(platform: Platform) -> None:
    deploy(platform, Diagram().start().call("roep", "kind").end().path("start", "roep", "end"))
    key = platform.start("p")
    incident = platform.instance(key).incidents[0]
    assert incident.error_type == "CALLED_ELEMENT_ERROR"

    deploy(platform, Diagram("kind").start().end().path("start", "end"))
    platform.resolve(incident.key)

    assert platform.instance(key).state == "COMPLETED"


def test_cancelling_a_case_cancels_what_it_called(platform: Platform) -> None:
    deploy(platform, Diagram("kind").start().user("diep").end().path("start", "diep", "end"))
    deploy(platform, Diagram().start().call("roep", "kind").end().path("start", "roep", "end"))
    key = platform.start("p")

    platform.cancel(key)

    assert {i.state for i in platform.instances()} == {"TERMINATED"}
    assert leftovers(platform) == {}
    with pytest.raises(Conflict, match="TERMINATED"):
        platform.cancel(key)


def test_a_global_task_is_called_like_a_process(platform: Platform) -> None:
    d = Diagram().start().node("callActivity", "c", calledElement="gt").end().path("start", "c", "end")
    d.definitions.append('<bpmn:globalUserTask id="gt" name="Globaal"/>')
    deploy(platform, d)
    key = platform.start("p")
    task = platform.tasks(state="CREATED", instance=key)[0]
    platform.complete(task.key)

    assert task.name == "Globaal"
    assert finished(platform, key)


def test_a_call_activity_is_bound_to_a_version_tag(platform: Platform) -> None:
    for tag in ("1.0", "2.0"):
        kind = Diagram("kind").add(f'<bpmn:extensionElements><zeebe:versionTag value="{tag}"/></bpmn:extensionElements>')
        deploy(platform, kind.start().user(f"t{tag[0]}").end().path("start", f"t{tag[0]}", "end"))
    top = Diagram().start().call("c", "kind", attributes='bindingType="versionTag" versionTag="1.0"').end()
    deploy(platform, top.path("start", "c", "end"))

    assert open_tasks(platform, platform.start("p")) == ["t1"]


def test_decisions_and_forms_are_bound_to_a_version_tag(platform: Platform) -> None:
    def decision(value: int, tag: str) -> str:
        return (
            '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
            f'<decision id="besluit" name="besluit"><extensionElements><z:versionTag xmlns:z="{ZEEBE}" value="{tag}"/>'
            f'</extensionElements><variable name="besluit"/><literalExpression><text>{value}</text></literalExpression>'
            "</decision></definitions>"
        )

    called = '<zeebe:calledDecision decisionId="besluit" resultVariable="r" bindingType="versionTag" versionTag="een"/>'
    bound = '<zeebe:formDefinition formId="f" bindingType="versionTag" versionTag="een"/>'
    d = Diagram().start().node("businessRuleTask", "b", called).user("t", bound).path("start", "b", "t")
    assert refusals(platform, d) == [("missing-form", "t")]
    for number, tag in ((1, "een"), (2, "twee")):
        form = {"id": "f", "versionTag": tag, "type": "default", "components": [{"key": f"k{number}", "type": "textfield"}]}
        platform.deploy_content("f.form", json.dumps(form))
    deploy(platform, d)
    key = platform.start("p")
    assert "version tag 'een'" in platform.instance(key).incidents[0].message

    for number, tag in ((1, "een"), (2, "twee")):
        platform.deploy_content("d.dmn", decision(number, tag))
    platform.resolve_all(key)

    assert platform.instance(key).variables == {"r": 1}
    task = platform.tasks(instance=key)[0]
    with platform.context.db.read() as unit, platform.context.catalog.within(unit):
        schema = platform.services.user_tasks.form(task)
    assert schema is not None
    assert schema["versionTag"] == "een"
