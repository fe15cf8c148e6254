"""Lists that people keep, and what they do to many of their rows at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TASKS, CASES = "tasks", "cases"
INCIDENTS, LOG, BATCHES, ACCOUNTS, BUDGETS, ENTRIES, DOCUMENTS = (
    "incidents", "log", "batches", "accounts", "budgets", "entries", "documents"
)  # fmt: skip


@dataclass(frozen=True)
class SavedList:
    """How somebody likes to see a list; ``chosen`` is what its address says, by name."""

    key: int
    list: str
    owner: str
    role: str
    """Whom it is shared with; empty: nobody."""
    name: str
    chosen: Mapping[str, str]
    created: datetime


@dataclass(frozen=True)
class DeedRow:
    """What became of one row."""

    key: int
    problem: str = ""
    """Why nothing was done to it, and what to do now; empty: it was done."""
    before: Any = None
    """What it was before, as text or number; None: nothing."""
    after: Any = None
    """What it was then; whoever undoes it looks whether it is so still."""
    waits: bool = False
    """Whether listeners of the task decide first."""
    is_open: bool = False
    """Whether nothing was done to it yet."""


@dataclass(frozen=True)
class ListDeed:
    """What somebody did to many rows at once."""

    key: int
    username: str
    action: str
    given: Any
    rows: tuple[DeedRow, ...] | None
    """None of one that an older program did not finish."""
    moment: datetime
    """When it began, or when its outcome was last noted while it is being done."""
    undone: datetime | None

    @property
    def is_undoing(self) -> bool:
        """Whether it put back what another deed had done."""
        return isinstance(self.given, dict) and "undone" in self.given

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is still to be done."""
        return self.rows is not None and not any(row.is_open for row in self.rows)

    @property
    def done(self) -> list[DeedRow]:
        """The rows to which it was done."""
        return [row for row in self.rows or () if not row.problem and not row.is_open]

    @property
    def refused(self) -> list[DeedRow]:
        """The rows to which it was not done."""
        return [row for row in self.rows or () if row.problem]
