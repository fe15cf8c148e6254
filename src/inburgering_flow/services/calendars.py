"""The calendar that somebody takes into another program: a secret address, which opens kinds, days and links, and no name.

Only the hash of its token is kept, so the address is shown once. Whoever has it reads the calendar without logging in: that is
what calendar programs can do. It ends when it is withdrawn or replaced, and with its account.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from inburgering_flow import i18n
from inburgering_flow.channels import ics
from inburgering_flow.channels.ics import Entry
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.acting import acting
from inburgering_flow.services.agenda import APPOINTMENT, TASK, TERM, Agenda, Item
from inburgering_flow.services.context import Context
from inburgering_flow.services.throttle import Throttle
from inburgering_flow.store import accounts, calendars
from inburgering_flow.store.calendars import CalendarRow

BEFORE, AHEAD = timedelta(weeks=2), timedelta(weeks=26)
MOST = 500  # of each kind
REFRESH = timedelta(hours=1)
SAYS = {APPOINTMENT: N_("Appointment"), TERM: N_("Last day of a term"), TASK: N_("Last day of a task")}
PATHS = {APPOINTMENT: "/zaken/{root}", TERM: "/zaken/{root}", TASK: "/taken/{key}"}
SHAPE = 43  # characters of a token


@dataclass(frozen=True)
class Given:
    """A calendar as it is handed out; ``mark`` is the same for the same entries."""

    entries: tuple[Entry, ...]
    media_type: str = ics.MEDIA_TYPE

    @property
    def mark(self) -> str:
        """What tells whether somebody has it already, for a hundredth of what writing it costs."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()

    def content(self) -> bytes:
        """Return it as it is sent."""
        return ics.written(self.entries, refresh=REFRESH)


class Calendars:
    """Use cases about calendars that leave the application."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda
        self._throttle = Throttle(context)

    def own(self, actor: Actor) -> CalendarRow | None:
        """Return which calendar one has an address of; never the address, which nobody knows but who was shown it."""
        with self.context.db.read() as unit:
            return calendars.of_account(unit, actor.username)

    def make(self, actor: Actor, *, of_team: bool = False) -> str:
        """Return the token of a new secret address; the one before it ends. Raises NotFound for who has no account."""
        token = secrets.token_urlsafe(32)
        row = CalendarRow(actor.username, of_team, self.context.real(), i18n.language())
        with self.context.db.write() as unit:
            if accounts.get(unit, actor.username) is None:
                raise NotFound(_("There is no such account."), remedy=_("Log in with an account of your own."))
            calendars.replace(unit, row, _hashed(token))
            self.context.log(unit, actor.username, "calendar.make", detail={"team": of_team})
        return token

    def withdraw(self, actor: Actor) -> None:
        """End one's secret address; raises NotFound where there is none."""
        with self.context.db.write() as unit:
            if not calendars.withdraw(unit, actor.username):
                raise NotFound(_("There is no address to withdraw."), remedy=_("Look at the agenda again."))
            self.context.log(unit, actor.username, "calendar.withdraw")

    def read(self, token: str, address: str, base: str) -> Given:
        """Return the calendar at a secret address, for whoever has it; links begin with ``base``.

        Raises NotFound where it is none, has been withdrawn, or its account is closed; TooOften for a network ``address`` that
        has tried many that are none.
        """
        with self.context.db.read() as unit:
            found = calendars.find(unit, _hashed(token)) if len(token) == SHAPE else None
            if found is not None:
                row, account = found
                actor = acting(self.context, unit, account)
                items, _more = self.agenda.items_in(unit, actor, *self._days(), of_team=row.of_team, most=MOST)
        if found is None:
            self._throttle.begin(self._throttle.calendar(address), "", "calendar.throttled")
            raise NotFound(_("There is no calendar at this address."), remedy=_("Make a new address on the page Agenda."))
        with i18n.speaking(row.language):
            return Given(tuple(self._entry(item, base) for item in items))

    def _days(self) -> tuple[date, date]:
        today = legal_day(self.context.clock.now())
        return today - BEFORE, today + AHEAD

    def _entry(self, item: Item, base: str) -> Entry:
        said = _(SAYS[item.kind])
        if self.context.settings.calendar_case_names and item.row.business_key:
            said = f"{said} ({item.row.business_key})"
        if item.of is not None:
            said = _("{what}, for a colleague").format(what=said)
        path = PATHS[item.kind].format(root=item.row.root_key, key=item.row.key)
        identity = f"{item.kind.lower()}-{item.row.key}@{urlsplit(base).hostname or 'localhost'}"
        begins: date | datetime = item.day if item.at is None else item.row.moment
        return Entry(identity, begins, said, base.rstrip("/") + path, item.row.noted)


def _hashed(token: str) -> str:
    """Return what is stored of a token: it has 256 random bits, so that a fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
