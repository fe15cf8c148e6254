"""Comparing groups: no alarm where nothing differs, one where something was planted, and like with like only."""

from __future__ import annotations

import random

import pytest
from variants import ALL

from inburgering_flow.analysis.effects import AGAIN, DURATION, LATE, LEAST, Observed, _holm, _ranks, compare, trust


def history(count: int, seed: int, *, slow: float = 1.0, share: float = 0.5) -> list[Observed]:
    """Cases of two kinds, one of which takes three times as long."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        kind = "x" if draw.random() < share else "y"
        hours = draw.lognormvariate(6, 0.35) * (3 if kind == "y" else 1) * slow
        found.append(Observed(kind, hours, draw.random() < 0.2, draw.random() < 0.1))
    return found


def test_a_false_alarm_is_rare_and_a_planted_difference_is_found() -> None:
    found = trust(history(500, 1), 0.15, runs=20, rounds=79)
    assert found.false_alarms <= 4
    assert found.found >= 18


@pytest.mark.skipif(not ALL, reason="a minute; fewer splits are tried above")
def test_of_many_splits_five_in_a_hundred_are_false_alarms_at_most() -> None:
    found = trust(history(500, 2), 0.15, runs=400, rounds=199)
    assert found.false_alarms <= 400 * 0.05 + 3 * (400 * 0.05 * 0.95) ** 0.5
    assert found.found >= 0.95 * 400


def test_another_mix_of_cases_is_no_effect() -> None:
    """Without strata the second group would seem twice as quick."""
    before, after = history(400, 3, share=0.2), history(400, 4, share=0.8)
    mixed = {one.figure: one for one in compare(
        [Observed("", o.hours, o.again, o.late) for o in before], [Observed("", o.hours, o.again, o.late) for o in after], rounds=199
    ).effects}
    alike = {one.figure: one for one in compare(before, after, rounds=199).effects}
    assert mixed[DURATION].is_alarm
    assert mixed[DURATION].difference < -0.3
    assert not alike[DURATION].is_alarm
    assert abs(alike[DURATION].difference) < 0.1


def test_an_effect_is_a_share_of_durations_with_an_interval_around_it() -> None:
    found = {one.figure: one for one in compare(history(400, 5), history(400, 6, slow=1.3), rounds=199).effects}
    one = found[DURATION]
    assert one.low < 0.3 < one.high
    assert 0.2 < one.difference < 0.4
    assert one.chance == 1 / 200
    assert not found[AGAIN].is_alarm
    assert not found[LATE].is_alarm


def test_of_too_few_that_are_alike_nothing_is_said() -> None:
    before = [Observed("x", 10, again=False, late=False)] * LEAST
    found = compare(before, [Observed("y", 10, again=False, late=False)] * 50)
    assert (found.effects, found.left_out, found.strata) == ((), LEAST + 50, 0)
    assert compare(before, before[1:]).effects == ()


def test_ranks_share_what_is_equal_and_the_first_alarm_has_to_be_the_sharpest() -> None:
    assert _ranks([5, 1, 5]) == [0.625, 0.25, 0.625]
    assert _holm([0.02, 0.02, 0.02]) == [False, False, False]
    assert _holm([0.01, 0.024, 0.2]) == [True, True, False]
