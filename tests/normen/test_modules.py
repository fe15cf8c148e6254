"""N-ROU-02 and N-ROU-14: when the participatieverklaring is done, and who hands the certificaat of the Z-route over.

Source: Besluit inburgering 2021, articles 3.1, 3.15 and 3.16.
"""

from __future__ import annotations

from typing import Any

import pytest
from normen.test_intake import Case

from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.platform import Platform

SIGNED = {"pvtUitkomst": "ondertekend", "datumOndertekening": "2026-01-05", "pvtGevolgdeUren": 12, "pvtActiviteit": True}
DONE, NOTE = "taak_diploma_afronden", {"afsluitNotitie": "Gefeliciteerd."}


@pytest.mark.parametrize(
    ("change", "signed"), [({}, True), ({"pvtGevolgdeUren": 11.5}, False), ({"pvtActiviteit": False}, False)]
)
def test_n_rou_02_twelve_hours_an_activity_and_the_meeting(law: Platform, change: dict[str, Any], *, signed: bool) -> None:
    person = law.register_person({"achternaam": "Voorbeeld", "straat": "Laan 1", "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"})
    key = law.start("participatieverklaring", {"dossiernummer": "D-1", "doelgroep": "gezinsmigrant"}, person=person)
    law.complete(law.tasks(state="CREATED", instance=key)[0].key, {"pvtDatum": "2026-01-05"}, user="karin")
    law.run_due()
    task = law.tasks(state="CREATED", instance=key)[0]

    if not signed:
        with pytest.raises(InvalidSubmission):
            law.complete(task.key, SIGNED | change, user="karin")
    else:
        law.complete(task.key, SIGNED | change, user="karin")
    law.run_due()

    assert law.instance(key).state == ("COMPLETED" if signed else "ACTIVE")
    assert [d.title for d in law.documents(key)] == (["Participatieverklaring getekend"] if signed else [])


def finished(law: Platform, route: str) -> Case:
    """Return a case of which DUO has told that the plicht was fulfilled."""
    level = None if route == "Z" else "B1"
    case = Case(law, "2026-03-02", instroomFase="na-leerroute", leerroute=route, niveau=level, pipDagtekening="2025-03-14",
                termijnEinde="2028-03-15", kennisgeving="2025-01-13")  # fmt: skip
    case.message("duo.SS106")
    return case


def test_n_rou_14_the_certificaat_of_the_z_route_was_handed_over_in_person(law: Platform) -> None:
    case = finished(law, "Z")
    for answers in ({}, {"certificaatUitgereiktOp": "2026-03-03"}):
        with pytest.raises(InvalidSubmission):
            case.do(DONE, **NOTE, **answers)
    case.do(DONE, **NOTE, certificaatUitgereiktOp="2026-03-02")

    assert case.fact("certificaatUitgereiktOp", "inburgering") == "2026-03-02"


def test_n_rou_14_a_diploma_is_not_handed_over_by_the_college(law: Platform) -> None:
    case = finished(law, "B1")
    case.do(DONE, **NOTE)

    assert DONE not in case.tasks
