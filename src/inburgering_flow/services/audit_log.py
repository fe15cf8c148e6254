"""Reading the audit log, and the lines about what somebody was refused or took out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.audit import SEAL
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.list_looks import hashed_words
from inburgering_flow.services.looks import Look
from inburgering_flow.services.people import People
from inburgering_flow.store import audit, cases
from inburgering_flow.store.audit import REFUSED, REFUSED_CASE, Wanted

SIZE = 100  # lines on a page


@dataclass(frozen=True)
class LogPage:
    """A page of the log, newest first; ``before`` is the key with which the next page is asked for."""

    lines: list[Mapping[str, Any]]
    before: int | None


class AuditLog:
    """Use cases about reading the audit log."""

    def __init__(self, context: Context, people: People) -> None:
        self.context = context
        self.people = people

    def find(self, actor: Actor, wanted: Wanted | None = None, size: int = SIZE) -> LogPage:
        """Return lines of the log; that somebody looked, and for what, is logged first. Raises Forbidden for anyone but an
        auditor, InvalidInput for a kind that does not exist.
        """
        actor.require(permissions.AUDIT)
        asked = wanted or Wanted()
        if asked.kind and asked.kind not in audit.KINDS:
            raise InvalidInput(
                _("The log has no kind of line {kind}.").format(kind=repr(asked.kind[:40])),
                remedy=_("Use one of {kinds}.").format(kinds=", ".join(audit.KINDS)),
            )
        with self.context.db.write() as unit:
            self.context.log(
                unit, actor.username, "log.look", root_key=asked.case, subject_key=asked.person, detail=_said(asked)
            )
        with self.context.db.read() as unit:
            lines = audit.found(unit, asked, size + 1)
        more = len(lines) > size
        return LogPage(lines[:size], lines[size - 1]["key"] if more else None)

    def about(self, actor: Actor, text: str) -> Wanted:
        """Return what lines are about somebody, named by the case's key or name, by an identifying number, or by a surname
        (then: who searched for it, or found somebody of that name by a part of it). Nothing of the text is kept.
        """
        actor.require(permissions.AUDIT)
        text = text.strip()
        if not text:
            return Wanted()
        words = Wanted(words=tuple(hashed_words(self.context, self.people.number_in(text) or text)))
        with self.context.db.read() as unit:
            key = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
            case = cases.get(unit, key) if key is not None else None
            case = case or cases.by_name(unit, text)
        if case is not None:
            return replace(words, case=case.key, person=case.person_key)
        if self.context.domain.person is not None:
            numbers = {number.name: text for number in self.context.domain.person.numbers}
            person = self.people.find(**numbers)
            if person is not None:
                return replace(words, person=person)
        try:
            sought = self.people.sought(text)
        except InvalidInput:  # too little to have been searched for
            return words
        with self.context.db.read() as unit:
            found = cases.keys_of(unit, sought)
        return replace(words, words=(*words.words, *map(str, found)))

    def newest_seal(self, actor: Actor) -> Mapping[str, Any] | None:
        """Return the line that is the newest seal; its mark can be kept outside the database."""
        actor.require(permissions.AUDIT)
        with self.context.db.read() as unit:
            return audit.newest_of(unit, SEAL)

    # -- lines that no other use case writes ---------------------------------------------------------------------------

    def refused(self, actor: Actor, what: str, code: str, key: int | None = None, *, is_hidden: bool = False) -> None:
        """Log that somebody was refused something: ``what`` they asked for, and the case that ``key`` belongs to, if any.

        ``is_hidden``: they were told that it does not exist; then there is a line only if it does.
        """
        with self.context.db.read() as unit:
            root = audit.root_of(unit, key) if key is not None and abs(key) < 2**63 else None
        if root is None and is_hidden:
            return
        action, subject = (REFUSED, None) if root is None else (REFUSED_CASE, key)
        self.context.looks.log(Look(actor.username, action, root, subject, {"what": what, "code": code}))

    def taken(self, actor: Actor, what: str) -> None:
        """Log that somebody took a file with figures or records; whoever offers it has checked that they may."""
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, "export.file", detail={"what": what})

    def exported(self, actor: Actor, what: str) -> None:
        """Log, before it is made, that somebody takes a copy of everything; only for the program itself."""
        actor.require("log.export")  # no role has it
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, "export", detail={"what": what})


def _said(wanted: Wanted) -> dict[str, Any]:
    """Return what was looked for as the log keeps it: keys and hashes."""
    moments = {name: m.astimezone(UTC).isoformat() for name in ("since", "until") if (m := getattr(wanted, name)) is not None}
    rest = {"who": wanted.who[:255], "kind": wanted.kind, "words": list(wanted.words), "before": wanted.before}
    return moments | {name: value for name, value in rest.items() if value}
