"""Listeners on user tasks and on the process itself: jobs that may correct, deny, and delay what is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from diagrams import Diagram, message_event, timer
from invariants import assert_sound

from engine.doing import deploy, do, leftovers, open_tasks
from inburgering_flow.errors import Conflict, DeploymentRejected, InvalidInput
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource

Handler = Callable[..., Any]


def task_listeners(*events: str) -> str:
    inner = "".join(f'<zeebe:taskListener eventType="{e}" type="{e}"/>' for e in events)
    return f"<zeebe:taskListeners>{inner}</zeebe:taskListeners>"


def on_process(diagram: Diagram, *events: str) -> Diagram:
    inner = "".join(
        f'<zeebe:executionListener eventType="{e.rstrip("0123456789")}" type="{e}"/>' for e in events
    )
    return diagram.add(
        f"<bpmn:extensionElements><zeebe:executionListeners>{inner}</zeebe:executionListeners></bpmn:extensionElements>"
    )


def one_task(extension: str) -> Diagram:
    return Diagram().start().user("t", extension).end().path("start", "t", "end")


def the_task(platform: Platform) -> Any:
    return platform.tasks(state="CREATED")[0]


def active_incidents(platform: Platform, key: int) -> list[Any]:
    return [i for i in platform.instance(key).incidents if i.state == "ACTIVE"]


# -- tasks -------------------------------------------------------------------------------------------------------------


def test_a_task_appears_when_its_creating_listeners_are_done_with_what_they_corrected(
    open_platform: Callable[..., Platform],
) -> None:
    seen = []

    def creating(job: Any, work: Any) -> dict[str, Any]:
        seen.append((job.listener, job.task["name"]))
        work.correct(candidate_groups=["klantmanager", "handhaver"], priority=90, due="2026-02-01")
        return {"geheim": 1}

    platform = open_platform(handlers={"creating": creating})
    d = one_task(task_listeners("creating", "creating")).boundary("laat", "t", timer("timeDuration", "P1D")).end("te_laat")
    deploy(platform, d.path("laat", "te_laat"))
    key = platform.start("p")
    assert open_tasks(platform, key) == []
    platform.run_due()
    assert_sound(platform)

    assert seen == [("creating", "t"), ("creating", "t")]
    task = the_task(platform)
    assert (task.candidate_groups, task.priority) == (("klantmanager", "handhaver"), 90)
    assert task.due.date().isoformat() in ("2026-01-31", "2026-02-01")
    assert [x.key for x in platform.tasks(state="CREATED", candidate_group="handhaver")] == [task.key]
    do(platform, key, "t")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_what_a_start_listener_gave_is_not_overwritten_by_the_input_mapping_when_the_element_goes_on(
    open_platform: Callable[..., Platform],
) -> None:
    platform = open_platform(handlers={"begin": lambda job, work: {"x": job.variables["x"] + 1}})
    listener = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="begin"/></zeebe:executionListeners>'
        '<zeebe:ioMapping><zeebe:input source="= 1" target="x"/><zeebe:output source="= x" target="uit"/></zeebe:ioMapping>'
    )
    deploy(platform, one_task(listener))
    key = platform.start("p")
    platform.run_due()
    do(platform, key, "t")

    assert platform.instance(key).variables == {"uit": 2}


def test_a_boundary_event_is_open_while_a_creating_listener_works(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"creating": lambda job, work: None})
    d = one_task(task_listeners("creating")).message("m", "stop").boundary("weg", "t", message_event("m")).end("af")
    deploy(platform, d.path("weg", "af"))
    key = platform.start("p", {"sleutel": "k"})
    platform.correlate("stop", correlation_key="k")
    platform.run_due()

    assert platform.instance(key).state == "COMPLETED"
    assert platform.tasks() == []
    assert leftovers(platform) == {}


def test_a_new_task_with_an_assignee_asks_its_assigning_listener_and_a_denial_leaves_it_free(
    open_platform: Callable[..., Platform],
) -> None:
    asked = []

    def assigning(job: Any, work: Any) -> None:
        asked.append(job.task.get("assignee"))
        work.deny("anna is met verlof")

    platform = open_platform(handlers={"assigning": assigning, "creating": lambda job, work: work.correct(assignee="anna")})
    deploy(platform, one_task(task_listeners("creating", "assigning")))
    key = platform.start("p")
    platform.run_due()

    assert asked == ["anna"]
    assert the_task(platform).assignee is None
    do(platform, key, "t")
    assert platform.instance(key).state == "COMPLETED"


def test_a_claim_waits_for_the_assigning_listener_and_meanwhile_nothing_else_moves_the_task(
    open_platform: Callable[..., Platform],
) -> None:
    platform = open_platform(handlers={"assigning": lambda job, work: work.correct(priority=job.task["priority"] + 1)})
    deploy(platform, one_task(task_listeners("assigning")))
    platform.start("p")
    task = the_task(platform)
    platform.claim(task.key, user="anna")

    assert the_task(platform).assignee is None
    for move in (
        lambda: platform.claim(task.key, user="bert"),
        lambda: platform.complete(task.key, user="bert"),
        lambda: platform.update_task(task.key, priority=1),
    ):
        with pytest.raises(Conflict, match="listeners are at work"):
            move()
    platform.run_due()

    assert (the_task(platform).assignee, the_task(platform).priority) == ("anna", 51)
    with pytest.raises(Conflict, match="anna was first"):
        platform.claim(task.key, user="bert")


def test_a_denied_claim_leaves_the_task_and_says_why(open_platform: Callable[..., Platform]) -> None:
    def assigning(job: Any, work: Any) -> None:
        if job.task["assignee"] == "anna":
            work.deny("Anna behandelde het bezwaar.")

    platform = open_platform(handlers={"assigning": assigning})
    deploy(platform, one_task(task_listeners("assigning")))
    key = platform.start("p")
    platform.claim(the_task(platform).key, user="anna")
    platform.run_due()

    assert the_task(platform).assignee is None
    assert platform.services.user_tasks.denial(the_task(platform).key) == ("assigning", "Anna behandelde het bezwaar.")
    platform.claim(the_task(platform).key, user="bert")
    platform.run_due()
    assert the_task(platform).assignee == "bert"
    assert platform.services.user_tasks.denial(the_task(platform).key) is None
    platform.complete(the_task(platform).key, user="bert")
    assert platform.instance(key).state == "COMPLETED"


@pytest.mark.parametrize("event", ["completing", "complete"])  # the second is what Camunda 8.6 wrote
def test_completing_waits_for_its_listeners_keeps_who_did_it_and_takes_their_results_along(
    open_platform: Callable[..., Platform], event: str
) -> None:
    platform = open_platform(handlers={event: lambda job, work: {"nagekeken": True}, "end": lambda job, work: None})
    end = '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="end"/></zeebe:executionListeners>'
    properties = '<zeebe:properties><zeebe:property name="uitvoerderIn" value="doorWie"/></zeebe:properties>'
    deploy(platform, one_task(task_listeners(event) + end + properties))
    key = platform.start("p")
    platform.complete(the_task(platform).key, {"antwoord": 42}, user="anna")

    assert platform.instance(key).state == "ACTIVE"
    assert len(platform.tasks(state="CREATED")) == 1
    platform.run_due()
    found = platform.instance(key)
    assert (found.state, found.variables) == ("COMPLETED", {"antwoord": 42, "nagekeken": True, "doorWie": "anna"})
    task = platform.tasks()[0]
    assert (task.state, task.completed_by) == ("COMPLETED", "anna")


def test_a_denied_completion_leaves_the_task_open_and_it_can_be_completed_later(
    open_platform: Callable[..., Platform],
) -> None:
    def completing(job: Any, work: Any) -> None:
        if "bijlage" not in job.variables:
            work.deny("Voeg eerst de bijlage toe.")

    platform = open_platform(handlers={"completing": completing})
    deploy(platform, one_task(task_listeners("completing")))
    key = platform.start("p")
    platform.complete(the_task(platform).key, {"antwoord": 1}, user="anna")
    platform.run_due()

    assert platform.instance(key).variables == {}
    assert platform.services.user_tasks.denial(the_task(platform).key) == ("completing", "Voeg eerst de bijlage toe.")
    platform.services.processes.set_variables(key, {"bijlage": "x"})
    platform.complete(the_task(platform).key, {"antwoord": 2}, user="anna")
    platform.run_due()
    assert platform.instance(key).variables == {"bijlage": "x", "antwoord": 2}
    assert platform.instance(key).state == "COMPLETED"


def test_an_update_waits_for_its_listener(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"updating": lambda job, work: work.correct(candidate_users=["cees"])})
    deploy(platform, one_task(task_listeners("updating")))
    platform.start("p")
    platform.update_task(the_task(platform).key, due="2026-03-01T12:00:00+01:00", candidate_groups=["jurist"])
    assert the_task(platform).due is None
    platform.run_due()

    task = the_task(platform)
    assert task.due.isoformat() == "2026-03-01T11:00:00+00:00"
    assert (task.candidate_groups, task.candidate_users) == (("jurist",), ("cees",))


def test_a_task_without_listeners_is_updated_at_once(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    deploy(platform, one_task(""))
    platform.start("p")
    platform.update_task(the_task(platform).key, priority=3, follow_up="2026-02-02", candidate_groups=["a", "b"])

    task = the_task(platform)
    assert (task.priority, task.candidate_groups) == (3, ("a", "b"))
    for group in ("a", "b"):
        assert platform.tasks(state="CREATED", candidate_group=group) == [task]
    for wrong in ({"priority": 101}, {"due": "morgen"}, {"candidate_groups": "a"}, {"kleur": 1}, {"assignee": "x"}):
        with pytest.raises(InvalidInput):
            platform.update_task(task.key, **wrong)
    assert the_task(platform) == task


def test_the_error_of_a_task_listener_is_an_incident_and_a_retry_asks_again(open_platform: Callable[..., Platform]) -> None:
    angry = [True]

    def listener(job: Any, work: Any) -> None:
        if angry[0]:
            raise BpmnError("BOOS", "Niet nu.")

    for event in ("creating", "assigning", "updating", "completing"):
        platform = open_platform(handlers={event: listener})
        angry[0] = True
        deploy(platform, Diagram(f"p_{event}").start().user("t", task_listeners(event)).end().path("start", "t", "end"))
        key = platform.start(f"p_{event}")
        if event == "assigning":
            platform.claim(the_task(platform).key, user="anna")
        if event == "updating":
            platform.update_task(the_task(platform).key, priority=77)
        if event == "completing":
            platform.complete(the_task(platform).key, {"antwoord": 1}, user="anna")
        platform.run_due()
        (incident,) = platform.instance(key).incidents
        assert "BOOS" in incident.error_message
        angry[0] = False
        platform.resolve(incident.key)
        platform.run_due()

        assert not platform.instance(key).has_incident
        if event != "completing":
            assert the_task(platform).assignee == ("anna" if event == "assigning" else None)
            assert the_task(platform).priority == (77 if event == "updating" else 50)
            platform.complete(the_task(platform).key, user="anna")
        assert platform.instance(key).state == "COMPLETED", event


def test_only_what_can_be_denied_is_denied_and_only_tasks_are_corrected(open_platform: Callable[..., Platform]) -> None:
    said = []

    def attempt(what: Callable[[], None]) -> None:
        with pytest.raises(InvalidInput) as refused:
            what()
        said.append(refused.value.message)

    def creating(job: Any, work: Any) -> None:
        attempt(lambda: work.deny("nee"))
        attempt(lambda: work.correct(kleur="rood"))

    def job_(job: Any, work: Any) -> None:
        attempt(lambda: work.deny("nee"))
        attempt(lambda: work.correct(priority=1))

    platform = open_platform(handlers={"creating": creating, "werk": job_})
    deploy(platform, Diagram().start().service("s", "werk").user("t", task_listeners("creating")).end().path("start", "s", "t", "end"))
    platform.start("p")
    platform.run_due()

    assert [m.split()[0] for m in said] == ["Only", "Only", "Only", "A"]


@pytest.mark.parametrize(
    ("extension", "words"),
    [
        ('<zeebe:taskListeners><zeebe:taskListener eventType="start" type="x"/></zeebe:taskListeners>', "needs a job type"),
        ('<zeebe:taskListeners><zeebe:taskListener eventType="creating"/></zeebe:taskListeners>', "needs a job type"),
    ],
)
def test_a_listener_that_cannot_be_is_refused(platform: Platform, extension: str, words: str) -> None:
    with pytest.raises(DeploymentRejected) as refused:
        deploy(platform, one_task(extension))
    assert [f.element_id for f in refused.value.findings] == ["t"]
    assert words in refused.value.findings[0].message


# -- the process itself ------------------------------------------------------------------------------------------------


def test_listeners_on_the_process_run_before_its_start_and_before_its_end(open_platform: Callable[..., Platform]) -> None:
    seen = []

    def listener(job: Any, work: Any) -> dict[str, Any]:
        seen.append((job.type, job.listener, job.element_id, dict(job.variables)))
        return {job.type: len(seen)}

    platform = open_platform(handlers=dict.fromkeys(("start1", "start2", "end1"), listener))
    d = Diagram().start().user("t").end().path("start", "t", "end")
    d.sub("es", Diagram().message("m", "hoor").node("startEvent", "s", body=message_event("m"), isInterrupting="false")
          .user("u").end("e").path("s", "u", "e"), event=True)  # fmt: skip
    deploy(platform, on_process(d, "start1", "start2", "end1"))
    key = platform.start("p", {"x": 1, "sleutel": "k"})
    assert platform.instance(key).elements == ()
    platform.run_due()
    assert open_tasks(platform, key) == ["t"]
    do(platform, key, "t")
    assert platform.instance(key).state == "ACTIVE"
    with pytest.raises(Exception, match="waits for"):
        platform.correlate("hoor", correlation_key="k")
    platform.run_due()

    assert [s[:3] for s in seen] == [("start1", "start", "p"), ("start2", "start", "p"), ("end1", "end", "p")]
    assert seen[1][3] == {"x": 1, "sleutel": "k", "start1": 1}
    found = platform.instance(key)
    assert (found.state, found.variables["end1"]) == ("COMPLETED", 3)
    assert leftovers(platform) == {}


def test_two_branches_that_end_at_once_ask_the_end_listener_once(open_platform: Callable[..., Platform]) -> None:
    seen = []
    platform = open_platform(handlers={"end1": lambda job, work: seen.append(job.key)})
    d = Diagram().start().both("g").end("a").end("b").path("start", "g", "a").path("g", "b")
    deploy(platform, on_process(d, "end1"))
    key = platform.start("p")
    assert platform.instance(key).state == "ACTIVE"
    platform.run_due()

    assert (platform.instance(key).state, len(seen)) == ("COMPLETED", 1)


def test_a_called_process_hands_over_what_its_end_listener_found(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"start1": lambda job, work: None, "end1": lambda job, work: {"som": 7}})
    deploy(platform, on_process(Diagram("binnen").start().end().path("start", "end"), "start1", "end1"))
    deploy(platform, Diagram().start().call("c", "binnen").user("na").end().path("start", "c", "na", "end"))
    key = platform.start("p")
    platform.run_due()

    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables == {"som": 7}


def test_a_message_that_starts_a_process_waits_for_its_start_listener_with_what_it_brought(
    open_platform: Callable[..., Platform],
) -> None:
    platform = open_platform(handlers={"start1": lambda job, work: None})
    d = Diagram().message("m", "begin").node("startEvent", "s", body=message_event("m")).user("t").end().path("s", "t", "end")
    deploy(platform, on_process(d, "start1"))
    (key,) = platform.publish("begin", correlation_key="k", variables={"x": 5}).instance_keys
    assert open_tasks(platform, key) == []
    platform.run_due()

    assert open_tasks(platform, key) == ["t"]
    assert platform.instance(key).variables == {"x": 5}


def test_an_instance_is_cancelled_while_its_listener_waits(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"start1": lambda job, work: None})
    deploy(platform, on_process(Diagram().start().user("t").end().path("start", "t", "end"), "start1"))
    key = platform.start("p")
    platform.cancel(key)
    platform.run_due()

    assert platform.instance(key).state == "TERMINATED"
    assert leftovers(platform) == {}


@pytest.mark.parametrize("on", ["start1", "end1"])
def test_trouble_in_a_listener_on_the_process_is_an_incident_that_is_retried(
    open_platform: Callable[..., Platform], on: str
) -> None:
    wrong: list[Exception] = [BpmnError("BOOS", "Niet nu."), ValueError("stuk"), ValueError("stuk"), ValueError("stuk")]

    def listener(job: Any, work: Any) -> None:
        if wrong:
            raise wrong.pop(0)

    platform = open_platform(handlers={on: listener})
    deploy(platform, on_process(Diagram().start().end().path("start", "end"), on))
    key = platform.start("p")
    platform.run_due()
    (thrown,) = active_incidents(platform, key)
    assert thrown.error_type == "UNHANDLED_ERROR_EVENT"
    platform.resolve(thrown.key)
    platform.run_due()
    (failed,) = active_incidents(platform, key)
    assert failed.error_type == "JOB_NO_RETRIES"
    platform.resolve(failed.key)
    platform.run_due()

    assert platform.instance(key).state == "COMPLETED"
    assert not platform.instance(key).has_incident
    assert leftovers(platform) == {}


def test_an_instance_that_could_not_begin_is_cancelled_with_its_incident(open_platform: Callable[..., Platform]) -> None:
    def listener(job: Any, work: Any) -> None:
        raise BpmnError("BOOS")

    platform = open_platform(handlers={"start1": listener})
    deploy(platform, on_process(Diagram().start().user("t").end().path("start", "t", "end"), "start1"))
    key = platform.start("p")
    platform.run_due()
    assert platform.instance(key).has_incident
    platform.cancel(key)

    assert active_incidents(platform, key) == []
    assert not platform.instance(key).has_incident


def test_a_process_whose_listeners_are_at_work_is_neither_modified_nor_migrated(
    open_platform: Callable[..., Platform],
) -> None:
    from inburgering_flow.model.changes import Activate

    platform = open_platform(handlers={"start1": lambda job, work: None})
    d = Diagram().start().user("t").end().path("start", "t", "end")
    deploy(platform, on_process(d, "start1"))
    key = platform.start("p")
    target = platform.deploy_content("p.bpmn", d.boundary("b", "t", timer("timeDuration", "P1D")).end("w").path("b", "w").xml())

    with pytest.raises(Exception, match="listeners of the process are at work"):
        platform.modify(key, activate=[Activate("t")])
    with pytest.raises(Exception, match="listeners of the process are at work"):
        platform.migrate(key, target[0].key, same_ids=True)


# -- a condition that starts a process ---------------------------------------------------------------------------------


def conditional_start(process_id: str, text: str) -> Diagram:
    body = f"<bpmn:conditionalEventDefinition><bpmn:condition>= {text}</bpmn:condition></bpmn:conditionalEventDefinition>"
    return Diagram(process_id).node("startEvent", "s", body=body).user("t").end().path("s", "t", "end")


def test_conditions_start_the_processes_for_which_they_hold(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    deploy(platform, conditional_start("hoog", "graden &gt; 30"))
    deploy(platform, conditional_start("heel_hoog", "graden &gt; 40"))
    deploy(platform, conditional_start("onbekend", "vocht &gt; 1"))

    (key,) = platform.evaluate_conditionals({"graden": 35})
    assert platform.instance(key).process_definition_id == "hoog"
    assert platform.instance(key).variables == {"graden": 35}
    assert open_tasks(platform, key) == ["t"]
    assert len(platform.evaluate_conditionals({"graden": 45})) == 2
    assert len(platform.evaluate_conditionals({"graden": 45}, "heel_hoog")) == 1
    assert platform.evaluate_conditionals({"graden": 1}) == ()


def test_only_the_newest_version_is_started_and_a_condition_of_another_type_is_told(
    open_platform: Callable[..., Platform],
) -> None:
    platform = open_platform()
    deploy(platform, conditional_start("p", "graden &gt; 30"))
    deploy(platform, conditional_start("p", "graden &gt; 50"))
    assert platform.evaluate_conditionals({"graden": 35}) == ()
    deploy(platform, conditional_start("p", "graden"))
    with pytest.raises(InvalidInput, match="neither true nor false"):
        platform.evaluate_conditionals({"graden": 35})
    assert platform.instances() == []


def test_a_condition_sees_what_is_given_as_the_data_dictionary_types_it(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    data = '[{"name": "dag", "type": "date", "meaning": "x", "source": "x"}]'
    diagram = conditional_start("p", 'dag &gt; date("2026-01-01")').xml()
    platform.services.deployments.deploy([Resource("x/p.bpmn", diagram.encode()), Resource("x/gegevens.json", data.encode())])

    assert len(platform.evaluate_conditionals({"dag": "2026-02-01"})) == 1
    assert platform.evaluate_conditionals({"dag": "2025-02-01"}) == ()


def test_two_conditions_of_one_start_event_start_one_instance(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    both = "".join(
        f"<bpmn:conditionalEventDefinition><bpmn:condition>= graden &gt; {n}</bpmn:condition></bpmn:conditionalEventDefinition>"
        for n in (10, 20)
    )
    deploy(platform, Diagram().node("startEvent", "s", body=both).user("t").end().path("s", "t", "end"))

    assert len(platform.evaluate_conditionals({"graden": 25})) == 1
    assert len(platform.evaluate_conditionals({"graden": 15})) == 1
    assert platform.evaluate_conditionals({"graden": 5}) == ()
