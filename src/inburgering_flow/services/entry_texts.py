"""A file of cases as text: read however a spreadsheet saved it, and written so that no spreadsheet computes with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.entries import EntryColumn
from inburgering_flow.services.sheets import looks_like_formula

MOST_BYTES, MOST_ROWS, LONGEST = 5_000_000, 5_000, 1_000
YES, NO = {"ja", "j", "yes", "y", "waar", "true", "1"}, {"nee", "n", "no", "onwaar", "false", "0"}
SEPARATORS = (";", ",", "\t")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
REASON = "reden"  # the column that a file of refused rows has besides; it is not read


@dataclass(frozen=True)
class Sheet:
    """What stands in a file: the names of its columns, and rows as (number, values by column, what is wrong with the row)."""

    header: list[str]
    rows: list[tuple[int, dict[str, str], str]]


def text_of(content: bytes) -> str:
    """Return the text of a file: UTF-8 with or without a mark, else Windows-1252; raises InvalidInput for what is no text."""
    if len(content) > MOST_BYTES:
        raise InvalidInput(_("The file is larger than 5 MB."), remedy=_("Split it into several files."))
    remedy = _("Save it as “CSV UTF-8” in the spreadsheet, and send that file.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidInput(_("This is not a CSV file."), remedy=remedy)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(ord(c) < 32 and c not in "\t\r\n" for c in text):
            return text
        break
    raise InvalidInput(_("This is not a CSV file."), remedy=remedy)


def sheet_of(content: bytes, columns: Sequence[EntryColumn], needed: Sequence[str]) -> Sheet:
    """Return the rows of a file with these columns, found by their name or label; those of ``needed`` must be there.

    Raises InvalidInput naming each column that is unknown, missing or there twice, and for a file without rows or with
    too many.
    """
    text = text_of(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    csv.field_size_limit(MOST_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        filled = [(number, cells) for number, cells in enumerate(reader, 1) if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise InvalidInput(
            _("The file cannot be read: a quotation mark is opened or closed in a wrong place, near line {line}.").format(
                line=reader.line_num
            ),
            remedy=_("Save the file again as CSV in the spreadsheet."),
        ) from None
    header, rows = _header(filled[0][1] if filled else [], columns), filled[1:]
    lacking = [column for column in columns if column.name in needed and column.name not in header]
    if lacking:
        raise InvalidInput(
            _("The file lacks the columns {names}.").format(names=", ".join(c.name for c in lacking)),
            remedy=_("Begin with the empty file of this page."),
        )
    if not rows:
        raise InvalidInput(_("The file has no rows under its header."), remedy=_("Write a row for each case."))
    if len(rows) > MOST_ROWS:
        raise InvalidInput(
            _("The file has {count} rows; {most} at most.").format(count=len(rows), most=MOST_ROWS),
            remedy=_("Split it into several files."),
        )
    return Sheet([name for name in header if name != REASON], [_row(number, cells, header) for number, cells in rows])


def _header(cells: list[str], columns: Sequence[EntryColumn]) -> list[str]:
    known = {text.casefold(): c.name for c in columns for text in (_(c.label), c.label, c.name)} | {REASON: REASON}
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    names = [known.get(_harmless(cell).strip().casefold(), "") for cell in cells]
    unknown = [cell.strip()[:40] or _("(empty)") for cell, name in zip(cells, names, strict=True) if not name]
    if unknown or not cells:
        raise InvalidInput(
            _("The file has columns that are not known: {names}.").format(names=", ".join(unknown) or _("(empty)")),
            remedy=_("Begin with the empty file of this page; the first row has the names of the columns."),
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(
            _("The file has columns twice: {names}.").format(names=", ".join(twice)), remedy=_("Leave one of each out.")
        )
    return names


def _row(number: int, cells: list[str], header: list[str]) -> tuple[int, dict[str, str], str]:
    values = {name: _harmless(cell).strip() for name, cell in zip(header, cells, strict=False)}
    more = any(cell.strip() for cell in cells[len(header):])  # fmt: skip
    said = _("This row has more cells than the header: a text with a separator in it needs quotation marks.")
    return number, values, said if more else ""


def _harmless(cell: str) -> str:
    """Return a cell without the mark that ``written`` put before it."""
    return cell[1:] if cell[:1] == "'" and looks_like_formula(cell[1:]) else cell


def value_of(column: EntryColumn, text: str) -> Any:
    """Return an answer as the process takes it, None where it is empty; raises ValueError with a sentence."""
    text = text.strip()
    if not text:
        return None
    return _READ[column.kind](column, text)


def _text(column: EntryColumn, text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(_("“{label}” is too long.").format(label=_(column.label)))
    return text


def _date(column: EntryColumn, text: str) -> str:
    parts = text.split("-")
    if len(parts) == 3 and len(parts[2]) == 4:
        parts.reverse()
    try:
        if len(parts) != 3 or len(parts[0]) != 4 or not all(p.isascii() and p.isdecimal() for p in parts):
            raise ValueError
        found = date(*map(int, parts))
        if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            raise ValueError
    except ValueError:
        raise ValueError(
            _("“{label}” is not a date. Write it like 31-12-2026.").format(label=_(column.label))
        ) from None
    return found.isoformat()


def _number(column: EntryColumn, text: str) -> Decimal | int:
    try:
        found = Decimal(text.replace(",", ".") if text.count(",") + text.count(".") <= 1 else "x")
        if len(text) > 20 or not found.is_finite() or "e" in text.lower():
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(_("“{label}” is not a number. Write it like 12,50.").format(label=_(column.label))) from None
    return int(found) if found == found.to_integral_value() else found


def _choice(column: EntryColumn, text: str) -> str:
    known = {said.casefold(): value for value, label in column.options for said in (_(label), label, value)}
    found = known.get(text.casefold())
    if found is None:
        raise ValueError(
            _("“{label}” has no such choice. Use one of: {choices}.").format(
                label=_(column.label), choices=", ".join(value for value, _label in column.options)
            )
        )
    return found


def _yes(column: EntryColumn, text: str) -> bool:
    if text.casefold() not in YES | NO:
        raise ValueError(_("“{label}” is yes or no.").format(label=_(column.label)))
    return text.casefold() in YES


def _records(column: EntryColumn, text: str) -> list[dict[str, Any]]:
    found = []
    for line in filter(str.strip, text.replace("|", "\n").splitlines()):
        cells = [cell.strip() for cell in line.split("/")]
        if len(cells) != len(column.parts):
            raise ValueError(
                _("“{label}” needs on each line {count} parts with slashes between them: {parts}.").format(
                    label=_(column.label), count=len(column.parts), parts=" / ".join(_(part.label) for part in column.parts)
                )
            )
        values = {part.name: value_of(part, cell) for part, cell in zip(column.parts, cells, strict=True)}
        lacking = next((part for part in column.parts if part.needed and values[part.name] is None), None)
        if lacking is not None:
            raise ValueError(_("“{label}”: fill in “{part}”.").format(label=_(column.label), part=_(lacking.label)))
        found.append(values)
    return found


_READ = {
    "text": _text, "long": _text, "date": _date, "number": _number, "choice": _choice, "yes": _yes,
    "records": _records, "owner": _text, "place": _text,
}  # fmt: skip
