"""A forecast as text for a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inburgering_flow.analysis.bands import Band
from inburgering_flow.analysis.weeks import BY_ROLE, COUNTED, LOAD, name_of
from inburgering_flow.workbench.backtests import Backtest, share
from inburgering_flow.workbench.forecasts import Forecast
from inburgering_flow.workbench.histories import History

SAID = {
    "begun": "cases begun", "finished": "cases finished", "running": "cases running at the end", "missed": "terms missed",
    "done": "tasks done", "open": "tasks open at the end", "wait": "days from open to done", "late": "late at the end",
    "load": "part of the hours worked",
}  # fmt: skip


def as_text(made: Forecast, past: History, tested: Backtest | None) -> str:
    """Return a table of the whole time, what it rests on, and what a back-test says of it."""
    return "\n".join(_lines(made, past, tested))


def _lines(made: Forecast, past: History, tested: Backtest | None) -> Iterator[str]:
    yield f"{past.process_id}: {made.weeks} weeks from {made.begin.date()}, {made.futures} futures; low, middle and high of 80 %"
    yield f"{made.played} cases of the past are examples, {made.running} of them run on; {made.unplayed} could not be played"
    yield ""
    for figure in COUNTED:
        yield _row(SAID[figure], made.totals.get(figure))
    for role in made.roles:
        yield role
        for figure in (*BY_ROLE, LOAD):
            yield _row(f"  {SAID[figure]}", made.totals.get(name_of(figure, role)))
    if made.left:
        yield ""
        yield "Not played, in all futures together:"
        yield from (f"  {place}: {count}" for place, count in sorted(made.left.items()))
    if tested is not None:
        yield ""
        yield from _tested(tested)


def _row(name: str, band: Band | None) -> str:
    values = ["-"] * 3 if band is None else [f"{value:.4g}" for value in (band.low, band.middle, band.high)]
    return f"{name:<32}" + "".join(f"{value:>10}" for value in values)


def _tested(tested: Backtest) -> Iterator[str]:
    for name, compared in (("as made", tested.raw), ("adjusted by earlier weeks", tested.adjusted)):
        part = share(compared)
        if part is not None:
            yield f"Back-test, bands {name}: {len(compared)} figures of weeks that were held out, {part:.1%} in their band"
    yield "The bands above are adjusted: " + ", ".join(f"{SAID[f]} x {v:.2f}" for f, v in sorted(tested.factors.items()))


def of_backtest(tested: Backtest) -> dict[str, Any]:
    """Return a back-test as values that JSON has."""
    return {
        "compared": len(tested.raw), "held": share(tested.raw), "adjusted": len(tested.adjusted),
        "adjusted_held": share(tested.adjusted), "factors": dict(tested.factors),
    }  # fmt: skip
