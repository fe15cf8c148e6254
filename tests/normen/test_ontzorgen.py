"""N-BEG-06: the municipality pays fixed costs for six months from the day on which the right to bijstand arose.

Source: Participatiewet, article 56a.
"""

from __future__ import annotations

import pytest
from normen.test_intake import Case

from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.platform import Platform
from inburgering_flow.services.tasks import SeparationOfDuties

ARRANGE, DECIDE, HAND_OVER, MISSED = (
    "taak_ontzorgen_regelen", "taak_ontzorgen_besluiten", "taak_ontzorgen_afbouwen", "taak_ontzorgen_gemist",
)  # fmt: skip
COSTS = {"ontzorgHuur": "Op de eerste van de maand.", "ontzorgEnergie": "Automatisch.", "ontzorgZorg": "Basisverzekering."}
DECISION, END = "Besluit: ontzorgen", "Einde van het ontzorgen"


@pytest.fixture
def case(law: Platform) -> Case:
    return Case(law, "2026-02-15")


def granted(case: Case, since: str = "2026-02-15", permit: str = "asiel bepaalde tijd") -> None:
    case.message("gemeente.bijstand-toegekend", bijstandVanaf=since, vergunning=permit)


def decided(case: Case, **more: str) -> None:
    """Arrange it, and let somebody else decide."""
    case.do(ARRANGE, **COSTS, **more)
    task = next(t for t in case.law.tasks(state="CREATED", instance=case.key) if t.element_id == DECIDE)
    case.law.complete(task.key, {"ontzorgAkkoord": True}, user="tom")
    case.law.run_due()


def running(case: Case) -> list[str]:
    return [i.state for i in case.called("ontzorgen")]


def test_n_beg_06_from_the_day_of_the_right_to_the_day_six_months_later_and_no_longer(case: Case) -> None:
    granted(case)
    assert case.fact("ontzorgTot", "ontzorgen") == "2026-08-14"
    decided(case)
    assert case.letters.count(DECISION) == 1

    case.at("2026-07-14T23:59:00+02:00")
    assert END not in case.letters
    case.at("2026-07-15T00:01:00+02:00")
    assert case.letters.count(END) == 1
    case.do(HAND_OVER, ontzorgOverdracht="Automatische incasso geregeld.")
    case.at("2026-08-14T23:59:00+02:00")
    assert running(case) == ["ACTIVE"]
    case.at("2026-08-15T00:01:00+02:00")
    assert running(case) == ["COMPLETED"]


def test_n_beg_06_entering_it_later_keeps_the_last_day_and_asks_why(case: Case) -> None:
    case.at("2026-02-28")
    granted(case)
    assert case.fact("ontzorgTot", "ontzorgen") == "2026-08-14"
    case.do(ARRANGE, **COSTS)

    late = Case(case.law, "2026-03-01", number="D-2", bsn="999990226")
    granted(late)
    assert late.fact("ontzorgTot", "ontzorgen") == "2026-08-14"
    with pytest.raises(InvalidSubmission, match="Waarom wordt het recht"):
        late.do(ARRANGE, **COSTS)
    late.do(ARRANGE, **COSTS, ontzorgLaatReden="De aanvraag lag bij een ander team.")


def test_n_beg_06_what_is_past_is_explained_and_never_imposed(law: Platform) -> None:
    case = Case(law, "2026-02-15")
    case.at("2026-08-14T10:00:00+02:00")
    granted(case)
    assert case.tasks.count(ARRANGE) == 1

    case.at("2026-08-15T10:00:00+02:00")
    granted(case, since="2026-02-14")  # another right, told too late
    assert case.tasks.count(MISSED) == 1
    decided(case, ontzorgLaatReden="Bleef liggen bij een collega.")

    assert case.tasks.count(MISSED) == 2
    assert DECISION not in case.letters


@pytest.mark.parametrize("permit", ["asiel onbepaalde tijd", "regulier"])
def test_n_beg_06_only_with_asylum_for_a_fixed_period(case: Case, permit: str) -> None:
    granted(case, permit=permit)

    assert running(case) == ["COMPLETED"]
    assert ARRANGE not in case.tasks


@pytest.mark.parametrize(
    ("name", "answers", "ends"),
    [
        ("gemeente.bijstand-beeindigd", {"bijstandTot": "2026-03-01"}, True),
        ("gemeente.vergunning-gewijzigd", {"vergunning": "asiel onbepaalde tijd"}, True),
        ("gemeente.vergunning-gewijzigd", {"vergunning": "asiel bepaalde tijd"}, False),
        ("duo.SS125", {}, False),
        ("duo.SS106", {}, False),
    ],
)
def test_n_beg_06_it_ends_early_with_the_bijstand_or_the_permit_and_by_nothing_else(
    case: Case, name: str, answers: dict[str, str], *, ends: bool
) -> None:
    granted(case)
    decided(case)
    case.at("2026-03-01")

    case.message(name, **answers)

    assert running(case) == ["COMPLETED" if ends else "ACTIVE"]
    assert case.letters.count(END) == int(ends)


def test_n_beg_06_only_for_who_has_the_duty(case: Case) -> None:
    granted(case)
    case.message("duo.SS106")
    case.do("taak_diploma_afronden", afsluitNotitie="Gefeliciteerd.")
    granted(case, since="2026-02-14")

    assert sorted(running(case)) == ["ACTIVE", "COMPLETED"]


def test_n_beg_06_before_the_decision_it_ends_without_a_letter(case: Case) -> None:
    granted(case)
    case.message("gemeente.bijstand-beeindigd", bijstandTot="2026-02-15")

    assert running(case) == ["COMPLETED"]
    assert END not in case.letters


def test_n_beg_06_who_arranged_it_does_not_decide(case: Case) -> None:
    granted(case)
    case.do(ARRANGE, **COSTS)

    with pytest.raises(SeparationOfDuties, match="karin"):
        case.do(DECIDE, ontzorgAkkoord=True)
    assert case.tasks.count(DECIDE) == 1


def test_n_beg_06_the_end_of_an_earlier_right_does_not_end_a_later_one(law: Platform) -> None:
    case = Case(law, "2026-02-15")
    case.message("gemeente.bijstand-beeindigd", bijstandTot="2026-02-14")
    granted(case)
    assert ARRANGE in case.tasks, "a message that nobody had waited for came to the new right"

    case.message("gemeente.bijstand-beeindigd", bijstandTot="2026-02-15")
    assert running(case) == ["COMPLETED"]
