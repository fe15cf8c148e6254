"""Letters are made with everything they must say, or not at all."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from inburgering.pdf_checks import problems
from pypdf import PdfReader

from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.inburgering import brieven
from inburgering_flow.model.plugin import Job, Person

BREACH = {
    "overtreding": "pip", "plicht": "pvt", "overtredingKenmerk": "D-1-B7", "overtredingDatum": "2026-01-20",
    "overtredingTijd": "10:00 uur", "overtredingPlaats": "Stadhuis", "rapportDatum": "2026-02-02",
    "rapportFeiten": "Is niet gekomen.",
}  # fmt: skip
GIVEN = {
    "uitnodiging-brede-intake": {"afspraakDatum": "2026-02-03", "afspraakPlaats": "Stadhuis, kamer 3"},
    "tweede-oproep-intake": {"afspraakDatum": "2026-02-03", "afspraakPlaats": "Stadhuis, kamer 3", "oproepLengte": "P14D"},
    "derde-oproep-intake": {"afspraakDatum": "2026-02-20", "afspraakPlaats": "Stadhuis, kamer 3", "oproepLengte": "P14D"},
    "verslag-brede-intake": {
        "lbtUitslag": "B1-route haalbaar", "persoonlijkeOmstandigheden": "Woont alleen.", "taalniveau": "Net begonnen.",
        "werkmogelijkheden": "Kok.", "zelfredzaamheid": "Regelt zelf de post.", "verslagGezien": True,
    },
    "participatieverklaring": {"pvtGevolgdeUren": 12, "ondertekendOp": "2026-03-02"},
    "map-eindverslag": {"mapPlek": "Bakkerij", "mapUren": 40, "eindgesprekOp": "2026-03-02", "mapVerslag": "Wil bakker worden."},
    "z-eindverslag": {"gevolgdeUren": 800, "participatieUren": 800, "eindgesprekOp": "2026-03-02", "zVerslag": "Kookt voor de buurt."},
    "machtiging-ontzorgen": {
        "vanafDatum": "2026-02-15", "totDatum": "2026-08-14", "huur": "Woningbouw, 600 euro", "energie": "Stroom, 90 euro",
        "zorg": "Zorgverzekeraar, 140 euro",
    },
    "verklaring-aanbod": {"pipDagtekening": "2026-01-05", "verklaringTekst": "Er was geen plaats op een school."},
    "bio-advies": {"bioAdvies": "positief", "bioMotivering": "Zijn kind is heel ziek."},
    "begeleiding-ondertussengroep": {"begeleidingPlan": "Elke week een gesprek.", "begeleidingStart": "2026-03-02"},
    "dwangbevel": {
        "kenmerk": "D-1-B1", "aangemaandOp": "2026-02-02", "hoofdsomBedrag": 250, "aanmaningBedrag": 9, "dwangbevelBedrag": 85,
        "telefoon": "000 000 00 00",
    },
    "waarschuwing": {"overtreding": "brede intake", "hersteltermijn": "P14D"},
    "rapport": BREACH,
    "voornemen": {**BREACH, "zienswijzetermijn": "P14D", "telefoon": "000 000 00 00"},
    "pip-beschikking": {
        "leerroute": "Z", "motivatieNietB1": "toets: niet haalbaar", "motivatieNietO": "geen wens",
    },
    "pip-bijlage-participatiewet": {
        "vanafDatum": "2026-01-12", "plichten": ["U zoekt werk.", "U doet mee met een jobcoach."],
        "bijlageAfspraken": "Werk op dagen zonder les.", "ontheffingEinde": "2026-06-30", "ontheffingReden": "Een baby.",
        "wijzigingMotivering": "Er is een baby.", "vorigeDagtekening": "2026-01-20", "bezwaartermijn": "P6W",
    },
    "pip-bijlage-intrekking": {
        "vorigeDagtekening": "2026-01-20", "intrekkingMotivering": "Het staat al in een ander besluit.", "bezwaartermijn": "P6W",
    },
    "afwijzing-wijziging": {
        "gevraagd": "uw leerroute te veranderen", "artikel": "artikel 17", "besluitMotivering": "Er is te weinig veranderd.",
    },
    "boetebeschikking": {
        **BREACH, "boeteBedrag": Decimal("1250.5"), "besluitMotivering": "Geen reden.", "betaaltermijn": "P6W",
        "bezwaartermijn": "P6W", "rekening": "NL00 VOOR 0000 0000 00", "rekeninghouder": "Gemeente Voorbeeldstad",
        "bezwaarDigitaal": "www.voorbeeldstad.example/bezwaar", "telefoon": "000 000 00 00",
    },
    "ontvangstbevestiging-bezwaar": {
        "besluitKenmerk": "D-1-B7", "bezwaarOntvangenOp": "2026-02-02", "beslisUiterlijk": "2026-04-02", "telefoon": "000 000 00 00",
    },
    "herstel-verzuim": {
        "besluitKenmerk": "D-1-B7", "ontbreekt": "uw handtekening", "hersteltermijn": "P2W", "telefoon": "000 000 00 00",
    },
    "uitnodiging-hoorzitting": {
        "besluitKenmerk": "D-1-B7", "hoorDatum": "2026-03-02", "hoorTijd": "10:00 uur", "hoorPlaats": "Stadhuis",
        "stukkenUiterlijk": "2026-02-20", "inzageDatum": "2026-02-20", "inzagePlaats": "balie, van 9 tot 12 uur",
        "telefoon": "000 000 00 00",
    },
    "verdaging": {
        "besluitKenmerk": "D-1-B7", "nieuwBeslisUiterlijk": "2026-05-14", "verdagingReden": "Wij wachten op een advies.",
        "telefoon": "000 000 00 00",
    },
    "beslissing-op-bezwaar": {
        "besluitKenmerk": "D-1-B7", "besluitSoort": "boete", "bezwaarUitkomst": "lager bedrag", "nieuwBedrag": 100,
        "bezwaarMotivering": "U had schulden.", "dwangsomBedrag": 23, "geldTerug": "ja", "beroepstermijn": "P6W",
        "telefoon": "000 000 00 00",
    },
    "aanmaning": {
        "kenmerk": "D-1-B7", "openBedrag": Decimal("499.99"), "kostenBedrag": 9, "totaalBedrag": Decimal("508.99"),
        "aanmaningtermijn": "P2W", "rekening": "NL00 VOOR 0000 0000 00", "rekeninghouder": "Gemeente Voorbeeldstad",
        "telefoon": "000 000 00 00",
    },
    "betalingsregeling": {
        "kenmerk": "D-1-B7", "betaalBesluit": "toegekend", "uitstelDatum": "2026-06-30", "maandBedrag": 50,
        "betaalMotivering": "U kunt nu niet betalen.", "bezwaartermijn": "P6W", "telefoon": "000 000 00 00",
    },
    "terugbetaling": {
        "kenmerk": "D-1-B7", "teVeelBedrag": 100, "renteBedrag": 0, "terugBedrag": 100, "terugbetaalDatum": "2026-08-10",
        "telefoon": "000 000 00 00",
    },
    "ontzorgen-besluit": {
        "vanafDatum": "2026-02-15", "totDatum": "2026-08-14", "huur": "Op de eerste van de maand.", "energie": "Automatisch.",
        "zorg": "Basisverzekering.", "bezwaartermijn": "P6W",
    },
    "ontzorgen-einde": {"totDatum": "2026-08-14", "grond": "Het half jaar is voorbij."},
    "dossier-gesloten": {
        "afsluitReden": "vervallen", "vervallenReden": "nederlander", "eindeDatum": "2026-01-30", "bewaarDatum": "2031-01-30",
        "boetesOpen": "ja", "bezwarenOpen": "ja", "ontzorgenLoopt": "ja", "begeleidingStopt": "ja", "telefoon": "000 000 00 00",
    },
    "einde-ondertussengroep": {
        "afsluitReden": "geen grond", "begeleidingUitleg": "Het laatste jaar van uw termijn is nog niet begonnen.",
        "eindeDatum": "2026-01-30", "telefoon": "000 000 00 00",
    },
    "overdracht": {
        "verzoekGemeente": "Gemeente Anderstad", "verzoekOntvangenOp": "2026-03-02", "overdrachtVoortgang": "Volgt 60 uur les.",
        "leerroute": "B1", "niveau": "B1", "pipDagtekening": "2026-02-02",
        "boetes": [{"bedrag": 250, "artikel": "22", "overtredingDatum": "2026-01-20", "geconstateerdOp": "2026-01-21",
                    "verzondenOp": "2026-02-02", "onherroepelijkVanaf": None}],
    },
    "begeleiding-start": {"begeleiderOrganisatie": "Stichting Voorbeeld"},
    "mededeling-geen-boete": {"overtreding": "brede intake", "besluitMotivering": "U had een goede reden."},
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
    assert result.get("briefVerzondenOp") == (None if kind == "rapport" else "2026-02-02")
    assert result.get("oproepEinde") == ends.get("oproepEinde")
    assert problems(work.documents[0]["content"]) == []


def test_each_kind_of_letter_is_made_above() -> None:
    assert set(GIVEN) == {letter.template for letter in brieven.LETTERS}


@pytest.mark.parametrize("standards", [[], ["a-2b"], ["ua-1"]])
def test_a_letter_made_by_another_standard_is_seen(standards: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above would say nothing."""
    made = brieven.typst.compile

    def other(*given: Any, **named: Any) -> Any:
        return made(*given, **named | {"pdf_standards": standards})

    monkeypatch.setattr(brieven.typst, "compile", other)
    work = FakeWork()
    brieven.handlers()["brief.waarschuwing"](job("waarschuwing", GIVEN["waarschuwing"]), work)

    assert problems(work.documents[0]["content"])


def test_the_same_letter_twice_is_the_same_to_the_byte() -> None:
    one, two = FakeWork(), FakeWork()
    for work in (one, two):
        brieven.handlers()["brief.waarschuwing"](job("waarschuwing", GIVEN["waarschuwing"]), work)

    assert one.documents[0]["content"] == two.documents[0]["content"]


def test_what_is_not_sure_is_not_sent_before_a_jurist_released_it() -> None:
    work = FakeWork()
    make = brieven.handlers()["brief.boetebeschikking"]
    unsure = {**GIVEN["boetebeschikking"], "zekerheid": "te controleren"}

    with pytest.raises(InvalidInput, match="no jurist has released it"):
        make(job("boetebeschikking", unsure), work)
    assert work.documents == []

    make(job("boetebeschikking", {**unsure, "vrijgegevenDoor": "julia"}), work)
    assert len(work.documents) == 1


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        ("voornemen", date(2026, 2, 2), {"zienswijzeEinde": "2026-02-16"}),
        ("voornemen", date(2026, 3, 4), {"zienswijzeEinde": "2026-03-18"}),  # sent late: the whole term still runs
        ("boetebeschikking", date(2026, 4, 13), {"betaalUiterlijk": "2026-05-26", "bezwaarUiterlijk": "2026-05-26"}),
    ],
)
def test_a_term_runs_from_the_day_on_which_the_letter_is_made(kind: str, day: date, expected: dict[str, str]) -> None:
    work = FakeWork()
    work.today = day  # type: ignore[misc]

    result = brieven.handlers()[f"brief.{kind}"](job(kind, GIVEN[kind]), work)

    assert {name: result[name] for name in expected} == expected
    assert result["briefVerzondenOp"] == day.isoformat()


def test_the_example_account_never_leaves_a_real_municipality() -> None:
    work = FakeWork()
    work.organisation = "Gemeente Echt"  # type: ignore[misc]

    with pytest.raises(InvalidInput, match="account of the example"):
        brieven.handlers()["brief.boetebeschikking"](job("boetebeschikking", GIVEN["boetebeschikking"]), work)


def test_a_letter_that_cannot_name_the_rule_is_not_sent() -> None:
    given = {**GIVEN["voornemen"], "plicht": None}

    with pytest.raises(InvalidInput, match="cannot name the rule"):
        brieven.handlers()["brief.voornemen"](job("voornemen", given), FakeWork())


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


CLOSING = [
    *(("dossier-gesloten", {"afsluitReden": reason}) for reason in ("ingeburgerd", "vrijgesteld", "ontheven", "verhuisd")),
    *(("dossier-gesloten", {"afsluitReden": "vervallen", "vervallenReden": reason})
      for reason in ("verblijfsrecht", "vertrokken", "nederlander", "aow", "onbekend")),
    *(("einde-ondertussengroep", {"afsluitReden": reason}) for reason in ("klaar", "gestopt", "niet gewild", "geen grond")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given"), CLOSING, ids=[" ".join(given.values()) for _kind, given in CLOSING])
def test_a_closing_letter_for_each_reason_is_readable_with_and_without_what_goes_on(kind: str, given: dict[str, Any]) -> None:
    bare = {"eindeDatum": "2026-01-30", "telefoon": "000 000 00 00"} | given
    for variables in (GIVEN[kind] | given, bare):
        work = FakeWork()
        brieven.handlers()[f"brief.{kind}"](job(kind, variables), work)

        content: Any = work.documents[0]["content"]
        assert problems(content) == []
        said = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
        assert "vrijdag 30 januari 2026" in said
        assert "Bel ons: 000 000 00 00" in said
        assert work.documents[0]["kind"] == "brief"


@pytest.mark.parametrize(("kind", "given"), [
    ("dossier-gesloten", {"afsluitReden": "overleden"}), ("einde-ondertussengroep", {"afsluitReden": "gaat door"}),
    ("dossier-gesloten", {"afsluitReden": "vervallen", "vervallenReden": "overleden"}),
])  # fmt: skip
def test_a_closing_letter_for_a_reason_that_it_does_not_know_is_not_made(kind: str, given: dict[str, Any]) -> None:
    work = FakeWork()

    with pytest.raises(FlowError, match="could not be made"):
        brieven.handlers()[f"brief.{kind}"](job(kind, GIVEN[kind] | given), work)
    assert work.documents == []


@pytest.mark.parametrize("name", ["Voorbeeld Łukasz Çağlar Đặng Šķērsļi Ọlá", "Пример Тестова", "مثال شخص", "ምሳሌ ሰው"])
def test_a_name_in_another_script_gets_its_letter(name: str) -> None:
    work = FakeWork()
    work.person = lambda: Person(1, f"{name} Testpersoon")  # type: ignore[method-assign]

    brieven.handlers()["brief.waarschuwing"](job("waarschuwing", GIVEN["waarschuwing"]), work)

    assert text_of(work.documents[0]["content"])  # type: ignore[arg-type]
