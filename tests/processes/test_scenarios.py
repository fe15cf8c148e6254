"""Every scenario beside the processes comes true."""

from __future__ import annotations

from pathlib import Path

import pytest

from inburgering_flow import scenarios
from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

FOLDER = resource_folder("processes")
FILES = scenarios.find(FOLDER)


@pytest.fixture
def law(tmp_path: Path) -> Platform:
    platform = Platform.open(
        f"sqlite:///{tmp_path}/flow.db",
        clock=ManualClock("2026-01-05T09:00:00+01:00"),
        settings_=Settings(secret="test"),
    )
    platform.deploy(FOLDER, resource_folder("forms"))
    yield platform
    platform.close()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_scenario(law: Platform, path: Path) -> None:
    scenarios.Runner(law, scenarios.load(path)).run()


def test_there_are_at_least_twelve() -> None:
    assert len(FILES) >= 12


def test_a_scenario_that_is_not_true_fails(law: Platform, tmp_path: Path) -> None:
    path = tmp_path / "onwaar.yaml"
    path.write_text(
        "naam: onwaar\nklok: 2026-03-02T09:00:00+01:00\nproces: voorinburgering\n"
        "gegevens: {dossiernummer: X, doelgroep: gezinsmigrant}\nstappen:\n  - verwacht: {taken: [taak_die_er_niet_is]}\n"
    )

    with pytest.raises(scenarios.ScenarioFailed, match=r"expected tasks \['taak_die_er_niet_is'\]"):
        scenarios.Runner(law, scenarios.load(path)).run()
