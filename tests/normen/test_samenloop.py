"""N-SAM: a fine and a lowering of the bijstand for the same conduct (normen.md, section 11)."""

from __future__ import annotations

import io
from datetime import date

import pytest
from normen.boeteloop import BLAME, Enforcement, fine, track
from pypdf import PdfReader

from inburgering_flow.platform import Platform


@pytest.mark.parametrize(("lowered", "expected"), [("ja", "geen"), ("nee", "boete"), ("ingetrokken", "boete"), (None, "boete")])
def test_n_sam_01_a_lowering_blocks_the_fine_until_it_is_withdrawn(lowered: str | None, expected: str) -> None:
    assert track(inBijstand=True, bijstandVerlaagd=lowered) == expected


@pytest.mark.parametrize(("lowered", "most"), [("ja", 0), ("nee", 800), ("ingetrokken", 800)])
def test_n_sam_01_a_lowering_during_the_procedure_blocks_the_decision(lowered: str, most: int) -> None:
    assert fine(bijstandVerlaagd=lowered)["maximum"] == most


def test_n_sam_01_it_is_asked_again_before_the_decision(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 2))
    case.do(
        "taak_oorzaak_onderzoeken", **{**BLAME, "inBijstand": True, "grondslag": "inburgering", "bijstandVerlaagd": "nee"},
        plicht="pvt",
    )  # fmt: skip
    case.do("taak_tekst_vrijgeven", tekstVrijgave="vrijgegeven", vrijgaveNotitie="Redelijk.")
    case.go(date(2026, 3, 17))
    case.do("taak_rapport_opmaken", "hans", overtredingDatum="2026-03-02", rapportFeiten="Niet gekomen en niet gebeld.",
            boeteTermijn="eerste termijn")  # fmt: skip
    case.intended()
    case.assessed(date(2026, 4, 20), bijstandVerlaagd="ja")

    assert (case.value("boeteVoorstel"), case.value("boeteMaximum")) == (0, 0)


def test_n_sam_04_beside_the_offer_to_pay_in_parts_the_fine_says_that_bijzondere_bijstand_is_not_for_it(law: Platform) -> None:
    case = Enforcement(law, date(2026, 3, 4), overtreding="brede intake", gewaarschuwdOp="2026-02-17", oproepEinde="2026-03-03",
                       intakeBoeteNummer=1)  # fmt: skip
    case.reported(date(2026, 3, 4))
    case.intended()
    case.assessed(date(2026, 4, 20))
    case.decided(250)
    texts = {}
    for found in law.documents(case.key):
        pages = PdfReader(io.BytesIO(law.services.documents.content(found.key)[1])).pages
        texts[found.title] = " ".join(" ".join(page.extract_text() for page in pages).split())

    assert "laten betalen in delen. U kunt voor een boete geen bijzondere bijstand krijgen." in texts["Boetebeschikking"]
    assert "Participatiewet, artikel 14, onder b" in texts["Boetebeschikking"]
    assert not [title for title, text in texts.items() if title != "Boetebeschikking" and "bijzondere bijstand" in text]
