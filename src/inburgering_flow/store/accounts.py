"""Local accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, insert, literal, or_, select, true, type_coerce, update

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared


@dataclass(frozen=True)
class AccountRow:
    """An account; ``session_epoch`` grows when its sessions must end."""

    username: str
    display_name: str
    email: str
    password_hash: str
    roles: tuple[str, ...]
    location: str | None
    active: bool
    session_epoch: int
    asked_roles: tuple[str, ...] = ()
    """All the roles that it has once a second person agrees."""
    asked_by: str | None = None
    """Who asked for them; None where nothing is asked."""


COLUMNS: list[Any] = [t.account.c[n] for n in AccountRow.__dataclass_fields__]


def get(unit: Unit, username: str) -> AccountRow | None:
    """Return one account."""
    row = unit.connection.execute(select(*COLUMNS).where(t.account.c.username == username)).first()
    return None if row is None else AccountRow(**row._mapping)


_all = Prepared(select(*COLUMNS).order_by(t.account.c.username))


def all_accounts(unit: Unit) -> list[AccountRow]:
    """Return every account by name."""
    return [AccountRow(*row) for row in _all.rows(unit, {})]


@lru_cache(maxsize=256)
def _open_with(roles: tuple[str, ...] | None) -> Prepared:
    c = t.account.c
    query = select(*COLUMNS).where(c.active.is_(true())).order_by(c.username).limit(bindparam("most"))
    if roles is None:
        return Prepared(query)
    # Roles stand between commas; a longer name that a wildcard lets through is the caller's to leave out.
    return Prepared(query.where(or_(*(type_coerce(c.roles, Text).like(literal(f"%,{role},%")) for role in roles))))


def open_with(unit: Unit, roles: Collection[str] | None, most: int) -> list[AccountRow]:
    """Return the first open accounts by name that have one of these roles, or any; it may let some through that have none."""
    chosen = None if roles is None else tuple(sorted(roles))
    return [] if chosen == () else [AccountRow(*row) for row in _open_with(chosen).rows(unit, {"most": most})]


def locations(unit: Unit) -> list[str]:
    """Return the locations at which somebody with an open account works, by name."""
    c = t.account.c
    query = select(c.location).where(c.location.is_not(None), c.location != "", c.active).distinct().order_by(c.location)
    return list(unit.connection.execute(query).scalars())


def save(unit: Unit, row: AccountRow) -> None:
    """Insert or replace an account."""
    if get(unit, row.username) is None:
        unit.connection.execute(insert(t.account), row.__dict__)
    else:
        values = {k: v for k, v in row.__dict__.items() if k != "username"}
        unit.connection.execute(update(t.account).where(t.account.c.username == row.username).values(values))
