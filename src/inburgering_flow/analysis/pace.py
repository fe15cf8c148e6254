"""How long somebody works on a task, as far as moments at which tasks were completed can tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from statistics import median

from inburgering_flow.clock import legal_day

MINUTES = 30.0
"""Of a task that nobody did twice in a row: an assumption."""
IN_A_ROW = 240.0
"""Minutes between two tasks of one person beyond which something else was done too."""


def minutes_of(worked: Iterable[tuple[str, str, datetime]]) -> dict[str, float]:
    """Return how long somebody works on a task of each role: the median of the times between two of one person on one day.

    ``worked`` are (role, account, when it was completed), in any order.
    """
    last: dict[str, datetime] = {}
    gaps: dict[str, list[float]] = {}
    for role, account, done in sorted(worked, key=lambda one: one[2]):
        before = last.get(account)
        last[account] = done
        gap = IN_A_ROW if before is None or legal_day(before) != legal_day(done) else (done - before).total_seconds() / 60
        gaps.setdefault(role, [])
        if 0 < gap < IN_A_ROW:  # several at one moment were done at once, by a button
            gaps[role].append(gap)
    return {role: round(median(found), 2) if found else MINUTES for role, found in gaps.items()}
