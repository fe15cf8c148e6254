"""Persons, apart from cases. A secret number is stored encrypted and found by HMAC; any other is stored as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.store import searching
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.visibility import Sight, visible, who

MOST_NAMES = 128  # asked for at once


@dataclass(frozen=True)
class NumberRow:
    """An identifying number: ``found_by`` is the number itself or, for a secret one, its HMAC."""

    kind: str
    found_by: str
    encrypted: bytes | None = None


def any_encrypted(unit: Unit) -> tuple[str, bytes] | None:
    """Return the kind and content of one number that is stored encrypted, None if there is none."""
    number = t.person_number.c
    found = unit.connection.execute(select(number.kind, number.encrypted).where(number.encrypted.is_not(None)).limit(1)).first()
    return None if found is None else (found[0], bytes(found[1]))


def add(unit: Unit, values: dict[str, Any], numbers: Iterable[NumberRow], words: Iterable[str]) -> None:
    """Insert a person, found by these words."""
    unit.connection.execute(insert(t.person), values)
    searching.add(unit, searching.PERSON, values["key"], words)
    _add_numbers(unit, values["key"], numbers)


def change(
    unit: Unit, key: int, values: dict[str, Any], numbers: Iterable[NumberRow], kinds: Iterable[str], words: Iterable[str]
) -> None:
    """Replace a person's values, the words they are found by, and their numbers of these kinds; raises NotFound."""
    if unit.connection.execute(update(t.person).where(t.person.c.key == key).values(values)).rowcount != 1:
        raise NotFound(f"There is no person {key}.")
    searching.forget(unit, searching.PERSON, key)
    searching.add(unit, searching.PERSON, key, words)
    n = t.person_number.c
    unit.connection.execute(delete(t.person_number).where(n.person_key == key, n.kind.in_(list(kinds))))
    _add_numbers(unit, key, numbers)


def _add_numbers(unit: Unit, key: int, numbers: Iterable[NumberRow]) -> None:
    rows = [{"person_key": key, **number.__dict__} for number in numbers]
    if rows:
        unit.connection.execute(insert(t.person_number), rows)


def get(unit: Unit, key: int) -> tuple[dict[str, Any], list[NumberRow]]:
    """Return one person's row and numbers; raises NotFound."""
    row = unit.connection.execute(select(t.person).where(t.person.c.key == key)).first()
    if row is None:
        raise NotFound(_("There is no person {key}.").format(key=key))
    n = t.person_number.c
    numbers = unit.connection.execute(select(n.kind, n.found_by, n.encrypted).where(n.person_key == key))
    return dict(row._mapping), [NumberRow(*number) for number in numbers]


def by_number(unit: Unit, kind: str, found_by: str) -> int | None:
    """Return the key of the person with this number, the first where several have it."""
    n = t.person_number.c
    query = select(n.person_key).where(n.kind == kind, n.found_by == found_by).order_by(n.person_key)
    return unit.connection.execute(query).scalars().first()


def names(unit: Unit, actor: Actor, root_keys: Sequence[int]) -> dict[int, str]:
    """Return by key the full names of the persons of those cases that the actor sees."""
    found: dict[int, str] = {}
    wanted = list(dict.fromkeys(root_keys))
    for start in range(0, len(wanted), MOST_NAMES):
        some = wanted[start : start + MOST_NAMES]
        size = 1 << (len(some) - 1).bit_length()  # few sizes, so that few statements are made
        some += some[:1] * (size - len(some))
        given = {f"k{n}": key for n, key in enumerate(some)}
        found.update((row[0], row[1]) for row in _names(Sight.of(actor), size).rows(unit, {**given, **who(actor)}))
    return found


@lru_cache(maxsize=256)
def _names(sight: Sight, size: int) -> Prepared:
    root, person = t.process_instance.alias("root"), t.person
    keys = [bindparam(f"k{n}", type_=root.c.key.type) for n in range(size)]
    query = select(root.c.key, person.c.name).join(person, person.c.key == root.c.person_key)
    return Prepared(query.where(root.c.key.in_(keys), visible(sight, root)))


_name = Prepared(select(t.person.c.name).where(t.person.c.key == bindparam("wanted")))


def name(unit: Unit, key: int) -> str:
    """Return the full name of one person; empty if there is none with this key."""
    rows = _name.rows(unit, {"wanted": key})
    return str(rows[0][0]) if rows else ""


def ordered_by_name(person_key: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what a list that its reader sees is sorted by: the name of each row's person, without what is a capital."""
    return select(func.lower(t.person.c.name)).where(t.person.c.key == person_key).scalar_subquery()


def remove(unit: Unit, key: int) -> bool:
    """Delete a person about whom there is no case any more, with his numbers; False if there is one."""
    p = t.process_instance.c
    if unit.connection.execute(select(p.key).where(p.person_key == key).limit(1)).first() is not None:
        return False
    unit.connection.execute(delete(t.person_number).where(t.person_number.c.person_key == key))
    searching.forget(unit, searching.PERSON, key)
    unit.connection.execute(delete(t.person).where(t.person.c.key == key))
    return True
