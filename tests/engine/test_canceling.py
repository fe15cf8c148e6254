"""Listeners on the cancelling of a user task delay its end, and with it whatever ends around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from diagrams import Diagram, error_event, message_event, timer
from invariants import assert_sound

from engine.doing import deploy, do, history, leftovers, open_tasks
from engine.test_listeners import active_incidents, on_process, one_task, task_listeners
from inburgering_flow.engine import commands
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.model.changes import MigrationRefused, ModificationRefused, Move, Terminate
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform

CANCELING = task_listeners("canceling")
Open = Callable[..., Platform]


class Worker:
    """Does the listener's work and remembers what it saw."""

    def __init__(self, result: dict[str, Any] | None = None) -> None:
        self.result = result
        self.seen: list[tuple[str, str, Any]] = []

    def __call__(self, job: Any, work: Any) -> dict[str, Any] | None:
        self.seen.append((job.element_id, job.listener, job.task["name"]))
        return self.result


@pytest.fixture
def worker() -> Worker:
    return Worker({"afgemeld": True})


@pytest.fixture
def platform(open_platform: Open, worker: Worker) -> Platform:
    return open_platform(handlers={"canceling": worker})


def held(platform: Platform, key: int) -> None:
    """Check what is true of a case in which listeners delay an end."""
    assert_sound(platform)
    assert platform.instance(key).state == "ACTIVE"
    assert open_tasks(platform, key) == []


def done(platform: Platform, key: int, state: str) -> None:
    assert_sound(platform)
    assert platform.instance(key).state == state
    assert leftovers(platform) == {}


def stopped_by(stop: str) -> Diagram:
    """Two tasks: the first one leads to an end event that stops the second, whose cancelling is listened to."""
    inside = Diagram().start("s").both("g").user("a").user("b", CANCELING).end("e").end("stop", stop)
    return inside.path("s", "g", "a", "stop").path("g", "b", "e")


def test_a_boundary_event_goes_on_when_the_listeners_of_its_task_are_done(platform: Platform, worker: Worker) -> None:
    d = one_task(task_listeners("canceling", "canceling")).message("m", "stop").boundary("weg", "t", message_event("m"))
    deploy(platform, d.user("na").end("af").path("weg", "na", "af"))
    key = platform.start("p", {"sleutel": "k"})
    platform.publish("stop", correlation_key="k", variables={"reden": "ziek"})

    held(platform, key)
    assert history(platform, key) == [("start", "COMPLETED"), ("t", "ACTIVE")]
    assert [t.state for t in platform.tasks()] == ["CANCELED"]
    platform.run_due()
    assert worker.seen == [("t", "canceling", "t")] * 2
    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables == {"sleutel": "k", "reden": "ziek", "afgemeld": True}
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_a_cancelled_case_ends_when_the_listeners_at_every_depth_are_done(platform: Platform, worker: Worker) -> None:
    deploy(platform, one_task(CANCELING), Diagram("ouder").start().call("c", "p").end().path("start", "c", "end"))
    inside = Diagram().start("s").user("u", CANCELING).end("e").path("s", "u", "e")
    many = Diagram("alles").start().both("g").sub("sub", inside).call("c", "ouder").user("vrij").end()
    many.sub(
        "esp",
        Diagram().node("startEvent", "es", body=timer("timeDuration", "P1D")).end("ee").path("es", "ee"),
        event=True,
    )
    many.user("mi", CANCELING, '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>'
              '<zeebe:loopCharacteristics inputCollection="= [1, 2, 3]"/></bpmn:extensionElements>'
              "</bpmn:multiInstanceLoopCharacteristics>")  # fmt: skip
    deploy(
        platform,
        many.path("start", "g", "sub", "end").path("g", "c", "end").path("g", "mi", "end").path("g", "vrij", "end"),
    )
    key = platform.start("alles")
    platform.cancel(key)

    held(platform, key)
    assert [i.state for i in platform.instances()] == ["ACTIVE"] * 3
    platform.cancel(key)  # a second time changes nothing
    held(platform, key)
    platform.run_due()
    assert sorted(e for e, _, _ in worker.seen) == ["mi", "mi", "mi", "t", "u"]
    assert [i.state for i in platform.instances()] == ["TERMINATED"] * 3
    done(platform, key, "TERMINATED")


def test_an_interrupting_event_sub_process_begins_when_the_scope_is_empty(platform: Platform) -> None:
    inside = Diagram().message("m", "stop").node("startEvent", "es", body=message_event("m")).user("u").end("ee")
    d = one_task(CANCELING).sub("esp", inside.path("es", "u", "ee"), event=True)
    deploy(platform, d)
    key = platform.start("p", {"sleutel": "k"})
    platform.publish("stop", correlation_key="k", variables={"reden": "verhuisd"})

    held(platform, key)
    platform.run_due()
    assert open_tasks(platform, key) == ["u"]
    assert platform.instance(key).variables["reden"] == "verhuisd"
    do(platform, key, "u")
    done(platform, key, "COMPLETED")


def test_a_terminate_end_lets_its_scope_complete_after_the_listeners(platform: Platform) -> None:
    inside = stopped_by("<bpmn:terminateEventDefinition/>")
    deploy(platform, Diagram().start().sub("sub", inside).user("na").end().path("start", "sub", "na", "end"))
    key = platform.start("p")
    do(platform, key, "a")

    held(platform, key)
    platform.run_due()
    assert ("sub", "COMPLETED") in history(platform, key)
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_a_multi_instance_that_has_enough_waits_for_the_listeners_of_the_rest(
    platform: Platform, worker: Worker
) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
        'inputCollection="= [1, 2, 3]" outputCollection="uit" outputElement="= loopCounter"/></bpmn:extensionElements>'
        "<bpmn:completionCondition>= numberOfCompletedInstances = 1</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    deploy(platform, Diagram().start().user("t", CANCELING, loop).user("na").end().path("start", "t", "na", "end"))
    key = platform.start("p")
    do(platform, key, "t")

    held(platform, key)
    platform.run_due()
    assert len(worker.seen) == 2
    assert platform.instance(key).variables["uit"] == [1, None, None]
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_an_ad_hoc_sub_process_that_is_done_waits_for_the_listeners_of_the_rest(platform: Platform) -> None:
    d = Diagram().start().end().node(
        "adHocSubProcess", "los", '<zeebe:adHoc activeElementsCollection="= [&quot;a&quot;, &quot;b&quot;]"/>',
        "".join(Diagram().user("a").user("b", CANCELING).parts) + "<bpmn:completionCondition>= true</bpmn:completionCondition>",
    )  # fmt: skip
    d.message("m", "stop").boundary("weg", "los", message_event("m"))
    deploy(platform, d.path("start", "los", "end").path("weg", "end"))
    cases = [platform.start("p", {"sleutel": k}) for k in "klm"]
    finishing, _, both = cases
    do(platform, finishing, "a")
    platform.publish("stop", correlation_key="l")
    do(platform, both, "a")
    platform.publish("stop", correlation_key="m")

    for key in cases:
        held(platform, key)
        with pytest.raises(Conflict, match="not active any more"):
            platform.activate_ad_hoc(
                next(e.key for e in platform.instance(key).elements if e.element_id == "los"), ["a"]
            )
    platform.run_due()
    for key in cases:
        done(platform, key, "COMPLETED")
    ends = [dict(history(platform, key)) for key in cases]
    assert [(e["los"], e.get("weg")) for e in ends] == [
        ("COMPLETED", None), ("TERMINATED", "COMPLETED"), ("TERMINATED", "COMPLETED"),
    ]  # fmt: skip


def test_a_cancelled_transaction_is_left_by_its_border_after_the_listeners(platform: Platform) -> None:
    inside = stopped_by("<bpmn:cancelEventDefinition/>")
    d = Diagram().start().node("transaction", "tx", body="".join(inside.parts)).user("na").end()
    d.boundary("weg", "tx", "<bpmn:cancelEventDefinition/>").path("start", "tx", "end").path("weg", "na", "end")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a")

    held(platform, key)
    platform.run_due()
    assert ("tx", "TERMINATED") in history(platform, key)
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_an_error_out_of_a_called_process_is_caught_when_the_listeners_there_are_done(platform: Platform) -> None:
    called = Diagram("q").start().both("g").user("a").user("b", CANCELING).end().code("error", "fout", "F")
    called.end("kapot", error_event("fout")).path("start", "g", "a", "kapot").path("g", "b", "end")
    d = (
        Diagram()
        .start()
        .call("c", "q")
        .user("na")
        .end()
        .code("error", "fout", "F")
        .boundary("weg", "c", error_event("fout"))
    )
    deploy(platform, called, d.path("start", "c", "end").path("weg", "na", "end"))
    key = platform.start("p")
    do(platform, platform.instances()[0].key, "a")

    held(platform, key)
    platform.run_due()
    assert [i.state for i in platform.instances("q")] == ["TERMINATED"]
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_an_outer_end_overtakes_an_inner_one_that_is_held_up(platform: Platform, worker: Worker) -> None:
    inside = (
        Diagram()
        .start("s")
        .message("m", "stop")
        .user("t", CANCELING)
        .boundary("weg", "t", message_event("m"))
        .user("nooit")
        .end("e")
    )
    d = Diagram().start().sub("sub", inside.path("s", "t", "e").path("weg", "nooit", "e")).user("na").end()
    d.message("n", "weg").boundary("buiten", "sub", message_event("n")).path("start", "sub", "end").path(
        "buiten", "na", "end"
    )
    deploy(platform, d)
    key = platform.start("p", {"sleutel": "k"})
    platform.publish("stop", correlation_key="k")
    held(platform, key)
    platform.publish("weg", correlation_key="k")
    held(platform, key)
    platform.run_due()

    assert len(worker.seen) == 1
    assert "nooit" not in [e for e, _ in history(platform, key)]
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_whatever_was_asked_of_the_task_is_forgotten_when_it_is_cancelled(open_platform: Open, worker: Worker) -> None:
    platform = open_platform(handlers={"canceling": worker})  # nobody does the completing listener's work
    d = (
        one_task(task_listeners("completing", "canceling"))
        .boundary("laat", "t", timer("timeDuration", "PT1H"))
        .end("af")
    )
    deploy(platform, d.path("laat", "af"))
    key = platform.start("p")
    do(platform, key, "t", {"antwoord": 1})
    platform.clock.advance(hours=2)
    platform.run_due()

    assert worker.seen == [("t", "canceling", "t")]
    done(platform, key, "COMPLETED")
    assert "antwoord" not in platform.instance(key).variables


def test_a_task_that_was_not_made_yet_has_no_end_to_listen_to(open_platform: Open, worker: Worker) -> None:
    platform = open_platform(handlers={"canceling": worker})
    deploy(platform, one_task(task_listeners("creating", "canceling")))
    key = platform.start("p")
    platform.cancel(key)

    done(platform, key, "TERMINATED")
    assert worker.seen == []


def test_a_listener_that_fails_or_throws_leaves_an_incident_that_goes_on_after_mending(open_platform: Open) -> None:
    trouble: list[Exception] = [ValueError("stuk"), BpmnError("F", "kan niet")]

    def canceling(job: Any, work: Any) -> None:
        with pytest.raises(InvalidInput):
            work.deny("toch niet")
        with pytest.raises(InvalidInput):
            work.correct(priority=1)
        if trouble:
            raise trouble.pop()

    platform = open_platform(handlers={"canceling": canceling})
    one = '<zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="= soort" retries="1"/></zeebe:taskListeners>'
    deploy(platform, one_task(one))
    key = platform.start("p")
    platform.cancel(key)
    for error_type in ("EXTRACT_VALUE_ERROR", "UNHANDLED_ERROR_EVENT", "JOB_NO_RETRIES"):
        held(platform, key)
        [incident] = active_incidents(platform, key)
        assert incident.error_type == error_type
        if error_type == "EXTRACT_VALUE_ERROR":  # retried before it was corrected
            platform.resolve(incident.key)
            [incident] = active_incidents(platform, key)
        platform.services.processes.set_variables(key, {"soort": "canceling"})
        platform.resolve(incident.key)
        platform.run_due()
    done(platform, key, "TERMINATED")
    assert platform.instance(key).has_incident is False


def test_a_case_that_stands_still_is_cancelled_after_it_goes_on(platform: Platform) -> None:
    deploy(platform, one_task(CANCELING))
    key = platform.start("p")
    platform.suspend(key)
    with pytest.raises(Conflict, match="suspended"):
        platform.cancel(key)
    assert_sound(platform)
    platform.resume(key)
    platform.cancel(key)
    platform.suspend(key)
    assert platform.run_due() == 0
    platform.resume(key)
    platform.run_due()
    done(platform, key, "TERMINATED")


def test_a_modification_waits_for_the_listeners_of_what_it_ends(platform: Platform) -> None:
    inside = Diagram().start("s").user("t", CANCELING).end("e").path("s", "t", "e")
    deploy(platform, Diagram().start().sub("sub", inside).user("na").end().path("start", "sub", "na", "end"))
    key = platform.start("p")
    platform.modify(key, move=[Move("na", source_id="t")])
    assert_sound(platform)
    assert open_tasks(platform, key) == ["na"]
    with pytest.raises(ModificationRefused, match="canceling"):
        platform.modify(key, terminate=[Terminate(element_id="na")])
    platform.run_due()
    assert ("sub", "TERMINATED") in history(platform, key)
    do(platform, key, "na")
    done(platform, key, "COMPLETED")

    last = platform.start("p")
    platform.modify(last, terminate=[Terminate(element_id="t")])
    held(platform, last)
    platform.run_due()
    done(platform, last, "TERMINATED")


def test_the_end_listeners_of_the_process_come_after_those_of_its_last_task(open_platform: Open) -> None:
    order: list[str] = []

    def note(job: Any, work: Any) -> None:
        order.append(job.listener)

    platform = open_platform(handlers={"canceling": note, "end": note})
    d = Diagram().start().both("g").user("a").user("t", CANCELING).end().end("stop", "<bpmn:terminateEventDefinition/>")
    deploy(platform, on_process(d.path("start", "g", "a", "stop").path("g", "t", "end"), "end"))
    key = platform.start("p")
    do(platform, key, "a")
    platform.run_due()

    assert order == ["canceling", "end"]
    done(platform, key, "COMPLETED")


def test_a_migration_waits_for_the_listeners_of_what_is_being_ended(platform: Platform) -> None:
    deploy(platform, one_task(CANCELING))
    key = platform.start("p")
    platform.cancel(key)
    [newer] = platform.deploy_content("p.bpmn", one_task(CANCELING).xml().replace('name="t"', 'name="nieuw"'))
    with pytest.raises(MigrationRefused) as refused:
        platform.migrate(key, newer.key, same_ids=True)
    assert [r.element_id for r in refused.value.refusals] == ["t"]
    platform.run_due()
    done(platform, key, "TERMINATED")


def test_an_incident_of_a_task_is_gone_with_what_was_asked_of_it(open_platform: Open, worker: Worker) -> None:
    def completing(job: Any, work: Any) -> None:
        raise ValueError("stuk")

    platform = open_platform(handlers={"completing": completing, "canceling": worker})
    deploy(
        platform,
        one_task(
            task_listeners("completing", "canceling").replace('type="completing"/', 'type="completing" retries="1"/')
        ),
    )
    key = platform.start("p")
    do(platform, key, "t")
    platform.run_due()
    assert [i.error_type for i in active_incidents(platform, key)] == ["JOB_NO_RETRIES"]
    platform.cancel(key)

    held(platform, key)
    platform.run_due()
    done(platform, key, "TERMINATED")


def test_a_scope_waits_for_the_last_of_several_listeners(open_platform: Open) -> None:
    stuck = {"b"}

    def canceling(job: Any, work: Any) -> None:
        if job.element_id in stuck:
            raise ValueError("stuk")

    platform = open_platform(handlers={"canceling": canceling})
    one = CANCELING.replace("/></", ' retries="1"/></')
    inside = (
        Diagram()
        .start("s")
        .both("g")
        .user("a", one)
        .user("b", one)
        .end("e")
        .path("s", "g", "a", "e")
        .path("g", "b", "e")
    )
    d = (
        Diagram()
        .start()
        .sub("sub", inside)
        .user("na")
        .end()
        .message("m", "stop")
        .boundary("weg", "sub", message_event("m"))
    )
    deploy(platform, d.path("start", "sub", "end").path("weg", "na", "end"))
    key = platform.start("p", {"sleutel": "k"})
    platform.publish("stop", correlation_key="k")
    platform.run_due()
    held(platform, key)
    stuck.clear()
    platform.resolve(active_incidents(platform, key)[0].key)
    platform.run_due()

    do(platform, key, "na")
    done(platform, key, "COMPLETED")


@pytest.mark.parametrize("kind", ["sub", "call"])
def test_a_join_does_not_fire_in_a_scope_that_is_being_ended(platform: Platform, kind: str) -> None:
    """An inclusive join that would see that no other token can come: its scope has been left meanwhile."""
    inside = (
        Diagram("q").start("s").both("g").user("x").both("g2").user("y").user("t", CANCELING).user("nooit").end("e")
    )
    inside.node("inclusiveGateway", "j").code("error", "fout", "F").end("kapot", error_event("fout"))
    inside.path("s", "g", "x", "g2", "j", "nooit", "e").path("g2", "kapot").path("g", "y", "j").path("g", "t", "e")
    d = Diagram().start().user("na").end()
    if kind == "sub":
        d.sub("host", inside)
    else:
        d.call("host", "q").code("error", "fout", "F")
        deploy(platform, inside)
    deploy(
        platform, d.boundary("weg", "host", error_event("fout")).path("start", "host", "end").path("weg", "na", "end")
    )
    key = platform.start("p")
    do(platform, key if kind == "sub" else platform.instances("q")[0].key, "x")

    held(platform, key)
    assert platform.tasks(state="CREATED") == []
    platform.run_due()
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_a_task_that_ends_in_the_step_that_reaches_it_has_no_listeners(platform: Platform, worker: Worker) -> None:
    d = Diagram().start().both("g").end("stop", "<bpmn:terminateEventDefinition/>").user("t", CANCELING).end()
    deploy(platform, d.path("start", "g", "stop").path("g", "t", "end"))
    key = platform.start("p")

    done(platform, key, "COMPLETED")
    assert worker.seen == []


def test_a_behavior_that_leaves_its_activity_waits_for_the_listeners_of_the_rest(
    platform: Platform, worker: Worker
) -> None:
    body = (
        '<bpmn:multiInstanceLoopCharacteristics behavior="None"><bpmn:loopCardinality>2</bpmn:loopCardinality>'
        "<bpmn:completionCondition>= numberOfCompletedInstances = 1</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    d = (
        Diagram()
        .start()
        .user("t", CANCELING, body)
        .end()
        .user("na")
        .boundary("b", "t", "<bpmn:signalEventDefinition/>")
    )
    deploy(platform, d.path("start", "t", "end").path("b", "na", "end"))
    key = platform.start("p")
    do(platform, key, "t")

    held(platform, key)
    platform.run_due()
    assert len(worker.seen) == 1
    do(platform, key, "na")
    done(platform, key, "COMPLETED")


def test_a_worker_that_is_busy_while_its_case_is_suspended_is_not_heard(open_platform: Open) -> None:
    seen: list[int] = []

    def canceling(job: Any, work: Any) -> None:
        seen.append(job.key)
        if len(seen) == 1:
            platform.suspend(job.root_instance_key)

    platform = open_platform(handlers={"canceling": canceling})
    deploy(platform, one_task(CANCELING))
    key = platform.start("p")
    platform.cancel(key)
    platform.run_due()
    assert platform.instance(key).state == "SUSPENDED"
    platform.resume(key)
    platform.run_due()

    assert len(seen) == 2
    done(platform, key, "TERMINATED")


def test_the_engine_itself_ends_no_task_of_a_suspended_case(platform: Platform) -> None:
    deploy(platform, one_task(CANCELING))
    key = platform.start("p")
    platform.cancel(key)
    platform.suspend(key)
    element = next(e for e in platform.instance(key).elements if e.element_id == "t")
    with platform.context.db.write() as unit, pytest.raises(Conflict, match="suspended"):
        platform.services.steps.run(unit, lambda run: commands.job_done(run, element.key, {}), root_key=key)
    assert platform.instance(key).state == "SUSPENDED"


def test_a_modification_does_not_empty_a_called_instance_later(platform: Platform, worker: Worker) -> None:
    inside = Diagram().start("s").user("t", CANCELING).end("e").path("s", "t", "e")
    called = Diagram("q").start().sub("sub", inside).user("na").end().path("start", "sub", "na", "end")
    deploy(platform, called, Diagram().start().call("c", "q").end().path("start", "c", "end"))
    key = platform.start("p")
    child = platform.instances("q")[0].key
    with pytest.raises(Conflict, match="Nothing would be active"):
        platform.modify(child, terminate=[Terminate(element_id="t")])
    assert_sound(platform)
    platform.modify(child, move=[Move("na", source_id="t")])
    platform.run_due()
    do(platform, child, "na")

    assert len(worker.seen) == 1
    done(platform, key, "COMPLETED")
