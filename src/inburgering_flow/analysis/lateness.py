"""How often what stood where something stands now came too late, from examples of before: no model, nothing about persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST = 20
"""Examples from which on something is said."""
NEAR, NEAREST = 0.25, 7 * 24.0
"""About as much time left: a quarter more or less, or so many hours."""


@dataclass(frozen=True)
class Example:
    """A stay at a step, in hours: how long it lasted (None: it went on when this was known), and how long it took from its begin
    until the term was over, and until its last day was. A negative time until it was over says that after so many hours, less
    one, it was not.
    """

    lasted: int | None
    until_over: int
    until_due: int

    def is_like(self, stood: float) -> bool | None:
        """Tell whether it lasted at least so long; None where that is not known."""
        if self.lasted is not None:
            return self.lasted >= stood
        return True if self.known >= stood else None

    @property
    def known(self) -> int:
        """How many hours are known of one that was not over."""
        return -self.until_over - 1

    def is_late(self, hours: float) -> bool | None:
        """Tell whether the term was not over within so many hours from the begin; None where that is not known."""
        if self.until_over >= 0:
            return self.until_over > hours
        return True if self.known > hours else None


@dataclass(frozen=True)
class Share:
    """So many of all that were like it came too late."""

    late: int
    of: int

    @property
    def probability(self) -> float:
        """The share, drawn a little to the middle, as Jeffreys does: of few it says less."""
        return (self.late + 0.5) / (self.of + 1)

    @property
    def of_ten(self) -> int:
        """How many out of ten."""
        return round(10 * self.late / self.of)


def share_late(examples: Iterable[Example], stood: float, left: float) -> Share | None:
    """Return how many of those that stood at a step at least so many hours came too late; None where there are too few to say.

    Those that had about as much time left are judged by their own last day: people hurry, and are put off, by the day that they
    have to keep. Where those are too few, all are judged by whether they came within ``left`` hours.
    """
    like = [one for one in examples if one.is_like(stood)]
    near = [one for one in like if abs(one.until_due - stood - left) <= max(NEAR * left, NEAREST)]
    for judged in ([one.is_late(one.until_due) for one in near], [one.is_late(stood + left) for one in like]):
        known = [one for one in judged if one is not None]
        if len(known) >= LEAST:
            return Share(sum(known), len(known))
    return None


@dataclass(frozen=True)
class Judged:
    """What was said of a term, and what became of it: the probability (None: too few examples), the days that were left, and
    whether it was missed.
    """

    probability: float | None
    days_left: float
    was_missed: bool


@dataclass(frozen=True)
class Decile:
    """Cases of which about the same was said: how many, the mean of what was said, and the share that was missed."""

    count: int
    said: float
    missed: float


def calibration(judged: Sequence[Judged]) -> dict[int, Decile]:
    """Return for each tenth of the probabilities (0 for those under 0.1) what was said and what came."""
    found: dict[int, list[Judged]] = {}
    for one in judged:
        if one.probability is not None:
            found.setdefault(min(9, int(one.probability * 10)), []).append(one)
    return {
        tenth: Decile(
            len(group), sum(one.probability or 0 for one in group) / len(group), sum(one.was_missed for one in group) / len(group)
        )
        for tenth, group in sorted(found.items())
    }  # fmt: skip


@dataclass(frozen=True)
class Warned:
    """What a rule that warns is worth: how many it warned of, which part of those were missed, and which part of the missed."""

    warned: int
    precision: float | None
    recall: float | None


def worth(warned: Sequence[bool], missed: Sequence[bool]) -> Warned:
    """Return what a rule is worth: whether it warned of each, and whether each was missed."""
    hits = sum(w and m for w, m in zip(warned, missed, strict=True))
    return Warned(sum(warned), hits / sum(warned) if any(warned) else None, hits / sum(missed) if any(missed) else None)


def brier(judged: Sequence[Judged]) -> float | None:
    """Return the mean square of what was said less what came (Brier 1950); None where nothing was said."""
    known = [(one.probability - one.was_missed) ** 2 for one in judged if one.probability is not None]
    return sum(known) / len(known) if known else None
