"""Who may open a case, and the log entry that somebody did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from inburgering_flow.errors import Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import Admitted
from inburgering_flow.services.looks import Look
from inburgering_flow.services.open_parts import open_parts
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.store import absences, audit, cases
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow

REASON_HOLDS = timedelta(hours=12)  # how long a reason keeps a colleague's case open


class ReasonNeeded(Forbidden):
    """The case is outside the actor's caseload; it opens after a reason is given."""

    code = "REASON_NEEDED"

    def __init__(self, root_key: int, message: str, *, remedy: str, problem: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.root_key = root_key
        self.problem = problem
        """What is wrong with the reason that was given, if one was."""


class CaseAccess:
    """What is checked before a case, a part of it or a document is shown."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def check(self, root_key: int, actor: Actor, reason: str = "") -> Admitted:
        """Raise unless the actor sees the case; outside the caseload a reason opens it, and is logged."""
        reason = reason.strip()
        try:
            with self.context.db.read() as unit:
                return self.check_in(unit, root_key, actor)
        except ReasonNeeded as needed:
            if not reason:
                raise
            try:
                why = checked_reason(reason)
            except InvalidInput as error:
                raise ReasonNeeded(root_key, needed.message, remedy=needed.remedy, problem=str(error)) from None
            self.log_look(actor, "case.look.reason", root_key, root_key, why)
            return Admitted(root_key, actor.username)

    def check_in(self, unit: Unit, root_key: int, actor: Actor) -> Admitted:
        """Raise inside an open unit: ReasonNeeded where a reason would open the case, otherwise NotFound."""
        if cases.sees(unit, actor, root_key):
            return Admitted(root_key, actor.username)
        if not actor.may(permissions.CASE_REASON) or cases.get(unit, root_key) is None:
            raise NotFound(_("There is no such case, or it is not for you."), remedy=_("Look at your list of cases."))
        if not audit.gave_reason(unit, root_key, actor.username, self.context.clock.now() - REASON_HOLDS):
            raise ReasonNeeded(
                root_key, _("This case is a colleague's."), remedy=_("Write down why you want to see the case.")
            )
        return Admitted(root_key, actor.username)

    def check_document(self, document: DocumentRow, actor: Actor) -> None:
        """Raise unless the actor sees the case of a document and the process that made it."""
        self.check(document.root_key, actor)
        with self.context.db.read() as unit:
            if document.instance_key in open_parts(unit, self.context.catalog, document.root_key, actor).closed:
                raise NotFound(_("This document is not for you."), remedy=_("Look at your list of cases."))

    def log_look(self, actor: Actor, action: str, root_key: int, subject: int, reason: str = "") -> None:
        """Log who looked at what, before it is shown; with whose deputy they are where they see it only by that."""
        detail: dict[str, object] = {"reason": reason} if reason else {}
        if actor.stands_in is not None and not reason and (absent := self._on_behalf(actor, root_key)):
            detail["deputy_of"] = absent
        self.context.looks.log(Look(actor.username, action, root_key, subject, detail or None))

    def _on_behalf(self, actor: Actor, root_key: int) -> str:
        """Return as whose deputy an actor sees a case, if by nothing else."""
        with self.context.db.read() as unit:
            if cases.sees(unit, replace(actor, stands_in=None), root_key) or not cases.sees(unit, actor, root_key):
                return ""
            return ", ".join(absences.behind(unit, actor.username, actor.stands_in, [root_key]))
