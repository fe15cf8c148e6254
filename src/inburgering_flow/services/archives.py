"""Files that come in a ZIP: read within bounds, whatever the archive says of itself."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.project import MAX_FILES

MAX_ARCHIVE = 50_000_000


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, or the files in a ZIP; hidden ones and folders in it are left out."""
    if not name.lower().endswith(".zip"):
        yield name, content
        return
    wrong = InvalidInput(_("'{name}' is not a ZIP that can be read.").format(name=name), remedy=_("Make it again."))
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
        listed = [i for i in packed.infolist() if not i.is_dir() and not _is_hidden(i.filename)]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise wrong from None
    if len(listed) > MAX_FILES or sum(i.file_size for i in listed) > MAX_ARCHIVE:
        raise InvalidInput(
            _("There is too much in '{name}': at most 2,000 files and 50 MB.").format(name=name), remedy=_("Divide it.")
        )
    room = MAX_ARCHIVE
    for info in listed:
        try:
            with packed.open(info) as file:
                found = file.read(room + 1)  # what the archive says of its sizes need not be true
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError, EOFError):
            raise wrong from None
        except Exception as error:
            if type(error).__module__ in ("zlib", "lzma", "_lzma"):
                raise wrong from None
            raise
        room -= len(found)
        if room < 0:
            raise InvalidInput(
                _("There is too much in '{name}': at most 2,000 files and 50 MB.").format(name=name), remedy=_("Divide it.")
            )
        yield info.filename, found


def _is_hidden(path: str) -> bool:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)
