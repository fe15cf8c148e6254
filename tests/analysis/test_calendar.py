"""Working time: from moment to moment, over nights, weekends, free days and the change of the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inburgering_flow.analysis.calendar import Calendar
from inburgering_flow.errors import InvalidInput

HERE = ZoneInfo("Europe/Amsterdam")
EIGHT = Calendar(8)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("begin", "minutes", "done"),
    [
        ("2026-03-02T09:00", 30, "2026-03-02T09:30"),
        ("2026-03-02T16:50", 30, "2026-03-03T09:20"),
        ("2026-03-06T16:50", 30, "2026-03-09T09:20"),  # over a weekend
        ("2026-03-07T12:00", 30, "2026-03-09T09:30"),  # begun on a Saturday
        ("2026-03-02T07:00", 0, "2026-03-02T09:00"),
        ("2026-03-27T16:00", 120, "2026-03-30T10:00"),  # the clock changed on the 29th
        ("2026-03-02T09:00", 8 * 60, "2026-03-02T17:00"),
        ("2026-03-02T09:00", 8 * 60 + 1, "2026-03-03T09:01"),
    ],
)
def test_work_goes_on_where_the_day_before_left_it(begin: str, minutes: float, done: str) -> None:
    assert EIGHT.after(at(begin), minutes) == at(done)


def test_nobody_works_on_a_free_day() -> None:
    calendar = Calendar(8, free=lambda day: "Koningsdag" if day == date(2026, 4, 27) else "")

    assert calendar.after(at("2026-04-24T16:30"), 60) == at("2026-04-28T09:30")
    assert calendar.between(at("2026-04-24T00:00"), at("2026-04-29T00:00")) == 2 * 8 * 60
    assert not calendar.is_open(at("2026-04-27T10:00"))


@settings(max_examples=60)
@given(st.integers(0, 60 * 24 * 30), st.floats(0, 5000), st.floats(0.5, 12))
def test_what_is_done_after_some_work_took_that_work(start: int, minutes: float, hours: float) -> None:
    calendar = Calendar(hours)
    begin = at("2026-03-15T00:00") + timedelta(minutes=start)  # around the change of the clock

    done = calendar.after(begin, minutes)

    assert calendar.between(begin, done) == pytest.approx(minutes, abs=1e-3)
    assert minutes < 0.001 or done > begin


def test_hours_that_no_day_has_are_refused() -> None:
    for hours in (0, -1, 13):
        with pytest.raises(InvalidInput, match="hours a day"):
            Calendar(hours)


def test_a_calendar_without_days_says_so() -> None:
    with pytest.raises(InvalidInput, match="No day after"):
        Calendar(8, free=lambda _day: "always").opening(at("2026-03-02T09:00"))
