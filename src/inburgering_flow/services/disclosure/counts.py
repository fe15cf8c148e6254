"""What is not shown: small counts of cases to whoever has no power over them. Every page and answer that counts cases asks here.

Source: the role table of the domain description: cells under five are hidden.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from inburgering_flow.model.permissions import ALL, PROCESS_MANAGE, Actor

SMALLEST = 5
SMALL = f"<{SMALLEST}"
"""What an answer for programs says instead of a small count."""
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Cell:
    """A label and a number; None stands for a number that is not shown."""

    label: str
    count: int | None


def counts_exactly(actor: Actor) -> bool:
    """Tell whether an actor sees counts as they are: who may open every case behind them, the program itself, and who may
    change cases in bulk, for nobody should start that without knowing how many cases it is.
    """
    return ALL in actor.sees or actor.may(PROCESS_MANAGE)


def _line_hidden(counts: Mapping[K, int], hidden: frozenset[K]) -> frozenset[K]:
    """Return what has to be hidden of counts whose sum is known, besides what is hidden already.

    Less than two hidden counts, or hidden ones of less than five together, could be found by subtracting: then the
    smallest of the others is hidden too.
    """
    found = hidden | {key for key, count in counts.items() if 0 < count < SMALLEST}
    others = sorted((key for key in counts if key not in found and counts[key] > 0), key=lambda k: (-counts[k], str(k)))
    while found and others and (len(found) < 2 or sum(counts[key] for key in found) < SMALLEST):
        found |= {others.pop()}
    return found


def hidden_in_table(counts: Mapping[tuple[str, str], int]) -> frozenset[tuple[str, str]]:
    """Return which cells of a table are hidden, so that none can be found from the total of its row or of its column."""
    sides = [(side, line) for side in (0, 1) for line in sorted({cell[side] for cell in counts})]
    return hidden_in_lines(counts, [[cell for cell in counts if cell[side] == line] for side, line in sides])


def hidden_in_lines(counts: Mapping[K, int], lines: Iterable[Iterable[K]]) -> frozenset[K]:
    """Return which counts are hidden, where each line is a group of counts whose sum is known, or of parts and their whole.

    A count stands in as many lines as tell something of it, so that what is hidden in one cannot be found from another.
    """
    known = [{cell: counts[cell] for cell in line} for line in lines]
    hidden: frozenset[K] = frozenset()
    while True:
        before = hidden
        for cells in known:
            hidden |= _line_hidden(cells, hidden & cells.keys())
        if hidden == before:
            return hidden


def hide_small(counts: Mapping[str, int]) -> list[Cell]:
    """Return the counts, the largest first, with those hidden that are small or would tell a small one."""
    hidden = _line_hidden(counts, frozenset())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Cell(label, None if label in hidden else count) for label, count in ordered]
