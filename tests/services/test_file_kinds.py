"""Which files may be put into a case: their content says what they are."""

from __future__ import annotations

import io
import zipfile

import pytest

from inburgering_flow.errors import InvalidInput
from inburgering_flow.services import file_kinds
from inburgering_flow.services.file_kinds import checked_kind, kind_of

PDF, PNG, JPEG = b"%PDF-1.7\n%%EOF\n", b"\x89PNG\r\n\x1a\n" + b"\0" * 30, b"\xff\xd8\xff\xe0" + b"\0" * 30


def packed(**members: bytes) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return found.getvalue()


@pytest.mark.parametrize(("name", "content", "media_type"), [
    ("brief.pdf", PDF, "application/pdf"), ("foto.JPG", JPEG, "image/jpeg"), ("scan.png", PNG, "image/png"),
    ("verslag.docx", packed(word__document_xml=b"<w/>"), file_kinds.WORD),
    ("lijst.xlsx", packed(xl__workbook_xml=b"<x/>"), file_kinds.SHEET),
    ("brief.odt", packed(mimetype=file_kinds.ODT.encode(), content_xml=b"<x/>"), file_kinds.ODT),
    ("aantekening.txt", "Gebeld, één keer.".encode(), "text/plain"),
])  # fmt: skip
def test_the_content_says_what_a_file_is(name: str, content: bytes, media_type: str) -> None:
    assert checked_kind(name, content).media_type == media_type


@pytest.mark.parametrize(("name", "content"), [
    ("leeg.pdf", b""), ("groot.pdf", PDF + b"0" * file_kinds.MOST_BYTES), ("virus.exe", b"MZ\x90\0" + b"\0" * 60),
    ("brief.pdf", b"MZ\x90\0" + b"\0" * 60), ("foto.pdf", PNG), ("pagina.html", PDF), ("brief", PDF),
    ("plaatje.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), ("archief.zip", packed(brief=b"x")),
    ("macro.docx", packed(word__document_xml=b"<w/>", word__vbaProject_bin=b"x")), ("half.docx", b"PK\x03\x04kapot"),
    ("brief.docm", packed(word__document_xml=b"<w/>")),
])  # fmt: skip
def test_what_may_not_be_in_a_case_is_refused_with_what_to_do(name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_kind(name, content)
    assert refused.value.remedy


def test_only_what_does_no_harm_is_shown() -> None:
    shown = {kind.media_type for kind in file_kinds.KINDS if kind.is_shown}
    assert shown == {"application/pdf", "image/jpeg", "image/png", "text/plain"}
    assert kind_of(b"<html>\0") is None
