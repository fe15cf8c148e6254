"""What nobody needs any more does not pile up: messages that reached nobody or only deleted cases, work of no case, drafts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from diagrams import Diagram, message_event, timer
from invariants import assert_sound
from sqlalchemy import Table, select

from inburgering_flow.errors import Conflict
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t


def upkeep(platform: Platform) -> int:
    return platform.services.messages.forget() + platform.services.jobs.forget() + platform.services.drafts.forget()


def found(platform: Platform, table: Table) -> list[Any]:
    with platform.context.db.read() as unit:
        return list(unit.connection.execute(select(table)))


def a_case_that_hears(platform: Platform) -> int:
    diagram = Diagram().message("m", "bericht").start().node("intermediateCatchEvent", "c", body=message_event("m")).end()
    platform.deploy_content("p.bpmn", diagram.path("start", "c", "end").xml())
    return platform.start("p", {"sleutel": "1"})


def test_a_message_that_nobody_heard_is_kept_for_a_month_after_its_time_and_then_forgotten(platform: Platform) -> None:
    platform.publish("niemand", correlation_key="1", variables={"naam": "Jansen"}, time_to_live=timedelta(days=1))

    platform.clock.advance(days=30)
    assert upkeep(platform) == 0
    assert found(platform, t.message)[0].variables == {"naam": "Jansen"}
    platform.clock.advance(days=2)
    assert upkeep(platform) == 1
    assert found(platform, t.message) == []


def test_an_id_is_refused_until_its_message_which_nobody_heard_is_forgotten(platform: Platform) -> None:
    platform.publish("niemand", correlation_key="1", variables={"naam": "Jansen"}, message_id="brief 7")

    platform.clock.advance(days=20)
    assert upkeep(platform) == 0
    with pytest.raises(Conflict):
        platform.publish("niemand", correlation_key="1", message_id="brief 7")

    platform.clock.advance(days=20)
    assert upkeep(platform) == 1
    assert found(platform, t.message) == []
    platform.publish("niemand", correlation_key="1", message_id="brief 7")


def test_a_message_goes_once_its_time_is_over_when_the_case_that_heard_it_was_deleted_before(platform: Platform) -> None:
    key = a_case_that_hears(platform)
    platform.publish("bericht", correlation_key="1", time_to_live=timedelta(days=1))
    platform.delete(key)

    assert upkeep(platform) == 0
    platform.clock.advance(days=2)
    assert upkeep(platform) == 1

    assert found(platform, t.message) == found(platform, t.message_correlation) == []
    assert_sound(platform)


def test_what_a_case_has_heard_and_what_may_still_be_heard_stay(platform: Platform) -> None:
    key = a_case_that_hears(platform)
    platform.publish("bericht", correlation_key="1", time_to_live=timedelta(days=1))
    platform.publish("later", correlation_key="1", time_to_live=timedelta(days=400))
    platform.clock.advance(days=300)

    assert upkeep(platform) == 0
    assert [m.name for m in found(platform, t.message)] == ["bericht", "later"]
    assert [c.instance_key for c in found(platform, t.message_correlation)] == [key]


def test_the_history_of_a_timer_that_starts_cases_goes_after_a_month_and_that_of_cases_stays(platform: Platform) -> None:
    diagram = Diagram().start(body=timer("timeCycle", "R3/P20D"))
    diagram.node("intermediateCatchEvent", "w", body=timer("timeDuration", "PT0S")).end().path("start", "w", "end")
    platform.deploy_content("p.bpmn", diagram.xml())
    for _ in range(3):
        platform.clock.advance(days=20)
        platform.run_due()
    assert [j.kind for j in found(platform, t.job_history)].count("START") == 3

    platform.clock.advance(days=31)
    assert upkeep(platform) == 3

    assert [j.kind for j in found(platform, t.job_history)] == ["TIMER"] * 3


def test_more_than_one_transaction_takes_is_forgotten_too(platform: Platform) -> None:
    for number in range(7):
        platform.publish("niemand", correlation_key=str(number))
    platform.clock.advance(days=40)

    assert platform.services.messages.forget(most=3) == 7


def test_drafts_go_with_the_end_of_their_task_and_stay_while_it_is_open(platform: Platform) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    keys = [platform.start("p") for _ in range(3)]
    tasks = [platform.tasks(instance=key)[0].key for key in keys]
    anna = Actor("anna", is_system=True)
    for task in tasks:
        platform.services.drafts.save(task, anna, lambda _form: {"naam": "Jansen"})
    platform.complete(tasks[0], {}, user="bert")
    platform.cancel(keys[1])

    assert upkeep(platform) == 2

    assert [row.task_key for row in found(platform, t.draft)] == [tasks[2]]
