"""N-GEL: who counts for the specifieke uitkering, and what it comes to, in cents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.resources import resource_folder

TABLE = read_model(resource_folder("processes") / "beslissingen" / "d18-spuk.dmn")
COUNTS = (
    "gezinsVoorlopig", "gezinsDefinitief", "prognose", "taakstelling", "asielDitJaar", "asielVorigJaar", "asielTweeJaarTerug",
    "afgerondTweeJaarTerug", "landelijkGewicht", "landelijkBedrag",
)  # fmt: skip


def decided(decision: str, year: int = 2026, **counts: Any) -> dict[str, Any]:
    """Return what D18 gives; what is not counted is 0."""
    facts = {name: counts.pop(name, 0) for name in COUNTS}
    facts |= {"doelgroep": None, "cohort": None, "inOpvang": False} | counts
    found: dict[str, Any] = TABLE.evaluate(decision, facts | {"jaar": year})
    return found


def counted(group: str, cohort: int, year: int = 2026, *, shelter: bool = False) -> str | None:
    """Return as what somebody counts in a year."""
    found = decided("SPUK telling", year, doelgroep=group, cohort=cohort, inOpvang=shelter)
    assert found["telt"] == (found["als"] is not None)
    return None if found["als"] is None else str(found["als"])


def test_n_gel_06_family_and_others_once_by_the_cohort_of_the_year() -> None:
    assert decided("SPUK uitkering", gezinsVoorlopig=20)["gezinsVoorlopig"] == Decimal("14134.40")
    assert decided("SPUK uitkering", 2025, gezinsDefinitief=20)["gezinsDefinitief"] == Decimal("13884.60")
    assert [counted("gezinsmigrant", year) for year in (2027, 2026, 2025)] == [None, "gezins", None]


def test_n_gel_07_asylum_holders_by_three_cohorts_and_what_was_completed() -> None:
    found = decided("SPUK gewicht", asielDitJaar=40, asielVorigJaar=30, asielTweeJaarTerug=25, afgerondTweeJaarTerug=6)
    assert found["definitief"] == Decimal("391923.11")
    less = decided("SPUK gewicht", asielDitJaar=40, asielVorigJaar=30, asielTweeJaarTerug=25)
    assert found["definitief"] - less["definitief"] == Decimal("5139.06"), "six completed"
    assert [counted("asielstatushouder", year) for year in range(2027, 2021, -1)] == [None, "a", "b", "c", None, None]
    assert counted("asielstatushouder", 2026, shelter=True) is None, "not housed yet"


def test_n_gel_08_provisionally_by_forecast_and_target() -> None:
    found = decided("SPUK gewicht", prognose=50, taakstelling=40, asielTweeJaarTerug=25, afgerondTweeJaarTerug=6)
    assert found["voorlopig"] == Decimal("354325.49")


def test_n_gel_10_what_was_completed_has_a_weight_from_2026_on() -> None:
    assert decided("SPUK gewicht", 2025, afgerondTweeJaarTerug=6)["definitief"] == 0
    assert decided("SPUK gewicht", 2026, afgerondTweeJaarTerug=6)["definitief"] == Decimal("5139.06")


def test_n_gel_05_the_share_of_the_whole() -> None:
    """What was completed only moves money between municipalities: the shares of all are the whole."""
    whole = Decimal("1000000.00")
    counts = [{"asielDitJaar": 40, "afgerondTweeJaarTerug": 6}, {"asielVorigJaar": 30, "asielTweeJaarTerug": 25}]
    weights = [decided("SPUK gewicht", **c)["definitief"] for c in counts]
    shares = [
        decided("SPUK uitkering", landelijkGewicht=sum(weights), landelijkBedrag=whole, **c)["asielDefinitief"] for c in counts
    ]
    assert sum(shares) == whole
    assert decided("SPUK uitkering", asielDitJaar=40)["asielDefinitief"] is None, "without the whole there is no share"


@pytest.mark.parametrize("year", [2024, 2027])
def test_no_amount_is_made_up_for_a_year_without_one(year: int) -> None:
    found = decided("SPUK telling", year, doelgroep="gezinsmigrant", cohort=year)
    assert (found["telt"], found["gewicht"]) == (False, 0)
    assert decided("SPUK uitkering", year, gezinsDefinitief=20)["gezinsDefinitief"] is None
