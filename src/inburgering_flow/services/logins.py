"""Logging in: how fast it may be tried, whether the password is right, and the session that begins."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass

from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.accounts import Accounts
from inburgering_flow.services.context import Context
from inburgering_flow.services.sessions import Sessions
from inburgering_flow.services.throttle import Throttle
from inburgering_flow.store import accounts

KNOWN = 8  # how many accounts a browser is known for, the newest first: a shared computer has several users
TOLD = 5  # failures within a day at unknown browsers: the owner and the administrator are told
MARK = 16  # bytes


@dataclass(frozen=True)
class LoggedIn:
    """What the browser keeps: the token of its session, and by what it is known at a next login."""

    token: str
    device: str
    tried: int = 0
    """How often others may have tried in the last day; 0 where it is too little to mention."""


class Logins:
    """Use cases about logging in."""

    def __init__(self, context: Context, accounts: Accounts, sessions: Sessions) -> None:
        self.context = context
        self._accounts = accounts
        self._sessions = sessions
        self._throttle = Throttle(context)

    def log_in(
        self, username: str, password: str, *, address: str, device: str = "", browser: str = "", replaced: str = ""
    ) -> LoggedIn | None:
        """Begin a session; None where name or password is wrong, in the same way and time for a name that nobody has.

        ``device`` is what a login gave this browser to keep, ``replaced`` the token that it had until now. Raises TooOften
        where it failed too often (``services/throttle.py``).
        """
        known = self._known(device, username)
        attempt = self._throttle.login(username, address, known)
        self._throttle.begin(attempt, username)
        row = self._accounts.verify(username, password)
        if row is None:
            return None
        with self.context.db.write() as unit:
            self._throttle.forgive(unit, attempt)
            token = self._sessions.begin(unit, row, browser, replaced)
            tried = self._throttle.tried(unit, [username]).get(username, 0)
        return LoggedIn(token, self._remembered(device, username), tried if tried >= TOLD else 0)

    def tried(self, actor: Actor) -> dict[str, int]:
        """Return at which accounts it failed often enough today that somebody may be guessing, and how often."""
        actor.require(permissions.ACCOUNTS)
        with self.context.db.read() as unit:
            found = self._throttle.tried(unit, [row.username for row in accounts.all_accounts(unit)])
        return {name: count for name, count in found.items() if count >= TOLD}

    def forget(self) -> int:
        """Forget attempts of more than a day ago. Safe to run at any time and by several nodes."""
        return self._throttle.forget()

    def _mark(self, number: str, username: str) -> str:
        return base64.urlsafe_b64encode(self._throttle.keyed("known", username, number)[:MARK]).rstrip(b"=").decode()

    def _known(self, device: str, username: str) -> str:
        """Return the number of a browser that has logged in to this account before; empty where it has not."""
        number, *marks = device.split(".")[: KNOWN + 1]
        wanted = self._mark(number, username).encode()
        fits = [hmac.compare_digest(wanted, mark.encode("utf-8", "surrogatepass")) for mark in marks]
        return number if any(fits) else ""

    def _remembered(self, device: str, username: str) -> str:
        """Return what a browser keeps: a random number, and a mark for each account, which does not tell its name."""
        number, *marks = device.split(".") if self._is_ours(device) else [secrets.token_urlsafe(MARK)]
        mark = self._mark(number, username)
        return ".".join([number, mark, *[m for m in marks if m != mark][: KNOWN - 1]])

    @staticmethod
    def _is_ours(device: str) -> bool:
        """Tell whether this can be kept further: a number that others chose is known for no account all the same."""
        parts = device.split(".")
        return 2 <= len(parts) <= KNOWN + 1 and all(len(p) == 22 and p.isascii() and p.isprintable() for p in parts)
