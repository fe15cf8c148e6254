"""Every scenario next to the processes comes true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from normen.boeteloop import deploy, opened

from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.workbench import scenarios

FOLDER = resource_folder("processes")
FILES = scenarios.find(FOLDER)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_scenario(law: Platform, path: Path) -> None:
    scenarios.Runner(law, scenarios.load(path)).run()


def test_the_next_scenario_finds_nothing_of_the_one_before(law: Platform, reused: Callable[..., Any]) -> None:
    scenarios.Runner(law, scenarios.load(FILES[0])).run()
    assert law.instances()

    again = reused("law", deploy, opened)

    assert (again.instances(), again.tasks(), again.next_due(), again.clock.now().isoformat()) == (
        [], [], None, "2026-01-05T08:00:00+00:00",
    )  # fmt: skip
    scenarios.Runner(again, scenarios.load(FILES[0])).run()


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
