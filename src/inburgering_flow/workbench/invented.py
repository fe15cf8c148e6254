"""Files that nobody wrote: what a scenario or a trial run gives where a form asks for a file.

An answer ``{$bestand: voorbeeld.pdf}``, or a list of names, stands for files of those names with a content that says nothing.
"""

from __future__ import annotations

import mimetypes
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.forms import Upload
from inburgering_flow.i18n import _

FILE = "$bestand"
"""The key of an answer that is files."""
EXAMPLES = ("voorbeeld.pdf", "voorbeeld.docx", "voorbeeld.jpg", "voorbeeld.png", "voorbeeld.txt")
"""What can be chosen on a page."""
SENT = "files::"
MOST = 20
LONGEST = 200
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
CONTENTS = {"application/pdf": PDF, "image/png": PNG}
KINDS = {".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
"""What a machine need not know of itself."""


def files(names: Any) -> list[Upload]:
    """Return the files of some names, or of one. Raises InvalidInput for what is no name of a file."""
    wanted = [names] if isinstance(names, str) else names
    if not isinstance(wanted, Sequence) or not 0 < len(wanted) <= MOST or not all(_is_name(one) for one in wanted):
        raise InvalidInput(
            _("What stands after {key} is no name of a file, nor a list of names.").format(key=FILE),
            remedy=_("Write a name without a folder, such as {name}.").format(name=EXAMPLES[0]),
        )
    return [_file(name) for name in wanted]


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST and PurePosixPath(name).name == name and name.isprintable()


def _file(name: str) -> Upload:
    suffix = PurePosixPath(name).suffix.lower()
    kind = KINDS.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Upload(name, kind, CONTENTS.get(kind, b"Dit bestand is verzonnen.\n"))


def reference(names: Any) -> str:
    """Return what stands in the answers of a form for files of these names, as form-js writes it."""
    return SENT + "/".join(file.name for file in files(names))


def sent_by(values: Any) -> dict[str, list[Upload]]:
    """Return the files that some answers give, by what stands in the answers for them."""
    return {reference(names): files(names) for names in _given(values)}


def as_sent(values: Any) -> Any:
    """Return answers as a form sends them: references in the place of files."""
    if isinstance(values, Mapping):
        return reference(values[FILE]) if FILE in values else {name: as_sent(one) for name, one in values.items()}
    return [as_sent(one) for one in values] if isinstance(values, list) else values


def _given(values: Any) -> Iterator[Any]:
    if isinstance(values, Mapping):
        if FILE in values:
            yield values[FILE]
        else:
            for one in values.values():
                yield from _given(one)
    elif isinstance(values, list):
        for one in values:
            yield from _given(one)


def named(values: Any, chosen: Mapping[str, Sequence[str]]) -> Any:
    """Return the answers of a page, with the names of files where it has a reference to them or a key of ``chosen``. Raises
    InvalidInput for files that cannot be chosen on a page.
    """
    if isinstance(values, Mapping):
        return {name: named(one, chosen) for name, one in values.items()}
    if isinstance(values, list):
        return [named(one, chosen) for one in values]
    if not isinstance(values, str) or not (values in chosen or values.startswith(SENT)):
        return values
    names = list(chosen[values] if values in chosen else values.removeprefix(SENT).split("/"))
    if not set(names) <= set(EXAMPLES):
        raise InvalidInput(_("A trial takes no real files."), remedy=_("Choose from {names}.").format(names=", ".join(EXAMPLES)))
    return {FILE: names}
