"""Local accounts: argon2 hashes, roles, sessions that end when a password changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.context import Context
from inburgering_flow.store import accounts
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.database import Unit

MIN_PASSWORD = 10


class Accounts:
    """Use cases about accounts."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._hasher = PasswordHasher(memory_cost=context.settings.password_memory)

    @cached_property
    def _nobody(self) -> str:
        """Return the hash that an unknown name is compared with; made at the first login, because it takes time."""
        return self._hasher.hash("nobody has this password")

    def save(
        self, username: str, *, display_name: str, password: str, roles: Sequence[str], location: str | None = None,
        email: str = "", actor: Actor = SYSTEM,
    ) -> None:  # fmt: skip
        """Create an account or change it; all its sessions end. Raises InvalidInput for unacceptable roles or passwords."""
        actor.require(permissions.ACCOUNTS)
        unknown = sorted(set(roles) - set(self.context.roles))
        if unknown:
            raise InvalidInput(
                _("There is no role {unknown}.").format(unknown=", ".join(unknown)),
                remedy=_("Use {roles}.").format(roles=", ".join(sorted(self.context.roles))),
            )
        if not username or len(username) > 100 or not username.isprintable() or " " in username:
            raise InvalidInput(_("A username has no spaces and at most 100 characters."), remedy=_("Choose another."))
        if len(password) < MIN_PASSWORD and not self.context.settings.demo:
            raise InvalidInput(
                _("The password has fewer than {min_password} characters.").format(min_password=MIN_PASSWORD),
                remedy=_("Choose a longer one."),
            )
        with self.context.db.write() as unit:
            before = accounts.get(unit, username)
            epoch = before.session_epoch + 1 if before else 0
            accounts.save(
                unit,
                AccountRow(
                    username, display_name, email, self._hasher.hash(password), tuple(roles), location, True, epoch
                ),
            )
            self._log(unit, actor.username, "account.save", username, roles=list(roles))

    def deactivate(self, username: str, actor: Actor = SYSTEM) -> None:
        """Close an account with immediate effect."""
        actor.require(permissions.ACCOUNTS)
        with self.context.db.write() as unit:
            row = accounts.get(unit, username)
            if row is None:
                raise NotFound(
                    _("There is no account {username}.").format(username=username),
                    remedy=_("Look at the list of accounts."),
                )
            accounts.save(unit, replace(row, active=False, session_epoch=row.session_epoch + 1))
            self._log(unit, actor.username, "account.deactivate", username)

    def verify(self, username: str, password: str) -> AccountRow | None:
        """Return the account when the password is right; an unknown name costs the same time as a known one."""
        with self.context.db.read() as unit:
            row = accounts.get(unit, username)
        nobody = self._nobody  # before it is known to be needed: otherwise the first unknown name would take longer
        try:
            self._hasher.verify(row.password_hash if row else nobody, password)
            right = row is not None and row.active
        except (VerificationError, InvalidHashError):
            right = False
        again = None
        if right and row is not None and self._hasher.check_needs_rehash(row.password_hash):
            again = self._hasher.hash(password)  # before the unit: it takes longer than anything others wait for
        with self.context.db.write() as unit:
            if row is not None and again is not None:
                row = replace(row, password_hash=again)
                accounts.save(unit, row)
            self._log(unit, row.username if row else "unknown", "login" if right else "login.failed", "")
        return row if right else None

    def get(self, username: str) -> AccountRow | None:
        """Return one account."""
        with self.context.db.read() as unit:
            return accounts.get(unit, username)

    def actor(self, row: AccountRow) -> Actor:
        """Return who acts when this account does."""
        return Actor(row.username, row.roles, row.location, table=self.context.roles)

    def all(self, actor: Actor = SYSTEM) -> list[AccountRow]:
        """Return every account."""
        if not (actor.may(permissions.ACCOUNTS) or actor.may(permissions.CASE_ASSIGN)):
            actor.require(permissions.ACCOUNTS)
        with self.context.db.read() as unit:
            return accounts.all_accounts(unit)

    def _log(self, unit: Unit, who: str, action: str, whom: str, **detail: object) -> None:
        self.context.log(unit, who, action, detail={"account": whom, **detail} if whom else None)

