"""Publishing messages: buffered for their time to live, correlated once per process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from inburgering_flow.engine.waiting import LONGEST
from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.feel import variables_given
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.context import KEPT, Context
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.portions import PORTION, in_portions
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.services.steps import DEFAULT_TIME_TO_LIVE, Steps
from inburgering_flow.store import instances, messages
from inburgering_flow.store.database import Unit
from inburgering_flow.store.messages import MessageRow


@dataclass(frozen=True)
class Published:
    """What became of a message: the instances it reached at once; none means that it waits until its time to live ends."""

    key: int
    instance_keys: tuple[int, ...]


class AlreadySent(Conflict):
    """A message with this id, name and correlation key was published before."""


SIZE = 100  # rows on a page


@dataclass(frozen=True)
class Unheard:
    """A message of a partner that waits for a case; ``correlation_key`` names the case that it is for, if there is one."""

    key: int
    says: str
    name: str
    correlation_key: str
    published: datetime


def _check_texts(*texts: Any) -> None:
    if not all(isinstance(text, str) for text in texts):
        raise InvalidInput(
            _("The name, key and id of a message must be text."), remedy=_("Give text, also for a key that looks like a number.")
        )
    if max(len(text) for text in texts) > LONGEST:
        raise InvalidInput(
            _("A name, key or id of a message has at most {most} characters.").format(most=LONGEST),
            remedy=_("Write a shorter one."),
        )


class Messages:
    """Use cases about messages."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self.context = context
        self.steps = steps

    @again
    def publish(
        self,
        name: str,
        *,
        correlation_key: str = "",
        variables: Mapping[str, Any] | None = None,
        time_to_live: timedelta | None = None,
        message_id: str | None = None,
        person_key: int | None = None,
        actor: Actor = SYSTEM,
    ) -> Published:
        """Hand a message to whoever waits for it, or keep it for ``time_to_live`` (a day where none is given).

        A message of a partner is kept until a case hears it or somebody handles it (``handle``), whatever is given.
        Raises AlreadySent if a message with this id, name and correlation key was published before.
        """
        actor.require(permissions.CASE_MESSAGE)
        if not name:
            raise InvalidInput(
                _("A message needs a name."), remedy=_("Write it as <partner>.<event>, for example bank.paid.")
            )
        _check_texts(name, correlation_key, "" if message_id is None else message_id)
        if not isinstance(time_to_live, timedelta | None):
            raise InvalidInput(_("The time to live of a message must be a timedelta."), remedy=_("Give a timedelta."))
        with self.context.db.write() as unit:
            return self.publish_in(
                unit, name, correlation_key, variables, actor, time_to_live=time_to_live, message_id=message_id,
                person_key=person_key,
            )  # fmt: skip

    def publish_in(
        self, unit: Unit, name: str, correlation_key: str, variables: Mapping[str, Any] | None, actor: Actor, *,
        time_to_live: timedelta | None = None, message_id: str | None = None, person_key: int | None = None,
    ) -> Published:  # fmt: skip
        """``publish`` inside an open unit, for an actor who was asked already; the name and the key are text."""
        now = self.context.clock.now()
        expires = now + (DEFAULT_TIME_TO_LIVE if time_to_live is None else time_to_live)
        if self.context.domain.is_from_partner(name):
            expires = messages.UNTIL_HEARD
        if message_id is not None and messages.known(unit, name, correlation_key, message_id):
            raise AlreadySent(
                _("Message {name} with id {message_id} was published before.").format(name=name, message_id=message_id),
                remedy=_("Nothing needs to be done."),
            )
        row = MessageRow(
            self.context.keys.next(), name, correlation_key, message_id, now, expires, variables_given(variables), "BUFFERED"
        )
        messages.add(unit, row)
        self.steps.telling.sent_by(unit, actor.username)
        reached = self.steps.publish(unit, row, now, person_key)
        roots = instances.roots_of(unit, reached) if reached else {}
        for root in dict.fromkeys(roots.values()) or [None]:
            self.context.log(
                unit, actor.username, "message.publish", root_key=root, subject_key=row.key, detail={"name": name}
            )
        return Published(row.key, tuple(reached))

    @again
    def correlate(
        self, name: str, *, correlation_key: str = "", variables: Mapping[str, Any] | None = None, actor: Actor = SYSTEM
    ) -> Published:
        """Hand a message to whoever waits for it now; raises NotFound, and keeps nothing, if nobody does."""
        actor.require(permissions.CASE_MESSAGE)
        _check_texts(name, correlation_key)
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            row = MessageRow(
                self.context.keys.next(),
                name,
                correlation_key,
                None,
                now,
                now,
                variables_given(variables),
                "CORRELATED",
            )
            messages.add(unit, row)
            reached = self.steps.publish(unit, row, now)
            if not reached:
                raise NotFound(
                    _("Nothing waits for message {name} with this correlation key.").format(name=name),
                    remedy=_("Check name and key, or publish it with a time to live."),
                )
        return Published(row.key, tuple(reached))

    def unheard(self, actor: Actor, start: int = 0, size: int = SIZE) -> Page[Unheard]:
        """Return a page of the partners' messages that no case has heard, the oldest first; never what they say of a person.

        For who leads. Names of cases stand in it, so the look is logged.
        """
        actor.require(permissions.BOARD)
        with self.context.db.read() as unit:
            rows, total = messages.unheard(unit, start, size)
        known = self.context.domain.notices
        says = {row.name: _(known[row.name].title) if row.name in known else row.name for row in rows}
        found = [Unheard(row.key, says[row.name], row.name, row.correlation_key, row.published) for row in rows]
        log_list(self.context, actor, "unheard", sum(1 for one in found if one.correlation_key))
        return Page(found, start, total, size)

    def count_unheard(self, actor: Actor) -> int:
        """Return how many messages of partners no case has heard."""
        actor.require(permissions.BOARD)
        with self.context.db.read() as unit:
            return messages.unheard(unit, 0, 0)[1]

    @again
    def handle(self, key: int, reason: str, actor: Actor) -> None:
        """Say that a partner's message which no case has heard is dealt with, and how; it leaves the list, the reason stays
        in the log. Raises InvalidInput without a reason, Conflict if a case has heard it or somebody was first.
        """
        actor.require(permissions.BOARD)
        actor.require(permissions.CASE_MESSAGE)
        said = checked_reason(reason)
        with self.context.db.write() as unit:
            if not messages.handled(unit, key, self.context.clock.now()):
                raise Conflict(
                    _("This message does not wait any more: a case has heard it, or a colleague has handled it."),
                    remedy=_("Look at the list again."),
                )
            self.context.log(unit, actor.username, "message.handle", subject_key=key, detail={"reason": said})

    def forget(self, most: int = PORTION) -> int:
        """Forget messages that nobody can hear any more and no case has heard; return how many things were forgotten.

        One that reached nobody is kept for ``KEPT`` beyond its time to live, for whoever looks for it. One that reached
        only deleted cases goes when its time to live ends. Their ids may be used again: nothing that they did is left.
        At most ``most`` in one transaction. Safe to run at any time and by several nodes.
        """
        now, db = self.context.clock.now(), self.context.db
        unheard = in_portions(db, lambda unit, size: messages.forget_unheard(unit, now - KEPT, size), most)
        return unheard + in_portions(db, lambda unit, size: messages.forget_heard(unit, now, size), most)
