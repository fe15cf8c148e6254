"""The activities of an ad-hoc sub-process begin without flows: all, one by one, or when somebody says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram

from engine.doing import deploy, do, finished, leftovers, open_tasks, states, troubles
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.model.plugin import Job, Work
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


def chosen_by_a_job(open_platform: Callable[..., Platform], handler: Callable[..., object]) -> tuple[Platform, int]:
    platform = open_platform(handlers={"kies": handler})
    job = '<zeebe:adHoc outputCollection="uit" outputElement="= antwoord"/><zeebe:taskDefinition type="kies"/>'
    inside = "".join(Diagram().user("a").user("b").user("c").parts)
    deploy(platform, Diagram().start().node("adHocSubProcess", "ah", job, inside).user("na").path("start", "ah", "na"))
    key = platform.start("p")
    platform.run_due()
    return platform, key


def test_a_job_chooses_the_activities_each_time_something_has_ended(open_platform: Callable[..., Platform]) -> None:
    asked: list[dict[str, object]] = []

    def choose(job: Job, work: Work) -> dict[str, object]:
        asked.append(job.variables)
        match len(asked):
            case 1:
                work.activate("a", {"vraag": 1})
                work.activate("b")
            case 2:
                work.activate("c")
            case 4:
                work.finish()
        return {"ronde": len(asked)}

    platform, key = chosen_by_a_job(open_platform, choose)
    assert open_tasks(platform, key) == ["a", "b"]
    do(platform, key, "a", {"antwoord": 1})
    platform.run_due()
    assert open_tasks(platform, key) == ["b", "c"]
    do(platform, key, "b", {"antwoord": 2})
    platform.run_due()
    do(platform, key, "c", {"antwoord": 3})
    platform.run_due()

    assert open_tasks(platform, key) == ["na"]
    assert [a.get("ronde") for a in asked] == [None, 1, 2, 3]
    assert leftovers(platform) == {"tokens": 1, "tasks": 1}


@pytest.mark.parametrize("cancel", [True, False])
def test_a_job_ends_its_ad_hoc_sub_process_at_once_or_when_the_rest_is_done(
    open_platform: Callable[..., Platform], cancel: bool
) -> None:
    def choose(job: Job, work: Work) -> None:
        if job.variables.get("klaar"):
            work.finish(cancel_remaining=cancel)
        else:
            work.activate("a")
            work.activate("b")

    platform, key = chosen_by_a_job(open_platform, choose)
    do(platform, key, "a", {"klaar": True})
    platform.run_due()

    assert open_tasks(platform, key) == (["na"] if cancel else ["b"])
    if not cancel:
        do(platform, key, "b")
        platform.run_due()
    assert open_tasks(platform, key) == ["na"]
    assert leftovers(platform) == {"tokens": 1, "tasks": 1}


def test_two_ends_while_the_job_is_at_work_ask_it_once_more(open_platform: Callable[..., Platform]) -> None:
    asked: list[int] = []

    def choose(job: Job, work: Work) -> None:
        asked.append(job.key)
        for name in ("a", "b", "c") if len(asked) == 1 else ():
            work.activate(name)
        if len(asked) == 3:
            work.finish()

    platform, key = chosen_by_a_job(open_platform, choose)
    for name in ("a", "b", "c"):
        do(platform, key, name)
    platform.run_due()

    assert open_tasks(platform, key) == ["na"]
    assert len(asked) == 3


@pytest.mark.parametrize("choice", [None, "x"])
def test_a_job_that_chooses_nothing_or_what_there_is_not_has_an_incident(
    open_platform: Callable[..., Platform], choice: str | None
) -> None:
    platform, key = chosen_by_a_job(open_platform, lambda job, work: work.activate(choice) if choice else None)

    assert ("chose no activity" if choice is None else "has no activity x") in troubles(platform, key)[0]
    platform.cancel(key)
    assert leftovers(platform) == {}


def test_only_the_job_of_an_ad_hoc_sub_process_chooses(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"werk": lambda job, work: work.finish()})
    deploy(platform, Diagram().start().service("s", "werk", retries="1").path("start", "s"))
    key = platform.start("p")
    platform.run_due()

    assert "Only the job of an ad-hoc sub-process" in troubles(platform, key)[0]
