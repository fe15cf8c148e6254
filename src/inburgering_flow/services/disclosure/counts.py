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


def counts_names(actor: Actor) -> bool:
    """Tell whether an actor sees figures as they are: only who may see the names behind all of them, for figures travel."""
    return ALL in actor.sees


def _line_hidden(counts: Mapping[K, int], hidden: frozenset[K]) -> frozenset[K]:
    """Return what has to be hidden of counts whose sum is known, besides what is hidden already.

    Less than two hidden counts, or hidden ones of less than five together, could be found by subtracting: then the
    smallest of the others is hidden too. So could as many as they are together, since nothing is shown as nothing: each is one.
    """
    found = hidden | {key for key, count in counts.items() if 0 < count < SMALLEST}
    others = sorted((key for key in counts if key not in found and counts[key] > 0), key=lambda k: (-counts[k], str(k)))
    while found and others and (len(found) < 2 or sum(counts[key] for key in found) < max(SMALLEST, len(found) + 1)):
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


def hidden_two_way(counts: Mapping[tuple[str, str], int]) -> frozenset[tuple[str, str]] | None:
    """Return which cells of a table are hidden whose rows and columns are both shown with their sums, so that no hidden cell can
    have one value only; None where the sums alone would tell one, and nothing of the table can be shown.

    Whoever looks knows that a hidden cell is not nothing. A hidden cell can have another value where what it gains can be taken
    from others around a circle of hidden cells, none of which becomes nothing (Cox, JASA 1980).
    """
    hidden = hidden_in_table(counts)
    while fixed := [cell for cell in hidden if _is_fixed(counts, hidden, cell)]:
        lines = [{side: cell[side]} for cell in sorted(fixed) for side in (0, 1)]
        open_ = sorted((count, cell) for cell, count in counts.items() if count > 0 and cell not in hidden)
        near = [(count, cell) for count, cell in open_ if any(cell[s] == line for one in lines for s, line in one.items())]
        if not open_:
            return None
        hidden |= {(near or open_)[0][1]}
    return hidden


def _is_fixed(counts: Mapping[tuple[str, str], int], hidden: frozenset[tuple[str, str]], cell: tuple[str, str]) -> bool:
    """Tell whether the sums of rows and columns leave a hidden cell one value."""
    return not (_circle(counts, hidden, cell, grows=True) or (counts[cell] > 1 and _circle(counts, hidden, cell, grows=False)))


def _circle(
    counts: Mapping[tuple[str, str], int], hidden: frozenset[tuple[str, str]], cell: tuple[str, str], *, grows: bool
) -> bool:  # fmt: skip
    """Tell whether one more (or less) in a cell can be made up for by the others that are hidden."""
    row, column = cell
    begin, goal = ((1, column), (0, row)) if grows else ((0, row), (1, column))
    seen, waiting = {begin}, [begin]
    while waiting:
        side, line = waiting.pop()
        for one in hidden:
            if one == cell or one[side] != line:
                continue
            if side == 1 and counts[one] <= 1:  # a column has one too many, of which a cell gives one; a row has one too few
                continue
            there = 1 - side, one[1 - side]
            if there == goal:
                return True
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return False


def hide_small(counts: Mapping[str, int]) -> list[Cell]:
    """Return the counts, the largest first, with those hidden that are small or would tell a small one."""
    hidden = _line_hidden(counts, frozenset())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Cell(label, None if label in hidden else count) for label, count in ordered]
