"""FEEL in words."""

from __future__ import annotations

import pytest

from inburgering_flow.app import create_app
from inburgering_flow.i18n import speaking
from inburgering_flow.platform import Platform
from inburgering_flow.web.designer.spoken import spoken

NAMES = {"besluit": "Het besluit.", "begin": "De eerste dag", "einde": "De laatste dag", "uren": "Aantal uren", "lengte": "De lengte"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('= besluit = "geen_boete"', "‘Het besluit’ is “geen boete”"),
        ("besluit != null", "‘Het besluit’ is bekend"),
        ("besluit = null or isErNu = true", "‘Het besluit’ is nog niet bekend of ‘Is er nu’ is ja"),
        ("uren >= 12.5 and (uren < 1000 or isErNu = false)", "‘Aantal uren’ is ten minste 12,5 en (‘Aantal uren’ is minder dan 1.000 of ‘Is er nu’ is nee)"),
        ("date(string(einde)) >= today()", "‘De laatste dag’ is op of na vandaag"),
        ('date(einde) - duration("P6W")', "6 weken vóór ‘De laatste dag’"),
        ("wettelijkeTermijn(begin, lengte)", "de laatste dag van de wettelijke termijn (‘De lengte’) die begint met ‘De eerste dag’"),
        ('besluit in ("a", "b")', "‘Het besluit’ is een van “a”, “b”"),
        ("uren between 1 and 3", "‘Aantal uren’ ligt van 1 tot en met 3"),
        ("not(isErNu = true)", "het is niet zo dat ‘Is er nu’ is ja"),
        ("if isErNu = true then begin else einde", "‘De eerste dag’ als ‘Is er nu’ is ja, en anders ‘De laatste dag’"),
        ("termijnen.post", "‘post’ van ‘Termijnen’"),
        ('begin = "2026-03-02"', "‘De eerste dag’ is 2 maart 2026"),
    ],
)  # fmt: skip
def test_simple_expressions_are_said_in_words(text: str, words: str, law: Platform) -> None:
    with create_app(law.services).test_request_context("/"), speaking("nl"):
        assert spoken(text, NAMES).words == words


@pytest.mark.parametrize("text", ["for x in uren return x + 1", 'string(einde) + "T23:59:59"', "uren * 2 > 5"])
def test_others_are_a_formula_with_what_its_variables_mean(text: str, law: Platform) -> None:
    with create_app(law.services).test_request_context("/"), speaking("nl"):
        found = spoken(f"={text}", NAMES)
    assert (found.words, found.formula) == ("", text)
    assert found.variables[0][1] in NAMES.values()
