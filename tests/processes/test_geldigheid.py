"""The rule in force on the day of the fact: *Geldig van* and *Geldig tot* are no remark, they select."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from inburgering_flow import xml
from inburgering_flow.dmn import read_model
from inburgering_flow.feel import Context
from inburgering_flow.feel.expression import compile_unary_tests
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import feel_termijn_vanaf, feel_wettelijke_termijn

FOLDER = resource_folder("processes") / "beslissingen"
FILES = sorted(FOLDER.glob("*.dmn"))
DAYS, YEAR = ("Dag", "Peildatum", "Dag van de overtreding en dag van het besluit"), "Jaar"
THROUGH = {"tabel_pipUiterlijk": "tabel_pipBasis", "tabel_spukTelling": "tabel_spukTarief"}
"""A table that selects by what another one found, and that one."""
FALLBACK = "Vangnet"
FUNCTIONS = {"wettelijkeTermijn": feel_wettelijke_termijn, "wettelijkeTermijnVanaf": feel_termijn_vanaf}


class Rule(NamedTuple):
    """A rule, the column of its table that looks at the day (None: there is none), and what stands there."""

    table: str
    id: str
    notes: dict[str, str]
    column: str | None
    cell: str

    def is_in_force(self, day: date) -> bool:
        if self.column == YEAR:
            value: Any = day.year
        else:
            value = day if self.column != DAYS[-1] else [day]
        return compile_unary_tests(self.cell).test(value, {}) is True


def texts(element: Any, kind: str) -> list[str]:
    """Return the text of each child of that kind."""
    return ["".join(t.text or "" for t in e if xml.local(t) == "text").strip() for e in element if xml.local(e) == kind]


def rules(path: Path) -> Iterator[Rule]:
    for table in (e for e in xml.parse(path.read_bytes()).iter() if xml.local(e) == "decisionTable"):
        inputs = [e.get("label") for e in table if xml.local(e) == "input"]
        days = [n for n, label in enumerate(inputs) if label in (*DAYS, YEAR)]
        notes = [e.get("name") for e in table if xml.local(e) == "annotation"]
        for rule in (e for e in table if xml.local(e) == "rule"):
            said = dict(zip(notes, texts(rule, "annotationEntry"), strict=False))
            cell = texts(rule, "inputEntry")[days[0]] if days else ""
            yield Rule(str(table.get("id")), str(rule.get("id")), said, inputs[days[0]] if days else None, cell)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_rule_is_chosen_from_its_first_day_to_its_last_and_on_no_other(path: Path) -> None:
    seen = list(rules(path))
    by_table = {rule.table: rule.column for rule in seen}
    for rule in seen:
        if rule.table in THROUGH:
            assert by_table[THROUGH[rule.table]], rule.table
            continue
        assert rule.column, f"{rule.table} has no column that looks at the day"
        if rule.notes["Bron"].startswith(FALLBACK):
            continue  # it is there for days and facts that no rule of law knows
        first, last = date.fromisoformat(rule.notes["Geldig van"]), rule.notes["Geldig tot"]
        assert rule.is_in_force(first), rule.id
        assert not rule.is_in_force(first - timedelta(days=1)), rule.id
        if last:
            assert rule.is_in_force(date.fromisoformat(last)), rule.id
            assert not rule.is_in_force(date.fromisoformat(last) + timedelta(days=1)), rule.id
        else:
            assert rule.is_in_force(date(2099, 12, 31)), rule.id


def asked(file: str, decision: str, today: date = date(2026, 11, 27), **facts: Any) -> tuple[Any, list[str]]:
    """Return what was decided, and what was warned about."""
    context = Context(now=datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
    found = read_model(FOLDER / file).evaluate(decision, facts, functions=FUNCTIONS, context=context)
    return found, [str(warning) for warning in context.warnings]


def decide(file: str, decision: str, **facts: Any) -> Any:
    return asked(file, decision, **facts)[0]


def test_who_ended_another_course_after_a_year_and_a_half_may_change_since_2023() -> None:
    """N-ROU-06: the second paragraph of B 5.4 came with 2023; before, only the special case of its last paragraph."""
    facts = {"leerroute": "Z", "nieuweLeerroute": "B1", "pipDagtekening": date(2021, 1, 4), "schakelTermijn": "P18M",
             "opleidingEinde": date(2022, 10, 1)}  # fmt: skip

    before = decide("d09-schakelen.dmn", "Schakelen advies", besluitDag=date(2022, 12, 31), **facts)
    after = decide("d09-schakelen.dmn", "Schakelen advies", besluitDag=date(2023, 1, 1), **facts)

    assert (before["bijzonder"], after["bijzonder"]) == (True, False)


def test_a_penalty_for_deciding_late_is_not_computed_with_amounts_of_another_year() -> None:
    """N-AWB-16."""
    late = {"termijnen": {"ingebrekestelling": "P2W"}}

    before = decide("d20-bezwaar.dmn", "Dwangsom", ingebrekestellingOp=date(2025, 12, 31), beslistOp=date(2026, 1, 24), **late)
    after = decide("d20-bezwaar.dmn", "Dwangsom", ingebrekestellingOp=date(2026, 1, 1), beslistOp=date(2026, 1, 25), **late)

    assert before == {"bedrag": None, "reden": "De bedragen van voor 2026 staan niet in deze tabel: een jurist rekent."}
    assert after["bedrag"] == 10 * 23  # 15-1 is the last of the two weeks, 25-1 the tenth day after it


def test_no_rate_of_interest_is_made_up_for_a_day_that_the_table_does_not_know() -> None:
    """N-AWB-23."""
    assert decide("d16-inning.dmn", "Wettelijke rente", boekDag=date(2024, 12, 31))["percentage"] is None
    assert decide("d16-inning.dmn", "Wettelijke rente", boekDag=date(2025, 1, 1))["percentage"] == 6


@pytest.mark.parametrize(
    ("file", "decision", "facts"),
    [
        ("d05-lbt-ontheffing.dmn", "Ontheffing leerbaarheidstoets", {"lbtBeperking": "visueel", "lbtNietInStaat": True}),
        ("d06-leerroute-advies.dmn", "Leerroute-advies", {"lbtUitslag": "B1-route haalbaar", "leeftijd": 40, "onderwijswens": False}),
        ("d12-begeleiding.dmn", "Begeleiding", {"doelgroep": "asielstatushouder"}),
        ("d24-duo-signalen.dmn", "Signaal van DUO", {"signaal": "SS109"}),
    ],
)
def test_a_rule_of_this_law_says_nothing_about_a_day_before_it(file: str, decision: str, facts: dict[str, Any]) -> None:
    """Nothing is decided, and the reason is said."""
    assert asked(file, decision, date(2022, 1, 1), **facts)[0] is not None
    found, warnings = asked(file, decision, date(2021, 12, 31), **facts)

    assert found is None
    assert any("not among its allowed values" in warning for warning in warnings)
