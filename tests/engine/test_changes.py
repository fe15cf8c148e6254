"""Changing what runs: standing still, modification, migration, deletion; rows are checked after each test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from diagrams import Diagram, error_event, loop, message_event, timer
from sqlalchemy import func, select

from engine.test_elements import deploy, do, history, leftovers, open_tasks
from inburgering_flow.engine import commands
from inburgering_flow.errors import Conflict, Forbidden, NotFound
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.changes import (
    Activate,
    MigrationPlan,
    MigrationRefused,
    Modification,
    ModificationRefused,
    Move,
    SetVariables,
    Terminate,
)
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t

CLERK = Actor("karin", ("klantmanager",), table=ROLES)
ADMIN = Actor("fred", ("functioneel-beheerder",), table=ROLES)


def signal(id: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="{id}"/>'


def condition(text: str) -> str:
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>= {text}</bpmn:condition></bpmn:conditionalEventDefinition>"


def one_task(process_id: str = "p") -> Diagram:
    return Diagram(process_id).start().user("a").end().path("start", "a", "end")


def definition(platform: Platform, diagram: Diagram) -> int:
    """Deploy and return the key of the new version."""
    return next(d for d in platform.deploy_content(f"{diagram.process_id}.bpmn", diagram.xml()) if d.kind == "process").key


def element_key(platform: Platform, key: int, element: str, number: int = 0) -> int:
    found = [e.key for e in platform.instance(key).elements if e.element_id == element and e.state == "ACTIVE"]
    return found[number]


def due(platform: Platform, key: int) -> dict[str, object]:
    with platform.context.db.read() as unit:
        rows = unit.connection.execute(select(t.job.c.element_id, t.job.c.due).where(t.job.c.instance_key == key))
        return {row[0]: row[1] for row in rows}


def waiting_for(platform: Platform, key: int) -> dict[str, str]:
    s = t.subscription.c
    with platform.context.db.read() as unit:
        return {r[0]: r[1] for r in unit.connection.execute(select(s.element_id, s.name).where(s.instance_key == key))}


def actions(platform: Platform) -> list[str]:
    with platform.context.db.read() as unit:
        return list(unit.connection.execute(select(t.audit.c.action).order_by(t.audit.c.key)).scalars())


# -- standing still ------------------------------------------------------------------------------------------------


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


def test_a_signal_passes_a_suspended_case_by(platform: Platform) -> None:
    diagram = Diagram().start().node("intermediateCatchEvent", "s", body=signal("sig")).end().path("start", "s", "end")
    diagram.definitions.append('<bpmn:signal id="sig" name="alarm"/>')
    thrower = Diagram("q").start().node("intermediateThrowEvent", "roep", body=signal("sig")).end()
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


def test_only_who_may_manage_processes_changes_what_runs_and_the_log_tells_who_did(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")
    plan = MigrationPlan(platform.instance(key).process_definition_key, same_ids=True)
    acts = [
        lambda actor: platform.services.changes.suspend(key, actor),
        lambda actor: platform.services.changes.resume(key, actor),
        lambda actor: platform.services.changes.modify(key, Modification(move=[Move("a", source_id="a")]), actor),
        lambda actor: platform.services.migration_plans.migrate(key, plan, actor),
        lambda actor: platform.services.processes.cancel(key, actor),
        lambda actor: platform.services.deletions.delete(key, actor),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act(CLERK)

    for act in acts:
        act(ADMIN)

    assert actions(platform)[-6:] == [
        "process.suspend", "process.resume", "process.modify", "process.migrate", "process.cancel", "process.delete",
    ]  # fmt: skip


# -- modification --------------------------------------------------------------------------------------------------


def test_an_element_is_activated_beside_what_runs_with_variables_where_they_are_asked_for(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    key = platform.start("p")

    platform.modify(
        key, activate=[Activate("b", [SetVariables({"x": 1}), SetVariables({"y": 2}, "b")])]
    )

    assert open_tasks(platform, key) == ["a", "b"]
    assert platform.instance(key).variables == {"x": 1}
    do(platform, key, "b")
    assert platform.instance(key).state == "ACTIVE"
    do(platform, key, "a")
    do(platform, key, "b")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def nested() -> Diagram:
    deep = Diagram().start("s3").user("diep").end("e3").path("s3", "diep", "e3")
    inner = Diagram().start("s2").user("in").sub("binnen", deep).end("e2").path("s2", "in", "binnen", "e2")
    return (
        Diagram().message("m", "bericht").start().user("a").sub("buiten", inner)
        .boundary("t", "buiten", timer("timeDuration", "P1D")).user("na").end()
        .path("start", "a", "buiten", "na", "end").path("t", "na")
    )  # fmt: skip


def test_scopes_that_are_not_active_are_made_with_their_boundary_events(platform: Platform) -> None:
    deploy(platform, nested())
    key = platform.start("p")

    platform.modify(
        key, activate=[Activate("diep", [SetVariables({"z": 3}, "buiten")]), Activate("in")],
        terminate=[Terminate(element_id="a")],
    )  # fmt: skip

    states = history(platform, key)
    assert states.count(("buiten", "ACTIVE")) == states.count(("binnen", "ACTIVE")) == 1
    assert ("s2", "COMPLETED") not in states
    assert "t" in due(platform, key)
    assert open_tasks(platform, key) == ["diep", "in"]
    do(platform, key, "diep")
    do(platform, key, "in")
    do(platform, key, "diep")
    assert "z" not in platform.instance(key).variables
    do(platform, key, "na")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_with_two_active_scopes_the_ancestor_must_be_named(platform: Platform) -> None:
    deploy(platform, nested())
    key = platform.start("p")
    do(platform, key, "a")
    platform.modify(key, activate=[Activate("diep", ancestor_key=key)])  # what lies between is made anew

    assert history(platform, key).count(("buiten", "ACTIVE")) == 2
    with pytest.raises(ModificationRefused, match="'buiten' around 'in' is active 2 times"):
        platform.modify(key, activate=[Activate("in")])
    second = element_key(platform, key, "buiten", 1)
    platform.modify(key, activate=[Activate("in", ancestor_key=second)])

    assert open_tasks(platform, key) == ["diep", "in", "in"]
    with pytest.raises(ModificationRefused, match="1 is not an active scope around 'in'"):
        platform.modify(key, activate=[Activate("in", ancestor_key=1)])


def test_a_token_is_moved_and_the_scope_that_it_leaves_ends(platform: Platform) -> None:
    deploy(platform, nested())
    key = platform.start("p")
    do(platform, key, "a")

    platform.modify(key, move=[Move("na", source_id="in", variables=[SetVariables({"reden": "x"})])])

    assert history(platform, key)[-3:] == [("s2", "COMPLETED"), ("in", "TERMINATED"), ("na", "ACTIVE")]
    assert ("buiten", "TERMINATED") in history(platform, key)
    assert due(platform, key) == {}
    do(platform, key, "na")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_moving_a_scope_to_an_element_inside_it_makes_the_scope_anew(platform: Platform) -> None:
    deploy(platform, nested())
    key = platform.start("p")
    do(platform, key, "a")

    platform.modify(key, move=[Move("diep", source_id="buiten")])

    assert open_tasks(platform, key) == ["diep"]
    assert history(platform, key).count(("buiten", "TERMINATED")) == 1
    assert history(platform, key).count(("buiten", "ACTIVE")) == 1


def test_a_token_moves_inside_the_scope_that_it_is_in(platform: Platform) -> None:
    deploy(platform, nested())
    key = platform.start("p")
    do(platform, key, "a")
    platform.modify(key, activate=[Activate("in", ancestor_key=key)])
    scopes = [element_key(platform, key, "buiten", n) for n in range(2)]

    platform.modify(key, move=[Move("diep", source_key=element_key(platform, key, "in", 1))])

    inside = {e.element_id: e.scope_key for e in platform.instance(key).elements if e.state == "ACTIVE"}
    assert inside["binnen"] == scopes[1]
    assert inside["in"] == scopes[0]


def test_a_scope_that_is_made_waits_for_its_events(platform: Platform) -> None:
    handler = Diagram().start("s3", body=message_event("m")).user("hulp").end("e3").path("s3", "hulp", "e3")
    inside = Diagram().start("s2").user("in").end("e2").path("s2", "in", "e2").sub("esp", handler, event=True)
    deploy(platform, Diagram().message("m", "bericht").start().user("a").sub("s", inside).end().path("start", "a", "s", "end"))
    key = platform.start("p", {"sleutel": "1"})

    platform.modify(key, move=[Move("in", source_id="a")])

    assert waiting_for(platform, key) == {"s3": "bericht"}
    platform.publish("bericht", correlation_key="1")
    assert open_tasks(platform, key) == ["hulp"]


def ad_hoc(ids: tuple[str, ...]) -> Diagram:
    body = "".join(
        f'<bpmn:userTask id="{i}" name="{i}"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>'
        for i in ids
    )
    return (
        Diagram().start().user("a").node("adHocSubProcess", "vrij", body=body, ordering="Sequential").end()
        .path("start", "a", "vrij", "end")
    )  # fmt: skip


def test_an_ended_activity_of_an_ad_hoc_sub_process_makes_way_for_the_next(platform: Platform) -> None:
    deploy(platform, ad_hoc(("x", "y")))
    key = platform.start("p")
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["x"]

    platform.modify(key, terminate=[Terminate(element_id="x")])
    assert open_tasks(platform, key) == ["y"]
    do(platform, key, "y")

    assert platform.instance(key).state == "COMPLETED"


def test_an_activity_of_an_ad_hoc_sub_process_that_is_not_active_is_activated_alone(platform: Platform) -> None:
    deploy(platform, ad_hoc(("x", "y")))
    key = platform.start("p")

    platform.modify(key, move=[Move("y", source_id="a")])

    assert open_tasks(platform, key) == ["y"]
    do(platform, key, "y")
    assert platform.instance(key).state == "COMPLETED"


def test_each_of_several_tokens_moves_by_itself(platform: Platform) -> None:
    many = (
        Diagram().start().both("g").user("a").user("b").xor("x").user("c").user("d").end()
        .path("start", "g", "a", "x", "c", "end").path("g", "b", "x").path("d", "end")
    )  # fmt: skip
    deploy(platform, many.path("c", "d"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "b")

    platform.modify(key, move=[Move("d", source_id="c")])

    assert open_tasks(platform, key) == ["d", "d"]


def test_an_instance_in_which_nothing_is_left_is_terminated(platform: Platform) -> None:
    deploy(platform, nested())
    key = platform.start("p")
    do(platform, key, "a")

    platform.modify(key, terminate=[Terminate(element_key(platform, key, "in"))])

    assert platform.instance(key).state == "TERMINATED"
    assert leftovers(platform) == {}


def test_a_called_instance_must_not_be_emptied_under_its_caller(platform: Platform) -> None:
    deploy(platform, one_task("kind"), Diagram().start().call("c", "kind").user("na").end().path("start", "c", "na", "end"))
    key = platform.start("p")
    child = platform.instances("kind")[0].key

    with pytest.raises(Conflict, match="called it and waits"):
        platform.modify(child, terminate=[Terminate(element_id="a")])
    platform.modify(child, move=[Move("a", source_id="a")])
    assert open_tasks(platform, key) == ["a"]

    platform.modify(key, move=[Move("na", source_id="c")])
    assert platform.instance(child).state == "TERMINATED"
    assert open_tasks(platform, key) == ["na"]


def test_an_ended_item_of_a_repeated_activity_counts_as_done(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a", body=loop("[1, 2]", "x", output="x", collect="uit")).end()
           .path("start", "a", "end"))  # fmt: skip
    key = platform.start("p")

    platform.modify(key, terminate=[Terminate(platform.tasks(instance=key)[0].element_key)])
    do(platform, key, "a")

    assert platform.instance(key).state == "COMPLETED"
    assert sorted(map(str, platform.instance(key).variables["uit"])) == ["2", "None"]
    assert leftovers(platform) == {}


def test_a_repeated_activity_is_activated_and_ended_as_a_whole(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("m", body=loop("[1, 2]", "x")).end().path("start", "a", "m", "end"))
    key = platform.start("p")

    platform.modify(key, move=[Move("m", source_id="a")])
    assert open_tasks(platform, key) == ["m", "m"]
    platform.modify(key, move=[Move("a", source_id="m")])

    assert open_tasks(platform, key) == ["a"]


def test_a_token_taken_away_before_a_join_shows_what_the_join_waits_for(platform: Platform) -> None:
    deploy(platform, Diagram().start().both("g").user("a").user("b").both("j").end()
           .path("start", "g", "a", "j", "end").path("g", "b", "j"))  # fmt: skip
    key = platform.start("p")
    do(platform, key, "a")

    platform.modify(key, terminate=[Terminate(element_id="b")])

    assert "waits for a token" in platform.instance(key).incidents[0].message
    platform.modify(key, move=[Move("end", source_id="j")])
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_ending_a_handler_lets_the_next_activity_be_undone(platform: Platform) -> None:
    undo = (
        Diagram().start().user("a").user("b").user("weg").node("intermediateThrowEvent", "terug", body="<bpmn:compensateEventDefinition/>").end()
        .boundary("ca", "a", "<bpmn:compensateEventDefinition/>").boundary("cb", "b", "<bpmn:compensateEventDefinition/>")
        .user("ha", isForCompensation="true").user("hb", isForCompensation="true")
        .path("start", "a", "b", "weg", "terug", "end")
        .add('<bpmn:association id="x1" sourceRef="ca" targetRef="ha" associationDirection="One"/>')
        .add('<bpmn:association id="x2" sourceRef="cb" targetRef="hb" associationDirection="One"/>')
    )  # fmt: skip
    deploy(platform, undo)
    key = platform.start("p")
    for element in ("a", "b", "weg"):
        do(platform, key, element)
    assert open_tasks(platform, key) == ["hb"]

    platform.modify(key, terminate=[Terminate(element_id="hb")])

    assert open_tasks(platform, key) == ["ha"]
    do(platform, key, "ha")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_what_cannot_be_activated_is_refused_in_a_sentence_each_and_nothing_is_done(platform: Platform) -> None:
    body = Diagram().start("s2").user("item").end("e2").path("s2", "item", "e2")
    handler = Diagram().start("es", body=message_event("m")).user("gevraagd").end("ee").path("es", "gevraagd", "ee")
    many = (
        Diagram().message("m", "bericht").start().user("a").boundary("late", "a", timer("timeDuration", "P1D"))
        .sub("rep", body, body=loop("[1]", "x")).both("g").both("j").node("eventBasedGateway", "w")
        .node("intermediateCatchEvent", "k", body=message_event("m")).sub("esp", handler, event=True).end()
        .path("start", "a", "rep", "g", "j", "w", "k", "end").path("g", "j").path("late", "end")
    )  # fmt: skip
    many.add('<bpmn:sequenceFlow id="g_j2" sourceRef="g" targetRef="j"/>')
    deploy(platform, many)
    key = platform.start("p", {"sleutel": "1"})
    before = history(platform, key)

    with pytest.raises(ModificationRefused) as refused:
        platform.modify(
            key,
            activate=[Activate(i) for i in ("start", "late", "item", "k", "esp", "niets", "p")]
            + [Activate("a", [SetVariables({"x": 1}, "rep")])],
            terminate=[Terminate(element_id="rep"), Terminate(1)],
            move=[Move("a", source_id="nergens")],
        )

    assert [r.message for r in refused.value.refusals] == [
        "'rep' is not active.",
        "There is no element instance 1.",
        "The process has no element 'nergens'.",
        "'start' is a start event: activate the element behind it.",
        "'late' is a boundary event: activate the element behind it.",
        "'item' is inside a repeated activity: activate the activity as a whole.",
        "'k' belongs to an event-based gateway: activate the gateway.",
        "'esp' is started by its event only: activate an element inside it.",
        "The process has no element 'niets'.",
        "The process has no element 'p'.",
        "Variables for 'rep' were given, but it is not around 'a'.",
    ]
    assert history(platform, key) == before
    with pytest.raises(ModificationRefused, match="no instruction"):
        platform.modify(key)
    platform.modify(key, activate=[Activate("gevraagd")])
    assert open_tasks(platform, key) == ["a", "gevraagd"]


def test_a_finished_instance_cannot_be_modified(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")
    do(platform, key, "a")

    with pytest.raises(Conflict, match="found COMPLETED"):
        platform.modify(key, activate=[Activate("a")])


# -- migration -----------------------------------------------------------------------------------------------------


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
    deploy(platform, ad_hoc(("x", "y")))
    key = platform.start("p")
    do(platform, key, "a")
    target = definition(platform, ad_hoc(("x", "z")))
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


# -- incidents and deletion ------------------------------------------------------------------------------------------


def test_all_incidents_of_a_case_and_what_it_called_are_resolved_at_once(platform: Platform) -> None:
    def choice(process_id: str) -> Diagram:
        return (
            Diagram(process_id).start().xor("g", "g_b").user("a").user("b").end()
            .path("start", "g|x > 1", "a", "end").path("g", "b", "end")
        )  # fmt: skip

    both = Diagram().start().both("s").call("c", "kind").xor("g", "g_b").user("a").user("b").end()
    both.path("start", "s", "c", "end").path("s", "g|x > 1", "a", "end").path("g", "b", "end")
    deploy(platform, choice("kind"), both)
    key, other = platform.start("p"), platform.start("p")
    platform.services.processes.set_variables(key, {"x": 2})
    platform.services.processes.set_variables(platform.instances("kind")[0].key, {"x": 2})

    assert platform.resolve_all(key) == 2

    assert open_tasks(platform, key) == ["a", "a"]
    assert not platform.instance(key).has_incident
    assert platform.instance(other).has_incident
    with pytest.raises(Forbidden):
        platform.services.incidents.resolve_all(key, CLERK)


def test_an_incident_that_another_one_ends_is_not_retried(platform: Platform) -> None:
    stop = "<bpmn:terminateEventDefinition/>"
    diagram = (
        Diagram().start().both("s").xor("g", "g_a").xor("h", "h_a").user("a").end("stop", stop).end()
        .path("start", "s", "g|x > 1", "stop").path("s", "h|x > 1", "end").path("g", "a", "end").path("h", "a")
    )  # fmt: skip
    deploy(platform, diagram)
    key = platform.start("p")
    platform.services.processes.set_variables(key, {"x": 2})

    assert platform.resolve_all(key) == 1

    assert platform.instance(key).state == "COMPLETED"
    assert actions(platform).count("incident.resolve") == 1
    assert leftovers(platform) == {}


def test_a_finished_case_is_deleted_with_everything_but_the_audit_log(open_platform: Callable[..., Platform]) -> None:
    def letter(job: object, work: object) -> None:
        work.add_document(name="brief", title="Brief", kind="brief", content=b"zelfde")  # type: ignore[attr-defined]

    platform = open_platform(handlers={"brief": letter})
    kind = Diagram("kind").message("m", "bericht").start().node("intermediateCatchEvent", "k", body=message_event("m"))
    kind.end().path("start", "k", "end")
    top = (
        Diagram().start().both("g").user("a", '<zeebe:assignmentDefinition candidateGroups="x,y" />').service("s", "brief")
        .call("c", "kind").both("j").end()
        .path("start", "g", "a", "j", "end").path("g", "s", "j").path("g", "c", "j")
    )  # fmt: skip
    deploy(platform, kind, top)
    key, other = platform.start("p", {"sleutel": "1"}), platform.start("p", {"sleutel": "2"})
    platform.run_due()
    with pytest.raises(Conflict, match="has not ended"):
        platform.delete(key)
    for number, case in (("1", key), ("2", other)):
        do(platform, case, "a")
        platform.publish("bericht", correlation_key=number)
    assert {platform.instance(k).state for k in (key, other)} == {"COMPLETED"}
    child = next(i for i in platform.instances("kind") if i.root_key == key)
    with pytest.raises(Conflict, match="was called by"):
        platform.delete(child.key)
    platform.clock.advance(weeks=1)
    log = actions(platform)

    platform.delete(key)

    with pytest.raises(NotFound):
        platform.instance(key)
    assert platform.instance(other).state == "COMPLETED"
    assert [d.name for d in platform.documents(other)] == ["brief"]
    assert actions(platform) == [*log, "process.delete"]
    platform.delete(other)
    with platform.context.db.read() as unit:
        kept = {
            table.name for table in t.metadata.sorted_tables
            if unit.connection.execute(select(func.count()).select_from(table)).scalar_one()
        }  # fmt: skip
    assert kept == {"deployment", "resource", "definition", "audit"}


def test_a_message_that_is_still_alive_outlives_a_deleted_case_and_does_not_reach_its_process_again(
    platform: Platform,
) -> None:
    waits = Diagram().message("m", "bericht").start().node("intermediateCatchEvent", "k", body=message_event("m")).end()
    deploy(platform, waits.path("start", "k", "end"))
    key = platform.start("p", {"sleutel": "1"})
    platform.publish("bericht", correlation_key="1")

    platform.delete(key)

    again = platform.start("p", {"sleutel": "1"})
    assert platform.instance(again).state == "ACTIVE"


def test_a_message_that_reached_two_cases_goes_with_the_last_of_them(platform: Platform) -> None:
    for process_id in ("p", "q"):
        waits = Diagram(process_id).message("m", "bericht").start().node("intermediateCatchEvent", "k", body=message_event("m"))
        deploy(platform, waits.end().path("start", "k", "end"))
    keys = [platform.start(p, {"sleutel": "1"}) for p in ("p", "q")]
    assert len(platform.publish("bericht", correlation_key="1").instance_keys) == 2
    platform.clock.advance(weeks=1)

    def kept() -> int:
        with platform.context.db.read() as unit:
            return int(unit.connection.execute(select(func.count()).select_from(t.message)).scalar_one())

    platform.delete(keys[0])
    assert kept() == 1
    platform.delete(keys[1])
    assert kept() == 0
