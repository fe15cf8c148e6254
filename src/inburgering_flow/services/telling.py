"""Writing down what people are to be told, in the transaction of what they are told: none is lost, and none comes twice.

Who is told: whoever a task was given to by somebody else; who leads the case, or has a task in it, of which a partner has
answered; who looks after trouble. Only those with an open account to whom that part of the case is open, as they chose.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from inburgering_flow.clock import legal_day
from inburgering_flow.model import permissions
from inburgering_flow.model.absences import Absence
from inburgering_flow.model.alerts import (
    ABSENCE,
    ANSWERED,
    ASSIGNED,
    DUE_SOON,
    ELEMENT,
    FAILED,
    MESSAGE,
    NEVER,
    NOW,
    OF_NO_PROCESS,
    STANDS_IN,
    TASK,
    TERM,
    WAITING,
    AlertRow,
    Fact,
    MailRow,
)
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED, IncidentRow, JobRow, Subscription, UserTask
from inburgering_flow.model.step import Step
from inburgering_flow.services.context import Context
from inburgering_flow.store import absences, alerts, instances, jobs, mails, tasks
from inburgering_flow.store.alerts import Listener
from inburgering_flow.store.database import Unit
from inburgering_flow.store.messages import MessageRow
from inburgering_flow.store.terms import OURS, TermRow

MAIL = "mail"
"""The type of the job that sends a mail."""
GATHERS = timedelta(minutes=1)
"""How long a mail waits for what else happens."""
TRIES = 8
"""How often a mail is tried before it is given up."""


class _Sender(str):
    """Who published the message that a transaction hands over."""


class _Heard(set[tuple[int, int]]):
    """(message, case) of what a transaction has told of."""


class Telling:
    """Built for each service that needs it: everything it knows is in the database."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def note(self, unit: Unit, step: Step, user: str | None) -> None:
        """Tell of what a step did that concerns somebody; asks the database only where it did."""
        for task in step.new_tasks:
            if task.assignee and task.state == CREATED and task.assignee != user:
                self.assigned(unit, task, task.assignee)
        for element_key, changes in step.changed_tasks.items():
            if changes.get("assignee") and changes["assignee"] != user:
                found = tasks.of_element(unit, element_key)
                if found is not None:
                    self.assigned(unit, found, changes["assignee"])
        for row in step.new_incidents:
            self.failed(unit, row)

    def assigned(self, unit: Unit, task: UserTask, username: str) -> None:
        """Tell somebody that a task is theirs now, which somebody else gave them, and their deputy where they are away."""
        fact = Fact(ASSIGNED, task.definition_key, TASK, task.key, task.root_key, task.element_id, task.tenant_id)
        self.tell(unit, [username], fact)
        away = absences.of_today(unit, username, legal_day(self.context.clock.now()))
        deputy = None if away is None else away.deputy_for(task.process_id, task.candidate_group)
        if deputy is not None:
            self.tell(unit, [deputy], replace(fact, kind=STANDS_IN))

    def stands_in(self, unit: Unit, row: Absence, usernames: Collection[str]) -> None:
        """Tell people that they are deputies in a period in which somebody is away, or no longer are."""
        self.tell(unit, usernames, Fact(STANDS_IN, 0, ABSENCE, row.key, about=row.username))

    def sent_by(self, unit: Unit, username: str) -> None:
        """Say who sends what this transaction hands over: they know."""
        unit.kept[_Sender] = username

    def answered(self, unit: Unit, row: MessageRow, waiting: Subscription) -> None:
        """Tell those whom a case concerns that a partner's message has come in."""
        if self.context.is_apart or not self.context.domain.is_from_partner(row.name):
            return
        known = unit.kept.setdefault(_Heard, _Heard())
        people = alerts.people_of_case(unit, waiting.root_key) - {unit.kept.get(_Sender)}
        if people and (row.key, waiting.root_key) not in known:  # several processes of a case may hear it
            known.add((row.key, waiting.root_key))
            away = absences.away(unit, legal_day(self.context.clock.now()), people)
            people |= {deputy for one in away.values() if (deputy := one.for_cases) is not None} - {unit.kept.get(_Sender)}
            definition = instances.get(unit, waiting.instance_key).definition_key
            self.tell(unit, people, Fact(
                ANSWERED, definition, MESSAGE, row.key, waiting.root_key, row.name, waiting.tenant_id
            ))  # fmt: skip

    def failed(self, unit: Unit, row: IncidentRow) -> None:
        """Tell those who look after trouble that something stands still, once for each place until they have read of it."""
        self.tell(unit, None, Fact(FAILED, row.definition_key, ELEMENT, row.key, None, row.element_id, row.tenant_id))

    def soon(self, unit: Unit, rows: Iterable[TermRow], now: datetime) -> None:
        """Tell who leads a case of a new last day that is near from the beginning: the sweep has passed it."""
        near = now + timedelta(days=self.context.settings.alert_days_before)
        for row in rows:
            if row.state == OURS and now < row.due <= near:
                owner = alerts.owner_of(unit, row.root_key)
                if owner is not None:
                    away = absences.of_today(unit, owner, legal_day(now))
                    deputy = None if away is None else away.for_cases
                    self.tell(unit, [owner] if deputy is None else [owner, deputy], Fact(
                        DUE_SOON, row.definition_key, TERM, row.key, row.root_key, row.name, row.tenant_id
                    ))  # fmt: skip

    def tell(self, unit: Unit, usernames: Collection[str] | None, fact: Fact) -> None:
        """Write one fact for people, or for all who look after trouble (None), as they chose."""
        if self.context.is_apart:
            return
        found = [one for one in alerts.listeners(unit, fact.kind, usernames) if self._may_know(unit, one, fact)]
        rows = [row for one in found if (row := self._row(one, fact)) is not None]
        for row in alerts.add(unit, rows):
            if row.mail == NOW:
                self.mail_to(unit, row.username, NOW)

    def _may_know(self, unit: Unit, listener: Listener, fact: Fact) -> bool:
        actor = Actor(listener.username, listener.roles, listener.location, table=self.context.roles)
        if fact.kind == FAILED:
            return actor.may(permissions.INCIDENT)
        if fact.subject in OF_NO_PROCESS:
            return True
        with self.context.catalog.within(unit):
            return not actor.closed(self.context.catalog.family_of(fact.definition_key))

    def _row(self, listener: Listener, fact: Fact) -> AlertRow | None:
        mail = listener.choice.mail if self.context.settings.sends_mail and listener.choice.mail != NEVER else None
        if not listener.choice.on_bell and mail is None:
            return None
        return AlertRow(
            self.context.keys.next(), listener.username, fact.kind, fact.root_key, fact.definition_key, fact.subject,
            fact.subject_key, fact.about, self.context.clock.now(), listener.choice.on_bell, mail=mail,
            tenant_id=fact.tenant_id,
        )  # fmt: skip

    def mail_to(self, unit: Unit, username: str, pace: str) -> None:
        """Let a mail go to somebody in a while, unless one of this pace waits already."""
        now = self.context.clock.now()
        mail = MailRow(self.context.keys.next(), username, pace, WAITING, now)
        if mails.add(unit, mail):
            self.send(unit, mail, now + GATHERS if pace == NOW else now)

    def send(self, unit: Unit, mail: MailRow, due: datetime) -> None:
        """Let a job send a mail from a moment on."""
        jobs.add(unit, JobRow(self.context.keys.next(), "BATCH", MAIL, 0, 0, mail.key, "", due, TRIES))
        unit.after_commit(self.context.work_appeared)
