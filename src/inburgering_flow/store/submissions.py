"""What forms have made, by the token that each form carries."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import delete, insert, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit


def made(unit: Unit, token: str) -> int | None:
    """Return what a form has made; None where it has made nothing. A unit with the same token waits."""
    digest = hashlib.blake2b(token.encode(), digest_size=8, person=b"form").digest()
    unit.dialect.hold(unit.connection, int.from_bytes(digest, signed=True))
    c = t.submission.c
    found = unit.connection.execute(select(c.made).where(c.token == token)).scalar_one_or_none()
    return None if found is None else int(found)


def add(unit: Unit, token: str, actor: str, made: int, moment: datetime) -> None:
    """Note what a form has made."""
    unit.connection.execute(insert(t.submission), {"token": token, "actor": actor, "made": made, "moment": moment})


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Forget up to ``most`` forms sent before a moment; return how many."""
    c = t.submission.c
    old = select(c.token).where(c.moment < before).limit(most)
    return unit.connection.execute(delete(t.submission).where(c.token.in_(old.scalar_subquery()))).rowcount
