"""Lists that are short enough to be arranged as a whole: sorted by any column and narrowed, up to 10,000 rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import Response

from inburgering_flow.model.pages import Page
from inburgering_flow.services.sheets import Cell, too_many
from inburgering_flow.web.lists.listing import Column, Listing, as_file

T = TypeVar("T")
SIZE, MOST = 100, 10_000

Fetch = Callable[[int, int], Page[T]]
"""Returns the rows from a place on, at most so many, as they stand by themselves."""


@dataclass(frozen=True)
class Held(Generic[T]):
    """A page of a list, as its address asks for it."""

    page: Page[T]
    is_whole: bool
    """Not where there are more than 10,000: only those that stand first by themselves were looked at."""


def everything(_row: object) -> bool:
    """Fit any row, in a list that cannot be narrowed."""
    return True


def at_hand(rows: Sequence[T]) -> Fetch[T]:
    """Return how a list is read whose rows are all there."""
    return lambda start, size: Page(list(rows[start : start + size]), start, len(rows), size)


def held(
    listing: Listing, fetch: Fetch[T], cell: Callable[[T, Column], Cell], fits: Callable[[T], bool] = everything,
    size: int = SIZE,
) -> Held[T]:  # fmt: skip
    """Return the page that an address asks for. Where nothing is chosen, no more is read than the page shows."""
    if listing.sorting is None and not any(listing.filters.values()):
        return Held(fetch(listing.start, size), True)
    rows, is_whole = _arranged(listing, fetch, cell, fits)
    return Held(Page(rows[listing.start : listing.start + size], listing.start, len(rows), size), is_whole)


def taken(
    listing: Listing, title: str, form: str, fetch: Fetch[T], cell: Callable[[T, Column], Cell],
    fits: Callable[[T], bool] = everything,
) -> Response:  # fmt: skip
    """Return the whole list as a file; raises InvalidInput for more than 10,000 rows, NotFound for another form than CSV or
    XLSX.
    """
    rows, is_whole = _arranged(listing, fetch, cell, fits)
    if not is_whole:
        raise too_many()
    return as_file(listing, title, form, rows, cell)


def _arranged(
    listing: Listing, fetch: Fetch[T], cell: Callable[[T, Column], Cell], fits: Callable[[T], bool]
) -> tuple[list[T], bool]:
    found = fetch(0, MOST)
    return in_order(listing, [row for row in found.rows if fits(row)], cell), found.total <= MOST


def in_order(listing: Listing, rows: Sequence[T], cell: Callable[[T, Column], Cell]) -> list[T]:
    """Return rows by the column that an address names; what has nothing there comes last."""
    column = listing.sorting
    if column is None:
        return list(rows)
    cells = [(cell(row, column), row) for row in rows]
    there = sorted((one for one in cells if one[0] not in (None, "")), key=_order, reverse=listing.is_descending)
    return [row for _cell, row in there] + [row for said, row in cells if said in (None, "")]


def _order(one: tuple[Cell, Any]) -> Any:
    return one[0].casefold() if isinstance(one[0], str) else one[0]
