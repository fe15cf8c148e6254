"""Nobody who sees a table with its sums can tell what stands in a hidden cell."""

from __future__ import annotations

from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from inburgering_flow.services.disclosure.counts import SMALLEST, hidden_two_way, hide_small

Cells = dict[tuple[str, str], int]
small = st.integers(0, 7)


@st.composite
def tables(draw: st.DrawFn) -> Cells:
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return {(f"r{r}", f"c{c}"): draw(small) for r in range(rows) for c in range(columns)}


def possible(counts: Cells, hidden: frozenset[tuple[str, str]]) -> list[Cells]:
    """Return every table that an attacker cannot exclude: the open cells, all sums, and that a hidden cell is not nothing."""
    cells = sorted(hidden)
    sums = {(side, line): sum(counts[c] for c in cells if c[side] == line) for side in (0, 1) for line in {c[side] for c in cells}}
    ranges = [range(1, min(sums[0, c[0]], sums[1, c[1]]) + 1) for c in cells]
    found = []

    def fill(at: int, left: dict[tuple[int, str], int], chosen: list[int]) -> None:
        if at == len(cells):
            if not any(left.values()):
                found.append(dict(zip(cells, chosen, strict=True)))
            return
        cell = cells[at]
        for value in ranges[at]:
            if value > left[0, cell[0]] or value > left[1, cell[1]]:
                break
            fill(at + 1, {**left, (0, cell[0]): left[0, cell[0]] - value, (1, cell[1]): left[1, cell[1]] - value}, [*chosen, value])

    fill(0, sums, [])
    return found


@given(tables())
@example({("r0", "c0"): 1, ("r0", "c1"): 4, ("r1", "c0"): 4, ("r1", "c1"): 1})
@settings(max_examples=80, deadline=None)
def test_no_hidden_cell_of_a_table_can_be_told_from_its_sums(counts: Cells) -> None:
    hidden = hidden_two_way(counts)

    if hidden is None:
        return
    assert all(cell in hidden for cell, count in counts.items() if 0 < count < SMALLEST)
    assert all(counts[cell] > 0 for cell in hidden)
    worlds = possible(counts, hidden)
    for cell in hidden:
        assert len({world[cell] for world in worlds}) > 1, (counts, cell)


def test_a_table_is_given_up_only_where_its_sums_tell_it() -> None:
    """Every way of hiding at least the small cells is tried: where one of them is safe, the table is shown."""
    for values in product((0, 1, 4, 6), repeat=4):
        counts = dict(zip(product(("r1", "r2"), ("c1", "c2")), values, strict=True))
        if hidden_two_way(counts) is not None:
            continue
        everything = frozenset(cell for cell, count in counts.items() if count)
        worlds = possible(counts, everything)
        assert any(len({world[cell] for world in worlds}) == 1 for cell in everything), counts


@given(st.lists(small, min_size=1, max_size=5))
@example([1, 1, 1, 1, 1, 50])  # five of five together, none of them nothing: each is one
def test_no_hidden_count_of_a_line_can_be_told_from_its_sum(numbers: list[int]) -> None:
    counts = {f"l{n}": count for n, count in enumerate(numbers)}
    hidden = [cell.label for cell in hide_small(counts) if cell.count is None]

    if len(hidden) == sum(1 for count in numbers if count):
        return  # nothing is left to hide: such a line is shown without its sum
    left = sum(counts[label] for label in hidden)
    assert not hidden or (len(hidden) > 1 and left > len(hidden))
