"""Local accounts: argon2 hashes, roles, sessions that end when a password changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.acting import acting
from inburgering_flow.services.context import Context
from inburgering_flow.services.passwords import is_common
from inburgering_flow.services.throttle import Throttle
from inburgering_flow.store import accounts
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.database import Unit

MIN_PASSWORD, MAX_PASSWORD = 10, 1_000


class Accounts:
    """Use cases about accounts."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._throttle = Throttle(context)
        self._hasher = PasswordHasher(memory_cost=context.settings.password_memory)

    @cached_property
    def _nobody(self) -> str:
        """Return the hash that an unknown name is compared with; made at the first login, because it takes time."""
        return self._hasher.hash("nobody has this password")

    def save(
        self, username: str, *, display_name: str = "", password: str = "", roles: Sequence[str],
        location: str | None = None, email: str = "", actor: Actor = SYSTEM,
    ) -> bool:  # fmt: skip
        """Create an account, or change one: an empty name, password or address keeps the one there is.

        Its sessions end when roles, location or password change. Nobody changes their own roles. Roles that reach far wait
        until a second person agrees (``agree``), also when the password of their account is set: then this returns False.
        They do not wait where the program itself gives them or ``four_eyes`` is off. Raises InvalidInput for roles, names or
        passwords that cannot be, Forbidden for one's own roles or password.
        """
        actor.require(permissions.ACCOUNTS)
        self._check_roles(roles)
        if not username or len(username) > 100 or not username.isprintable() or set(username) & set(" /\\?#"):
            raise InvalidInput(_("A username has no spaces or slashes and at most 100 characters."), remedy=_("Choose another."))
        if password:
            self._check_password(username, password)
        hashed = self._hasher.hash(password) if password else ""  # before the unit: it takes longer than all that others wait for
        with self.context.db.write() as unit:
            before = accounts.get(unit, username)
            if before is None and not password:
                raise InvalidInput(_("A new account needs a password."), remedy=_("Give one; its owner can change it."))
            had = before.roles if before else ()
            if username == actor.username and set(roles) != set(had):
                raise Forbidden(
                    _("Nobody changes their own roles."), remedy=_("Ask a colleague who manages accounts to do it.")
                )
            if username == actor.username and password:
                raise Forbidden(
                    _("Nobody sets their own password here."), remedy=_("Change it on the page for your own password.")
                )
            # Whoever sets a password can log in with it: then the account has far-reaching roles anew.
            kept = set() if password else set(had)
            waits = self._needs_second(actor) and self._reaches_far(set(roles) - kept)
            given = tuple(r for r in roles if r in kept or not self._reaches_far({r})) if waits else tuple(roles)
            asked, by = (tuple(roles), actor.username) if waits else ((), None)
            if before is not None and before.asked_by and not waits and set(roles) == set(had):
                asked, by = before.asked_roles, before.asked_by  # a new name leaves what is asked as it is
            row = before or AccountRow(username, username, "", "", (), None, True, -1)
            row = replace(
                row, display_name=display_name.strip() or row.display_name, email=email or row.email,
                password_hash=hashed or row.password_hash, roles=given, location=location,
                asked_roles=asked, asked_by=by,
            )  # fmt: skip
            if before is None or (row.roles, row.location, row.password_hash) != (had, before.location, before.password_hash):
                row = replace(row, session_epoch=row.session_epoch + 1)
            accounts.save(unit, row)
            self._log(
                unit, actor.username, "account.save", username, roles=list(given), before=list(had),
                **({"asked": list(roles)} if waits else {}), password=bool(password),
            )  # fmt: skip
        return not waits

    def agree(self, username: str, actor: Actor) -> None:
        """Give an account the roles that somebody else asked for it; neither the asker nor the account's owner can."""
        actor.require(permissions.ACCOUNTS)
        with self.context.db.write() as unit:
            row = self._asked(unit, username)
            if actor.username in (row.asked_by, username):
                raise Forbidden(
                    _("A second person must agree to these roles."), remedy=_("Ask a colleague who manages accounts.")
                )
            asked = row.asked_roles
            self._check_roles(asked)
            accounts.save(
                unit, replace(row, roles=asked, asked_roles=(), asked_by=None, session_epoch=row.session_epoch + 1)
            )
            self._log(unit, actor.username, "account.agree", username, roles=list(asked), before=list(row.roles))

    def refuse(self, username: str, actor: Actor) -> None:
        """Let the roles that were asked for an account go."""
        actor.require(permissions.ACCOUNTS)
        with self.context.db.write() as unit:
            row = self._asked(unit, username)
            accounts.save(unit, replace(row, asked_roles=(), asked_by=None))
            self._log(unit, actor.username, "account.refuse", username, roles=list(row.asked_roles))

    def set_active(self, username: str, active: bool, actor: Actor = SYSTEM) -> None:
        """Close an account at once, or open it again with the roles that it had; nobody closes their own."""
        actor.require(permissions.ACCOUNTS)
        if username == actor.username:
            raise Forbidden(_("Nobody closes their own account."), remedy=_("Ask a colleague who manages accounts."))
        with self.context.db.write() as unit:
            row = self._there(unit, username)
            if active and self._needs_second(actor) and self._reaches_far(row.roles):
                row = replace(row, roles=(), asked_roles=row.roles, asked_by=actor.username)
            accounts.save(unit, replace(row, active=active, session_epoch=row.session_epoch + 1))
            self._log(unit, actor.username, "account.open" if active else "account.close", username)

    def change_password(self, username: str, old: str, new: str) -> None:
        """Let somebody choose a new password; all sessions end. Raises InvalidInput where the old one is wrong, TooOften where
        it was wrong too often.
        """
        attempt = self._throttle.password(username)
        self._throttle.begin(attempt, username)
        with self.context.db.read() as unit:
            row = self._there(unit, username)
        try:
            self._hasher.verify(row.password_hash, old)
        except (VerificationError, InvalidHashError):
            raise InvalidInput(_("The old password is wrong."), remedy=_("Type it again.")) from None
        with self.context.db.write() as unit:
            self._throttle.forgive(unit, attempt)
        self._check_password(username, new)
        hashed = self._hasher.hash(new)
        with self.context.db.write() as unit:
            row = self._there(unit, username)
            accounts.save(unit, replace(row, password_hash=hashed, session_epoch=row.session_epoch + 1))
            self._log(unit, username, "account.password", username)

    def _needs_second(self, actor: Actor) -> bool:
        return not actor.is_system and self.context.settings.second_person

    def _reaches_far(self, roles: Iterable[str]) -> bool:
        return any(self.context.roles[r].reaches_far for r in roles if r in self.context.roles)

    def _check_roles(self, roles: Sequence[str]) -> None:
        unknown = sorted(set(roles) - set(self.context.roles))
        if unknown:
            raise InvalidInput(
                _("There is no role {unknown}.").format(unknown=", ".join(unknown)),
                remedy=_("Use {roles}.").format(roles=", ".join(sorted(self.context.roles))),
            )

    def _check_password(self, username: str, password: str) -> None:
        if self.context.settings.demo:
            return
        if len(password) < MIN_PASSWORD:
            raise InvalidInput(
                _("The password has fewer than {min_password} characters.").format(min_password=MIN_PASSWORD),
                remedy=_("Choose a longer one."),
            )
        if len(password) > MAX_PASSWORD:
            raise InvalidInput(_("The password is too long."), remedy=_("Use at most 1,000 characters."))
        if is_common(password, (username, *self.context.organisation.split())):
            raise InvalidInput(
                _("This password is easily guessed."), remedy=_("Choose several words that do not belong together.")
            )

    @staticmethod
    def _there(unit: Unit, username: str) -> AccountRow:
        row = accounts.get(unit, username)
        if row is None:
            raise NotFound(
                _("There is no account {username}.").format(username=username), remedy=_("Look at the list of accounts.")
            )
        return row

    def _asked(self, unit: Unit, username: str) -> AccountRow:
        row = self._there(unit, username)
        if row.asked_by is None:
            raise Conflict(_("No roles are asked for {username}.").format(username=username), remedy=_("Look at the list again."))
        return row

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
        """Return who acts when this account does today."""
        with self.context.db.read() as unit:
            return acting(self.context, unit, row)

    def all(self, actor: Actor = SYSTEM) -> list[AccountRow]:
        """Return every account."""
        if not (actor.may(permissions.ACCOUNTS) or actor.may(permissions.CASE_ASSIGN)):
            actor.require(permissions.ACCOUNTS)
        with self.context.db.read() as unit:
            return accounts.all_accounts(unit)

    def _log(self, unit: Unit, who: str, action: str, whom: str, **detail: object) -> None:
        self.context.log(unit, who, action, detail={"account": whom, **detail} if whom else None)

