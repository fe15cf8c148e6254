"""The law's terms are right to the day."""

from __future__ import annotations

from datetime import date

import pytest

from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.termijnen import dutch, holidays, wettelijke_termijn


@pytest.mark.parametrize(
    ("scenario", "event", "length", "last"),
    [
        ("A01", "2026-03-02", "P10W", "2026-05-11"),
        ("A02 Koningsdag", "2026-02-16", "P10W", "2026-04-28"),
        ("A03 Saturday", "2026-10-10", "P10W", "2026-12-21"),
        ("A05 Good Friday, then Easter Monday", "2026-01-23", "P10W", "2026-04-07"),
        ("A08 two weeks after receipt", "2026-05-07", "P2W", "2026-05-21"),
        ("A09 three years are not rolled", "2023-05-12", "P3Y", "2026-05-12"),
        ("A11 29 February clamps, Sunday is not rolled", "2024-02-29", "P3Y", "2027-02-28"),
        ("A14", "2023-09-14", "P3Y", "2026-09-14"),
        ("A17 eighteen months", "2025-02-28", "P18M", "2026-08-28"),
        ("twelve weeks roll", "2026-10-03", "P12W", "2026-12-28"),
        ("thirteen weeks do not roll", "2026-01-03", "P13W", "2026-04-04"),
        ("three months roll", "2026-01-31", "P3M", "2026-04-30"),
        ("three months to Ascension Day roll over the equated Friday", "2026-02-14", "P3M", "2026-05-18"),
        ("four months do not roll", "2026-01-03", "P4M", "2026-05-03"),
        ("ninety days roll", "2026-01-04", "P90D", "2026-04-07"),
        ("ninety-one days do not roll", "2026-01-03", "P91D", "2026-04-04"),
        ("two days over Christmas roll only", "2026-12-24", "P2D", "2026-12-28"),
        ("three days hold two working days", "2026-12-24", "P3D", "2026-12-29"),
        ("month's last day", "2026-01-31", "P1M", "2026-03-02"),
    ],
)
def test_the_last_day_of_a_term(scenario: str, event: str, length: str, last: str) -> None:
    assert wettelijke_termijn(date.fromisoformat(event), length).laatste_dag == date.fromisoformat(last)


def test_a_moved_term_says_by_which_article_and_why() -> None:
    term = wettelijke_termijn(date(2026, 10, 10), "P10W")

    assert term.verschoven
    assert term.ongeschoven == date(2026, 12, 19)
    assert "artikel 1, eerste lid" in term.artikel
    assert "zaterdag" in term.reden


def test_a_term_of_years_says_why_it_does_not_move() -> None:
    term = wettelijke_termijn(date(2024, 2, 29), "P3Y")

    assert not term.verschoven
    assert "artikel 4" in term.artikel


@pytest.mark.parametrize(("year", "day"), [(2025, 26), (2026, 27), (2031, 26)])
def test_koningsdag_is_never_a_sunday(year: int, day: int) -> None:
    assert holidays(year)[date(year, 4, day)] == "Koningsdag"


def test_a_year_has_its_nine_holidays_with_liberation_day_each_year() -> None:
    assert sorted(day for day, name in holidays(2026).items() if "gelijkgesteld" not in name) == [
        date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 4, 27), date(2026, 5, 5), date(2026, 5, 14),
        date(2026, 5, 25), date(2026, 12, 25), date(2026, 12, 26),
    ]  # fmt: skip


def test_easter_on_the_days_that_are_published() -> None:
    assert [
        holidays(y)[d] for y, d in ((2027, date(2027, 3, 29)), (2028, date(2028, 4, 17)), (2038, date(2038, 4, 26)))
    ] == ["Tweede Paasdag"] * 3


def test_an_equated_day_moves_a_term_and_is_named_with_its_decree() -> None:
    term = wettelijke_termijn(date(2026, 5, 1), "P2W")

    assert term.laatste_dag == date(2026, 5, 18)
    assert "te controleren" in term.reden


@pytest.mark.parametrize("length", ["10W", "P10", "PT48H", "P1M2D", "P0W", "P-1W", "", "P99999999Y"])
def test_a_length_that_is_none_is_refused_with_a_remedy(length: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wettelijke_termijn(date(2026, 1, 1), length)
    assert caught.value.remedy


def test_a_day_as_it_stands_in_a_letter() -> None:
    assert dutch(date(2026, 12, 28)) == "maandag 28 december 2026"
