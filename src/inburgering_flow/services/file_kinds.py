"""Which files may stand in a case, told by what is in them: the name and what the browser says do not count."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_, _

MOST_BYTES = 10_000_000
MOST_MEMBERS = 10_000  # of a file that is a ZIP inside
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT, ODS = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class FileKind:
    """A kind of file: what it is sent as, the endings that its name may have, and whether a browser may show it."""

    title: str
    media_type: str
    endings: tuple[str, ...]
    is_shown: bool
    fits: Callable[[bytes], bool]


def _begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(beginnings)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text) and not any(ord(c) < 32 and c not in "\t\r\n" for c in text)


def _office(member: str) -> Callable[[bytes], bool]:
    """Return what tells a document of an office without programs in it: it has this part, and none of macros."""

    def fits(content: bytes) -> bool:
        names = _members(content)
        return member in names and not any(PurePath(name).name.lower() == "vbaproject.bin" for name in names)

    return fits


def _open_document(media_type: str) -> Callable[[bytes], bool]:
    def fits(content: bytes) -> bool:
        names = _members(content)
        if "mimetype" not in names or any(name.startswith(("Basic/", "Scripts/")) for name in names):
            return False
        return content[30 : 38 + len(media_type)] == b"mimetype" + media_type.encode()  # stored first, not compressed

    return fits


def _members(content: bytes) -> list[str]:
    if not content.startswith(b"PK\x03\x04"):
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as inside:
            return inside.namelist()[:MOST_MEMBERS]
    except (zipfile.BadZipFile, ValueError, OSError):
        return []


KINDS = (
    FileKind("PDF", "application/pdf", (".pdf",), True, _begins(b"%PDF-")),
    FileKind("JPEG", "image/jpeg", (".jpg", ".jpeg"), True, _begins(b"\xff\xd8\xff")),
    FileKind("PNG", "image/png", (".png",), True, _begins(b"\x89PNG\r\n\x1a\n")),
    FileKind("TIFF", "image/tiff", (".tif", ".tiff"), False, _begins(b"II*\0", b"MM\0*")),
    FileKind("Word", WORD, (".docx",), False, _office("word/document.xml")),
    FileKind("Excel", SHEET, (".xlsx",), False, _office("xl/workbook.xml")),
    FileKind("OpenDocument", ODT, (".odt",), False, _open_document(ODT)),
    FileKind("OpenDocument", ODS, (".ods",), False, _open_document(ODS)),
    FileKind(N_("text"), "text/plain", (".txt", ".csv"), True, _is_text),
)  # fmt: skip
"""The kinds that may be put into a case; the first that fits counts. None of them runs when it is opened."""


def kind_of(content: bytes) -> FileKind | None:
    """Return the kind of a file by its content; None for one that is not allowed."""
    return next((kind for kind in KINDS if kind.fits(content)), None)


def checked_kind(name: str, content: bytes) -> FileKind:
    """Return the kind of a file that may be put into a case.

    Raises InvalidInput for an empty or too large file, a kind that is not allowed, and a name that says another kind than the
    content is.
    """
    if not content:
        raise InvalidInput(_("The file is empty."), remedy=_("Choose another file."))
    if len(content) > MOST_BYTES:
        raise InvalidInput(_("The file is larger than 10 MB."), remedy=_("Make it smaller, or send it in parts."))
    kind = kind_of(content)
    allowed = ", ".join(dict.fromkeys(_(one.title) for one in KINDS))
    if kind is None:
        raise InvalidInput(
            _("This kind of file may not be put into a case."),
            remedy=_("Send one of these: {kinds}. Programs, web pages and documents with macros are refused.").format(
                kinds=allowed
            ),
        )
    ending = PurePath(name).suffix.lower()
    if ending not in kind.endings:
        raise InvalidInput(
            _("The name of the file says something else than what is in it: {kind}.").format(kind=_(kind.title)),
            remedy=_("Give it a name that ends in {ending}.").format(ending=_(" or ").join(kind.endings)),
        )
    return kind
