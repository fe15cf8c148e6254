"""N-BEG-01: the voorinburgering is voluntary and never delays the traject; and what a partner tells reaches every process.

Source: Wet inburgering 2021, article 10; Besluit inburgering 2021, article 3.17.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from normen.test_intake import REPORT, TALK, Case
from shipped import open_platform, prepare

from inburgering_flow.inburgering import demo


@pytest.fixture
def case(reused: Callable[..., Any]) -> Case:
    return Case(reused("shipped", prepare, open_platform), "2026-02-02", group="asielstatushouder", in_coa=True)


def intake(case: Case) -> None:
    case.call("2026-02-03")
    case.at("2026-02-03")
    case.do("taak_intakegesprek", **TALK, lbtBeperking="visueel")
    case.do("taak_intake_verslag", **REPORT)


def test_n_beg_01_the_intake_starts_and_ends_while_the_voorinburgering_goes_on(case: Case) -> None:
    assert case.tasks == ["taak_deelname_vragen", "taak_intake_plannen"]

    intake(case)

    assert case.tasks == ["taak_deelname_vragen", "taak_pip_opstellen"]


def test_n_beg_01_its_result_reaches_the_file_also_after_the_pip(case: Case) -> None:
    intake(case)
    case.do("taak_pip_opstellen", leerroute="B1", niveau="B1", pvtUren=12, motivatieNietO="Heeft geen wens om te studeren.",
            motivatieNietZ="Kan de B1-route aan.", **demo.PLAN)  # fmt: skip
    case.do("taak_deelname_vragen", deelname=True, instemmingDatum="2026-02-03")
    case.do("taak_programma_volgen", urenNt2=121, urenKnm=24, klantprofielKlaar=True)
    case.message("coa.uitstroom", brpDatum="2026-02-03")
    case.do("taak_overdrachtsgesprek", overdrachtDatum="2026-02-03")

    told = {n: case.fact(n, "inburgering") for n in ("urenNt2", "urenKnm", "klantprofielKlaar", "brpDatum")}
    assert told == {"urenNt2": 121, "urenKnm": 24, "klantprofielKlaar": True, "brpDatum": "2026-02-03"}
    assert case.called("voorinburgering")[0].state == "COMPLETED"


@pytest.mark.parametrize("before", ["nothing", "asked", "followed"])
def test_n_beg_01_the_outflow_is_heard_at_any_moment(case: Case, before: str) -> None:
    if before != "nothing":
        case.do("taak_deelname_vragen", deelname=True, instemmingDatum="2026-02-02")
    if before == "followed":
        case.do("taak_programma_volgen", urenNt2=121, urenKnm=24)

    case.message("coa.uitstroom", brpDatum="2026-02-02")
    case.at("2026-02-12")

    assert case.tasks == ["taak_begeleiding_regelen", "taak_intake_plannen", "taak_overdrachtsgesprek"]
    assert (case.fact("brpDatum"), case.fact("inCoa"), case.fact("pipUiterlijk")) == ("2026-02-02", False, "2026-04-13")


def test_n_beg_01_the_outflow_reaches_the_pip_when_the_intake_is_over(case: Case) -> None:
    intake(case)
    case.message("coa.uitstroom", brpDatum="2026-02-03")

    assert case.fact("pipUiterlijk", "pip-vaststellen") == "2026-04-14"


def test_n_beg_01_participation_is_not_compulsory(case: Case) -> None:
    case.do("taak_deelname_vragen", deelname=False, instemmingDatum="2026-02-02")

    assert case.tasks == ["taak_intake_plannen"]
    assert case.called("handhaving") == []


def test_a_new_group_and_a_registration_reach_the_running_intake(case: Case) -> None:
    case.message("duo.SS124")
    assert case.fact("doelgroep") == "gezinsmigrant"
    case.message("duo.SS125")
    assert case.fact("doelgroep") == "asielstatushouder"

    case.message("gemeente.brp-inschrijving", brpDatum="2026-02-02")

    assert (case.fact("brpDatum"), case.fact("brpDatum", "inburgering")) == ("2026-02-02", "2026-02-02")
    assert case.law.instance(case.key).incidents == ()


def test_the_platform_has_no_incident_after_all_of_it(case: Case) -> None:
    intake(case)
    case.message("coa.uitstroom", brpDatum="2026-02-03")
    case.message("duo.SS124")

    found: list[Any] = [i for p in ("brede-intake", "voorinburgering", "pip-vaststellen") for i in case.called(p)]
    assert [x for i in found for x in i.incidents] == []
