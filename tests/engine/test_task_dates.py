"""The dates of an open task that follows its variables (``herberekenen``) move with them; those of any other task stay."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from engine.drawing import FOLLOWS, Diagram
from inburgering_flow.platform import Platform

ZONE = ZoneInfo("Europe/Amsterdam")
SCHEDULE = '<zeebe:taskSchedule dueDate="=einde" followUpDate="=vanaf"/>'


def drawn(platform: Platform, extension: str) -> int:
    d = Diagram().start().user("kijk", SCHEDULE + extension).user("ander", SCHEDULE).end()
    platform.deploy_content("p.bpmn", d.path("start", "kijk", "end").path("start", "ander", "end").xml())
    return platform.start("p", {"einde": "2026-05-01", "vanaf": "2026-04-01"})


def days(platform: Platform) -> dict[str, tuple[str | None, str | None]]:
    return {
        task.element_id: tuple(m and str(m.astimezone(ZONE).date()) for m in (task.due, task.follow_up))
        for task in platform.tasks(state="CREATED")
    }


def test_both_dates_move_with_their_variables(platform: Platform) -> None:
    key = drawn(platform, FOLLOWS)
    before = days(platform)
    platform.services.processes.set_variables(key, {"einde": "2026-06-01"})
    assert days(platform) == {"kijk": ("2026-06-02", "2026-04-01"), "ander": before["ander"]}
    platform.services.processes.set_variables(key, {"vanaf": "2026-05-01", "ander": 1})
    assert days(platform)["kijk"] == ("2026-06-02", "2026-05-01")
    platform.services.processes.set_variables(key, {"einde": None})
    assert days(platform)["kijk"] == (None, "2026-05-01")


def test_a_value_that_is_no_date_leaves_the_dates_as_they_were(platform: Platform) -> None:
    key = drawn(platform, FOLLOWS)
    before = days(platform)
    platform.services.processes.set_variables(key, {"einde": "morgen"})
    assert days(platform) == before


def test_a_task_that_opens_in_the_same_step_has_the_last_date(platform: Platform) -> None:
    change = '<zeebe:script expression="=&quot;2026-07-01&quot;" resultVariable="einde"/>'
    d = Diagram().start().user("kijk", SCHEDULE + FOLLOWS).node("scriptTask", "zet", change).end()
    platform.deploy_content("p.bpmn", d.path("start", "kijk", "end").path("start", "zet", "end").xml())
    platform.start("p", {"einde": "2026-05-01", "vanaf": "2026-04-01"})
    assert days(platform)["kijk"][0] == "2026-07-02"


def test_a_task_that_is_over_follows_nothing(platform: Platform) -> None:
    drawn(platform, FOLLOWS)
    for task in platform.tasks(state="CREATED"):
        platform.complete(task.key, {"einde": "2026-06-01"})
    assert days(platform) == {}
    assert {str(task.due.date()) for task in platform.tasks() if task.due} == {"2026-05-01"}
