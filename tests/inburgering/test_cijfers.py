"""Figures per cohort: what is counted, and that no small number can be read or computed from the others."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from variants import examples

from inburgering_flow.inburgering.cijfers import (
    ALL,
    MEASURES,
    MISSING,
    NO,
    YES,
    Case,
    Cell,
    count,
    hidden_cells,
    shown,
)
from inburgering_flow.model.plugin import InstanceFacts
from inburgering_flow.services.disclosure.counts import SMALLEST

TODAY = date(2026, 11, 27)
BEGUN = datetime(2024, 3, 1, 9, tzinfo=UTC)


def part(ended: str = "", **values: Any) -> InstanceFacts:
    end = datetime.fromisoformat(f"{ended}T09:00:00+00:00") if ended else None
    return InstanceFacts(2, 1, "", "COMPLETED" if ended else "ACTIVE", BEGUN, end, values)


def case(parts: dict[str, list[InstanceFacts]] | None = None, **facts: Any) -> Case:
    found = {"doelgroep": "gezinsmigrant", "kennisgeving": "2024-03-01", **facts}
    return Case(found, TODAY, dict(parts or {}))


def answers(one: Case) -> dict[str, str]:
    """Return the answer of a case to each measure that counts it."""
    return {measure: answer for _cohort, measure, answer in count([one])[0]}


WITH_PIP = {"pipUiterlijk": "2024-05-10", "pipVerzondenOp": "2024-05-10", "pipDagtekening": "2024-05-08", "leerroute": "B1"}


def test_a_pip_is_in_time_on_its_last_day_and_late_on_the_next() -> None:
    assert answers(case(**WITH_PIP))["pip-op-tijd"] == "op tijd"
    assert answers(case(**WITH_PIP | {"pipVerzondenOp": "2024-05-11"}))["pip-op-tijd"] == "te laat"
    with_third = WITH_PIP | {"informatieDerdenGrond": "Diploma bij een instelling", "pipVerzondenOp": "2024-05-11"}
    assert answers(case(**with_third))["pip-op-tijd"] == "te laat met derden"
    assert "pip-op-tijd" not in answers(case()), "who has no PIP is not in the basis"


@pytest.mark.parametrize(("signed", "when"), [
    ("2025-05-08", "12 maanden"), ("2025-05-10", "24 maanden"), ("2026-05-09", "30 maanden"), ("2026-11-20", "later"),
    (None, "nog niet"),
])  # fmt: skip
def test_the_participatieverklaring_at_twelve_twenty_four_and_thirty_months(signed: str | None, when: str) -> None:
    parts = {"participatieverklaring": [part(datumOndertekening=signed)]}
    assert answers(case(parts, **WITH_PIP))["pvt"] == when


def test_half_a_year_before_the_end_open_parts_are_told() -> None:
    signed = {"participatieverklaring": [part(datumOndertekening="2025-01-02")]}
    both = signed | {"map": [part(datumEindgesprek="2025-02-03")]}
    soon = WITH_PIP | {"termijnEinde": (TODAY + timedelta(days=183)).isoformat()}
    assert answers(case(signed, **soon))["zes-maanden"] == "open"
    assert answers(case(both, **soon))["zes-maanden"] == "klaar"
    assert answers(case(signed, **soon | {"leerroute": "O"}))["zes-maanden"] == "klaar", "no MAP on the onderwijsroute"
    assert answers(case(signed, **soon | {"termijnEinde": (TODAY + timedelta(days=184)).isoformat()}))["zes-maanden"] == "nee"
    assert answers(case(signed, **soon | {"diplomaDatum": "2026-11-01"}))["zes-maanden"] == "nee"


def test_enforcement_objections_and_ontzorgen() -> None:
    warned = part(waarschuwingVerzondenOp="2025-01-02", verwijtbaar="nee")
    fined = part(waarschuwingVerzondenOp="2025-01-02", boeteVerzondenOp="2025-03-02", verwijtbaar="ja")
    assert answers(case({"handhaving": [warned]}))["afloop"] == "waarschuwing"
    found = answers(case({"handhaving": [warned, fined]}))
    assert (found["afloop"], found["oorzaak"]) == ("boete", "ja")
    assert "afloop" not in answers(case())
    for outcome, said in (("herroepen", "gegrond"), ("ongegrond", "ongegrond"), (None, "loopt"), ("niet-ontvankelijk", "loopt")):
        assert answers(case({"bezwaar-en-beroep": [part(bezwaarUitkomst=outcome)]}))["bezwaar"] == said
    assert answers(case({"ontzorgen": [part("2025-07-01", ontzorgTot="2025-06-30")]}))["ontzorgen"] == "op tijd"
    assert answers(case({"ontzorgen": [part("2025-07-02", ontzorgTot="2025-06-30")]}))["ontzorgen"] == "te laat"


def test_days_are_a_median_of_those_of_whom_both_dates_are_known() -> None:
    found, days = count([case(**WITH_PIP), case(**WITH_PIP | {"pipVerzondenOp": "2024-03-11"}), case()])
    assert sorted(days["2024", "dagen-pip"]) == [10, 70]
    assert (found["2024", "dagen-pip", YES], found["2024", "dagen-pip", NO]) == (2, 1)


def test_each_case_gives_exactly_one_of_the_answers_of_each_measure_that_counts_it() -> None:
    draw = random.Random(7)
    for _number in range(200):
        one = drawn(draw)
        given = answers(one)
        for measure in MEASURES:
            counts_here = given.get(measure.base[0]) == measure.base[1]
            assert (measure.id in given) == counts_here
            assert given.get(measure.id, measure.answers[0][0]) in dict(measure.answers), measure.id


def drawn(draw: random.Random) -> Case:
    facts: dict[str, Any] = {
        "kennisgeving": draw.choice(("2023-02-01", "2024-03-01")), "doelgroep": draw.choice(("asielstatushouder", "gezinsmigrant")),
        "leerroute": draw.choice(("B1", "B1", "Z", "O", None)), "lbtUitslag": draw.choice(("B1-route haalbaar", None)),
        "diplomaDatum": draw.choice((None, None, "2026-01-05")),
    }  # fmt: skip
    if draw.random() < 0.6:
        facts |= {"pipUiterlijk": "2024-05-10", "pipVerzondenOp": draw.choice(("2024-05-01", "2024-06-01"))}
    parts = {"handhaving": [part(verwijtbaar=draw.choice(("ja", "nee")))]} if draw.random() < 0.2 else {}
    return case(parts, **facts)


def solutions(cells: list[Cell], counts: Counter[Cell], hidden: frozenset[Cell], base: Cell) -> set[tuple[int, ...]]:
    """Return every way to fill in the hidden cells of one line so that the parts are their whole and no shown number changes."""
    unknown = [cell for cell in (base, *cells) if cell in hidden]
    top = counts[base] + SMALLEST + 1
    found = set()
    for values in product(range(top + 1), repeat=len(unknown)):
        given = dict(zip(unknown, values, strict=True))
        if sum(given.get(cell, counts[cell]) for cell in cells) == given.get(base, counts[base]):
            found.add(values)
    return found


@pytest.mark.parametrize("seed", range(examples(12, 200)))
def test_no_hidden_number_follows_from_what_is_shown_of_a_measure(seed: int) -> None:
    draw = random.Random(seed)
    counts, _days = count([drawn(draw) for _number in range(draw.randint(6, 45))])
    hidden = hidden_cells(counts)
    assert {cell for cell, number in counts.items() if 0 < number < SMALLEST} <= hidden
    for cohort, measure in product(sorted({cell[0] for cell in counts}), MEASURES):
        base = (cohort, *measure.base)
        cells = [cell for key, _label in measure.answers if (cell := (cohort, measure.id, key)) in counts]
        unknown = [cell for cell in (base, *cells) if cell in hidden]
        if not cells or not 0 < len(unknown) <= 3:
            continue
        ways = solutions(cells, counts, hidden, base)
        for place in range(len(unknown)):
            assert len({way[place] for way in ways}) > 1, f"{unknown[place]} can be computed"


def test_the_same_persons_in_two_measures_do_not_tell_a_hidden_number() -> None:
    """On time 20, late 3 of 23 with a PIP; 10 without. Hiding only late would be undone by the sum, and hiding the ten by the routes."""
    cases = [case(**WITH_PIP) for _n in range(20)] + [case(**WITH_PIP | {"pipVerzondenOp": "2024-06-01"}) for _n in range(3)]
    counts, _days = count(cases + [case() for _n in range(10)])
    hidden = hidden_cells(counts)
    assert {("2024", "pip-op-tijd", "te laat"), ("2024", "pip-op-tijd", "op tijd")} <= hidden
    table = {one.title: one.rows for one in shown({"cellen": [[*c, n] for c, n in counts.items()], "dagen": []})}
    assert table["PIP op tijd"][0].numbers[:2] == (None, None)
    assert table["PIP vastgesteld"][0].numbers == (23, 10)


def test_a_cohort_of_four_says_nothing_at_all() -> None:
    counts, _days = count([case(**WITH_PIP) for _n in range(4)])
    for one in shown({"cellen": [[*c, n] for c, n in counts.items()], "dagen": [["2024", "dagen-pip", 70]]}):
        for row in one.rows:
            assert (row.base, row.days) in ((None, None), (0, None))
            assert set(row.numbers) == {row.base}, "that none gave an answer tells that all gave another"
    assert shown({})
    assert all(one.rows == () for one in shown({}))
    assert counts["2024", ALL, ALL] == 4
    assert len(MISSING) == 8
