"""Timers fire at their moment, as often as they say, and follow what they are computed from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from diagrams import Diagram, message_event, timer

from engine.doing import deploy, do, finished, history, leftovers, open_tasks, trail, troubles
from engine.drawing import FOLLOWS, catch, step
from inburgering_flow.clock import LEGAL_ZONE, end_of_day, start_of_day
from inburgering_flow.engine import timers
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.timers import parse_beginning
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


def test_a_repeating_timer_that_missed_rounds_fires_once_for_them_in_its_turn(platform: Platform) -> None:
    d = Diagram().start().sub("s", Diagram().start("si").node("intermediateCatchEvent", "w", body=timer("timeDuration", "PT30S"))
                              .path("si", "w"))  # fmt: skip
    d.boundary("b", "s", timer("timeCycle", "R4/PT5S"), interrupting=False)
    deploy(platform, step(d, "tik", "na").path("start", "s", "na").path("b", "tik"))
    key = platform.start("p")
    platform.clock.advance(minutes=5)
    platform.run_due()

    assert trail(platform, key) == ["tik", "na"]
    assert finished(platform, key)


def test_a_cron_timer_fires_at_its_next_moment(platform: Platform) -> None:
    d = (
        Diagram()
        .start()
        .user("a")
        .boundary("b", "a", timer("timeCycle", "0 0 9 * * *"), interrupting=False)
        .end()
        .end("e2")
    )
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
        for _ in range(72):
            platform.clock.advance(hours=1)
            platform.run_due()
        assert open_tasks(platform, key) == ["a", "u", "u", "u"]
        platform.cancel(key)


def test_a_cycle_may_be_made_by_an_expression(platform: Platform) -> None:
    event = timer("timeCycle", '= cycle(n, duration("PT1H"))')
    d = (
        Diagram()
        .start()
        .user("a")
        .boundary("b", "a", event, interrupting=False)
        .user("u")
        .path("start", "a")
        .path("b", "u")
    )
    deploy(platform, d)
    key = platform.start("p", {"n": 3})
    for _ in range(9):
        platform.clock.advance(hours=1)
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


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def rounds(cycle: str, begin: str, most: int, *, missed: int = 0) -> list[str]:
    """Return when a cycle that is armed at ``begin`` fires, each round in time or ``missed`` days late."""
    now = datetime.fromisoformat(begin)
    found = timers.due("cycle", cycle, now, AMSTERDAM)
    moments = []
    while len(moments) < most:
        moments.append(found.moment.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M"))
        late = found.moment + timedelta(days=missed)
        following = timers.next_round(found.moment, found.cycle, late, AMSTERDAM)
        if following is None:
            break
        found = following
    return moments


@pytest.mark.parametrize(
    ("cycle", "begin", "expected"),
    [
        ("R/2026-01-31T09:00:00+01:00/P1M", "2026-01-15T09:00:00+01:00", ["2026-01-31 09:00", "2026-02-28 09:00", "2026-03-31 09:00"]),
        ("R/P1M", "2026-01-31T09:00:00+01:00", ["2026-02-28 09:00", "2026-03-31 09:00", "2026-04-30 09:00"]),
        ("R/P1M", "2025-12-30T09:00:00+01:00", ["2026-01-30 09:00", "2026-02-28 09:00", "2026-03-30 09:00"]),
        ("R/2024-02-29T09:00:00+01:00/P1Y", "2024-01-01T09:00:00+01:00",
         ["2024-02-29 09:00", "2025-02-28 09:00", "2026-02-28 09:00", "2027-02-28 09:00", "2028-02-29 09:00"]),
        ("R/2026-03-28T02:30:00+01:00/P1D", "2026-03-20T09:00:00+01:00", ["2026-03-28 02:30", "2026-03-29 03:30", "2026-03-30 02:30"]),
        ("R/2026-10-24T02:30:00+02:00/P1D", "2026-10-20T09:00:00+02:00", ["2026-10-24 02:30", "2026-10-25 02:30", "2026-10-26 02:30"]),
        ("R2/P1W", "2026-03-02T09:00:00+01:00", ["2026-03-09 09:00", "2026-03-16 09:00"]),
        ("R/2026-03-07T12:00:00@America/New_York/P1D", "2026-03-02T09:00:00+01:00", ["2026-03-07 18:00", "2026-03-08 17:00"]),
        ("R/2026-03-07T12:00:00-05:00[America/New_York]/P1D", "2026-03-02T09:00:00+01:00", ["2026-03-07 18:00", "2026-03-08 17:00"]),
        ("R/2026-03-07T12:00:00@America/Port-au-Prince/PT1H", "2026-03-02T09:00:00+01:00", ["2026-03-07 18:00", "2026-03-07 19:00"]),
        ("R/PT1.5H", "2026-03-02T09:00:00+01:00", ["2026-03-02 10:30", "2026-03-02 12:00"]),
        ("R/P0,5D", "2026-03-02T09:00:00+01:00", ["2026-03-02 21:00", "2026-03-03 09:00"]),
    ],
)  # fmt: skip
def test_rounds_are_counted_from_where_the_cycle_began(cycle: str, begin: str, expected: list[str]) -> None:
    assert rounds(cycle, begin, len(expected) if not cycle.startswith("R2") else 9) == expected


def test_a_cycle_that_was_not_served_goes_on_in_the_future_at_its_own_moments() -> None:
    begin = "2026-01-31T09:00:00+01:00"

    assert rounds("R/P1M", begin, 3, missed=45) == ["2026-02-28 09:00", "2026-04-30 09:00", "2026-06-30 09:00"]
    assert rounds("R/2020-01-01T00:30:00+01:00/PT1H", begin, 1) == ["2020-01-01 00:30"]
    assert rounds("R/2020-01-01T00:30:00+01:00/PT1H", begin, 2, missed=3000) == ["2020-01-01 00:30", "2028-03-19 01:30"]
    assert rounds("0 0 9 * * MON", begin, 2, missed=10) == ["2026-02-02 09:00", "2026-02-16 09:00"]


CRON = [
    ("0 0 9 13 * FRI", ["2026-02-13 09:00", "2026-03-13 09:00", "2026-11-13 09:00"]),
    ("0 0 9 L * *", ["2026-02-28 09:00", "2026-03-31 09:00", "2026-04-30 09:00"]),
    ("0 0 9 L-3 * ?", ["2026-02-25 09:00", "2026-03-28 09:00", "2026-04-27 09:00"]),
    ("0 0 9 15W * *", ["2026-02-16 09:00", "2026-03-16 09:00", "2026-04-15 09:00"]),
    ("0 0 9 1W 8 *", ["2026-08-03 09:00", "2027-08-02 09:00"]),
    ("0 0 9 LW * *", ["2026-02-27 09:00", "2026-03-31 09:00"]),
    ("0 0 9 ? * 5L", ["2026-02-27 09:00", "2026-03-27 09:00"]),
    ("0 0 9 ? * FRIL", ["2026-02-27 09:00", "2026-03-27 09:00"]),
    ("0 0 9 * * mon#2", ["2026-02-09 09:00", "2026-03-09 09:00"]),
    ("0 0 9 * * SUN-TUE", ["2026-02-02 09:00", "2026-02-03 09:00", "2026-02-08 09:00"]),
    ("0 0 9 * * 0", ["2026-02-08 09:00"]),
    ("0 0 9 * * 7", ["2026-02-08 09:00"]),
    ("0 0 9-17/4 1,L FEB *", ["2026-02-01 13:00", "2026-02-01 17:00", "2026-02-28 09:00"]),
    ("0 0/5 * * * ?", ["2026-02-01 12:05", "2026-02-01 12:10"]),
    ("@monthly", ["2026-03-01 00:00", "2026-04-01 00:00"]),
    ("0 0 0 29 2 MON", ["2044-02-29 00:00"]),
]


@pytest.mark.parametrize(("cron", "expected"), CRON, ids=[c for c, _ in CRON])
def test_cron_expressions_mean_what_camunda_says(cron: str, expected: list[str]) -> None:
    assert rounds(cron, "2026-02-01T12:00:00+01:00", len(expected)) == expected


def test_a_start_timer_that_missed_rounds_starts_one_case(platform: Platform) -> None:
    deploy(
        platform, Diagram().start(body=timer("timeCycle", "R/2020-01-01T00:30:00Z/PT1H")).user("a").path("start", "a")
    )
    platform.run_due()
    assert len(platform.instances()) == 1

    platform.clock.advance(weeks=1)
    platform.run_due()
    platform.clock.advance(minutes=59)
    platform.run_due()

    assert len(platform.instances()) == 3


WITHOUT_TIME = [
    "R/PT0S",
    "R3/-PT1H",
    "R/P0D",
    "R/P0Y0M",
    "R3/PT0.0000001S",
    "R/2026-01-05T10:00:00+01:00/PT0S",
    "R/P0,0W",
]


@pytest.mark.parametrize(
    "cycle", [*WITHOUT_TIME, "R/P0.5M", "0 0 9 30 2 *", "0 0 9 32 * *", "0 0 9 * * MON#6", "0 0 9 3W-5 * *"]
)
def test_a_cycle_without_time_between_its_rounds_is_refused_or_an_incident(platform: Platform, cycle: str) -> None:
    def drawn(text: str) -> Diagram:
        d = Diagram().start().user("a").boundary("b", "a", timer("timeCycle", text), interrupting=False).user("u")
        return d.path("start", "a").path("b", "u")

    with pytest.raises(Trouble):
        timers.due("cycle", cycle, platform.clock.now(), AMSTERDAM)

    deploy(platform, drawn("= ritme"))
    key = platform.start("p", {"ritme": cycle})
    platform.clock.advance(days=1)

    assert platform.run_due() == 0
    assert "an interval above zero" in troubles(platform, key)[0]


@pytest.mark.parametrize("length", ["PT0S", "-PT1S", "P0D"])
def test_a_cycle_that_feel_makes_needs_time_between_its_rounds(platform: Platform, length: str) -> None:
    event = timer("timeCycle", f'= cycle(3, duration("{length}"))')
    deploy(platform, Diagram().start().user("a").boundary("b", "a", event, interrupting=False).path("start", "a"))

    assert "an interval above zero" in troubles(platform, platform.start("p"))[0]


@pytest.mark.parametrize(
    "event", [("timeDuration", "PT0S"), ("timeDuration", "= -duration(&quot;PT1S&quot;)"), ("timeDate", "2020-01-01")]
)
def test_a_loop_through_timers_that_fire_at_once_is_an_incident(platform: Platform, event: tuple[str, str]) -> None:
    kind, text = event
    d = (
        Diagram()
        .start()
        .xor("g", "g_t")
        .node("intermediateCatchEvent", "t", body=timer(kind, text.replace("&quot;", '"')))
    )
    deploy(platform, d.end().path("start", "g|false", "end").path("g", "t", "g"))
    key = platform.start("p")

    assert platform.run_due() == 1_000
    assert "is this a loop without an end?" in troubles(platform, key)[0]

    platform.resolve(platform.instance(key).incidents[0].key)
    assert platform.run_due() == 1_000  # a retry lets it go on


def test_work_that_always_makes_more_work_does_not_keep_the_executor(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inburgering_flow.executor.embedded.MOST_FOLLOWING", 20)
    platform = open_platform(handlers={"werk": lambda job, work: None})
    d = Diagram().start().xor("g", "g_w").service("w", "werk").end().path("start", "g|false", "end").path("g", "w", "g")
    deploy(platform, d)
    platform.start("p")

    assert platform.run_due() == 21


@pytest.mark.parametrize("value", ["0001-01-01", date(1, 1, 1)])
def test_a_beginning_before_all_moments_is_trouble_and_no_failure(value: object) -> None:
    with pytest.raises(Trouble):
        parse_beginning(value, LEGAL_ZONE)
    assert start_of_day(date(1, 1, 1)) == datetime.min.replace(tzinfo=UTC)
    assert start_of_day(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert end_of_day(date.max) == start_of_day(date.max)
