"""N-ATW: how statutory terms are counted, to the day, with an example on each side of the boundary."""

from __future__ import annotations

from datetime import date

import pytest

from inburgering_flow.dmn import read_model
from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import (
    feel_termijn_vanaf,
    feel_working_day,
    free_day,
    termijn_vanaf,
    wettelijke_termijn,
    working_day,
)

TERMS = read_model(resource_folder("processes") / "beslissingen" / "d00-termijnen.dmn")


def after(event: str, length: str) -> str:
    """Return the last day of a term after an event."""
    return wettelijke_termijn(date.fromisoformat(event), length).laatste_dag.isoformat()


def since(first: str, length: str) -> str:
    """Return the last day of a term whose first day counts."""
    return termijn_vanaf(date.fromisoformat(first), length).laatste_dag.isoformat()


def test_n_atw_01_a_term_that_ends_on_a_free_day_runs_on() -> None:
    assert after("2026-10-10", "P10W") == "2026-12-21", "from a Saturday"
    assert after("2026-10-17", "P10W") == "2026-12-28", "from Tweede Kerstdag, over a Sunday"
    assert after("2026-10-09", "P10W") == "2026-12-18", "a Friday stays"


def test_n_atw_03_a_term_of_three_days_has_two_working_days() -> None:
    assert after("2026-12-24", "P3D") == "2026-12-29"
    assert after("2026-12-24", "P2D") == "2026-12-28", "shorter ones need not"


def test_n_atw_04_which_days_are_holidays() -> None:
    named = ["2026-01-01", "2026-04-06", "2026-04-27", "2026-05-05", "2026-05-14", "2026-05-25", "2026-12-25", "2026-12-26"]
    assert all(free_day(date.fromisoformat(day)) for day in [*named, "2026-04-03"])
    assert [free_day(date.fromisoformat(day)) for day in ("2026-04-28", "2026-05-04", "2026-12-24", "2026-12-31")] == [""] * 4
    assert after("2026-04-30", "P2W") == "2026-05-18", "over Ascension Day and the day equated to it"
    assert "te controleren" in free_day(date(2026, 5, 15)), "what is equated by decree is said to be unsure"


def test_n_atw_05_long_terms_stay() -> None:
    assert after("2026-01-05", "P13W") == "2026-04-06", "Tweede Paasdag"
    assert after("2026-01-12", "P12W") == "2026-04-07", "twelve weeks run on"
    assert (after("2026-01-06", "P3M"), after("2026-01-06", "P90D")) == ("2026-04-07", "2026-04-07")
    assert (after("2025-12-06", "P4M"), after("2026-01-05", "P91D")) == ("2026-04-06", "2026-04-06")
    assert after("2024-02-29", "P3Y") == "2027-02-28", "a Sunday"


def test_n_atw_06_a_term_of_the_besluit_runs_on_like_one_of_the_law() -> None:
    rows = {name: TERMS.evaluate("pipTermijnen", {})[name] for name in ("pip", "derden")}
    assert rows == {"pip": "P10W", "derden": "P2W"}, "the Besluit, article 5.3"
    found = wettelijke_termijn(date(2026, 2, 21), rows["pip"])
    assert (found.ongeschoven, found.laatste_dag) == (date(2026, 5, 2), date(2026, 5, 4)), "a Saturday"
    assert after("2026-02-20", rows["pip"]) == "2026-05-01", "a Friday stays"
    assert after("2026-03-07", rows["derden"]) == "2026-03-23", "two weeks after a Saturday"
    assert after("2026-03-06", rows["derden"]) == "2026-03-20"


def test_n_atw_07_an_end_that_the_college_sets_is_a_working_day_within_the_maximum() -> None:
    assert working_day(date(2026, 6, 20)) == date(2026, 6, 19), "a Saturday"
    assert working_day(date(2026, 6, 19)) == date(2026, 6, 19)
    assert feel_working_day("2026-04-06") == date(2026, 4, 2), "before Easter and Goede Vrijdag"


def test_n_atw_08_the_event_day_does_not_count_unless_the_law_names_the_first_day() -> None:
    assert (after("2025-02-28", "P18M"), after("2025-02-28", "P3Y")) == ("2026-08-28", "2028-02-28"), "after an event"
    assert (since("2025-03-01", "P18M"), since("2025-03-01", "P3Y")) == ("2026-08-31", "2028-02-29"), "a whole number of months"
    assert since("2025-03-15", "P18M") == "2026-09-14"
    assert (since("2023-05-13", "P3Y"), since("2024-03-01", "P3Y")) == ("2026-05-12", "2027-02-28")
    assert since("2023-09-15", "P3Y") == "2026-09-14"
    assert after("2023-05-12", "P3Y") == since("2023-05-13", "P3Y"), "the same where no month is short"
    assert (since("2025-01-31", "P1M"), since("2025-01-30", "P1M"), since("2025-01-29", "P1M")) == ("2025-02-28",) * 3
    assert since("2026-03-02", "P2W") == "2026-03-16", "the fourteenth day is a Sunday, which runs on"
    assert since("2026-03-03", "P2W") == "2026-03-16"


def test_a_first_day_is_read_like_an_event() -> None:
    assert feel_termijn_vanaf("2025-03-01", "P18M") == date(2026, 8, 31)
    assert termijn_vanaf(date(2025, 3, 1), "P18M").begin == date(2025, 3, 1)
    with pytest.raises(InvalidInput, match="wettelijkeTermijnVanaf takes a date"):
        feel_termijn_vanaf(5, "P18M")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="length"):
        feel_termijn_vanaf("2025-03-01", "P1Y6M")
    with pytest.raises(InvalidInput, match="calendar"):
        termijn_vanaf(date(2025, 3, 1), "P99999Y")
