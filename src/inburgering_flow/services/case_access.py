"""Who may open a case, and the log entry that somebody did."""

from __future__ import annotations

from datetime import timedelta

from inburgering_flow.errors import Forbidden, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ProcessInstance
from inburgering_flow.services.context import Context
from inburgering_flow.store import audit, cases, instances
from inburgering_flow.store.documents import DocumentRow

REASON_HOLDS = timedelta(hours=12)  # how long a reason keeps a colleague's case open


class ReasonNeeded(Forbidden):
    """The case is outside the actor's caseload; it opens after a reason is given."""

    code = "REASON_NEEDED"


class CaseAccess:
    """What is checked before a case, a part of it or a document is shown."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def check(self, root_key: int, actor: Actor, reason: str = "") -> None:
        """Raise unless the actor sees the case; outside the caseload a reason opens it, and is logged."""
        with self.context.db.read() as unit:
            seen = cases.sees(unit, actor, root_key)
            exists = cases.get(unit, root_key) is not None
            since = self.context.clock.now() - REASON_HOLDS
            if not seen and actor.may(permissions.CASE_REASON) and not reason:
                seen = audit.gave_reason(unit, root_key, actor.username, since)
        if seen:
            return
        if not exists or not actor.may(permissions.CASE_REASON):
            raise NotFound(_("There is no such case, or it is not for you."), remedy=_("Look at your list of cases."))
        if len(reason.strip()) < 5:
            raise ReasonNeeded(_("This case is a colleague's."), remedy=_("Write down why you want to see the case."))
        self.log_look(actor, "case.look.reason", root_key, root_key, reason.strip()[:500])

    def check_document(self, document: DocumentRow, actor: Actor) -> None:
        """Raise unless the actor sees the case of a document and the process that made it."""
        self.check(document.root_key, actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            if actor.closed(self.context.catalog.family_of(instances.get(unit, document.instance_key).definition_key)):
                raise NotFound(_("This document is not for you."), remedy=_("Look at your list of cases."))

    def is_open(self, actor: Actor, instance: ProcessInstance) -> bool:
        """Tell whether this is a top instance, or a called one whose process is not closed to the actor's roles."""
        return instance.key == instance.root_key or not actor.closed(
            self.context.catalog.family_of(instance.definition_key)
        )

    def log_look(self, actor: Actor, action: str, root_key: int, subject: int, reason: str = "") -> None:
        """Log who looked at what, in a transaction of its own, before it is shown."""
        with self.context.db.write() as unit:
            self.context.log(
                unit, actor.username, action, root_key=root_key, subject_key=subject,
                detail={"reason": reason} if reason else None,
            )  # fmt: skip
