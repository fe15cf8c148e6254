"""A case that stands still: nothing moves in it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from diagrams import Diagram, message_event, timer

from engine.doing import deploy, do, due, element_key, history, leftovers
from engine.drawing import condition, one_task
from inburgering_flow.engine import commands
from inburgering_flow.errors import Conflict, NotFound
from inburgering_flow.model.changes import Activate
from inburgering_flow.platform import Platform


def test_a_suspended_case_refuses_work_on_its_tasks_and_goes_on_after_resuming(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")
    task = platform.tasks(instance=key)[0].key

    platform.suspend(key)

    assert platform.instance(key).state == "SUSPENDED"
    with pytest.raises(Conflict, match="suspended"):
        platform.claim(task, user="anna")
    with pytest.raises(Conflict, match="suspended"):
        platform.complete(task, {}, user="anna")
    with pytest.raises(Conflict, match="found SUSPENDED"):
        platform.suspend(key)

    platform.resume(key)
    do(platform, key, "a")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}
    with pytest.raises(Conflict, match="found COMPLETED"):
        platform.resume(key)


def test_timers_of_a_suspended_case_stay_due_and_fire_when_it_goes_on(platform: Platform) -> None:
    late = (
        Diagram().start().user("a").boundary("late", "a", timer("timeDuration", "P1D")).end().end("gone")
        .path("start", "a", "end").path("late", "gone")
    )  # fmt: skip
    deploy(platform, late)
    key = platform.start("p")
    before = due(platform, key)

    platform.suspend(key)
    platform.clock.advance(days=2)

    assert platform.services.jobs.due() == []
    assert platform.next_due() is None
    assert platform.run_due() == 0
    assert due(platform, key) == before
    platform.resume(key)
    assert platform.run_due() == 1
    assert history(platform, key)[-1] == ("gone", "COMPLETED")
    assert leftovers(platform) == {}


def test_a_worker_that_is_busy_while_its_case_is_suspended_is_not_heard_and_the_job_runs_again_with_its_key(
    open_platform: Callable[..., Platform],
) -> None:
    seen: list[int] = []
    platforms: list[Platform] = []

    def work(job: object, _: object) -> dict:
        seen.append(job.key)  # type: ignore[attr-defined]
        if len(seen) == 1:
            platforms[0].suspend(job.root_instance_key)  # type: ignore[attr-defined]
        return {"gedaan": len(seen)}

    platform = open_platform(handlers={"werk": work})
    platforms.append(platform)
    deploy(platform, Diagram().start().service("s", "werk").end().path("start", "s", "end"))
    key = platform.start("p")

    platform.run_due()
    assert platform.instance(key).state == "SUSPENDED"
    assert "gedaan" not in platform.instance(key).variables
    platform.resume(key)
    platform.run_due()

    assert platform.instance(key).variables["gedaan"] == 2
    assert seen[0] == seen[1]
    assert len(seen) == 2


def test_messages_for_a_suspended_case_wait_and_reach_it_afterwards_while_they_are_alive(platform: Platform) -> None:
    both = Diagram().message("m", "kort").message("n", "lang").start().both("g").end()
    for event, message in (("k", "m"), ("l", "n")):
        both.node("intermediateCatchEvent", event, body=message_event(message)).path("g", event, "end")
    deploy(platform, both.path("start", "g"))
    key = platform.start("p", {"sleutel": "1"})
    platform.suspend(key)

    short = platform.publish("kort", correlation_key="1", time_to_live=timedelta(hours=1))
    long = platform.publish("lang", correlation_key="1", variables={"x": 1})
    with pytest.raises(NotFound):
        platform.correlate("lang", correlation_key="1")
    assert short.instance_keys == long.instance_keys == ()

    platform.clock.advance(hours=2)
    platform.resume(key)

    assert ("l", "COMPLETED") in history(platform, key)
    assert ("k", "ACTIVE") in history(platform, key)
    assert platform.instance(key).variables["x"] == 1


def signal_event(id: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="{id}"/>'


def test_a_signal_passes_a_suspended_case_by(platform: Platform) -> None:
    diagram = Diagram().start().node("intermediateCatchEvent", "s", body=signal_event("sig")).end().path("start", "s", "end")
    diagram.definitions.append('<bpmn:signal id="sig" name="alarm"/>')
    thrower = Diagram("q").start().node("intermediateThrowEvent", "roep", body=signal_event("sig")).end()
    thrower.definitions.append('<bpmn:signal id="sig" name="alarm"/>')
    deploy(platform, diagram, thrower.path("start", "roep", "end"))
    still, moving = platform.start("p"), platform.start("p")
    platform.suspend(still)

    platform.start("q")

    assert platform.instance(moving).state == "COMPLETED"
    assert ("s", "ACTIVE") in history(platform, still)


def test_variables_can_be_set_while_a_case_is_suspended_and_conditions_are_looked_at_when_it_goes_on(
    platform: Platform,
) -> None:
    waits = Diagram().start().node("intermediateCatchEvent", "c", body=condition("x = 1")).end().path("start", "c", "end")
    deploy(platform, waits)
    key = platform.start("p", {"x": 0})
    platform.suspend(key)

    platform.services.processes.set_variables(key, {"x": 1})
    assert ("c", "ACTIVE") in history(platform, key)
    platform.resume(key)

    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_suspended_family_stands_still_as_a_whole_and_can_be_cancelled(platform: Platform) -> None:
    deploy(platform, one_task("kind"), Diagram().start().call("c", "kind").end().path("start", "c", "end"))
    key = platform.start("p")
    child = platform.instances("kind")[0].key

    platform.suspend(child)

    assert {platform.instance(k).state for k in (key, child)} == {"SUSPENDED"}
    platform.cancel(key)
    assert {platform.instance(k).state for k in (key, child)} == {"TERMINATED"}
    assert leftovers(platform) == {}


def test_an_incident_of_a_suspended_case_waits_for_it_to_go_on(platform: Platform) -> None:
    deploy(platform, Diagram().start().xor("g", "g_b").user("a").user("b").end()
           .path("start", "g|x > 1", "a", "end").path("g", "b", "end"))  # fmt: skip
    key = platform.start("p")
    platform.suspend(key)

    for act in (lambda: platform.resolve(platform.instance(key).incidents[0].key), lambda: platform.resolve_all(key)):
        with pytest.raises(Conflict, match="suspended"):
            act()
    for act in (
        lambda: platform.modify(key, activate=[Activate("b")]),
        lambda: platform.migrate(key, platform.instance(key).process_definition_key, same_ids=True),
    ):
        with pytest.raises(Conflict, match="suspended"):
            act()


def test_a_job_without_retries_waits_for_its_suspended_case_too(open_platform: Callable[..., Platform]) -> None:
    def work(*_: object) -> None:
        raise RuntimeError("stuk")

    platform = open_platform(handlers={"werk": work})
    deploy(platform, Diagram().start().service("s", "werk", retries="1").end().path("start", "s", "end"))
    key = platform.start("p")
    platform.run_due()
    platform.suspend(key)

    with pytest.raises(Conflict, match="suspended"):
        platform.resolve(platform.instance(key).incidents[0].key)
    with pytest.raises(Conflict, match="suspended"):
        platform.resolve_all(key)


def test_the_engine_itself_moves_no_token_of_a_suspended_case(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")
    element = element_key(platform, key, "a")
    platform.suspend(key)

    with platform.context.db.write() as unit, pytest.raises(Conflict, match="suspended"):
        platform.services.steps.run(unit, lambda run: commands.complete(run, element, {}), root_key=key)


def test_a_timer_that_follows_its_variables_does_so_while_its_case_stands_still(platform: Platform) -> None:
    follow = '<zeebe:properties><zeebe:property name="herberekenen" value="true"/></zeebe:properties>'
    dated = Diagram().start().user("a").boundary("t", "a", timer("timeDate", "= uiterlijk"), extension=follow).end()
    deploy(platform, dated.path("start", "a", "end").path("t", "end"))
    key = platform.start("p", {"uiterlijk": "2026-01-10"})
    platform.suspend(key)

    platform.services.processes.set_variables(key, {"uiterlijk": "2026-02-10"})
    platform.resume(key)
    platform.clock.set("2026-01-20T09:00:00+01:00")

    assert platform.run_due() == 0
