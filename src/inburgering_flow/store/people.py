"""Citizens, apart from cases. The BSN is stored encrypted and found by HMAC."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit


def add(unit: Unit, values: dict[str, Any]) -> None:
    """Insert a person."""
    unit.connection.execute(insert(t.person), values)


def change(unit: Unit, key: int, values: dict[str, Any]) -> None:
    """Replace columns of a person; raises NotFound."""
    if unit.connection.execute(update(t.person).where(t.person.c.key == key).values(values)).rowcount != 1:
        raise NotFound(f"There is no person {key}.")


def get(unit: Unit, key: int) -> dict[str, Any]:
    """Return one person's row; raises NotFound."""
    row = unit.connection.execute(select(t.person).where(t.person.c.key == key)).first()
    if row is None:
        raise NotFound(_("There is no person {key}.").format(key=key))
    return dict(row._mapping)


def by_bsn(unit: Unit, bsn_hash: str) -> int | None:
    """Return the key of the person with this BSN."""
    return unit.connection.execute(select(t.person.c.key).where(t.person.c.bsn_hash == bsn_hash)).scalar_one_or_none()


def by_v_nummer(unit: Unit, v_nummer: str) -> int | None:
    """Return the key of the person with this V-nummer."""
    return unit.connection.execute(select(t.person.c.key).where(t.person.c.v_nummer == v_nummer)).scalars().first()


def names(unit: Unit, keys: list[int]) -> dict[int, str]:
    """Return full names by key."""
    c = t.person.c
    rows = unit.connection.execute(select(c.key, c.voornamen, c.tussenvoegsel, c.achternaam).where(c.key.in_(keys)))
    return {row[0]: " ".join(p for p in row[1:] if p) for row in rows}


def name(unit: Unit, key: int | None) -> str:
    """Return the name of the person of a case, empty where it has none."""
    return "" if key is None else names(unit, [key]).get(key, "")
