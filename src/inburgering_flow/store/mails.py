"""Mails that say how many alerts somebody has: what waits, what was sent, what could not be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, select, update

from inburgering_flow.model.alerts import UNSENT, WAITING, AlertRow, MailRow
from inburgering_flow.store import tables as t
from inburgering_flow.store.alerts import COLUMNS
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant

M, A = t.outgoing_mail.c, t.alert.c
FIELDS: list[Any] = [M[name] for name in MailRow.__dataclass_fields__]


def add(unit: Unit, row: MailRow) -> bool:
    """Insert a mail, unless one of its pace to the same person waits already; tell whether it was inserted."""
    added = unit.dialect.add_unless_taken(t.outgoing_mail).returning(M.key)
    return unit.connection.execute(added, dict(vars(row))).first() is not None


def get(unit: Unit, key: int) -> MailRow | None:
    """Return a mail, and keep others from it."""
    row = unit.connection.execute(select(*FIELDS).where(M.key == key).with_for_update()).first()
    return None if row is None else MailRow(**row._mapping)


def change(unit: Unit, key: int, **values: Any) -> None:
    """Change a mail."""
    unit.connection.execute(update(t.outgoing_mail).where(M.key == key).values(**values))


def take_alerts(unit: Unit, mail: MailRow) -> None:
    """Let a mail count what waits for it; what comes later waits for the next."""
    waits = update(t.alert).where(A.username == mail.username, A.mail == mail.pace)
    unit.connection.execute(waits.values(mail=None, mail_key=mail.key))


def counted(unit: Unit, key: int) -> list[AlertRow]:
    """Return what a mail counts."""
    query = select(*COLUMNS).where(A.mail_key == key).order_by(A.key)
    return [AlertRow(**row._mapping) for row in unit.connection.execute(query)]


def read_elsewhere(unit: Unit, key: int, now: datetime) -> None:
    """Say that what stands on nobody's bell has been read, once it was mailed."""
    told = update(t.alert).where(A.mail_key == key, ~A.on_bell, A.read.is_(None))
    unit.connection.execute(told.values(read=now))


def waiting(unit: Unit, pace: str, before: datetime, most: int) -> list[str]:
    """Return people for whom something has waited for a mail of this pace since before a moment."""
    query = select(A.username).where(A.mail == pace, A.created <= before).distinct().limit(most)
    return list(unit.connection.execute(query).scalars())


def without_job(unit: Unit, before: datetime, most: int) -> list[MailRow]:
    """Return mails that have waited since before a moment, and that nothing sends."""
    sends = exists().where(t.job.c.element_key == M.key, t.job.c.kind == "BATCH")
    query = select(*FIELDS).where(M.state == constant(WAITING), M.created <= before, ~sends).limit(most)
    return [MailRow(**row._mapping) for row in unit.connection.execute(query)]


def trouble(unit: Unit) -> tuple[int, str]:
    """Return how many mails could not be sent, and why the newest could not."""
    failed = M.state == constant(UNSENT)
    count = int(unit.connection.execute(select(func.count()).select_from(t.outgoing_mail).where(failed)).scalar_one())
    newest = select(M.problem).where(failed).order_by(M.key.desc()).limit(1)
    return count, unit.connection.execute(newest).scalar() or ""


def struggling(unit: Unit) -> int:
    """Return how many mails wait for another attempt."""
    query = select(func.count()).select_from(t.outgoing_mail).where(M.state == constant(WAITING), M.tried > 0)
    return int(unit.connection.execute(query).scalar_one())


def forget(unit: Unit, before: datetime, most: int) -> int:
    """Delete up to ``most`` mails that are over and were made before a moment; return how many."""
    old = select(M.key).where(M.created <= before, M.state != constant(WAITING)).limit(most).scalar_subquery()
    return unit.connection.execute(delete(t.outgoing_mail).where(M.key.in_(old))).rowcount


def drop_waiting(unit: Unit, username: str, kinds: Collection[str]) -> None:
    """Let what waits for a mail to somebody about these kinds wait no longer."""
    waits = update(t.alert).where(A.username == username, A.mail.is_not(None), A.kind.in_(sorted(kinds)))
    unit.connection.execute(waits.values(mail=None))
