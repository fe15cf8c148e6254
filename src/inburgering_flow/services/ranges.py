"""What a value may be: the ranges of a data dictionary, read, judged for the lint, and asked of a value.

An entry of ``gegevens.json`` may have, besides name and type: ``minimum`` and ``maximum`` (type number), ``earliest`` and
``latest`` (date, date and time), ``longest`` and ``pattern`` (string). A day is written as 2026-12-31, or counted from the legal
day on which the value is given: ``today``, ``today + P6M``, ``today - P120Y``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from inburgering_flow.engine import timers
from inburgering_flow.engine.port import Trouble
from inburgering_flow.forms.patterns import UnreadablePattern, pattern
from inburgering_flow.i18n import _
from inburgering_flow.i18n import day as said_day

BOUNDS: Mapping[str, str] = {
    "minimum": "number", "maximum": "number", "earliest": "date", "latest": "date", "longest": "string", "pattern": "string",
}  # fmt: skip
"""What an entry may say about a value → the type that the value must have."""
DATES = ("date", "date and time")
_RELATIVE = re.compile(r"today(?: ?([+-]) ?(P\d+[YMWD]))?")


@dataclass(frozen=True)
class Range:
    """What a declared variable may be; None and empty say nothing. Days are written as in the dictionary."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    earliest: str = ""
    latest: str = ""
    longest: int | None = None
    pattern: str = ""

    def problem(self, label: str, value: Any, now: datetime, zone: tzinfo) -> str:
        """Return the sentence about a value that is outside, empty if it is inside.

        A value of another type than the bound is for says nothing here: that is the type's to refuse.
        """
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return self._of_number(label, Decimal(str(value)))
        day = _day(value, zone)
        if day is not None and (self.earliest or self.latest):
            return self._of_day(label, day, now.astimezone(zone).date())
        if isinstance(value, str):
            return self._of_text(label, value)
        return ""

    def _of_number(self, label: str, value: Decimal) -> str:
        if self.minimum is not None and value < self.minimum:
            return _("“{label}” must be {least} or more.").format(label=label, least=self.minimum)
        if self.maximum is not None and value > self.maximum:
            return _("“{label}” must be {most} or less.").format(label=label, most=self.maximum)
        return ""

    def _of_day(self, label: str, value: date, today: date) -> str:
        if self.earliest and value < (first := day_of(self.earliest, today)):
            return _("“{label}” must not be before {day}.").format(label=label, day=said_day(first))
        if self.latest and value > (last := day_of(self.latest, today)):
            if self.latest == "today":
                return _("“{label}” must not be in the future.").format(label=label)
            return _("“{label}” must not be after {day}.").format(label=label, day=said_day(last))
        return ""

    def _of_text(self, label: str, value: str) -> str:
        if self.longest is not None and len(value) > self.longest:
            return _("“{label}” has more than {most} characters.").format(label=label, most=self.longest)
        if self.pattern and value and not pattern(f"^(?:{self.pattern})$").search(value):
            return _("“{label}” is not written as it should be.").format(label=label)
        return ""


def day_of(text: str, today: date) -> date:
    """Return the day that a bound stands for on a day; raises ValueError for what is none, or outside the calendar."""
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        found = date.fromisoformat(text)
        if text != found.isoformat():  # a week date, or without hyphens
            raise ValueError(text)
        return found
    if not relative[1]:
        return today
    try:
        length = f"{'-' if relative[1] == '-' else ''}{relative[2]}"
        return timers.add(datetime.combine(today, time(), UTC), length, UTC).date()
    except Trouble as trouble:
        raise ValueError(trouble.message) from None


def _day(value: Any, zone: tzinfo) -> date | None:
    """Return the legal day of a date or moment, also as it is stored; None for what is neither."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return (value.astimezone(zone) if value.tzinfo else value).date()
    return value if isinstance(value, date) else None


def faults(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the range of an entry of a dictionary, one sentence each; nothing where it can be kept to."""
    name, kind = entry.get("name"), entry.get("type")
    given = {bound: entry[bound] for bound in BOUNDS if entry.get(bound) is not None}
    readable = {}
    for bound, value in given.items():
        wanted = BOUNDS[bound]
        if kind != wanted and not (wanted == "date" and kind in DATES):
            yield _("'{bound}' of '{name}' is for the type {wanted}, but the type is {kind}.").format(
                bound=bound, name=name, wanted=wanted, kind=kind
            )
        elif (read := _read(bound, value)) is None:
            yield _("'{bound}' of '{name}' cannot be read.").format(bound=bound, name=name)
        else:
            readable[bound] = read
    for low, high in (("minimum", "maximum"), ("earliest", "latest")):
        if low in readable and high in readable and readable[low] > readable[high]:
            yield _("No value of '{name}' fits: '{low}' is beyond '{high}'.").format(name=name, low=low, high=high)


def _read(bound: str, value: Any) -> Any:
    """Return a bound as it can be compared; None where it cannot be read."""
    match bound:
        case "minimum" | "maximum":
            is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            number = Decimal(str(value)) if is_number else None
            return number if number is not None and number.is_finite() else None
        case "longest":
            return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
    if not isinstance(value, str):
        return None
    try:
        if bound == "pattern":
            pattern(f"^(?:{value})$")
            return value
        return day_of(value, date(2026, 1, 1))  # any day: what is relative is compared with what is relative
    except (ValueError, UnreadablePattern):
        return None


def data_ranges(content: bytes | None) -> dict[str, Range]:
    """Return the ranges of a data dictionary by variable; of one from before ranges were checked, those that can be read."""
    if content is None:
        return {}
    found = {}
    for entry in json.loads(content, parse_float=Decimal):
        if isinstance(entry, dict) and any(entry.get(b) is not None for b in BOUNDS) and not any(faults(entry)):
            given = {bound: entry[bound] for bound in BOUNDS if entry.get(bound) is not None}
            for bound in ("minimum", "maximum"):
                if bound in given:
                    given[bound] = Decimal(str(given[bound]))
            found[entry["name"]] = Range(**given)
    return found


def problems(ranges: Mapping[str, Range], values: Mapping[str, Any], now: datetime, zone: tzinfo) -> dict[str, str]:
    """Return what is outside its range: variable name → sentence."""
    said = {n: ranges[n].problem(n, value, now, zone) for n, value in values.items() if n in ranges}
    return {name: sentence for name, sentence in said.items() if sentence}
