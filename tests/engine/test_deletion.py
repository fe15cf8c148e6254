"""A finished case goes with all that belongs to it alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, message_event
from sqlalchemy import func, select

from engine.doing import actions, deploy, do
from engine.drawing import one_task
from inburgering_flow.errors import Conflict, NotFound
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t


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
    assert kept - {"node", "oldest_program"} == {"deployment", "resource", "definition", "audit", "audit_head"}  # where there are nodes, this one


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
