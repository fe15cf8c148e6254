"""Changing what runs, and incidents, beyond the first tests: each was once done otherwise here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from diagrams import Diagram, loop, message_event, timer
from sqlalchemy import func, select

from engine.test_changes import condition, definition, element_key, one_task
from engine.test_elements import deploy, do, history, leftovers, open_tasks
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.model import batches as kinds
from inburgering_flow.model.batches import Filter
from inburgering_flow.model.changes import (
    Activate,
    MigrationRefused,
    Modification,
    ModificationRefused,
    Move,
    SetVariables,
    Terminate,
)
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t

FOLLOWS = '<zeebe:properties><zeebe:property name="herberekenen" value="true"/></zeebe:properties>'


def output(source: str, target: str) -> str:
    return f'<zeebe:ioMapping><zeebe:output source="= {source}" target="{target}"/></zeebe:ioMapping>'


def troubles(platform: Platform, key: int) -> list[str]:
    return [i.error_message for i in platform.instance(key).incidents if i.state == "ACTIVE"]


def migrated(platform: Platform, key: int, diagram: Diagram, **mapping: str) -> None:
    platform.migrate(key, definition(platform, diagram), mapping, same_ids=True)


# -- incidents on the way out ------------------------------------------------------------------------------------------


def test_a_result_that_a_mapping_cannot_use_is_mended_where_it_stands(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a", output("assert(bedrag, bedrag > 1)", "som")).end().path("start", "a", "end"),
    )
    key = platform.start("p")
    do(platform, key, "a", {"bedrag": 0})

    scope = element_key(platform, key, "a")
    platform.services.processes.set_variables(key, {"bedrag": 7}, scope_key=scope, local=True)
    assert platform.resolve_all(key) == 1

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables == {"som": 7}


def test_a_retry_behind_a_task_does_not_write_over_what_was_mended(platform: Platform) -> None:
    d = Diagram().start().user("a").user("b").user("c").end().path("start", "a|keuze > 1", "b", "end")
    deploy(platform, d.path("a|keuze > 5", "c", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"keuze": 0})
    assert len(troubles(platform, key)) == 1

    platform.services.processes.set_variables(key, {"keuze": 3})
    platform.resolve_all(key)

    assert open_tasks(platform, key) == ["b"]
    assert platform.instance(key).variables == {"keuze": 3}


def test_what_has_been_mapped_outwards_is_not_mapped_again_at_a_retry(platform: Platform) -> None:
    d = Diagram().start().user("a", output("bedrag", "keuze")).user("b").end().path("start", "a|keuze > 1", "b", "end")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a", {"bedrag": 0})

    platform.services.processes.set_variables(key, {"keuze": 3})
    platform.resolve_all(key)

    assert open_tasks(platform, key) == ["b"]


def test_listeners_that_have_agreed_are_not_asked_again_at_a_retry(open_platform: Callable[..., Platform]) -> None:
    asked = []
    platform = open_platform(handlers={"luisteraar": lambda job, work: asked.append(job.key)})
    listener = (
        '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="luisteraar"/></zeebe:taskListeners>'
    )
    deploy(
        platform,
        Diagram().start().user("a", listener + output("assert(x, x > 1)", "y")).end().path("start", "a", "end"),
    )
    key = platform.start("p")
    do(platform, key, "a", {"x": 0})
    platform.run_due()
    assert len(troubles(platform, key)) == len(asked) == 1

    platform.services.processes.set_variables(key, {"x": 2}, scope_key=element_key(platform, key, "a"), local=True)
    platform.resolve_all(key)
    platform.run_due()

    assert len(asked) == 1
    assert platform.instance(key).variables == {"y": 2}


def test_who_did_a_task_is_who_completed_it_also_where_somebody_else_mends_its_result(platform: Platform) -> None:
    kept = '<zeebe:properties><zeebe:property name="uitvoerderIn" value="wie"/></zeebe:properties>'
    d = Diagram().start().user("a", kept + output("assert(x, x > 1)", "y")).user("b").path("start", "a", "b")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a", {"x": 0}, user="anna")

    platform.services.processes.set_variables(key, {"x": 4}, scope_key=element_key(platform, key, "a"), local=True)
    platform.resolve_all(key)

    assert platform.instance(key).variables == {"wie": "anna", "y": 4}
    assert [task.completed_by for task in platform.tasks(state="COMPLETED", instance=key)] == ["anna"]


def test_an_output_of_a_repeated_activity_is_mended_in_its_instance(platform: Platform) -> None:
    body = loop("[1]", "i", output="assert(r, r > 0)", collect="alles")
    deploy(platform, Diagram().start().user("a", body=body).end().path("start", "a", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"r": 0})

    inside = element_key(platform, key, "a", 1)
    platform.services.processes.set_variables(key, {"r": 4}, scope_key=inside, local=True)
    platform.resolve_all(key)

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables["alles"] == [4]


def test_an_element_has_one_incident_however_often_it_is_tried(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a", output("assert(x, x > 1)", "y")).end().path("start", "a", "end"))
    key = platform.start("p")
    for wrong in (0, -1):
        do(platform, key, "a", {"x": wrong})
    assert len(troubles(platform, key)) == 1
    assert platform.instance(key).has_incident

    do(platform, key, "a", {"x": 2})
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_an_event_that_has_happened_takes_no_second_message_while_leaving_has_to_wait(platform: Platform) -> None:
    d = Diagram().message("m", "bericht").start()
    d.node("intermediateCatchEvent", "eerst", output("assert(x, x > 1)", "y"), message_event("m"))
    d.node("receiveTask", "dan", messageRef="m").user("a")
    deploy(platform, d.path("start", "eerst", "dan", "a"))
    key = platform.start("p", {"sleutel": "s"})
    platform.publish("bericht", correlation_key="s", variables={"x": 0})
    platform.publish("bericht", correlation_key="s", variables={"z": 5})
    assert len(troubles(platform, key)) == 1

    platform.services.processes.set_variables(key, {"x": 7}, scope_key=element_key(platform, key, "eerst"), local=True)
    platform.resolve_all(key)

    assert open_tasks(platform, key) == ["a"]
    assert platform.instance(key).variables == {"sleutel": "s", "y": 7, "z": 5}


def test_end_listeners_of_an_event_run_once_when_it_happens_twice(open_platform: Callable[..., Platform]) -> None:
    asked = []
    platform = open_platform(handlers={"luisteraar": lambda job, work: asked.append(job.key)})
    listener = '<zeebe:executionListeners><zeebe:executionListener eventType="end" type="luisteraar"/></zeebe:executionListeners>'
    d = Diagram().message("m", "bericht").start().node("receiveTask", "c", listener, messageRef="m").user("a")
    deploy(platform, d.path("start", "c", "a"))
    key = platform.start("p", {"sleutel": "s"})
    for _number in range(2):
        platform.publish("bericht", correlation_key="s")
    platform.run_due()

    assert len(asked) == 1
    assert open_tasks(platform, key) == ["a"]


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
    assert "'even' is no ISO 8601 duration" in message


# -- what an incident says ---------------------------------------------------------------------------------------------


def definition_of(job_type: str, retries: str = "3") -> str:
    return f'<zeebe:taskDefinition type="{job_type}" retries="{retries}"/>'


@pytest.mark.parametrize(
    ("kind", "extension", "told"),
    [
        ("serviceTask", definition_of("= zaak.soort"), "'zaak.soort'"),
        ("serviceTask", definition_of("brief", "= zaak.soort"), "'zaak.soort'"),
        ("callActivity", '<zeebe:calledElement processId="= zaak.soort"/>', "'zaak.soort'"),
        ("businessRuleTask", '<zeebe:calledDecision decisionId="= zaak.soort" resultVariable="r"/>', "'zaak.soort'"),
        ("userTask", '<zeebe:userTask/><zeebe:assignmentDefinition assignee="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:taskSchedule dueDate="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:taskSchedule followUpDate="= zaak"/>', "'zaak'"),
        ("userTask", '<zeebe:userTask/><zeebe:priorityDefinition priority="= zaak"/>', "'zaak'"),
    ],
)
def test_an_attribute_that_gives_something_else_is_told_with_its_expression_and_what_it_reads(
    platform: Platform, kind: str, extension: str, told: str
) -> None:
    deploy(platform, Diagram().start().node(kind, "a", extension).end().path("start", "a", "end"))
    key = platform.start("p", {"zaak": {"soort": "veel" if 'retries="= ' in extension else None}})

    [message] = troubles(platform, key)
    assert told in message
    assert "must give" in message
    assert "It reads zaak (context)." in message


@pytest.mark.parametrize("gateway", ["exclusiveGateway", "inclusiveGateway"])
def test_a_gateway_behind_which_nothing_holds_says_which_conditions_and_what_they_read(
    platform: Platform, gateway: str
) -> None:
    d = (
        Diagram()
        .start()
        .node(gateway, "g")
        .user("a")
        .user("b")
        .path("start", "g|leeftijd > 18", "a")
        .path("g|soort = 2", "b")
    )
    deploy(platform, d)
    key = platform.start("p", {"leeftijd": 3})

    [message] = troubles(platform, key)
    assert message.endswith(
        "The conditions are 'leeftijd > 18', 'soort = 2'. It reads leeftijd (number), soort (not set)."
    )


# -- variables from outside --------------------------------------------------------------------------------------------


def test_variables_are_set_only_where_something_is_alive(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    key, other = platform.start("p"), platform.start("p")
    gone, foreign = element_key(platform, key, "a"), element_key(platform, other, "a")
    do(platform, key, "a")

    for scope in (gone, foreign):
        for local in (True, False):
            with pytest.raises(Conflict, match="not active in this instance"):
                platform.services.processes.set_variables(key, {"x": 1}, scope_key=scope, local=local)
    do(platform, key, "b")
    with pytest.raises(Conflict, match="found COMPLETED"):
        platform.services.processes.set_variables(key, {"x": 1})
    assert platform.instance(key).variables == platform.instance(other).variables == {}


def test_a_number_that_is_none_is_refused_in_a_sentence(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")

    for act in (
        lambda: platform.services.processes.set_variables(key, {"x": [float("nan")]}),
        lambda: platform.start("p", {"x": float("inf")}),
        lambda: do(platform, key, "a", {"x": Decimal("NaN")}),
    ):
        with pytest.raises(InvalidInput, match="it is not finite"):
            act()
    assert open_tasks(platform, key) == ["a"]


@pytest.mark.parametrize("name", ["$items", "$ending", ""])
def test_the_engines_own_names_are_not_for_variables_from_outside(
    open_platform: Callable[..., Platform], name: str
) -> None:
    platform = open_platform(handlers={"brief": lambda job, work: {name: 1}})
    deploy(
        platform,
        Diagram().message("m", "x").start().user("a").service("s", "brief", retries="1").path("start", "a", "s"),
    )
    key = platform.start("p")

    for act in (
        lambda: platform.services.processes.set_variables(key, {name: 1}),
        lambda: platform.start("p", {name: 1}),
        lambda: do(platform, key, "a", {name: 1}),
        lambda: platform.publish("x", variables={name: 1}),
        lambda: platform.broadcast("x", {name: 1}),
        lambda: platform.evaluate_conditionals({name: 1}),
        lambda: platform.modify(key, activate=[Activate("a", [SetVariables({name: 1})])]),
    ):
        with pytest.raises(InvalidInput, match="cannot be the name of a variable"):
            act()
    do(platform, key, "a")
    platform.run_due()
    assert "cannot be the name of a variable" in troubles(platform, key)[0]


# -- timers that follow their variables --------------------------------------------------------------------------------


def test_a_cycle_follows_its_variables_in_each_round(platform: Platform) -> None:
    d = (
        Diagram()
        .start()
        .user("a")
        .boundary("b", "a", timer("timeCycle", "= ritme"), interrupting=False, extension=FOLLOWS)
    )
    deploy(platform, d.user("r").end().path("start", "a", "end").path("b", "r"))
    key = platform.start("p", {"ritme": "R3/P7D"})
    platform.clock.advance(days=7)
    platform.run_due()

    platform.services.processes.set_variables(key, {"ritme": "R3/P1D"})
    for _day in range(4):
        platform.clock.advance(days=1)
        platform.run_due()

    assert open_tasks(platform, key) == ["a", "r", "r", "r"]  # three rounds in all


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


# -- modification ------------------------------------------------------------------------------------------------------


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


# -- migration ---------------------------------------------------------------------------------------------------------


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


# -- deletion and batches ----------------------------------------------------------------------------------------------


def test_an_incident_of_the_process_itself_goes_with_its_case(platform: Platform) -> None:
    listener = '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="= soort"/></zeebe:executionListeners>'
    xml = (
        one_task()
        .xml()
        .replace(
            'isExecutable="true">', f'isExecutable="true"><bpmn:extensionElements>{listener}</bpmn:extensionElements>'
        )
    )
    platform.deploy_content("p.bpmn", xml)
    key = platform.start("p")
    platform.cancel(key)

    platform.delete(key)

    with platform.context.db.read() as unit:
        assert unit.connection.execute(select(func.count()).select_from(t.incident)).scalar_one() == 0


def test_a_batch_carries_variables_of_every_type(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    key = platform.start("p")
    values = SetVariables({"bedrag": Decimal("1.10"), "dag": date(2026, 1, 1)})

    platform.services.batches.create(
        kinds.MODIFY, keys=[key], modification=Modification(move=[Move("b", "a", variables=[values])])
    )
    platform.run_due()

    assert platform.instance(key).variables == {"bedrag": Decimal("1.10"), "dag": "2026-01-01"}


def test_a_batch_retries_the_cases_of_a_process_also_where_what_they_called_is_stuck(platform: Platform) -> None:
    called = Diagram("kind").start().script("s", "assert(x, x > 1)", "r").user("u").end().path("start", "s", "u", "end")
    deploy(platform, called, Diagram().start().call("c", "kind").end().path("start", "c", "end"))
    key = platform.start("p", {"x": 0})
    [inside] = platform.instances("kind")
    platform.services.processes.set_variables(inside.key, {"x": 2})

    platform.services.batches.create(kinds.RESOLVE, filter=Filter(process_id="p", has_incident=True))
    platform.run_due()

    assert open_tasks(platform, key) == ["u"]
