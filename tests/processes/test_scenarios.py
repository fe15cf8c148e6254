"""Every scenario next to the processes comes true."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inburgering_flow import scenarios
from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

FOLDER = resource_folder("processes")
FILES = scenarios.find(FOLDER)


def open_platform(folder: Path) -> Platform:
    chosen = Settings(secret="test", synchronous="OFF")
    return Platform.open(f"sqlite:///{folder}/flow.db", clock=ManualClock("2026-01-05T09:00:00+01:00"), settings_=chosen)


def deploy(folder: Path) -> None:
    with open_platform(folder) as platform:
        platform.deploy(FOLDER, resource_folder("forms"))


@pytest.fixture
def law(once: Callable[[str, Callable[[Path], None]], Path], tmp_path: Path) -> Iterator[Platform]:
    shutil.copytree(once("law", deploy), tmp_path, dirs_exist_ok=True)
    with open_platform(tmp_path) as platform:
        yield platform


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
