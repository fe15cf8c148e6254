"""A calendar as other programs read it: iCalendar.

Source: RFC 5545; RFC 7986, 5.3 (REFRESH-INTERVAL) and 5.5 (URL).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//inburgering-flow//agenda//NL"
LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """What stands in a calendar: on a whole day, or from a moment on for an hour; ``noted`` is when it was written down."""

    identity: str
    begins: date | datetime
    summary: str
    url: str
    noted: datetime


def written(entries: Sequence[Entry], *, refresh: timedelta) -> bytes:
    """Return a calendar; the same entries give the same bytes."""
    from icalendar import Calendar, Event  # takes a tenth of a second, for which no command should wait

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    for entry in entries:
        event = Event()
        event.add("uid", entry.identity)
        event.add("dtstamp", entry.noted.replace(microsecond=0))
        event.add("dtstart", entry.begins)
        if isinstance(entry.begins, datetime):
            event.add("duration", LASTS)
        else:
            event.add("transp", "TRANSPARENT")  # a last day keeps nobody busy
        event.add("summary", entry.summary)
        event.add("url", entry.url)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
