"""What differs between two groups of cases that are alike: matched by stratum, with a permutation test and a bootstrap interval.

Within each stratum the groups are compared, and strata count by how much they can tell (Mantel and Haenszel, 1959). A difference
is an alarm where chance alone, that is labels dealt anew within strata, gives one as large in fewer than five of a hundred times;
of several figures the first has to pass the sharpest bound (Holm, 1979). Durations are tested by their ranks (van Elteren, 1960):
a few cases that took years do not hide what happened to the others.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 20
"""Cases that each group has at least, in strata that both have."""
BOUND = 0.05
DURATION, AGAIN, LATE = "duration", "again", "late"
FIGURES = (DURATION, AGAIN, LATE)


@dataclass(frozen=True)
class Observed:
    """A case: its stratum, the hours that it took, whether a step came again, and whether a term was missed."""

    stratum: str
    hours: float
    again: bool
    late: bool

    def value(self, figure: str) -> float:
        """Return what is compared: of hours the logarithm, so that differences are shares of them."""
        if figure == DURATION:
            return math.log(max(self.hours, 1.0))
        return float(self.again if figure == AGAIN else self.late)


@dataclass(frozen=True)
class Effect:
    """A difference, after less before, with its interval of 95 % and how often chance gives one as large. Of durations it is a
    share (0.15: took 15 per cent longer), of the others a difference of shares.
    """

    figure: str
    difference: float
    low: float
    high: float
    chance: float
    is_alarm: bool


@dataclass(frozen=True)
class Comparison:
    """Two groups, compared: how many of each were in a stratum that both have, and the effects; none where those were too few."""

    before: int
    after: int
    left_out: int
    strata: int
    effects: tuple[Effect, ...]


def compare(before: Sequence[Observed], after: Sequence[Observed], *, rounds: int = 999, seed: int = 1) -> Comparison:
    """Compare two groups of cases."""
    strata = _strata(before, after)
    sizes = [(len(one), len(other)) for one, other in strata]
    first, second = sum(a for a, _b in sizes), sum(b for _a, b in sizes)
    left_out = len(before) + len(after) - first - second
    if min(first, second) < LEAST:
        return Comparison(first, second, left_out, len(strata), ())
    draw = random.Random(seed)  # noqa: S311  # chance, no secret
    values = [[[one.value(figure) for one in (*a, *b)] for figure in FIGURES] for a, b in strata]
    found = _differences(values, sizes)
    spread = _resampled(values, sizes, rounds, draw)
    ranked = [[_ranks(figures[0]), *figures[1:]] for figures in values]
    seen, by_chance = _differences(ranked, sizes), _permuted(ranked, sizes, rounds, draw)
    chances = [
        (1 + sum(abs(other[n]) >= abs(seen[n]) - 1e-12 for other in by_chance)) / (1 + rounds) for n in range(len(FIGURES))
    ]
    alarms = _holm(chances)
    effects = []
    for n, figure in enumerate(FIGURES):
        low, high = _interval(sorted(one[n] for one in spread))
        said = [math.expm1(value) if figure == DURATION else value for value in (found[n], low, high)]
        effects.append(Effect(figure, said[0], said[1], said[2], chances[n], alarms[n]))
    return Comparison(first, second, left_out, len(strata), tuple(effects))


def _strata(before: Sequence[Observed], after: Sequence[Observed]) -> list[tuple[list[Observed], list[Observed]]]:
    """Return the strata that both groups have."""
    found: dict[str, tuple[list[Observed], list[Observed]]] = defaultdict(lambda: ([], []))
    for side, group in enumerate((before, after)):
        for one in group:
            found[one.stratum][side].append(one)
    return [both for _stratum, both in sorted(found.items()) if all(both)]


Values = Sequence[Sequence[Sequence[float]]]  # of each stratum, figure and case; those of before come first
Sizes = Sequence[tuple[int, int]]


def _differences(values: Values, sizes: Sizes) -> list[float]:
    """Return the difference in each figure, strata weighed by n₁n₂/(n₁+n₂)."""
    weights = [a * b / (a + b) for a, b in sizes]
    found = []
    for n in range(len(FIGURES)):
        total = 0.0
        for (a, b), weight, figures in zip(sizes, weights, values, strict=True):
            first = sum(figures[n][:a])
            total += weight * ((sum(figures[n]) - first) / b - first / a)
        found.append(total / sum(weights))
    return found


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, those that are the same at their mean rank, over their number and one."""
    order = sorted(range(len(values)), key=lambda n: values[n])
    found, at = [0.0] * len(values), 0
    while at < len(order):
        end = at
        while end < len(order) and values[order[end]] == values[order[at]]:
            end += 1
        for place in order[at:end]:
            found[place] = (at + end + 1) / 2 / (len(values) + 1)
        at = end
    return found


def _permuted(values: Values, sizes: Sizes, rounds: int, draw: random.Random) -> list[list[float]]:
    found = []
    cases = [list(zip(*figures, strict=True)) for figures in values]
    for _round in range(rounds):
        for stratum in cases:
            draw.shuffle(stratum)
        found.append(_differences([list(zip(*stratum, strict=True)) for stratum in cases], sizes))
    return found


def _resampled(values: Values, sizes: Sizes, rounds: int, draw: random.Random) -> list[list[float]]:
    """Return differences of groups drawn anew, with repetition, from each stratum of each group."""
    found = []
    cases = [list(zip(*figures, strict=True)) for figures in values]
    for _round in range(rounds):
        drawn = [
            [*draw.choices(stratum[:a], k=a), *draw.choices(stratum[a:], k=b)]
            for stratum, (a, b) in zip(cases, sizes, strict=True)
        ]
        found.append(_differences([list(zip(*stratum, strict=True)) for stratum in drawn], sizes))
    return found


def _interval(ordered: Sequence[float]) -> tuple[float, float]:
    least = round(BOUND / 2 * (len(ordered) - 1))
    return ordered[least], ordered[-1 - least]


def _holm(chances: Sequence[float]) -> list[bool]:
    """Return which of these chances are alarms, so that all together raise a false one in five of a hundred times."""
    found, goes_on = [False] * len(chances), True
    for rank, n in enumerate(sorted(range(len(chances)), key=lambda n: chances[n])):
        goes_on = goes_on and chances[n] <= BOUND / (len(chances) - rank)
        found[n] = goes_on
    return found


@dataclass(frozen=True)
class Trust:
    """How far the method is to be trusted on a history: alarms where nothing differs, and where something was planted."""

    runs: int
    size: int
    false_alarms: int
    found: int
    effect: float


def trust(history: Sequence[Observed], effect: float, *, runs: int, rounds: int = 199, seed: int = 1) -> Trust:
    """Split a history by chance again and again, in two halves that are alike but for an effect planted in durations of one."""
    draw = random.Random(seed)  # noqa: S311  # chance, no secret
    false, found, half = 0, 0, len(history) // 2
    for run in range(runs):
        mixed = draw.sample(history, len(history))
        before, after = mixed[:half], mixed[half:]
        false += any(one.is_alarm for one in compare(before, after, rounds=rounds, seed=run).effects)
        longer = [Observed(one.stratum, one.hours * (1 + effect), one.again, one.late) for one in after]
        said: Mapping[str, Effect] = {one.figure: one for one in compare(before, longer, rounds=rounds, seed=run).effects}
        found += DURATION in said and said[DURATION].is_alarm and said[DURATION].difference > 0
    return Trust(runs, half, false, found, effect)
