"""Each element does what BPMN says; on both databases; with state loaded from rows before every step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, error_event, escalation_event, loop, message_event, timer

from engine.in_memory import InMemory
from inburgering_flow.errors import Conflict, DeploymentRejected, Forbidden, NotFound
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform

ELEMENT = tuple[str, str]


def deploy(platform: Platform, *diagrams: Diagram) -> None:
    for diagram in diagrams:
        platform.deploy_content(f"{diagram.process_id}.bpmn", diagram.xml())


def open_tasks(platform: Platform, key: int) -> list[str]:
    return sorted(t.element_id for t in platform.tasks(state="CREATED", instance=key))


def do(platform: Platform, key: int, element: str, variables: dict | None = None, user: str = "anna") -> None:
    task = next(t for t in platform.tasks(state="CREATED", instance=key) if t.element_id == element)
    platform.complete(task.key, variables, user=user)


def history(platform: Platform, key: int) -> list[ELEMENT]:
    return [(e.element_id, e.state) for e in platform.instance(key).elements]


def leftovers(platform: Platform) -> dict[str, int]:
    """Return open rows of every kind, which a finished case must not leave."""
    if isinstance(platform, InMemory):
        return platform.leftovers()
    from sqlalchemy import func, select

    from inburgering_flow.store import tables as t

    with platform.context.db.read() as unit:

        def count(query: object) -> int:
            return unit.connection.execute(query).scalar_one()  # type: ignore[call-overload]

        return {
            name: n
            for name, n in {
                "tokens": count(select(func.count()).where(t.element_instance.c.state == "ACTIVE")),
                "tasks": count(select(func.count()).where(t.user_task.c.state == "CREATED")),
                "jobs": count(select(func.count()).select_from(t.job)),
                "subscriptions": count(select(func.count()).select_from(t.subscription)),
                "incidents": count(select(func.count()).where(t.incident.c.state == "ACTIVE")),
            }.items()
            if n
        }


def test_a_sequence_of_user_tasks_runs_from_start_to_end(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    key = platform.start("p", {"x": 1})

    do(platform, key, "a", {"y": 2})
    do(platform, key, "b")

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables == {"x": 1, "y": 2}
    assert history(platform, key) == [(n, "COMPLETED") for n in ("start", "a", "b", "end")]
    assert leftovers(platform) == {}


@pytest.mark.parametrize(("age", "expected"), [(20, "adult"), (3, "child")])
def test_an_exclusive_gateway_takes_the_first_flow_that_holds_or_the_default(
    platform: Platform, age: int, expected: str
) -> None:
    deploy(
        platform,
        Diagram().start().xor("g", "g_child").user("adult").user("child").end()
        .path("start", "g|age > 18", "adult", "end").path("g", "child", "end"),
    )  # fmt: skip

    key = platform.start("p", {"age": age})

    assert open_tasks(platform, key) == [expected]


def test_a_condition_without_truth_is_an_incident_that_names_the_cause_and_can_be_retried(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().xor("g", "g_b").user("a").user("b").end().path("start", "g|leeftijd > 18", "a", "end")
        .path("g", "b", "end"),
    )  # fmt: skip
    key = platform.start("p")
    incident = platform.instance(key).incidents[0]
    assert incident.error_type == "CONDITION_ERROR"
    assert "leeftijd (not set)" in incident.message
    assert platform.instance(key).has_incident

    platform.processes.set_variables(key, {"leeftijd": 30})
    platform.resolve(incident.key)

    assert open_tasks(platform, key) == ["a"]
    assert not platform.instance(key).has_incident


def test_a_parallel_join_waits_for_each_branch_also_over_a_restart(
    platform: Platform, open_platform: Callable[..., Platform]
) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").both("join").user("c").end()
        .path("start", "split", "a", "join", "c", "end").path("split", "b", "join"),
    )  # fmt: skip
    key = platform.start("p")
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b"]

    again = open_platform()
    do(again, key, "b")

    assert open_tasks(again, key) == ["c"]
    do(again, key, "c")
    assert again.instance(key).state == "COMPLETED"
    assert [e for e, _ in history(again, key)].count("join") == 1


def test_a_join_that_no_token_can_reach_is_an_incident_not_a_silent_end(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").xor("g", "g_end2").both("join").end().end("end2")
        .path("start", "split", "a", "join", "end").path("split", "b", "g|doorgaan", "join").path("g", "end2"),
    )  # fmt: skip
    key = platform.start("p")
    do(platform, key, "a")

    do(platform, key, "b", {"doorgaan": False})

    assert platform.instance(key).state == "ACTIVE"
    assert "waits for a token on g_join" in platform.instance(key).incidents[0].message


def test_parallel_branches_see_each_others_variables_and_lose_none(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").both("join").script("s", "x + y", "z").end()
        .path("start", "split", "a", "join", "s", "end").path("split", "b", "join"),
    )  # fmt: skip
    key = platform.start("p")

    do(platform, key, "b", {"y": 2})
    do(platform, key, "a", {"x": 1})

    assert platform.instance(key).variables == {"x": 1, "y": 2, "z": 3}


def test_a_loop_comes_back_to_the_same_task(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a").xor("g", "g_end").end().path("start", "a", "g|again", "a").path("g", "end"),
    )
    key = platform.start("p")

    for again in (True, True, False):
        do(platform, key, "a", {"again": again})

    assert platform.instance(key).state == "COMPLETED"
    assert [e for e, _ in history(platform, key)].count("a") == 3


def test_an_embedded_sub_process_is_a_scope(platform: Platform) -> None:
    inside = Diagram().start("s1").user("a").end("e1").path("s1", "a", "e1")
    mapping = '<zeebe:ioMapping><zeebe:input source="= x + 1" target="lokaal"/></zeebe:ioMapping>'
    deploy(platform, Diagram().start().sub("sub", inside, extension=mapping).user("b").end()
           .path("start", "sub", "b", "end"))  # fmt: skip
    key = platform.start("p", {"x": 1})

    do(platform, key, "a", {"lokaal": 5, "buiten": 6})

    assert open_tasks(platform, key) == ["b"]
    assert platform.instance(key).variables == {"x": 1, "buiten": 6}


def test_a_timer_boundary_event_interrupts_its_host_at_its_moment(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a").boundary("t", "a", timer("timeDuration", "P10D")).user("late").end()
        .path("start", "a", "end").path("t", "late", "end"),
    )  # fmt: skip
    key = platform.start("p")
    platform.clock.advance(days=9)
    assert platform.run_due() == 0

    platform.clock.advance(days=1)
    assert platform.run_due() == 1

    assert open_tasks(platform, key) == ["late"]
    assert ("a", "TERMINATED") in history(platform, key)
    do(platform, key, "late")
    assert leftovers(platform) == {}


def test_completing_the_host_takes_its_timer_away(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a").boundary("t", "a", timer("timeDuration", "P1D")).user("late").user("b").end()
        .path("start", "a", "b", "end").path("t", "late", "end"),
    )  # fmt: skip
    key = platform.start("p")

    do(platform, key, "a")
    platform.clock.advance(days=30)

    assert platform.run_due() == 0
    assert open_tasks(platform, key) == ["b"]


def test_a_repeating_non_interrupting_timer_fires_as_often_as_it_says(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a").boundary("t", "a", timer("timeCycle", "R3/P1W"), interrupting=False)
        .user("reminder").end().end("end2").path("start", "a", "end").path("t", "reminder", "end2"),
    )  # fmt: skip
    key = platform.start("p")

    for _ in range(6):
        platform.clock.advance(weeks=1)
        platform.run_due()

    assert open_tasks(platform, key) == ["a", "reminder", "reminder", "reminder"]


def test_a_message_reaches_the_case_with_its_key_only(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().node("intermediateCatchEvent", "wait", body=message_event("m"))
        .user("a").end().path("start", "wait", "a", "end"),
    )  # fmt: skip
    one = platform.start("p", {"sleutel": "1"})
    two = platform.start("p", {"sleutel": "2"})

    platform.publish("partner.bericht", correlation_key="2", variables={"antwoord": "ja"})

    assert open_tasks(platform, one) == []
    assert open_tasks(platform, two) == ["a"]
    assert platform.instance(two).variables["antwoord"] == "ja"


def test_a_message_that_came_first_waits_for_its_case_and_reaches_it_once(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().user("first")
        .node("intermediateCatchEvent", "wait", body=message_event("m")).user("a").end()
        .path("start", "first", "wait", "a", "end"),
    )  # fmt: skip
    assert platform.publish("partner.bericht", correlation_key="7").instance_keys == ()
    key = platform.start("p", {"sleutel": "7"})
    other = platform.start("p", {"sleutel": "7"})

    do(platform, key, "first")
    do(platform, other, "first")

    assert open_tasks(platform, key) == ["a"]
    assert open_tasks(platform, other) == []


def test_a_message_past_its_time_to_live_reaches_nobody(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().node("intermediateCatchEvent", "wait", body=message_event("m"))
        .end().path("start", "wait", "end"),
    )  # fmt: skip
    platform.publish("partner.bericht", correlation_key="7")
    platform.clock.advance(hours=25)

    key = platform.start("p", {"sleutel": "7"})

    assert platform.instance(key).state == "ACTIVE"


def test_the_same_message_id_is_refused_the_second_time(platform: Platform) -> None:
    platform.publish("partner.bericht", correlation_key="7", message_id="abc")

    with pytest.raises(Conflict, match="published before"):
        platform.publish("partner.bericht", correlation_key="7", message_id="abc")


def test_correlating_a_message_for_nobody_says_so_and_keeps_nothing(platform: Platform) -> None:
    with pytest.raises(NotFound, match="Nothing waits"):
        platform.correlate("partner.bericht", correlation_key="7")


def test_a_message_starts_a_process(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.nieuw").node("startEvent", "start", body=message_event("m")).user("a").end()
        .path("start", "a", "end"),
    )  # fmt: skip

    published = platform.publish("partner.nieuw", correlation_key="9", variables={"dossiernummer": "9"})

    assert open_tasks(platform, published.instance_keys[0]) == ["a"]
    assert platform.instance(published.instance_keys[0]).variables == {"dossiernummer": "9"}


def test_a_timer_start_event_starts_the_newest_version_as_often_as_it_says(platform: Platform) -> None:
    deploy(
        platform,
        Diagram()
        .node("startEvent", "start", body=timer("timeCycle", "R2/P1D"))
        .user("a")
        .end()
        .path("start", "a", "end"),
    )
    for _ in range(4):
        platform.clock.advance(days=1)
        platform.run_due()

    assert len(platform.instances("p")) == 2


def test_the_first_event_behind_an_event_based_gateway_wins(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "partner.bericht").start().node("eventBasedGateway", "g")
        .node("intermediateCatchEvent", "msg", body=message_event("m"))
        .node("intermediateCatchEvent", "late", body=timer("timeDuration", "P14D")).user("a").user("b").end()
        .path("start", "g", "msg", "a", "end").path("g", "late", "b", "end"),
    )  # fmt: skip
    by_message = platform.start("p", {"sleutel": "1"})
    by_timer = platform.start("p", {"sleutel": "2"})

    platform.publish("partner.bericht", correlation_key="1")
    platform.clock.advance(days=14)
    platform.run_due()

    assert open_tasks(platform, by_message) == ["a"]
    assert open_tasks(platform, by_timer) == ["b"]
    do(platform, by_message, "a")
    do(platform, by_timer, "b")
    assert leftovers(platform) == {}


def test_a_called_process_is_an_instance_of_its_own_that_gives_back_what_is_mapped(platform: Platform) -> None:
    child = Diagram("kind").start().user("vraag").end().path("start", "vraag", "end")
    io = (
        '<zeebe:ioMapping><zeebe:input source="= naam" target="wie"/>'
        '<zeebe:output source="= antwoord" target="uitkomst"/></zeebe:ioMapping>'
    )
    parent = Diagram().start().call("roep", "kind", io, 'propagateAllParentVariables="false"').user("na").end()
    deploy(platform, child, parent.path("start", "roep", "na", "end"))
    key = platform.start("p", {"naam": "x", "geheim": 1})
    called = platform.instances("kind")[0]
    assert platform.instance(called.key).variables == {"wie": "x"}
    assert called.root_key == key

    do(platform, key, "vraag", {"antwoord": 42, "overig": 1})

    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables == {"naam": "x", "geheim": 1, "uitkomst": 42}
    assert platform.instance(called.key).state == "COMPLETED"


def test_an_error_of_a_called_process_is_caught_at_the_call_activity(platform: Platform) -> None:
    child = Diagram("kind").code("error", "f", "mis").start().end("fout", error_event("f")).path("start", "fout")
    parent = (
        Diagram().code("error", "f", "mis").start().call("roep", "kind").boundary("b", "roep", error_event("f"))
        .user("herstel").end().path("start", "roep", "end").path("b", "herstel", "end")
    )  # fmt: skip
    deploy(platform, child, parent)

    key = platform.start("p")

    assert open_tasks(platform, key) == ["herstel"]
    assert [i.state for i in platform.instances("kind")] == ["TERMINATED"]
    do(platform, key, "herstel")
    assert leftovers(platform) == {}


def test_an_error_nobody_catches_is_an_incident(platform: Platform) -> None:
    deploy(platform, Diagram().code("error", "f", "mis").start().end("fout", error_event("f")).path("start", "fout"))

    key = platform.start("p")

    assert [i.error_type for i in platform.instance(key).incidents] == ["UNHANDLED_ERROR_EVENT"]
    assert platform.instance(key).state == "ACTIVE"


def test_an_escalation_from_a_called_process_lets_both_go_on_when_caught_without_interrupting(
    platform: Platform,
) -> None:
    child = (
        Diagram("kind").code("escalation", "e", "niet-nakoming").start()
        .node("intermediateThrowEvent", "meld", body=escalation_event("e")).user("verder").end()
        .path("start", "meld", "verder", "end")
    )  # fmt: skip
    inside = (
        Diagram().node("startEvent", "es", body=escalation_event("e"), isInterrupting="false").user("handhaaf").end("ee")
        .path("es", "handhaaf", "ee")
    )  # fmt: skip
    parent = Diagram().code("escalation", "e", "niet-nakoming").start().call("roep", "kind").end()
    parent.sub("esp", inside, event=True).path("start", "roep", "end")
    deploy(platform, child, parent)

    key = platform.start("p")

    assert open_tasks(platform, key) == ["handhaaf", "verder"]
    do(platform, key, "verder")
    assert platform.instance(key).state == "ACTIVE"
    do(platform, key, "handhaaf")
    assert platform.instance(key).state == "COMPLETED"


def test_an_interrupting_event_sub_process_ends_everything_else_in_its_scope(platform: Platform) -> None:
    inside = (
        Diagram()
        .node("startEvent", "es", body=message_event("m"))
        .user("afsluiten")
        .end("ee")
        .path("es", "afsluiten", "ee")
    )
    called = Diagram("kind").start().user("diep").end().path("start", "diep", "end")
    deploy(
        platform,
        called,
        Diagram().message("m", "duo.SS111").start().call("roep", "kind").end().sub("esp", inside, event=True)
        .path("start", "roep", "end"),
    )  # fmt: skip
    key = platform.start("p", {"sleutel": "1"})
    assert open_tasks(platform, key) == ["diep"]

    platform.publish("duo.SS111", correlation_key="1", variables={"datum": "2026-01-05"})

    assert open_tasks(platform, key) == ["afsluiten"]
    assert platform.instance(key).variables["datum"] == "2026-01-05"
    do(platform, key, "afsluiten")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_non_interrupting_event_sub_process_runs_beside_several_times(platform: Platform) -> None:
    inside = (
        Diagram().node("startEvent", "es", body=message_event("m"), isInterrupting="false").user("zaak").end("ee")
        .path("es", "zaak", "ee")
    )  # fmt: skip
    deploy(
        platform,
        Diagram().message("m", "meld").start().user("a").end().sub("esp", inside, event=True).path("start", "a", "end"),
    )
    key = platform.start("p", {"sleutel": "1"})

    platform.publish("meld", correlation_key="1")
    platform.publish("meld", correlation_key="1")

    assert open_tasks(platform, key) == ["a", "zaak", "zaak"]
    do(platform, key, "a")
    assert platform.instance(key).state == "ACTIVE"
    do(platform, key, "zaak")
    do(platform, key, "zaak")
    assert platform.instance(key).state == "COMPLETED"
    assert leftovers(platform) == {}


def test_a_terminate_end_event_ends_its_scope(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").end().end("stop", "<bpmn:terminateEventDefinition/>")
        .path("start", "split", "a", "stop").path("split", "b", "end"),
    )  # fmt: skip
    key = platform.start("p")

    do(platform, key, "a")

    assert platform.instance(key).state == "COMPLETED"
    assert ("b", "TERMINATED") in history(platform, key)
    assert leftovers(platform) == {}


def test_a_parallel_multi_instance_collects_its_outputs_in_order(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a", body=loop("namen", "naam", output="antwoord", collect="antwoorden")).user("b").end()
        .path("start", "a", "b", "end"),
    )  # fmt: skip
    key = platform.start("p", {"namen": ["x", "y", "z"]})
    tasks = platform.tasks(state="CREATED", instance=key)

    for n in (2, 0, 1):
        platform.complete(tasks[n].key, {"antwoord": n}, user="anna")

    assert platform.instance(key).variables["antwoorden"] == [0, 1, 2]
    assert open_tasks(platform, key) == ["b"]


def test_a_sequential_multi_instance_goes_one_by_one_and_may_stop_early(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start()
        .user("a", body=loop("namen", "naam", sequential=True, until="numberOfCompletedInstances = 2")).user("b").end()
        .path("start", "a", "b", "end"),
    )  # fmt: skip
    key = platform.start("p", {"namen": ["x", "y", "z"]})

    do(platform, key, "a")
    assert open_tasks(platform, key) == ["a"]
    do(platform, key, "a")

    assert open_tasks(platform, key) == ["b"]


def test_an_empty_collection_passes_at_once(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a", body=loop("namen", "naam")).end().path("start", "a", "end"))

    key = platform.start("p", {"namen": []})

    assert platform.instance(key).state == "COMPLETED"


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


def test_a_worker_may_throw_a_bpmn_error_that_the_diagram_catches(open_platform: Callable[..., Platform]) -> None:
    def worker(job: object, work: object) -> dict[str, object]:
        raise BpmnError("adres-onbekend", variables={"bron": "BRP"})

    platform = open_platform(handlers={"zoek": worker})
    deploy(
        platform,
        Diagram().code("error", "f", "adres-onbekend").start().service("s", "zoek")
        .boundary("b", "s", error_event("f")).user("onderzoek").end().path("start", "s", "end").path("b", "onderzoek", "end"),
    )  # fmt: skip
    key = platform.start("p")

    platform.run_due()

    assert open_tasks(platform, key) == ["onderzoek"]
    assert platform.instance(key).variables == {"bron": "BRP"}


def test_an_undeployed_called_process_is_an_incident_until_it_is_deployed(platform: Platform) -> None:
    deploy(platform, Diagram().start().call("roep", "kind").end().path("start", "roep", "end"))
    key = platform.start("p")
    incident = platform.instance(key).incidents[0]
    assert incident.error_type == "CALLED_ELEMENT_ERROR"

    deploy(platform, Diagram("kind").start().end().path("start", "end"))
    platform.resolve(incident.key)

    assert platform.instance(key).state == "COMPLETED"


def test_a_running_case_keeps_its_version_and_the_same_content_makes_no_new_one(platform: Platform) -> None:
    old = Diagram().start().user("oud").end().path("start", "oud", "end")
    new = Diagram().start().user("nieuw").end().path("start", "nieuw", "end")
    deploy(platform, old)
    key = platform.start("p")

    again = platform.deploy_content("p.bpmn", old.xml())
    changed = platform.deploy_content("p.bpmn", new.xml())

    assert (again[0].version, again[0].is_new) == (1, False)
    assert (changed[0].version, changed[0].is_new) == (2, True)
    assert open_tasks(platform, key) == ["oud"]
    assert open_tasks(platform, platform.start("p")) == ["nieuw"]


def test_separation_of_duties_refuses_who_did_the_earlier_step(platform: Platform) -> None:
    def properties(**given: str) -> str:
        return (
            "<zeebe:properties>"
            + "".join(f'<zeebe:property name="{n}" value="{v}"/>' for n, v in given.items())
            + "</zeebe:properties>"
        )

    deploy(
        platform,
        Diagram().start().user("rapport", properties(uitvoerderIn="rapporteur"))
        .user("besluit", properties(nietDoor="= [rapporteur]")).end().path("start", "rapport", "besluit", "end"),
    )  # fmt: skip
    key = platform.start("p")
    do(platform, key, "rapport", user="anna")
    task = platform.tasks(state="CREATED", instance=key)[0]

    with pytest.raises(Forbidden, match="separation of duties"):
        platform.claim(task.key, user="anna")
    with pytest.raises(Forbidden, match="separation of duties"):
        platform.complete(task.key, {}, user="anna")

    platform.claim(task.key, user="bert")
    platform.complete(task.key, {}, user="bert")
    assert platform.instance(key).state == "COMPLETED"


def test_claiming_is_for_the_first_and_completing_for_the_claimant(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").end().path("start", "a", "end"))
    platform.start("p")
    task = platform.tasks(state="CREATED")[0]
    platform.claim(task.key, user="anna")

    with pytest.raises(Conflict, match="was first"):
        platform.claim(task.key, user="bert")
    with pytest.raises(Conflict):
        platform.complete(task.key, {}, user="bert")
    platform.complete(task.key, {}, user="anna")
    with pytest.raises(Conflict, match="expected state CREATED, found COMPLETED"):
        platform.complete(task.key, {}, user="anna")


def test_a_timer_that_follows_its_variable_moves_with_it(platform: Platform) -> None:
    follow = '<zeebe:properties><zeebe:property name="herberekenen" value="true"/></zeebe:properties>'
    deploy(
        platform,
        Diagram().start().user("a").boundary("t", "a", timer("timeDate", "= uiterlijk"), extension=follow).user("late").end()
        .path("start", "a", "end").path("t", "late", "end"),
    )  # fmt: skip
    key = platform.start("p", {"uiterlijk": "2026-01-10"})

    platform.processes.set_variables(key, {"uiterlijk": "2026-02-10"})
    platform.clock.set("2026-01-20T09:00:00+01:00")
    assert platform.run_due() == 0
    platform.clock.set("2026-02-10T23:59:00+01:00")
    assert platform.run_due() == 0
    platform.clock.set("2026-02-11T00:00:00+01:00")
    platform.run_due()

    assert open_tasks(platform, key) == ["late"]


def test_cancelling_a_case_cancels_what_it_called(platform: Platform) -> None:
    deploy(platform, Diagram("kind").start().user("diep").end().path("start", "diep", "end"))
    deploy(platform, Diagram().start().call("roep", "kind").end().path("start", "roep", "end"))
    key = platform.start("p")

    platform.cancel(key)

    assert {i.state for i in platform.instances()} == {"TERMINATED"}
    assert leftovers(platform) == {}
    with pytest.raises(Conflict, match="TERMINATED"):
        platform.cancel(key)


def test_a_thrown_message_reaches_a_waiting_case_in_the_same_transaction(platform: Platform) -> None:
    waiting = (
        Diagram("wacht").message("m", "intern").start().node("intermediateCatchEvent", "w", body=message_event("m"))
        .user("na").end().path("start", "w", "na", "end")
    )  # fmt: skip
    throwing = (
        Diagram("gooi").message("m", "intern").start().node("intermediateThrowEvent", "t", body=message_event("m")).end()
        .path("start", "t", "end")
    )  # fmt: skip
    deploy(platform, waiting, throwing)
    key = platform.start("wacht", {"sleutel": "1"})

    platform.start("gooi", {"sleutel": "1"})

    assert open_tasks(platform, key) == ["na"]


def test_an_endless_loop_without_waiting_is_an_incident_not_a_hanging_server(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inburgering_flow.engine.core.MAX_ACTIVATIONS", 3_000)
    deploy(
        platform,
        Diagram()
        .start()
        .script("s", "1", "x")
        .xor("g", "g_s")
        .end()
        .path("start", "s", "g|x = 2", "end")
        .path("g", "s"),
    )

    key = platform.start("p")

    assert "loop without an end" in platform.instance(key).incidents[0].message


def test_a_loop_of_three_thousand_rounds_completes(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().script("s", "n + 1", "n").xor("g", "g_s").end().path("start", "s", "g|n >= 3000", "end")
        .path("g", "s"),
    )  # fmt: skip

    key = platform.start("p", {"n": 0})

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables == {"n": 3000}


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ('<bpmn:choreographyTask id="x"/>', "choreographyTask cannot be executed"),
        ('<bpmn:serviceTask id="x"/>', "no job type"),
        ('<bpmn:callActivity id="x"/>', "calls no process"),
        ('<bpmn:userTask id="a"/>', "Two elements have this id"),
    ],
)
def test_what_cannot_run_is_refused_with_element_and_remedy(platform: Platform, part: str, sentence: str) -> None:
    diagram = Diagram().start().user("a").end().path("start", "a", "end").add(part)

    with pytest.raises(DeploymentRejected, match=sentence) as caught:
        deploy(platform, diagram)

    assert all(f.remedy for f in caught.value.findings)
    assert platform.deployments.newest("process") == []


DATES = """<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<inputData id="i" name="einde"><variable id="v" name="einde" typeRef="date"/></inputData>
<decision id="bewaking" name="Bewaking"><variable id="b" name="Bewaking"/>
<informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
<literalExpression id="l"><text>{ begin: einde - duration("P6M") }</text></literalExpression></decision></definitions>"""


def test_a_decision_that_an_impossible_value_has_emptied_is_an_incident_not_a_silent_null(platform: Platform) -> None:
    platform.deploy_content("d.dmn", DATES)
    rule = '<zeebe:calledDecision decisionId="bewaking" resultVariable="bewaking"/>'
    deploy(platform, Diagram().start().node("businessRuleTask", "regel", rule).user("na").end()
           .path("start", "regel", "na", "end"))  # fmt: skip

    good = platform.start("p", {"einde": "2029-12-31"})
    bad = platform.start("p", {"einde": "31-12-2029"})

    assert platform.instance(good).variables["bewaking"] == {"begin": "2029-06-30"}
    incident = platform.instance(bad).incidents[0]
    assert incident.error_type == "DECISION_EVALUATION_ERROR"
    assert "does not fit date" in incident.message
    platform.processes.set_variables(bad, {"einde": "2029-12-31"})
    platform.resolve(incident.key)
    assert open_tasks(platform, bad) == ["na"]


def test_tokens_that_wait_at_a_join_are_gone_when_an_event_sub_process_takes_over(platform: Platform) -> None:
    aside = Diagram().message("m", "stop").node("startEvent", "es", body=message_event("m")).user("u").end("ee")
    d = Diagram().start().both("g").user("a").user("b").both("j").end().sub("esp", aside.path("es", "u", "ee"), event=True)
    deploy(platform, d.path("start", "g", "a", "j", "end").path("g", "b", "j"))
    key = platform.start("p", {"sleutel": "k"})
    do(platform, key, "a")
    platform.correlate("stop", correlation_key="k")
    do(platform, key, "u")

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).incidents == ()
