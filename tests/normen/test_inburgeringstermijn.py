"""N-TER: the term of three years, what it is compared with, and what is watched before it ends."""

from __future__ import annotations

from datetime import date
from typing import Any

from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.plugin import FUNCTIONS
from inburgering_flow.inburgering.resources import resource_folder

FOLDER = resource_folder("processes") / "beslissingen"


def compared(pip: str | None, duo: str | None) -> dict[str, Any]:
    """Return what D10 says of a PIP and the end that DUO tells, which is the day after the last one."""
    facts = {"pipDagtekening": pip and date.fromisoformat(pip), "termijnEinde": duo and date.fromisoformat(duo)}
    found: dict[str, Any] = read_model(FOLDER / "d10-inburgeringstermijn.dmn").evaluate(
        "Termijn vergelijken", facts | {"inburgeringTermijn": "P3Y"}, functions=FUNCTIONS
    )
    return found


def test_n_ter_01_three_years_from_the_day_after_the_pip() -> None:
    assert compared("2023-05-12", "2026-05-13") == {
        "eigen": date(2026, 5, 13), "gelijk": True, "uitleg": "De datum van DUO is drie jaar na het PIP.",
    }  # fmt: skip
    assert compared("2024-02-29", "2027-03-01")["gelijk"], "first day 1 March, last day Sunday 28 February, not rolled"
    for other in ("2026-05-12", "2026-05-14"):
        assert not compared("2023-05-12", other)["gelijk"]
    assert "einde van een maand" in compared("2025-02-28", "2028-02-29")["uitleg"], "a day off at the end of a month"
    assert compared("2025-02-28", "2028-03-01")["gelijk"], "the last day is 29 February 2028"
    assert "Vraag DUO" in compared("2023-05-12", "2027-05-13")["uitleg"]
    assert not compared(None, "2026-05-13")["gelijk"]
    assert not compared("2023-05-12", None)["gelijk"]


def test_n_ter_02_a_new_pip_does_not_begin_the_term_anew() -> None:
    for name in ("afschalen", "schakelen", "voortgang", "leerroute"):
        text = (FOLDER.parent / "leerroute" / f"{name}.bpmn").read_text()
        assert "termijnEinde" not in text, name


def watched(end: str) -> dict[str, Any]:
    """Return the days of D11."""
    lengths = {"verlenging": "P6M", "onderdelen": "P3M", "briefDuo": "P2M", "contact": "P3M"}
    found: dict[str, Any] = read_model(FOLDER / "d11-bewaking.dmn").evaluate(
        "Bewakingsdata", {"termijnEinde": date.fromisoformat(end), "termijnen": lengths}, functions=FUNCTIONS
    )
    return found


def test_n_ter_08_an_extension_is_asked_for_six_months_before_the_end() -> None:
    found = watched("2026-05-13")
    assert (found["laatsteDag"], found["zesMaanden"]) == (date(2026, 5, 12), date(2025, 11, 13))


def test_n_atw_02_a_term_that_is_counted_back_never_moves() -> None:
    assert watched("2026-11-01")["zesMaanden"] == date(2026, 5, 1)
    assert watched("2027-05-01")["zesMaanden"] == date(2026, 11, 1), "a Sunday"
    assert watched("2026-07-25")["drieMaanden"] == date(2026, 4, 25), "a Saturday"
