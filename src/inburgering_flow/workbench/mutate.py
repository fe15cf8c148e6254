"""Playing scenarios on mutants: which of them no scenario notices."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from inburgering_flow.clock import monotonic
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.services.resources import Resource
from inburgering_flow.workbench.folders import Folder
from inburgering_flow.workbench.gathering import Gathered
from inburgering_flow.workbench.mutants import Mutant, chosen, mutants_of
from inburgering_flow.workbench.proving import Outcome, outcomes_of, run, stubs_of
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Scenario

KILLED, SURVIVED, UNTOUCHED = "killed", "survived", "untouched"
LEAST_SECONDS, TIMES = 2.0, 20
"""What a scenario may take on a mutant: so many times what it takes on the model, and at least so many seconds."""
ALONE = 8
"""Up to so many mutants are played in this process: another one takes longer to begin."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: ``by`` is the scenario that noticed it, ``played`` how many were played."""

    mutant: Mutant
    state: str
    by: str = ""
    played: int = 0


@dataclass(frozen=True)
class Score:
    """What became of the mutants of some models; ``there`` is how many there are in all."""

    verdicts: Sequence[Verdict]
    there: int
    seconds: float

    def of(self, state: str) -> list[Verdict]:
        """Return the verdicts of one state."""
        return [one for one in self.verdicts if one.state == state]

    @property
    def share(self) -> float:
        """The part of the mutants that a scenario noticed; 1 where there are none."""
        return len(self.of(KILLED)) / len(self.verdicts) if self.verdicts else 1.0


def score(
    found: Gathered, *, most: int | None = None, seed: int = 1, processes: int | None = None, seconds: float | None = None,
    plugins: Sequence[Plugin] | None = None,
) -> Score:  # fmt: skip
    """Play scenarios on mutants of the models in their folder; each plays only those that walk its place, the likeliest first.

    ``most`` draws so many of them by ``seed``; after so many ``seconds`` no more are played. Raises InvalidInput where a scenario
    does not come true on the model itself. With ``plugins`` of one's own there is one process: others have those of the settings.
    """
    began = monotonic()
    with Sandbox.open(found.resources, stubs=stubs_of(found.scenarios), plugins=plugins) as sandbox:
        outcomes = list(outcomes_of(sandbox, found.scenarios))
        failed = [one.scenario.path.name for one in outcomes if not one.passed]
        if failed:
            raise InvalidInput(
                _("{count} scenarios do not come true on the model itself: {names}.").format(
                    count=len(failed), names=", ".join(failed[:5])
                ),
                remedy=_("Play them first, and mend them."),
            )
        mutants = mutants_of(found.resources, found.own)
        places = chosen(mutants, most, seed)
        playing = {place: _playing(mutants[place], outcomes) for place in places}
        verdicts = {place: Verdict(mutants[place], UNTOUCHED) for place, numbers in playing.items() if not numbers}
        rest = [(place, numbers) for place, numbers in playing.items() if numbers]
        for place, state, by, played in _played(sandbox, found, outcomes, mutants, rest, processes if plugins is None else 1):
            verdicts[place] = Verdict(mutants[place], state, by, played)
            if seconds is not None and monotonic() - began > seconds:
                break
    return Score([verdicts[place] for place in places if place in verdicts], len(mutants), monotonic() - began)


def _playing(mutant: Mutant, outcomes: Sequence[Outcome]) -> tuple[int, ...]:
    """Return the places of the scenarios that could notice a mutant, the likeliest and quickest first."""
    able = [number for number, one in enumerate(outcomes) if mutant.matters_to(one.walk)]
    return tuple(sorted(able, key=lambda n: (not mutant.is_hit_by(outcomes[n].walk), outcomes[n].seconds)))


Task = tuple[int, tuple[int, ...]]
Answer = tuple[int, str, str, int]


def _played(
    sandbox: Sandbox, found: Gathered, outcomes: Sequence[Outcome], mutants: Sequence[Mutant], tasks: Sequence[Task],
    processes: int | None,
) -> Iterator[Answer]:  # fmt: skip
    bounds = [max(LEAST_SECONDS, one.seconds * TIMES) for one in outcomes]
    number = min(processes or os.cpu_count() or 1, max(1, len(tasks) // ALONE))
    if number == 1:
        player = _Player(sandbox, found.scenarios, mutants, bounds)
        yield from map(player.play, tasks)
        return
    with closing(Folder()) as folder:
        file = folder.path / "deployed.db"
        sandbox.copy_to(file)
        given = (file, tuple(found.resources), found.own, tuple(found.scenarios), bounds)
        with ProcessPoolExecutor(number, get_context("spawn"), _begin, given) as pool:
            try:
                yield from pool.map(_play, tasks, chunksize=4)
            except BrokenProcessPool:
                raise FlowError(
                    "A process that played scenarios has ended.", remedy="Try with --processes 1, which says why."
                ) from None


class _Player:
    """Plays scenarios on mutants, in one process."""

    def __init__(
        self, sandbox: Sandbox, scenarios: Sequence[Scenario], mutants: Sequence[Mutant], bounds: Sequence[float]
    ) -> None:
        self.sandbox, self.scenarios, self.mutants, self.bounds = sandbox, scenarios, mutants, bounds

    def play(self, task: Task) -> Answer:
        """Play scenarios until one notices the mutant."""
        place, numbers = task
        try:
            change = self.mutants[place].change()
            for played, number in enumerate(numbers, 1):
                outcome = run(self.sandbox, self.scenarios[number], change, seconds=self.bounds[number])
                if not outcome.passed:
                    return place, KILLED, self.scenarios[number].path.name, played
        except FlowError as refused:  # it cannot be made ready to run
            return place, KILLED, str(refused), 0
        return place, SURVIVED, "", len(numbers)


_player: list[_Player] = []


def _begin(
    file: Path, resources: tuple[Resource, ...], own: frozenset[str], scenarios: tuple[Scenario, ...], bounds: list[float]
) -> None:
    """Open a sandbox of this process's own."""
    _player[:] = [_Player(Sandbox.again(file), scenarios, mutants_of(resources, own), bounds)]


def _play(task: Task) -> Answer:
    return _player[0].play(task)
