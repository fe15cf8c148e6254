"""Files that come in a ZIP: read within bounds, whatever the archive says of itself."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.project import MAX_FILES, is_hidden, kind_of

MAX_ARCHIVE = 50_000_000
# What reading an archive raises that is damaged, encrypted, or packed in a way that is not read here.
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, NotImplementedError, ValueError, OSError, EOFError,
)  # fmt: skip


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, or the files in a ZIP; folders, what is hidden and what no project holds is left out there: a whole
    repository may be sent.
    """
    if not name.lower().endswith(".zip"):
        yield name, content
        return
    wrong = InvalidInput(_("'{name}' is not a ZIP that can be read.").format(name=name), remedy=_("Make it again."))
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
        listed = _listed(packed)
        if len(listed) > MAX_FILES or sum(i.file_size for i in listed) > MAX_ARCHIVE:
            raise InvalidInput(
                _("There is too much in '{name}': at most 2,000 files and 50 MB.").format(name=name), remedy=_("Divide it.")
            )
        for info in listed:
            if kind_of(info.filename) is not None:
                yield info.filename, packed.read(info)  # never more than its size says: else it is not whole, which is found
    except BROKEN:
        raise wrong from None


def left_out(name: str, content: bytes) -> list[str]:
    """Return the names in a ZIP that no project holds, without what is hidden; nothing of what is no ZIP."""
    if not name.lower().endswith(".zip"):
        return []
    try:
        return [i.filename for i in _listed(zipfile.ZipFile(io.BytesIO(content))) if kind_of(i.filename) is None]
    except BROKEN:
        return []


def _listed(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [i for i in packed.infolist() if not i.is_dir() and not is_hidden(PurePosixPath(i.filename.replace("\\", "/")))]
