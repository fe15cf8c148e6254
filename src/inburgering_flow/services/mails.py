"""Mails to staff that say how many messages wait for them: kinds, counts and a link, never a word of a case.

A mail is a job: it is sent outside any transaction, with a Message-ID that is the same at each attempt, and what the server has
taken is marked as sent. One that cannot be sent holds nobody up: it is tried again for a day, and then *Beheer* and the doctor
say so.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from inburgering_flow import i18n
from inburgering_flow.channels import mail as channel
from inburgering_flow.channels.mail import Letter, NotSent, Server
from inburgering_flow.clock import LEGAL_ZONE, legal_day
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.alerts import (
    ANSWERED,
    ASSIGNED,
    DAILY,
    DUE_SOON,
    FAILED,
    LATE,
    MAIL_MOVES,
    NOW,
    REPORTING,
    STANDS_IN,
    THRESHOLD,
    WAITING,
    AlertRow,
    MailRow,
)
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import JobRow, moved
from inburgering_flow.services.acting import acting
from inburgering_flow.services.again import again
from inburgering_flow.services.context import KEPT, Context
from inburgering_flow.services.portions import PORTION, in_portions
from inburgering_flow.services.telling import TRIES, Telling
from inburgering_flow.store import accounts, alerts, cases, jobs, mails
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.database import Unit

log = logging.getLogger(__name__)
LANGUAGE = "nl"
"""What mails speak: a person's choice of language is kept in a browser."""
DAY = "mail-day"
LEFT = timedelta(minutes=10)
"""After so long without its mail, what waits for one gets one anew."""
MOST = 10_000  # people for whom one round makes mails
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""How long a mail waits after each attempt that failed."""
SAYS: Mapping[str, str] = {
    ASSIGNED: N_("a task was given to you: {count}"),
    STANDS_IN: N_("you stand in for a colleague: {count}"),
    DUE_SOON: N_("a last day is near: {count}"),
    LATE: N_("a last day is over: {count}"),
    ANSWERED: N_("a partner has answered: {count}"),
    THRESHOLD: N_("a figure has passed your threshold: {count}"),
    REPORTING: N_("a regular report has stopped or could not be made: {count}"),
    FAILED: N_("something stands still: {count}"),
}
OFF = "OFF"
REASONS: Mapping[str, str] = {
    channel.ADDRESS: N_("The server refuses the address of the account."),
    channel.SENDER: N_("The server refuses the sender: look at MAIL_FROM."),
    channel.MESSAGE: N_("The server refuses the mail itself."),
    channel.LOGIN: N_("The server refuses the login: look at SMTP_USER and SMTP_PASSWORD."),
    channel.NO_TLS: N_("The server offers no STARTTLS: look at SMTP_SECURITY and SMTP_PORT."),
    channel.CERTIFICATE: N_("The certificate of the server is not trusted: look at SMTP_HOST, or at SSL_CERT_FILE."),
    channel.UNREACHABLE: N_("The server cannot be reached: look at SMTP_HOST, SMTP_PORT and SMTP_SECURITY."),
    channel.LOST: N_("The connection to the server was lost."),
    OFF: N_("There is no server for mails any more: look at SMTP_HOST, MAIL_FROM and BASE_URL."),
}


@dataclass(frozen=True)
class MailTrouble:
    """How many mails were given up, why the newest one was, and how many are to be tried again."""

    given_up: int
    reason: str
    struggling: int


class Mails:
    """Sending them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.telling = Telling(context)

    # -- the job -----------------------------------------------------------------------------------------------------

    def work(self, job: JobRow, owner: str) -> bool:
        """Send the mail of a job; False if somebody else has taken it over."""
        letter = self._prepared(job, owner)
        if letter is None:
            return True
        try:
            if not self.context.settings.sends_mail:
                raise NotSent(OFF)
            channel.send(self.server, letter)
        except NotSent as error:
            log.warning("mail %s could not be sent: %s", job.element_key, error.problem)
            return self._failed(job, owner, error)
        return self._over(job, owner, "send")

    @property
    def server(self) -> Server:
        """The server that the settings name."""
        given = self.context.settings
        return Server(given.smtp_host, given.smtp_port, given.smtp_security, given.smtp_user, given.smtp_password)

    @again
    def _prepared(self, job: JobRow, owner: str) -> Letter | None:
        """Return the mail as it is now, with all that waited for it; None, and the end of the job, where there is nothing to
        say or nobody to say it to.
        """
        with self.context.db.write() as unit:
            mail = mails.get(unit, job.element_key)
            if mail is None or mail.state != WAITING:
                self._end_job(unit, job, owner)
                return None
            if mail.tried == 0:
                mails.take_alerts(unit, mail)
            mails.change(unit, mail.key, tried=mail.tried + 1)
            account = accounts.get(unit, mail.username)
            counts = self._counts(unit, mail, account) if account is not None else Counter()
            if account is None or not counts:
                self._end(unit, job, owner, mail, "find nothing")
                return None
        return self._letter(mail, account, counts)

    def _counts(self, unit: Unit, mail: MailRow, account: AccountRow) -> Counter[str]:
        """Count what a mail tells, of each kind; what its reader may not see any more does not count."""
        if not account.active or not account.email:
            return Counter()
        actor = acting(self.context, unit, account)
        rows = mails.counted(unit, mail.key)
        seen = cases.seen(unit, actor, [row.root_key for row in rows if row.root_key is not None])
        return Counter(row.kind for row in rows if self._is_open(row, actor, seen))

    @staticmethod
    def _is_open(row: AlertRow, actor: Actor, seen: set[int]) -> bool:
        if row.read is not None:
            return False
        if row.root_key is not None:
            return row.root_key in seen
        return row.kind != FAILED or actor.may(permissions.INCIDENT)

    def _letter(self, mail: MailRow, account: AccountRow, counts: Counter[str]) -> Letter:
        base = self.context.settings.base_url.rstrip("/")
        with i18n.speaking(LANGUAGE):
            total = sum(counts.values())
            lines = [
                _("You have new messages: {count}.").format(count=total), "",
                *(f"- {_(SAYS[kind]).format(count=counts[kind])}" for kind in SAYS if counts[kind]), "",
                _("Read them here: {address}").format(address=f"{base}/meldingen"),
                _("You choose yourself what you get mail about: {address}").format(address=f"{base}/voorkeuren"), "",
            ]  # fmt: skip
            subject = _("New messages: {count}").format(count=total)
        identity = f"{mail.key}@{urlsplit(base).hostname or 'localhost'}"
        return Letter(self.context.settings.mail_from, account.email, subject, "\n".join(lines), identity, mail.created)

    @again
    def _over(self, job: JobRow, owner: str, move: str) -> bool:
        with self.context.db.write() as unit:
            mail = mails.get(unit, job.element_key)
            if mail is None or mail.state != WAITING:
                return self._end_job(unit, job, owner)
            return self._end(unit, job, owner, mail, move)

    def _end(self, unit: Unit, job: JobRow, owner: str, mail: MailRow, move: str, problem: str = "") -> bool:
        """Say what became of a mail, even where somebody else has taken its job over: what was sent was sent."""
        now = self.context.clock.now()
        state = moved(MAIL_MOVES, _("Mail {key}").format(key=mail.key), mail.state, move)
        mails.change(unit, mail.key, state=state, ended=now, problem=problem)
        mails.read_elsewhere(unit, mail.key, now)
        return self._end_job(unit, job, owner)

    def _end_job(self, unit: Unit, job: JobRow, owner: str) -> bool:
        is_ours = jobs.remove_leased(unit, job.key, owner)
        if is_ours:
            jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", self.context.clock.now())
        return is_ours

    @again
    def _failed(self, job: JobRow, owner: str, error: NotSent) -> bool:
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            mail = mails.get(unit, job.element_key)
            if mail is None or mail.state != WAITING:
                return self._end_job(unit, job, owner)
            if error.is_final or mail.tried >= TRIES:
                return self._end(unit, job, owner, mail, "give up", error.problem)
            mails.change(unit, mail.key, problem=error.problem)
            due = now + PAUSES[min(mail.tried, len(PAUSES)) - 1]
            return jobs.fail(unit, job.key, owner, TRIES - mail.tried, due)

    # -- upkeep ------------------------------------------------------------------------------------------------------

    def gather(self) -> int:
        """Make the daily mails once the hour for them has come, and mails for what was left without one; return for how many
        people. Safe to run at any time and by several nodes.
        """
        if not self.context.settings.sends_mail or self.context.is_apart:
            return 0
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            left = mails.waiting(unit, NOW, now - LEFT, MOST)
            for username in left:
                self.telling.mail_to(unit, username, NOW)
            for mail in mails.without_job(unit, now - LEFT, MOST):  # an older program has taken its job for another's
                self.telling.send(unit, mail, now)
            last, _key = alerts.hold_sweep(unit, DAY, now - timedelta(days=1))
            is_time = now.astimezone(LEGAL_ZONE).hour >= self.context.settings.mail_hour
            if not is_time or legal_day(last) >= legal_day(now):
                return len(left)
            daily = mails.waiting(unit, DAILY, now, MOST)
            for username in daily:
                self.telling.mail_to(unit, username, DAILY)
            alerts.move_sweep(unit, DAY, now, 0)
        return len(left) + len(daily)

    def forget(self, most: int = PORTION) -> int:
        """Forget mails that were made longer than ``KEPT`` ago and are over; return how many."""
        before = self.context.clock.now() - KEPT
        return in_portions(self.context.db, lambda unit, size: mails.forget(unit, before, size), most)

    # -- trouble -----------------------------------------------------------------------------------------------------

    def trouble(self, actor: Actor) -> MailTrouble:
        """Return what could not be sent, for who keeps the platform going."""
        actor.require(permissions.JOBS)
        with self.context.db.read() as unit:
            given_up, problem = mails.trouble(unit)
            return MailTrouble(given_up, _(REASONS[problem]) if problem in REASONS else "", mails.struggling(unit))
