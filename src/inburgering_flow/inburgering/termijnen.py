"""Statutory terms: when the last day of a term is, and why. One function for FEEL, command line and pages.

Source: Algemene termijnenwet (BWBR0002448), articles 1 to 5, consulted 23 November 2026 in the copy named S2 in the
domain dossier; the counting of weeks, months and years follows settled case law (the event day does not count).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

from inburgering_flow.errors import InvalidInput

_LENGTH = re.compile(r"P(?:(?P<years>\d+)Y|(?P<months>\d+)M|(?P<weeks>\d+)W|(?P<days>\d+)D)")
MAX_DAYS, MAX_WEEKS, MAX_MONTHS = 90, 12, 3  # article 4, under a
FIRST_YEAR, LAST_YEAR = 1990, 2200

# Days equated with a recognised holiday by royal decree (article 3, paragraph 3): day → source. The titles of the two
# decrees were read in a lawyer's answer of 4 October 2025 (sterfgeval.nl, question 70745), not in the Staatscourant
# itself: te controleren. Decrees from before 2023 are not listed; add the next one here as soon as it is published.
_DECREE_2023 = "Besluit gelijkstelling 2023–2025 (te controleren)"
_DECREE_2026 = "Besluit gelijkstelling 2026–2028 (te controleren)"
EQUATED: Mapping[date, str] = {
    **dict.fromkeys(
        (date(2023, 4, 28), date(2023, 5, 19), date(2024, 5, 10), date(2024, 12, 27), date(2025, 5, 30)), _DECREE_2023
    ),
    **dict.fromkeys(
        (date(2026, 1, 2), date(2026, 5, 15), date(2027, 5, 7), date(2028, 4, 28), date(2028, 5, 26)), _DECREE_2026
    ),
}

WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
          "december")  # fmt: skip


def dutch(day: date) -> str:
    """Return a day as it is written in a letter: ``maandag 28 december 2026``."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


@lru_cache(maxsize=512)
def holidays(year: int) -> Mapping[date, str]:
    """Return the recognised and equated holidays of a year with their Dutch names (article 3, paragraphs 1 to 3).

    Koningsdag is 27 April since 2014, and 26 April where that is a Sunday; before, Koninginnedag on 30 April (29).
    """
    sunday = easter(year)
    royal = date(year, 4, 27) if year >= 2014 else date(year, 4, 30)
    if royal.weekday() == 6:
        royal -= timedelta(days=1)
    found = {
        date(year, 1, 1): "Nieuwjaarsdag",
        sunday - timedelta(days=2): "Goede Vrijdag",
        sunday + timedelta(days=1): "Tweede Paasdag",
        royal: "Koningsdag" if year >= 2014 else "Koninginnedag",
        date(year, 5, 5): "Bevrijdingsdag",
        sunday + timedelta(days=39): "Hemelvaartsdag",
        sunday + timedelta(days=50): "Tweede Pinksterdag",
        date(year, 12, 25): "Eerste Kerstdag",
        date(year, 12, 26): "Tweede Kerstdag",
    }
    found.update((day, f"een gelijkgestelde dag: {source}") for day, source in EQUATED.items() if day.year == year)
    return found


def free_day(day: date) -> str:
    """Return why a day is not a working day (``zaterdag``, ``zondag``, a holiday's name), or an empty text."""
    name = holidays(day.year).get(day)
    if name:
        return name
    return WEEKDAYS[day.weekday()] if day.weekday() >= 5 else ""


@dataclass(frozen=True)
class Termijn:
    """The outcome: the last day, where it would have been without the Algemene termijnenwet, and why it moved."""

    begin: date
    """The first day that counts: the day after the event."""
    lengte: str
    ongeschoven: date
    laatste_dag: date
    verschoven: bool
    artikel: str
    reden: str


def wettelijke_termijn(datum: date, lengte: str) -> Termijn:
    """Return the last day of a term of ``lengte`` (``P10W``, ``P14D``, ``P3M``, ``P3Y``) after the event on ``datum``.

    The event day is not counted. A term of at most twelve weeks, three months or ninety days that ends on a Saturday,
    Sunday or recognised holiday runs on to the next working day; longer ones and years do not. A term of at least three
    days includes at least two working days. A day that the month does not have becomes the month's last day.

    Raises InvalidInput for a length that is not a single whole number of days, weeks, months or years.
    Source: Algemene termijnenwet, articles 1 (paragraph 1), 2, 3 and 4.
    """
    match = _LENGTH.fullmatch(lengte)
    if match is None or int(next(v for v in match.groupdict().values() if v)) < 1:
        raise InvalidInput(
            f"'{lengte}' is not the length of a statutory term.",
            remedy="Write one whole number of days, weeks, months or years: P14D, P10W, P3M or P3Y.",
        )
    if not FIRST_YEAR <= datum.year <= LAST_YEAR - 50:
        raise InvalidInput(
            f"{datum.isoformat()} lies outside {FIRST_YEAR}–{LAST_YEAR - 50}.", remedy="Check the year of the date."
        )
    unit, number = next((k, int(v)) for k, v in match.groupdict().items() if v)
    try:
        plain = _end(datum, unit, number)
    except (OverflowError, ValueError):
        raise InvalidInput(f"A term of {lengte} goes beyond the calendar.", remedy="Check the length.") from None
    begin = datum + timedelta(days=1)
    limit = {"days": MAX_DAYS, "weeks": MAX_WEEKS, "months": MAX_MONTHS, "years": 0}[unit]
    if number > limit:
        reason = "De wet verschuift termijnen van jaren niet." if unit == "years" else (
            "De termijn is langer dan 90 dagen, twaalf weken of drie maanden en verschuift niet."
        )  # fmt: skip
        return Termijn(begin, lengte, plain, plain, False, "Algemene termijnenwet, artikel 4, onder a", reason)
    last, articles, reasons = plain, [], []
    if unit != "days" or number >= 3:
        while _working_days(begin, last) < 2:
            last += timedelta(days=1)
        if last != plain:
            articles.append("2")
            reasons.append("De termijn moet ten minste twee werkdagen bevatten.")
    because = free_day(last)
    while free_day(last):
        last += timedelta(days=1)
    if because:
        articles.append("1, eerste lid")
        reasons.append(f"De laatste dag viel op {because}; de termijn loopt door tot en met {dutch(last)}.")
    if not articles:
        return Termijn(
            begin, lengte, plain, plain, False, "Algemene termijnenwet, artikel 1, eerste lid",
            f"De laatste dag, {dutch(last)}, is een werkdag.",
        )  # fmt: skip
    joined = " en ".join(articles)
    return Termijn(
        begin, lengte, plain, last, last != plain, f"Algemene termijnenwet, artikel {joined}", " ".join(reasons)
    )


def _end(datum: date, unit: str, number: int) -> date:
    if unit == "days":
        return datum + timedelta(days=number)
    if unit == "weeks":
        return datum + timedelta(weeks=number)
    months = number * 12 if unit == "years" else number
    year, month = divmod(datum.year * 12 + datum.month - 1 + months, 12)
    return date(year, month + 1, min(datum.day, calendar.monthrange(year, month + 1)[1]))


def _working_days(first: date, last: date) -> int:
    count, day = 0, first
    while day <= last and count < 2:
        count += not free_day(day)
        day += timedelta(days=1)
    return count


def feel_wettelijke_termijn(datum: date | str, lengte: str) -> date:
    """Return the last day of a term: the FEEL function ``wettelijkeTermijn(datum, lengte)``."""
    if isinstance(datum, str):
        try:
            datum = date.fromisoformat(datum[:10])
        except ValueError:
            raise InvalidInput(f"'{datum}' is not a date.", remedy="Write it like 2026-10-10.") from None
    if not isinstance(datum, date) or not isinstance(lengte, str):
        raise InvalidInput("wettelijkeTermijn takes a date and a length.", remedy='Write wettelijkeTermijn(d, "P10W").')
    return wettelijke_termijn(date(datum.year, datum.month, datum.day), lengte).laatste_dag
