"""Files that are made every week and go to a folder or a mailbox of the organisation.

Each is made with the rights that its owner has at that moment. A week of a report is one row: whoever inserts it makes the file,
and takes it over from a node that has ended. The same file written twice is one file; a mail of which nobody knows whether it
was sent is not sent again.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from inburgering_flow import i18n
from inburgering_flow.channels import mail as channel
from inburgering_flow.channels.mail import Attached, Letter, NotSent, Server, is_address
from inburgering_flow.clock import LEGAL_ZONE
from inburgering_flow.errors import Busy, FlowError, Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.alerts import REPORT, REPORTING, Fact
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.regular_reports import (
    ACCOUNT,
    BY_OWNER,
    DONE,
    FAILED,
    FORMS,
    GONE,
    MAKING,
    RIGHTS,
    SENDING,
    SOURCES,
    RegularReport,
    ReportRun,
)
from inburgering_flow.services import sheets
from inburgering_flow.services.acting import acting
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.mails import LANGUAGE, REASONS
from inburgering_flow.services.portions import PORTION, in_portions
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.telling import Telling
from inburgering_flow.store import accounts, regular_reports
from inburgering_flow.store.database import Unit

log = logging.getLogger(__name__)
MOST = 20  # of one person
AT_ONCE = 20  # that one round of upkeep makes
LEASE = timedelta(minutes=30)
"""After so long another node takes a run over: the one that had it has ended."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 120, 360))
"""How long a run waits after each attempt that failed, before it is given up."""
KEPT = timedelta(days=365)
LARGEST = 10_000_000  # bytes of a file in a mail
WEEK = timedelta(days=7)
LAST_HOUR = 23
NO_FOLDER, FOLDER, TOO_LARGE, PERSONAL = "NO_FOLDER", "FOLDER", "TOO_LARGE", "PERSONAL"
CONTENT, PROGRAM, UNKNOWN, NO_MAIL, NOT_ALLOWED = "CONTENT", "PROGRAM", "UNKNOWN", "OFF", "NOT_ALLOWED"
PROBLEMS: Mapping[str, str] = {
    **REASONS,
    NO_FOLDER: N_("There is no folder for reports: look at REPORTS_FOLDER."),
    FOLDER: N_("The folder for reports cannot be written to: look at REPORTS_FOLDER."),
    TOO_LARGE: N_("The file is too large for a mail: choose the folder, or narrow the list."),
    PERSONAL: N_("The file has personal data in it, and those are not mailed: choose the folder."),
    NOT_ALLOWED: N_("Reports may not be mailed to this address: look at REPORTS_ADDRESSES."),
    CONTENT: N_("The list has more than 10,000 rows, or cannot be made as it was kept: narrow it."),
    PROGRAM: N_("The program has made a mistake: ask the functional administrator."),
    UNKNOWN: N_("It is not known whether the mail was sent: look in the mailbox."),
}
STOPS: Mapping[str, str] = {
    BY_OWNER: N_("stopped by you"), ACCOUNT: N_("stopped: the account is closed"), RIGHTS: N_("stopped: a role was lost"),
    GONE: N_("stopped: the list or the table is not there any more"),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A file: what it is called, without personal data, and whether there are personal data in it."""

    name: str
    content: bytes
    is_personal: bool


Maker = Callable[[RegularReport, Actor], Made]
"""Makes the file of a report as somebody may see it; raises Forbidden, NotFound, InvalidInput. The pages give it."""


@dataclass(frozen=True)
class ShownReport:
    """A report of somebody, and what became of it last."""

    row: RegularReport
    last: ReportRun | None


class _GaveUp(Exception):
    """Nothing was delivered; ``is_final``: it would end the same way again."""

    def __init__(self, problem: str, *, is_final: bool) -> None:
        super().__init__(problem)
        self.problem, self.is_final = problem, is_final


class _Stops(Exception):
    """A report is made no longer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def following(after: datetime, weekday: int, hour: int) -> datetime:
    """Return the first moment after one that lies on a weekday (0 is Monday) at an hour, as the law counts days."""
    local = after.astimezone(LEGAL_ZONE)
    day = local.date() + timedelta(days=(weekday - local.weekday()) % 7)
    moment = datetime.combine(day, time(hour), LEGAL_ZONE)
    if moment <= local:
        moment = datetime.combine(day + WEEK, time(hour), LEGAL_ZONE)
    return moment.astimezone(UTC)


class RegularReports:
    """Use cases about one's own regular reports, and the upkeep that makes them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.telling = Telling(context)
        self.maker: Maker | None = None
        """Given by the application with the pages; a program without pages makes no reports."""

    # -- asking for them -----------------------------------------------------------------------------------------------

    @property
    def has_folder(self) -> bool:
        """Whether there is a folder that reports can go to."""
        return bool(self.context.settings.reports_folder)

    @property
    def can_mail(self) -> bool:
        """Whether there is an address that reports may be mailed to."""
        return self.context.settings.sends_mail and bool(self.context.settings.report_addresses)

    def listed(self, actor: Actor) -> list[ShownReport]:
        """Return one's own reports, the newest first."""
        actor.require_role()
        with self.context.db.read() as unit:
            rows = regular_reports.of(unit, actor.username)
            runs = regular_reports.latest_runs(unit, [row.key for row in rows])
        return [ShownReport(row, runs.get(row.key)) for row in rows]

    @again
    def ask(
        self, source: str, chosen: Mapping[str, Any], title: str, form: str, weekday: int, hour: int, address: str,
        actor: Actor, *, is_personal: bool, once: str = "",
    ) -> int:  # fmt: skip
        """Have a file made every week; return the key of the report. Raises InvalidInput for what cannot be."""
        actor.require_role()
        address = address.strip()
        self._check(source, form, weekday, hour, address, is_personal=is_personal)
        now = self.context.clock.now()
        with self.context.db.write() as unit:

            def make() -> int:
                if sum(row.stopped is None for row in regular_reports.of(unit, actor.username)) >= MOST:
                    raise InvalidInput(
                        _("You have {most} regular reports, which is the most.").format(most=MOST),
                        remedy=_("Stop one that you do not use."),
                    )
                key = self.context.keys.next()
                regular_reports.add(unit, RegularReport(
                    key, actor.username, title, source, {**chosen, "roles": sorted(actor.roles)}, form, weekday, hour, address,
                    now, following(now, weekday, hour),
                ))  # fmt: skip
                self.context.log(unit, actor.username, "report.ask", subject_key=key, detail={"to_folder": not address})
                return key

            return made_once(self.context, unit, "regular report", once, actor, make)

    def _check(self, source: str, form: str, weekday: int, hour: int, address: str, *, is_personal: bool) -> None:
        if source not in SOURCES or form not in FORMS or weekday not in range(7) or hour not in range(LAST_HOUR + 1):
            raise InvalidInput(_("This cannot be chosen."), remedy=_("Choose a day, an hour and a kind of file from the lists."))
        if not address and not self.has_folder:
            raise InvalidInput(
                _("There is no folder for reports."), remedy=_("Choose a mailbox, or ask the functional administrator.")
            )
        if address and is_personal:
            raise InvalidInput(
                _("This list may have personal data in it, and those are not mailed."), remedy=_("Choose the folder.")
            )
        if address and not (is_address(address) and self.may_mail(address)):
            raise InvalidInput(
                _("Reports may not be mailed to this address."),
                remedy=_("Choose a mailbox of the organisation: {allowed}.").format(
                    allowed=", ".join(self.context.settings.report_addresses) or _("there is none")
                ),
            )

    def may_mail(self, address: str) -> bool:
        """Tell whether the settings allow reports to go to an address."""
        allowed = {one.lower() for one in self.context.settings.report_addresses}
        return address.lower() in allowed or f"@{address.lower().rpartition('@')[2]}" in allowed

    @again
    def stop(self, key: int, actor: Actor) -> RegularReport:
        """Let a report of one's own be made no longer; raises NotFound."""
        actor.require_role()
        with self.context.db.write() as unit:
            row = regular_reports.several(unit, [key]).get(key)
            if row is None or row.owner != actor.username:
                raise NotFound(_("There is no such report."), remedy=_("Look at your regular reports again."))
            if regular_reports.stop(unit, key, BY_OWNER, self.context.clock.now()):
                self.context.log(unit, actor.username, "report.stop", subject_key=key)
        return row

    # -- making them ---------------------------------------------------------------------------------------------------

    def make(self) -> int:
        """Make what is due; return how many were tried. Safe to run at any time and by several nodes."""
        if self.maker is None or self.context.is_apart:
            return 0
        for count in range(AT_ONCE):
            run = self._taken()
            if run is None:
                return count
            self._try(run)
        return AT_ONCE

    @again
    def _taken(self) -> ReportRun | None:
        """Return a run that this node has to work on now, and keep others from it for a while."""
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            left = regular_reports.first_open(unit, now)
            if left is not None:
                values = {"tried": left.tried + 1, "due": now + LEASE}
                taken = ReportRun(**{**vars(left), **values})
                return taken if regular_reports.change(unit, left, **values) else None
            row = regular_reports.first_due(unit, now)
            if row is None:
                return None
            coming = following(now, row.weekday, row.hour)
            period = coming.astimezone(LEGAL_ZONE).date() - WEEK
            run = ReportRun(row.key, period, MAKING, 1, now + LEASE, now)
            is_ours = regular_reports.take(unit, row, coming) and regular_reports.begin(unit, run)
            return run if is_ours else None

    def _try(self, run: ReportRun) -> None:
        with self.context.db.read() as unit:
            row = regular_reports.several(unit, [run.report_key]).get(run.report_key)
        if row is None or row.stopped is not None:
            self._end(run, FAILED, GONE)
            return
        if run.state == SENDING:  # the node that was sending it has ended
            self._fail(row, run, UNKNOWN)
            return
        try:
            self._deliver(row, run, self._made(row))
        except _Stops as stops:
            self._stop(row, run, stops.reason)
        except _GaveUp as trouble:
            log.warning("report %s could not be delivered: %s", row.key, trouble.problem)
            if trouble.is_final or run.tried > len(PAUSES):
                self._fail(row, run, trouble.problem)
            else:
                self._later(run, trouble.problem)
        else:
            self._done(row, run)

    def _made(self, row: RegularReport) -> Made:
        actor = self._owner(row)
        assert self.maker is not None
        try:
            with i18n.speaking(LANGUAGE):
                return self.maker(row, actor)
        except Forbidden:
            raise _Stops(RIGHTS) from None
        except NotFound:
            raise _Stops(GONE) from None
        except Busy:
            raise _GaveUp(PROGRAM, is_final=False) from None
        except FlowError:
            raise _GaveUp(CONTENT, is_final=True) from None
        except Exception as error:  # noqa: BLE001  # a mistake of ours in one report must not keep the others waiting
            log.error("report %s could not be made: %s", row.key, type(error).__name__)
            raise _GaveUp(PROGRAM, is_final=True) from None

    def _owner(self, row: RegularReport) -> Actor:
        """Return who asked for a report, as they may act now; raises _Stops."""
        with self.context.db.read() as unit:
            account = accounts.get(unit, row.owner)
            if account is None or not account.active:
                raise _Stops(ACCOUNT)
            if not set(row.chosen.get("roles", ())) <= set(account.roles):
                raise _Stops(RIGHTS)
            return acting(self.context, unit, account)

    # -- delivering them -----------------------------------------------------------------------------------------------

    def _deliver(self, row: RegularReport, run: ReportRun, made: Made) -> None:
        name = f"{made.name}-{run.period.isoformat()}-{row.key}.{row.form}"
        if not row.address:
            self._write(name, made.content)
            return
        if made.is_personal:
            raise _GaveUp(PERSONAL, is_final=True)
        if not self.may_mail(row.address):
            raise _GaveUp(NOT_ALLOWED, is_final=True)
        if not self.context.settings.sends_mail:
            raise _GaveUp(NO_MAIL, is_final=True)
        if len(made.content) > LARGEST:
            raise _GaveUp(TOO_LARGE, is_final=True)
        if not self._set(run, state=SENDING):
            raise _GaveUp(UNKNOWN, is_final=True)
        try:
            channel.send(self._server, self._letter(row, run, Attached(name, made.content, sheets_type(row.form))))
        except NotSent as error:
            is_final = error.is_final or error.problem == channel.LOST
            if not is_final:
                self._set(run, state=MAKING)
            raise _GaveUp(UNKNOWN if error.problem == channel.LOST else error.problem, is_final=is_final) from None

    def _write(self, name: str, content: bytes) -> None:
        """Write a file into the folder so that whoever looks there sees all of it or nothing."""
        if not self.has_folder:
            raise _GaveUp(NO_FOLDER, is_final=True)
        folder = Path(self.context.settings.reports_folder)
        try:
            number, path = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(path).chmod(0o640)
                Path(path).replace(folder / name)
            except OSError:
                with suppress(OSError):
                    Path(path).unlink()
                raise
        except OSError:
            raise _GaveUp(FOLDER, is_final=False) from None

    @property
    def _server(self) -> Server:
        given = self.context.settings
        return Server(given.smtp_host, given.smtp_port, given.smtp_security, given.smtp_user, given.smtp_password)

    def _letter(self, row: RegularReport, run: ReportRun, attached: Attached) -> Letter:
        base = self.context.settings.base_url.rstrip("/")
        with i18n.speaking(LANGUAGE):
            text = "\n".join((
                _("With this mail comes a file that is made every week."), "",
                _("Who asked for it can stop it here: {address}").format(address=f"{base}/vaste-overzichten"), "",
            ))  # fmt: skip
            subject = _("Regular report of {day}").format(day=run.period.isoformat())
        identity = f"report-{row.key}-{run.period.isoformat()}@{urlsplit(base).hostname or 'localhost'}"
        return Letter(self.context.settings.mail_from, row.address, subject, text, identity, run.begun, attached)

    # -- what became of them -------------------------------------------------------------------------------------------

    @again
    def _set(self, run: ReportRun, **values: Any) -> bool:
        with self.context.db.write() as unit:
            return regular_reports.change(unit, run, **values)

    def _end(self, run: ReportRun, state: str, problem: str = "") -> bool:
        return self._set(run, state=state, problem=problem, ended=self.context.clock.now())

    def _later(self, run: ReportRun, problem: str) -> None:
        self._set(run, problem=problem, due=self.context.clock.now() + PAUSES[min(run.tried, len(PAUSES)) - 1])

    @again
    def _done(self, row: RegularReport, run: ReportRun) -> None:
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if regular_reports.change(unit, run, state=DONE, problem="", ended=now):
                self.context.log(unit, row.owner, "report.made", subject_key=row.key, detail={"to_folder": not row.address})

    @again
    def _fail(self, row: RegularReport, run: ReportRun, problem: str) -> None:
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if regular_reports.change(unit, run, state=FAILED, problem=problem, ended=now):
                self.context.log(unit, SYSTEM.username, "report.fail", subject_key=row.key, detail={"problem": problem})
                self._tell(unit, row)

    @again
    def _stop(self, row: RegularReport, run: ReportRun, reason: str) -> None:
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            regular_reports.change(unit, run, state=FAILED, problem=reason, ended=now)
            if regular_reports.stop(unit, row.key, reason, now):
                self.context.log(unit, SYSTEM.username, "report.stopped", subject_key=row.key, detail={"problem": reason})
                self._tell(unit, row)

    def _tell(self, unit: Unit, row: RegularReport) -> None:
        self.telling.tell(unit, [row.owner], Fact(REPORTING, 0, REPORT, row.key))

    def forget(self, most: int = PORTION) -> int:
        """Forget what became of reports more than a year ago, and reports that have been stopped so long; return how many."""
        before = self.context.clock.now() - KEPT
        day = before.date()
        runs = in_portions(self.context.db, lambda unit, size: regular_reports.forget_runs(unit, day, size), most)
        return runs + in_portions(self.context.db, lambda unit, size: regular_reports.forget_stopped(unit, before, size), most)


def sheets_type(form: str) -> str:
    """Return the media type of a kind of file."""
    return sheets.CSV if form == "csv" else sheets.XLSX
