"""What would have been said of terms at moments that are past, held beside what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inburgering_flow.analysis.lateness import Judged, brier, calibration, share_late, worth
from inburgering_flow.model.permissions import ALL, FIGURES, Actor
from inburgering_flow.services import Services
from inburgering_flow.services.counting import HOUR, Ours, Standing, courses, examples, stay_name
from inburgering_flow.services.outlooks import as_examples
from inburgering_flow.store import figures

DAY = timedelta(days=1)
DAYS_LEFT = (3, 7, 14, 28)
"""The plain rules that it is held beside: warn of what has fewer days left."""
WARNED_AT = (0.2, 0.3, 0.5, 0.7)
MOST_EXAMPLES = 10_000


@dataclass
class Backtest:
    """All that was judged, and by which moments."""

    moments: list[datetime] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)


def backtest(services: Services, moments: Sequence[datetime], actor: Actor) -> Iterator[Backtest]:
    """Judge each term that ran at a moment by what was known then, and look what became of it; yields what was judged so far.

    What is learned at a moment comes from terms whose last day lay before it. Of terms whose last day is still to come nothing is
    known, and they are left out.
    """
    actor.require(FIGURES)
    context, found = services.context, Backtest()
    end = context.clock.now()
    with context.db.read() as unit, context.catalog.within(unit):
        is_ours = Ours(context.catalog)
        roots = figures.roots_with_terms(unit) if ALL in actor.sees else []
        days = [one for one in figures.days_of(unit, roots) if is_ours(one.definition_key, one.name)]
        standing = Standing(unit, sorted({one.root_key for one in days}))
    became = {(one.root_key, one.name, one.begun): one for one in courses(days, end)}
    for moment in moments:
        known = courses(days, moment)
        learned = examples([one for one in known if one.due < moment], standing, moment, MOST_EXAMPLES)
        history = {name: as_examples(plain) for name, plain in learned.items()}
        for one in known:
            last = became[one.root_key, one.name, one.begun]
            if one.over is not None or one.due <= moment or last.due > end:
                continue
            stay = standing.at(one.root_key, one.instances[-1], moment)
            left = (one.due - moment) / HOUR
            share = None
            if stay is not None:
                share = share_late(history.get(stay_name(one.name, stay), ()), (moment - stay.start) / HOUR, left)
            found.judged.append(Judged(None if share is None else share.probability, left / 24, last.is_missed))
        found.moments.append(moment)
        yield found


def report(found: Backtest) -> str:
    """Return the figures in words: how true what was said is, and what warning by it is worth beside plain rules."""
    known = [one for one in found.judged if one.probability is not None]
    missed = [one.was_missed for one in known]
    lines = [
        f"{len(found.moments)} moments from {found.moments[0].date()} to {found.moments[-1].date()}: {len(found.judged)} running"
        f" terms, of which {sum(one.was_missed for one in found.judged)} were missed.",
        f"Too few examples to say something of {len(found.judged) - len(known)}.",
    ]
    if not known:
        return "\n".join(lines)
    rate = sum(missed) / len(missed)
    lines += [
        f"Of the other {len(known)}, {sum(missed)} were missed ({rate:.1%}).", "", "Said            terms   mean said   missed",
        *(f"{tenth * 10:3d} to {tenth * 10 + 10:3d} %   {one.count:6d}    {one.said:7.1%}   {one.missed:6.1%}"
          for tenth, one in calibration(known).items()),
        f"Brier score {brier(known):.4f}; saying {rate:.1%} of each would give {rate * (1 - rate):.4f}.", "",
        "Warn where                  warned   right of those   found of the missed",
    ]  # fmt: skip
    rules: list[tuple[str, Callable[[Judged], bool]]] = [
        *((f"said at least {least:.0%}", _said(least)) for least in WARNED_AT),
        *((f"fewer than {days} days are left", _left(days)) for days in DAYS_LEFT),
    ]
    for title, rule in rules:
        one = worth([rule(judged) for judged in known], missed)
        lines.append(f"{title:26s}  {one.warned:6d}   {_share(one.precision):>14s}   {_share(one.recall):>19s}")
    return "\n".join(lines)


def _said(least: float) -> Callable[[Judged], bool]:
    return lambda one: (one.probability or 0) >= least


def _left(days: int) -> Callable[[Judged], bool]:
    return lambda one: one.days_left < days


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def moments_before(end: datetime, since: datetime, every: int) -> list[datetime]:
    """Return the moments, so many days apart, from one on until the end."""
    count = int((end - since) / (every * DAY))
    return [since + number * every * DAY for number in range(count + 1)]
