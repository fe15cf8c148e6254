"""What is taken along of a case: the case file as PDF/A with what the reader sees alone, and the extract for the person."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from inburgering.pdf_checks import problems
from pypdf import PdfReader
from services.test_extracts import fits

from inburgering_flow.channels import paper
from inburgering_flow.channels.paper import REPLACED, Enclosed, Paper, Part, Piece
from inburgering_flow.forms import Upload
from inburgering_flow.inburgering.brieven import FONTS
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.extracts import schema
from inburgering_flow.store import cases
from inburgering_flow.web.cases import papers
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
WHY = "verzoek om inzage van 3 maart"


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def one_page(text: str, enclosed: tuple[Enclosed, ...] = ()) -> Paper:
    return Paper("Proef", "Gemeente", date(2026, 3, 2), [], "Inhoud", [Part("Kop", [Piece("Stuk", [("Naam", text)], [text])])], enclosed)


def test_a_paper_is_for_the_archive_and_for_screen_readers_with_files_inside() -> None:
    files = tuple(Enclosed("brief.pdf", f"Brief {n}", "application/pdf", b"%PDF-1.7 \xff\x00" + bytes([48 + n])) for n in range(2))
    made = paper.written(one_page("Jansen", files), FONTS)
    assert problems(made.content, part="3") == []
    attached = PdfReader(io.BytesIO(made.content)).attachments
    assert {name: content[0] for name, content in attached.items()} == {
        "brief.pdf": b"%PDF-1.7 \xff\x000", "brief (2).pdf": b"%PDF-1.7 \xff\x001",
    }  # fmt: skip
    assert paper.written(one_page("Jansen", files), FONTS) == made, "the same paper gives the same bytes"
    assert "Kop" in text_of(made.content)


@pytest.mark.parametrize(("name", "media"), [("", ""), ("中\x07/../a", "text/html; x=1"), ("x" * 300, "geen type")])
def test_a_file_with_no_name_or_type_of_this_world_goes_along(name: str, media: str) -> None:
    made = paper.written(one_page("x", (Enclosed(name, "", media, b"\xff\x00"),)), FONTS)
    assert problems(made.content, part="3") == []
    assert list(PdfReader(io.BytesIO(made.content)).attachments.values()) == [[b"\xff\x00"]]


@pytest.mark.parametrize("letters", ["中文", "😀", "\x07", "a\\b\"c", "日本 中 😀 \u202e"])
def test_characters_that_no_font_has_stop_no_paper(letters: str) -> None:
    made = paper.written(one_page(f"voor {letters} na"), FONTS)
    assert "voor" in text_of(made.content)
    assert problems(made.content, part="3") == []
    plain = letters.isascii() and letters.isprintable()
    assert (REPLACED in text_of(made.content)) is not plain


@pytest.fixture
def case(law: Platform) -> int:
    key = start_case(law)
    law.services.case_file.add_note(key, "Belt liever na vijf uur.", SYSTEM)
    with law.context.db.write() as unit:
        cases.add_note(unit, law.context.keys.next(), key, "hans", law.clock.now(), "Over de boete: geheim.", "handhaving")
    law.services.documents.add(key, Upload("verklaring.pdf", "application/pdf", b"%PDF-1.7 verklaring"), SYSTEM, once="een")
    return key


def test_the_case_file_holds_what_the_pages_show_and_the_documents(law: Platform, as_user: Login, case: int) -> None:
    karin = as_user("karin")
    assert "Dossier als PDF" in karin.get(f"/zaken/{case}").text
    answer = karin.get(f"/zaken/{case}/dossier.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert problems(answer.data, part="3") == []
    text = text_of(answer.data)
    for said in ("Dossier D-1", "Voorbeeld PersoonD-1", "Inhoud", "Belt liever na vijf uur.", "gezinsmigrant", "Intake plannen",
                 "Uiterlijke datum PIP", "verklaring.pdf", "karin nam het dossier mee als PDF"):  # fmt: skip
        assert said in text, said
    attached = PdfReader(io.BytesIO(answer.data)).attachments
    assert attached["verklaring.pdf"] == [b"%PDF-1.7 verklaring"]
    assert "karin nam het dossier mee als PDF" in as_user("tom").get(f"/zaken/{case}/bekeken").text


def test_a_document_that_is_too_large_is_listed_with_its_checksum(
    law: Platform, as_user: Login, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "MOST_ENCLOSED", 5)
    answer = as_user("karin").get(f"/zaken/{case}/dossier.pdf")
    assert PdfReader(io.BytesIO(answer.data)).attachments == {}
    assert "niet in dit bestand: het is te groot" in text_of(answer.data)
    checksum = law.services.documents.of_case(case)[0].checksum
    assert checksum in text_of(answer.data).replace(" ", "")


def test_whoever_may_not_see_a_family_gets_none_of_its_parts(law: Platform, as_user: Login, case: int) -> None:
    """A note about enforcement is in the file of who may read it, and in nobody else's."""
    assert "Over de boete: geheim." in text_of(as_user("karin").get(f"/zaken/{case}/dossier.pdf").data)
    law.services.accounts.save("tara", display_name="Tara", password="demo", roles=("begeleider",))
    with law.context.db.write() as unit:
        unit.connection.exec_driver_sql("UPDATE user_task SET candidate_group = 'begeleider', candidate_groups = ',begeleider,'")
    answer = as_user("tara").get(f"/zaken/{case}/dossier.pdf")
    assert answer.status_code == 200
    assert "Over de boete" not in text_of(answer.data)
    assert "Belt liever na vijf uur." in text_of(answer.data)
    assert "Betalingen" not in text_of(answer.data)
    assert as_user("kees").get(f"/zaken/{case}/dossier.pdf").status_code == 403


def test_the_extract_is_made_on_a_page_with_a_reason_as_pdf_and_as_json(law: Platform, as_user: Login, case: int) -> None:
    tom, karin = as_user("tom"), as_user("karin")
    assert f"/zaken/{case}/inzage" in tom.get(f"/zaken/{case}").text
    assert f"/zaken/{case}/inzage" not in karin.get(f"/zaken/{case}").text
    assert karin.get(f"/zaken/{case}/inzage").status_code == 403
    assert karin.post(f"/zaken/{case}/inzage", {"reden": WHY, "vorm": "json"}).status_code == 403
    assert tom.get(f"/zaken/{case}/inzage").status_code == 200
    assert tom.post(f"/zaken/{case}/inzage", {"reden": "x", "vorm": "json"}).status_code == 422

    answer = tom.post(f"/zaken/{case}/inzage", {"reden": WHY, "vorm": "json"})
    assert answer.mimetype == "application/json"
    found: Any = json.loads(answer.data)
    assert fits(found, schema())
    facts = {one["naam"]: one for one in found["delen"]["gegevens"]}
    assert (facts["doelgroep"]["waarde"], facts["doelgroep"]["bron"]) == ("gezinsmigrant", "Wet inburgering 2021, art. 13")
    assert "Belt liever na vijf uur." in [one["tekst"] for one in found["delen"]["notities"]]

    answer = tom.post(f"/zaken/{case}/inzage", {"reden": WHY, "vorm": "pdf"})
    assert problems(answer.data, part="3") == []
    text = text_of(answer.data)
    for said in ("Wat wij over u bewaren", "Voorbeeld PersoonD-1", "Belt liever na vijf uur.", "Over de boete: geheim.",
                 "gezinsmigrant", "maakte een overzicht van alles over de persoon", WHY, "Tom Teammanager (teammanager)"):  # fmt: skip
        assert said in text, said


def test_a_case_about_nobody_has_no_extract(law: Platform, as_user: Login) -> None:
    key = law.start("inburgering", {"dossiernummer": "L-1", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02",
                                    "brpDatum": None, "inCoa": False}, owner="karin")  # fmt: skip
    tom = as_user("tom")
    assert f"/zaken/{key}/inzage" not in tom.get(f"/zaken/{key}").text
    assert tom.get(f"/zaken/{key}/inzage").status_code == 404
    assert Actor("x").roles == ()
