"""Who is logged in where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, insert, or_, select, update

from inburgering_flow.store import tables as t
from inburgering_flow.store.absences import TODAY, stands_in
from inburgering_flow.store.accounts import COLUMNS, AccountRow
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared


@dataclass(frozen=True)
class SessionRow:
    """A session; ``used`` is when its last request came, to the minute."""

    key: int
    username: str
    epoch: int
    begun: datetime
    used: datetime
    browser: str


s, a = t.login_session.c, t.account.c
FIELDS: list[Any] = [s[n] for n in SessionRow.__dataclass_fields__]
_holds = and_(a.username == s.username, a.active, a.session_epoch == s.epoch)
_by_token = Prepared(
    select(*FIELDS, *COLUMNS, stands_in(a.username, TODAY))
    .join(t.account, _holds)
    .where(s.token_hash == bindparam("token_hash", type_=s.token_hash.type))
)


def add(unit: Unit, row: SessionRow, token_hash: str) -> None:
    """Insert a session."""
    unit.connection.execute(insert(t.login_session), {**row.__dict__, "token_hash": token_hash})


def find(unit: Unit, token_hash: str, today: date) -> tuple[SessionRow, AccountRow, bool] | None:
    """Return a session with its account, and whether that is a deputy of somebody today; None where there is none, or its
    account was closed or changed since.
    """
    for row in _by_token.rows(unit, {"token_hash": token_hash, "today": today}):
        return SessionRow(*row[: len(FIELDS)]), AccountRow(*row[len(FIELDS) : -1]), bool(row[-1])
    return None


def use(unit: Unit, key: int, before: datetime, now: datetime) -> None:
    """Note that a session was used, unless another request has noted it after ``before``."""
    unit.connection.execute(update(t.login_session).where(s.key == key, s.used <= before).values(used=now))


def of_account(unit: Unit, username: str) -> list[SessionRow]:
    """Return the sessions of an account that hold, the one used last first."""
    query = select(*FIELDS).join(t.account, _holds).where(s.username == username).order_by(s.used.desc(), s.key.desc())
    return [SessionRow(**row._mapping) for row in unit.connection.execute(query)]


def end(unit: Unit, token_hash: str) -> str | None:
    """Delete a session; return whose it was."""
    ended = delete(t.login_session).where(s.token_hash == token_hash).returning(s.username)
    return unit.connection.execute(ended).scalar_one_or_none()


def end_of(unit: Unit, username: str, *, only: int | None = None, but: int | None = None) -> int:
    """Delete sessions of an account: all, ``only`` one, or all ``but`` one; return how many there were."""
    ended = delete(t.login_session).where(s.username == username)
    if only is not None:
        ended = ended.where(s.key == only)
    if but is not None:
        ended = ended.where(s.key != but)
    return unit.connection.execute(ended).rowcount


def forget(unit: Unit, begun: datetime, used: datetime, most: int) -> int:
    """Delete up to ``most`` sessions that began or were last used before a moment, or that their account has ended."""
    ended = select(s.key).where(or_(s.begun <= begun, s.used <= used, ~exists().where(_holds))).limit(most)
    return unit.connection.execute(delete(t.login_session).where(s.key.in_(ended.scalar_subquery()))).rowcount
