"""Cases that began in another system: what is asked about them, and how a file of them moves on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

UPLOADED, REHEARSED, LOADING, LOADED = "UPLOADED", "REHEARSED", "LOADING", "LOADED"
FILE_MOVES: Mapping[tuple[str, str], str] = {
    (UPLOADED, "rehearsed"): REHEARSED,
    (REHEARSED, "load"): LOADING,
    (LOADING, "loaded"): LOADED,
}
"""A file is rehearsed in the background, loaded when somebody says so, and forgotten some days later."""

WAITING, READY, WRONG, DONE, REFUSED = "WAITING", "READY", "WRONG", "DONE", "REFUSED"
"""A row waits for its rehearsal, is ready or wrong after it, and is loaded or refused at last."""


@dataclass(frozen=True)
class EntryColumn:
    """A question about a case that is taken over, on a page and as a column of a file.

    ``kind`` is text, long (a longer text), date, number, choice (one of ``options``), yes, owner (the account that leads
    the case), place (a location), or records (a list, one on a line, of ``parts`` with slashes between them). It is asked in
    ``phases``, and must be answered in those of ``needed``.
    """

    name: str
    label: str
    kind: str = "text"
    meaning: str = ""
    example: str = ""
    phases: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    options: tuple[tuple[str, str], ...] = ()
    parts: tuple[EntryColumn, ...] = ()
    needed_with: str = ""
    """A column: where it is filled in, this one must be too."""


@dataclass(frozen=True)
class TakenOver:
    """The variables that say that facts were not recorded here: from which system, by whom, on which day, and which facts."""

    origin: str
    who: str
    day: str
    facts: str


def _nothing_wrong(_values: Mapping[str, Any], _today: date) -> Iterable[tuple[str, str]]:
    return ()


@dataclass(frozen=True)
class EntryForm:
    """A kind of case that may be taken over in the middle; the first column says in which phase it stands.

    ``check`` returns what is wrong between answers: the column, and the sentence. ``complete`` returns the variables with
    what follows from them. ``points`` names a variable of the case that says what somebody has to look at first.
    """

    process_id: str
    title: str
    phase: EntryColumn
    columns: tuple[EntryColumn, ...]
    taken_over: TakenOver
    with_person: bool = True
    owner_role: str = ""
    points: str = ""
    check: Callable[[Mapping[str, Any], date], Iterable[tuple[str, str]]] = _nothing_wrong
    complete: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict

    def asked(self, phase: str) -> list[EntryColumn]:
        """Return the columns that belong to a phase."""
        return [column for column in self.columns if phase in column.phases]


@dataclass(frozen=True)
class Problem:
    """What is wrong in one row: the column (empty: the row as a whole), what was found there, masked, and a sentence."""

    column: str
    says: str
    found: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a case would stand: its open tasks with the last day of each, the moments that it waits for, and what had passed."""

    tasks: tuple[tuple[str, datetime | None], ...] = ()
    terms: tuple[tuple[str, datetime | None], ...] = ()
    points: str = ""


@dataclass(frozen=True, slots=True)
class EntryFile:
    """A file of cases with its progress; what stands in it is kept encrypted, by row, until ``expires``."""

    key: int
    process_id: str
    owner: str
    language: str
    state: str
    created: datetime
    expires: datetime
    header: list[str]
    total: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row of a file as a page shows it, ``number`` as in a spreadsheet: the header is row 1."""

    number: int
    state: str
    name: str
    problems: tuple[Problem, ...] = ()
    standing: Standing = field(default_factory=Standing)
    case_key: int | None = None
