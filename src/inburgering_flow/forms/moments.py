"""Days and times of day as forms keep them: ISO 8601 texts, read strictly and never turned into another moment.

Source: form-js 1.23, ``datetime`` with its subtypes and ``timeSerializingFormat`` (utc_offset, utc_normalized, none).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

EARLIEST, LATEST = 1900, 2200
_TIME = re.compile(r"(\d{2}):(\d{2})(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INTERVALS = (1, 5, 10, 15, 30, 60)


def day_of(text: str) -> date | None:
    """Return the day that a text is, written as 2026-12-31; None for anything else."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def minutes_of(text: str) -> tuple[int, str] | None:
    """Return the minutes since midnight and the zone as written ("", "Z" or "+01:00") of a time of day."""
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    zone = found[3] or ""
    if len(zone) > 1 and (int(zone[1:3]) > 14 or int(zone[4:]) > 59):
        return None
    return int(found[1]) * 60 + int(found[2]), zone


def parts_of(text: str, subtype: str) -> tuple[date | None, tuple[int, str] | None] | None:
    """Return the day and the time of an answer of this subtype; None if it is none."""
    if subtype == "time":
        time = minutes_of(text)
        return None if time is None else (None, time)
    before, sign, after = text.partition("T")
    day = day_of(before)
    if day is None or bool(sign) != (subtype == "datetime"):
        return None
    time = minutes_of(after) if sign else None
    return None if sign and time is None else (day, time)


def is_moment(text: str, subtype: Any) -> bool:
    """Tell whether a text is an answer to a question of this subtype."""
    return parts_of(text, str(subtype)) is not None


def interval(attrs: Mapping[str, Any]) -> int:
    """Return the steps, in minutes, in which a time is asked."""
    given = attrs.get("timeInterval")
    return given if given in INTERVALS else 15
