"""Secret addresses of calendars: whose each is, found by its hash alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.accounts import COLUMNS, AccountRow
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class CalendarRow:
    """The calendar that somebody takes elsewhere; ``language`` is what they read when they made its address."""

    username: str
    of_team: bool
    made: datetime
    language: str


c = t.calendar_address.c
FIELDS: list[Any] = [c[name] for name in CalendarRow.__dataclass_fields__]


def of_account(unit: Unit, username: str) -> CalendarRow | None:
    """Return the calendar that an account has an address of."""
    row = unit.connection.execute(select(*FIELDS).where(c.username == username)).first()
    return None if row is None else CalendarRow(**row._mapping)


def find(unit: Unit, token_hash: str) -> tuple[CalendarRow, AccountRow] | None:
    """Return the calendar at an address, with its account; None where there is none, or its account is closed."""
    query = (
        select(*FIELDS, *COLUMNS)
        .join(t.account, (t.account.c.username == c.username) & t.account.c.active)
        .where(c.token_hash == token_hash)
    )
    for row in unit.connection.execute(query):
        return CalendarRow(*row[: len(FIELDS)]), AccountRow(*row[len(FIELDS) :])
    return None


def replace(unit: Unit, row: CalendarRow, token_hash: str) -> None:
    """Put an address in the place of the one before."""
    withdraw(unit, row.username)
    unit.connection.execute(insert(t.calendar_address), {**vars(row), "token_hash": token_hash})


def withdraw(unit: Unit, username: str) -> bool:
    """Delete the address of an account; tell whether there was one."""
    return unit.connection.execute(delete(t.calendar_address).where(c.username == username)).rowcount == 1
