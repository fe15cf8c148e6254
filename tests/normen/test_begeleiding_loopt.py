"""N-BEG-02 to N-BEG-04 and N-BEG-07 in the running case: guidance begins with the registration, beside everything else.

Source: Wet inburgering 2021, articles 13 and 17; Besluit inburgering 2021, articles 1.1 and 5.1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from normen.test_begeleiding_en_bewaren import guided
from normen.test_intake import Case

from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

ARRANGE, GUIDE, DISCUSS = "taak_begeleiding_regelen", "taak_begeleiden", "taak_begeleiding_bespreken"
NEW = {"begeleidingBegin": "nieuw", "begeleiderOrganisatie": "Stichting Voorbeeld", "begeleidingAfspraak": "Deze week kennismaken."}
ASYLUM = {"vergunning": "asiel bepaalde tijd", **NEW}
DONE = {"begeleidingHulp": ["wonen"], "begeleidingVoorlichting": ["opvoeding"], "begeleidingVerslag": "Energie geregeld."}
LETTER = "Begin van de begeleiding"


def asks(form: str) -> dict[str, Any]:
    """Return the questions of a form by key."""
    path: Path = resource_folder("forms") / f"{form}.form"
    return {c["key"]: c for c in json.loads(path.read_text())["components"] if "key" in c}


@pytest.fixture
def case(law: Platform) -> Case:
    return Case(law, "2026-02-01", group="asielstatushouder", in_coa=True)


def registered(case: Case, day: str = "2026-03-02") -> None:
    case.at(day)
    case.message("gemeente.brp-inschrijving", brpDatum=day)


def test_n_beg_02_the_group_decides_until_the_permit_is_known() -> None:
    unknown: Any = None
    assert guided(unknown, housed="2026-03-02", group="asielstatushouder")["recht"]
    assert not guided(unknown, housed="2026-03-02", group="gezinsmigrant")["recht"]
    assert not guided("asiel onbepaalde tijd", housed="2026-03-02", group="asielstatushouder")["recht"]


def test_n_beg_02_family_of_somebody_with_asylum_is_guided_and_the_spouse_of_a_dutchman_is_not(case: Case) -> None:
    registered(case)
    case.do(ARRANGE, vergunning="regulier", verblijfBij="niemand", **NEW)
    assert ARRANGE not in case.tasks
    assert GUIDE not in case.tasks
    assert LETTER not in case.letters

    case.message("gemeente.vergunning-gewijzigd", vergunning="regulier", verblijfBij="asiel bepaalde tijd")
    case.do(ARRANGE, vergunning="regulier", verblijfBij="asiel bepaalde tijd", **NEW)
    assert GUIDE in case.tasks


def test_n_beg_02_a_new_group_begins_the_guidance_once(law: Platform) -> None:
    case = Case(law, "2026-02-02")
    case.message("gemeente.brp-inschrijving", brpDatum="2026-02-02")
    assert case.called("maatschappelijke-begeleiding") == []

    for group in ("duo.SS125", "duo.SS124", "duo.SS125"):
        case.message(group)

    assert len(case.called("maatschappelijke-begeleiding")) == 1
    assert ARRANGE in case.tasks


def test_n_beg_03_it_waits_for_the_registration_where_somebody_is_housed(case: Case) -> None:
    case.at("2026-03-01")
    assert ARRANGE not in case.tasks, "registered at the reception centre at most"

    registered(case, "2026-03-02")

    assert ARRANGE in case.tasks
    assert case.fact("begeleidingVanaf", "maatschappelijke-begeleiding") == "2026-03-02"


def test_n_beg_03_it_delays_nothing_and_has_no_end_but_by_a_person(case: Case) -> None:
    before = case.tasks
    registered(case)
    assert sorted([*before, ARRANGE]) == case.tasks
    case.do(ARRANGE, **ASYLUM)
    for _ in range(2):
        case.do(GUIDE, **DONE)
        case.do(DISCUSS, begeleidingVervolg="doorgaan")
    assert GUIDE in case.tasks

    case.do(GUIDE, **DONE)
    with pytest.raises(InvalidSubmission, match="Waarom stopt de begeleiding"):
        case.do(DISCUSS, begeleidingVervolg="stoppen")
    case.do(DISCUSS, begeleidingVervolg="stoppen", begeleidingEindeReden="Regelt nu alles zelf.")

    assert case.tasks == before
    assert case.fact("begeleidingEindeReden", "inburgering") == "Regelt nu alles zelf."


@pytest.mark.parametrize(("begin", "letters", "tasks"), [("loopt", 0, 1), ("niet", 0, 0), ("nieuw", 1, 1)])
def test_n_beg_03_one_that_ran_already_gets_no_letter_and_one_that_is_not_wanted_no_task(
    case: Case, begin: str, letters: int, tasks: int
) -> None:
    registered(case)
    case.do(ARRANGE, **{**ASYLUM, "begeleidingBegin": begin, "begeleidingEindeReden": "Wil geen begeleiding."})

    assert (case.letters.count(LETTER), case.tasks.count(GUIDE)) == (letters, tasks)


def test_n_beg_04_help_and_information_on_the_themes_of_the_law_and_information_on_raising_children() -> None:
    questions = asks("begeleiding-uitvoeren")
    themes = {"wonen", "zorg", "werk", "inkomen", "verzekeringen", "onderwijs", "omgeving"}

    assert {v["value"] for v in questions["begeleidingHulp"]["values"]} == themes
    assert {v["value"] for v in questions["begeleidingVoorlichting"]["values"]} == {*themes, "opvoeding"}


def test_n_beg_07_the_college_talks_about_it_at_least_every_three_months(case: Case) -> None:
    registered(case)
    case.do(ARRANGE, **ASYLUM)
    due = {t.element_id: str(t.due)[:10] for t in case.law.tasks(state="CREATED", instance=case.key)}

    assert due[GUIDE] == "2026-06-02"
