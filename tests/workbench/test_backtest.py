"""How good forecasts are: weeks of the simulated municipality that were held out, beside what was forecast of them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from variants import ALL

from inburgering_flow.clock import LEGAL_ZONE
from inburgering_flow.inburgering.simulation.run import FIRST_DAY, Simulation, clock, settings_of
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.workbench import deployed
from inburgering_flow.workbench.backtests import backtest, moments_before, share
from inburgering_flow.workbench.forecasts import Assumptions

NEWCOMERS, DAYS, SEED = 150, 400, 3
PLAYED = 266
"""Newcomers arrive in the first two thirds of the days: what comes after is another world, which no past foretells."""
WEEKS, MOMENTS, FUTURES = 4, 5, 24


@pytest.mark.skipif(not ALL, reason="minutes: a municipality of most of a year, and more than a hundred futures of it")
def test_the_bands_hold_four_of_five_figures_of_weeks_that_were_held_out(tmp_path: Path) -> None:
    with Platform.open(settings_=settings_of(tmp_path / "year.db"), clock=clock()) as platform:
        simulation = Simulation(platform, newcomers=NEWCOMERS, days=DAYS, seed=SEED)
        try:
            simulation.run(PLAYED)
        finally:
            simulation.close()
        services, models = platform.services, deployed.models(platform.services)
        end = datetime.combine(FIRST_DAY + timedelta(days=PLAYED), time(), LEGAL_ZONE)
        given = Assumptions(weeks=WEEKS, futures=FUTURES)

        *_before, tested = backtest(services, "inburgering", SYSTEM, models, given, moments_before(end, MOMENTS, WEEKS))

    made, adjusted = share(tested.raw), share(tested.adjusted)
    print(f"{len(tested.raw)} figures, {made:.1%} in their band; {len(tested.adjusted)} adjusted, {adjusted:.1%}; {tested.factors}")
    assert made is not None
    assert adjusted is not None
    assert len(tested.adjusted) >= 200
    assert 0.75 <= made <= 0.85
    assert adjusted >= 0.75
