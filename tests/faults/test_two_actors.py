"""Two actors at once: exactly one wins on the same task; different tasks of one case never collide."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from diagrams import Diagram, loop

from inburgering_flow.errors import Conflict
from inburgering_flow.platform import Platform


def at_once(*acts: Callable[[], object]) -> list[BaseException | None]:
    """Run all in threads that start together; return what each raised."""
    barrier = threading.Barrier(len(acts))
    results: list[BaseException | None] = [None] * len(acts)

    def run(n: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # handed to the test, which judges it
            results[n] = error

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("round", range(5))
def test_of_two_who_complete_the_same_task_one_gets_conflict(platform: Platform, round: int) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").user("b").end().path("start", "a", "b", "end").xml())
    key = platform.start("p")
    task = platform.tasks(state="CREATED")[0].key

    results = at_once(
        *(lambda user=user: platform.complete(task, {"door": user}, user=user) for user in ("anna", "bert", "cor"))
    )

    assert [type(r) for r in results if r is not None] == [Conflict, Conflict], results
    assert [e.element_id for e in platform.instance(key).elements] == ["start", "a", "b"]


@pytest.mark.parametrize("round", range(5))
def test_of_two_who_claim_the_same_task_one_gets_conflict(platform: Platform, round: int) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    platform.start("p")
    task = platform.tasks(state="CREATED")[0].key

    results = at_once(*(lambda user=user: platform.claim(task, user=user) for user in ("anna", "bert")))

    assert [type(r) for r in results if r is not None] == [Conflict]


def test_different_tasks_of_one_case_can_be_completed_at_once_without_losing_anything(platform: Platform) -> None:
    diagram = Diagram().start().user("a", body=loop("items", "item")).end().path("start", "a", "end")
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p", {"items": list(range(12))})
    tasks = [x.key for x in platform.tasks(state="CREATED")]

    results = at_once(
        *(lambda n=n, task=task: platform.complete(task, {f"v{n}": n}, user="anna") for n, task in enumerate(tasks))
    )

    assert results == [None] * 12
    instance = platform.instance(key)
    assert instance.state == "COMPLETED"
    assert {f"v{n}": n for n in range(12)}.items() <= dict(instance.variables).items()


def test_two_executors_run_each_job_once(open_platform: Callable[..., Platform]) -> None:
    seen: list[int] = []
    platform = open_platform(handlers={"werk": lambda job, work: seen.append(job.key)})
    diagram = Diagram().start().node(
        "serviceTask", "s", '<zeebe:taskDefinition type="werk"/>', loop("items", "item")
    ).end().path("start", "s", "end")  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p", {"items": list(range(30))})

    at_once(platform.run_due, platform.run_due, platform.run_due)

    assert platform.instance(key).state == "COMPLETED"
    assert len(seen) == len(set(seen)) == 30
