"""A called process, task, decision or form is found, is an instance of its own, and gives back what is mapped."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from diagrams import Diagram, message_event

from engine.doing import deploy, do, finished, leftovers, open_tasks, refusals
from inburgering_flow.errors import Conflict
from inburgering_flow.model.changes import Move, Terminate
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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('formId="f"', "No form 'f' is deployed. Deploy it, then retry the incident."),
        ('formId="f" bindingType="versionTag" versionTag="een"', "No form 'f' with the version tag 'een' is deployed."),
        ('formId="= welk"', "No form 'f' is deployed."),
    ],
)
def test_a_case_waits_for_a_form_that_is_not_there(platform: Platform, given: str, said: str) -> None:
    deploy(platform, Diagram().start().user("t", f"<zeebe:formDefinition {given}/>").end().path("start", "t", "end"))
    key = platform.start("p", {"welk": "f"})
    [incident] = platform.instance(key).incidents
    assert (incident.error_type, said in incident.message, platform.tasks(instance=key)) == ("FORM_NOT_FOUND", True, [])

    form = {"id": "f", "versionTag": "een", "type": "default", "components": [{"key": "k", "type": "textfield"}]}
    platform.deploy_content("f.form", json.dumps(form))
    platform.resolve_all(key)
    assert [task.form_id for task in platform.tasks(instance=key)] == ["f"]


def test_a_form_that_can_never_come_is_refused(platform: Platform) -> None:
    d = Diagram().start().user("t", '<zeebe:formDefinition formId="f" bindingType="deployment"/>').path("start", "t")
    assert refusals(platform, d) == [("missing-form", "t")]


DEEP = 500
END_ALL = {
    "cancelled": lambda platform, key: platform.cancel(key),
    "terminated": lambda platform, key: platform.modify(key, terminate=[Terminate(element_id="roep")]),
    "moved": lambda platform, key: platform.modify(key, move=[Move("over", source_id="roep")]),
    "interrupted": lambda platform, key: platform.publish("stop", correlation_key=f"stop {DEEP - 1}"),
    "completed": lambda platform, key: do(platform, key, "diepst"),
}


def nested(extension: str = "") -> Diagram:
    """A process that calls itself ``n`` times, one inside the other, with a task in the innermost."""
    inputs = '<zeebe:ioMapping><zeebe:input source="= n - 1" target="n"/></zeebe:ioMapping>'
    d = Diagram().message("m", "stop", '= "stop " + string(n)').start().xor("keuze", "keuze_diepst")
    d.user("diepst", extension).call("roep", "p", inputs).user("over").end().boundary("grens", "roep", message_event("m"))
    return d.path("start", "keuze|n > 0", "roep", "end").path("keuze", "diepst", "end").path("grens", "over")


@pytest.mark.parametrize("how", END_ALL)
def test_calls_of_any_depth_can_be_ended(platform: Platform, how: str) -> None:
    deploy(platform, nested())
    key = platform.start("p", {"n": DEEP})
    assert open_tasks(platform, key) == ["diepst"]

    END_ALL[how](platform, key)

    left = [i.key for i in platform.instances() if i.state == "ACTIVE"]
    assert left == ([key] if how in ("moved", "interrupted") else [])
    assert open_tasks(platform, key) == (["over"] if left else [])


def test_deep_calls_stand_still_go_on_end_one_after_the_other_and_are_deleted(
    open_platform: Callable[..., Platform],
) -> None:
    platform = open_platform(handlers={"afscheid": lambda job, work: None})
    listeners = '<zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="afscheid"/></zeebe:taskListeners>'
    deploy(platform, nested(listeners))
    key = platform.start("p", {"n": DEEP})

    platform.suspend(key)
    platform.resume(key)
    platform.cancel(key)
    assert platform.instance(key).state == "ACTIVE"
    platform.run_due()

    assert {i.state for i in platform.instances()} == {"TERMINATED"}
    assert leftovers(platform) == {}

    platform.delete(key)

    assert platform.instances() == []


def test_a_process_that_calls_itself_without_end_stops_with_an_incident_and_can_be_cancelled(platform: Platform) -> None:
    deploy(platform, Diagram().start().call("roep", "p").path("start", "roep"))
    key = platform.start("p")

    assert len(platform.instances()) == 1_001
    deepest = platform.instance(platform.instances()[-1].key)
    assert "1,000 calls are active here inside each other, and 'p' would be one more" in deepest.incidents[0].message

    platform.cancel(key)

    assert leftovers(platform) == {}


def test_a_process_that_calls_itself_twice_ends_its_step_too(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inburgering_flow.engine.run.MAX_ACTIVATIONS", 200)
    deploy(platform, Diagram().start().both("g").call("a", "p").call("b", "p").path("start", "g", "a").path("g", "b"))

    key = platform.start("p")
    platform.cancel(key)

    assert leftovers(platform) == {}
