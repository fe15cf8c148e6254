"""Lengths of time, counted in classes: nearly exact, and the same however they are put together."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from inburgering_flow.analysis.durations import SMALLEST, Durations

lengths = st.lists(st.integers(0, 4_000 * 86_400), min_size=1, max_size=40)


@given(lengths, st.sampled_from([0.1, 0.5, 0.8, 1.0]))
def test_a_quantile_is_right_to_two_and_a_half_per_cent(seconds: list[int], share: float) -> None:
    counted = Durations()
    for one in seconds:
        counted.add(timedelta(seconds=one))
    wanted = next(v for n, v in enumerate(sorted(seconds), 1) if n >= share * len(seconds))

    found = counted.quantile(share)

    assert found is not None
    assert abs(found.total_seconds() - wanted) <= max(SMALLEST, wanted * 0.026)


@given(lengths, lengths)
def test_months_put_together_are_what_one_count_of_both_is(first: list[int], second: list[int]) -> None:
    apart, other, together = Durations(), Durations(), Durations()
    for one in first:
        apart.add(timedelta(seconds=one))
    for one in second:
        other.add(timedelta(seconds=one))
    for one in (*first, *second):
        together.add(timedelta(seconds=one))

    apart.merge(Durations.read(other.as_json()))

    assert apart.counts == together.counts
    assert Durations().quantile(0.5) is None
