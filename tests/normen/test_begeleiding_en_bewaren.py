"""N-BEG-02, 03, 06 and N-DAT-09, 10: who is guided and from when, ontzorgen, and how long data stays."""

from __future__ import annotations

from datetime import date
from typing import Any

from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.plugin import FUNCTIONS
from inburgering_flow.inburgering.resources import resource_folder

FOLDER = resource_folder("processes") / "beslissingen"
NOTED = "EU-langdurig ingezetene met aantekening"


def decided(file: str, decision: str, **facts: Any) -> dict[str, Any]:
    """Return what a table says; dates are given as text."""
    given = {k: date.fromisoformat(v) if isinstance(v, str) and v[:2] == "20" else v for k, v in facts.items()}
    found: dict[str, Any] = read_model(FOLDER / f"{file}.dmn").evaluate(decision, given, functions=FUNCTIONS)
    return found


def guided(
    permit: str, at: str | None = None, brp: str | None = "2026-02-01", housed: str | None = None, group: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what D12 says."""
    return decided("d12-begeleiding", "Begeleiding", doelgroep=group, vergunning=permit, verblijfBij=at, brpDatum=brp,
                   gehuisvestBrpDatum=housed)  # fmt: skip


def test_n_beg_02_who_is_guided() -> None:
    assert guided("asiel bepaalde tijd")["recht"]
    assert [guided("regulier", at)["recht"] for at in ("asiel bepaalde tijd", "asiel onbepaalde tijd", NOTED)] == [True] * 3
    assert not guided("regulier", None)["recht"], "the spouse of a Dutchman"
    assert not guided("regulier", "regulier")["recht"]
    assert not guided("asiel onbepaalde tijd")["recht"]


def test_n_beg_03_from_the_registration_in_the_municipality_of_housing() -> None:
    assert guided("asiel bepaalde tijd", brp="2026-02-01", housed="2026-03-02")["vanaf"] == date(2026, 3, 2)
    assert guided("asiel bepaalde tijd", brp="2026-02-01")["vanaf"] is None, "registered at the reception centre only"
    assert guided("regulier", "asiel bepaalde tijd", brp="2026-02-01")["vanaf"] == date(2026, 2, 1)


def unburdened(permit: str = "asiel bepaalde tijd", since: str | None = "2026-02-15", duty: bool | None = True) -> dict[str, Any]:
    """Return what D17 says."""
    return decided("d17-ontzorgen", "Ontzorgen", vergunning=permit, isPlichtig=duty, bijstandVanaf=since, ontzorgTermijn="P6M")


def test_n_beg_06_six_months_of_which_the_first_day_counts() -> None:
    assert unburdened()["tot"] == date(2026, 8, 14)
    assert unburdened(since="2026-03-01")["tot"] == date(2026, 8, 31)
    assert unburdened(since="2026-01-26")["tot"] == date(2026, 7, 25), "a Saturday, which does not run on"
    assert not unburdened("regulier")["verplicht"]
    assert not unburdened(since=None)["verplicht"]
    assert not unburdened(duty=False)["verplicht"]
    assert not unburdened(duty=None)["verplicht"]


def kept(kind: str, ended: str | None = "2026-06-15", died: str | None = None, *, claim: bool | None = False) -> dict[str, Any]:
    """Return what D21 says."""
    lengths = {name: decided("d00-termijnen", "termijn", naam=row)["lengte"] for name, row in
               (("bewaarTermijn", "bewaren na de plicht"), ("langeTermijn", "bewaren van de korte lijst"))}  # fmt: skip
    return decided("d21-bewaren", "Bewaren", soort=kind, plichtGeeindigdOp=ended, overledenOp=died, openVordering=claim, **lengths)


def test_n_dat_09_five_years_after_the_duty_and_at_death() -> None:
    assert kept("boete")["tot"] == date(2031, 6, 15)
    assert kept("intake", died="2026-04-17") | {"reden": ""} == {
        "tot": date(2026, 4, 17), "wissen": "wissen", "reden": "", "zekerheid": "vast",
    }  # fmt: skip
    assert kept("boete", ended=None)["wissen"] == "bewaren"
    assert kept("boete", died="2026-04-17", claim=True)["wissen"] == "vasthouden", "a lawyer decides"


def test_n_dat_10_a_closed_list_may_stay_fifty_years_but_not_after_death() -> None:
    assert kept("bsn")["tot"] == date(2076, 6, 15)
    assert [kept(kind)["tot"] for kind in ("boete", "intake", "aanwezigheid")] == [date(2031, 6, 15)] * 3
    assert kept("bsn", died="2026-04-17")["wissen"] == "wissen"
