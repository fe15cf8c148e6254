"""Two actors at once: exactly one wins on the same task; different tasks of one case never collide."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from diagrams import Diagram, loop, message_event, timer
from invariants import assert_sound
from sqlalchemy import insert, update
from variants import examples

from inburgering_flow.errors import Collided, Conflict
from inburgering_flow.model.plugin import Job, Work
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import SQLITE


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


@pytest.mark.parametrize("round", range(examples(2, 5)))
def test_of_two_who_complete_the_same_task_one_gets_conflict(platform: Platform, round: int) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").user("b").end().path("start", "a", "b", "end").xml())
    key = platform.start("p")
    task = platform.tasks(state="CREATED")[0].key

    results = at_once(
        *(lambda user=user: platform.complete(task, {"door": user}, user=user) for user in ("anna", "bert", "cor"))
    )

    assert [type(r) for r in results if r is not None] == [Conflict, Conflict], results
    assert [e.element_id for e in platform.instance(key).elements] == ["start", "a", "b"]
    assert_sound(platform)


@pytest.mark.parametrize("round", range(examples(2, 5)))
def test_of_two_who_claim_the_same_task_one_gets_conflict(platform: Platform, round: int) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    platform.start("p")
    task = platform.tasks(state="CREATED")[0].key

    results = at_once(*(lambda user=user: platform.claim(task, user=user) for user in ("anna", "bert")))

    assert [type(r) for r in results if r is not None] == [Conflict]
    assert_sound(platform)


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
    assert_sound(platform)


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
    assert_sound(platform)


def test_of_a_person_and_a_timer_at_once_one_wins_and_nothing_is_left_over(platform: Platform) -> None:
    diagram = (
        Diagram().start().user("a").boundary("t", "a", timer("timeDuration", "P1D")).user("b").user("c").end()
        .path("start", "a", "b", "end").path("t", "c", "end")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    keys = [platform.start("p") for _ in range(8)]
    tasks = [platform.tasks(state="CREATED", instance=key)[0].key for key in keys]
    platform.clock.advance(days=1)

    results = at_once(platform.run_due, *(lambda task=task: platform.complete(task, {}, user="anna") for task in tasks))

    assert {type(r) for r in results if r is not None} <= {Conflict}
    platform.run_due()
    for key in keys:
        assert [x.element_id for x in platform.tasks(state="CREATED", instance=key)] in (["b"], ["c"])
    assert_sound(platform)


def test_of_two_messages_and_a_cancel_at_once_nothing_is_left_over(platform: Platform) -> None:
    diagram = (
        Diagram().message("m", "bericht").start().user("a").boundary("b", "a", message_event("m")).user("c").end()
        .path("start", "a", "end").path("b", "c", "end")
    )  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    keys = [platform.start("p", {"sleutel": str(n)}) for n in range(4)]

    results = at_once(
        *(lambda n=n: platform.publish("bericht", correlation_key=str(n % 4)) for n in range(8)),
        *(lambda key=key: platform.cancel(key) for key in keys),
    )

    assert [r for r in results if r is not None] == []
    assert {platform.instance(key).state for key in keys} == {"TERMINATED"}
    assert_sound(platform)


@pytest.mark.parametrize("round", range(examples(2, 4)))
def test_two_nodes_that_store_the_same_letter_at_once_both_succeed(
    open_platform: Callable[..., Platform], round: int
) -> None:
    barrier = threading.Barrier(2)

    def write(job: Job, work: Work) -> None:
        barrier.wait(timeout=20)
        work.add_document(name="brief", title="Brief", kind="brief", content=b"dezelfde")

    nodes = [open_platform(handlers={"brief": write}, settings_=Settings(secret="t", node=n)) for n in (1, 2)]
    nodes[0].deploy_content("p.bpmn", Diagram().start().service("s", "brief").end().path("start", "s", "end").xml())
    keys = [nodes[0].start("p") for _ in range(2)]
    jobs = nodes[0].services.jobs.due()

    results = at_once(*(lambda n=n: nodes[n].services.jobs.run(jobs[n], f"node {n}") for n in range(2)))

    assert results == [None, None]
    assert [len(nodes[0].documents(key)) for key in keys] == [1, 1]
    assert_sound(nodes[0])


@pytest.mark.parametrize("round", range(examples(2, 4)))
def test_of_two_who_publish_the_same_message_at_once_one_gets_conflict(
    open_platform: Callable[..., Platform], round: int
) -> None:
    nodes = [open_platform(settings_=Settings(secret="t", node=n)) for n in (1, 2)]

    results = at_once(*(lambda n=node: n.publish("m", correlation_key="1", message_id="x") for node in nodes))

    assert [isinstance(r, Conflict) for r in results if r is not None] == [True], results


@pytest.mark.parametrize("round", range(examples(2, 4)))
def test_of_two_who_register_the_same_person_at_once_one_gets_conflict(
    open_platform: Callable[..., Platform], round: int
) -> None:
    nodes = [open_platform(settings_=Settings(secret="t", node=n)) for n in (1, 2)]
    fields = {"achternaam": "Jansen", "bsn": "999990020"}

    results = at_once(*(lambda n=node: n.register_person(fields) for node in nodes))

    refused = [r for r in results if r is not None]
    assert len(refused) == 1, results
    assert isinstance(refused[0], Conflict), results


def test_a_deadlock_is_busy_and_changes_nothing(platform: Platform) -> None:
    """Two transactions that take two rows in opposite order; on SQLite the second writer only waits."""
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.account), [
            {"username": name, "display_name": name, "email": "", "password_hash": "", "roles": [], "active": True,
             "session_epoch": 0} for name in ("a", "b")
        ])  # fmt: skip
    barrier = threading.Barrier(2)

    def change(first: str, second: str) -> None:
        with platform.context.db.write() as unit:
            one = update(t.account).values(session_epoch=1)
            unit.connection.execute(one.where(t.account.c.username == first))
            if unit.dialect is not SQLITE:
                barrier.wait(timeout=20)
            unit.connection.execute(one.where(t.account.c.username == second))

    results = at_once(lambda: change("a", "b"), lambda: change("b", "a"))

    expected = [] if platform.context.db.dialect is SQLITE else [Collided]  # a Busy that a use case tries again
    assert [type(r) for r in results if r is not None] == expected, results
