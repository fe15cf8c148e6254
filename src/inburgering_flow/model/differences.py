"""What differs between two versions of a diagram, a decision, a form or a data dictionary, as values."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
"""MOVED is for what says the same at another place: only the drawing, or the order, differs."""


@dataclass(frozen=True, slots=True)
class Change:
    """One property, by the path that the file has for it; ``before`` or ``after`` is None where it does not have it."""

    property: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one thing; ``type`` is what kind of thing it is, in the words of its file (``userTask``, ``textfield``)."""

    kind: str
    id: str
    name: str
    type: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table in both versions: its numbers from 1 on (None where it has none), and its cells as (before, after)."""

    kind: str  # empty where nothing differs
    number_before: int | None
    number_after: int | None
    cells: tuple[tuple[str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class TableDifference:
    """A decision table in both versions, as one grid: the columns of both, and the rows of both in the order of the newer."""

    decision_id: str
    name: str
    columns: tuple[tuple[str, str], ...]
    """(name, what became of it): empty where it stands in both and says the same."""
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two versions; ``tables`` are those of which a row or column differs."""

    differences: tuple[Difference, ...]
    tables: tuple[TableDifference, ...] = ()

    @property
    def is_same(self) -> bool:
        """Tell whether nothing differs."""
        return not (self.differences or self.tables)

    def of(self, kind: str) -> list[str]:
        """Return the ids of what is added, removed, changed or moved."""
        return [one.id for one in self.differences if one.kind == kind]


def shown(value: Any) -> str | None:
    """Return a value of a file as text: words as they are, anything else as JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the properties whose values differ, those of the newer version first."""
    names = dict.fromkeys((*after, *before))
    return tuple(
        Change(name, shown(before.get(name)), shown(after.get(name)))
        for name in names if before.get(name) != after.get(name)
    )  # fmt: skip


def in_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Return which of the names that stand in both kept their order: the longest run of them that did.

    The others have moved. Names may not occur twice.
    """
    places = {name: place for place, name in enumerate(before)}
    tails: list[str] = []  # the last name of the best run of each length
    previous: dict[str, str | None] = {}
    for name in (n for n in after if n in places):
        at = bisect_left([places[t] for t in tails], places[name])
        previous[name] = tails[at - 1] if at else None
        tails[at : at + 1] = [name]
    found: set[str] = set()
    name_now = tails[-1] if tails else None
    while name_now is not None:
        found.add(name_now)
        name_now = previous[name_now]
    return found


def compare_named(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]], described: Iterable[str] = ("label", "name"),
    types: str = "type",
) -> tuple[Difference, ...]:  # fmt: skip
    """Compare things that have a name: added, removed, changed, or only moved between the others."""
    kept = in_order(list(before), list(after))
    found = []
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        about = new if new is not None else old or {}
        title = next((str(about[d]) for d in described if about.get(d)), name)
        kind, changed = CHANGED, changes(old or {}, new or {}) if old is not None and new is not None else ()
        if old is None or new is None:
            kind = ADDED if old is None else REMOVED
        elif not changed:
            if name in kept:
                continue
            kind = MOVED
        found.append(Difference(kind, name, title, str(about.get(types) or ""), changed))
    return tuple(found)
