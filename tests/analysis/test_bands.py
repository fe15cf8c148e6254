"""Bands hold the share that they say, of values nobody has seen, and are widened as the past asks."""

from __future__ import annotations

import random
import statistics

import pytest
from variants import examples

from inburgering_flow.analysis.bands import Band, band, factor_for, quantile


@pytest.mark.parametrize("draw", ["gauss", "expovariate", "triangular"])
@pytest.mark.parametrize("count", [20, 40])
def test_a_band_of_few_outcomes_holds_eight_of_ten_new_ones(draw: str, count: int) -> None:
    chance = random.Random(f"{draw}{count}")
    drawn = {
        "gauss": lambda: chance.gauss(10, 3), "expovariate": lambda: chance.expovariate(0.2),
        "triangular": lambda: chance.triangular(0, 9, 1),
    }[draw]  # fmt: skip
    tried, held = examples(2000, 8000), 0

    for _try in range(tried):
        found = band(drawn() for _outcome in range(count))
        assert found is not None
        held += found.holds(drawn())

    assert 0.75 <= held / tried <= 0.85


def test_quantiles_lie_where_those_of_the_standard_library_do_in_the_middle() -> None:
    values = sorted(random.Random(1).random() for _one in range(101))

    assert quantile(values, 0.5) == statistics.median(values)
    assert quantile(values, 0.0) == values[0]
    assert quantile(values, 1.0) == values[-1]
    assert quantile([3.0], 0.9) == 3.0


def test_nothing_has_no_band() -> None:
    assert band([]) is None


def test_the_factor_makes_bands_hold_their_share() -> None:
    chance = random.Random(5)
    outcomes = [(Band(9, 10, 11), chance.gauss(10, 2)) for _one in range(2000)]

    factor = factor_for(outcomes)

    assert factor > 2
    assert sum(one.widened(factor).holds(value) for one, value in outcomes) / 2000 == pytest.approx(0.8, abs=0.01)
    assert factor_for([]) == 1.0
    assert factor_for([(Band(3, 3, 3), 9.0)]) == 1.0  # of what is certain nothing can be said by a factor


def test_a_wider_band_does_not_go_below_nothing() -> None:
    assert Band(1, 2, 3).widened(4) == Band(0, 2, 6)
    assert Band(-2, 0, 2).widened(2) == Band(-4, 0, 4)
    assert Band(2, 4, 6).widened(0.5) == Band(3, 4, 5)
