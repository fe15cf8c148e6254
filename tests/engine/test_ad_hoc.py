"""The activities of an ad-hoc sub-process begin without flows: all, one by one, or when somebody says so."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from engine.doing import deploy, do, finished, open_tasks, states
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.platform import Platform


def test_a_parallel_ad_hoc_sub_process_stops_at_its_condition(platform: Platform) -> None:
    inside = "<bpmn:completionCondition>= klaar = true</bpmn:completionCondition>" + "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", body=inside, ordering="Parallel").end()
    deploy(platform, d.path("start", "ah", "end"))
    key = platform.start("p")
    assert open_tasks(platform, key) == ["a", "b"]
    do(platform, key, "a", {"klaar": True})

    assert states(platform, key)["b"] == "TERMINATED"
    assert finished(platform, key)


def test_a_sequential_ad_hoc_sub_process_goes_one_by_one(platform: Platform) -> None:
    inside = "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", body=inside, ordering="Sequential").end()
    deploy(platform, d.path("start", "ah", "end"))
    key = platform.start("p")
    assert open_tasks(platform, key) == ["a"]
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b"]
    do(platform, key, "b")
    assert finished(platform, key)


def test_an_ad_hoc_sub_process_whose_condition_never_held_is_asked_again_when_it_is_retried(platform: Platform) -> None:
    inside = "<bpmn:completionCondition>= klaar = true</bpmn:completionCondition>" + "".join(Diagram().user("a").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", body=inside, ordering="Parallel").user("b").end()
    deploy(platform, d.path("start", "ah", "b", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"klaar": False})
    (incident,) = (i for i in platform.instance(key).incidents if i.state == "ACTIVE")
    assert "its completion condition 'klaar = true' does not hold" in incident.error_message

    platform.services.processes.set_variables(key, {"klaar": True})
    platform.resolve(incident.key)

    assert open_tasks(platform, key) == ["b"]
    assert not platform.instance(key).has_incident


def test_an_ad_hoc_sub_process_waits_for_activation_from_outside(platform: Platform) -> None:
    inside = "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", "<zeebe:adHoc/>", inside).end().path("start", "ah", "end")
    deploy(platform, d)
    key = platform.start("p")
    row = next(e.key for e in platform.instance(key).elements if e.element_id == "ah")
    assert open_tasks(platform, key) == []

    with pytest.raises(InvalidInput, match="has no activity weg"):
        platform.activate_ad_hoc(row, ["weg"])
    platform.activate_ad_hoc(row, ["b", "b"])
    assert open_tasks(platform, key) == ["b", "b"]
    do(platform, key, "b")
    do(platform, key, "b")
    assert finished(platform, key)
    with pytest.raises(Conflict):
        platform.activate_ad_hoc(row, ["a"])


def test_named_elements_of_an_ad_hoc_sub_process_begin(platform: Platform) -> None:
    inside = "".join(Diagram().user("a").user("b").parts)
    extension = '<zeebe:adHoc activeElementsCollection="= kies"/>'
    d = Diagram().start().node("adHocSubProcess", "ah", extension, inside).end().path("start", "ah", "end")
    deploy(platform, d)

    assert open_tasks(platform, platform.start("p", {"kies": ["b"]})) == ["b"]


def test_an_ad_hoc_sub_process_gathers_the_outputs_of_its_activities(platform: Platform) -> None:
    rules = '<zeebe:adHoc activeElementsCollection="= [&quot;a&quot;, &quot;b&quot;]" outputCollection="alle" outputElement="= n"/>'
    inside = "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", rules, inside).user("na").path("start", "ah", "na")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "b", {"n": 1})
    do(platform, key, "a", {"n": 2})

    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables["alle"] == [1, 2]
