"""A fictitious municipality, played day by day: a short run, and each of the rules that it is held to broken once."""

from __future__ import annotations

from pathlib import Path

import pytest

from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.simulation.report import as_text, figures
from inburgering_flow.inburgering.simulation.run import Simulation, clock, settings_of
from inburgering_flow.platform import Platform


def play(file: Path, *, newcomers: int, days: int, seed: int = 1) -> dict:
    with Platform.open(settings_=settings_of(file), clock=clock()) as platform:
        simulation = Simulation(platform, newcomers=newcomers, days=days, seed=seed)
        try:
            simulation.run()
            return figures(simulation)
        finally:
            simulation.close()


def test_a_short_run_breaks_no_rule_and_says_what_happened(tmp_path: Path) -> None:
    found = play(tmp_path / "sim.db", newcomers=5, days=60)

    assert found["zaken begonnen"] == 5
    assert found["PIP"]["vastgesteld"] > 0
    assert found["storingen"] == {"nu": 0, "ooit": 0}
    assert "PIP vaststellen" in as_text(found)


def test_a_database_that_is_there_already_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.db").write_bytes(b"real")

    with pytest.raises(InvalidInput, match="there already"):
        settings_of(tmp_path / "real.db")
