"""N-PLI-01: who is housed as a vergunninghouder gets a home in this municipality, beside the voorinburgering.

Source: Wet inburgering 2021, article 1; Huisvestingswet 2014, article 28.
"""

from __future__ import annotations

from normen.test_begeleiding_en_bewaren import guided
from normen.test_intake import Case

from inburgering_flow.platform import Platform

OFFER, DISCUSS, LATE, CHECK = (
    "taak_huisvesting_aanbieden", "taak_aanbod_bespreken", "taak_huisvesting_bespoedigen", "taak_inschrijving_navragen",
)  # fmt: skip
LINKED = {"koppelingOp": "2026-02-02"}


def held(law: Platform, **facts: bool) -> Case:
    """Return the case of somebody who lives in reception and was linked to this municipality."""
    case = Case(law, "2026-02-02", group="asielstatushouder", in_coa=True, **facts)
    case.message("coa.koppeling", **LINKED)
    return case


def test_n_pli_01_housing_is_for_a_vergunninghouder_in_reception_and_delays_nothing(law: Platform) -> None:
    case = held(law)

    assert case.tasks == ["taak_deelname_vragen", OFFER, "taak_intake_plannen"]


def test_n_pli_01_who_is_not_housed_under_that_law_is_not_offered_a_home(law: Platform) -> None:
    assert held(law, vergunninghouder=False).called("huisvesting") == []


def test_n_pli_01_the_college_is_that_of_the_housing_for_asylum_and_that_of_the_residence_for_family() -> None:
    assert guided("asiel bepaalde tijd", brp="2026-02-01", housed=None)["vanaf"] is None
    assert guided("regulier", "asiel bepaalde tijd", brp="2026-02-01", housed=None)["vanaf"] is not None


def test_n_pli_01_the_registration_or_the_outflow_ends_the_search(law: Platform) -> None:
    case = held(law)
    case.message("gemeente.brp-inschrijving", brpDatum="2026-02-02")

    assert [i.state for i in case.called("huisvesting")] == ["COMPLETED"]
    assert OFFER not in case.tasks


def test_n_pli_01_late_housing_is_seen_after_the_day_that_was_aimed_at_and_has_no_other_effect(law: Platform) -> None:
    case = held(law)
    case.at("2026-04-13T23:30:00+02:00")
    assert LATE not in case.tasks
    case.at("2026-04-14T00:30:00+02:00")

    assert case.tasks.count(LATE) == 1
    assert OFFER in case.tasks


def test_n_pli_01_a_refused_home_is_followed_by_another_offer_and_by_nothing_else(law: Platform) -> None:
    case = held(law)
    case.do(OFFER, huisvestingAanbod="Een kamer.")
    case.do(DISCUSS, aanbodUitkomst="geweigerd", aanbodReden="Te klein voor het gezin.")

    assert case.tasks == ["taak_deelname_vragen", OFFER, "taak_intake_plannen"]
    assert case.called("handhaving") == []


def test_n_pli_01_who_has_moved_and_is_not_registered_is_asked_about(law: Platform) -> None:
    case = held(law)
    case.do(OFFER, huisvestingAanbod="Een woning.")
    case.do(DISCUSS, aanbodUitkomst="aanvaard", verhuisDatum="2026-02-20")
    case.at("2026-02-20T23:00:00+01:00")
    assert CHECK not in case.tasks
    case.at("2026-02-21T01:00:00+01:00")

    assert CHECK in case.tasks
