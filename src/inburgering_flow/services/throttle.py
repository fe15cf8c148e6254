"""How fast passwords may be tried: a delay that grows with each failure, which nobody can impose on somebody else.

What is counted, and why that locks nobody out:

- an account at a browser that has logged in to it before (its *device*): only failures in that browser count;
- an account from an address: only failures from that address count. The first attempt from an address never waits;
- an address, whatever the account: many may fail, for a whole office has one; then the wait is short;
- an account, from wherever: this alone makes nobody wait. Very many failures say that its password is being guessed from
  many addresses, and then the delay per address starts earlier and grows longer.

A browser that is known for an account is not in the last three: whoever guesses at the same address delays only those who log
in for the first time in their browser there.

An attempt counts as failed from before the password is looked at until it turns out to be right: many at once are not more
guesses. What waits is not looked at, and does not make the wait longer. Counts are in the database for all nodes, as keyed
hashes, for a day.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from inburgering_flow.errors import TooOften
from inburgering_flow.services.context import Context
from inburgering_flow.services.portions import in_portions
from inburgering_flow.store import accounts, attempts
from inburgering_flow.store.attempts import AttemptRow
from inburgering_flow.store.database import Unit

KEPT = timedelta(days=1)
NEVER = timedelta()


@dataclass(frozen=True)
class Curve:
    """So many failures are free; then the wait is a second, two, four … up to the longest."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures."""
        if failures < self.free or not self.longest:
            return NEVER
        seconds = 2 ** min(failures - self.free, 30)
        return min(timedelta(seconds=seconds), self.longest)


OWN = Curve(5, timedelta(minutes=5))  # an account at a known browser, or from an address
GUESSED = Curve(1, timedelta(hours=1))  # an account from an address, while its password is being guessed
ADDRESS = Curve(50, timedelta(seconds=10))
COUNTED = Curve(0, NEVER)
GUESSING = 100  # failures of one account within a day, at unknown browsers
DEVICE, PAIR, FROM, ACCOUNT, PASSWORD, CALENDAR = "device", "pair", "address", "account", "password", "calendar"
CURVES: Mapping[str, Curve] = {
    DEVICE: OWN, PAIR: OWN, FROM: ADDRESS, ACCOUNT: COUNTED, PASSWORD: OWN, CALENDAR: ADDRESS,
}  # fmt: skip
FORGIVEN = (DEVICE, PAIR, PASSWORD)  # what the right password makes undone; the others count one failure less


Attempt = Mapping[str, str]  # what an attempt has in common with others: the kind of each → its keyed hash


class Throttle:
    """Counts attempts. Built for each service that needs it: everything it knows is in the database."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._key = hashlib.sha256(b"attempts:" + context.secret.encode()).digest()

    def login(self, username: str, address: str, device: str) -> Attempt:
        """Return what an attempt to log in is counted by; ``device`` is empty where the browser is not known for the account."""
        if device:
            return self._attempt({DEVICE: (username, device)})
        near = neighbourhood(address)
        return self._attempt({PAIR: (username, near), FROM: (near,), ACCOUNT: (username,)})

    def password(self, username: str) -> Attempt:
        """Return what giving the old password is counted by."""
        return self._attempt({PASSWORD: (username,)})

    def calendar(self, address: str) -> Attempt:
        """Return what asking for a calendar at an address that is none is counted by."""
        return self._attempt({CALENDAR: (neighbourhood(address),)})

    def begin(self, attempt: Attempt, username: str, deed: str = "login.throttled") -> None:
        """Count an attempt as failed, before its password is looked at; raises TooOften where it has to wait, and logs the
        first time of a spell as ``deed``.
        """
        now = self.context.real()
        with self.context.db.write() as unit:
            rows = self._rows(unit, attempt, now)
            until, digest = max((row.free_at, row.digest) for row in rows.values())
            if until > now:
                self._log_spell(unit, digest, username, now, deed)
                counted = None
            else:
                counted = self._counted(rows, now)
                attempts.replace_all(unit, attempt.values(), counted)
        if counted is None:
            raise TooOften(math.ceil((until - now).total_seconds()))

    @staticmethod
    def _counted(rows: Mapping[str, AttemptRow], now: datetime) -> list[AttemptRow]:
        guessed = ACCOUNT in rows and rows[ACCOUNT].failures >= GUESSING
        counted = []
        for kind, row in rows.items():
            curve = GUESSED if kind == PAIR and guessed else CURVES[kind]
            failures = row.failures + 1
            counted.append(replace(row, failures=failures, free_at=now + curve.wait(failures)))
        return counted

    def _log_spell(self, unit: Unit, digest: str, username: str, now: datetime, deed: str) -> None:
        """Log the first attempt that has to wait; the others of the same spell leave no line each."""
        mark = self._spell(digest)
        known = attempts.found(unit, [mark]).get(mark)
        if known is not None and known.first > now - KEPT:
            return
        attempts.replace_all(unit, [mark], [AttemptRow(mark, 1, now, now)])
        row = accounts.get(unit, username)
        self.context.log(unit, row.username if row else "unknown", deed)

    def _spell(self, digest: str) -> str:
        return self.keyed("spell", digest).hex()

    def tried(self, unit: Unit, usernames: Iterable[str]) -> dict[str, int]:
        """Return how often it failed within a day at browsers that an account is not known at, where it did."""
        by_digest = {self.keyed(ACCOUNT, name).hex(): name for name in usernames}
        since = self.context.real() - KEPT
        rows = attempts.found(unit, by_digest)
        return {by_digest[d]: row.failures for d, row in rows.items() if row.first > since and row.failures > 0}

    def forgive(self, unit: Unit, attempt: Attempt) -> None:
        """Take back that an attempt failed: its password was right."""
        now = self.context.real()
        rows = self._rows(unit, attempt, now)
        left = [replace(row, failures=row.failures - 1, free_at=now) for k, row in rows.items() if k not in FORGIVEN]
        spells = [self._spell(digest) for digest in attempt.values()]
        attempts.replace_all(unit, [*attempt.values(), *spells], [row for row in left if row.failures > 0])

    def forget(self) -> int:
        """Forget what failed more than a day ago; return how many counts. Safe to run at any time and by several nodes."""
        before = self.context.real() - KEPT
        return in_portions(self.context.db, lambda unit, most: attempts.forget(unit, before, most))

    def _rows(self, unit: Unit, attempt: Attempt, now: datetime) -> dict[str, AttemptRow]:
        found = attempts.held(unit, attempt.values())
        return {
            kind: found[digest] if digest in found and found[digest].first > now - KEPT else AttemptRow(digest, 0, now, now)
            for kind, digest in attempt.items()
        }

    def _attempt(self, parts: Mapping[str, tuple[str, ...]]) -> Attempt:
        return {kind: self.keyed(kind, *texts).hex() for kind, texts in parts.items()}

    def keyed(self, kind: str, *texts: str) -> bytes:
        """Return the keyed hash of texts, which stay apart whatever they contain."""
        said = "".join(f"{len(text)}:{text}" for text in (kind, *texts))
        return hmac.digest(self._key, said.encode("utf-8", "surrogatepass"), "sha256")


def neighbourhood(address: str) -> str:
    """Return the part of an address that one visitor cannot choose freely: of IPv6 the first 64 bits."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
