"""What is counted in a week, at its edges."""

from __future__ import annotations

from datetime import datetime, timedelta

from inburgering_flow.analysis.weeks import Case, Happened, Task, Term, totals, weekly

MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+01:00")


def day(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


def test_cases_count_where_they_begin_end_and_run() -> None:
    cases = [Case(day(-3), day(0)), Case(day(0), day(7)), Case(day(6.9), None)]

    found = weekly(Happened(cases), MONDAY, 2, (), {})

    assert found == {"begun": [2, 0], "finished": [1, 1], "running": [2, 1], "missed": [0, 0]}


def test_tasks_count_by_role() -> None:
    tasks = [
        Task("a", day(-1), day(2), True, day(1)),  # done, late
        Task("a", day(1), None, False, day(5)),  # open, late since Saturday
        Task("a", day(1), day(8), True, day(9)),
        Task("a", day(1), day(3), False, None),  # withdrawn
        Task("b", day(2), None, False, None),
    ]

    found = weekly(Happened(tasks=tasks, busy=[("a", day(1), 60.0)]), MONDAY, 2, ("a", "b"), {"a": 240.0})

    assert found["done:a"] == [1, 1]
    assert found["open:a"] == [2, 1]
    assert found["wait:a"] == [3, 7]
    assert found["late:a"] == [2, 1]
    assert found["load:a"] == [0.25, 0.0]
    assert (found["done:b"], found["open:b"], found["wait:b"]) == ([0, 0], [1, 1], [None, None])
    assert "load:b" not in found


def test_a_term_is_missed_when_its_day_has_passed_and_nothing_was_done() -> None:
    terms = [
        Term(day(3), day(2), False),  # kept
        Term(day(3), day(4), False),  # kept too late
        Term(day(3), None, False),  # still not kept
        Term(day(3), day(1), True),  # moved
        Term(day(9), None, False),
    ]

    assert weekly(Happened(terms=terms), MONDAY, 2, (), {})["missed"] == [2, 1]


def test_the_whole_time_sums_what_happens_and_keeps_what_stands() -> None:
    assert totals({"begun": [2, 3], "open:a": [5, 4], "wait:a": [1.0, None, 3.0], "load:a": [None, None]}) == {
        "begun": 5, "open:a": 4, "wait:a": 2.0, "load:a": None,
    }  # fmt: skip
