"""A finished case played again: on the versions that it went by, or on others; where it first goes another way."""

from __future__ import annotations

from dataclasses import dataclass

from inburgering_flow.workbench.proving import Outcome, run
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Scenario


@dataclass(frozen=True)
class Difference:
    """The first step that is another one: ``place`` counts the elements of the path from 1; ``process`` is where it stands."""

    place: int
    process: str
    expected: str
    found: str
    says: str = ""


@dataclass(frozen=True)
class Replay:
    """What became of a case played again; without a ``difference`` it went exactly as it had gone."""

    scenario: Scenario
    difference: Difference | None
    outcome: Outcome

    @property
    def is_identical(self) -> bool:
        """Whether it went as it had gone."""
        return self.difference is None


def replay(sandbox: Sandbox, scenario: Scenario) -> Replay:
    """Play a recorded case again, and compare the path step by step."""
    outcome = run(sandbox, scenario)
    failure = outcome.failure
    if failure is None:
        return Replay(scenario, None, outcome)
    wanted = list(scenario.content["stappen"][-1]["verwacht"]["pad"])
    found = [element for _process, element in outcome.path]
    place = next((n for n, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found)))
    process = outcome.path[min(place, len(outcome.path) - 1)][0] if outcome.path else str(scenario.content["proces"])
    said = "; ".join((f"{failure.deed}: {failure.expected}: {failure.found}", *failure.incidents))
    return Replay(
        scenario, Difference(place + 1, process, _at(wanted, place), _at(found, place), said), outcome
    )  # fmt: skip


def _at(path: list[str], place: int) -> str:
    return path[place] if place < len(path) else ""
