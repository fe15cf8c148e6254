"""Rows as a file for a spreadsheet, CSV or XLSX, with which no spreadsheet begins to compute."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from inburgering_flow.clock import LEGAL_ZONE
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with these a spreadsheet begins to compute
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST, NARROWEST = 60, 8  # of a column, in characters
LONGEST_CELL = 32_767  # what a cell of a workbook holds
FIRST_YEAR = 1900  # of its dates

Cell = str | int | Decimal | date | datetime | None


def too_many() -> InvalidInput:
    """Return the error for a list of which a file would hold a part only."""
    return InvalidInput(
        _("More than 10,000 rows fit, which is more than one file holds."), remedy=_("Choose a filter first.")
    )


def looks_like_formula(cell: str) -> bool:
    """Tell whether a spreadsheet that opens a text file would compute this, or ``written`` put a mark before it."""
    return cell.startswith(FORMULA) or (cell[:1] == "'" and cell[1:].startswith(FORMULA))


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a file that a Dutch spreadsheet opens: UTF-8 with a mark, semicolons. What looks like a formula gets an
    apostrophe before it, which ``entry_texts`` takes off when the file is read again.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([f"'{cell}" if looks_like_formula(cell) else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return ``written`` of values: days as ``2026-12-28``, moments of the law's clock, fractions with a comma."""
    return written(header, ([_text(cell) for cell in row] for row in rows))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(LEGAL_ZONE).strftime("%Y-%m-%d %H:%M")
    return f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else str(cell)


def xlsx_of(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet with a header that stays in sight and can be filtered.

    Texts are texts, whatever they begin with; dates, moments (of the law's clock) and numbers are such.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet(_sheet_name(title))
    widths = [len(name) for name in header]
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if isinstance(cell, datetime) and cell.year >= FIRST_YEAR:
                sheet.write_datetime(last, column, cell.astimezone(LEGAL_ZONE).replace(tzinfo=None), moment)
            elif isinstance(cell, date) and cell.year >= FIRST_YEAR:
                sheet.write_datetime(last, column, cell)
            elif isinstance(cell, int | Decimal):
                sheet.write_number(last, column, cell)
            else:
                sheet.write_string(last, column, str(cell)[:LONGEST_CELL])
            widths[column] = max(widths[column], len(_text(cell)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(WIDEST, max(NARROWEST, width + 2)))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, max(0, len(header) - 1))
    book.close()
    return out.getvalue()


def _sheet_name(title: str) -> str:
    """Return a title without what the name of a sheet may not have (ECMA-376, 18.2.19), at most 31 characters."""
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31].strip() or "1"
