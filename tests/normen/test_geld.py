"""N-GEL: who counts for the specifieke uitkering, and what it comes to, in cents."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from inburgering_flow.dmn import read_model
from inburgering_flow.feel import Context
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.spuk import DEFINITIVE, PROVISIONAL, Count, month_amounts, newcomer
from inburgering_flow.model.plugin import InstanceFacts

TABLE = read_model(resource_folder("processes") / "beslissingen" / "d18-spuk.dmn")
DAYS = read_model(resource_folder("processes") / "beslissingen" / "d27-verantwoording.dmn")
TERMS = read_model(resource_folder("processes") / "beslissingen" / "d00-termijnen.dmn")
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


def case(group: str = "asielstatushouder", name: str = "D-1", **values: Any) -> InstanceFacts:
    """A case with these facts."""
    return InstanceFacts(1, 1, name, "ACTIVE", datetime(2026, 1, 5, tzinfo=UTC), None, {"doelgroep": group, **values})


def parts(one: InstanceFacts, year: int = 2026, moment: str = DEFINITIVE, paid: frozenset[str] = frozenset()) -> list[str]:
    """Return as what somebody counts in a year."""
    period = decided("SPUK periode", year)
    count = Count(year, moment, int(period["afgerondVanaf"]), int(period["afgerondTot"]), paid)
    return [found.part for found in count.of(newcomer(one))]


def test_n_gel_06_the_woongemeente_on_the_last_day_of_the_year_counts() -> None:
    family = {"group": "gezinsmigrant", "brpDatum": "2026-03-01"}
    assert parts(case(**family)) == ["gezins"]
    assert parts(case("gezinsmigrant", brpDatum="2026-12-31")) == ["gezins"]
    assert parts(case("gezinsmigrant", brpDatum="2027-01-01")) == []
    assert parts(case(**family, verhuisd=True, verhuisdOp="2026-12-31")) == [], "moved out on the last day"
    assert parts(case(**family, verhuisd=True, verhuisdOp="2027-01-01")) == ["gezins"]
    assert parts(case(**family, datumOverlijden="2026-11-02")) == []
    assert parts(case(**family, vestigingDatum="2027-01-01")) == [], "came from elsewhere after the last day"
    assert parts(case("gezinsmigrant", brpDatum="2024-05-01"), 2026, PROVISIONAL) == ["gezins"], "provisionally those of t-2"
    assert parts(case("gezinsmigrant", brpDatum="2024-05-01"), 2026) == []


def test_n_gel_07_the_cohort_is_the_year_of_being_housed() -> None:
    assert parts(case(verhuisDatum="2026-12-20", inCoa=False)) == ["asielDitJaar"]
    assert parts(case(verhuisDatum="2027-01-04", kennisgeving="2026-06-01")) == [], "still in reception on the last day"
    assert parts(case(brpDatum="2025-12-31")) == ["asielVorigJaar"]
    assert [parts(case(brpDatum=f"{year}-07-01")) for year in (2027, 2026, 2025, 2024, 2023)] == [
        [], ["asielDitJaar"], ["asielVorigJaar"], ["asielTweeJaarTerug"], [],
    ]  # fmt: skip
    assert parts(case(inCoa=True)) == [], "nobody in reception counts"


def test_n_gel_07_the_count_of_the_cases_and_the_table_agree() -> None:
    names = {"gezins": "gezins", "a": "asielDitJaar", "b": "asielVorigJaar", "c": "asielTweeJaarTerug", None: None}
    for group in ("asielstatushouder", "gezinsmigrant"):
        for cohort in range(2022, 2029):
            of_table = names[counted(group, cohort)]
            assert parts(case(group, brpDatum=f"{cohort}-07-01")) == ([of_table] if of_table else []), (group, cohort)


def test_n_gel_08_provisionally_only_who_was_housed_two_years_before() -> None:
    found = [parts(case(brpDatum=f"{year}-07-01"), 2026, PROVISIONAL) for year in (2026, 2025, 2024, 2023)]
    assert found == [[], [], ["asielTweeJaarTerug"], []]
    assert parts(case(brpDatum="2024-07-01", verhuisd=True, verhuisdOp="2024-12-31"), 2026, PROVISIONAL) == []
    assert parts(case(brpDatum="2024-07-01", verhuisd=True, verhuisdOp="2025-01-01"), 2026, PROVISIONAL) == ["asielTweeJaarTerug"]


def test_n_gel_09_a_diploma_of_the_last_day_counts_for_one_year_and_of_the_next_day_for_the_next() -> None:
    old = {"brpDatum": "2022-03-01"}
    done = [(day, year) for day in ("2024-12-31", "2025-01-01") for year in (2026, 2027)
            if "afgerond" in parts(case(**old, diplomaDatum=day), year)]  # fmt: skip
    assert done == [("2024-12-31", 2026), ("2025-01-01", 2027)]
    assert parts(case("gezinsmigrant", brpDatum="2022-03-01", diplomaDatum="2024-06-01")) == [], "only asielstatushouders"
    assert parts(case(**old, diplomaDatum="2024-06-01", verhuisd=True, verhuisdOp="2024-02-01")) == [], "completed elsewhere"


def test_n_gel_10_in_the_first_year_all_that_was_completed_counts() -> None:
    old = {"brpDatum": "2022-01-10"}
    assert [parts(case(**old, diplomaDatum=f"{year}-06-01"), 2026) for year in (2022, 2023, 2024, 2025)] == [
        ["afgerond"], ["afgerond"], ["afgerond"], [],
    ]  # fmt: skip
    assert [parts(case(**old, diplomaDatum=f"{year}-06-01"), 2027) for year in (2024, 2025, 2026)] == [[], ["afgerond"], []]


def test_n_gel_11_who_has_fulfilled_the_duty_stays_in_the_cohort() -> None:
    assert parts(case(brpDatum="2025-02-01", diplomaDatum="2026-05-01")) == ["asielVorigJaar"]
    assert parts(case(brpDatum="2025-02-01")) == ["asielVorigJaar"]


def test_n_gel_12_an_onderwijsroute_counts_once() -> None:
    route = {"brpDatum": "2026-02-01", "leerroute": "O"}
    assert parts(case(**route)) == ["asielDitJaar", "onderwijsroute"]
    assert parts(case(**route), 2027, paid=frozenset(("D-1",))) == ["asielVorigJaar"], "back on the route: not again"
    assert parts(case(**route), 2027) == ["asielVorigJaar", "onderwijsroute"], "on the route since, never counted"
    assert parts(case(**{**route, "leerroute": "B1"})) == ["asielDitJaar"]
    assert parts(case("gezinsmigrant", **route)) == ["gezins"]
    found = decided("SPUK totaal", onderwijsrouteAantal=2, onderwijsrouteBedrag=None, onderwijsrouteVoorlopig=None)
    assert (found["perOnderwijsroute"], found["onderwijsroute"]) == (17000, 34000)
    assert decided("SPUK onderwijsroute", 2026)["zekerheid"] == "te controleren"


def test_n_gel_16_until_2025_the_onderwijsroute_has_a_grant_of_its_own() -> None:
    assert [decided("SPUK onderwijsroute", year)["bedrag"] for year in (2025, 2026, 2030)] == [None, 17000, None]


def test_who_cannot_be_placed_without_a_date_is_listed_and_not_counted() -> None:
    assert parts(case(brpDatum="2026-02-01", verhuisd=True)) == ["onbekend"]
    assert parts(case(vestigingDatum="2026-02-01", brpDatum="2026-02-01")) == ["onbekend"], "housed elsewhere, nobody knows when"
    assert parts(case(vestigingDatum="2026-02-01", brpDatum="2025-02-01")) == ["asielVorigJaar"]


def test_n_gel_05_three_parts_together() -> None:
    given = {"gezinsDefinitief": 20, "asielDitJaar": 40, "landelijkGewicht": Decimal("2328280.00"),
             "landelijkBedrag": Decimal("1000000.00"), "onderwijsrouteAantal": 1, "onderwijsrouteBedrag": Decimal("16500.00"),
             "onderwijsrouteVoorlopig": None}  # fmt: skip
    found = decided("SPUK totaal", **given)
    assert found["definitief"] == Decimal("14134.40") + Decimal("100000.00") + Decimal("16500.00")
    assert decided("SPUK totaal", **{**given, "landelijkGewicht": None})["definitief"] is None, "without the whole there is no sum"


def agenda(year: int) -> dict[str, date]:
    """Return the days of a year's account by name."""
    return {one["naam"]: one["dag"] for one in DAYS.evaluate("Verantwoordingsdagen", {"jaar": year})}


def test_n_gel_02_known_three_months_before_the_year() -> None:
    assert agenda(2027)["aankondiging"] == date(2026, 9, 30)


def test_n_gel_03_a_change_is_told_within_four_weeks() -> None:
    assert TERMS.evaluate("Termijnen uitkering", {})["herziening"] == "P4W"


def test_n_gel_04_definitive_within_six_months_after_the_year() -> None:
    assert agenda(2026)["definitief"] == date(2027, 6, 30)


def test_n_gel_14_the_days_of_the_account() -> None:
    found = agenda(2026)
    assert (found["peildag"], found["sisa"], found["mededeling"]) == (date(2027, 9, 30), date(2028, 6, 30), date(2028, 9, 30))
    assert TERMS.evaluate("Termijnen uitkering", {})["mededeling"] == "P1Y"
    fields = DAYS.evaluate("SiSa-velden", {"jaar": 2026})
    assert {field["code"] for field in fields} == {"te controleren"}, "no code of the SiSa annex was read"
    assert len({field["naam"] for field in fields}) == len(fields) == 13


def test_n_gel_15_twelve_amounts_that_are_the_whole_to_the_cent() -> None:
    for total in (Decimal("120.00"), Decimal("100.00"), Decimal("391923.11")):
        found = month_amounts(total)
        assert (len(found), sum(found)) == (12, total)
        assert max(found) - min(found) < Decimal("0.12")
    assert month_amounts(Decimal("100.00"))[0] == Decimal("8.33")


@pytest.mark.parametrize(("spent", "kept", "fits", "back", "short"), [
    ("70.00", "30.00", True, "0.00", "0"), ("70.00", "30.01", False, "0", "0"), ("70.00", "20.00", True, "10.00", "0"),
    ("100.00", "0.01", False, "0", "0"), ("110.00", "0", True, "0", "10.00"),
])  # fmt: skip
def test_n_gel_13_kept_for_the_next_year_up_to_what_is_left(spent: str, kept: str, fits: bool, back: str, short: str) -> None:
    given = {"jaar": 2026, "toegekend": Decimal("100.00"), "besteed": Decimal(spent), "reserveren": Decimal(kept)}
    found = TABLE.evaluate("SPUK reserve", given)
    assert (found["past"], found["terug"], found["tekort"]) == (fits, Decimal(back), Decimal(short))
    assert found["zekerheid"] == "te controleren"


def test_what_was_negotiated_in_2020_is_a_what_if_with_figures_to_be_checked() -> None:
    given = {"jaar": 2026, "toegekend": Decimal("1000.00")}
    found = TABLE.evaluate("Prestatiebekostiging 2020", given | {"prestatieCohort": 10, "prestatieBehaald": 4})
    assert (found["vast"], found["prestatie"], found["verschil"]) == (Decimal("900.00"), Decimal("40.00"), Decimal("-60.00"))
    assert (found["zekerheid"], "aanname" in found["bron"]) == ("te controleren", True)
    assert TABLE.evaluate("Prestatiebekostiging 2020", given | {"prestatieCohort": 0, "prestatieBehaald": 0})["totaal"] is None


def test_no_years_of_completion_or_reserve_are_made_up_before_there_was_a_rule() -> None:
    assert decided("SPUK periode", 2024)["afgerondVanaf"] is None
    assert decided("SPUK periode", 2025) | {"zekerheid": ""} == {"afgerondVanaf": 2023, "afgerondTot": 2023, "zekerheid": ""}
    assert decided("SPUK reserve deel", 2021)["deel"] == 0
    assert decided("SPUK reserve deel", 2022)["deel"] == 1


def test_n_gel_03_a_grant_is_revised_within_its_year_since_21_october_2025() -> None:
    def weeks(day: datetime) -> Any:
        return TERMS.evaluate("Termijnen uitkering", {}, context=Context(now=day))["herziening"]

    assert weeks(datetime(2025, 10, 20, 12, tzinfo=UTC)) is None
    assert weeks(datetime(2025, 10, 21, 12, tzinfo=UTC)) == "P4W"
