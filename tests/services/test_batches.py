"""The same change for many cases: in the background, each in its own transaction, with progress, pause and cancel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from diagrams import Diagram
from engine.doing import deploy, do, leftovers
from invariants import assert_sound

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _, speaking
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model import batches as kinds
from inburgering_flow.model.batches import Filter
from inburgering_flow.model.changes import MigrationPlan, Modification, Move
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.batches import CHUNK
from inburgering_flow.store import audit
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.dialects import SQLITE

ADMIN = Actor("fred", ("functioneel-beheerder",), table=ROLES)


def cases(platform: Platform, number: int) -> list[int]:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    return [platform.start("p", {"x": n}) for n in range(number)]


def states(platform: Platform) -> Counter[str]:
    return Counter(i.state for i in platform.instances("p"))


def progress(platform: Platform, key: int) -> tuple[str, int, int, int]:
    batch = platform.services.batches.get(key)
    return batch.state, batch.total, batch.completed, batch.failed


def test_every_case_that_fits_a_filter_is_cancelled_in_chunks(platform: Platform) -> None:
    keys = cases(platform, CHUNK * 2 + 3)
    do(platform, keys[0], "a")
    do(platform, keys[0], "b")

    batch = platform.services.batches.create(kinds.CANCEL, filter=Filter(process_id="p", state="ACTIVE"), actor=ADMIN)
    assert progress(platform, batch) == ("ACTIVE", CHUNK * 2 + 2, 0, 0)
    assert platform.run_due() == 3

    assert progress(platform, batch) == ("COMPLETED", CHUNK * 2 + 2, CHUNK * 2 + 2, 0)
    assert platform.services.batches.get(batch).end is not None
    assert states(platform) == {"TERMINATED": CHUNK * 2 + 2, "COMPLETED": 1}
    assert leftovers(platform) == {}
    assert_sound(platform)
    with platform.context.db.read() as unit:
        assert Counter(x["action"] for x in audit.found(unit, audit.Wanted()) if x["actor"] == "fred") == {
            "process.cancel": CHUNK * 2 + 2, "batch.create": 1,
        }  # fmt: skip


def test_what_fails_keeps_its_sentence_and_stops_nothing_else(platform: Platform) -> None:
    keys = cases(platform, 3)
    platform.cancel(keys[1])

    batch = platform.services.batches.create(kinds.SUSPEND, keys=[*keys, keys[0], 7])
    platform.run_due()

    assert progress(platform, batch) == ("PARTIALLY_COMPLETED", 4, 2, 2)
    failed = platform.services.batches.items(batch, state="FAILED")
    assert [i.instance_key for i in failed] == [7, keys[1]]
    assert failed[0].message.startswith("There is no process instance 7.")
    assert "expected state ACTIVE, found TERMINATED" in failed[1].message
    assert [i.instance_key for i in platform.services.batches.items(batch, after=7, most=2)] == keys[:2]
    assert states(platform) == {"SUSPENDED": 2, "TERMINATED": 1}
    assert platform.services.batches.search().rows[0].key == batch


def test_a_refusal_is_heard_again_for_each_language_and_nothing_of_that_is_kept(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = cases(platform, 2)
    suspend, tried = platform.services.batches._acts[kinds.SUSPEND], []

    def refused_once(unit: Unit, key: int, plan: Mapping[str, Any], actor: Actor) -> object:
        tried.append(key)
        if tried.count(key) > 1 and key == second:
            return suspend(unit, key, plan, actor)
        raise NotFound(_("There is no process instance {key}.").format(key=key))

    monkeypatch.setitem(platform.services.batches._acts, kinds.SUSPEND, refused_once)
    batch = platform.services.batches.create(kinds.SUSPEND, keys=[first, second])
    platform.run_due()

    assert tried == [first, first, second, second]
    assert states(platform) == {"ACTIVE": 2}
    with speaking("nl"):
        assert [i.message for i in platform.services.batches.failed(batch).rows] == [
            f"Proces {first} bestaat niet.", f"There is no process instance {second}.",
        ]  # fmt: skip


def test_a_mistake_of_the_program_fails_one_item_after_a_few_tries_and_no_other(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    keys = [platform.start("p") for _ in range(3)]
    tried = []

    def broken(_unit: object, key: int, *_: object) -> None:
        tried.append(key)
        if key == keys[1]:
            raise KeyError("geheim")

    monkeypatch.setitem(platform.services.batches._acts, kinds.SUSPEND, broken)
    batch = platform.services.batches.create(kinds.SUSPEND, keys=keys)
    platform.run_due()

    assert tried == [keys[0], keys[1], keys[1], keys[1], keys[2]]
    done = platform.services.batches.get(batch)
    assert (done.completed, done.failed) == (2, 1)
    (item,) = platform.services.batches.items(batch, state="FAILED")
    assert "Unexpected trouble (KeyError)" in item.message
    assert "geheim" not in item.message
    with speaking("nl"):
        (item,) = platform.services.batches.items(batch, state="FAILED")
    assert "Onverwachte fout (KeyError)" in item.message


def test_a_batch_rests_goes_on_and_is_given_up(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    cases(platform, CHUNK + 5)
    batch = platform.services.batches.create(kinds.CANCEL, filter=Filter(process_id="p"))
    job = platform.services.jobs.due()[0]
    assert platform.services.jobs.run(job, "een")

    platform.services.batches.suspend(batch, ADMIN)
    assert platform.run_due() == 0
    assert progress(platform, batch) == ("SUSPENDED", CHUNK + 5, CHUNK, 0)
    platform.services.batches.resume(batch, ADMIN)
    monkeypatch.setattr("inburgering_flow.services.batches.CHUNK", 2)
    assert platform.services.jobs.run(platform.services.jobs.due()[0], "twee")
    platform.services.batches.cancel(batch, ADMIN)

    assert platform.run_due() == 0
    assert progress(platform, batch) == ("CANCELED", CHUNK + 5, CHUNK + 2, 0)
    assert len(platform.services.batches.items(batch, state="CANCELED")) == 3
    assert states(platform) == {"TERMINATED": CHUNK + 2, "ACTIVE": 3}
    for move in (platform.services.batches.suspend, platform.services.batches.resume, platform.services.batches.cancel):
        with pytest.raises(Conflict, match="found CANCELED"):
            move(batch, ADMIN)
    with pytest.raises(NotFound):
        platform.services.batches.get(1)


def test_a_batch_that_is_paused_in_the_middle_of_a_chunk_does_not_begin_another_item(platform: Platform) -> None:
    keys = cases(platform, 4)
    batch = platform.services.batches.create(kinds.CANCEL, keys=keys)
    cancel_in = platform.services.processes.cancel_in
    seen: list[int] = []

    def pausing(unit: object, key: int, actor: Actor) -> None:
        seen.append(key)
        cancel_in(unit, key, actor)  # type: ignore[arg-type]
        if len(seen) == 2:
            unit.after_commit(lambda: platform.services.batches.suspend(batch))  # type: ignore[attr-defined]

    platform.services.processes.cancel_in = pausing  # type: ignore[method-assign]
    platform.run_due()

    assert seen == keys[:2]
    assert progress(platform, batch) == ("SUSPENDED", 4, 2, 0)
    platform.services.batches.resume(batch)
    platform.run_due()
    assert progress(platform, batch) == ("COMPLETED", 4, 4, 0)


def test_many_cases_are_modified_migrated_resumed_and_deleted(platform: Platform) -> None:
    keys = cases(platform, 3)
    old = platform.instance(keys[0]).process_definition_key
    modified = platform.services.batches.create(
        kinds.MODIFY, filter=Filter(definition_key=old), modification=Modification(move=[Move("b", source_id="a")])
    )
    platform.run_due()
    assert progress(platform, modified) == ("COMPLETED", 3, 3, 0)
    assert [x.element_id for x in platform.tasks(state="CREATED")] == ["b"] * 3

    new = Diagram().start().user("a").user("c").end().path("start", "a", "c", "end")
    target = next(d.key for d in platform.deploy_content("p.bpmn", new.xml()) if d.kind == "process")
    plan = MigrationPlan(target, {"b": "c"})
    migrated = platform.services.batches.create(kinds.MIGRATE, filter=Filter(definition_key=old), migration=plan)
    again = platform.services.batches.create(kinds.MIGRATE, keys=keys[:1], migration=MigrationPlan(target))
    platform.run_due()
    assert progress(platform, migrated) == ("COMPLETED", 3, 3, 0)
    assert progress(platform, again) == ("FAILED", 1, 0, 1)
    assert "'c' is active and has no target" in platform.services.batches.items(again)[0].message

    for type, state in ((kinds.SUSPEND, "SUSPENDED"), (kinds.RESUME, "ACTIVE"), (kinds.CANCEL, "TERMINATED")):
        platform.services.batches.create(type, filter=Filter(process_id="p"))
        platform.run_due()
        assert states(platform) == {state: 3}
    deleted = platform.services.batches.create(kinds.DELETE, filter=Filter(state="TERMINATED"))
    platform.run_due()
    assert progress(platform, deleted) == ("COMPLETED", 3, 3, 0)
    assert platform.instances() == []
    assert_sound(platform)


def test_stuck_cases_are_found_and_retried_also_where_a_called_process_is_stuck(platform: Platform) -> None:
    stuck = Diagram("kind").start().xor("g", "g_b").user("a").user("b").end()
    stuck.path("start", "g|y > 1", "a", "end").path("g", "b", "end")
    deploy(platform, stuck, Diagram().start().call("c", "kind").end().path("start", "c", "end"))
    broken, fine = platform.start("p"), platform.start("p", {"y": 2})
    platform.services.processes.set_variables(next(i.key for i in platform.instances("kind") if i.root_key == broken), {"y": 2})

    resolved = platform.services.batches.create(kinds.RESOLVE, filter=Filter(has_incident=True))
    platform.run_due()
    assert progress(platform, resolved) == ("COMPLETED", 1, 1, 0)
    assert [x.element_id for x in platform.tasks(state="CREATED")] == ["a", "a"]

    still = platform.services.batches.create(kinds.SUSPEND, filter=Filter(state="ACTIVE"))
    platform.run_due()
    assert progress(platform, still) == ("COMPLETED", 2, 2, 0)  # the cases; what they called stands still with them
    assert {i.state for i in platform.instances()} == {"SUSPENDED"}
    platform.services.batches.create(kinds.RESUME, filter=Filter(state="SUSPENDED"))
    platform.run_due()

    third = platform.start("p")
    platform.services.batches.create(kinds.CANCEL, filter=Filter(process_id="p", has_incident=True))
    platform.run_due()
    assert [platform.instance(k).state for k in (broken, fine, third)] == ["ACTIVE", "ACTIVE", "TERMINATED"]
    platform.services.batches.create(kinds.CANCEL, filter=Filter(process_id="p", has_incident=False, state="ACTIVE"))
    platform.run_due()
    assert leftovers(platform) == {}


def test_a_batch_without_anything_to_do_is_done_at_once(platform: Platform) -> None:
    batch = platform.services.batches.create(kinds.CANCEL, filter=Filter(process_id="nergens"))
    platform.run_due()

    assert progress(platform, batch) == ("COMPLETED", 0, 0, 0)


def test_a_batch_must_say_what_and_for_whom(platform: Platform) -> None:
    plan = MigrationPlan(1)
    for wrong in (
        lambda: platform.services.batches.create("FLY", keys=[1]),
        lambda: platform.services.batches.create(kinds.CANCEL),
        lambda: platform.services.batches.create(kinds.CANCEL, filter=Filter()),
        lambda: platform.services.batches.create(kinds.CANCEL, keys=[1], filter=Filter(process_id="p")),
        lambda: platform.services.batches.create(kinds.MIGRATE, keys=[1]),
        lambda: platform.services.batches.create(kinds.CANCEL, keys=[1], migration=plan),
        lambda: platform.services.batches.create(kinds.MODIFY, keys=[1], migration=plan),
    ):
        with pytest.raises(InvalidInput):
            wrong()
    assert platform.services.batches.search().rows == []


def test_only_who_may_manage_processes_handles_batches(platform: Platform) -> None:
    key = platform.services.batches.create(kinds.CANCEL, keys=[1])
    clerk = Actor("karin", ("klantmanager", "regievoerder", "auditor"), table=ROLES)
    for act in (
        lambda: platform.services.batches.create(kinds.CANCEL, keys=[1], actor=clerk),
        lambda: platform.services.batches.get(key, clerk),
        lambda: platform.services.batches.search(clerk),
        lambda: platform.services.batches.items(key, actor=clerk),
        lambda: platform.services.batches.suspend(key, clerk),
        lambda: platform.services.batches.resume(key, clerk),
        lambda: platform.services.batches.cancel(key, clerk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_what_is_due_is_found_by_one_indexed_look_up_however_much_stands_still(platform: Platform) -> None:
    asked: list[tuple[str, object]] = []

    def note(statement: str, parameters: object) -> None:
        if "FROM job" in statement:
            asked.append((statement, parameters))

    now = platform.clock.now()
    with platform.context.db.write() as unit:
        row = {"kind": "TIMER", "type": "", "instance_key": 1, "root_key": 1, "element_key": 1, "element_id": "t",
               "due": now, "retries": 0, "watches": (), "suspended": True}  # fmt: skip
        unit.connection.execute(t.job.insert(), [{**row, "key": n} for n in range(1, 3001)])
    with platform.context.db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE job")
        connection.commit()
    with platform.context.db.watched(note):
        assert platform.services.jobs.due() == []

    ((statement, parameters),) = asked
    given = parameters if isinstance(parameters, dict) else tuple(parameters)  # type: ignore[arg-type]  # a sequence
    with platform.context.db.engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN " if platform.context.db.dialect is SQLITE else "EXPLAIN (ANALYZE, COSTS OFF) "
        plan = " ".join(str(r) for r in connection.exec_driver_sql(explain + statement, given))
    assert "ix_job_due" in plan
    assert "Rows Removed" not in plan


def test_the_outlook_counts_what_a_batch_would_reach_and_changes_nothing(platform: Platform) -> None:
    keys = cases(platform, 5)
    platform.suspend(keys[0])
    do(platform, keys[1], "a")
    do(platform, keys[1], "b")
    version = platform.services.deployments.newest("process")[0].key

    def reached(type: str, **given: object) -> int:
        return platform.services.batches.outlook(type, **given).total  # type: ignore[arg-type]

    assert reached(kinds.SUSPEND, filter=Filter(definition_key=version, state="ACTIVE")) == 3
    assert reached(kinds.CANCEL, filter=Filter(definition_key=version, state=("ACTIVE", "SUSPENDED"))) == 4
    assert reached(kinds.CANCEL, keys=[*keys, keys[0]]) == 5
    assert states(platform) == {"ACTIVE": 3, "SUSPENDED": 1, "COMPLETED": 1}
    assert platform.services.batches.search().rows == []
    assert [(v.process_id, v.active, v.suspended) for v in platform.services.batches.versions()] == [("p", 3, 1)]


def test_the_outlook_of_a_migration_says_which_step_stands_in_the_way_and_how_often(platform: Platform) -> None:
    keys = cases(platform, 3)
    do(platform, keys[0], "a")
    old = platform.services.deployments.newest("process")[0].key
    deploy(platform, Diagram().start().user("a").user("c").end().path("start", "a", "c", "end"))
    new = platform.services.deployments.newest("process")[0].key

    found = platform.services.batches.outlook(
        kinds.MIGRATE, filter=Filter(definition_key=old, state="ACTIVE"), migration=MigrationPlan(new, same_ids=True)
    )
    assert (found.total, found.checked) == (3, 3)
    assert [(element, number) for element, _said, number in found.refusals] == [("b", 1)]

    mapped = MigrationPlan(new, {"b": "c"}, same_ids=True)
    found = platform.services.batches.outlook(kinds.MIGRATE, filter=Filter(definition_key=old, state="ACTIVE"), migration=mapped)
    assert found.refusals == ()
    platform.services.batches.create(kinds.MIGRATE, filter=Filter(definition_key=old, state="ACTIVE"), migration=mapped)
    platform.run_due()
    assert {i.definition_key for i in platform.instances("p")} == {new}
    assert_sound(platform)


def test_cases_are_named_by_key_or_business_key_and_each_unknown_one_is_said(platform: Platform) -> None:
    keys = cases(platform, 2)
    named = platform.start("p", business_key="D-1")

    assert platform.services.batches.cases_named([str(keys[1]), "D-1", str(keys[1])]) == [keys[1], named]
    with pytest.raises(NotFound, match="D-2, 404, ²"):
        platform.services.batches.cases_named(["D-1", "D-2", "404", "²"])
    deploy(platform, Diagram("boven").start().call("c", "p").end().path("start", "c", "end"))
    top = platform.start("boven")
    called = next(i for i in platform.instances("p") if i.root_key == top)
    with pytest.raises(NotFound, match=str(called.key)):
        platform.services.batches.cases_named([str(called.key)])
    with pytest.raises(InvalidInput, match=r"10,000"):
        platform.services.batches.cases_named(["1"] * 10_001)


def test_looking_ahead_needs_the_same_permission(platform: Platform) -> None:
    nobody = Actor("karin", ("klantmanager",), table=ROLES)

    for look in (
        lambda: platform.services.batches.outlook(kinds.CANCEL, keys=[1], actor=nobody),
        lambda: platform.services.batches.versions(nobody),
        lambda: platform.services.batches.cases_named(["1"], nobody),
    ):
        with pytest.raises(Forbidden):
            look()


def test_a_case_of_later_years_whose_key_is_as_long_as_keys_get_is_found_too(platform: Platform) -> None:
    platform.context.keys.go_beyond(9 * 10**18)
    key = cases(platform, 1)[0]

    assert len(str(key)) == 19
    assert platform.services.batches.cases_named([str(key)]) == [key]
    with pytest.raises(NotFound):
        platform.services.batches.cases_named([str(2**63)])
