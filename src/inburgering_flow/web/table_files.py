"""The tables of a page as files: what stands in their cells, for whoever may see the page.

A table that its template names (``file`` of ``macros/table.html``) has links under it to the address of its page with
``tabelbestand``. The page is made as always, with the same rights, hidden cells and lines in the log; what is sent is the
table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from babel.numbers import NumberFormatError, parse_decimal
from flask import Flask, Response, request, url_for

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _, language
from inburgering_flow.services import sheets
from inburgering_flow.services.sheets import Cell
from inburgering_flow.web.access import me, services
from inburgering_flow.web.files import file
from inburgering_flow.web.lists.listing import FILES, PAGE, form_of

ASKED = "tabelbestand"
MOST = 10_000
"""Rows of a table that is in pages; a page that is asked for a file has so many."""
LONGEST_NUMBER = 15  # digits; what has more is a key
VOID = frozenset(("br", "img", "input", "hr", "wbr", "meta", "link", "col"))
LEFT_OUT = frozenset(("form", "button", "script", "template", "select"))
"""Elements of a cell that are for doing, not for reading."""
APART = frozenset(("li", "p", "div", "dd", "dt", "summary"))
"""Elements of a cell that stand on lines of their own."""


def register_table_files(app: Flask) -> None:
    """Let templates name the files of their tables."""
    app.jinja_env.globals["table_file"] = _address


def _address(name: str, form: str) -> str:
    """Return the address of a table of this page as a file."""
    kept = {key: values for key, values in request.args.lists() if key not in (ASKED, *PAGE)}
    return url_for(str(request.endpoint), **(request.view_args or {}), **{**kept, ASKED: f"{name}.{form}"})  # type: ignore[arg-type]


def is_file_asked() -> bool:
    """Tell whether the address asks for a table of its page as a file."""
    return ASKED in request.args


def rows_of_page(usual: int) -> int:
    """Return how many rows a page shows of a table that is in pages: all that a file holds where it is asked for one."""
    return MOST if is_file_asked() else usual


def in_place_of(page: Response) -> Response:
    """Return the table of a page that the address asks for as a file, and log that it was taken; another answer as it is.

    Raises NotFound where the page has no such table.
    """
    if page.status_code != 200 or page.mimetype != "text/html":
        return page
    name, _dot, form = request.args[ASKED].partition(".")
    found = read(page.get_data(as_text=True), name)
    if found is None:
        raise NotFound(_("Dit bestand is er niet."), remedy=_("Kies een bestand onder een tabel van de bladzijde."))
    return _sent(name, form_of(form), *found)


def sent_as(name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response | None:
    """Return what a page has as a list, which is no table on it, where the address asks for its file."""
    asked, _dot, form = request.args.get(ASKED, "").partition(".")
    return _sent(name, form_of(form), heads, rows) if asked == name else None


def _sent(name: str, form: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response:
    services().audit_log.taken(me(), f"{name}.{form}")
    content = sheets.csv_of(heads, rows) if form == "csv" else sheets.xlsx_of(name, heads, rows)
    return file(content, f"{name}.{form}", FILES[form])


def read(page: str, name: str) -> tuple[list[str], list[list[Cell]]] | None:
    """Return the heads and rows of a table of a page, None where it has none of that name; a column with nothing but something
    to do is left out.
    """
    reader = _Reader(name)
    reader.feed(page)
    if not reader.is_found:
        return None
    rows = [row for row in reader.rows if not any(cell.is_wide for cell in row)]
    width = len(reader.heads)
    kept = [n for n in range(width) if not any(cell.is_to_do for row in rows for cell in row[n : n + 1])]
    return [reader.heads[n].text for n in kept], [[_value(row[n].text) for n in kept if n < len(row)] for row in rows]


def _value(text: str) -> Cell:
    """Return a number as such, as the language of the page writes it."""
    bare = text.removeprefix("€").strip().replace("\N{MINUS SIGN}", "-")
    if not re.fullmatch(r"-?[1-9][\d.,]*|0([.,]\d+)?", bare) or sum(c.isdigit() for c in bare) > LONGEST_NUMBER:
        return text
    try:
        found: Decimal = parse_decimal(bare, locale=language(), strict=True)
    except NumberFormatError:
        return text
    return int(found) if found == found.to_integral_value() and "€" not in text else found


@dataclass
class _Cell:
    parts: list[str] = field(default_factory=list)
    is_wide: bool = False
    is_to_do: bool = False

    @property
    def text(self) -> str:
        """What is read in it: lines of their own after a semicolon."""
        lines = [" ".join(line.split()) for line in "".join(self.parts).split("\0")]
        return "; ".join(line for line in lines if line)


class _Reader(HTMLParser):
    """Reads the cells of one table of a page of ours."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.heads: list[_Cell] = []
        self.rows: list[list[_Cell]] = []
        self.is_found = False
        self._name = name
        self._is_in = self._is_head = False
        self._cell: _Cell | None = None
        self._left_out = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, row or cell, or leave out what is in one."""
        given: dict[str, Any] = dict(attrs)
        if tag == "table":
            self._is_in = given.get("data-file") == self._name
            self.is_found |= self._is_in
        if not self._is_in:
            return
        if tag == "thead":
            self._is_head = True
        elif tag == "tr" and not self._is_head:
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell = _Cell(is_wide="colspan" in given, is_to_do="actions" in (given.get("class") or "").split())
            (self.heads if self._is_head else self.rows[-1]).append(self._cell)
        elif self._cell is not None:
            self._inside(tag, given)

    def _inside(self, tag: str, given: dict[str, Any]) -> None:
        if self._cell is not None:
            self._cell.is_to_do |= tag == "form" or given.get("type") == "checkbox"
        if self._left_out or tag in LEFT_OUT or "unseen" in (given.get("class") or "").split():
            self._left_out += tag not in VOID
        elif self._cell is not None and (tag in APART or tag == "br"):
            self._cell.parts.append("\0" if tag in APART else " ")

    def handle_endtag(self, tag: str) -> None:
        """End what began."""
        if tag == "table":
            self._is_in, self._cell = False, None
        elif tag == "thead":
            self._is_head = False
        elif tag in ("td", "th"):
            self._cell, self._left_out = None, 0
        elif self._left_out:
            self._left_out -= 1
        elif tag in APART and self._cell is not None:
            self._cell.parts.append("\0")

    def handle_data(self, data: str) -> None:
        """Read what a cell says."""
        if self._cell is not None and not self._left_out:
            self._cell.parts.append(data)
