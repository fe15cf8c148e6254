"""People and queues, held beside what queueing theory says of them."""

from __future__ import annotations

import math
import random
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import simpy
from variants import ALL

from inburgering_flow.analysis.calendar import Calendar
from inburgering_flow.analysis.office import Group, Office, Steps, Work
from inburgering_flow.errors import InvalidInput

MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+01:00")
ALWAYS = Calendar(8)


class Desk:
    """An office with a list of what was done: (number of the work, begun, done)."""

    def __init__(self, *groups: Group, calendar: Calendar = ALWAYS) -> None:
        self.env = simpy.Environment()
        self.office = Office(self.env, MONDAY, groups, calendar)
        self.done: list[tuple[int, datetime, datetime]] = []

    def give(self, number: int, minutes: float, *, role: str = "a", rank: float = 0, wanted: Any = lambda: True) -> None:
        self.office.give(Work(rank, number, role, minutes, wanted, lambda begun, now: self.done.append((number, begun, now))))

    def until(self, moment: datetime) -> Desk:
        self.env.run(until=(moment - MONDAY).total_seconds())
        return self


def day(number: int, hour: int = 0, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=number, hours=hour, minutes=minute)


def test_one_person_does_one_thing_after_the_other_in_working_hours() -> None:
    desk = Desk(Group(("a",), 1, 40))

    for number in range(3):
        desk.give(number, 200)

    assert desk.until(day(4)).done == [
        (0, day(0, 9), day(0, 12, 20)), (1, day(0, 12, 20), day(0, 15, 40)), (2, day(0, 15, 40), day(1, 11)),
    ]  # fmt: skip


def test_what_is_due_first_goes_first_and_a_role_does_only_its_own() -> None:
    desk = Desk(Group(("a",), 1, 40), Group(("b",), 1, 40))
    desk.give(1, 60, rank=5)
    desk.give(2, 60, rank=1)
    desk.give(3, 60, role="b", rank=9)

    assert [(number, begun) for number, begun, _done in sorted(desk.until(day(1)).done)] == [
        (1, day(0, 10)), (2, day(0, 9)), (3, day(0, 9)),
    ]  # fmt: skip


def test_somebody_with_two_roles_helps_in_both() -> None:
    desk = Desk(Group(("a", "b"), 1, 40))
    desk.give(1, 60, role="a")
    desk.give(2, 60, role="b")

    assert len(desk.until(day(1)).done) == 2


def test_half_a_week_takes_twice_as_long() -> None:
    desk = Desk(Group(("a",), 1, 20))
    desk.give(1, 8 * 60)

    assert desk.until(day(4)).done == [(1, day(0, 9), day(1, 13))]


def test_nobody_works_on_what_was_withdrawn_and_work_of_no_role_here_waits_for_nobody() -> None:
    desk = Desk(Group(("a",), 1, 40))
    desk.give(1, 60, wanted=lambda: False)
    desk.give(2, 60, role="elsewhere")
    desk.give(3, 60)

    assert [one[0] for one in desk.until(day(1)).done] == [2, 3]
    assert sum(minutes for _role, _begun, minutes in desk.office.busy) == 60


@pytest.mark.parametrize("people", [1, 2, 4] if ALL else [2])
def test_the_wait_is_that_of_erlang(people: int) -> None:
    """M/M/c: Erlang's formula C (1917) for a queue that never closes, here the working hours of one long day after another."""
    chance = random.Random(people)
    minutes, load = 12.0, 0.7 * people
    desk = Desk(Group(("a",), people, 60), calendar=Calendar(12, time(6)))
    calendar, waits = Calendar(12, time(6)), []
    office = desk.office

    def arrivals() -> Steps:
        moment = calendar.opening(MONDAY)
        for number in range(30_000):
            moment = calendar.after(moment, chance.expovariate(load / minutes))
            yield desk.env.timeout(office.seconds(moment))
            office.give(Work(
                number, number, "a", chance.expovariate(1 / minutes), lambda: True,
                lambda begun, _now, came=moment: waits.append(calendar.between(came, begun)),
            ))  # fmt: skip

    desk.env.process(arrivals())
    desk.env.run()
    waiting = load**people / math.factorial(people) / (1 - load / people)
    erlang = waiting / (sum(load**n / math.factorial(n) for n in range(people)) + waiting)
    expected = erlang * minutes / (people - load)

    assert len(waits) == 30_000
    assert sum(waits) / len(waits) == pytest.approx(expected, rel=0.15)


def test_a_group_of_nobody_is_refused() -> None:
    for roles, people in (((), 1), (("a",), 0), (("a",), -1), (("a",), 1001)):
        with pytest.raises(InvalidInput):
            Group(roles, people)
