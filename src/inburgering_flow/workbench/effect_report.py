"""What a comparison found, as text for a command."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from inburgering_flow.analysis.effects import AGAIN, DURATION, LATE, LEAST, Observed, trust
from inburgering_flow.errors import InvalidInput
from inburgering_flow.services.effects import Found, Group

NAMES = {DURATION: "duration", AGAIN: "a step done again", LATE: "a term missed"}

def group_of(text: str) -> Group:
    """Return the group that a command names: ``3`` or ``2026-01-01..2026-06-30``. Raises InvalidInput for anything else."""
    since, is_period, until = text.partition("..")
    try:
        return Group(None, date.fromisoformat(since), date.fromisoformat(until)) if is_period else Group(version=int(text))
    except ValueError:
        raise InvalidInput(
            f"'{text}' names no cases.",
            remedy="Give a version (3), or two days (2026-01-01..2026-06-30), for --before and --after.",
        ) from None

def as_text(found: Found) -> str:
    """Return the effects, one a line."""
    one = found.comparison
    if found.followed is None:
        return "None of the cases before has ended: there is nothing to compare."
    lines = [
        f"{one.before} cases before and {one.after} after in {one.strata} strata, followed for {found.followed.days} days;"
        f" {one.left_out} left out, for whom the other group has nobody alike."
    ]
    if not one.effects:
        return f"{lines[0]}\nToo few: each group needs {LEAST}."
    for effect in one.effects:

        unit = "%" if effect.figure == DURATION else "points"
        lines.append(
            f"{NAMES[effect.figure]:18s} {effect.difference * 100:+6.1f} {unit:6s} ({effect.low * 100:+.1f} to"
            f" {effect.high * 100:+.1f}), by chance {effect.chance:.3f}{'  *' if effect.is_alarm else ''}"
        )
    return "\n".join(lines)

def of_trust(history: Sequence[Observed], planted: float, runs: int) -> str:
    """Return how often the method was wrong on a history that was split by chance. Raises InvalidInput for a short one."""
    if len(history) < 2 * LEAST:
        raise InvalidInput(
            f"{len(history)} cases could be followed, which is too few to split.", remedy=f"It takes at least {2 * LEAST}."
        )
    found = trust(history, planted, runs=runs)
    return (
        f"{found.runs} splits of {len(history)} cases in halves of {found.size}:\n"
        f"nothing differs: a false alarm in {found.false_alarms / found.runs:.1%} (at most 5 % are meant to be)\n"
        f"one half takes {planted:.0%} longer: found in {found.found / found.runs:.1%}"
    )
