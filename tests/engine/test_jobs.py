"""Work that the engine gives to workers, and listeners around it."""

from __future__ import annotations

from collections.abc import Callable

from diagrams import Diagram

from engine.doing import deploy, do, finished, leftovers, open_tasks, troubles
from inburgering_flow.platform import Platform


def test_a_job_runs_its_worker_and_hands_back_variables(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"tel": lambda job, work: {"som": job.variables["a"] + 1}})
    deploy(platform, Diagram().start().service("s", "tel").end().path("start", "s", "end"))
    key = platform.start("p", {"a": 1})
    assert platform.instance(key).state == "ACTIVE"

    assert platform.run_due() == 1

    assert platform.instance(key).variables == {"a": 1, "som": 2}
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_job_without_retries_left_is_an_incident_and_can_be_tried_again(
    open_platform: Callable[..., Platform],
) -> None:
    broken = [True]

    def worker(job: object, work: object) -> dict[str, object]:
        if broken[0]:
            raise RuntimeError("printer op")
        return {}

    platform = open_platform(handlers={"druk": worker})
    deploy(platform, Diagram().start().service("s", "druk", retries="2").end().path("start", "s", "end"))
    key = platform.start("p")
    platform.run_due()
    incident = platform.instance(key).incidents[0]
    assert (incident.error_type, incident.state) == ("JOB_NO_RETRIES", "ACTIVE")
    assert "printer op" in incident.message
    broken[0] = False

    platform.resolve(incident.key)
    platform.run_due()

    assert platform.instance(key).state == "COMPLETED"
    assert not platform.instance(key).has_incident


def test_a_pause_between_tries_that_is_no_duration_is_told_and_not_an_endless_failure(
    open_platform: Callable[..., Platform],
) -> None:
    def fails(job: object, work: object) -> None:
        raise ValueError("de drukker staat uit")

    platform = open_platform(handlers={"brief": fails})
    pause = '<zeebe:taskHeaders><zeebe:header key="retryBackoff" value="even"/></zeebe:taskHeaders>'
    deploy(platform, Diagram().start().service("a", "brief", pause).end().path("start", "a", "end"))
    key = platform.start("p")
    platform.run_due()

    [message] = troubles(platform, key)
    assert "ValueError: de drukker staat uit" in message
    assert "'even' is not an ISO 8601 duration" in message


def test_execution_listeners_run_before_and_after_the_work(open_platform: Callable[..., Platform]) -> None:
    seen: list[str] = []

    def listener(job, work):  # type: ignore[no-untyped-def]
        seen.append(job.type)
        return {"gehoord": job.type}

    platform = open_platform(handlers={"voor": listener, "na": listener})
    extension = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="voor"/>'
        '<zeebe:executionListener eventType="end" type="na"/></zeebe:executionListeners>'
    )
    deploy(platform, Diagram().start().user("t", extension).end().path("start", "t", "end"))
    key = platform.start("p")
    assert open_tasks(platform, key) == []
    platform.run_due()
    do(platform, key, "t")
    assert platform.instance(key).state == "ACTIVE"
    platform.run_due()

    assert seen == ["voor", "na"]
    assert finished(platform, key)
