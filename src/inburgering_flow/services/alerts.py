"""What somebody is told: their bell, what they chose about it, and the sweep that finds what comes due.

A row holds keys alone. What it says is made when it is shown, for what its reader may see then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from inburgering_flow.channels.mail import is_address
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.absences import Absence
from inburgering_flow.model.alerts import (
    ABSENCE,
    DUE_SOON,
    ELEMENT,
    FIGURE,
    KINDS,
    LATE,
    MESSAGE,
    NEVER,
    OF_NO_PROCESS,
    PACES,
    REPORT,
    TASK,
    TERM,
    UNCHOSEN,
    AlertRow,
    Choice,
    Fact,
)
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_names
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.places import place_in
from inburgering_flow.services.portions import PORTION, in_portions
from inburgering_flow.services.telling import Telling
from inburgering_flow.store import absences, accounts, alerts, cases, mails, own_figures, regular_reports, tasks
from inburgering_flow.store.alerts import Due
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit

SIZE = 50  # rows on a page
MOST_COUNTED = 100  # one more than the bell shows
SWEPT = 200  # rows that one transaction tells of
LAST_KEY = 2**63 - 1
LONGEST_ADDRESS = 254


@dataclass(frozen=True)
class Subject:
    """What an alert is about, as its reader may see it: a task's or an element's place and name, a term's or message's title,
    a measure and what it is of.
    """

    name: str
    element_id: str = ""
    due: datetime | None = None
    is_over: bool = False
    """It has been done, has moved or has ended meanwhile."""
    count: int = 1
    """Of trouble: how often at this place."""
    period: tuple[date, date] | None = None
    """Of a colleague who is away: the first and the last day."""


@dataclass(frozen=True)
class ShownAlert:
    """A row of the page with messages; ``case`` and ``person`` are empty where it is about no case."""

    row: AlertRow
    subject: Subject
    case: str
    person: str


@dataclass(frozen=True)
class AlertPage:
    """A page of alerts, the newest first; ``after`` starts the next one, ``unread`` are at most one more than the bell shows."""

    items: list[ShownAlert]
    after: str | None
    unread: int
    newest: str | None


@dataclass(frozen=True)
class Preferences:
    """How somebody is told: the address of their mails, and what they chose of each kind."""

    address: str
    choices: Mapping[str, Choice]
    can_mail: bool


def _place(row: AlertRow) -> str:
    return f"{row.created.isoformat()}~{row.key}"


def _no_account() -> NotFound:
    return NotFound(_("There is no such account."), remedy=_("Log in with an account of your own."))


class Alerts:
    """Use cases about alerts; each is about one's own."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.telling = Telling(context)

    # -- reading -----------------------------------------------------------------------------------------------------

    def count(self, actor: Actor) -> int:
        """Return how many alerts somebody has not read, at most ``MOST_COUNTED``."""
        with self.context.db.read() as unit:
            return alerts.count_unread(unit, actor, MOST_COUNTED)

    def page(self, actor: Actor, before: str | None = None, size: int = SIZE) -> AlertPage:
        """Return a page of somebody's own alerts about what they see; names of cases stand in it, so the look is logged."""
        cursor = place_in(before)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            rows = alerts.page(unit, actor, cursor, size + 1)
            unread = alerts.count_unread(unit, actor, MOST_COUNTED)
            more, rows = len(rows) > size, rows[:size]
            subjects = self._subjects(unit, actor, rows)
            found = cases.several(unit, {row.root_key for row in rows if row.key in subjects and row.root_key is not None})
            names = shown_names(unit, actor, found.items())
        items = [self._shown(row, subjects[row.key], found, names) for row in rows if row.key in subjects]
        seen = [key for key in names if key in found]
        log_list(self.context, actor, "alerts", len(seen), rows=seen)
        return AlertPage(items, _place(rows[-1]) if more else None, unread, _place(rows[0]) if rows else None)

    @staticmethod
    def _shown(row: AlertRow, subject: Subject, found: Mapping[int, CaseItem], names: Mapping[int, str]) -> ShownAlert:
        case = found.get(row.root_key or 0)
        return ShownAlert(row, subject, case.business_key if case else "", names.get(row.root_key or 0, ""))

    def _subjects(self, unit: Unit, actor: Actor, rows: list[AlertRow]) -> dict[int, Subject]:
        """Return by key of the alert what each is about; what is closed to the actor, or is not there any more, is left out."""
        catalog = self.context.catalog
        shown = [
            row for row in rows
            if row.is_known and (row.subject in OF_NO_PROCESS or not actor.closed(catalog.family_of(row.definition_key)))
        ]  # fmt: skip

        def of(subject: str) -> list[AlertRow]:
            return [row for row in shown if row.subject == subject]

        about = alerts.task_rows(unit, {row.subject_key for row in of(TASK)})
        terms = alerts.term_rows(unit, {row.subject_key for row in of(TERM)})
        periods = absences.several(unit, {row.subject_key for row in of(ABSENCE)})
        figures = own_figures.several(unit, {row.subject_key for row in of(FIGURE)})
        reports = regular_reports.several(unit, {row.subject_key for row in of(REPORT)})
        trouble = alerts.trouble_at(unit, {row.definition_key for row in of(ELEMENT)})
        found: dict[int, Subject] = {}
        for row in of(TASK):
            if task := about.get(row.subject_key):
                found[row.key] = Subject(task.name, task.element_id, task.due, task.state != CREATED)
        for row in of(TERM):
            known = catalog.terms_of(row.definition_key).get(row.about)
            if (term := terms.get(row.subject_key)) and known and may_read(catalog, row.definition_key, row.about, actor):
                found[row.key] = Subject(known.title, due=term.due, is_over=term.state not in ("OURS", "THEIRS"))
        for row in of(ABSENCE):
            if away := periods.get(row.subject_key):
                is_over = not any(one.username == actor.username for one in away.deputies) or away.withdrawn is not None
                found[row.key] = Subject(
                    away.username, is_over=is_over or away.until < legal_day(self.context.clock.now()),
                    period=(away.since, away.until),
                )  # fmt: skip
        for row in of(FIGURE):
            if figure := figures.get(row.subject_key):
                found[row.key] = Subject(figure.measure, figure.words, is_over=not figure.is_passed)
        for row in of(REPORT):
            if report := reports.get(row.subject_key):
                found[row.key] = Subject(report.title)
        for row in of(MESSAGE):
            notice = self.context.domain.notices.get(row.about)
            found[row.key] = Subject(_(notice.title) if notice else row.about)
        for row in of(ELEMENT):
            element = catalog.process(row.definition_key).elements.get(row.about)
            count = trouble.get((row.definition_key, row.about), 0)
            found[row.key] = Subject(
                (element.name if element else "") or row.about, row.about, is_over=not count, count=count
            )
        return found

    def open(self, key: int, actor: Actor) -> AlertRow:
        """Return one of one's own alerts, which has then been read; raises NotFound."""
        with self.context.db.write() as unit:
            row = alerts.get(unit, actor, key)
            if row is None:
                raise NotFound(_("This message is not there any more."), remedy=_("Look at your messages again."))
            alerts.read(unit, actor.username, self.context.clock.now(), only=key)
        return row

    def read_all(self, up_to: str, actor: Actor) -> int:
        """Say that one has read all alerts up to the newest that one saw; return how many had not been read."""
        place = place_in(up_to)
        if place is None:
            return 0
        with self.context.db.write() as unit:
            return alerts.read(unit, actor.username, self.context.clock.now(), up_to=place)

    # -- preferences -------------------------------------------------------------------------------------------------

    def preferences(self, actor: Actor) -> Preferences:
        """Return how somebody is told; raises NotFound for who has no account."""
        with self.context.db.read() as unit:
            account = accounts.get(unit, actor.username)
            chosen = alerts.choices(unit, actor.username)
        if account is None:
            raise _no_account()
        choices = {kind: chosen.get(kind, UNCHOSEN) for kind in KINDS}
        return Preferences(account.email, choices, self.context.settings.sends_mail)

    def choose(self, address: str, chosen: Mapping[str, Choice], actor: Actor) -> None:
        """Keep how somebody wants to be told; raises InvalidInput for an address that is none, or where one is missing."""
        address = address.strip()
        with self.context.db.read() as unit:
            if accounts.get(unit, actor.username) is None:
                raise _no_account()
        if address and (len(address) > LONGEST_ADDRESS or not is_address(address)):
            raise InvalidInput(_("This is no address for mail."), remedy=_("Write it like name@example.nl."))
        if any(one.mail not in PACES for one in chosen.values()) or set(chosen) != set(KINDS):
            raise InvalidInput(_("This cannot be chosen."), remedy=_("Choose for each kind from the list."))
        if not address and any(one.mail != NEVER for one in chosen.values()):
            raise InvalidInput(_("Without an address no mail can be sent."), remedy=_("Write your address, or choose never."))
        with self.context.db.write() as unit:
            account = accounts.get(unit, actor.username)
            if account is None:
                raise _no_account()
            if account.email != address:
                accounts.save(unit, replace(account, email=address))
            alerts.choose(unit, actor.username, chosen)
            mails.drop_waiting(unit, actor.username, {kind for kind, one in chosen.items() if one.mail == NEVER})
            self.context.log(unit, actor.username, "alert.choose")

    # -- what comes due ----------------------------------------------------------------------------------------------

    def sweep(self) -> int:
        """Tell of tasks and terms that have come near or late since the last sweep; return how many. It reads what is due in
        between, by its index. Safe to run at any time and by several nodes.
        """
        return 0 if self.context.is_apart else sum(self._swept(one) for one in SWEEPS)

    def _swept(self, sweep: _Sweep) -> int:
        told, found = 0, SWEPT
        while found == SWEPT:
            with self.context.db.write() as unit:
                now = self.context.clock.now()
                until = now + timedelta(days=self.context.settings.alert_days_before) if sweep.kind == DUE_SOON else now
                after = alerts.hold_sweep(unit, sweep.name, until)
                if after[0] >= until:
                    return told
                rows = sweep.read(unit, after, until, SWEPT)
                away = absences.away(unit, legal_day(now)) if rows else {}
                for row in rows:
                    told += self._tell(unit, sweep, row, now)
                    if row.username in away:
                        self._tell_deputy(unit, sweep, row, now, away[row.username])
                found = len(rows)
                reached = (rows[-1].due, rows[-1].key) if found == SWEPT else (until, LAST_KEY)
                alerts.move_sweep(unit, sweep.name, *reached)
        return told

    def _tell(self, unit: Unit, sweep: _Sweep, row: Due, now: datetime) -> int:
        near = timedelta(days=self.context.settings.alert_days_before)
        if sweep.kind == DUE_SOON and (row.due <= now or row.due - near <= row.begun):
            return 0  # the sweep of what is late tells it, or it was told when it began
        fact = Fact(sweep.kind, row.definition_key, sweep.subject, row.key, row.root_key, row.about, row.tenant_id)
        self.telling.tell(unit, [row.username], fact)
        return 1

    def _tell_deputy(self, unit: Unit, sweep: _Sweep, row: Due, now: datetime, away: Absence) -> None:
        """Tell who does a task of somebody who is away, or looks after their cases, the same of it."""
        task = tasks.get(unit, row.key) if sweep.subject == TASK else None
        deputy = away.for_cases if task is None else away.deputy_for(task.process_id, task.candidate_group)
        if deputy is not None:
            self._tell(unit, sweep, replace(row, username=deputy), now)

    def forget(self, most: int = PORTION) -> int:
        """Forget alerts that were read some time ago, and those that nobody has read for long; return how many."""
        now, given = self.context.clock.now(), self.context.settings
        read, old = now - timedelta(days=given.alert_read_days), now - timedelta(days=given.alert_days)
        forgotten = in_portions(self.context.db, lambda unit, size: alerts.forget_read(unit, read, size), most)
        return forgotten + in_portions(self.context.db, lambda unit, size: alerts.forget_old(unit, old, size), most)


@dataclass(frozen=True)
class _Sweep:
    """What is looked for along one index; ``name`` is that of the row that says how far it has come."""

    name: str
    kind: str
    subject: str
    read: Callable[[Unit, tuple[datetime, int], datetime, int], list[Any]]


SWEEPS = (
    _Sweep("task-soon", DUE_SOON, TASK, alerts.tasks_due), _Sweep("task-late", LATE, TASK, alerts.tasks_due),
    _Sweep("term-soon", DUE_SOON, TERM, alerts.terms_due), _Sweep("term-late", LATE, TERM, alerts.terms_due),
)  # fmt: skip
