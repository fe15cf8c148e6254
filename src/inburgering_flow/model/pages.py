"""A page of a list that counts truthfully."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
FURTHEST = 10_000_000  # row at which a page may begin


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows from ``start`` (counted from zero) of a list that has ``total`` of them; ``size`` is the most that a page shows."""

    rows: list[T]
    start: int
    total: int
    size: int

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    @property
    def following(self) -> int | None:
        """Where the next page starts, None on the last one."""
        end = self.start + len(self.rows)
        return end if self.rows and end < self.total else None

    @property
    def previous(self) -> int | None:
        """Where the page before starts, None on the first one; from beyond the end it leads back to the last page."""
        if self.start == 0 or self.total == 0:
            return None
        return max(0, min(self.start, self.total) - self.size)
