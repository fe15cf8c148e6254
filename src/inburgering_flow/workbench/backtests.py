"""Forecasts of weeks that are past already, held beside what happened: how much a forecast of this process can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from inburgering_flow.analysis.bands import Band, factor_for
from inburgering_flow.analysis.weeks import BUSY_ENOUGH, Happened, weekly
from inburgering_flow.clock import LEGAL_ZONE, legal_day
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services import Services
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import observed as rows
from inburgering_flow.workbench.forecasts import Assumptions, Forecast, forecast, plan_of
from inburgering_flow.workbench.histories import STAFFED, History, history

FACTORS = (0.5, 2.0)
"""A band is not made narrower or wider than so many times."""


@dataclass(frozen=True)
class Compared:
    """A figure of a week that was held out: what was expected, and what it was."""

    name: str
    begin: datetime
    week: int
    band: Band
    real: float

    @property
    def figure(self) -> str:
        """What it is a figure of, whatever the role."""
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class Backtest:
    """All that was compared, with the bands as they were made, and as they are when what earlier weeks taught is used."""

    raw: Sequence[Compared]
    adjusted: Sequence[Compared]
    factors: Mapping[str, float]
    """Figure → how many times as wide its bands should be, by all that was compared: for the next forecast."""


def share(compared: Sequence[Compared]) -> float | None:
    """Return which part of the values lay in their bands; None where nothing was compared."""
    return sum(one.band.holds(one.real) for one in compared) / len(compared) if compared else None


def backtest(
    services: Services, process_id: str, actor: Actor, models: Sequence[Resource], given: Assumptions,
    moments: Sequence[datetime], *, processes: int | None = None,
) -> Iterator[Backtest]:  # fmt: skip
    """Forecast from each of these moments, and compare with what came after it; yields what has been compared so far.

    A forecast knows nothing of what was done after its moment. Its bands are adjusted by the moments before it alone.
    """
    raw: list[Compared] = []
    adjusted: list[Compared] = []
    for begin in moments:
        past = history(services, process_id, actor, begin)
        made = forecast(past, given, models, processes=processes)
        found = held_out(services, past, made, given)
        factors = factors_of(raw)
        if raw:
            adjusted += [replace(one, band=one.band.widened(factors.get(one.figure, 1.0))) for one in found]
        raw += found
        yield Backtest(list(raw), list(adjusted), factors_of(raw))


def held_out(services: Services, past: History, made: Forecast, given: Assumptions) -> list[Compared]:
    """Compare a forecast with what happened: the figures of the cases, and those of roles that do something each week.

    A figure that no future has, or that there was not, is left out.
    """
    plan = plan_of(past, given)
    with services.context.db.read() as unit:
        tasks = rows.tasks(unit, past.process_id, past.until - STAFFED)
        happened = Happened(
            rows.cases(unit, past.process_id, past.until),
            [rows.as_figures(one, plan.role_of(one.groups)) for one in tasks],
            rows.terms(unit, past.process_id, past.until),
        )
    weeks = STAFFED / timedelta(weeks=1)
    before = [one.role for one in happened.tasks if one.is_done and one.closed is not None and one.closed < past.until]
    roles = [role for role in made.roles if before.count(role) >= BUSY_ENOUGH * weeks]
    found = []
    for name, values in weekly(happened, past.until, made.weeks, roles, {}).items():
        for week, (value, expected) in enumerate(zip(values, made.figures[name], strict=True)):
            if value is not None and expected is not None:
                found.append(Compared(name, past.until, week, expected, value))
    return found


def factors_of(compared: Sequence[Compared]) -> dict[str, float]:
    """Return for each figure how many times as wide its bands must be to have held their share."""
    least, most = FACTORS
    return {
        figure: min(most, max(least, factor_for((one.band, one.real) for one in compared if one.figure == figure)))
        for figure in {one.figure for one in compared}
    }


def moments_before(end: datetime, count: int, weeks: int) -> list[datetime]:
    """Return where forecasts of the past begin: on Mondays, each so many weeks before the next, the last before an end."""
    day = legal_day(end) - timedelta(weeks=weeks)
    monday = day - timedelta(days=day.weekday())
    return [
        datetime.combine(monday - timedelta(weeks=weeks * n), datetime.min.time(), LEGAL_ZONE) for n in reversed(range(count))
    ]  # fmt: skip
