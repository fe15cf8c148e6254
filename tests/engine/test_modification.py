"""Tokens are moved, activated and ended by hand, within what the drawing allows."""

from __future__ import annotations

import pytest
from diagrams import Diagram, loop, message_event, timer

from engine.doing import (
    CLERK,
    actions,
    deploy,
    do,
    due,
    element_key,
    history,
    leftovers,
    open_tasks,
    troubles,
    waiting_for,
)
from engine.drawing import free_activities, one_task
from inburgering_flow.errors import Conflict, Forbidden
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.changes import (
    Activate,
    MigrationPlan,
    Modification,
    ModificationRefused,
    Move,
    SetVariables,
    Terminate,
)
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform

ADMIN = Actor("fred", ("functioneel-beheerder",), table=ROLES)


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


def two_deep() -> Diagram:
    deep = Diagram().start("s3").user("diep").end("e3").path("s3", "diep", "e3")
    inner = Diagram().start("s2").user("in").sub("binnen", deep).end("e2").path("s2", "in", "binnen", "e2")
    return (
        Diagram().message("m", "bericht").start().user("a").sub("buiten", inner)
        .boundary("t", "buiten", timer("timeDuration", "P1D")).user("na").end()
        .path("start", "a", "buiten", "na", "end").path("t", "na")
    )  # fmt: skip


def test_scopes_that_are_not_active_are_made_with_their_boundary_events(platform: Platform) -> None:
    deploy(platform, two_deep())
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
    deploy(platform, two_deep())
    key = platform.start("p")
    do(platform, key, "a")
    platform.modify(key, activate=[Activate("diep", ancestor_key=key)])  # what lies between is newly made

    assert history(platform, key).count(("buiten", "ACTIVE")) == 2
    with pytest.raises(ModificationRefused, match="'buiten' around 'in' is active 2 times"):
        platform.modify(key, activate=[Activate("in")])
    second = element_key(platform, key, "buiten", 1)
    platform.modify(key, activate=[Activate("in", ancestor_key=second)])

    assert open_tasks(platform, key) == ["diep", "in", "in"]
    with pytest.raises(ModificationRefused, match="1 is not an active scope around 'in'"):
        platform.modify(key, activate=[Activate("in", ancestor_key=1)])


def test_a_token_is_moved_and_the_scope_that_it_leaves_ends(platform: Platform) -> None:
    deploy(platform, two_deep())
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
    deploy(platform, two_deep())
    key = platform.start("p")
    do(platform, key, "a")

    platform.modify(key, move=[Move("diep", source_id="buiten")])

    assert open_tasks(platform, key) == ["diep"]
    assert history(platform, key).count(("buiten", "TERMINATED")) == 1
    assert history(platform, key).count(("buiten", "ACTIVE")) == 1


def test_a_token_moves_inside_the_scope_that_it_is_in(platform: Platform) -> None:
    deploy(platform, two_deep())
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


def test_an_ended_activity_of_an_ad_hoc_sub_process_makes_way_for_the_next(platform: Platform) -> None:
    deploy(platform, free_activities(("x", "y")))
    key = platform.start("p")
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["x"]

    platform.modify(key, terminate=[Terminate(element_id="x")])
    assert open_tasks(platform, key) == ["y"]
    do(platform, key, "y")

    assert platform.instance(key).state == "COMPLETED"


def test_an_activity_of_an_ad_hoc_sub_process_that_is_not_active_is_activated_alone(platform: Platform) -> None:
    deploy(platform, free_activities(("x", "y")))
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
    deploy(platform, two_deep())
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
        "'start' is a start event: activate the element after it.",
        "'late' is a boundary event: activate the element after it.",
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


def repeated() -> Diagram:
    inside = Diagram().start("s1").user("x").user("y").end("e1").path("s1", "x", "y", "e1")
    return Diagram().start().sub("sub", inside, body=loop("lijst", "i")).end().path("start", "sub", "end")


def test_a_token_moves_inside_its_own_instance_of_a_repeated_sub_process(platform: Platform) -> None:
    deploy(platform, repeated())
    key = platform.start("p", {"lijst": [1, 2]})
    platform.modify(key, move=[Move("y", source_key=element_key(platform, key, "x"))])
    assert open_tasks(platform, key) == ["x", "y"]
    do(platform, key, "y")
    assert history(platform, key).count(("sub", "COMPLETED")) == 1

    platform.modify(key, move=[Move("y", source_id="x")])
    do(platform, key, "y")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_inside_a_repeated_activity_an_element_is_activated_in_an_instance_that_is_named(platform: Platform) -> None:
    deploy(platform, repeated())
    key = platform.start("p", {"lijst": [1, 2]})
    body, first = element_key(platform, key, "sub", 0), element_key(platform, key, "sub", 1)

    for wrong in (None, body, key):
        with pytest.raises(ModificationRefused):
            platform.modify(key, activate=[Activate("y", ancestor_key=wrong)])
    platform.modify(key, activate=[Activate("y", [SetVariables({"i": 9}, "sub")], first)])

    assert open_tasks(platform, key) == ["x", "x", "y"]
    for element in ("y", "x", "x", "y", "y"):
        do(platform, key, element)
    assert leftovers(platform) == {}


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway"])
def test_a_gateway_that_is_activated_waits_for_nothing(platform: Platform, kind: str) -> None:
    d = Diagram().start().both("g").user("a").user("b").node(kind, "j").user("c").end()
    deploy(platform, d.path("start", "g", "a", "j", "c", "end").path("g", "b", "j"))
    key = platform.start("p")

    platform.modify(key, move=[Move("j", source_id="a")], terminate=[Terminate(element_id="b")])
    assert open_tasks(platform, key) == ["c"]
    do(platform, key, "c")
    assert platform.instance(key).state == "COMPLETED"


def test_a_process_waits_for_its_events_also_where_its_first_token_is_moved(platform: Platform) -> None:
    handler = Diagram().node("startEvent", "h_start", body=message_event("m")).user("h_taak").path("h_start", "h_taak")
    d = Diagram().message("m", "bericht").start().user("a").user("b").path("start", "a", "b")
    deploy(platform, d.sub("h", handler, event=True))
    key = platform.start("p")
    assert len(troubles(platform, key)) == 1  # the correlation key is not known yet
    with pytest.raises(ModificationRefused, match="sleutel"):
        platform.modify(key, move=[Move("b", source_id="start")])

    platform.services.processes.set_variables(key, {"sleutel": "s"})
    platform.modify(key, move=[Move("b", source_id="start")])
    platform.publish("bericht", correlation_key="s")

    assert open_tasks(platform, key) == ["h_taak"]


def test_a_join_that_was_stuck_goes_on_when_the_missing_token_is_brought(platform: Platform) -> None:
    d = Diagram().start().both("g").user("a").user("b").both("j").user("c").end()
    deploy(platform, d.path("start", "g", "a", "j", "c", "end").path("g", "b", "j"))
    key = platform.start("p")
    do(platform, key, "a")
    platform.modify(key, terminate=[Terminate(element_id="b")])
    assert len(troubles(platform, key)) == 1

    platform.modify(key, activate=[Activate("b")])
    assert troubles(platform, key) == []
    do(platform, key, "b")
    do(platform, key, "c")

    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_an_instruction_that_names_nothing_says_what_it_needs(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")

    with pytest.raises(ModificationRefused, match="name an element, or an element instance by its key"):
        platform.modify(key, terminate=[Terminate()])
