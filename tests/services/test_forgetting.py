"""What nobody needs any more does not pile up: messages that reached nobody or only deleted cases, work of no case, drafts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from diagrams import Diagram, message_event, timer
from invariants import assert_sound
from sqlalchemy import Table, func, insert, select

import inburgering_flow.services
import inburgering_flow.store
from inburgering_flow.errors import Conflict
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit


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


OLD = datetime(2020, 1, 1, tzinfo=UTC)
PILES: dict[str, tuple[Table, Callable[[int], dict[str, Any]]]] = {
    "sessions": (t.login_session, lambda n: {
        "key": n, "token_hash": f"{n}", "username": "weg", "epoch": 1, "begun": OLD, "used": OLD, "browser": "",
    }),
    "alerts": (t.alert, lambda n: {
        "key": n, "username": "karin", "kind": "LATE", "root_key": 1, "definition_key": 1, "subject": "TASK", "subject_key": n,
        "created": OLD, "on_bell": True, "read": OLD,
    }),
    "mails": (t.outgoing_mail, lambda n: {"key": n, "username": "karin", "pace": "NOW", "state": "SENT", "created": OLD}),
    "drafts": (t.draft, lambda n: {"task_key": n, "username": "karin", "saved_at": OLD, "data": {}}),
    "logins": (t.login_attempt, lambda n: {"digest": f"{n}", "failures": 1, "first": OLD, "free_at": OLD}),
    "submissions": (t.submission, lambda n: {"token": f"{n}", "actor": "karin", "made": n, "moment": OLD}),
    "project_files": (t.file_lock, lambda n: {"project_key": n, "path": "a.bpmn", "holder": "piet", "token": "x", "until": OLD}),
    "jobs": (t.job_history, lambda n: {
        "key": n, "kind": "START", "type": "", "instance_key": 0, "root_key": 0, "element_id": "", "ended": OLD,
        "state": "COMPLETED",
    }),
    "messages": (t.message, lambda n: {
        "key": n, "name": "m", "correlation_key": "", "message_id": None, "published": OLD, "expires": OLD, "variables": {},
        "state": "BUFFERED",
    }),
    "rehearsals": (t.rehearsal, lambda n: {
        "key": n, "created": OLD, "created_by": "piet", "resources": {}, "plans": [], "state": "DONE", "total": 0, "outcome": {},
    }),
    "forecasts": (t.forecast, lambda n: {
        "key": n, "created": OLD, "created_by": "piet", "process_id": "p", "name": "x", "given": {}, "state": "DONE", "total": 2,
        "changed": OLD, "outcome": {},
    }),
    "absences": (t.absence, lambda n: {
        "key": n, "username": "karin", "since": OLD.date(), "until": OLD.date(), "noted": OLD, "noted_by": "karin",
    }),
    "regular_reports": (t.regular_report, lambda n: {
        "key": n, "owner": "karin", "title": "Taken", "source": "LIST", "chosen": {}, "form": "csv", "weekday": 0, "hour": 7,
        "created": OLD, "next": OLD, "stopped": OLD, "reason": "OWNER",
    }),
    "list_deeds": (t.list_deed, lambda n: {"key": n, "username": "karin", "action": "claim", "rows": [], "moment": OLD}),
    "trial_runs": (t.trial_run, lambda n: {
        "key": n, "owner": "piet", "created": OLD, "changed": OLD, "files": b"", "story": {}, "turn": 0,
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", PILES)
def test_what_has_piled_up_is_forgotten_in_portions(platform: Platform, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody who waits for the writer waits for all of it."""
    table, row = PILES[name]
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(table), [row(n) for n in range(1, 2_502)])
    rounds: list[int] = []
    write = platform.context.db.write

    @contextmanager
    def counted() -> Iterator[Unit]:
        with write() as unit:
            before = unit.connection.execute(select(func.count()).select_from(table)).scalar_one()
            yield unit
            rounds.append(before - unit.connection.execute(select(func.count()).select_from(table)).scalar_one())

    monkeypatch.setattr(platform.context.db, "write", counted)
    assert getattr(platform.services, name).forget() == 2_501
    assert [size for size in rounds if size] == [1_000, 1_000, 501]


def test_each_upkeep_that_deletes_is_in_the_table_above() -> None:
    """Whatever ``store`` offers to forget without a case takes a number of rows; what asks it is one of those tested."""
    folder = Path(inburgering_flow.store.__file__).parent
    bare = {
        f"{path.name}: {line}"
        for path in folder.glob("*.py")
        for line in path.read_text().splitlines()
        if re.match(r"def forget\w*\(unit: Unit", line) and "most" not in line and path.name != "searching.py"
    }
    assert bare == set()
    services = Path(inburgering_flow.services.__file__).parent
    forgetful = {p.stem for p in services.glob("*.py") if "in_portions(" in p.read_text()} - {"portions", "throttle"}
    assert forgetful | {"logins"} == set(PILES)
