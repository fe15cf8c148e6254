"""N-DAT-04, N-PIP-06 and N-PIP-07: who moves takes along what the new municipality asks for, which follows the earlier PIP.

Source: Wet inburgering 2021, articles 15, paragraph 4, and 35, paragraph 4; Besluit, article 5.3, paragraph 3.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest
from normen.test_intake import REPORT, TALK, Case
from pypdf import PdfReader

from inburgering_flow.dmn import read_model
from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.inburgering import demo
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

PREPARE, CHECK, LAWYER = "taak_overdracht_voorbereiden", "taak_overdracht_controleren", "taak_open_boetes"
CLOSED, HANDED_OVER = "Dossier gesloten", "Gegevens voor de nieuwe gemeente"
REQUEST = {"verzoekGemeente": "Gemeente Anderstad", "verzoekOntvangenOp": "2026-04-01"}
PREPARED = {"pipVastgesteld": True, "leerroute": "B1", "niveau": "B1", "overdrachtVoortgang": "Volgde 60 uur les.",
            "afsluitNotitie": "De les is afgezegd."}  # fmt: skip
FINE = {"kenmerk": "D-1-B1", "besluit": "boete", "artikel": "22", "overtredingDatum": "2026-01-20",
        "geconstateerdOp": "2026-01-21", "verzondenOp": "2026-02-02", "onherroepelijkVanaf": "2026-03-17", "bedrag": 250,
        "vernietigd": False, "bezwaarLoopt": False, "rapporteur": "hans"}  # fmt: skip


def text(case: Case, title: str) -> str:
    """Return what one letter of the case says."""
    found = next(d for d in case.law.documents(case.key) if d.title == title)
    content = case.law.services.documents.content(found.key)[1]
    return " ".join(" ".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages).split())


def with_pip(law: Platform, **facts: Any) -> Case:
    case = Case(law, "2026-02-02", **facts)
    case.call("2026-02-03")
    case.at("2026-02-03")
    case.do("taak_intakegesprek", **TALK, lbtBeperking="visueel")
    case.do("taak_intake_verslag", **REPORT | {"gezondheid": "Heeft suikerziekte.", "persoonlijkeOmstandigheden": "Gescheiden."})
    case.do("taak_pip_opstellen", leerroute="B1", niveau="B1", pvtUren=12, motivatieNietO="Heeft geen wens om te studeren.",
            motivatieNietZ="Kan de B1-route aan.", **demo.PLAN)  # fmt: skip
    task = next(t for t in law.tasks(state="CREATED", instance=case.key) if t.element_id == "taak_pip_ondertekenen")
    law.complete(task.key, {"pipAkkoord": True}, user="tom")
    law.run_due()
    case.message("duo.SS102", termijnEinde="2029-02-04")
    return case


def moved(case: Case, answers: Mapping[str, Any] = PREPARED) -> None:
    case.message("duo.SS122")
    case.do(PREPARE, **answers)


def test_n_dat_04_nothing_goes_unasked(law: Platform) -> None:
    case = with_pip(law)
    moved(case)
    case.at("2026-03-31")

    assert case.letters.count(CLOSED) == 1
    assert HANDED_OVER not in case.letters
    assert case.tasks == []


def test_n_dat_04_on_request_the_pip_the_progress_and_the_fines_and_nothing_of_health(law: Platform) -> None:
    case = with_pip(law, eerdereBoetes=[FINE, FINE | {"kenmerk": "D-1-B0", "bedrag": 37.5, "vernietigd": True},
                                        FINE | {"kenmerk": "D-1-B2", "besluit": "geen_boete"}])  # fmt: skip
    moved(case)
    case.message("gemeente.gegevens-opgevraagd", **REQUEST)
    assert HANDED_OVER not in case.letters
    case.do(CHECK, overdrachtAkkoord=True)

    said = text(case, HANDED_OVER)
    for part in ("Gemeente Anderstad", "B1-route", "niveau B1", "eerste PIP: dinsdag 3 februari 2026", "Een vast contact", "Volgde 60 uur les",
                 "€ 250,00, artikel 22", "onherroepelijk vanaf dinsdag 17 maart 2026"):  # fmt: skip
        assert part in said, part
    for part in ("suikerziekte", "Gescheiden", "Kok in een restaurant", "De les is afgezegd", "37,50", "hans", "Voorbeeldlaan"):
        assert part not in said, part
    assert said.count("artikel 22") == 1
    assert case.law.instance(case.key).state == "COMPLETED"


def test_n_dat_04_a_request_that_is_not_right_gets_nothing_and_a_later_one_is_heard(law: Platform) -> None:
    case = with_pip(law)
    moved(case)
    case.message("gemeente.gegevens-opgevraagd", **REQUEST | {"verzoekGemeente": "Gemeente Verkeerd"})
    case.do(CHECK, overdrachtAkkoord=False, overdrachtGeweigerd="Staat daar niet ingeschreven.")
    assert HANDED_OVER not in case.letters

    case.message("gemeente.gegevens-opgevraagd", **REQUEST)
    case.do(CHECK, overdrachtAkkoord=True)
    assert "Gemeente Anderstad" in text(case, HANDED_OVER)


def test_n_dat_04_a_request_that_comes_before_the_signal_of_duo_waits_for_it(law: Platform) -> None:
    case = with_pip(law)
    case.message("gemeente.gegevens-opgevraagd", **REQUEST)
    case.at("2026-03-31")
    moved(case)

    assert case.tasks == [CHECK]


def test_n_dat_04_nobody_asks_and_nothing_is_handed_over(law: Platform) -> None:
    case = with_pip(law)
    moved(case)
    case.at("2027-02-03T23:00:00+01:00")
    case.at("2027-02-04T23:00:00+01:00")

    assert HANDED_OVER not in case.letters
    assert case.law.instance(case.key).state == "COMPLETED"


def test_n_dat_04_a_fine_that_fell_after_the_move_is_not_handed_over(law: Platform) -> None:
    case = with_pip(law, eerdereBoetes=[FINE])
    moved(case)
    case.message("burger.bezwaar", besluitSoort="boete", besluitKenmerk="D-1-B1", bezwaarOntvangenOp="2026-02-03")
    for element, answers in (
        ("taak_bezwaar_beoordelen", {"bezwaarVolledig": "ja"}),
        ("taak_horen_regelen", {"hoorUitkomst": "gelijk", "hoorGrond": "U krijgt helemaal gelijk."}),
        ("taak_bezwaar_beslissen", {"bezwaarBesluit": "herroepen", "bezwaarMotivering": "De oproep kwam niet aan."}),
    ):
        [task] = [t for t in law.tasks(state="CREATED", instance=case.key) if t.element_id == element]
        law.complete(task.key, answers, user="jos")
        law.run_due()

    case.message("gemeente.gegevens-opgevraagd", **REQUEST | {"verzoekOntvangenOp": "2026-02-03"})
    case.do(CHECK, overdrachtAkkoord=True)

    assert "Gemeente Anderstad" in text(case, HANDED_OVER)
    assert "250" not in text(case, HANDED_OVER)


@pytest.mark.parametrize(("balance", "closed", "asks"), [(250, False, True), (0, False, False), (250, True, False)])
def test_n_awb_21_a_lawyer_sees_fines_that_are_open_and_they_stay_here(
    law: Platform, balance: int, *, closed: bool, asks: bool
) -> None:
    case = with_pip(law, eerdereBoetes=[FINE], boeteStanden=[{"kenmerk": "D-1-B1", "saldo": balance, "afgesloten": closed}])
    moved(case)
    assert (case.tasks == [LAWYER]) == asks
    if asks:
        case.do(LAWYER, openBoetesOordeel="De boete blijft hier; de inning gaat door.")

    assert ("Er staat nog een boete open" in text(case, CLOSED)) == asks


def test_n_pip_11_the_municipality_that_lets_go_ends_the_traject_at_once(law: Platform) -> None:
    case = with_pip(law)
    case.message("duo.SS122")

    assert case.tasks == [PREPARE]
    assert [i.state for i in case.called("leerroute")] == ["TERMINATED"]


ASK, PROCESS = "taak_gegevens_opvragen", "taak_gegevens_verwerken"
KNOWN = {"vorigeLeerroute": "B1", "vorigNiveau": "A2", "vorigePipDagtekening": "2025-03-14"}
DRAFT = {"pvtUren": 12, **demo.PLAN}
AGAIN = {k: v for k, v in REPORT.items() if k != "werkervaring"}


def arrived(law: Platform, **facts: Any) -> Case:
    """Return the case of somebody who moved here with a PIP and is registered on 1 June 2026."""
    return Case(law, "2026-06-01T10:00:00+02:00", **{"kennisgeving": "2025-01-13", "vestigingDatum": "2026-06-01"} | facts)


def until_pip(case: Case) -> None:
    case.call("2026-06-02")
    case.at("2026-06-02T10:00:00+02:00")
    case.do("taak_intakegesprek", **TALK)
    case.do("taak_intake_verslag", **AGAIN)


def test_n_pip_06_ten_weeks_after_the_registration_here_also_while_waiting_for_data(law: Platform) -> None:
    case = arrived(law)
    assert case.tasks == [ASK, "taak_intake_plannen"]
    assert case.fact("pipUiterlijk") == "2026-08-10"

    case.do(ASK, vorigeGemeente="Gemeente Vroeger", opvraagNotitie="Per brief gevraagd.")
    case.message("gemeente.informatie-gevraagd", informatieDerdenGrond="Het PIP, bij de vorige gemeente")
    case.at("2026-08-05T10:00:00+02:00")
    case.message("gemeente.informatie-derden", informatieDerdenOntvangen="2026-08-05")
    case.message("gemeente.gegevens-ontvangen", **KNOWN)

    assert case.fact("pipUiterlijk") == "2026-08-10"


def test_n_pip_06_without_an_earlier_pip_the_ten_weeks_count_from_the_notification(law: Platform) -> None:
    case = arrived(law, vestigingDatum=None, kennisgeving="2026-05-18", vorigeGemeente="Gemeente Vroeger")

    assert case.fact("pipUiterlijk") == "2026-07-27"
    assert ASK in case.tasks, "the data are asked for all the same"


def test_n_pip_07_no_test_and_no_questions_about_education_and_work_but_circumstances_and_children(law: Platform) -> None:
    case = arrived(law)
    case.call("2026-06-02")
    case.at("2026-06-02T10:00:00+02:00")
    assert case.fact("naVerhuizing") is True, "the talk shows it"
    case.do("taak_intakegesprek", **TALK)
    assert case.tasks == [ASK, "taak_intake_verslag"]

    for name in ("persoonlijkeOmstandigheden", "vveVanToepassing"):
        with pytest.raises(InvalidSubmission):
            case.do("taak_intake_verslag", **{k: v for k, v in AGAIN.items() if k != name})
    case.do("taak_intake_verslag", **AGAIN)
    assert case.tasks == [ASK, "taak_pip_opstellen"]


@pytest.mark.parametrize("when", ["before the intake", "during the PIP"])
def test_n_pip_07_the_route_and_the_level_are_those_of_the_earlier_pip(law: Platform, when: str) -> None:
    case = arrived(law)
    case.do(ASK, vorigeGemeente="Gemeente Vroeger", opvraagNotitie="Per brief gevraagd.")
    if when == "before the intake":
        case.message("gemeente.gegevens-ontvangen", **KNOWN)
    until_pip(case)
    if when == "during the PIP":
        case.message("gemeente.gegevens-ontvangen", **KNOWN)

    with pytest.raises(InvalidSubmission, match="kies de leerroute van het eerdere PIP: B1"):
        case.do("taak_pip_opstellen", leerroute="Z", **DRAFT)
    case.do("taak_pip_opstellen", leerroute="B1", **DRAFT)

    found = {n: case.fact(n, "pip-vaststellen") for n in ("leerroute", "niveau", "motivatieNietZ")}
    assert found == {"leerroute": "B1", "niveau": "A2", "motivatieNietZ":
                     "De leerroute volgt uw eerdere PIP (Wet inburgering 2021, artikel 15, vierde lid)."}  # fmt: skip


def test_n_ter_02_the_term_counts_from_the_first_pip_and_an_objection_from_the_new_one(law: Platform) -> None:
    case = arrived(law)
    case.message("gemeente.gegevens-ontvangen", **KNOWN)
    until_pip(case)
    case.do("taak_pip_opstellen", leerroute="B1", **DRAFT)
    task = next(t for t in law.tasks(state="CREATED", instance=case.key) if t.element_id == "taak_pip_ondertekenen")
    law.complete(task.key, {"pipAkkoord": True}, user="tom")
    law.run_due()
    case.message("duo.SS102", termijnEinde="2028-03-15")

    assert case.fact("termijnEigen", "pip-vaststellen") == "2028-03-15"
    facts = {n: case.fact(n, "inburgering") for n in ("pipDagtekening", "pipVerzondenOp", "termijnEinde")}
    assert facts == {"pipDagtekening": "2025-03-14", "pipVerzondenOp": "2026-06-02", "termijnEinde": "2028-03-15"}
    assert case.fact("pipDagtekening", "leerroute") == "2025-03-14"


def test_n_boe_04_fines_of_the_other_municipality_go_to_a_lawyer_and_count_by_themselves_for_nothing(law: Platform) -> None:
    case = arrived(law)
    case.do(ASK, vorigeGemeente="Gemeente Vroeger", opvraagNotitie="Per brief gevraagd.")
    case.message("gemeente.gegevens-ontvangen", **KNOWN)
    case.do(PROCESS, vorigeVoortgang="Volgde 300 uur les.", vorigeBoetes="Een boete van 25 euro in januari 2026.")
    assert "taak_vorige_boetes" in case.tasks
    case.do("taak_vorige_boetes", vorigeBoetesOordeel="Telt niet mee tot dit is uitgezocht.")

    assert case.fact("eerdereBoetes", "inburgering") is None
    assert case.tasks == ["taak_intake_plannen"]


@pytest.mark.parametrize(
    ("permit", "group", "ground"),
    [
        ("asiel bepaalde tijd", "asielstatushouder", "huisvesting"), ("regulier", "asielstatushouder", "woonplaats"),
        ("asiel onbepaalde tijd", "asielstatushouder", "woonplaats"), (None, "asielstatushouder", "onbekend"),
        (None, "gezinsmigrant", "woonplaats"), ("regulier", "gezinsmigrant", "woonplaats"),
    ],
)  # fmt: skip
def test_n_pli_01_the_municipality_of_the_housing_or_that_of_the_residence(permit: str | None, group: str, ground: str) -> None:
    file = resource_folder("processes") / "beslissingen" / "d19-gemeente.dmn"
    facts = {"vergunning": permit, "doelgroep": group}

    assert read_model(file).evaluate("Verantwoordelijke gemeente", facts)["grondslag"] == ground


def test_n_pli_01_who_hands_over_a_case_reads_which_municipality_it_goes_to(law: Platform) -> None:
    case = with_pip(law, vergunning="asiel bepaalde tijd")
    case.message("duo.SS122")

    assert "gehuisvest" in case.fact("gemeenteTekst", "verhuizing")
