"""Letters are made with everything they must say, or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering import brieven
from inburgering_flow.model.plugin import Job, Person

GIVEN = {
    "uitnodiging-brede-intake": {"afspraakDatum": "2026-02-03", "afspraakPlaats": "Stadhuis, kamer 3"},
    "tweede-oproep-intake": {"afspraakDatum": "2026-02-03", "afspraakPlaats": "Stadhuis, kamer 3", "oproepLengte": "P14D"},
    "derde-oproep-intake": {"afspraakDatum": "2026-02-20", "afspraakPlaats": "Stadhuis, kamer 3", "oproepLengte": "P14D"},
    "waarschuwing": {"overtreding": "u kwam niet", "hersteltermijnEinde": "2026-03-03"},
    "voornemen": {"overtreding": "u kwam niet", "zienswijzeEinde": "2026-03-17"},
    "pip-beschikking": {
        "leerroute": "Z", "motivatieNietB1": "toets: niet haalbaar", "motivatieNietO": "geen wens",
    },
    "afwijzing-wijziging": {
        "gevraagd": "uw leerroute te veranderen", "artikel": "artikel 17", "besluitMotivering": "Er is te weinig veranderd.",
    },
    "boetebeschikking": {
        "overtreding": "u kwam niet", "boeteBedrag": Decimal("1250.5"), "besluitMotivering": "Geen reden.",
        "betaalUiterlijk": "2026-05-01",
    },
    "mededeling-geen-boete": {"overtreding": "u kwam niet", "besluitMotivering": "U was ziek."},
}  # fmt: skip


class FakeWork:
    today = date(2026, 2, 2)
    organisation = "Gemeente Voorbeeldstad"

    def __init__(self) -> None:
        self.documents: list[dict[str, object]] = []

    def person(self) -> Person:
        address = {"straat": "Voorbeeldlaan 1", "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}
        return Person(1, "Voorbeeld Testpersoon", address)

    def add_document(self, **given: object) -> None:
        self.documents.append(given)


def job(kind: str, variables: dict[str, object], **headers: str) -> Job:
    return Job(7, f"brief.{kind}", {"dossiernummer": "D-1", **variables}, headers, 1, 1, "p", "t", 3)


def text_of(pdf: bytes) -> str:
    assert pdf.startswith(b"%PDF-")
    return pdf.decode("latin-1")


@pytest.mark.parametrize("kind", sorted(GIVEN))
def test_each_letter_becomes_an_archivable_accessible_pdf(kind: str) -> None:
    work = FakeWork()

    result = brieven.handlers()[f"brief.{kind}"](job(kind, GIVEN[kind]), work)

    calls = {"uitnodiging-brede-intake": "2026-02-03", "tweede-oproep-intake": "2026-02-16", "derde-oproep-intake": "2026-02-20"}
    ends = {"oproepEinde": calls[kind]} if kind in calls else {}
    assert result == {"briefVerzondenOp": "2026-02-02", **ends}
    content = text_of(work.documents[0]["content"])
    assert "pdfaid:part" in content
    assert "pdfuaid:part" in content


def test_the_same_letter_twice_is_the_same_to_the_byte() -> None:
    one, two = FakeWork(), FakeWork()
    for work in (one, two):
        brieven.handlers()["brief.waarschuwing"](job("waarschuwing", GIVEN["waarschuwing"]), work)

    assert one.documents[0]["content"] == two.documents[0]["content"]


def test_what_is_not_sure_is_marked_on_the_letter_and_in_the_file() -> None:
    sure, unsure = FakeWork(), FakeWork()
    make = brieven.handlers()["brief.boetebeschikking"]

    make(job("boetebeschikking", GIVEN["boetebeschikking"]), sure)
    make(job("boetebeschikking", {**GIVEN["boetebeschikking"], "boeteZekerheid": "te controleren"}), unsure)

    assert [w.documents[0]["certainty"] for w in (sure, unsure)] == ["vast", "te controleren"]
    assert len(unsure.documents[0]["content"]) > len(sure.documents[0]["content"])


def test_a_pip_that_is_silent_about_another_route_is_not_sent() -> None:
    given = {k: v for k, v in GIVEN["pip-beschikking"].items() if k != "motivatieNietO"}

    with pytest.raises(InvalidInput, match="onderwijsroute"):
        brieven.handlers()["brief.pip-beschikking"](job("pip-beschikking", given), FakeWork())


def test_a_letter_without_its_facts_is_not_sent() -> None:
    with pytest.raises(InvalidInput, match="afspraakPlaats"):
        brieven.handlers()["brief.uitnodiging-brede-intake"](
            job("uitnodiging-brede-intake", {"afspraakDatum": "2026-02-03"}), FakeWork()
        )


def test_an_amount_is_written_in_dutch() -> None:
    assert brieven.amount(Decimal("1250.5")) == "1.250,50"


@pytest.mark.parametrize("name", ["Voorbeeld Łukasz Çağlar Đặng Šķērsļi Ọlá", "Пример Тестова", "مثال شخص", "ምሳሌ ሰው"])
def test_a_name_in_another_script_gets_its_letter(name: str) -> None:
    work = FakeWork()
    work.person = lambda: Person(1, f"{name} Testpersoon")  # type: ignore[method-assign]

    brieven.handlers()["brief.waarschuwing"](job("waarschuwing", GIVEN["waarschuwing"]), work)

    assert text_of(work.documents[0]["content"])  # type: ignore[arg-type]
