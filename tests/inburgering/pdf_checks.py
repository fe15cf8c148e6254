"""What PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1) ask of a file, read from the file itself and not from its maker.

No validator of these standards is in a package index: these are the rules that can be read from the objects of a file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

BARRED = frozenset(("/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition"))
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")


def problems(content: bytes, part: str = "2") -> list[str]:
    """Return what is wrong with a file, a line for each; ``part`` 3 of the standard (ISO 19005-3) lets it hold others."""
    reader = PdfReader(io.BytesIO(content))
    catalog: Any = reader.trailer["/Root"]
    return [
        *_file(content, reader), *_metadata(catalog, part), *_structure(catalog), *_pages(reader), *_fonts(reader),
        *_actions(reader, part), *(_enclosed(catalog) if part == "3" else ()),
    ]  # fmt: skip


def _file(content: bytes, reader: PdfReader) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.\d\r?\n%[\x80-\xff]{4}", content):
        yield "the second line is no comment of four bytes above 127 (6.1.2)"
    if "/ID" not in reader.trailer:
        yield "the trailer has no ID (6.1.3)"
    if "/Encrypt" in reader.trailer:
        yield "it is encrypted (6.1.3)"
    if re.search(rb"/LZWDecode", content):
        yield "a stream is packed with LZW (6.1.7)"


def _metadata(catalog: Any, part: str) -> Iterator[str]:
    xmp = catalog["/Metadata"].get_object().get_data().decode()
    for name, value in (("pdfaid:part", part), ("pdfaid:conformance", "A"), ("pdfuaid:part", "1")):
        if re.search(rf"<{name}>\s*(\S+?)\s*</{name}>|{name}=\"([^\"]*)\"", xmp) is None or f">{value}</{name}>" not in xmp.replace(" ", ""):
            yield f"the metadata do not say {name} {value}"
    if "<dc:title>" not in xmp or not re.search(r"<rdf:li[^>]*>[^<]+</rdf:li>", xmp):
        yield "the metadata have no title (UA 7.1)"
    preferences = catalog.get("/ViewerPreferences", {})
    if preferences.get("/DisplayDocTitle") != True:  # noqa: E712  # an object of the file, which equals True
        yield "a viewer does not show the title (UA 7.1)"
    if not str(catalog.get("/Lang", "")).startswith("nl"):
        yield "the language of the file is not said (UA 7.2)"
    intents = [intent.get_object() for intent in catalog.get("/OutputIntents", [])]
    if not any(intent.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in intent for intent in intents):
        yield "no output intent says what its colours are (6.2.3)"


def _structure(catalog: Any) -> Iterator[str]:
    if catalog.get("/MarkInfo", {}).get("/Marked") != True:  # noqa: E712
        yield "it is not marked as tagged (UA 7.1)"
    root = catalog.get("/StructTreeRoot")
    if root is None:
        yield "it has no structure"
        return
    tags = list(_tags(root.get_object()))
    levels = [int(tag[2:]) for tag in tags if re.fullmatch(r"/H\d", tag)]
    if not levels or levels[0] != 1:
        yield f"the first heading is not of level 1: {levels[:1]}"
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield f"a level of headings is skipped: {levels} (UA 7.4)"
    if "/P" not in tags:
        yield "no paragraph is tagged"
    if "/ParentTree" not in root.get_object():
        yield "the structure has no parent tree"


def _tags(element: Any) -> Iterator[str]:
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        found = kid.get_object() if isinstance(kid, IndirectObject) else kid
        if isinstance(found, DictionaryObject) and "/S" in found:
            yield str(found["/S"])
            yield from _tags(found)


def _pages(reader: PdfReader) -> Iterator[str]:
    for number, page in enumerate(reader.pages, 1):
        if "/StructParents" not in page:
            yield f"page {number} is not tied to the structure"
        if "/Annots" in page and page.get("/Tabs") != "/S":
            yield f"page {number} does not go through its links in the order of the structure (UA 7.18.3)"
        marked = page.get_contents()
        text = marked.get_data() if marked is not None else b""
        shown = len(re.findall(rb"\bBT\b", text))
        if shown and not re.search(rb"\b(?:BDC|BMC)\b", text):
            yield f"page {number} has text outside the structure (UA 7.1)"


def _fonts(reader: PdfReader) -> Iterator[str]:
    seen = set()
    for page in reader.pages:
        fonts: Any = page["/Resources"].get_object().get("/Font", {})
        for name, reference in fonts.get_object().items():
            font = reference.get_object()
            if font["/BaseFont"] in seen:
                continue
            seen.add(font["/BaseFont"])
            inner = font["/DescendantFonts"][0].get_object() if font["/Subtype"] == "/Type0" else font
            descriptor = inner.get("/FontDescriptor")
            if descriptor is None or not any(file in descriptor.get_object() for file in FONT_FILES):
                yield f"font {name} is not in the file (6.2.11.4)"
            if "/ToUnicode" not in font:
                yield f"font {name} does not say its letters (6.2.11.7)"
    if not seen:
        yield "there is no text"


def _actions(reader: PdfReader, part: str) -> Iterator[str]:
    for number in range(1, len(reader.xref.get(0, {})) + 1):
        found = IndirectObject(number, 0, reader).get_object()
        if isinstance(found, DictionaryObject):
            if str(found.get("/S", "")) in BARRED or "/JS" in found or "/AA" in found:
                yield f"object {number} does something by itself (6.5)"
            if "/EmbeddedFiles" in found and part == "2":
                yield f"object {number} holds other files (6.8)"


def _enclosed(catalog: Any) -> Iterator[str]:
    """Each file inside is tied to the document and says how, of which type, and when it was changed (19005-3, 6.8)."""
    tied = [one.get_object() for one in catalog.get("/AF", [])]
    listed = catalog.get("/Names", {}).get("/EmbeddedFiles")
    count = len(listed.get_object()["/Names"]) // 2 if listed is not None and "/Names" in listed.get_object() else 0
    if count != len(tied):
        yield f"{count} files are inside, {len(tied)} are tied to the document"
    for one in tied:
        stream = one["/EF"]["/F"].get_object()
        if not one.get("/AFRelationship") or not (one.get("/F") and one.get("/UF")) or "/Subtype" not in stream:
            yield f"{one.get('/UF')} does not say its name, type or why it is inside"
