"""A running case goes on in another version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, error_event, loop, message_event, timer
from sqlalchemy import select

from engine.doing import deploy, do, due, history, leftovers, open_tasks, waiting_for
from engine.drawing import FOLLOWS, condition, free_activities, one_task
from inburgering_flow.model.changes import MigrationRefused, Move
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t


def definition(platform: Platform, diagram: Diagram) -> int:
    """Deploy and return the key of the new version."""
    return next(d for d in platform.deploy_content(f"{diagram.process_id}.bpmn", diagram.xml()) if d.kind == "process").key


def test_a_task_moves_to_the_next_version_with_its_people_and_its_timer_keeps_its_moment(platform: Platform) -> None:
    old = (
        Diagram().start().user("a").boundary("t", "a", timer("timeDuration", "P1D")).boundary("weg", "a", timer("timeDuration", "P5D"))
        .end().path("start", "a", "end").path("t", "end").path("weg", "end")
    )  # fmt: skip
    new = (
        Diagram().message("m", "bericht").start().user("b").user("daarna").boundary("u", "b", timer("timeDuration", "P9D"))
        .boundary("nieuw", "b", message_event("m")).end()
        .path("start", "b", "daarna", "end").path("u", "end").path("nieuw", "end")
    )  # fmt: skip
    deploy(platform, old)
    key = platform.start("p", {"sleutel": "1"})
    task = platform.tasks(instance=key)[0]
    platform.claim(task.key, user="anna")
    before = due(platform, key)
    target = definition(platform, new)
    platform.clock.advance(hours=1)

    platform.migrate(key, target, {"a": "b", "t": "u"})

    assert platform.instance(key).version == 2
    assert due(platform, key) == {"u": before["t"]}
    assert waiting_for(platform, key) == {"nieuw": "bericht"}
    moved = platform.tasks(instance=key)[0]
    assert (moved.key, moved.element_id, moved.name, moved.assignee) == (task.key, "b", "b", "anna")
    do(platform, key, "b")
    do(platform, key, "daarna")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_ids_may_change_places(platform: Platform) -> None:
    diagram = Diagram().start().both("g").user("a").user("b").end().path("start", "g", "a", "end").path("g", "b", "end")
    deploy(platform, diagram)
    key = platform.start("p")
    first = {x.element_id: x.key for x in platform.tasks(instance=key)}

    platform.migrate(key, definition(platform, diagram.user("z").path("a", "z")), {"a": "b", "b": "a"})

    second = {x.element_id: x.key for x in platform.tasks(instance=key)}
    assert second == {"a": first["b"], "b": first["a"]}


def test_a_buffered_message_reaches_the_event_that_a_migration_opens(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p", {"sleutel": "1"})
    new = one_task().message("m", "bericht").boundary("b", "a", message_event("m")).end("door").path("b", "door")
    target = definition(platform, new)
    platform.publish("bericht", correlation_key="1")

    platform.migrate(key, target, same_ids=True)

    assert history(platform, key)[-1] == ("door", "COMPLETED")
    assert leftovers(platform) == {}


def test_tokens_at_a_join_stay_and_the_join_fires_when_it_is_complete_in_the_new_version(platform: Platform) -> None:
    old = (
        Diagram().start().both("g").user("a").user("b").both("j").user("na").end()
        .path("start", "g", "a", "j", "na", "end").path("g", "b", "j")
    )  # fmt: skip
    new = (
        Diagram().start().both("g").user("a").user("b").both("k").user("na").end().add(
            '<bpmn:sequenceFlow id="a_j" sourceRef="a" targetRef="k"/><bpmn:sequenceFlow id="b_j" sourceRef="b" targetRef="k"/>'
        ).path("start", "g", "a").path("g", "b").path("k", "na", "end")
    )  # fmt: skip
    less = (
        Diagram().start().both("g").user("a").user("b").both("k").user("na").end("end").end("los")
        .add('<bpmn:sequenceFlow id="a_j" sourceRef="a" targetRef="k"/>')
        .path("start", "g", "a").path("g", "b", "los").path("k", "na", "end")
    )  # fmt: skip
    deploy(platform, old)
    keys = [platform.start("p") for _ in range(2)]
    for key in keys:
        do(platform, key, "a")
    target = definition(platform, new)
    with pytest.raises(MigrationRefused, match="A token waits at 'j' and has no target"):
        platform.migrate(keys[0], target, same_ids=True)

    platform.migrate(keys[0], target, {"j": "k"}, same_ids=True)
    do(platform, keys[0], "b")
    assert open_tasks(platform, keys[0]) == ["na"]

    third = definition(platform, less.user("x").path("na", "x"))
    with pytest.raises(MigrationRefused, match="waits for no tokens"):
        platform.migrate(keys[1], third, {"j": "k"}, same_ids=True)
    assert platform.instance(keys[1]).version == 1


def test_a_join_with_fewer_flows_fires_at_the_migration_when_its_tokens_are_there(platform: Platform) -> None:
    def three(*into: str) -> Diagram:
        diagram = Diagram().start().both("g").user("a").user("b").user("c").both("j").user("na").end().path("start", "g")
        for task in ("a", "b", "c"):
            diagram.path("g", task, "j" if task in into else "end")
        return diagram.path("j", "na", "end")

    deploy(platform, three("a", "b", "c"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "b")

    platform.migrate(key, definition(platform, three("a", "b")), same_ids=True)

    assert open_tasks(platform, key) == ["c", "na"]
    again = platform.start("p")
    do(platform, again, "b")
    target = definition(platform, three("a", "c"))
    with pytest.raises(MigrationRefused, match="flow 'b_j', which does not lead to its target 'j'"):
        platform.migrate(again, target, same_ids=True)


def test_a_join_that_could_not_fire_is_looked_at_again_in_the_new_version(platform: Platform) -> None:
    old = (
        Diagram().start().xor("x", "x_a").user("a").user("b").both("j").user("na").end()
        .path("start", "x", "a", "j", "na", "end").path("x|1 = 2", "b", "j")
    )  # fmt: skip
    new = (
        Diagram().start().xor("x", "x_a").user("a").user("b").both("j").user("na").end()
        .path("start", "x", "a", "j", "na", "end").path("x|1 = 2", "b", "na").path("start", "j")
    )  # fmt: skip
    mended = (
        Diagram().start().xor("x", "x_a").user("a").user("b").both("j").user("na").end()
        .path("start", "x", "a", "j", "na", "end").path("x|1 = 2", "b", "na")
    )  # fmt: skip
    deploy(platform, old)
    key = platform.start("p")
    do(platform, key, "a")
    assert "waits for a token" in platform.instance(key).incidents[0].message

    platform.migrate(key, definition(platform, new), same_ids=True)
    assert [i.state for i in platform.instance(key).incidents] == ["RESOLVED", "ACTIVE"]
    with pytest.raises(MigrationRefused, match="waits for no tokens"):
        platform.migrate(key, definition(platform, mended), same_ids=True)
    platform.modify(key, move=[Move("na", source_id="j")])
    do(platform, key, "na")

    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_event_subprocesses_open_and_close_with_the_version(platform: Platform) -> None:
    def with_event(id: str, name: str) -> Diagram:
        inside = Diagram().start(f"{id}_s", body=message_event(f"{id}_m")).user(f"{id}_t").end(f"{id}_e")
        inside.path(f"{id}_s", f"{id}_t", f"{id}_e")
        return one_task().message(f"{id}_m", name).sub(id, inside, event=True)

    deploy(platform, with_event("oud", "een"))
    kept, closed = (platform.start("p", {"sleutel": str(n)}) for n in range(2))
    target = definition(platform, with_event("nieuw", "twee"))

    platform.migrate(kept, target, {"oud": "nieuw"}, same_ids=True)
    platform.migrate(closed, target, same_ids=True)

    assert waiting_for(platform, kept) == {"nieuw_s": "een"}  # what was evaluated stays
    assert waiting_for(platform, closed) == {"nieuw_s": "twee"}
    platform.publish("een", correlation_key="0")
    assert open_tasks(platform, kept) == ["nieuw_t"]


def test_an_interrupted_scope_does_not_begin_to_wait_again(platform: Platform) -> None:
    def interrupted(more: bool) -> Diagram:
        inside = Diagram().start("s2", body=message_event("m")).user("b").end("e2").path("s2", "b", "e2")
        diagram = one_task().message("m", "bericht").sub("esp", inside, event=True)
        if more:
            again = Diagram().start("s3", body=timer("timeDuration", "P1D")).end("e3").path("s3", "e3")
            diagram.sub("nieuw", again, event=True)
        return diagram

    deploy(platform, interrupted(False))
    key = platform.start("p", {"sleutel": "1"})
    platform.publish("bericht", correlation_key="1")

    platform.migrate(key, definition(platform, interrupted(True)), same_ids=True)

    assert due(platform, key) == {}
    do(platform, key, "b")
    assert leftovers(platform) == {}


def test_a_plan_that_does_not_fit_says_why_for_each_element_and_changes_nothing(platform: Platform) -> None:
    inside = Diagram().start("s2").user("in").end("e2").path("s2", "in", "e2")
    old = (
        Diagram().message("m", "bericht").start().both("g").user("a").boundary("t", "a", timer("timeDuration", "P1D")).user("b")
        .user("c").sub("s", inside).user("d").user("e", body=loop("[1]", "x")).node("intermediateCatchEvent", "w", body=message_event("m")).end()
        .path("start", "g")
    )  # fmt: skip
    for branch in ("a", "b", "c", "s", "d", "e", "w"):
        old.path("g", branch, "end")
    old.path("t", "end")
    new = (
        Diagram().message("m", "bericht").start().both("g").user("a").user("z").boundary("t", "z", timer("timeDuration", "P1D"))
        .service("c", "werk").user("in").sub("s", Diagram().start("s2").end("e2").path("s2", "e2"))
        .user("d", body=loop("[1]", "x")).user("e", body=loop("[1]", "x", sequential=True))
        .node("intermediateCatchEvent", "w", body=timer("timeDuration", "P1D")).end().path("start", "g")
    )  # fmt: skip
    for branch in ("a", "z", "c", "s", "d", "e", "w", "in"):
        new.path("g", branch, "end")
    new.path("t", "end")
    deploy(platform, old)
    key = platform.start("p", {"sleutel": "1"})
    target = definition(platform, new)
    before = history(platform, key), open_tasks(platform, key), due(platform, key)

    with pytest.raises(MigrationRefused) as refused:
        platform.migrate(key, target, {"niets": "a", "b": "nergens"}, same_ids=True)

    found = {r.element_id: r.message for r in refused.value.refusals}
    assert found == {
        "niets": "The running process has no element 'niets'.",
        "b": "'b' is active and has no target: map it to an element.",
        "c": "'c' is active, but its target 'c' is of another type (SERVICE_TASK instead of USER_TASK).",
        "in": "'in' is active, but its target 'in' lies in another scope than that of 'in'.",
        "d": "'d' is active, but its target 'd' is repeated in another way.",
        "e": "'e' is active, but its target 'e' is repeated in another way.",
        "w": "'w' is active, but its target 'w' waits for another kind of event.",
    }
    assert "The target process has no element 'nergens'." in refused.value.message
    assert (history(platform, key), open_tasks(platform, key), due(platform, key)) == before
    assert platform.instance(key).version == 1


def test_a_boundary_event_that_sits_elsewhere_or_is_of_another_kind_is_refused(platform: Platform) -> None:
    def guarded(host: str, event: str) -> Diagram:
        return (
            Diagram().message("m", "bericht").start().user("a").user("b").boundary("t", host, event).end()
            .path("start", "a", "b", "end").path("t", "end")
        )  # fmt: skip

    deploy(platform, guarded("a", timer("timeDuration", "P1D")))
    key = platform.start("p", {"sleutel": "1"})

    with pytest.raises(MigrationRefused, match="'t' waits at 'a', but its target 't' does not wait at 'a'"):
        platform.migrate(key, definition(platform, guarded("b", timer("timeDuration", "P1D"))), same_ids=True)
    with pytest.raises(MigrationRefused, match="'t' waits, but its target 't' is another kind of event"):
        platform.migrate(key, definition(platform, guarded("a", message_event("m"))), same_ids=True)


def test_two_events_must_not_become_one(platform: Platform) -> None:
    def timed(*ids: str) -> Diagram:
        diagram = one_task()
        for event_id in ids:
            diagram.boundary(event_id, "a", timer("timeDuration", "P1D"), interrupting=False).path(event_id, "end")
        return diagram

    deploy(platform, timed("t", "u"))
    key = platform.start("p")
    target = definition(platform, timed("t"))

    with pytest.raises(MigrationRefused, match="'u' and another event have the same target"):
        platform.migrate(key, target, {"t": "t", "u": "t"}, same_ids=True)


def test_a_message_that_a_job_sends_cannot_become_one_that_the_engine_sends(platform: Platform) -> None:
    def sends(extension: str) -> Diagram:
        diagram = Diagram().message("m", "bericht").start()
        return diagram.node("intermediateThrowEvent", "w", extension, message_event("m")).end().path("start", "w", "end")

    deploy(platform, sends('<zeebe:taskDefinition type="werk"/>'))
    key = platform.start("p")
    target = definition(platform, sends(""))

    with pytest.raises(MigrationRefused, match="only one of it and its target 'w' is done by a job worker"):
        platform.migrate(key, target, same_ids=True)


def test_an_element_whose_listeners_are_at_work_is_not_migrated(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"oor": lambda job, work: None})
    listener = '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="oor"/></zeebe:executionListeners>'
    diagram = Diagram().start().user("a", listener).end().path("start", "a", "end")
    deploy(platform, diagram)
    key = platform.start("p")
    target = definition(platform, diagram.user("b").path("a", "b"))

    with pytest.raises(MigrationRefused, match="listeners of 'a' are at work"):
        platform.migrate(key, target, same_ids=True)
    platform.run_due()
    platform.migrate(key, target, same_ids=True)

    assert platform.instance(key).version == 2


def test_activities_that_wait_for_their_turn_get_their_new_ids(platform: Platform) -> None:
    deploy(platform, free_activities(("x", "y")))
    key = platform.start("p")
    do(platform, key, "a")
    target = definition(platform, free_activities(("x", "z")))
    with pytest.raises(MigrationRefused, match="'y' waits for its turn and has no target"):
        platform.migrate(key, target, same_ids=True)

    platform.migrate(key, target, {"y": "z"}, same_ids=True)
    do(platform, key, "x")

    assert open_tasks(platform, key) == ["z"]


def test_what_has_not_begun_to_wait_yet_is_opened_once_when_it_is_retried(platform: Platform) -> None:
    def waiting(*extra: str) -> Diagram:
        inside = Diagram().start("s2", body=message_event("m")).end("e2").path("s2", "e2")
        diagram = one_task().message("m", "bericht", "= later").message("n", "ander", "= ook").sub("esp", inside, event=True)
        diagram.boundary("b", "a", message_event("n")).path("b", "end")
        for event_id in extra:
            again = Diagram().start(f"{event_id}_s", body=timer("timeDuration", "P9D")).end(f"{event_id}_e")
            diagram.sub(event_id, again.path(f"{event_id}_s", f"{event_id}_e"), event=True)
            diagram.boundary(f"{event_id}_b", "a", timer("timeDuration", "P9D")).path(f"{event_id}_b", "end")
        return diagram

    deploy(platform, waiting())
    at_start, at_task = platform.start("p"), platform.start("p", {"later": "1"})
    target = definition(platform, waiting("nieuw"))

    for key in (at_start, at_task):
        platform.migrate(key, target, same_ids=True)
        platform.services.processes.set_variables(key, {"later": "1", "ook": "2"})
        platform.resolve_all(key)
        platform.resolve_all(key)

        with platform.context.db.read() as unit:
            timers = list(unit.connection.execute(select(t.job.c.element_id).where(t.job.c.instance_key == key)).scalars())
        assert sorted(timers) == ["nieuw_b", "nieuw_s"]
        assert waiting_for(platform, key) == {"b": "ander", "s2": "bericht"}


def test_what_has_no_handler_any_more_is_not_undone(platform: Platform) -> None:
    def undoable(handler: bool) -> Diagram:
        diagram = (
            Diagram().start().user("a").user("weg")
            .node("intermediateThrowEvent", "terug", body="<bpmn:compensateEventDefinition/>").end()
            .path("start", "a", "weg", "terug", "end")
        )  # fmt: skip
        if handler:
            diagram.boundary("ca", "a", "<bpmn:compensateEventDefinition/>").user("h", isForCompensation="true")
            diagram.add('<bpmn:association id="x1" sourceRef="ca" targetRef="h" associationDirection="One"/>')
        return diagram

    deploy(platform, undoable(True))
    key = platform.start("p")
    do(platform, key, "a")

    platform.migrate(key, definition(platform, undoable(False)), same_ids=True)
    do(platform, key, "weg")

    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_new_event_whose_expression_fails_stops_the_whole_migration(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")
    new = one_task().message("m", "bericht").boundary("b", "a", message_event("m")).path("b", "end")

    with pytest.raises(MigrationRefused, match="correlation key"):
        platform.migrate(key, definition(platform, new), same_ids=True)

    assert platform.instance(key).version == 1
    do(platform, key, "a")
    assert platform.instance(key).state == "COMPLETED"


def test_what_can_be_undone_can_be_undone_in_the_new_version(platform: Platform) -> None:
    def undoable(handler: str) -> Diagram:
        return (
            Diagram().start().user("a").user("weg").node("intermediateThrowEvent", "terug", body="<bpmn:compensateEventDefinition/>").end()
            .boundary("ca", "a", "<bpmn:compensateEventDefinition/>").user(handler, isForCompensation="true")
            .path("start", "a", "weg", "terug", "end")
            .add(f'<bpmn:association id="x1" sourceRef="ca" targetRef="{handler}" associationDirection="One"/>')
        )  # fmt: skip

    deploy(platform, undoable("oud"))
    key = platform.start("p")
    do(platform, key, "a")

    platform.migrate(key, definition(platform, undoable("nieuw")), same_ids=True)
    do(platform, key, "weg")

    assert open_tasks(platform, key) == ["nieuw"]
    with pytest.raises(MigrationRefused, match="undoing"):
        platform.migrate(key, definition(platform, undoable("derde")), {"nieuw": "derde"}, same_ids=True)
    do(platform, key, "nieuw")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_job_with_an_incident_goes_on_in_the_new_version(open_platform: Callable[..., Platform]) -> None:
    broken = [True]

    def work(job: object, _: object) -> dict:
        if broken[0]:
            raise RuntimeError("stuk")
        return {"klaar": job.element_id}  # type: ignore[attr-defined]

    platform = open_platform(handlers={"werk": work})
    deploy(platform, Diagram().start().service("s", "werk", retries="1").end().path("start", "s", "end"))
    key = platform.start("p")
    platform.run_due()
    new = Diagram().start().service("z", "werk").user("na").end().path("start", "z", "na", "end")

    platform.migrate(key, definition(platform, new), {"s": "z"})

    assert platform.instance(key).incidents[0].element_id == "z"
    broken[0] = False
    assert platform.resolve_all(key) == 1
    platform.run_due()
    assert platform.instance(key).variables["klaar"] == "z"
    assert open_tasks(platform, key) == ["na"]


def test_a_called_instance_migrates_by_its_own_key_and_its_caller_goes_on(platform: Platform) -> None:
    deploy(platform, one_task("kind"), Diagram().start().call("c", "kind").end().path("start", "c", "end"))
    key = platform.start("p")
    child = platform.instances("kind")[0].key
    target = definition(platform, Diagram("kind").start().user("a").user("b").end().path("start", "a", "b", "end"))

    platform.migrate(child, target, same_ids=True)
    do(platform, key, "a")
    do(platform, key, "b")

    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_repeated_sub_process_and_an_event_gateway_migrate_in_the_middle(platform: Platform) -> None:
    def version(pause: str) -> Diagram:
        body = Diagram().start("s2").user("item").end("e2").path("s2", "item", "e2")
        return (
            Diagram().message("m", "bericht").start().both("g").sub("rep", body, body=loop("[1, 2]", "x"))
            .node("eventBasedGateway", "w").node("intermediateCatchEvent", "k", body=message_event("m"))
            .node("intermediateCatchEvent", pause, body=timer("timeDuration", "P1D")).end()
            .path("start", "g", "rep", "end").path("g", "w", "k", "end").path("w", pause, "end")
        )  # fmt: skip

    deploy(platform, version("p1"))
    key = platform.start("p", {"sleutel": "1"})
    do(platform, key, "item")
    before = due(platform, key)

    platform.migrate(key, definition(platform, version("p2")), {"p1": "p2"}, same_ids=True)

    assert due(platform, key) == {"p2": before["p1"]}
    do(platform, key, "item")
    platform.publish("bericht", correlation_key="1")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_what_an_uncaught_error_stopped_can_be_migrated_to_a_version_that_catches_it(
    open_platform: Callable[..., Platform],
) -> None:
    from inburgering_flow.model.plugin import BpmnError

    def work(*_: object) -> None:
        raise BpmnError("mis")

    def version(catches: bool) -> Diagram:
        diagram = Diagram().code("error", "e", "mis").start().service("s", "werk").end().path("start", "s", "end")
        return diagram.boundary("vang", "s", error_event("e")).user("hulp").path("vang", "hulp", "end") if catches else diagram

    platform = open_platform(handlers={"werk": work})
    deploy(platform, version(False))
    key = platform.start("p")
    platform.run_due()

    platform.migrate(key, definition(platform, version(True)), same_ids=True)
    platform.resolve_all(key)
    platform.run_due()

    assert open_tasks(platform, key) == ["hulp"]


def migrated(platform: Platform, key: int, diagram: Diagram, **mapping: str) -> None:
    platform.migrate(key, definition(platform, diagram), mapping, same_ids=True)


def test_a_condition_that_holds_in_the_new_version_happens_at_the_migration(platform: Platform) -> None:
    def waits(text: str) -> Diagram:
        return (
            Diagram()
            .start()
            .node("intermediateCatchEvent", "c", body=condition(text))
            .user("a")
            .path("start", "c", "a")
        )

    deploy(platform, waits("x > 3"))
    key = platform.start("p", {"x": 2})
    migrated(platform, key, waits("x > 1"))

    assert open_tasks(platform, key) == ["a"]


def test_a_border_event_that_interrupts_no_more_takes_every_message(platform: Platform) -> None:
    def version(*, interrupting: bool) -> Diagram:
        d = (
            Diagram()
            .message("m", "bericht")
            .start()
            .user("a")
            .boundary("b", "a", message_event("m"), interrupting=interrupting)
        )
        return d.user("r").end().path("start", "a", "end").path("b", "r")

    deploy(platform, version(interrupting=True))
    key = platform.start("p", {"sleutel": "x"})
    migrated(platform, key, version(interrupting=False))
    platform.suspend(key)
    for _number in range(2):
        platform.publish("bericht", correlation_key="x")
    platform.resume(key)

    assert open_tasks(platform, key) == ["a", "r", "r"]


def test_tokens_at_a_join_follow_the_renamed_element_that_they_came_from(platform: Platform) -> None:
    def version(first: str) -> Diagram:
        d = Diagram().start().both("g").user(first).user("b").both("j").user("c").end()
        return d.path("start", "g", first, "j", "c", "end").path("g", "b", "j")

    deploy(platform, version("a"))
    key = platform.start("p")
    do(platform, key, "a")
    with pytest.raises(MigrationRefused, match="on flow 'a_j'"):
        migrated(platform, key, version("nieuw"))
    migrated(platform, key, version("nieuw"), a="nieuw")
    do(platform, key, "b")

    assert open_tasks(platform, key) == ["c"]


def test_a_join_whose_incoming_elements_change_places_keeps_its_token(platform: Platform) -> None:
    def version(first: str, second: str) -> Diagram:
        d = Diagram().start().both("g").user("a").user("b").both("j").user("c").end()
        return d.path("start", "g", first, "j", "c", "end").path("g", second, "j")

    deploy(platform, version("a", "b"))
    key = platform.start("p")
    do(platform, key, "a")
    migrated(platform, key, version("b", "a"), a="b", b="a")
    do(platform, key, "a")

    assert open_tasks(platform, key) == ["c"]


@pytest.mark.parametrize("where", ["catch", "border"])
def test_what_has_happened_of_an_event_that_needs_several_is_kept_under_its_new_id(
    platform: Platform, where: str
) -> None:
    def version(name: str) -> Diagram:
        d = Diagram().message("m", "bericht").message("n", "ander").start().user("r")
        both = message_event("m") + message_event("n")
        if where == "catch":
            d.node("intermediateCatchEvent", name, body=both, parallelMultiple="true").path("start", name, "r")
        else:
            d.user("u").node("boundaryEvent", name, body=both, parallelMultiple="true", attachedToRef="u")
            d.path("start", "u").path(name, "r")
        return d

    deploy(platform, version("oud"))
    key = platform.start("p", {"sleutel": "s"})
    platform.publish("bericht", correlation_key="s")
    migrated(platform, key, version("nieuw"), oud="nieuw")
    platform.publish("ander", correlation_key="s")

    assert open_tasks(platform, key) == ["r"]


def test_a_form_that_an_expression_chose_stays_with_its_task(platform: Platform) -> None:
    def version(next_id: str) -> Diagram:
        form = '<zeebe:formDefinition formId="= welk"/>'
        return Diagram().start().user("a", form).user(next_id).path("start", "a", next_id)

    platform.deploy_content("f.form", '{"id": "f", "type": "default", "components": [], "schemaVersion": 16}')
    deploy(platform, version("b"))
    key = platform.start("p", {"welk": "f"})
    migrated(platform, key, version("c"))

    assert [task.form_id for task in platform.tasks(instance=key)] == ["f"]
    do(platform, key, "a")


@pytest.mark.parametrize("before", [True, False])
def test_an_event_sub_process_that_runs_goes_on_interrupting_or_not(platform: Platform, before: bool) -> None:
    def version(*, interrupting: bool) -> Diagram:
        start = str(interrupting).lower()
        h = Diagram().node("startEvent", "h_start", body=message_event("m"), isInterrupting=start).user("h_taak")
        d = Diagram().message("m", "bericht").start().user("a").path("start", "a")
        return d.sub("h", h.path("h_start", "h_taak"), event=True)

    deploy(platform, version(interrupting=before))
    key = platform.start("p", {"sleutel": "x"})
    fresh = platform.start("p", {"sleutel": "y"})
    platform.publish("bericht", correlation_key="x")

    with pytest.raises(MigrationRefused, match="'h' is active and"):
        migrated(platform, key, version(interrupting=not before))
    migrated(platform, fresh, version(interrupting=not before))
    platform.publish("bericht", correlation_key="y")
    assert open_tasks(platform, fresh) == (["a", "h_taak"] if before else ["h_taak"])


def test_a_migrated_timer_follows_the_variables_of_its_new_version(platform: Platform) -> None:
    def waits(variable: str, extension: str) -> Diagram:
        d = Diagram().start().node("intermediateCatchEvent", "c", extension, timer("timeDate", f"= {variable}"))
        return d.user("a").path("start", "c", "a")

    late, soon = "2026-03-01T00:00:00Z", "2026-01-06T00:00:00Z"
    deploy(platform, waits("een", FOLLOWS))
    follows, stays, begins = (platform.start("p", {"een": late, "twee": late}) for _number in range(3))
    migrated(platform, follows, waits("twee", FOLLOWS))
    migrated(platform, stays, waits("een", ""))
    migrated(platform, begins, waits("een", ""))
    migrated(platform, begins, waits("een", FOLLOWS))

    platform.services.processes.set_variables(follows, {"twee": soon})
    platform.services.processes.set_variables(stays, {"een": soon})
    platform.services.processes.set_variables(begins, {"een": soon})
    platform.clock.advance(days=2)
    platform.run_due()

    assert [open_tasks(platform, key) for key in (follows, stays, begins)] == [["a"], [], ["a"]]
