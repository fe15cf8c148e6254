"""Reading the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.model import permissions
from inburgering_flow.model.audit import SEAL
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.store import audit


class AuditLog:
    """Use cases about reading the audit log."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def recent(self, actor: Actor) -> list[Mapping[str, Any]]:
        """Return the newest entries; raises Forbidden for anyone but an auditor."""
        actor.require(permissions.AUDIT)
        with self.context.db.read() as unit:
            return audit.recent(unit)

    def newest_seal(self, actor: Actor) -> Mapping[str, Any] | None:
        """Return the line that is the newest seal; its mark can be kept outside the database."""
        actor.require(permissions.AUDIT)
        with self.context.db.read() as unit:
            return audit.newest_of(unit, SEAL)
