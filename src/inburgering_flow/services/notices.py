"""What staff record of a case when it happens: a letter that came in, a call of a partner. It reaches the case as a message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import Notice, StartField
from inburgering_flow.model.runtime import SUSPENDED
from inburgering_flow.services.again import again
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.messages import Messages
from inburgering_flow.services.questions import answer, wrong
from inburgering_flow.services.ranges import Range
from inburgering_flow.services.submissions import own_token
from inburgering_flow.store import accounts, instances, messages
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class Offered:
    """A notice that somebody may give of a case; ``keys`` are the references under which the case waits for it, the oldest
    first: several where procedures stand side by side, none where it does not wait for it now.
    """

    notice: Notice
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What became of a notice: whether a process of the case heard it at once."""

    is_heard: bool


class Refused(InvalidInput):
    """The answers do not fit; ``problems`` has a sentence for each question that is not answered well."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems), remedy=_("Change the answers and send them again."))
        self.problems = problems


class Notices:
    """Use cases about notices of a case."""

    def __init__(self, context: Context, case_access: CaseAccess, sent: Messages) -> None:
        self.context = context
        self.case_access = case_access
        self.sent = sent

    def offered(self, root_key: int, actor: Actor) -> list[Offered]:
        """Return what this actor may give notice of in a case that he sees: first what the case waits for now."""
        with self.context.db.read() as unit:
            self.case_access.check_in(unit, root_key, actor)
            waiting = messages.waiting_in(unit, root_key)
        found = [
            Offered(notice, tuple(dict.fromkeys(key for name, key, _definition in waiting if name == notice.name)))
            for notice in self.context.domain.notices.values()
            if _may(actor, notice)
        ]
        return sorted(found, key=lambda one: not one.keys)

    def open(self, root_key: int, name: str, actor: Actor) -> Offered:
        """Return one notice as its form needs it; raises NotFound where there is none, Forbidden for another role's."""
        notice = self._of(name, actor)
        with self.context.db.read() as unit:
            self.case_access.check_in(unit, root_key, actor)
            waiting = messages.waiting_in(unit, root_key)
        return Offered(notice, tuple(dict.fromkeys(key for waits, key, _definition in waiting if waits == name)))

    @again
    def give(
        self, root_key: int, name: str, given: Mapping[str, str], actor: Actor, *, reference: str = "", once: str = ""
    ) -> Given:
        """Hand a notice to its case, and to nothing else in it than the procedure with this ``reference``, if one is given.

        That of a partner is kept until a case hears it, also where this case is over. Raises Refused for answers that do not
        fit, Conflict where the case does not wait for a notice that is not a partner's, AlreadySent where it was sent before with
        the same ``once``.
        """
        notice = self._of(name, actor)
        with self.context.db.write() as unit:
            self.case_access.check_in(unit, root_key, actor)
            root = instances.get(unit, root_key)
            waiting = [(key, definition) for waits, key, definition in messages.waiting_in(unit, root_key) if waits == name]
            keys = list(dict.fromkeys(key for key, _definition in waiting))
            values = self._values(unit, notice, given, {definition for _key, definition in waiting} or {root.definition_key})
            sent = self.sent.publish_in(
                unit, name, _chosen(reference, keys, root.business_key or ""), values, actor,
                message_id=own_token("notice", once, actor) if once else None,
            )  # fmt: skip
            if not sent.instance_keys:
                self._check_kept(notice, root.state)
        return Given(bool(sent.instance_keys))

    def _of(self, name: str, actor: Actor) -> Notice:
        notice = self.context.domain.notices.get(name)
        if notice is None:
            raise NotFound(_("There is no such notice."), remedy=_("Choose one from the list."))
        if not _may(actor, notice):
            raise Forbidden(
                _("{username} may not give notice of this.").format(username=actor.username),
                remedy=_("Ask somebody with the role {needed}.").format(needed=", ".join(sorted(notice.roles))),
            )
        return notice

    def _check_kept(self, notice: Notice, state: str) -> None:
        """Raise unless a notice that no process hears is kept until one does, or until somebody handles it."""
        if self.context.domain.is_from_partner(notice.name):
            return
        if state == SUSPENDED:
            raise Conflict(
                _("This case is suspended: it takes no notice now."), remedy=_("Ask a functioneel beheerder to resume it.")
            )
        raise Conflict(
            _("This case does not wait for “{title}” now. Nothing was stored.").format(title=_(notice.title)),
            remedy=_("Look where the case stands, or write a note."),
        )

    def _values(
        self, unit: Unit, notice: Notice, given: Mapping[str, str], definitions: Collection[int]
    ) -> dict[str, Any]:  # fmt: skip
        """Return the answers as variables; raises Refused where one is missing, wrong, or outside the data dictionary."""
        problems, places = [], accounts.locations(unit)
        values = {field.name: answer(field, given) for field in notice.fields if not wrong(field, given, places)}
        with self.context.catalog.within(unit):
            ranges = [self.context.catalog.ranges_of(key) for key in definitions]
        for field in notice.fields:
            if field.missing and not given.get(field.name, "").strip():
                problems.append(_(field.missing))
                continue
            problems.extend(wrong(field, given, places) or self._out_of_range(field, values[field.name], ranges))
        if problems:
            raise Refused(problems)
        return values

    def _out_of_range(self, field: StartField, value: Any, ranges: Iterable[Mapping[str, Range]]) -> list[str]:
        now, zone = self.context.clock.now(), self.context.env.zone
        said = (one[field.name].problem(_(field.label), value, now, zone) for one in ranges if field.name in one)
        return [sentence for sentence in dict.fromkeys(said) if sentence]


def _may(actor: Actor, notice: Notice) -> bool:
    return actor.is_system or not notice.roles.isdisjoint(power.name for power in actor.powers)


def _chosen(reference: str, keys: Sequence[str], name: str) -> str:
    """Return the correlation key: the reference that was chosen, that of the only procedure that waits, or the case's name."""
    if reference and reference in keys:
        return reference
    if reference or (len(keys) > 1 and name not in keys):
        raise InvalidInput(
            _("It is not clear which procedure this is for."),
            remedy=_("Choose one of these references: {keys}.").format(keys=", ".join(keys) or name),
        )
    return keys[0] if len(keys) == 1 else name
