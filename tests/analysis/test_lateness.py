"""What is said of a term: counted from examples, and nothing where there are too few."""

from __future__ import annotations

import random

import pytest

from inburgering_flow.analysis.lateness import LEAST, Example, Judged, Share, brier, calibration, share_late, worth


def test_only_those_that_stood_as_long_are_like_it() -> None:
    quick = [Example(lasted=2, until_over=10, until_due=9_999)] * 50
    slow = [Example(lasted=100, until_over=300, until_due=9_999)] * 15 + [Example(lasted=100, until_over=120, until_due=9_999)] * 15

    assert share_late([*quick, *slow], stood=0, left=200) == Share(15, 80)
    assert share_late([*quick, *slow], stood=50, left=150) == Share(15, 30)
    assert share_late([*quick, *slow], stood=50, left=400) == Share(0, 30)


def test_what_was_not_over_counts_as_far_as_it_is_known() -> None:
    open_ = [Example(lasted=None, until_over=-1 - 100, until_due=9_999)] * LEAST  # after 100 hours neither the step nor the term was over
    assert share_late(open_, stood=10, left=50) == Share(LEAST, LEAST)
    assert share_late(open_, stood=10, left=200) is None, "what came after 100 hours nobody knows"
    assert share_late(open_, stood=150, left=10) is None


def test_of_too_few_nothing_is_said() -> None:
    assert share_late([Example(5, 10, 9_999)] * (LEAST - 1), 0, 5) is None
    assert share_late([Example(5, 10, 9_999)] * LEAST, 0, 5) == Share(LEAST, LEAST)


def test_what_is_said_of_a_known_process_is_true() -> None:
    """A step of an exponential time, then another: what is said of cases by how long they stood comes true, tenth by tenth."""
    draw = random.Random(3)

    def drawn() -> tuple[float, float]:
        step = draw.expovariate(1 / 100)
        return step, step + draw.expovariate(1 / 100)

    examples = [Example(int(step), int(until), draw.randrange(50, 600)) for step, until in (drawn() for _ in range(3_000))]
    judged = []
    for _ in range(1_500):
        step, until = drawn()
        stood = draw.uniform(0, 150)
        if step <= stood:
            continue
        left = draw.uniform(50, 600) - stood
        if left <= 0:
            continue
        share = share_late(examples, stood, left)
        assert share is not None
        judged.append(Judged(share.probability, left / 24, until > stood + left))
    for tenth, one in calibration(judged).items():
        assert abs(one.said - one.missed) < 0.05 + 1.5 / one.count**0.5, (tenth, one)
    score = brier(judged)
    assert score is not None
    assert score < 0.2


def test_a_rule_is_worth_what_it_finds_and_what_it_finds_in_vain() -> None:
    found = worth([True, True, False, False], [True, False, True, False])
    assert (found.warned, found.precision, found.recall) == (2, 0.5, 0.5)
    assert worth([False], [False]).precision is None
    assert brier([]) is None
    assert calibration([Judged(None, 1, True)]) == {}
    assert Share(7, 10).of_ten == 7
    assert Share(0, 20).probability == pytest.approx(0.0238, abs=0.001)


def test_who_had_as_much_time_is_judged_by_their_own_day() -> None:
    hurried = [Example(lasted=10, until_over=90, until_due=100)] * LEAST
    at_leisure = [Example(lasted=10, until_over=1_900, until_due=2_000)] * 5 * LEAST
    assert share_late([*hurried, *at_leisure], stood=0, left=100) == Share(0, LEAST)
    assert share_late([*hurried[1:], *at_leisure], stood=0, left=100) == Share(5 * LEAST, 6 * LEAST - 1), "too few: all count"
