"""Working time: on which days and between which hours people work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from inburgering_flow.clock import LEGAL_ZONE
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _

SATURDAY = 5
A_WEEK = 5
"""Working days of a week."""
LONGEST_REST = 60
"""Days on end that may be free: beyond it nobody works."""
MOST_HOURS = 12.0


def no_day_is_free(_day: date) -> str:
    """Say of no day that it is free: the calendar of who has none."""
    return ""


@dataclass(frozen=True)
class Calendar:
    """When somebody works: so many hours from ``opens`` on, on each day from Monday to Friday for which ``free`` gives no reason
    why it is free. Raises InvalidInput for hours that no day has.
    """

    hours: float = 8.0
    opens: time = time(9)
    free: Callable[[date], str] = no_day_is_free

    def __post_init__(self) -> None:
        if not 0 < self.hours <= MOST_HOURS:
            raise InvalidInput(
                _("Nobody works {hours} hours a day.").format(hours=f"{self.hours:g}"),
                remedy=_("Give more than 0 and at most {most} hours a day.").format(most=f"{MOST_HOURS:g}"),
            )

    def works(self, day: date) -> bool:
        """Tell whether a day is one of work."""
        return day.weekday() < SATURDAY and not self.free(day)

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        begin = datetime.combine(day, self.opens, LEGAL_ZONE)
        return begin, begin + timedelta(hours=self.hours)

    def is_open(self, moment: datetime) -> bool:
        """Tell whether somebody works at a moment; at the end of a day nobody does."""
        local = moment.astimezone(LEGAL_ZONE)
        begin, end = self._bounds(local.date())
        return self.works(local.date()) and begin <= local < end

    def opening(self, moment: datetime) -> datetime:
        """Return the first moment from ``moment`` on at which somebody works. Raises InvalidInput where all days are free."""
        local = moment.astimezone(LEGAL_ZONE)
        if self.is_open(local):
            return moment
        day = local.date()
        for ahead in range(LONGEST_REST):
            one = day + timedelta(days=ahead)
            begin, _end = self._bounds(one)
            if self.works(one) and begin >= local:
                return begin
        raise InvalidInput(
            _("No day after {day} is one of work.").format(day=day.isoformat()), remedy=_("Look at the days that are free.")
        )

    def after(self, moment: datetime, minutes: float) -> datetime:
        """Return when so many minutes of work that begin at ``moment`` are done."""
        now, left = self.opening(moment), timedelta(minutes=minutes)
        while True:
            _begin, end = self._bounds(now.astimezone(LEGAL_ZONE).date())
            if now + left <= end:
                return now + left
            left -= end - now
            now = self.opening(end)

    def between(self, begin: datetime, end: datetime) -> float:
        """Return the minutes of work from one moment to another; 0 where the second is not later."""
        total, day = timedelta(), begin.astimezone(LEGAL_ZONE).date()
        last = end.astimezone(LEGAL_ZONE).date()
        while day <= last:
            if self.works(day):
                opens, closes = self._bounds(day)
                total += max(min(closes, end) - max(opens, begin), timedelta())
            day += timedelta(days=1)
        return total.total_seconds() / 60
