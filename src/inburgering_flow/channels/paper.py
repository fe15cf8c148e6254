"""A dossier on paper: a PDF for an archive (PDF/A-3a, ISO 19005-3) and for screen readers (PDF/UA-1), files inside it.

Nothing is fetched. Files that go inside lie in a folder of the system's for as long as it takes, which nobody else reads. A
character that no font has makes no file of these standards: it is shown as ``REPLACED``, and ``Written.has_replaced`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inburgering_flow.errors import FlowError
from inburgering_flow.i18n import _
from inburgering_flow.values import dump_value

TEMPLATE = Path(__file__).with_name("paper.typ")
REPLACED = "[?]"
ATTEMPTS = 200
"""So many texts with characters that no font has are looked for; what is left then is refused."""
_MISSING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_CODE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_MEDIA = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Piece:
    """Something with a title, lines of a label and a value, and paragraphs; each may be empty."""

    title: str = ""
    lines: Sequence[tuple[str, str]] = ()
    text: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """A heading with what stands under it."""

    title: str
    pieces: Sequence[Piece] = ()
    lead: Sequence[str] = ()


@dataclass(frozen=True)
class Enclosed:
    """A file that goes along inside the PDF."""

    name: str
    title: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Paper:
    """What is to be written: ``contents`` is the heading of the table of contents."""

    title: str
    organisation: str
    day: date
    lead: Sequence[str]
    contents: str
    parts: Sequence[Part]
    enclosed: Sequence[Enclosed] = field(default_factory=tuple)


@dataclass(frozen=True)
class Written:
    """A PDF, and whether characters had to be replaced in it."""

    content: bytes
    has_replaced: bool


def written(paper: Paper, fonts: Path | None) -> Written:
    """Return the PDF; raises FlowError where it cannot be made. The same paper gives the same bytes."""
    import typst  # takes a tenth of a second, for which no command should wait

    data: Any = {
        "title": paper.title, "organisation": paper.organisation, "day": [paper.day.year, paper.day.month, paper.day.day],
        "lead": list(paper.lead), "contents": paper.contents, "parts": [asdict(part) for part in paper.parts],
        "files": [
            {"name": name, "title": one.title, "media": _media(one.media_type), "path": f"file{number}"}
            for number, (name, one) in enumerate(zip(_names(paper.enclosed), paper.enclosed, strict=True))
        ],
    }  # fmt: skip
    data, has_replaced = _without(data, _CONTROL), False
    made = datetime(paper.day.year, paper.day.month, paper.day.day, tzinfo=UTC)
    with TemporaryDirectory() as folder:  # in memory it takes texts only
        source = Path(folder, TEMPLATE.name)
        source.write_bytes(TEMPLATE.read_bytes())
        for number, one in enumerate(paper.enclosed):
            source.with_name(f"file{number}").write_bytes(one.content)
        for _attempt in range(ATTEMPTS):
            try:
                found = typst.compile(
                    str(source), root=folder, format="pdf", ignore_system_fonts=True,
                    font_paths=[str(fonts)] if fonts is not None else [], sys_inputs={"data": dump_value(data)},
                    pdf_standards=["a-3a", "ua-1"], timestamp=int(made.timestamp()),
                )  # fmt: skip
                return Written(bytes(found), has_replaced)
            except typst.TypstError as error:
                missing = _MISSING.search(str(error))
                if missing is None:
                    raise _failed(str(error)) from None
            letters = _CODE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], missing[1])
            data, has_replaced = _without(data, re.compile("|".join(re.escape(c) for c in sorted(set(letters))))), True
    raise _failed(_("it has too many characters that no font has"))


def _failed(why: str) -> FlowError:
    return FlowError(
        _("The PDF could not be made: {why}.").format(why=why[:300]),
        remedy=_("Take the file for programs, or tell the functional administrator."), code="PAPER_FAILED",
    )  # fmt: skip


def _without(data: Any, letters: re.Pattern[str]) -> Any:
    """Return data without some characters in its texts."""
    if isinstance(data, str):
        return letters.sub(REPLACED, data)
    if isinstance(data, Mapping):
        return {name: value if name in ("path", "media") else _without(value, letters) for name, value in data.items()}
    return [_without(one, letters) for one in data] if isinstance(data, list | tuple) else data


def _media(said: str) -> str:
    """Return a media type; what came with a file may be none."""
    return said if _MEDIA.fullmatch(said) else "application/octet-stream"


def _names(enclosed: Sequence[Enclosed]) -> list[str]:
    """Return a name for each file that no other has: two letters of one name are two files."""
    found: list[str] = []
    for one in enclosed:
        whole = one.name or "bestand"
        stem, dot, ending = whole.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (whole, "")
        name, number = whole, 2
        while name in found:
            name, number = f"{stem} ({number}){ending}", number + 1
        found.append(name)
    return found
