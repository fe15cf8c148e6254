"""Calendar arithmetic of timers: the injected clock, the zone of the case, months as in java.time.

Source: BPMN 2.0.2, table 10.101 (timer event definition); ISO 8601 durations and repeating intervals.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from inburgering_flow.engine.cron import next_moment
from inburgering_flow.engine.port import Trouble
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import N_, Said

_NUMBER = r"\d+(?:[.,]\d+)?"
_DURATION = re.compile(
    rf"(?P<sign>[-+])?P(?:(?P<y>{_NUMBER})Y)?(?:(?P<mo>{_NUMBER})M)?(?:(?P<w>{_NUMBER})W)?(?:(?P<d>{_NUMBER})D)?"
    rf"(?:T(?:(?P<h>{_NUMBER})H)?(?:(?P<mi>{_NUMBER})M)?(?:(?P<s>{_NUMBER})S)?)?"
)
_CYCLE = re.compile(r"R(?P<n>\d*)/(?:(?P<start>\d{4}-.+)/)?(?P<every>[-+]?P[^/]+)")
_ZONED = re.compile(r"(?P<moment>.+)(?:@(?P<at>.+)|\[(?P<in>.+)\])")
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """When a timer fires; of a cycle also how it goes on, as it is stored with the timer.

    ``cycle``: repetitions left (-1: for ever), the interval (or cron expression), and, of an interval, the anchor from which
    its rounds are counted, the number of the round and, where one was named, the zone of its days.
    """

    moment: datetime
    cycle: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Duration:
    """A duration: months, whole days, and exact time, all with one sign."""

    months: int
    days: int
    exact: timedelta

    @property
    def is_forward(self) -> bool:
        return (self.months, self.days, self.exact) > (0, 0, timedelta(0)) and self.months >= 0 <= self.days

    def __mul__(self, times: int) -> _Duration:
        return _Duration(self.months * times, self.days * times, self.exact * times)


def _no_time(sentence: str, **parts: object) -> Trouble:
    """Return why something is no moment and no length of time: an incident, or a finding of who deploys it."""
    return Trouble("EXTRACT_VALUE_ERROR", Said(sentence, **parts))


def _duration(text: str) -> _Duration:
    match = _DURATION.fullmatch(text.strip())
    if match is None or text.strip().endswith(("P", "T")):
        raise _no_time(N_("'{text}' is not an ISO 8601 duration; write for example P10W or PT8H."), text=text)
    part = {k: Fraction(v.replace(",", ".")) for k, v in match.groupdict().items() if v and k != "sign"}
    sign = -1 if match["sign"] == "-" else 1
    months = part.get("y", 0) * 12 + part.get("mo", 0)
    if months.denominator != 1 or any(k in part and part[k].denominator != 1 for k in ("y", "mo")):
        raise _no_time(
            N_("'{text}' has part of a year or month, which is no certain length of time; write whole ones, like P18M."),
            text=text,
        )
    days = part.get("w", 0) * 7 + part.get("d", 0)
    seconds = (days - int(days)) * 86_400 + part.get("h", 0) * 3_600 + part.get("mi", 0) * 60 + part.get("s", 0)
    try:
        exact = timedelta(microseconds=int(seconds * 1_000_000))
        return _Duration(sign * int(months), sign * int(days), sign * exact)
    except OverflowError:
        raise _no_time(N_("'{text}' is longer than any calendar."), text=text) from None


def _added(moment: datetime, length: _Duration, zone: tzinfo) -> datetime:
    """Return a moment plus a duration; raises OverflowError or ValueError outside the calendar."""
    local = moment.astimezone(zone)
    if length.months:
        year, month = divmod(local.year * 12 + local.month - 1 + length.months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        local = local.replace(year=year, month=month + 1, day=min(local.day, last))
    local += timedelta(days=length.days)
    return local.astimezone(UTC) + length.exact


def add(moment: datetime, duration: str, zone: tzinfo) -> datetime:
    """Return ``moment`` plus an ISO 8601 duration: months clamp to the month's end, days keep the wall-clock time."""
    length = _duration(duration)
    try:
        return _added(moment, length, zone)
    except (OverflowError, ValueError):
        said = N_("'{text}' from {moment} goes beyond the calendar.")
        raise _no_time(said, text=duration, moment=moment.isoformat()) from None


def next_round(last: datetime, cycle: Mapping[str, Any], now: datetime, zone: tzinfo) -> Due | None:
    """Return the round of a cycle that follows the one that was due at ``last``, later than ``now``; None after the last.

    Rounds that have passed meanwhile are passed over: the one that fires now stands for them. What a moment is counted from
    is the anchor, so that a month that is too short shifts only its own round.
    """
    left = int(cycle.get("repetitions", 0))
    if not left:
        return None
    rest = {**cycle, "repetitions": left - 1 if left > 0 else -1}
    interval = str(cycle["interval"])
    if not _is_duration(interval):
        return Due(cron(max(last, now), interval, zone), rest)
    anchor = datetime.fromisoformat(cycle["anchor"]) if "anchor" in cycle else last  # what an earlier version armed
    place = ZoneInfo(cycle["zone"]) if "zone" in cycle else zone
    number = _first_after(anchor, _interval(interval, interval), now, place, int(cycle.get("round", 0)) + 1)
    rest |= {"anchor": anchor.isoformat(), "round": number}
    return Due(_round(anchor, interval, number, place), rest)


def _first_after(anchor: datetime, length: _Duration, now: datetime, zone: tzinfo, least: int) -> int:
    """Return the number of the first round after ``now``, at least ``least``."""

    def is_over(number: int) -> bool:
        try:
            return _added(anchor, length * number, zone) <= now
        except (OverflowError, ValueError):
            return False

    step = 1
    while is_over(least + step):
        step *= 2
    low, high = least, least + step  # rounds below ``low`` are over, that of ``high`` is not
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if is_over(middle) else (low, middle)
    return low


def _round(anchor: datetime, interval: str, number: int, zone: tzinfo) -> datetime:
    try:
        return _added(anchor, _duration(interval) * number, zone)
    except (OverflowError, ValueError):
        said = N_("'{text}' from {moment} goes beyond the calendar.")
        raise _no_time(said, text=interval, moment=anchor.isoformat()) from None


def _is_duration(text: str) -> bool:
    return text.lstrip("+-").startswith("P")


def _interval(text: str, cycle: str) -> _Duration:
    length = _duration(text)
    if not length.is_forward:
        raise _no_time(
            N_("'{text}' repeats without time in between, so it would never end. Write an interval above zero, like R3/P1D."),
            text=cycle,
        )
    return length


def cron(moment: datetime, expression: str, zone: tzinfo) -> datetime:
    """Return the next moment of a cron expression."""
    try:
        found = next_moment(expression, moment, zone)
    except ValueError:
        said = N_("'{text}' is neither a repeating interval (R3/P1D) nor a cron expression (0 0 9 * * *).")
        raise _no_time(said, text=expression) from None
    if found is None:
        raise _no_time(N_("'{text}' never comes: no day fits it. Mend its day, month or weekday."), text=expression)
    return found


def parse_beginning(value: Any, zone: tzinfo) -> datetime:
    """Return the UTC moment of an ISO date or date and time from which something counts: of a date its beginning."""
    moment = parse_moment(value, zone)
    is_day = len(value.strip()) == 10 if isinstance(value, str) else not isinstance(value, datetime)
    try:
        return _added(moment, _Duration(0, -1, timedelta(0)), zone) if is_day else moment
    except OverflowError:
        raise _no_time(N_("'{text}' begins before all moments that there are."), text=value) from None


def parse_moment(value: Any, zone: tzinfo) -> datetime:
    """Return the UTC moment of an ISO date or date and time; a date means the end of that legal day."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    text = str(value).strip()
    try:
        if len(text) == 10:
            return parse_moment(date.fromisoformat(text), zone)
        zoned = _ZONED.fullmatch(text)
        if zoned is None:
            return parse_moment(datetime.fromisoformat(text), zone)
        local = datetime.fromisoformat(zoned["moment"])
        place = ZoneInfo(_zone_of(text))
        return parse_moment(local.replace(tzinfo=None) if zoned["at"] else local, place)
    except (ValueError, KeyError, OverflowError):
        raise _no_time(N_("'{text}' is not a date or date and time in ISO 8601."), text=value) from None


def _zone_of(text: str) -> str:
    """Return the zone that a moment names behind itself; empty where it names none."""
    zoned = _ZONED.fullmatch(text)
    return "" if zoned is None else zoned["at"] or zoned["in"]


def due(kind: str, value: Any, now: datetime, zone: tzinfo) -> Due:
    """Return when a timer of ``kind`` (date, duration, cycle) with the plain ``value`` fires first."""
    if value is None:
        raise _no_time(N_("The timer's expression gave null; expected a date, duration or cycle."))
    if kind == "date":
        return Due(parse_moment(value, zone))
    if not isinstance(value, str):
        raise _no_time(N_("The timer has {kind}; expected ISO 8601 text."), kind=a_kind(value))
    if kind == "duration":
        return Due(add(now, value, zone))
    match = _CYCLE.fullmatch(value.strip())
    if match is None:
        return Due(cron(now, value.strip(), zone), {"repetitions": -1, "interval": value.strip()})
    count = int(match["n"]) if match["n"] else -1
    if count == 0:
        raise _no_time(N_("'{text}' repeats zero times, so the timer would never fire."), text=value)
    every, start = match["every"], match["start"]
    _interval(every, value)
    anchor = parse_moment(start, zone) if start else now
    cycle = {"repetitions": count - 1 if count > 0 else -1, "interval": every, "anchor": anchor.isoformat(), "round": 0}
    if not start:
        return Due(_round(anchor, every, 1, zone), {**cycle, "round": 1})
    named = _zone_of(start)
    return Due(anchor, {**cycle, "zone": named} if named else cycle)
