"""Finding cases by what somebody types: words of a name, the beginning of a case's name, a number in full.

What is found by its beginning is a row of ``search_word`` in a column that sorts by code point, so that each search is a range
of one index, on both databases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, insert, select, union

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant

PERSON, CASE = "person", "case"
LAST = "\U0010ffff"  # sorts after every letter
LONGEST = 255


@dataclass(frozen=True)
class Sought:
    """What somebody looks for: a case fits if any of the three does."""

    words: tuple[str, ...] = ()
    """Beginnings of words that the person's name has, all of them; see ``model.names.asked_words``."""
    case: str = ""
    """How the name of the case begins, folded."""
    numbers: tuple[tuple[str, str], ...] = ()
    """Kind and ``found_by`` of an identifying number."""


def _begins(word: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    return (word >= beginning[:LONGEST]) & (word < beginning[:LONGEST] + LAST)


def people(words: tuple[str, ...]) -> Select[Any]:
    """Return the query for the keys of persons of whose name a word begins with each of these."""
    found = t.search_word
    query = select(found.c.key).where(found.c.kind == constant(PERSON), _begins(found.c.word, words[0]))
    for word in words[1:]:
        other = found.alias()
        query = query.where(
            exists().where(other.c.key == found.c.key, other.c.kind == constant(PERSON), _begins(other.c.word, word))
        )
    return query


def cases(sought: Sought) -> Any:
    """Return the query for the keys of cases that fit, whoever sees them."""
    root, number, found = t.process_instance.alias("of_person"), t.person_number, t.search_word
    about = select(root.c.key).where(root.c.parent_key.is_(None))
    parts = []
    if sought.words:
        parts.append(about.where(root.c.person_key.in_(people(sought.words))))
    if sought.case:
        parts.append(select(found.c.key).where(found.c.kind == constant(CASE), _begins(found.c.word, sought.case)))
    for kind, found_by in sought.numbers:
        having = select(number.c.person_key).where(number.c.kind == kind, number.c.found_by == found_by)
        parts.append(about.where(root.c.person_key.in_(having)))
    return union(*parts) if len(parts) > 1 else parts[0]


def add(unit: Unit, kind: str, key: int, words: Iterable[str]) -> None:
    """Let something be found by these words."""
    rows = [{"kind": kind, "word": word, "key": key} for word in sorted({w[:LONGEST] for w in words if w})]
    if rows:
        unit.connection.execute(insert(t.search_word), rows)


def forget(unit: Unit, kind: str, key: int) -> None:
    """Let something be found no more."""
    found = t.search_word.c
    unit.connection.execute(delete(t.search_word).where(found.key == key, found.kind == kind))
