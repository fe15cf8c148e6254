"""Calendar arithmetic of timers: the injected clock, the zone of the case, months as in java.time.

Source: BPMN 2.0.2, table 10.101 (timer event definition); ISO 8601 durations and repeating intervals.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from inburgering_flow.engine.port import Trouble

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<mi>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
_CYCLE = re.compile(r"R(?P<n>\d*)/(?:(?P<start>\d{4}-[^/]+)/)?(?P<every>P[^/]+)")

CRON_NAMES = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """When a timer fires, and for a cycle how many times more (-1: for ever) and at what interval."""

    moment: datetime
    repetitions: int = 0
    interval: str = ""


def add(moment: datetime, duration: str, zone: tzinfo) -> datetime:
    """Return ``moment`` plus an ISO 8601 duration: months clamp to the month's end, days keep the wall-clock time."""
    match = _DURATION.fullmatch(duration.strip())
    if match is None or duration.strip().endswith(("P", "T")):
        raise Trouble("EXTRACT_VALUE_ERROR", f"'{duration}' is not an ISO 8601 duration; write for example P10W or PT8H.")
    part = {k: float(v) for k, v in match.groupdict().items() if v and k != "sign"}
    sign = -1 if match["sign"] else 1
    local = moment.astimezone(zone)
    months = sign * int(part.get("y", 0) * 12 + part.get("mo", 0))
    try:
        if months:
            index = local.year * 12 + local.month - 1 + months
            year, month = divmod(index, 12)
            last = calendar.monthrange(year, month + 1)[1]
            local = local.replace(year=year, month=month + 1, day=min(local.day, last))
        local += sign * timedelta(weeks=part.get("w", 0), days=part.get("d", 0))
        exact = timedelta(hours=part.get("h", 0), minutes=part.get("mi", 0), seconds=part.get("s", 0))
        return local.astimezone(UTC) + sign * exact
    except (OverflowError, ValueError):
        raise Trouble("EXTRACT_VALUE_ERROR", f"'{duration}' from {moment.isoformat()} goes beyond the calendar.") from None


def next_round(moment: datetime, interval: str, zone: tzinfo) -> datetime:
    """Return when a cycle fires next: after an ISO 8601 duration, or at the next moment of a cron expression."""
    return add(moment, interval, zone) if interval.startswith("P") else cron(moment, interval, zone)


def cron(moment: datetime, expression: str, zone: tzinfo) -> datetime:
    """Return the next moment of a cron expression: five fields, or six with the seconds first (as in Camunda 8).

    A question mark leaves a field open, as a star does.
    """
    text = " ".join("*" if field == "?" else field for field in expression.split())
    text = CRON_NAMES.get(text, text)
    try:
        fields = text.split()
        if any(field.startswith("*") for field in fields[-5:-3]):
            return next(CronSim(text, moment.astimezone(zone))).astimezone(UTC)
        # A time of day occurs once a day, even when the clocks go back; one that is skipped occurs an hour later.
        days = CronSim(text, moment.astimezone(zone).replace(tzinfo=None))
        return next(found for day in days if (found := day.replace(tzinfo=zone).astimezone(UTC)) > moment)
    except (CronSimError, StopIteration):
        raise Trouble(
            "EXTRACT_VALUE_ERROR",
            f"'{expression}' is neither a repeating interval (R3/P1D) nor a cron expression (0 0 9 * * *).",
        ) from None


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
        place = zone
        if "@" in text:
            text, _, name = text.partition("@")
            place = ZoneInfo(name)
        elif text.endswith("]"):
            text, _, name = text[:-1].partition("[")
            place = ZoneInfo(name)
        return parse_moment(datetime.fromisoformat(text).replace(tzinfo=None) if "@" in str(value) else
                            datetime.fromisoformat(text), place)  # fmt: skip
    except (ValueError, KeyError, OverflowError):
        raise Trouble("EXTRACT_VALUE_ERROR", f"'{value}' is not a date or date and time in ISO 8601.") from None


def due(kind: str, value: Any, now: datetime, zone: tzinfo) -> Due:
    """Return when a timer of ``kind`` (date, duration, cycle) with the plain ``value`` fires first."""
    if value is None:
        raise Trouble("EXTRACT_VALUE_ERROR", "The timer's expression gave null; expected a date, duration or cycle.")
    if kind == "date":
        return Due(parse_moment(value, zone))
    if not isinstance(value, str):
        raise Trouble("EXTRACT_VALUE_ERROR", f"The timer's {kind} is a {type(value).__name__}; expected ISO 8601 text.")
    if kind == "duration":
        return Due(add(now, value, zone))
    match = _CYCLE.fullmatch(value.strip())
    if match is None:
        return Due(cron(now, value, zone), -1, value.strip())
    count = int(match["n"]) if match["n"] else -1
    if count == 0:
        raise Trouble("EXTRACT_VALUE_ERROR", f"'{value}' repeats zero times, so the timer would never fire.")
    first = parse_moment(match["start"], zone) if match["start"] else add(now, match["every"], zone)
    return Due(first, count - 1 if count > 0 else -1, match["every"])
