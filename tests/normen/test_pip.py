"""N-PIP: until when a PIP may be fixed, and what it holds."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from inburgering_flow import xml
from inburgering_flow.dmn import read_model
from inburgering_flow.errors import InvalidInput, InvalidSubmission
from inburgering_flow.forms import submit
from inburgering_flow.inburgering import brieven
from inburgering_flow.inburgering.plugin import FUNCTIONS
from inburgering_flow.inburgering.resources import resource_folder

FILE = resource_folder("processes") / "beslissingen" / "d04-pip-uiterlijk.dmn"
TABLE = read_model(FILE)
[PIP_LETTER] = [letter for letter in brieven.LETTERS if letter.template == "pip-beschikking"]
LENGTHS = {"pip": "P10W", "derden": "P2W", "waarschuwing": "P8W"}
NAMES = (
    "kennisgeving", "brpDatum", "doelgroep", "inCoa", "vergunninghouder", "vestigingDatum", "informatieDerdenGrond",
    "informatieDerdenOntvangen",
)  # fmt: skip


def asked(**given: Any) -> dict[str, Any]:
    """Return what D04 says; dates as text, what is not given as null."""
    facts = {name: given.pop(name, None) for name in NAMES}
    assert not given
    facts = {k: date.fromisoformat(v) if isinstance(v, str) and v[:2] == "20" else v for k, v in facts.items()}
    found = TABLE.evaluate("Uiterlijke datum PIP", facts | {"termijnen": LENGTHS}, functions=FUNCTIONS)
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in found.items()}


def until(**given: Any) -> str | None:
    """Return the last day for the PIP."""
    last = asked(**given)["uiterlijk"]
    return None if last is None else str(last)


def test_n_pip_01_ten_weeks_after_the_notification() -> None:
    family = {"doelgroep": "gezinsmigrant"}
    assert until(kennisgeving="2026-03-02", **family) == "2026-05-11"
    assert until(kennisgeving="2026-02-16", **family) == "2026-04-28", "over Koningsdag"
    assert until(kennisgeving="2026-01-23", **family) == "2026-04-07", "over Goede Vrijdag and Easter"
    assert until(kennisgeving="2026-03-02", brpDatum="2026-03-16", **family) == "2026-05-11", "not after the registration"
    assert asked(kennisgeving="2026-03-02", **family)["status"] == "loopt"


def test_n_pip_02_for_who_is_to_be_housed_ten_weeks_after_the_registration() -> None:
    asylum = {"doelgroep": "asielstatushouder"}
    assert until(kennisgeving="2026-01-12", brpDatum="2026-03-02", **asylum) == "2026-05-11"
    assert until(kennisgeving="2026-01-12", brpDatum="2026-01-09", **asylum) == "2026-03-23", "registered before the notification"
    assert until(kennisgeving="2026-01-12", brpDatum="2026-01-12", **asylum) == "2026-03-23", "registered on the same day"
    assert until(kennisgeving="2026-01-12", brpDatum="2026-01-13", **asylum) == "2026-03-24", "and a day later"
    waiting = asked(kennisgeving="2026-01-12", **asylum)
    assert (waiting["uiterlijk"], waiting["status"]) == (None, "niet begonnen")
    assert "BRP" in waiting["grond"]
    relative = asylum | {"vergunninghouder": False}
    assert until(kennisgeving="2026-01-12", brpDatum="2026-03-02", **relative) == "2026-03-23", "family that is not housed by law"
    assert until(kennisgeving="2026-01-12", **relative) == "2026-03-23"


def test_n_pip_03_in_2022_the_registration_for_everybody() -> None:
    for group in ("gezinsmigrant", "asielstatushouder"):
        assert until(kennisgeving="2022-04-20", brpDatum="2022-05-02", doelgroep=group) == "2022-07-11"
        assert until(kennisgeving="2022-05-10", brpDatum="2022-05-02", doelgroep=group) == "2022-07-11"
        assert until(kennisgeving="2022-05-10", doelgroep=group) is None
        assert asked(kennisgeving="2022-05-10", doelgroep=group)["grond"] == "De termijn begint bij inschrijving in de BRP."
    late = {"informatieDerdenGrond": "de IND, herkomst", "informatieDerdenOntvangen": "2022-07-08"}
    assert until(kennisgeving="2022-05-02", brpDatum="2022-05-02", **late) == "2022-07-11", "third parties moved nothing then"
    assert until(kennisgeving="2022-12-31", brpDatum="2023-01-20", doelgroep="gezinsmigrant") == "2023-03-31"
    assert until(kennisgeving="2023-01-01", brpDatum="2023-01-20", doelgroep="gezinsmigrant") == "2023-03-13", "the rule of 2023"
    assert asked(kennisgeving="2022-05-02", brpDatum="2022-05-02")["zekerheid"] == "te controleren", "no transition was read"


def test_n_pip_04_two_weeks_after_what_a_third_party_sends_which_never_shortens() -> None:
    family = {"kennisgeving": "2026-03-02", "doelgroep": "gezinsmigrant"}
    ground = family | {"informatieDerdenGrond": "Nuffic, waardering van het diploma"}
    assert until(informatieDerdenOntvangen="2026-05-07", **ground) == "2026-05-21"
    assert until(informatieDerdenOntvangen="2026-04-20", **ground) == "2026-05-11", "in time"
    assert until(informatieDerdenOntvangen="2026-04-27", **ground) == "2026-05-11", "two weeks after it is the same day"
    assert until(informatieDerdenOntvangen="2026-04-28", **ground) == "2026-05-12"
    unfounded = asked(informatieDerdenOntvangen="2026-05-07", **family)
    assert unfounded["uiterlijk"] == "2026-05-11", "without a recorded ground nothing moves"
    assert "bij wie" in unfounded["grond"]
    awaited = asked(**ground)
    assert (awaited["uiterlijk"], awaited["status"]) == ("2026-05-11", "wacht op derden")
    assert "Nuffic" in awaited["grond"]


def test_n_pip_05_only_information_of_a_third_party_counts() -> None:
    asked_for = {found.get("name") for found in xml.parse(FILE.read_bytes()).iter("{*}inputData")}
    assert asked_for == {*NAMES, "termijnen"}, "whether somebody appeared is not among it"


def test_n_pip_06_after_a_move_ten_weeks_after_the_new_registration() -> None:
    moved = {"kennisgeving": "2025-03-03", "brpDatum": "2025-02-01", "vestigingDatum": "2026-06-01"}
    assert until(**moved) == "2026-08-10"
    waiting = moved | {"informatieDerdenGrond": "de vorige gemeente, het dossier"}
    assert until(**waiting) == "2026-08-10"
    assert until(informatieDerdenOntvangen="2026-08-07", **waiting) == "2026-08-10", "third parties move nothing here"
    assert "verschuift deze termijn niet" in asked(**waiting)["grond"]


@pytest.mark.parametrize("given", [{}, {"kennisgeving": "2021-12-31"}, {"brpDatum": "2021-05-05", "inCoa": True}])
def test_without_a_notification_no_day_is_made_up(given: dict[str, Any]) -> None:
    found = asked(**given)
    assert (found["uiterlijk"], found["waarschuwing"], found["zekerheid"]) == (None, None, "te controleren")


SENT = {
    "leerroute": "B1", "niveau": "B1", "motivatieNietO": "Wil niet studeren.", "motivatieNietZ": "B1 is haalbaar.", "pvtUren": 12,
    "begeleiding": "Een vast contact.", "intensiteitModules": "Een dagdeel per week.", "aantalGesprekken": 6,
}  # fmt: skip


def fields(form: str) -> dict[str, Any]:
    """Return the fields of a form by their variable."""
    content = json.loads((resource_folder("forms") / form).read_text())
    return {found["key"]: found for found in content["components"] if "key" in found}


def test_n_pip_08_what_a_pip_holds() -> None:
    asked = fields("pip-opstellen.form")
    for name in ("leerroute", "begeleiding", "intensiteitModules", "intensiteitLeerroute", "aantalGesprekken"):
        assert asked[name]["validate"]["required"], name
    assert "required" not in asked["vve"]["validate"], "only where there are children"
    schema = json.loads((resource_folder("forms") / "pip-opstellen.form").read_text())
    given = SENT | {"intensiteitLeerroute": "Drie dagdelen per week."}
    assert submit(schema, given, {"doelgroep": "asielstatushouder"}).variables["intensiteitLeerroute"] == "Drie dagdelen per week."
    assert submit(schema, SENT, {"doelgroep": "gezinsmigrant"}).variables.get("intensiteitLeerroute") is None
    with pytest.raises(InvalidSubmission, match="Hoeveel tijd voor de leerroute"):
        submit(schema, SENT, {"doelgroep": "asielstatushouder"})
    with pytest.raises(InvalidSubmission, match="voortgangsgesprekken"):
        submit(schema, SENT | {"aantalGesprekken": 0}, {"doelgroep": "gezinsmigrant"})

    said = letter_of(SENT)
    assert (said["gesprekken"], said["begeleiding"]) == ("6 gesprekken in de hele termijn", "Een vast contact.")


def test_n_pip_09_both_other_routes_are_weighed_and_only_b1_and_o_have_a_level() -> None:
    with pytest.raises(InvalidInput, match="onderwijsroute was not chosen"):
        letter_of(SENT | {"motivatieNietO": ""})
    with pytest.raises(InvalidInput, match="no level"):
        letter_of(SENT | {"niveau": None})
    z = {k: v for k, v in SENT.items() if k != "niveau"} | {"leerroute": "Z", "motivatieNietB1": "B1 is niet haalbaar."}
    assert "niveau" not in letter_of(z)


def test_n_pip_11_a_changed_pip_says_what_changes_and_why() -> None:
    reason = "Na 700 lesuren is B1 niet haalbaar."
    words = text_of(SENT | {"niveau": "A2", "wijzigingMotivering": reason})
    assert reason in words
    assert "blijft dezelfde" in words, "the term does not begin anew"
    assert "verandert" not in text_of(SENT)


def letter_of(variables: dict[str, Any]) -> dict[str, Any]:
    """Return what the letter with the PIP says, by name."""
    return brieven._content(PIP_LETTER, variables, "Voorbeeldstad")


def text_of(variables: dict[str, Any]) -> str:
    """Return the words of the letter, without its lines."""
    letter = {
        "gemeente": "Voorbeeldstad", "naam": "A. Voorbeeld", "straat": "Laan 1", "postcode": "1234 AB", "woonplaats": "Voorbeeldstad",
        "datum": "maandag 2 maart 2026", "jaar": 2026, "maand": 3, "dag": 2, "dossiernummer": "D-1", "ondertekenaar": "de afdeling",
        "zekerheid": "vast", "controle": "",
    }  # fmt: skip
    made = brieven.render(PIP_LETTER, letter | {"v": letter_of(variables)}, date(2026, 3, 2))
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages).split())
