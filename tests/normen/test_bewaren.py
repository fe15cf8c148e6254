"""How long the file of an inburgeraar is kept, from how his case ended (Besluit inburgering 2021, article 9.9)."""

from __future__ import annotations

from datetime import date

import pytest
from normen.test_intake import Case

from inburgering_flow.inburgering.bewaren import has_open_claim
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store.retention import RetentionRow

JULIA = Actor("julia", ("jurist",), table=ROLES)
CLOSE = {"duo.SS106": "taak_diploma_afronden", "duo.SS107": "taak_vrijstelling_afhandelen", "duo.SS108": "taak_ontheffing_afhandelen",
         "duo.SS110": "taak_vervallen_afhandelen", "duo.SS111": "taak_overlijden_afhandelen"}  # fmt: skip


def kept(law: Platform, message: str, **told: str) -> RetentionRow:
    """Return how long the file is kept of a case that DUO ended on 15 June 2026."""
    case = Case(law, "2026-03-02")
    case.at("2026-06-15")
    case.message(message, **told)
    why = {"vervallenReden": "nederlander"} if message == "duo.SS110" else {}
    case.do(CLOSE[message], afsluitNotitie="Afgesloten.", **why)
    assert law.instance(case.key).state == "COMPLETED"
    law.services.retentions.judge()
    return law.services.retentions.one(case.key, JULIA).row


@pytest.mark.parametrize("message", ["duo.SS106", "duo.SS107", "duo.SS108", "duo.SS110"])
def test_n_dat_09_the_file_is_kept_five_years_after_the_duty_ended(law: Platform, message: str) -> None:
    row = kept(law, message)

    assert (row.until, row.is_sure) == (date(2031, 6, 15), True)


def test_n_dat_09_the_day_that_duo_tells_counts_and_not_the_day_of_its_message(law: Platform) -> None:
    assert kept(law, "duo.SS110", plichtGeeindigdOp="2026-05-20").until == date(2031, 5, 20)


@pytest.mark.parametrize(("told", "died"), [({"datumOverlijden": "2026-04-17"}, date(2026, 4, 17)), ({}, date(2026, 6, 15))])
def test_n_dat_09_who_has_died_is_forgotten_at_once(law: Platform, told: dict[str, str], died: date) -> None:
    row = kept(law, "duo.SS111", **told)

    assert row.until == row.person_until == died, "the closed list goes too (N-DAT-10)"


def test_n_dat_10_of_the_person_the_closed_list_may_stay_fifty_years(law: Platform) -> None:
    row = kept(law, "duo.SS106")

    assert row.person_until == date(2076, 6, 15)
    assert row.remains == {"plichtGeeindigdOp": "2026-06-15"}


def test_n_dat_09_a_file_that_went_to_another_municipality_has_no_day_of_its_own(law: Platform) -> None:
    case = Case(law, "2026-03-02")
    case.message("duo.SS122")
    law.cancel(case.key)
    law.services.retentions.judge()
    row = law.services.retentions.one(case.key, JULIA).row

    assert (row.until, row.is_sure) == (None, False)


@pytest.mark.parametrize(
    ("standing", "is_open"),
    [
        ({"saldo": 50, "afgesloten": False}, True), ({"saldo": 50}, True), ({"saldo": 0, "afgesloten": False}, False),
        ({"saldo": 50, "afgesloten": True}, False), ({"saldo": 0, "bezwaarLoopt": True}, True), ({"saldo": None}, False),
    ],
)  # fmt: skip
def test_n_dat_09_an_open_claim_or_objection_holds_the_file(standing: dict[str, object], is_open: bool) -> None:
    assert has_open_claim([{"saldo": 0}, standing]) is is_open
    assert not has_open_claim(None)
