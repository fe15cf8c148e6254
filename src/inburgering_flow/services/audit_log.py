"""The audit log: reading it, and sealing each day so that no entry can be changed unnoticed afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from inburgering_flow.clock import legal_day, start_of_day
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.store import audit
from inburgering_flow.store.audit import SealRow

SETTLED = timedelta(hours=1)  # how long after midnight a step that began before it may still commit


class AuditLog:
    """Use cases about the audit log."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def recent(self, actor: Actor) -> list[Mapping[str, Any]]:
        """Return the newest entries; raises Forbidden for anyone but an auditor."""
        actor.require(permissions.AUDIT)
        with self.context.db.read() as unit:
            return audit.recent(unit)

    def seal(self) -> int:
        """Seal every day that is over and has entries; return how many days were sealed.

        A seal is the SHA-256 over the seal before it and each entry of the day. Anyone who changes an entry, or removes
        one, must remake every later seal; the newest seal, which the auditor's page shows and which can be kept
        elsewhere, then differs. Safe to run at any time and by several nodes.
        """
        today = legal_day(self.context.clock.now() - SETTLED)
        sealed = 0
        with self.context.db.write() as unit:
            last = audit.last_seal(unit)
            first = audit.first_moment(unit)
            if first is None:
                return 0
            day = last.day + timedelta(days=1) if last else legal_day(first)
            before = last.seal if last else ""
            while day < today:
                entries = audit.between(unit, *_bounds(day))
                if entries:
                    before = _seal(before, entries)
                    audit.add_seal(unit, SealRow(day, len(entries), before))
                    sealed += 1
                following = audit.first_moment(unit, start_of_day(day + timedelta(days=1)))
                day = legal_day(following) if following else today
        return sealed

    def newest_seal(self, actor: Actor) -> SealRow | None:
        """Return the newest seal, to be kept outside the database."""
        actor.require(permissions.AUDIT)
        with self.context.db.read() as unit:
            return audit.last_seal(unit)

    def check(self, newest: int | None = None) -> list[date]:
        """Return the days whose entries no longer fit their seal; empty means that nothing was changed.

        ``newest`` limits the check to that many days, for a page whose cost must not grow with the log.
        """
        wrong, before = [], ""
        with self.context.db.read() as unit:
            rows = audit.seals(unit)
            skipped = max(len(rows) - newest, 0) if newest is not None else 0
            if skipped:
                before = rows[skipped - 1].seal
            for row in rows[skipped:]:
                if _seal(before, audit.between(unit, *_bounds(row.day))) != row.seal:
                    wrong.append(row.day)
                before = row.seal
        return wrong


def _bounds(day: date) -> tuple[datetime, datetime]:
    return start_of_day(day), start_of_day(day + timedelta(days=1))


def _seal(before: str, entries: list[Mapping[str, Any]]) -> str:
    digest = hashlib.sha256(before.encode())
    for entry in entries:
        digest.update(json.dumps(entry, sort_keys=True, default=str, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()
