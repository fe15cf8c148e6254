"""Cron expressions: when one comes next.

Six fields, seconds first, or five without them; both days must fit. Days of the month also as ``L``, ``L-3``, ``15W`` and
``LW``, weekdays also as ``5L`` (the last Friday) and ``MON#2`` (the second Monday). A time of the day comes once a day: in
the hour that comes twice the first time, for a time that is skipped an hour later; with a star for minute or hour it follows
elapsed time.

Source: Spring's CronExpression, which Camunda 8 names for its timer cycles.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

NAMES = {
    "@yearly": "0 0 0 1 1 *", "@annually": "0 0 0 1 1 *", "@monthly": "0 0 0 1 * *", "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *", "@midnight": "0 0 0 * * *", "@hourly": "0 0 * * * *",
}  # fmt: skip
MONTHS = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}  # fmt: skip
WEEKDAYS = {"MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6, "SUN": 7}
YEARS = 45  # the longest wait there is: for a 29 February on a certain weekday, over a year that is no leap year
BLOCK = timedelta(minutes=15)  # clocks change at a multiple of it

Day = Callable[[date], bool]


class _Cron:
    """An expression as it was read: numbers for the times and months, conditions for the days."""

    def __init__(self, text: str) -> None:
        fields = NAMES.get(text.strip().lower(), text).upper().split()
        if len(fields) == 5:
            fields.insert(0, "0")
        second, minute, hour, day, month, weekday = fields
        self.seconds = _numbers(second, 0, 59)
        self.minutes = _numbers(minute, 0, 59)
        self.hours = _numbers(hour, 0, 23)
        self.months = frozenset(_numbers(month, 1, 12, MONTHS))
        self.days = _alternatives(day, _day)
        self.weekdays = _alternatives(weekday, _weekday)
        self.follows_elapsed_time = minute.startswith("*") or hour.startswith("*")

    def fits(self, day: date) -> bool:
        return day.month in self.months and self.days(day) and self.weekdays(day)

    def times(self) -> Iterator[time]:
        return (time(h, m, s) for h in self.hours for m in self.minutes for s in self.seconds)


def next_moment(expression: str, moment: datetime, zone: tzinfo) -> datetime | None:
    """Return the next moment of an expression; None where there is none. Raises ValueError for what is no expression."""
    cron = _read(expression)
    day = moment.astimezone(zone).date()
    if cron.follows_elapsed_time:
        return _elapsed(cron, moment, zone)
    end = min(day.year + YEARS, 9998)
    day -= timedelta(days=1)
    while day.year <= end:
        if cron.fits(day):
            found = min((at for at in _on(cron, day, zone) if at > moment), default=None)
            if found is not None:
                return found
        day = _following(cron, day)
    return None


def _on(cron: _Cron, day: date, zone: tzinfo) -> Iterator[datetime]:
    return (datetime.combine(day, at, zone).astimezone(UTC) for at in cron.times())


def _following(cron: _Cron, day: date) -> date:
    """Return the next day worth a look: months that do not fit are passed over."""
    if day.month in cron.months:
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _elapsed(cron: _Cron, moment: datetime, zone: tzinfo) -> datetime | None:
    start = moment.astimezone(UTC)
    block = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    end = min(block.year + YEARS, 9998)
    while block.year <= end:
        local = block.astimezone(zone)
        if not cron.fits(local.date()):
            day = _following(cron, local.date())
            while day.year <= end and not cron.fits(day):
                day = _following(cron, day)
            midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
            block = max(midnight, block + BLOCK)
            continue
        if local.hour in cron.hours:
            for minute in cron.minutes:
                for second in cron.seconds if 0 <= minute - local.minute < 15 else ():
                    found = block + timedelta(minutes=minute - local.minute, seconds=second)
                    if found > start:
                        return found
        block += BLOCK
    return None


# -- reading -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _read(expression: str) -> _Cron:
    return _Cron(expression)


def _number(text: str, least: int, most: int, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ValueError(text)
    return int(text)


def _numbers(field: str, least: int, most: int, names: dict[str, int] | None = None) -> list[int]:
    """Return the numbers of a field: a star, numbers, ranges and steps."""
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = least, most
        else:
            begin = _number(first, least, most, names or {})
            end = _number(last, least, most, names or {}) if dash else most if slash else begin
        every = _number(step, 1, most + 1, {}) if slash else 1
        if end < begin:
            raise ValueError(part)
        found.update(range(begin, end + 1, every))
    return sorted(found)


def _alternatives(field: str, read: Callable[[str], Day]) -> Day:
    if field in ("*", "?"):
        return lambda _day: True
    parts = [read(part) for part in field.split(",")]
    return lambda day: any(part(day) for part in parts)


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _near(day: date, number: int) -> int:
    """Return the day from Monday to Friday nearest to a day of the month, within it."""
    weekday = day.replace(day=number).isoweekday()
    if weekday == 6:
        return number - 1 if number > 1 else 3
    if weekday == 7:
        return number + 1 if number < _last(day) else number - 2
    return number


def _day(part: str) -> Day:
    if part == "LW":
        return lambda day: day.day == _near(day, _last(day))
    if part.startswith("L"):
        before = 0 if part == "L" else _number(part.removeprefix("L-"), 1, 30, {})
        return lambda day: day.day == _last(day) - before
    if part.endswith("W"):
        number = _number(part[:-1], 1, 31, {})
        return lambda day: number <= _last(day) and day.day == _near(day, number)
    numbers = frozenset(_numbers(part, 1, 31))
    return lambda day: day.day in numbers


def _weekday(part: str) -> Day:
    name, hash_, which = part.partition("#")
    if hash_:
        number, nth = _number(name, 0, 7, WEEKDAYS) % 7, _number(which, 1, 5, {})
        return lambda day: day.isoweekday() % 7 == number and (day.day + 6) // 7 == nth
    if part.endswith("L"):
        number = _number(part[:-1], 0, 7, WEEKDAYS) % 7
        return lambda day: day.isoweekday() % 7 == number and day.day + 7 > _last(day)
    for sunday in ("SUN-", "7-"):  # as the first of a range it comes before Monday
        part = "0-" + part.removeprefix(sunday) if part.startswith(sunday) else part
    numbers = frozenset(n % 7 for n in _numbers(part, 0, 7, WEEKDAYS))
    return lambda day: day.isoweekday() % 7 in numbers
