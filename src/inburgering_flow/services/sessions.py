"""Sessions of people who are logged in: on the server, so that one that has ended opens nothing any more."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Busy, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.accounts import Accounts
from inburgering_flow.services.acting import actor_of
from inburgering_flow.services.context import Context
from inburgering_flow.services.portions import in_portions
from inburgering_flow.store import sessions
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.database import Unit
from inburgering_flow.store.sessions import SessionRow

NOTED = timedelta(minutes=1)  # how often at most a session's last use is written


@dataclass(frozen=True)
class Current:
    """The session of a request and who it is of."""

    key: int
    account: AccountRow
    actor: Actor


class Sessions:
    """Use cases about sessions.

    The browser keeps a random token, the database its hash: whoever reads the database cannot log in with it. A session
    ends by itself after ``SESSION_HOURS``, after ``SESSION_IDLE_MINUTES`` without a request, and when its account is
    closed or its password, roles or location change. Time is real time.
    """

    def __init__(self, context: Context, accounts: Accounts) -> None:
        self.context = context
        self._accounts = accounts

    def begin(self, unit: Unit, account: AccountRow, browser: str = "", replaced: str = "") -> str:
        """Begin a session for an account whose password was right; return the token for its cookie. ``replaced`` is the
        token of the session that the browser had until now: that one ends.
        """
        if replaced:
            sessions.end(unit, _hashed(replaced))
        token, now = secrets.token_urlsafe(32), self.context.real()
        row = SessionRow(self.context.keys.next(), account.username, account.session_epoch, now, now, browser[:64])
        sessions.add(unit, row, _hashed(token))
        return token

    def find(self, token: str) -> Current | None:
        """Return the session of a token; None where it has ended. Noting its use is a write at most once a minute, which a
        busy database may skip: the next request notes it.
        """
        with self.context.db.read() as unit:
            found = sessions.find(unit, _hashed(token), today := legal_day(self.context.clock.now()))
        now = self.context.real()
        if found is None or not self._lasts(found[0], now):
            return None
        row, account, is_deputy = found
        if now - row.used >= NOTED:
            with suppress(Busy), self.context.db.write() as unit:
                sessions.use(unit, row.key, now - NOTED, now)
        return Current(row.key, account, actor_of(self.context, account, today if is_deputy else None))

    def end(self, token: str) -> None:
        """End the session of a token: whoever has copied its cookie has nothing any more."""
        with self.context.db.write() as unit:
            username = sessions.end(unit, _hashed(token))
            if username is not None:
                self.context.log(unit, username, "logout")

    def own(self, actor: Actor) -> list[SessionRow]:
        """Return somebody's own sessions that have not ended, the one used last first."""
        now = self.context.real()
        with self.context.db.read() as unit:
            return [row for row in sessions.of_account(unit, actor.username) if self._lasts(row, now)]

    def end_own(self, key: int, actor: Actor) -> None:
        """End one of somebody's own sessions."""
        with self.context.db.write() as unit:
            if not sessions.end_of(unit, actor.username, only=key):
                raise NotFound(_("There is no such session, or it has ended."), remedy=_("Look at the list again."))
            self.context.log(unit, actor.username, "session.end")

    def end_others(self, current: int, actor: Actor) -> int:
        """End all of somebody's own sessions but the ``current`` one; return how many ended."""
        with self.context.db.write() as unit:
            ended = sessions.end_of(unit, actor.username, but=current)
            if ended:
                self.context.log(unit, actor.username, "session.end", detail={"count": ended})
        return ended

    def forget(self) -> int:
        """Forget sessions that have ended by themselves; return how many. Safe to run at any time and by several nodes."""
        now = self.context.real()
        begun, used = now - self._longest, now - self._idle
        return in_portions(self.context.db, lambda unit, most: sessions.forget(unit, begun, used, most))

    @property
    def _longest(self) -> timedelta:
        return timedelta(hours=self.context.settings.session_hours)

    @property
    def _idle(self) -> timedelta:
        return timedelta(minutes=self.context.settings.session_idle_minutes)

    def _lasts(self, row: SessionRow, now: datetime) -> bool:
        return now - row.begun < self._longest and now - row.used < self._idle


def _hashed(token: str) -> str:
    """Return what is stored of a token: it has 256 random bits, so that a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
