"""Before a version is put in force every running case is moved on a copy: what is foretold is what happens, and nothing moves."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest
from diagrams import Diagram, loop, message_event, timer
from engine.doing import deploy
from sqlalchemy import select
from variants import examples

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.changes import MigrationRefused
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.rehearsals import Group, Plan
from inburgering_flow.platform import Platform
from inburgering_flow.services import rehearsals
from inburgering_flow.services.candidates import Candidates
from inburgering_flow.services.rehearsals import Verdict
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import tables as t

PIET = Actor("piet", ("procesontwerper",), table=ROLES)


def two_tasks(first: str = "a", *, kind: str = "user") -> Diagram:
    diagram = Diagram().start()
    drawn = diagram.user(first) if kind == "user" else diagram.script(first, "1", "x")
    return drawn.user("b").end().path("start", first, "b", "end")


def rehearsed(platform: Platform, diagram: Diagram, **mapping: str) -> rehearsals.Shown:
    files = [Resource("p.bpmn", diagram.xml().encode())]
    plans = [s.plan for s in platform.services.rehearsals.sources(SYSTEM, resources=files)]
    if mapping:
        plans = [Plan(p.source_key, p.target_key, p.process_id, mapping) for p in plans]
    key = platform.services.rehearsals.begin(plans, SYSTEM, resources=files)
    platform.run_due()
    return platform.services.rehearsals.get(key, SYSTEM)


def told(shown: rehearsals.Shown) -> list[tuple[str, str, int | None]]:
    return [(g.element_id, g.message, g.count) for g in shown.groups]


def everything(platform: Platform) -> dict[str, list[Any]]:
    left = {"rehearsal", "job_history", "audit", "audit_head", "node"}
    with platform.context.db.read() as unit:
        return {
            table.name: sorted(map(repr, unit.connection.execute(select(table))))
            for table in t.metadata.sorted_tables if table.name not in left
        }  # fmt: skip


def test_files_that_are_not_in_force_are_rehearsed_and_nothing_of_any_case_is_written(platform: Platform) -> None:
    deploy(platform, two_tasks())
    keys = [platform.start("p", {"sleutel": str(n)}) for n in range(5)]
    for key in keys[:2]:
        platform.complete(platform.tasks(instance=key)[0].key)
    before = everything(platform)

    found = rehearsed(platform, two_tasks("a", kind="script"))

    assert (found.rehearsal.state, found.rehearsal.total, found.rehearsal.checked) == ("DONE", 5, 5)
    [blocked, moves] = found.groups
    assert (blocked.element_id, blocked.count, blocked.keys) == ("a", 3, tuple(keys[2:]))
    assert "of another type" in blocked.message
    assert (moves.element_id, moves.message, moves.count) == ("", "", 2)
    assert everything(platform) == before


def test_a_renamed_step_is_suggested_and_may_be_mapped_by_hand(platform: Platform) -> None:
    deploy(platform, two_tasks())
    platform.start("p")
    [source] = platform.services.rehearsals.sources(SYSTEM, resources=[Resource("p.bpmn", two_tasks("z").xml().encode())])
    assert [asdict(one.suggested) for one in source.choices if one.suggested] == [{"before": "a", "after": "z", "why": "place"}]

    assert told(rehearsed(platform, two_tasks("z"))) == [("", "", 1)]
    assert told(rehearsed(platform, two_tasks("z"), a="end"))[0][0] == "a"


def test_a_new_timer_that_cannot_be_computed_and_a_join_that_fires_are_foretold(platform: Platform) -> None:
    def fork(*, last: str, join: str = "j") -> Diagram:
        drawn = Diagram().start().both("g").user("a").user("b").user("c").both(join).xor("k").user("d").end()
        drawn.path("start", "g", "a", join, "k|wat", "d", "end").path("g", "b", join).path("g", "c", last)
        return drawn

    deploy(platform, fork(last="j"))
    key = platform.start("p")
    for done in ("a", "b"):
        platform.complete(platform.tasks(instance=key, element_id=done)[0].key)
    late = fork(last="j").boundary("t", "c", timer("timeDuration", "= wanneer")).path("t", "end")
    assert told(rehearsed(platform, late))[0][0] == "t"

    for join in ("j", "anders"):
        found = rehearsed(platform, fork(last="end", join=join), j=join)  # it waits no more for c: it fires, and then no way fits
        assert [(g.element_id, g.stops) for g in found.groups] == [("k", True)]


def test_a_suspended_case_is_told_apart_and_progress_can_be_left_and_stopped(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsals, "CHUNK", 2)
    monkeypatch.setattr(rehearsals, "SECONDS", 0.0001)
    deploy(platform, two_tasks())
    keys = [platform.start("p") for _ in range(5)]
    platform.suspend(keys[4])
    service = platform.services.rehearsals
    files = [Resource("p.bpmn", two_tasks("z").xml().encode())]
    key = service.begin([s.plan for s in service.sources(PIET, resources=files)], PIET, resources=files, once="x")
    assert service.begin([s.plan for s in service.sources(PIET, resources=files)], PIET, resources=files, once="x") == key
    job = platform.services.jobs.due()
    platform.services.jobs.run(job[0], "here")
    assert (service.get(key, SYSTEM).rehearsal.state, service.get(key, SYSTEM).rehearsal.checked) == ("RUNNING", 2)

    platform.run_due()
    assert sorted((g.count or 0) for g in service.get(key, SYSTEM).groups) == [1, 4]
    assert {g.count for g in service.get(key, PIET).groups} == {None}
    assert service.get(key, PIET).names == {}
    with pytest.raises(Conflict):
        service.stop(key, PIET)

    other = service.begin([s.plan for s in service.sources(PIET, resources=files)], PIET, resources=files)
    service.stop(other, PIET)
    platform.run_due()
    assert service.get(other, SYSTEM).rehearsal.state == "STOPPED"
    with pytest.raises(InvalidInput):
        service.begin([], PIET)
    with pytest.raises(Forbidden):
        service.get(key, Actor("karin", ("klantmanager",), table=ROLES))
    platform.clock.advance(days=31)
    assert service.forget() == 2


# -- the real outcome ------------------------------------------------------------------------------------------------------


def outer() -> Diagram:
    inside = Diagram().start("s1").user("x").service("w", "werk").both("s2").both("s3").end("s4")
    inside.path("s1", "s2", "x", "s3", "s4").path("s2", "w", "s3")
    heard = Diagram().message("h", "hoor").node("startEvent", "hs", body=message_event("h"), isInterrupting="false").end("he")
    return (
        Diagram().message("m", "bericht").message("n", "nieuws").start().user("a").boundary("t", "a", timer("timeCycle", "R3/P1D"), interrupting=False)
        .boundary("b", "a", message_event("m")).xor("merge").sub("sub", inside).boundary("hurry", "sub", timer("timeDuration", "P30D"))
        .user("many", body=loop("[1, 2, 3]", "item")).node("eventBasedGateway", "g")
        .node("intermediateCatchEvent", "gm", body=message_event("n")).node("intermediateCatchEvent", "gt", body=timer("timeDuration", "P50D"))
        .xor("j").user("last").end().end("reminded").end("late").sub("es", heard.path("hs", "he"), event=True)
        .path("start", "a", "merge", "sub", "many", "g", "gm", "j", "last", "end").path("g", "gt", "j").path("b", "merge")
        .path("t", "reminded").path("hurry", "late")
    )  # fmt: skip


ALTERED = [
    lambda xml: xml.replace('"a"', '"a_nieuw"').replace('"x"', '"x_nieuw"'),
    lambda xml: xml.replace('<bpmn:userTask id="x"', '<bpmn:manualTask id="x"', 1).replace("</bpmn:userTask>", "</bpmn:manualTask>", 2)
    .replace("</bpmn:manualTask>", "</bpmn:userTask>", 1),
    lambda xml: xml.replace(">R3/P1D<", ">= wanneer<"),
    lambda xml: xml.replace('id="last" name="last"', 'id="last" name="Laatste"').replace(">P30D<", ">P9D<"),
    lambda xml: xml.replace('attachedToRef="a" cancelActivity="true"', 'attachedToRef="many" cancelActivity="true"'),
    lambda xml: xml.replace('"many"', '"veel"').replace("[1, 2, 3]", "[1, 2]"),
    lambda xml: xml.replace('sourceRef="s2" targetRef="w"', 'sourceRef="x" targetRef="w"'),
    lambda xml: xml.replace('<bpmn:parallelGateway id="s3"', '<bpmn:exclusiveGateway id="s3"').replace(
        '</bpmn:parallelGateway><bpmn:endEvent id="s4"', '</bpmn:exclusiveGateway><bpmn:endEvent id="s4"'
    ),
    lambda xml: xml.replace('"sub"', '"deel"').replace('"gm"', '"bericht_wacht"'),
    lambda xml: xml.replace('id="hurry"', 'id="haast"').replace('"hurry"', '"haast"').replace(">P30D<", ">= 1 + null<"),
]


def walked(platform: Platform, dice: random.Random, number: int) -> int:
    key = platform.start("p", {"sleutel": str(number), "wanneer": "P3D" if number % 3 else None})
    for _step in range(dice.randrange(9)):
        open_now = platform.tasks(instance=key, state="CREATED")
        if open_now and dice.random() < 0.75:
            platform.complete(dice.choice(open_now).key)
        else:
            platform.publish(dice.choice(["bericht", "nieuws", "hoor"]), correlation_key=str(number))
    return key


def real(platform: Platform, key: int, plan: Plan) -> Verdict:
    known = {i.key for i in platform.instance(key).incidents}
    try:
        platform.migrate(key, plan.target_key, plan.mapping, same_ids=True)
    except MigrationRefused as error:
        return Verdict(error.refusals)
    new = [i for i in platform.instance(key).incidents if i.key not in known]
    return Verdict(stops=tuple(dict.fromkeys((i.element_id, i.error_type) for i in new)))


def test_what_is_foretold_is_what_happens(platform: Platform) -> None:
    dice = random.Random(17)
    first = outer().xml()
    platform.deploy_content("p.bpmn", first)
    number = examples(60, 1_000)
    cases = [key for n in range(number) if platform.instance(key := walked(platform, dice, n)).state == "ACTIVE"]
    plans = []
    for altered in ALTERED:
        assert altered(first) != first
        target = platform.deploy_content("p.bpmn", altered(first))[0].key
        plans += [source.plan for source in platform.services.rehearsals.sources(SYSTEM, target_key=target)]
    seen: Counter[str] = Counter()
    for place, key in enumerate(cases):
        plan = plans[place % len(ALTERED)]
        with platform.context.db.read() as unit, platform.context.catalog.within(unit):
            said = platform.services.rehearsals.verdict(unit, key, plan, Candidates(platform.context, unit, []))
        happened = real(platform, key, plan)

        assert said == happened, (key, place % len(ALTERED), plan.mapping)
        seen["refused" if said.refusals else "stops" if said.stops else "moves"] += 1
    assert seen["refused"] > number / 20
    assert seen["moves"] > number / 4


def test_groups_are_made_of_every_obstacle_of_a_case() -> None:
    groups: dict[Any, Any] = {}
    for key in range(7):
        rehearsals._add(groups, 1, key, Verdict())
    assert [Group(**{**g, "keys": tuple(g["keys"])}) for g in groups.values()] == [Group(1, count=7, keys=(0, 1, 2, 3, 4))]
