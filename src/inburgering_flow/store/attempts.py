"""Attempts to log in that failed, by the keyed hash of what they have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class AttemptRow:
    """How often it failed since ``first``, and when the next attempt may be made."""

    digest: str
    failures: int
    first: datetime
    free_at: datetime


c = t.login_attempt.c
MOST_ASKED = 500  # digests in one statement


def held(unit: Unit, digests: Collection[str]) -> dict[str, AttemptRow]:
    """Return the rows there are, by digest; units with one of the same digests wait until this one ends."""
    for digest in sorted(digests):  # in the same order everywhere, or two would wait for each other
        unit.dialect.hold(unit.connection, int.from_bytes(bytes.fromhex(digest[:16]), signed=True))
    found = unit.connection.execute(select(c.digest, c.failures, c.first, c.free_at).where(c.digest.in_(digests)))
    return {row.digest: AttemptRow(**row._mapping) for row in found}


def found(unit: Unit, digests: Collection[str]) -> dict[str, AttemptRow]:
    """Return the rows there are, by digest, without holding them."""
    rows: dict[str, AttemptRow] = {}
    wanted = list(digests)
    for start in range(0, len(wanted), MOST_ASKED):
        query = select(c.digest, c.failures, c.first, c.free_at).where(c.digest.in_(wanted[start : start + MOST_ASKED]))
        rows.update((row.digest, AttemptRow(**row._mapping)) for row in unit.connection.execute(query))
    return rows


def replace_all(unit: Unit, digests: Collection[str], rows: Iterable[AttemptRow]) -> None:
    """Store rows in place of those with these digests."""
    unit.connection.execute(delete(t.login_attempt).where(c.digest.in_(digests)))
    values = [row.__dict__ for row in rows]
    if values:
        unit.connection.execute(insert(t.login_attempt), values)


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Forget up to ``most`` rows of what first failed before a moment; return how many that were."""
    old = select(c.digest).where(c.first <= before).limit(most)
    return unit.connection.execute(delete(t.login_attempt).where(c.digest.in_(old.scalar_subquery()))).rowcount
