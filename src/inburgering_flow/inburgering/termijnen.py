"""Statutory terms: when the last day of a term is, and why. The same functions for FEEL, command line and pages.

Source: Algemene termijnenwet (BWBR0002448), articles 1 to 5, consulted 23 November 2026 in the copy named S2 in the
domain dossier; the counting of weeks, months and years follows settled case law (the event day does not count). Where a law
names the first day that counts itself, as Wet inburgering 2021, article 11(2) does, the term is counted from that day
(norm N-ATW-08).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

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
    days includes at least two working days. A day that the month does not have becomes the month's last day. A term of an
    algemene maatregel van bestuur, as the Besluit inburgering 2021 is, counts like one of a law (article 5, N-ATW-06).

    Raises InvalidInput for a length that is not a single whole number of days, weeks, months or years.
    Source: Algemene termijnenwet, articles 1 (paragraph 1), 2, 3 and 4 (N-ATW-01, N-ATW-03, N-ATW-04, N-ATW-05).
    """
    unit, number = _read(datum, lengte)
    begin = datum + timedelta(days=1)
    return _rolled(begin, lengte, _within(lengte, lambda: _shifted(datum, unit, number)[0]), unit, number)


def termijn_vanaf(eerste_dag: date, lengte: str) -> Termijn:
    """Return the last day of a term whose first day is ``eerste_dag``, which counts.

    Months and years end on the day before the one with the same number, so that a term that begins on the first of a month
    ends on the last of one. Where that number is missing the term includes the whole of the month: with the first day on the
    31st and one month, the 28th of February. Otherwise as ``wettelijke_termijn``.

    Source: Wet inburgering 2021, article 11(2) and Besluit inburgering 2021, article 5.4(1), as read in N-ATW-08. What DUO does
    at the end of a month is not known (te controleren): this is the reading in favour of the person, and DUO's dates win.
    """
    unit, number = _read(eerste_dag, lengte)

    def last() -> date:
        day, is_there = _shifted(eerste_dag, unit, number)
        return day - timedelta(days=1) if is_there else day

    return _rolled(eerste_dag, lengte, _within(lengte, last), unit, number)


def _read(datum: date, lengte: str) -> tuple[str, int]:
    """Return the unit and number of a length."""
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
    return next((k, int(v)) for k, v in match.groupdict().items() if v)


def _within(lengte: str, last: Callable[[], date]) -> date:
    try:
        return last()
    except (OverflowError, ValueError):
        raise InvalidInput(f"A term of {lengte} goes beyond the calendar.", remedy="Check the length.") from None


def _rolled(begin: date, lengte: str, plain: date, unit: str, number: int) -> Termijn:
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


def _shifted(datum: date, unit: str, number: int) -> tuple[date, bool]:
    """Return the day that lies so much later, and whether there is one: 31 January + P1M is 28 February, and no."""
    if unit == "days":
        return datum + timedelta(days=number), True
    if unit == "weeks":
        return datum + timedelta(weeks=number), True
    months = number * 12 if unit == "years" else number
    year, month = divmod(datum.year * 12 + datum.month - 1 + months, 12)
    longest = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(datum.day, longest)), datum.day <= longest


def working_day(datum: date) -> date:
    """Return the day itself if it is a working day, else the last one before it: the end of a term that the college sets itself
    within a maximum, which the law does not roll (N-ATW-07).
    """
    while free_day(datum):
        datum -= timedelta(days=1)
    return datum


def _working_days(first: date, last: date) -> int:
    count, day = 0, first
    while day <= last and count < 2:
        count += not free_day(day)
        day += timedelta(days=1)
    return count


def _day(datum: Any, function: str) -> date:
    if isinstance(datum, str):
        try:
            datum = date.fromisoformat(datum[:10])
        except ValueError:
            raise InvalidInput(f"'{datum}' is not a date.", remedy="Write it like 2026-10-10.") from None
    if not isinstance(datum, date):
        raise InvalidInput(f"{function} takes a date.", remedy=f'Write {function}(date("2026-10-10"), …).')
    return date(datum.year, datum.month, datum.day)


def _length(lengte: Any, function: str) -> str:
    if not isinstance(lengte, str):
        raise InvalidInput(f"{function} takes a date and a length.", remedy=f'Write {function}(d, "P10W").')
    return lengte


def feel_wettelijke_termijn(datum: date | str, lengte: str) -> date:
    """Return the last day of a term after an event: the FEEL function ``wettelijkeTermijn(datum, lengte)``."""
    name = "wettelijkeTermijn"
    return wettelijke_termijn(_day(datum, name), _length(lengte, name)).laatste_dag


def feel_termijn_vanaf(datum: date | str, lengte: str) -> date:
    """Return the last day of a term whose first day counts: the FEEL function ``wettelijkeTermijnVanaf(eersteDag, lengte)``."""
    name = "wettelijkeTermijnVanaf"
    return termijn_vanaf(_day(datum, name), _length(lengte, name)).laatste_dag


def feel_working_day(datum: date | str) -> date:
    """Return a working day on or before a day: the FEEL function ``werkdag(datum)``."""
    return working_day(_day(datum, "werkdag"))
