"""Timers fire at their moment, as often as they say, and follow what they are computed from."""

from __future__ import annotations

import pytest
from diagrams import Diagram, message_event, timer

from engine.doing import deploy, do, finished, history, leftovers, open_tasks, trail
from engine.drawing import FOLLOWS, catch, step
from inburgering_flow.platform import Platform
from inburgering_flow.services import steps


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


def test_a_repeating_timer_fires_between_other_timers_also_when_the_clock_jumps(platform: Platform) -> None:
    d = Diagram().start().sub("s", Diagram().start("si").node("intermediateCatchEvent", "w", body=timer("timeDuration", "PT30S"))
                              .path("si", "w"))  # fmt: skip
    d.boundary("b", "s", timer("timeCycle", "R4/PT5S"), interrupting=False)
    deploy(platform, step(d, "tik", "na").path("start", "s", "na").path("b", "tik"))
    key = platform.start("p")
    platform.clock.advance(minutes=5)
    platform.run_due()

    assert trail(platform, key) == ["tik", "tik", "tik", "tik", "na"]
    assert finished(platform, key)


def test_a_cron_timer_fires_at_its_next_moment(platform: Platform) -> None:
    d = Diagram().start().user("a").boundary("b", "a", timer("timeCycle", "0 0 9 * * *"), interrupting=False).end().end("e2")
    deploy(platform, d.path("start", "a", "end").path("b", "e2"))
    key = platform.start("p")
    for _ in range(3):
        platform.clock.advance(days=1)
        platform.run_due()

    assert [e for e, _ in history(platform, key)].count("e2") == 3


def test_a_cron_expression_may_leave_a_day_open(platform: Platform) -> None:
    body = "<bpmn:timerEventDefinition><bpmn:timeCycle>0 0/5 * * * ?</bpmn:timeCycle></bpmn:timerEventDefinition>"
    d = (
        Diagram()
        .start()
        .user("a")
        .boundary("b", "a", body, interrupting=False)
        .user("r")
        .path("start", "a")
        .path("b", "r")
    )
    deploy(platform, d)
    key = platform.start("p")
    platform.clock.advance(minutes=5)
    platform.run_due()

    assert [t.element_id for t in platform.tasks(instance=key)] == ["a", "r"]


@pytest.mark.parametrize("cron", ["0 30 2 * * *", "30 2 * * *"])
def test_a_time_of_the_day_comes_once_a_day_also_when_the_clocks_change(platform: Platform, cron: str) -> None:
    d = Diagram().start().user("a").boundary("b", "a", timer("timeCycle", cron), interrupting=False).user("u").path("b", "u")
    deploy(platform, d.path("start", "a"))
    for begin in ("2026-03-28T09:00:00+01:00", "2026-10-24T09:00:00+02:00"):
        platform.clock.set(begin)
        key = platform.start("p")
        platform.clock.advance(days=3)
        platform.run_due()
        assert open_tasks(platform, key) == ["a", "u", "u", "u"]
        platform.cancel(key)


def test_a_cycle_may_be_made_by_an_expression(platform: Platform) -> None:
    event = timer("timeCycle", '= cycle(n, duration("PT1H"))')
    d = Diagram().start().user("a").boundary("b", "a", event, interrupting=False).user("u").path("start", "a").path("b", "u")
    deploy(platform, d)
    key = platform.start("p", {"n": 3})
    platform.clock.advance(hours=9)
    platform.run_due()

    assert open_tasks(platform, key) == ["a", "u", "u", "u"]


def test_a_timer_that_follows_its_variable_moves_with_it(platform: Platform) -> None:
    follow = '<zeebe:properties><zeebe:property name="herberekenen" value="true"/></zeebe:properties>'
    deploy(
        platform,
        Diagram().start().user("a").boundary("t", "a", timer("timeDate", "= uiterlijk"), extension=follow).user("late").end()
        .path("start", "a", "end").path("t", "late", "end"),
    )  # fmt: skip
    key = platform.start("p", {"uiterlijk": "2026-01-10"})

    platform.services.processes.set_variables(key, {"uiterlijk": "2026-02-10"})
    platform.clock.set("2026-01-20T09:00:00+01:00")
    assert platform.run_due() == 0
    platform.clock.set("2026-02-10T23:59:00+01:00")
    assert platform.run_due() == 0
    platform.clock.set("2026-02-11T00:00:00+01:00")
    platform.run_due()

    assert open_tasks(platform, key) == ["late"]


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


def test_a_timer_whose_firing_is_refused_is_an_incident_and_what_is_due_behind_it_runs(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_GENERATIONS", 100)
    begun = Diagram("q").message("m", "bericht").start(body=message_event("m"))
    deploy(platform, begun.end("end", message_event("m")).path("start", "end"))
    sends = Diagram().message("m", "bericht").start().end("end", message_event("m"))
    deploy(platform, catch(sends, "straks", timer("timeDuration", "PT1H")).path("start", "straks", "end"))
    waits = catch(Diagram("r").start(), "later", timer("timeDuration", "PT2H")).end().path("start", "later", "end")
    deploy(platform, waits)
    case, other = platform.start("p"), platform.start("r")
    platform.clock.advance(hours=3)
    platform.run_due()

    assert platform.instance(other).state == "COMPLETED"
    [incident] = platform.instance(case).incidents
    assert (incident.element_id, incident.error_type) == ("straks", "UNKNOWN")
    assert "100 steps" in incident.error_message
    deploy(platform, Diagram("q").message("m", "bericht").start(body=message_event("m")).end().path("start", "end"))
    platform.resolve(incident.key)
    platform.run_due()
    assert platform.instance(case).state == "COMPLETED"
