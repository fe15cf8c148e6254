"""Dates, times and durations as FEEL knows them: nine-digit years, nanoseconds, offsets and zones.

A date whose year fits Python's range is a plain ``datetime.date``; others are a ``FarDate``. A zone is ``None``
(local), a number of seconds east of UTC, or the name of an IANA zone.

Source: DMN 1.5, 10.3.2.3 and 10.3.4.1.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
MAX_YEAR = 999_999_999
EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()

Zone = int | str | None


@dataclass(frozen=True, slots=True)
class FarDate:
    """A date outside the years 1 to 9999."""

    year: int
    month: int
    day: int


FeelDate = dt.date | FarDate

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """Say whether a year of the proleptic Gregorian calendar has 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def make_date(year: int, month: int, day: int) -> FeelDate:
    """Return a date; raises ``ValueError`` if there is no such day."""
    if 1 <= year <= 9999:
        return dt.date(year, month, day)
    if not -MAX_YEAR <= year <= MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        raise ValueError("no such date")
    return FarDate(year, month, day)


def day_number(day: FeelDate) -> int:
    """Return the days since 1970-01-01."""
    if isinstance(day, dt.date):
        return day.toordinal() - EPOCH_ORDINAL
    shifted = day.year % 400 + 400
    eras = (day.year - shifted) // 400
    return dt.date(shifted, day.month, day.day).toordinal() - EPOCH_ORDINAL + eras * 146_097


def from_day_number(number: int) -> FeelDate:
    """Return the date a number of days after 1970-01-01."""
    ordinal = number + EPOCH_ORDINAL
    if 1 <= ordinal <= dt.date.max.toordinal():
        return dt.date.fromordinal(ordinal)
    eras, rest = divmod(ordinal - 1, 146_097)
    near = dt.date.fromordinal(rest + 1)
    year = near.year + eras * 400
    if not -MAX_YEAR <= year <= MAX_YEAR:
        raise ValueError("the date lies outside the years -999999999 to 999999999")
    return FarDate(year, near.month, near.day)


def weekday(day: FeelDate) -> int:
    """Return 1 for Monday to 7 for Sunday."""
    return (day_number(day) + 3) % 7 + 1


@lru_cache(maxsize=512)
def zone_info(name: str) -> ZoneInfo:
    """Return an IANA zone; raises ``ValueError`` for an unknown one."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*", name):
        raise ValueError(f"no such time zone: {name[:60]}")
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError):
        raise ValueError(f"no such time zone: {name[:60]}") from None


def offset_at(zone: Zone, day: FeelDate, nanos: int) -> int:
    """Return the seconds east of UTC that apply at a local moment; 0 without a zone."""
    if zone is None:
        return 0
    if isinstance(zone, int):
        return zone
    if not isinstance(day, dt.date):
        day = dt.date(1 if day.year < 1 else 9999, 6, 15)
    seconds = nanos // SECOND
    local = dt.datetime(
        day.year,
        day.month,
        day.day,
        seconds // 3600,
        seconds // 60 % 60,
        seconds % 60,
        tzinfo=zone_info(zone),
    )
    offset = local.utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day: nanoseconds since midnight, and its zone."""

    nanos: int
    zone: Zone = None

    @property
    def hour(self) -> int:
        return self.nanos // (3600 * SECOND)

    @property
    def minute(self) -> int:
        return self.nanos // (60 * SECOND) % 60

    @property
    def second(self) -> int:
        return self.nanos // SECOND % 60

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC; for a named zone those of its standard time."""
        if self.zone is None or isinstance(self.zone, int):
            return self.zone
        return offset_at(self.zone, dt.date(1970, 1, 1), self.nanos)

    def __str__(self) -> str:
        return _clock(self.nanos) + _zone(self.zone)

    def to_time(self) -> dt.time:
        """Return it as Python's time, cut off at microseconds."""
        tz = None if self.zone is None else _tzinfo(self.zone)
        return dt.time(self.hour, self.minute, self.second, self.nanos % SECOND // 1000, tzinfo=tz)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date and time: the local day, the nanoseconds since its midnight, and the zone."""

    day: FeelDate
    nanos: int
    zone: Zone = None

    @property
    def offset(self) -> int | None:
        """Seconds east of UTC at that moment, or None without a zone."""
        return None if self.zone is None else offset_at(self.zone, self.day, self.nanos)

    @property
    def time(self) -> Time:
        return Time(self.nanos, self.zone)

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970 in UTC; a moment without a zone counts as UTC."""
        return day_number(self.day) * DAY + self.nanos - offset_at(self.zone, self.day, self.nanos) * SECOND

    def __str__(self) -> str:
        return f"{format_date(self.day)}T{_clock(self.nanos)}{_zone(self.zone)}"

    def to_datetime(self, zone: dt.tzinfo | None = None) -> dt.datetime:
        """Return it as Python's datetime, cut off at microseconds; ``zone`` is used if it has none.

        Raises ``ValueError`` outside the years 1 to 9999.
        """
        if not isinstance(self.day, dt.date):
            raise ValueError("the year does not fit the years 1 to 9999")
        clock = Time(self.nanos, self.zone).to_time()
        if clock.tzinfo is None:
            clock = clock.replace(tzinfo=zone)
        return dt.datetime.combine(self.day, clock)


def at_instant(instant: int, zone: Zone) -> DateTime:
    """Return the moment in a zone; the opposite of ``DateTime.instant``."""
    if isinstance(zone, str):
        number, nanos = divmod(instant, DAY)
        try:
            utc = dt.datetime.combine(
                dt.date.fromordinal(number + EPOCH_ORDINAL), dt.time(), tzinfo=dt.UTC
            ) + dt.timedelta(seconds=nanos // SECOND)
            found = utc.astimezone(zone_info(zone)).utcoffset()
            offset = 0 if found is None else round(found.total_seconds())
        except (ValueError, OverflowError):
            offset = offset_at(zone, from_day_number(number), nanos)
    else:
        offset = zone or 0
    number, nanos = divmod(instant + offset * SECOND, DAY)
    return DateTime(from_day_number(number), nanos, zone)


@dataclass(frozen=True, slots=True)
class DaysDuration:
    """A days and time duration in nanoseconds."""

    nanos: int

    def parts(self) -> tuple[int, int, int, int, int]:
        """Return days, hours, minutes, seconds, nanoseconds; all carry the sign."""
        sign = -1 if self.nanos < 0 else 1
        seconds, fraction = divmod(abs(self.nanos), SECOND)
        return (
            sign * (seconds // 86_400),
            sign * (seconds // 3600 % 24),
            sign * (seconds // 60 % 60),
            sign * (seconds % 60),
            sign * fraction,
        )

    def __str__(self) -> str:
        days, hours, minutes, seconds, fraction = (abs(part) for part in self.parts())
        text = "-P" if self.nanos < 0 else "P"
        if days:
            text += f"{days}D"
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or fraction:
            clock += f"{seconds}{_fraction(fraction)}S"
        if clock:
            text += "T" + clock
        return text if self.nanos else "PT0S"

    def to_timedelta(self) -> dt.timedelta:
        """Return it as Python's timedelta, cut off at microseconds; raises ``OverflowError`` if too long."""
        return dt.timedelta(microseconds=self.nanos // 1000)


@dataclass(frozen=True, slots=True)
class MonthsDuration:
    """A years and months duration in months."""

    months: int

    @property
    def years(self) -> int:
        return abs(self.months) // 12 * (-1 if self.months < 0 else 1)

    @property
    def rest(self) -> int:
        return abs(self.months) % 12 * (-1 if self.months < 0 else 1)

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-P" if self.months < 0 else "P") + text


def add_months(day: FeelDate, months: int) -> FeelDate:
    """Return the same day of another month, or that month's last day (31 January + 1 = 28 February)."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return make_date(years, month + 1, min(day.day, month_length(years, month + 1)))


def add_nanos(moment: DateTime, nanos: int) -> DateTime:
    """Return the moment that many nanoseconds later on the time line, in the same zone."""
    return at_instant(moment.instant + nanos, moment.zone)


# ─── texts ───


def format_date(day: FeelDate) -> str:
    """Return the ISO 8601 text of a date."""
    sign = "-" if day.year < 0 else ""
    return f"{sign}{abs(day.year):04d}-{day.month:02d}-{day.day:02d}"


def _fraction(nanos: int) -> str:
    return f".{nanos:09d}".rstrip("0") if nanos else ""


def _clock(nanos: int) -> str:
    seconds, fraction = divmod(nanos, SECOND)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{_fraction(fraction)}"


def _zone(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    size = abs(zone)
    text = f"{'-' if zone < 0 else '+'}{size // 3600:02d}:{size // 60 % 60:02d}"
    return text + (f":{size % 60:02d}" if size % 60 else "")


def _tzinfo(zone: int | str) -> dt.tzinfo:
    if isinstance(zone, str):
        return zone_info(zone)
    return dt.UTC if zone == 0 else dt.timezone(dt.timedelta(seconds=zone))


_DATE = re.compile(r"(-?)([1-9][0-9]{4,8}|[0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_/+\-]{1,60})?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-?)P(?:([0-9]{1,20})Y)?(?:([0-9]{1,20})M)?", re.ASCII)
_DAYS = re.compile(
    r"(-?)P(?:([0-9]{1,20})D)?(?:(T)(?:([0-9]{1,20})H)?(?:([0-9]{1,20})M)?(?:([0-9]{1,20})(?:\.([0-9]{0,30}))?S)?)?",
    re.ASCII,
)
MAX_OFFSET = 18 * 3600


def parse_date(text: str) -> FeelDate:
    """Read ``2026-01-31``; years have four to nine digits. Raises ``ValueError``."""
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError("not a date in the form 2026-01-31")
    sign, year, month, day = found.groups()
    return make_date(int(sign + year), int(month), int(day))


def parse_zone(text: str | None) -> Zone:
    """Read ``Z``, ``+01:00`` or ``@Europe/Amsterdam``. Raises ``ValueError``."""
    if not text:
        return None
    if text.startswith("@"):
        zone_info(text[1:])
        return text[1:]
    if text in ("Z", "z"):  # the specification itself writes both (10.3.4.11)
        return 0
    parts = [int(part) for part in text[1:].split(":")]
    if parts[1] > 59 or (len(parts) > 2 and parts[2] > 59):
        raise ValueError("no such offset")
    seconds = parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)
    if seconds > MAX_OFFSET:
        raise ValueError("an offset is at most 18 hours")
    return -seconds if text[0] == "-" else seconds


def parse_time(text: str) -> Time:
    """Read ``13:20:00``, with fraction, offset or ``@zone``. Raises ``ValueError``."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("not a time in the form 13:20:00+01:00")
    hour, minute, second, fraction, zone = found.groups()
    return Time(make_clock(int(hour), int(minute), int(second), fraction), parse_zone(zone))


def make_clock(hour: int, minute: int, second: int, fraction: str | None = None) -> int:
    """Return the nanoseconds since midnight. Raises ``ValueError``."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        raise ValueError("no such time of day")
    nanos = int((fraction or "").ljust(9, "0")[:9])
    return (hour * 3600 + minute * 60 + second) * SECOND + nanos


def parse_date_time(text: str) -> DateTime:
    """Read ``2026-01-31T13:20:00+01:00``; a date alone is its midnight, and 24:00:00 the next.

    Raises ``ValueError``.
    """
    day, mark, clock = text.partition("T")
    if not mark:
        return DateTime(parse_date(day), 0)
    if clock.startswith("24:00:00"):
        time = parse_time("00" + clock[2:])
        if time.nanos:
            raise ValueError("no such time of day")
        return DateTime(from_day_number(day_number(parse_date(day)) + 1), 0, time.zone)
    time = parse_time(clock)
    return DateTime(parse_date(day), time.nanos, time.zone)


def parse_duration(text: str) -> DaysDuration | MonthsDuration:
    """Read ``P1Y2M`` or ``P1DT2H3M4.5S``; both kinds do not mix. Raises ``ValueError``."""
    found = _MONTHS.fullmatch(text)
    if found and (found[2] is not None or found[3] is not None):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return MonthsDuration(-months if found[1] else months)
    found = _DAYS.fullmatch(text)
    if found:
        sign, days, mark, hours, minutes, seconds, fraction = found.groups()
        clock = (hours, minutes, seconds)
        if (days is None and not mark) or (mark and clock == (None, None, None)):
            raise ValueError("a duration needs a number")
        total = int(days or 0) * 86_400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
        nanos = total * SECOND + int((fraction or "").ljust(9, "0")[:9])
        return DaysDuration(-nanos if sign else nanos)
    raise ValueError("not a duration in the form P1Y2M or P1DT2H30M")


def parse_any(text: str) -> FeelDate | Time | DateTime | DaysDuration | MonthsDuration:
    """Read whatever a temporal literal ``@"…"`` holds. Raises ``ValueError``."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if "T" in text.partition("@")[0]:
        return parse_date_time(text)
    if ":" in text:
        return parse_time(text)
    return parse_date(text)


def from_datetime(moment: dt.datetime) -> DateTime:
    """Return Python's datetime as FEEL's; an IANA zone keeps its name."""
    return DateTime(moment.date(), _nanos(moment.time()), _zone_of(moment.tzinfo, moment))


def from_time(moment: dt.time) -> Time:
    """Return Python's time as FEEL's."""
    return Time(_nanos(moment), _zone_of(moment.tzinfo, None))


def _nanos(moment: dt.time) -> int:
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) * SECOND + moment.microsecond * 1000


def _zone_of(zone: dt.tzinfo | None, moment: dt.datetime | None) -> Zone:
    if zone is None:
        return None
    key = getattr(zone, "key", None)
    if isinstance(key, str) and key != "UTC":
        return key
    offset = zone.utcoffset(moment)
    return None if offset is None else round(offset.total_seconds())
